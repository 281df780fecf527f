/** Random values of the UPDATE's world, for properties. */
import fc from "../../support/fast_check.ts";
import type { AttributeSet, LargeCommunity, Origin, SegmentType } from "../../../src/message/mod.ts";

export const uint32 = fc.integer({ min: 0, max: 0xffffffff });
export const asn = fc.oneof(fc.integer({ min: 1, max: 0xffff }), fc.integer({ min: 1, max: 0xffffffff }));
const plain = { noNullPrototype: true };
const octets = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });

export const segment = (types: readonly SegmentType[], longest = 30) =>
  fc.record({
    type: fc.constantFrom(...types),
    asns: fc.array(asn, { minLength: 1, maxLength: longest }),
  }, plain);

export const anySegment = segment([1, 2, 3, 4]);

/** A unicast address no peer has to explain. */
const nextHop = fc.oneof(octets(4), octets(16), octets(32)).map((bytes) => {
  bytes[0] = bytes.length === 4 ? 10 : 0x20;
  return bytes;
});

const unknown = fc.uniqueArray(
  fc.record(
    { flags: fc.constantFrom(0xc0, 0xe0), code: fc.integer({ min: 200, max: 255 }), value: fc.uint8Array() },
    plain,
  ),
  { selector: ({ code }) => code, maxLength: 3 },
).map((list) => list.sort((a, b) => a.code - b.code));

/** A set as it may stand in a RIB. */
export const attributeSet: fc.Arbitrary<AttributeSet> = fc.record({
  origin: fc.constantFrom<Origin[]>(0, 1, 2),
  asPath: fc.array(anySegment, { maxLength: 6 }),
  nextHop,
  med: optional(uint32),
  localPref: optional(uint32),
  atomicAggregate: fc.boolean(),
  aggregator: optional(fc.record({ asn, address: uint32 }, plain)),
  communities: fc.array(uint32, { maxLength: 80 }),
  originatorId: optional(uint32),
  clusterList: fc.array(uint32, { maxLength: 5 }),
  extCommunities: fc.array(octets(8), { maxLength: 40 }),
  ipv6ExtCommunities: fc.array(octets(20), { maxLength: 3 }),
  largeCommunities: fc.uniqueArray(fc.tuple(uint32, uint32, uint32) as fc.Arbitrary<LargeCommunity>, {
    selector: (parts) => parts.join(":"),
    maxLength: 30,
  }),
  aigp: optional(fc.bigInt({ min: 0n, max: 0xffffffffffffffffn })),
  otc: optional(asn),
  nlriValue: fc.constant(undefined),
  unknown,
}, plain);

export interface RandomPrefix {
  readonly words: readonly [number, number, number, number];
  readonly length: number;
}

/** Words with host bits clear. */
export const prefix = (bits: 32 | 128): fc.Arbitrary<RandomPrefix> =>
  fc.tuple(fc.tuple(uint32, uint32, uint32, uint32), fc.integer({ min: 0, max: bits })).map(([words, length]) => {
    const masked = words.map((word, i) => {
      const kept = Math.min(32, Math.max(0, length - 32 * i));
      return kept === 0 ? 0 : (word | 0) & (-1 << (32 - kept));
    });
    return { words: [masked[0]!, masked[1]!, masked[2]!, masked[3]!], length };
  });
