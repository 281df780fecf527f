import assert from "node:assert/strict";
import type { Negotiated } from "../../../../src/session/mod.ts";
import { Problems } from "../../../../src/control/mrt/problems.ts";
import { type Outlet, Player, readTable } from "../../../../src/control/mrt/replay.ts";
import type { ItemSource, MrtContent } from "../../../../src/control/mrt/source.ts";
import { attributes, none, octets, update } from "../../mrt/bytes.ts";

const peer = { number: 0, address: "192.0.2.9", asn: 65000, routerId: 0 };
const all = { kind: "all" } as const;

function outlet(more: Partial<Negotiated> = {}): Outlet & { sent: Uint8Array[] } {
  const sent: Uint8Array[] = [];
  const negotiated: Negotiated = {
    internal: false,
    fourOctetAs: true,
    families: 0b010,
    addPathReceive: 0,
    addPathSend: 0,
    extendedNextHop: 0,
    maxMessageBytes: 4096,
    localAsn: 65000,
    remoteAsn: 64512,
    remoteRouterId: 1,
    holdTimeSeconds: 90,
    keepaliveSeconds: 30,
    routeRefresh: true,
    enhancedRouteRefresh: false,
    remoteCapabilities: [],
    localCapabilities: [],
    ...more,
  };
  return { negotiated, sent, write: (bytes) => Promise.resolve(void sent.push(bytes)) };
}

function sourceOf(items: readonly MrtContent[]): ItemSource {
  return {
    problems: new Problems(),
    async *items() {
      yield await Promise.resolve(items);
    },
  };
}

function entry(prefix: number, localPref = ""): MrtContent {
  return {
    kind: "entry",
    format: "TABLE_DUMP2",
    time: 0,
    peer,
    family: 1,
    octets: octets("c000", prefix, 0),
    length: 24,
    pathId: -1,
    originatedAt: 0,
    attributes: octets(attributes(4), localPref),
    fourOctetAs: true,
  };
}

function message(bytes: Uint8Array, time: number, fourOctetAs = true): MrtContent {
  const ends = { localAsn: 64512, localAddress: "192.0.2.1" };
  return { kind: "message", format: "BGP4MP", time, peer, ...ends, bytes, fourOctetAs, addPath: 0, sent: false };
}

const never = new AbortController().signal;
const endOfRib = update(none, none, none);

Deno.test("a table goes out by attribute set, without what stays inside an AS, then End-of-RIB", async () => {
  const table = await readTable(sourceOf([entry(1), entry(2, "400504 00000064"), entry(3)]), all, () => {});
  const outside = outlet(), inside = outlet({ internal: true });
  for (const target of [outside, inside]) await new Player(target, { kind: "full" }, never).table(table, () => {});
  assert.deepEqual(
    octets(...outside.sent).toHex(),
    [
      update(none, attributes(4), octets("18 c00001 18 c00003")),
      update(none, attributes(4), octets("18 c00002")),
      endOfRib,
    ].map((bytes) => bytes.toHex()).join(""),
  );
  assert.deepEqual(
    octets(...inside.sent).toHex(),
    [
      update(none, attributes(4), octets("18 c00001 18 c00003")),
      update(none, octets(attributes(4), "400504 00000064"), octets("18 c00002")),
      endOfRib,
    ].map((bytes) => bytes.toHex()).join(""),
  );
});

Deno.test("UPDATEs pass as they stand where the session has their form, and are encoded anew where not", async () => {
  const four = update(none, attributes(4), octets("18 c00001"));
  const two = update(none, attributes(2), octets("18 c00001"));
  for (const [bytes, fourOctetAs] of [[four, true], [two, false]] as const) {
    const target = outlet();
    await new Player(target, { kind: "full" }, never).updates(
      sourceOf([message(bytes, 0, fourOctetAs)]),
      all,
      () => {},
    );
    assert.equal(octets(...target.sent).toHex(), four.toHex());
  }
});

Deno.test("what would end the session is left out and said", async () => {
  const source = sourceOf([message(update(none, attributes(4), octets("21 c00001")), 0)]);
  const target = outlet();
  await new Player(target, { kind: "full" }, never).updates(source, all, () => {});
  assert.deepEqual(target.sent, []);
  assert.deepEqual(source.problems.sentences(), ["NLRI do not parse (a session would end here, RFC 7606 §5.3)"]);
});

Deno.test("a rate and the file's own time hold messages back", async () => {
  const bytes = update(none, attributes(4), octets("18 c00001"));
  const source = sourceOf([0, 50, 100].map((time) => message(bytes, 1e12 + time)));
  for (const pace of [{ kind: "rate", updatesPerSecond: 20 }, { kind: "realtime" }] as const) {
    const start = performance.now();
    const target = outlet();
    await new Player(target, pace, never).updates(source, all, () => {});
    const elapsed = performance.now() - start;
    assert.ok(elapsed >= 94, `${pace.kind}: ${elapsed}`);
    // On a busy machine two that are due go in one write.
    assert.equal(octets(...target.sent).length, 3 * bytes.length);
  }
});

Deno.test("a signal ends a replay that waits", async () => {
  const bytes = update(none, attributes(4), octets("18 c00001"));
  const stop = new AbortController();
  const target = outlet();
  const player = new Player(target, { kind: "realtime" }, stop.signal);
  const done = player.updates(sourceOf([message(bytes, 0), message(bytes, 3_600_000)]), all, () => {});
  setTimeout(() => stop.abort(), 10);
  await done;
  assert.equal(player.count.updates, 1);
});
