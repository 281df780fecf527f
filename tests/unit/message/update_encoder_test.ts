/** The encoder: what it packs a scanner unpacks, no message passes the limit, none is sent half empty. */
import assert from "node:assert/strict";
import fc from "../../support/fast_check.ts";
import {
  asPathLength,
  type AsPathSegment,
  type AttributeSet,
  decodeAttributeSet,
  encodeAttributeSet,
  messageLength,
  NlriCursor,
  type UpdateContext,
  UpdateEncoder,
  UpdateScanner,
} from "../../../src/message/mod.ts";
import { mergeAs4Path } from "../../../src/message/attribute/as4_path.ts";
import {
  allFamilies,
  AS_TRANS,
  families,
  type FamilyId,
  familyMask,
  IPV4_UNICAST,
  IPV6_UNICAST,
} from "../../../src/types/mod.ts";
import { fromHex, toHex } from "../../golden/golden.ts";
import { attributeSet, prefix, type RandomPrefix, segment, uint32 } from "./update_arbitraries.ts";
import { attribute, ibgp, oldSpeaker, receive, routeWith, wireOf } from "./updates.ts";

const all = familyMask([1, 2, 3, 4]);
const base: UpdateContext = { ...ibgp, families: all, extendedNextHop: all };
const ipv4Hop = fromHex("0a000002");
const ipv6Hop = fromHex("20010db8000000000000000000000001");
const plain: Partial<AttributeSet> = { origin: 0, asPath: [{ type: 2, asns: [65001] }], nextHop: ipv4Hop };

interface Read {
  readonly messages: Uint8Array[];
  readonly announced: (RandomPrefix & { pathId: number })[];
  readonly withdrawn: (RandomPrefix & { pathId: number })[];
  readonly sets: AttributeSet[];
}

function readAll(bytes: Uint8Array, context: UpdateContext): Read {
  const scanner = new UpdateScanner({ ...context, addPathReceive: context.addPathSend });
  const cursor = new NlriCursor();
  const read: Read = { messages: [], announced: [], withdrawn: [], sets: [] };
  for (let at = 0; at < bytes.length;) {
    const end = at + messageLength(bytes, at);
    assert.ok(end - at <= context.maxMessageBytes, `${end - at} octets`);
    read.messages.push(bytes.subarray(at, end));
    assert.equal(scanner.scan(bytes, at, end), "ok", scanner.fault?.text);
    if (scanner.setLength > 0) {
      assert.equal(scanner.validate().kind, "accept");
      read.sets.push(decodeAttributeSet(scanner.setBytes.subarray(0, scanner.setLength)));
    }
    for (const block of scanner.blocks.slice(0, scanner.blockCount)) {
      cursor.reset(bytes, block.start, block.end, block.family, block.addPath);
      while (cursor.next()) {
        const { w0, w1, w2, w3, length, pathId } = cursor;
        (block.withdraw ? read.withdrawn : read.announced).push({ words: [w0, w1, w2, w3], length, pathId });
      }
    }
    at = end;
  }
  return read;
}

for (const [family, bits] of [[1, 32], [2, 128], [3, 32], [4, 128]] as const) {
  Deno.test(`family ${family}: every prefix arrives once, in order, with its set`, () => {
    const routes = fc.array(fc.tuple(prefix(bits), uint32), { minLength: 1, maxLength: 1500, size: "max" });
    fc.assert(
      fc.property(attributeSet, routes, fc.boolean(), fc.boolean(), (anySet, entries, addPath, withdraw) => {
        const isHop = bits === 32 || anySet.nextHop!.length !== 4;
        const set = isHop ? anySet : { ...anySet, nextHop: ipv6Hop };
        const context = { ...base, addPathSend: addPath ? all : 0, maxMessageBytes: 4096 };
        const encoder = new UpdateEncoder(context);
        const wire = encodeAttributeSet(set);
        const fits = entries.map(([{ length }, id]) => withdraw ? "withheld" : encoder.fit(wire, family, length, id));
        if (withdraw) encoder.beginWithdraw(family);
        else encoder.begin(wire, family);
        for (const [{ words, length }, id] of entries) encoder.add(...words, length, id);
        assert.equal(encoder.withheld, withdraw ? 0 : fits.filter((fit) => fit === "withheld").length);
        const read = readAll(encoder.take(), context);
        const expected = entries.map(([route, id]) => ({ ...route, pathId: addPath ? id : -1 }));
        assert.deepEqual(read.withdrawn, expected.filter((_, i) => fits[i] === "withheld"));
        assert.deepEqual(read.announced, expected.filter((_, i) => fits[i] !== "withheld"));
        // Without an attribute here and there: below.
        if (fits.includes("reduced")) return;
        const unknown = set.unknown.map((one) => ({ ...one, flags: one.flags | 0x20 }));
        for (const got of read.sets) assert.deepEqual(got, { ...set, unknown });
      }),
      { numRuns: 30 },
    );
  });
}

Deno.test("as few messages as there can be: only the last has room for one more", () => {
  for (const withdraw of [false, true]) {
    for (const family of [IPV4_UNICAST, IPV6_UNICAST]) {
      const encoder = new UpdateEncoder(base);
      if (withdraw) encoder.beginWithdraw(family);
      else encoder.begin(wireOf({ ...plain, nextHop: family === IPV4_UNICAST ? ipv4Hop : ipv6Hop }), family);
      for (let i = 0; i < 3000; i++) encoder.add(i << 8, 0, 0, 0, 24, -1);
      const { messages, announced, withdrawn } = readAll(encoder.take(), base);
      assert.equal(announced.length + withdrawn.length, 3000);
      for (const message of messages.slice(0, -1)) assert.ok(message.length > 4096 - 4, `${message.length}`);
    }
  }
});

Deno.test("rfc8654: an extended message takes what one of 4096 octets would not", () => {
  const encoder = new UpdateEncoder({ ...base, maxMessageBytes: 65535 });
  encoder.begin(wireOf(plain), IPV4_UNICAST);
  for (let i = 0; i < 10000; i++) encoder.add(i << 8, 0, 0, 0, 24, -1);
  assert.equal(readAll(encoder.take(), { ...base, maxMessageBytes: 65535 }).messages.length, 1);
});

/** Sets whose attributes, as they go out, take so many octets. */
function setOf(octets: number, nextHop: Uint8Array, more: Partial<AttributeSet> = {}): Uint8Array {
  const size = (filler: number) =>
    wireOf({ ...plain, ...more, nextHop, unknown: [{ flags: 0xe0, code: 200, value: new Uint8Array(filler) }] });
  const missing = octets - size(1000).length;
  return size(1000 + missing);
}

Deno.test("rfc8654#4 a route leaves in a message of up to 4096 octets, to the last one, of every family", () => {
  // Header, both lengths; for IPv6 MP_REACH_NLRI with a length of one octet, its next hop no more among the others.
  for (
    const [family, nextHop, frame, length] of [
      [1, ipv4Hop, 23, 0],
      [1, ipv4Hop, 23, 24],
      [1, ipv4Hop, 23, 32],
      [
        2,
        ipv6Hop,
        23 + 3 + 5 - 3,
        0,
      ],
      [2, ipv6Hop, 23 + 3 + 5 - 3, 48],
      [2, ipv6Hop, 23 + 3 + 5 - 3, 128],
    ] as const
  ) {
    for (const addPath of [false, true]) {
      const context = { ...base, addPathSend: addPath ? all : 0 };
      const nlri = 1 + length / 8 + (addPath ? 4 : 0);
      for (const over of [-1, 0, 1]) {
        const encoder = new UpdateEncoder(context);
        const wire = setOf(4096 - frame - nlri + over, nextHop);
        assert.equal(encoder.fit(wire, family, length, 7), over > 0 ? "withheld" : "whole");
        encoder.begin(wire, family);
        encoder.add(0x20010000, 0, 0, 0, length, 7);
        const { messages, announced, withdrawn } = readAll(encoder.take(), context);
        assert.deepEqual([announced.length, withdrawn.length], over > 0 ? [0, 1] : [1, 0]);
        // With an octet to spare MP_REACH_NLRI has its usual header.
        if (over <= 0) assert.equal(messages[0]!.length, family === 1 ? 4096 + over : 4096);
        assert.equal(encoder.withheld, over > 0 ? 1 : 0);
      }
    }
  }
});

Deno.test("rfc8654#4 what fits beside one prefix need not fit beside another: each fares by itself, in order", () => {
  const encoder = new UpdateEncoder(base);
  encoder.begin(setOf(4096 - 23 - 4, ipv4Hop), IPV4_UNICAST);
  for (const length of [32, 24, 25, 8, 16, 24]) encoder.add(0x0a000000, 0, 0, 0, length, -1);
  const read = readAll(encoder.take(), base);
  assert.deepEqual(read.announced.map(({ length }) => length), [24, 8, 16, 24]);
  assert.deepEqual(read.withdrawn.map(({ length }) => length), [32, 25]);
  assert.equal(encoder.withheld, 2);
});

Deno.test("rfc8654#4 attributes eligible for attribute discard are dropped before the route is", () => {
  const aggregator = { asn: 65001, address: 0x0a000001 };
  const wire = setOf(4096 - 23 - 4 + 10, ipv4Hop, { aggregator, atomicAggregate: true });
  const encoder = new UpdateEncoder(base);
  assert.equal(encoder.fit(wire, IPV4_UNICAST, 24, -1), "reduced");
  encoder.begin(wire, IPV4_UNICAST);
  encoder.add(0x0a000000, 0, 0, 0, 24, -1);
  const { announced, sets } = readAll(encoder.take(), base);
  assert.equal(announced.length, 1);
  assert.deepEqual([sets[0]!.aggregator, sets[0]!.atomicAggregate, sets[0]!.unknown.length], [undefined, false, 1]);
  // Twin: where there is room all of them stay.
  const wide = { ...base, maxMessageBytes: 65535 };
  const other = new UpdateEncoder(wide);
  other.begin(wire, IPV4_UNICAST);
  other.add(0x0a000000, 0, 0, 0, 24, -1);
  assert.deepEqual(readAll(other.take(), wide).sets[0]!.aggregator, aggregator);
});

Deno.test("rfc8654#4 attributes that leave no room for a prefix: the route is withdrawn instead", () => {
  const wire = wireOf({ ...plain, communities: new Array(1020).fill(0xfde80063) });
  for (const maxMessageBytes of [4096, 65535]) {
    const context = { ...base, maxMessageBytes };
    const encoder = new UpdateEncoder(context);
    encoder.begin(wire, IPV4_UNICAST);
    encoder.add(0x0a000000, 0, 0, 0, 8, -1);
    const { announced, withdrawn } = readAll(encoder.take(), context);
    assert.deepEqual([announced.length, withdrawn.length], maxMessageBytes === 65535 ? [1, 0] : [0, 1]);
  }
});

Deno.test("IPv4 unicast goes into the message's own fields, unless its next hop is IPv6 (rfc8950#3)", () => {
  const send = (nextHop: Uint8Array, family: FamilyId) => {
    const encoder = new UpdateEncoder(base);
    encoder.begin(wireOf({ ...plain, nextHop }), family);
    encoder.add(0x0a000000, 0, 0, 0, 8, -1);
    return toHex(encoder.take());
  };
  assert.match(send(ipv4Hop, 1), /4003040a000002080a$/);
  assert.match(send(ipv6Hop, 1), /^f{32}....020000....900e001700010110/);
  assert.match(send(ipv4Hop, 3), /^f{32}....020000....900e000b000102040a000002/);
});

Deno.test("rfc4724#2 End-of-RIB of each family", () => {
  const context = { ...base, families: allFamilies };
  const encoder = new UpdateEncoder(context);
  for (const { id } of families) encoder.endOfRib(id);
  const bytes = encoder.take();
  const seen: number[] = [];
  const scanner = new UpdateScanner(context);
  for (let at = 0; at < bytes.length; at += messageLength(bytes, at)) {
    scanner.scan(bytes, at, at + messageLength(bytes, at));
    seen.push(scanner.endOfRib);
  }
  assert.deepEqual(seen, families.map(({ id }) => id));
});

Deno.test("size tells what take gives; add goes on behind a take", () => {
  const encoder = new UpdateEncoder(base);
  encoder.begin(wireOf(plain), IPV4_UNICAST);
  encoder.add(0x0a000000, 0, 0, 0, 8, -1);
  assert.ok(encoder.size > 0);
  assert.equal(readAll(encoder.take(), base).announced.length, 1);
  assert.equal(encoder.size, 0);
  encoder.add(0x0b000000, 0, 0, 0, 8, -1);
  const { sets, announced } = readAll(encoder.take(), base);
  assert.deepEqual([sets.length, announced.length], [1, 1]);
  assert.throws(() => encoder.begin(wireOf({ origin: 0 }), IPV4_UNICAST), RangeError);
});

Deno.test("rfc4271#5 who passes on what he does not know sets the Partial bit, on nothing else", () => {
  const encoder = new UpdateEncoder(base);
  const unknown = [{ flags: 0xc0, code: 40, value: fromHex("01000700000000000064") }, {
    flags: 0xc0,
    code: 254,
    value: fromHex("01"),
  }];
  encoder.begin(wireOf({ ...plain, communities: [1], unknown }), IPV4_UNICAST);
  encoder.add(0, 0, 0, 0, 0, -1);
  const text = toHex(encoder.take());
  for (const part of ["e0280a01", "e0fe0101", "c0080400000001", "400101"]) assert.ok(text.includes(part), part);
});

Deno.test("rfc6793#4.2.2 an OLD speaker gets AS_TRANS, and the truth in AS4_PATH and AS4_AGGREGATOR", () => {
  const wire = wireOf({
    ...plain,
    asPath: [{ type: 3, asns: [70000] }, { type: 2, asns: [65001, 70001] }, { type: 1, asns: [1, 70002] }],
    aggregator: { asn: 70003, address: 0x0a000001 },
  });
  const encoder = new UpdateEncoder(oldSpeaker);
  encoder.begin(wire, IPV4_UNICAST);
  encoder.add(0x0a000000, 0, 0, 0, 8, -1);
  const text = toHex(encoder.take());
  assert.ok(text.includes("40021003015ba00202fde95ba0010200015ba0"), text);
  assert.ok(text.includes("c007065ba00a000001"), text);
  assert.ok(
    text.includes("c011140202" + "0000fde900011171" + "0102" + "0000000100011172"),
    "without the confederation",
  );
  assert.ok(text.includes("c01208000111730a000001"), text);
});

Deno.test("rfc6793#4.2.2 twin: where two octets are enough there is no AS4_PATH", () => {
  const encoder = new UpdateEncoder(oldSpeaker);
  encoder.begin(wireOf({ ...plain, aggregator: { asn: 65001, address: 1 } }), IPV4_UNICAST);
  encoder.add(0x0a000000, 0, 0, 0, 8, -1);
  assert.doesNotMatch(toHex(encoder.take()), /c011|c012/);
});

Deno.test("rfc6793#4.2.3 what went through an OLD session comes out as it went in", () => {
  const context = { ...oldSpeaker, maxMessageBytes: 65535, extendedNextHop: oldSpeaker.families, internal: true };
  const scanner = new UpdateScanner(context);
  // Sequences only: where segments meet, the merge may join them.
  const path = fc.array(segment([2], 40), { maxLength: 1 });
  fc.assert(fc.property(attributeSet, path, (set, asPath) => {
    const sent = { ...set, asPath };
    const encoder = new UpdateEncoder(context);
    encoder.begin(encodeAttributeSet(sent), IPV4_UNICAST);
    encoder.add(0, 0, 0, 0, 0, -1);
    const bytes = encoder.take();
    assert.equal(scanner.scan(bytes, 0, bytes.length), "ok");
    assert.equal(scanner.lookupFirst, false);
    assert.deepEqual(scanner.validate(), { kind: "accept", discarded: [] });
    const got = decodeAttributeSet(scanner.setBytes.subarray(0, scanner.setLength));
    const unknown = set.unknown.map((one) => ({ ...one, flags: one.flags | 0x20 }));
    assert.deepEqual(got, { ...sent, unknown });
  }));
});

const sequence = (...asns: number[]): AsPathSegment => ({ type: 2, asns });

Deno.test("rfc6793#4.2.3 AS4_PATH behind the part of AS_PATH that is longer", () => {
  const T = AS_TRANS;
  const cases: [AsPathSegment[], AsPathSegment[], AsPathSegment[]][] = [
    [[sequence(10, 20, T, T)], [sequence(70001, 70002)], [sequence(10, 20, 70001, 70002)]],
    [[sequence(T, T)], [sequence(70001, 70002)], [sequence(70001, 70002)]],
    // AS4_PATH longer than AS_PATH: somebody shortened the path, AS4_PATH is ignored.
    [[sequence(T)], [sequence(70001, 70002)], [sequence(T)]],
    [[sequence(10), { type: 1, asns: [1, 2, 3] }, sequence(T)], [sequence(70001)], [
      sequence(10),
      { type: 1, asns: [1, 2, 3] },
      sequence(70001),
    ]],
    // A leading confederation segment comes along and does not count.
    [[{ type: 3, asns: [64512, 64513] }, sequence(10, T)], [sequence(70001)], [
      { type: 3, asns: [64512, 64513] },
      sequence(10, 70001),
    ]],
    // Confederation segments of AS4_PATH are discarded (§6).
    [[sequence(10, T)], [{ type: 3, asns: [1] }, sequence(70001)], [sequence(10, 70001)]],
  ];
  for (const [path, as4, merged] of cases) {
    assert.deepEqual(mergeAs4Path(path, as4), merged);
    assert.equal(asPathLength(mergeAs4Path(path, as4)), asPathLength(path));
  }
});

Deno.test("rfc6793#4.2.3 where AGGREGATOR is not AS_TRANS, AS4_AGGREGATOR and AS4_PATH are ignored", () => {
  const message = (aggregator: string) =>
    routeWith({
      2: attribute(2, "02 02 fde9 5ba0"),
      7: attribute(7, `${aggregator} 0a000001`),
      17: attribute(17, "02 01 00011170"),
      18: attribute(18, "00011171 0a000002"),
    });
  const ignored = decodeAttributeSet(fromHex(receive(message("fde9"), oldSpeaker).set));
  assert.deepEqual(ignored.asPath, [sequence(65001, AS_TRANS)]);
  assert.deepEqual(ignored.aggregator, { asn: 65001, address: 0x0a000001 });
  const merged = decodeAttributeSet(fromHex(receive(message("5ba0"), oldSpeaker).set));
  assert.deepEqual(merged.asPath, [sequence(65001, 70000)]);
  assert.deepEqual(merged.aggregator, { asn: 70001, address: 0x0a000002 });
});
