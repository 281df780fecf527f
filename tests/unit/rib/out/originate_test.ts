import assert from "node:assert/strict";
import {
  type AttributeSet,
  decodeAttributeSet,
  decodeRouteRefresh,
  emptyAttributeSet,
  encodeRouteRefresh,
  messageLength,
  MessageType,
  messageType,
  NlriCursor,
  RefreshSubtype,
  SegmentType,
  UpdateScanner,
} from "../../../../src/message/mod.ts";
import { type OriginatedRoute, Rib, type RibSession } from "../../../../src/rib/mod.ts";
import { familyMask, formatPrefix, parseAddress, parsePrefix } from "../../../../src/types/mod.ts";
import { familyOf, v4 } from "../support.ts";
import { negotiated } from "../../../support/negotiated.ts";

/** What a peer reads from the messages, as text: `prefix next-hop [path] …`. */
function read(bytes: Uint8Array, context = negotiated()): string[] {
  const scanner = new UpdateScanner({ ...context, addPathReceive: context.addPathSend });
  const cursor = new NlriCursor();
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += messageLength(bytes, at)) {
    const end = at + messageLength(bytes, at);
    assert.ok(end - at <= context.maxMessageBytes);
    if (messageType(bytes, at) === MessageType.routeRefresh) {
      const refresh = decodeRouteRefresh(bytes.subarray(at, end));
      lines.push(refresh.kind === "routeRefresh" ? `refresh ${refresh.afi} ${refresh.subtype}` : "?");
      continue;
    }
    assert.equal(scanner.scan(bytes, at, end), "ok");
    if (scanner.endOfRib !== 0) lines.push(`end ${scanner.endOfRib}`);
    for (const block of scanner.blocks.slice(0, scanner.blockCount)) {
      assert.equal(scanner.validate().kind, "accept", "what we send is sound");
      const set = decodeAttributeSet(scanner.setBytes.slice(0, scanner.setLength));
      cursor.reset(bytes, block.start, block.end, block.family, block.addPath);
      while (cursor.next()) lines.push(`${cursorPrefix(cursor, block.family)} ${describe(set)}`);
    }
  }
  return lines;
}

function cursorPrefix(cursor: NlriCursor, family: number): string {
  const view = new DataView(new ArrayBuffer(family === v4 ? 4 : 16));
  [cursor.w0, cursor.w1, cursor.w2, cursor.w3].slice(0, view.byteLength / 4)
    .forEach((word, i) => view.setInt32(4 * i, word));
  const text = formatPrefix({ octets: new Uint8Array(view.buffer), length: cursor.length });
  return cursor.pathId === -1 ? text : `${text}#${cursor.pathId}`;
}

function describe(set: AttributeSet): string {
  const path = set.asPath.map(({ asns }) => asns.join(" ")).join(" | ");
  return `via ${set.nextHop!.join(".")} [${path}] origin ${set.origin} pref ${set.localPref} med ${set.med}`;
}

function route(prefix: string, overrides: Partial<AttributeSet> = {}): OriginatedRoute {
  return {
    family: familyOf(prefix),
    prefix: parsePrefix(prefix)!,
    attributes: { ...emptyAttributeSet(), ...overrides },
  };
}

const transport: Omit<RibSession, "negotiated"> = {
  localAddress: Uint8Array.of(192, 0, 2, 100),
  localAddressV6: parseAddress("2001:db8::100")!,
  remoteAddress: Uint8Array.of(192, 0, 2, 1),
};

function speak(routes: OriginatedRoute[], context = negotiated(), overrides: Partial<RibSession> = {}) {
  const rib = new Rib({ routerId: 1, now: () => 0 });
  rib.addPeer({ id: 1, address: Uint8Array.of(192, 0, 2, 1), originated: routes });
  const facts = rib.sessionUp(1, 1, { ...transport, negotiated: context, ...overrides });
  return { rib, facts, all: () => read(pullAll(rib), context) };
}

function pullAll(rib: Rib, limit = 65536): Uint8Array {
  const parts: number[] = [];
  for (let bytes = rib.pull(1, 1, limit); bytes !== undefined; bytes = rib.pull(1, 1, limit)) parts.push(...bytes);
  assert.ok(!rib.hasOutput(1));
  return Uint8Array.from(parts);
}

const self4 = "via 192.0.2.100";
const ends = ["end 1", "end 2"];

Deno.test("RFC 4271 §5: to an eBGP peer our ASN comes first and LOCAL_PREF stays home", () => {
  const { all } = speak([
    route("10.0.0.0/8", { localPref: 200, med: 5 }),
    route("10.1.0.0/16", { asPath: [{ type: SegmentType.sequence, asns: [65500, 3] }], origin: 2 }),
    route("10.2.0.0/16", { asPath: [{ type: SegmentType.sequence, asns: [65000, 500] }] }),
    route("10.3.0.0/16", { asPath: [{ type: SegmentType.set, asns: [7, 8] }] }),
    route("10.4.0.0/16", { originatorId: 5, clusterList: [6] }),
  ]);
  assert.deepEqual(
    all(),
    [
      `10.0.0.0/8 ${self4} [65000] origin 0 pref undefined med 5`,
      "end 1",
      "end 2",
    ].toSpliced(
      1,
      0,
      `10.1.0.0/16 ${self4} [65000 65500 3] origin 2 pref undefined med undefined`,
      `10.2.0.0/16 ${self4} [65000 500] origin 0 pref undefined med undefined`,
      `10.3.0.0/16 ${self4} [65000 | 7 8] origin 0 pref undefined med undefined`,
      `10.4.0.0/16 ${self4} [65000] origin 0 pref undefined med undefined`,
    ),
  );
});

Deno.test("RFC 4271 §5.1.5: an iBGP peer always gets LOCAL_PREF, and the path unchanged", () => {
  const { all } = speak([
    route("10.0.0.0/8"),
    route("10.1.0.0/16", { localPref: 7, asPath: [{ type: SegmentType.sequence, asns: [65500] }] }),
  ], negotiated({ internal: true, remoteAsn: 65000 }));
  assert.deepEqual(all().slice(0, 2), [
    `10.0.0.0/8 ${self4} [] origin 0 pref 100 med undefined`,
    `10.1.0.0/16 ${self4} [65500] origin 0 pref 7 med undefined`,
  ]);
});

Deno.test("the next hop is the one given, or this speaker on the session", () => {
  const hop = parseAddress("2001:db8::9")!;
  const { all } = speak([
    route("10.0.0.0/8", { nextHop: Uint8Array.of(1, 1, 1, 1) }),
    route("2001:db8::/32"),
    route("2001:db8:9::/48", { nextHop: hop }),
  ]);
  assert.deepEqual(all().map((line) => line.split(" ").slice(0, 3).join(" ")), [
    "10.0.0.0/8 via 1.1.1.1",
    "end 1",
    `2001:db8::/32 via ${transport.localAddressV6!.join(".")}`,
    `2001:db8:9::/48 via ${hop.join(".")}`,
    "end 2",
  ]);
});

Deno.test("a route without a next hop this session can carry is left out, with a note", () => {
  const onlyV4 = { localAddress: transport.localAddress, remoteAddress: transport.remoteAddress };
  const rib = new Rib({ routerId: 1, now: () => 0 });
  rib.addPeer({
    id: 1,
    address: Uint8Array.of(192, 0, 2, 1),
    originated: [route("2001:db8::/32"), route("10.0.0.0/8")],
  });
  const facts = rib.sessionUp(1, 1, { ...onlyV4, negotiated: negotiated() });
  assert.equal(facts.length, 1);
  assert.ok(facts[0]!.kind === "note" && facts[0]!.text.startsWith("2001:db8::/32 is not announced"));
  assert.equal(read(pullAll(rib)).length, 3);
  // A next hop of the wrong family.
  assert.equal(speak([route("10.0.0.0/8", { nextHop: new Uint8Array(16).fill(1) })]).facts.length, 1);
});

Deno.test("RFC 8950 §3: over IPv6, IPv4 routes have an IPv6 next hop only where that was negotiated", () => {
  const overV6 = { localAddress: parseAddress("2001:db8::100")!, remoteAddress: parseAddress("2001:db8::1")! };
  assert.equal(speak([route("10.0.0.0/8")], negotiated(), overV6).facts.length, 1);
  const { facts, all } = speak([route("10.0.0.0/8")], negotiated({ extendedNextHop: familyMask([v4]) }), overV6);
  assert.deepEqual(facts, []);
  assert.match(all()[0]!, /^10\.0\.0\.0\/8 via 32\.1\.13\.184/);
});

Deno.test("RFC 4724 §2: a family without routes has its End-of-RIB too; one not negotiated has nothing", () => {
  assert.deepEqual(speak([]).all(), ends);
  const { all } = speak([route("2001:db8::/32"), route("10.0.0.0/8")], negotiated({ families: familyMask([v4]) }));
  assert.deepEqual(all().map((line) => line.split(" ")[0]), ["10.0.0.0/8", "end"]);
});

Deno.test("many routes are split at the message limit, pulled bit by bit, and arrive once each", () => {
  const routes = Array.from(
    { length: 5000 },
    (_, i) => route(`10.${i >> 8}.${i & 255}.0/24`, i % 2 === 0 ? {} : { med: 1 }),
  );
  const { rib } = speak(routes);
  const pieces: Uint8Array[] = [];
  for (let bytes = rib.pull(1, 1, 1000); bytes !== undefined; bytes = rib.pull(1, 1, 1000)) {
    assert.ok(bytes.length < 1000 + 4096);
    pieces.push(bytes);
  }
  const lines = pieces.flatMap((bytes) => read(bytes));
  assert.ok(pieces.length > 15);
  assert.deepEqual(lines.slice(-2), ends);
  assert.deepEqual(
    lines.slice(0, -2).map((line) => line.split(" ")[0]).sort(),
    routes.map(({ prefix }) => formatPrefix(prefix!)).sort(),
  );
  const { rib: whole } = speak(routes);
  assert.ok(pullAll(whole).length < 5000 * 4 + 50 * 30, "full messages");
});

Deno.test("RFC 7911: a peer that receives several paths gets a path identifier", () => {
  const { all } = speak([route("10.0.0.0/8")], negotiated({ addPathSend: familyMask([v4]) }));
  assert.match(all()[0]!, /^10\.0\.0\.0\/8#1 /);
});

Deno.test("RFC 2918 §4: on a refresh request the family is sent again; RFC 7313: between marks", () => {
  for (const enhanced of [false, true]) {
    const context = negotiated({ enhancedRouteRefresh: enhanced });
    const { rib, all } = speak([route("10.0.0.0/8"), route("2001:db8::/32")], context);
    assert.equal(all().length, 4);
    const request = encodeRouteRefresh({ afi: 2, safi: 1, subtype: RefreshSubtype.request });
    const facts = rib.ingest(1, 1, Uint8Array.from([...request, ...request]));
    assert.deepEqual(facts.map((fact) => fact.kind), ["refreshRequested", "refreshRequested"]);
    assert.ok(rib.hasOutput(1));
    const lines = all().map((line) => line.replace(/ via.*/, ""));
    assert.deepEqual(lines, enhanced ? ["refresh 2 1", "2001:db8::/32", "refresh 2 2"] : ["2001:db8::/32"]);
    const unknown = encodeRouteRefresh({ afi: 25, safi: 65, subtype: RefreshSubtype.request });
    assert.deepEqual(rib.ingest(1, 1, unknown), []);
    assert.ok(!rib.hasOutput(1));
  }
});

Deno.test("nothing is sent for an epoch that has ended, and nothing learned from one peer reaches another", () => {
  const { rib } = speak([route("10.0.0.0/8")]);
  assert.equal(rib.pull(1, 2, 1000), undefined);
  rib.sessionDown(1, 1);
  assert.equal(rib.pull(1, 1, 1000), undefined);
  assert.ok(!rib.hasOutput(1));
});
