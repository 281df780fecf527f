import assert from "node:assert/strict";
import fc from "../../../support/fast_check.ts";
import { decodeAttributeSet, emptyAttributeSet, encodeAttributeSet } from "../../../../src/message/mod.ts";
import {
  formatAsPath,
  formatCommunity,
  formatExtCommunity,
  formatIpv6ExtCommunity,
  formatLargeCommunity,
} from "../../../../src/message/mod.ts";
import { formatNextHop, originName } from "../../../../src/message/mod.ts";
import { formatPrefix, maskPrefix } from "../../../../src/types/mod.ts";
import { ipv4PrefixText, ipv6PrefixText } from "../../../../src/store/write/prefix_text.ts";
import { SetText } from "../../../../src/store/write/set_text.ts";

const uint32 = fc.integer({ min: 0, max: 0xffffffff });
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const octets = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

const sets = fc.record({
  origin: optional(fc.constantFrom(0, 1, 2)),
  asPath: fc.array(
    fc.record({ type: fc.constantFrom(1, 2, 3, 4), asns: fc.array(uint32, { minLength: 1, maxLength: 5 }) }),
    { maxLength: 4 },
  ),
  nextHop: optional(fc.oneof(octets(0), octets(4), octets(16), octets(32))),
  med: optional(uint32),
  localPref: optional(uint32),
  communities: fc.array(uint32, { maxLength: 100 }),
  extCommunities: fc.array(octets(8), { maxLength: 3 }),
  ipv6ExtCommunities: fc.array(fc.uint8Array({ minLength: 20, maxLength: 20 }), { maxLength: 2 }),
  largeCommunities: fc.array(fc.tuple(uint32, uint32, uint32), { maxLength: 3 }),
});

Deno.test("the columns of a set equal the texts of its decoded form", () => {
  const text = new SetText();
  fc.assert(fc.property(sets, fc.nat(5), (parts, offset) => {
    const wire = encodeAttributeSet({ ...emptyAttributeSet(), ...parts } as Parameters<typeof encodeAttributeSet>[0]);
    const set = decodeAttributeSet(wire);
    const padded = new Uint8Array(offset + wire.length + 3);
    padded.set(wire, offset);
    text.read(padded, offset, offset + wire.length);
    const list = (texts: string[]) => texts.length === 0 ? null : texts.join(" ");
    assert.equal(text.origin, set.origin === undefined ? null : originName(set.origin));
    assert.equal(text.asPath, formatAsPath(set.asPath));
    assert.equal(text.nextHop, set.nextHop === undefined ? null : formatNextHop(set.nextHop) || null);
    assert.equal(text.med, set.med ?? null);
    assert.equal(text.localPref, set.localPref ?? null);
    assert.equal(text.communities, list(set.communities.map(formatCommunity)));
    assert.equal(text.largeCommunities, list(set.largeCommunities.map(formatLargeCommunity)));
    const ipv6 = set.ipv6ExtCommunities.map(formatIpv6ExtCommunity);
    assert.equal(text.extCommunities, list([...set.extCommunities.map(formatExtCommunity), ...ipv6]));
    const last = set.asPath.at(-1);
    assert.equal(text.originAs, last?.type === 2 ? last.asns.at(-1) : null);
  }));
});

Deno.test("the text of a prefix from its address words equals that from its octets", () => {
  const word = fc.oneof(fc.constant(0), fc.constant(0xffff), fc.constant(0x10000), uint32);
  fc.assert(
    fc.property(fc.tuple(word, word, word, word), fc.nat(128), (words, length) => {
      const address = new Uint8Array(16);
      words.forEach((value, i) => new DataView(address.buffer).setUint32(4 * i, value));
      const ipv6 = maskPrefix(address, length);
      const view = new DataView(ipv6.octets.buffer);
      const [w0, w1, w2, w3] = [0, 4, 8, 12].map((at) => view.getInt32(at)) as [number, number, number, number];
      assert.equal(ipv6PrefixText(w0, w1, w2, w3, length), formatPrefix(ipv6));
      const ipv4 = maskPrefix(address.subarray(0, 4), length % 33);
      const value = new DataView(ipv4.octets.buffer).getInt32(0);
      assert.equal(ipv4PrefixText(value, length % 33), formatPrefix(ipv4));
    }),
    { numRuns: 1000 },
  );
});
