/** The scanner: canonical form, End-of-RIB, families, ADD-PATH, and that no octets at all can harm it. */
import assert from "node:assert/strict";
import fc from "../../support/fast_check.ts";
import {
  decodeAttributeSet,
  encodeAttributeSet,
  hashAttributes,
  messageLength,
  type UpdateContext,
  UpdateEncoder,
  UpdateScanner,
} from "../../../src/message/mod.ts";
import { familyMask, IPV4_UNICAST, IPV6_UNICAST } from "../../../src/types/mod.ts";
import { fromHex, toHex } from "../../golden/golden.ts";
import { attributeSet, prefix } from "./update_arbitraries.ts";
import {
  attribute,
  ebgp,
  ends,
  ibgp,
  oldSpeaker,
  outcomeOf,
  receive,
  routeWith,
  someNlri,
  someReach,
  sound,
  update,
} from "./updates.ts";

const contexts: readonly UpdateContext[] = [
  ebgp,
  ibgp,
  oldSpeaker,
  { ...ebgp, addPathReceive: familyMask([IPV4_UNICAST]), extendedNextHop: ebgp.families },
];

Deno.test("a set's bytes do not depend on order or on headers longer than need be", () => {
  const extended = ["50 01 0001 00", "50 02 0006 02 01 0000fde9", "50 03 0004 0a000002"];
  const expected = receive(routeWith({ 8: attribute(8, "fde80063") })).set;
  for (
    const attributes of [[...extended, attribute(8, "fde80063")], [attribute(8, "fde80063"), ...extended].reverse()]
  ) {
    assert.equal(receive(update({ attributes, nlri: someNlri })).set, expected);
  }
});

Deno.test("an attribute of more than 255 octets keeps its long header", () => {
  const many = "fde80063".repeat(70);
  const { set } = receive(routeWith({ 8: attribute(8, many) }));
  assert.ok(set.endsWith(`d0080118${many}`));
  assert.equal(decodeAttributeSet(fromHex(set)).communities.length, 70);
});

Deno.test("sets with the same bytes may be looked up at once; what validate kept is such a set", () => {
  const { scanner, set } = receive(routeWith({ 6: attribute(6, "00") }));
  const again = receive(routeWith({}));
  assert.equal(scanner.lookupFirst, true, "the bytes with the malformed attribute are in nobody's table");
  assert.equal(again.scanner.lookupFirst, true);
  assert.deepEqual([again.set, again.scanner.setHash], [set, scanner.setHash]);
});

Deno.test("rfc4724#2 End-of-RIB", () => {
  const eor = (bytes: Uint8Array, context = ebgp) => receive(bytes, context).scanner.endOfRib;
  assert.equal(eor(update({})), IPV4_UNICAST);
  assert.equal(eor(update({ attributes: [attribute(15, "0002 01")] })), IPV6_UNICAST);
  assert.equal(eor(update({ attributes: [attribute(15, "0001 01")] })), IPV4_UNICAST);
});

Deno.test("rfc4724#2 twin: neither a withdrawal nor another family's, nor one with attributes, is one", () => {
  const eor = (bytes: Uint8Array, context = ebgp) => receive(bytes, context).scanner.endOfRib;
  assert.equal(eor(update({ withdrawn: someNlri })), 0);
  assert.equal(eor(update({ attributes: [attribute(15, "0002 01 20 20010db8")] })), 0);
  assert.equal(eor(update({ attributes: [attribute(15, "0002 02")] })), 0);
  assert.equal(eor(update({ attributes: [attribute(15, "0019 46")] })), 0);
  assert.equal(eor(update({ attributes: [attribute(15, "0002 01"), sound[1]!] })), 0);
  assert.equal(eor(update({}), { ...ebgp, families: familyMask([IPV6_UNICAST]) }), 0);
});

Deno.test("rfc4760#6 a family that was not negotiated is ignored, and said to be", () => {
  const only4 = { ...ebgp, families: familyMask([IPV4_UNICAST]) };
  const reach = receive(update({ attributes: [someReach, sound[1]!, sound[2]!] }), only4);
  assert.deepEqual([reach.kind, reach.announced, reach.scanner.setLength], ["accept", [], 0]);
  assert.match(reach.scanner.notice!.text, /ipv6 unicast was not negotiated/);
  const vpn = attribute(14, "0001 80 0c 0000000000000000c0a80001 00 68000102000000020000030a01");
  const outcome = receive(update({ attributes: [vpn, ...Object.values(sound)], nlri: someNlri }));
  assert.deepEqual([outcome.kind, outcome.announced], ["accept", ["192.0.2.0/24"]]);
  assert.match(outcome.scanner.notice!.text, /ipv4 vpn was not negotiated/);
  const only6 = { ...ebgp, families: familyMask([IPV6_UNICAST]) };
  assert.deepEqual(receive(routeWith({}), only6).announced, []);
});

Deno.test("rfc4760#3 NEXT_HOP beside MP_REACH_NLRI alone is ignored", () => {
  const with3 = update({ attributes: [someReach, sound[1]!, sound[2]!, attribute(3, "00000000")] });
  assert.equal(receive(with3).set, receive(update({ attributes: [someReach, sound[1]!, sound[2]!] })).set);
});

Deno.test("withdrawals come before announcements, whatever the order in the message", () => {
  const unreach = attribute(15, "0002 01 20 20010db8");
  const bytes = update({
    withdrawn: "08 0a",
    attributes: [someReach, unreach, ...Object.values(sound)],
    nlri: someNlri,
  });
  const { scanner, withdrawn, announced } = receive(bytes);
  assert.deepEqual([withdrawn, announced], [["10.0.0.0/8", "2001:db8::/32"], ["192.0.2.0/24"]]);
  assert.ok(scanner.nextPart());
  assert.deepEqual(outcomeOf(scanner, bytes).announced, ["2001:db8::/32"]);
});

Deno.test("rfc7911#4 path identifiers are read where they were negotiated for receiving", () => {
  const context = { ...ebgp, addPathReceive: familyMask([IPV4_UNICAST]) };
  const bytes = update({
    withdrawn: "00000007 18 c00002",
    attributes: Object.values(sound),
    nlri: "00000008 18 c00002",
  });
  const { announced, withdrawn } = receive(bytes, context);
  assert.deepEqual([announced, withdrawn], [["192.0.2.0/24 path 8"], ["192.0.2.0/24 path 7"]]);
});

Deno.test("what is encoded is accepted unchanged, by a scanner that has seen much else", () => {
  const scanner = new UpdateScanner(ibgp, ends);
  const hops = { ...ibgp, extendedNextHop: ibgp.families, maxMessageBytes: 65535 };
  const reader = new UpdateScanner(hops);
  fc.assert(fc.property(attributeSet, prefix(32), (set, { words, length }) => {
    const wire = encodeAttributeSet(set);
    assert.deepEqual(decodeAttributeSet(wire), set);
    const encoder = new UpdateEncoder(hops);
    encoder.begin(wire, IPV4_UNICAST);
    encoder.add(...words, length, -1);
    const bytes = encoder.take();
    scanner.scan(bytes, 0, bytes.length);
    assert.equal(reader.scan(bytes, 0, bytes.length), "ok");
    assert.equal(reader.lookupFirst, true);
    assert.equal(reader.setHash, hashAttributes(reader.setBytes, 0, reader.setLength));
    assert.equal(reader.validate().kind, "accept");
    const got = decodeAttributeSet(reader.setBytes.subarray(0, reader.setLength));
    // What we do not know went out with the Partial bit (RFC 4271 §5).
    const unknown = set.unknown.map((one) => ({ ...one, flags: one.flags | 0x20 }));
    assert.deepEqual(got, { ...set, unknown });
  }));
});

Deno.test("random octets: never an exception, never a block outside of the message", () => {
  const scanners = contexts.map((context) => new UpdateScanner(context, ends));
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (body) => survives(scanners, Uint8Array.of(...header, ...body))),
    { numRuns: 2000 },
  );
});

Deno.test("mutated messages: never an exception, the same verdict whatever lies behind their end", () => {
  const scanners = contexts.map((context) => new UpdateScanner(context, ends));
  const seeds = [
    routeWith({ 8: attribute(8, "fde80063"), 7: attribute(7, "0000fde90a000001"), 32: attribute(32, "00".repeat(24)) }),
    update({
      attributes: [
        someReach,
        sound[1]!,
        sound[2]!,
        attribute(17, "0201 00010001"),
        attribute(26, "01000b" + "00".repeat(8)),
      ],
    }),
    update({ withdrawn: someNlri, attributes: [attribute(15, "0002 01 20 20010db8")] }),
    update({ attributes: [someReach, ...Object.values(sound), attribute(128, "0000fde9 40010100")], nlri: someNlri }),
  ];
  const change = fc.record({ at: fc.nat(), value: fc.integer({ min: 0, max: 255 }) });
  fc.assert(
    fc.property(
      fc.constantFrom(...seeds),
      fc.array(change, { minLength: 1, maxLength: 6 }),
      fc.nat(),
      (seed, changes, cut) => {
        const bytes = seed.slice();
        for (const { at, value } of changes) bytes[19 + at % (bytes.length - 19)] = value;
        survives(scanners, cut % 3 === 0 ? bytes.subarray(0, 19 + cut % (bytes.length - 19)) : bytes);
      },
    ),
    { numRuns: 5000 },
  );
});

const header = [...new Array(16).fill(255), 0, 0, 2];

/** Scans and validates the message alone, and between other octets: both have to come to the same. */
function survives(scanners: readonly UpdateScanner[], message: Uint8Array): void {
  const room = new Uint8Array(message.length + 80).fill(0xa5);
  room.set(message, 40);
  for (const scanner of scanners) {
    const alone = verdictOf(scanner, message, 0, message.length);
    assert.deepEqual(verdictOf(scanner, room, 40, 40 + message.length), alone);
  }
}

function verdictOf(scanner: UpdateScanner, bytes: Uint8Array, start: number, end: number): unknown[] {
  const seen: unknown[] = [
    scanner.scan(bytes, start, end),
    scanner.fault?.text,
    scanner.endOfRib,
    scanner.notice?.text,
  ];
  do {
    for (const block of scanner.blocks.slice(0, scanner.blockCount)) {
      assert.ok(start + 21 <= block.start && block.start < block.end && block.end <= end);
      seen.push(block.family, block.withdraw, block.start - start, block.end - start);
    }
    if (scanner.fault !== undefined) return seen;
    seen.push(toHex(scanner.setBytes.subarray(0, scanner.setLength)), scanner.lookupFirst);
    const verdict = scanner.validate();
    seen.push(verdict);
    if (verdict.kind === "accept") {
      const wire = scanner.setBytes.slice(0, scanner.setLength);
      seen.push(toHex(wire));
      // What was accepted is canonical.
      if (wire.length > 0 && scanner.lookupFirst) decodeAttributeSet(wire);
    }
  } while (scanner.nextPart());
  return seen;
}

Deno.test("one scanner takes messages of every length up to the limit", () => {
  const context = { ...ebgp, maxMessageBytes: 65535 };
  const communities = attribute(8, "fde80063".repeat(15000));
  const bytes = routeWith({ 8: communities });
  assert.equal(messageLength(bytes, 0), bytes.length);
  assert.equal(receive(bytes, context).kind, "accept");
  assert.equal(receive(bytes, ebgp).kind, "accept", "even where the framer should have refused it");
});

Deno.test("a set that would not fit its table is withdrawn", () => {
  const path = `02ff${"fde9".repeat(255)}`.repeat(80);
  const bytes = routeWith({ 2: attribute(2, path) });
  const outcome = receive(bytes, { ...oldSpeaker, maxMessageBytes: 65535 });
  assert.equal(outcome.kind, "treatAsWithdraw");
  assert.match(outcome.faults[0]!.text, /^the attributes take \d+ octets$/);
});
