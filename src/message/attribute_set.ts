/**
 * An attribute set as a value: everything a route carries beside its prefix. This is the cold path, for people, policy and
 * configuration; routing tables keep sets as bytes in canonical wire form.
 *
 * Canonical wire form: attributes ascending by code, each with the shortest possible header, ASNs in four octets, without
 * MP_REACH_NLRI, MP_UNREACH_NLRI and AS4_*; the next hop of any family stands as attribute 3 with 4, 16 or 32 octets.
 */

import type { Aggregator } from "./attribute/aggregator.ts";
import type { AsPathSegment } from "./attribute/as_path.ts";
import { AttributeFlag, readUint16 } from "./attribute/row.ts";
import type { LargeCommunity } from "./attribute/large_communities.ts";
import type { Origin } from "./attribute/origin.ts";
import { AttributeCode } from "./code_points.ts";
import { attributeRow, attributeRows } from "./attribute/registry.ts";

export interface AttributeSet {
  origin: Origin | undefined;
  /** Empty: a route of our own AS. */
  asPath: AsPathSegment[];
  /** 4 or 16 octets, or 32: global and link-local (RFC 2545 §3). */
  nextHop: Uint8Array | undefined;
  med: number | undefined;
  localPref: number | undefined;
  atomicAggregate: boolean;
  aggregator: Aggregator | undefined;
  communities: number[];
  originatorId: number | undefined;
  clusterList: number[];
  /** 8 octets each. */
  extCommunities: Uint8Array[];
  /** 20 octets each. */
  ipv6ExtCommunities: Uint8Array[];
  largeCommunities: LargeCommunity[];
  aigp: bigint | undefined;
  otc: number | undefined;
  /** What we do not look into, as it came. */
  readonly unknown: UnknownAttribute[];
}

export interface UnknownAttribute {
  readonly flags: number;
  readonly code: number;
  readonly value: Uint8Array;
}

export function emptyAttributeSet(): AttributeSet {
  return {
    origin: undefined,
    asPath: [],
    nextHop: undefined,
    med: undefined,
    localPref: undefined,
    atomicAggregate: false,
    aggregator: undefined,
    communities: [],
    originatorId: undefined,
    clusterList: [],
    extCommunities: [],
    ipv6ExtCommunities: [],
    largeCommunities: [],
    aigp: undefined,
    otc: undefined,
    unknown: [],
  };
}

/** Reads canonical wire form, which is our own writing: anything else throws. */
export function decodeAttributeSet(wire: Uint8Array): AttributeSet {
  const set = emptyAttributeSet();
  for (let at = 0; at < wire.length;) {
    const flags = wire[at]!;
    const code = wire[at + 1]!;
    const long = (flags & AttributeFlag.extendedLength) !== 0;
    const start = at + (long ? 4 : 3);
    const end = start + (long ? readUint16(wire, at + 2) : wire[at + 2]!);
    if (!(end <= wire.length)) throw new RangeError(`attribute ${code} ends beyond its set`);
    const row = attributeRow(code);
    const kept = flags & ~AttributeFlag.extendedLength;
    if (row !== undefined) row.decode(wire, start, end, set, kept);
    else set.unknown.push({ flags: kept, code, value: wire.slice(start, end) });
    at = end;
  }
  return set;
}

/**
 * The canonical wire form. `decodeAttributeSet(encodeAttributeSet(set))` equals `set`. With `asPath` that is the value of
 * AS_PATH, in place of the set's own.
 */
export function encodeAttributeSet(set: AttributeSet, asPath?: Uint8Array): Uint8Array {
  const parts: UnknownAttribute[] = [...set.unknown];
  for (const { code, flags, encode } of attributeRows) {
    const value = code === AttributeCode.asPath && asPath !== undefined ? asPath : encode(set);
    if (value !== undefined) parts.push({ flags, code, value });
  }
  parts.sort((a, b) => a.code - b.code);
  const wire = new Uint8Array(parts.reduce((sum, { value }) => sum + value.length + (value.length > 255 ? 4 : 3), 0));
  let at = 0;
  for (const { flags, code, value } of parts) {
    at = writeAttributeHeader(wire, at, flags, code, value.length);
    wire.set(value, at);
    at += value.length;
  }
  return wire;
}

/** Writes the shortest header for a value of this length; gives the offset of the value. */
export function writeAttributeHeader(
  target: Uint8Array,
  at: number,
  flags: number,
  code: number,
  length: number,
): number {
  target[at + 1] = code;
  if (length <= 255) {
    target[at] = flags;
    target[at + 2] = length;
    return at + 3;
  }
  target[at] = flags | AttributeFlag.extendedLength;
  target[at + 2] = length >>> 8;
  target[at + 3] = length;
  return at + 4;
}

/**
 * The 32-bit hash by which attribute sets are interned; a scanner's `setHash` is this of its `setBytes`. Four octets a
 * step, the last step filled up with zeroes.
 */
export function hashAttributes(bytes: Uint8Array, start: number, end: number): number {
  let hash = (end - start) | 0;
  let at = start;
  for (; at + 4 <= end; at += 4) {
    const word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    hash = Math.imul(hash ^ word, 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  if (at < end) {
    let word = bytes[at]!;
    if (at + 1 < end) word |= bytes[at + 1]! << 8;
    if (at + 2 < end) word |= bytes[at + 2]! << 16;
    hash = Math.imul(hash ^ word, 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  // Murmur's finish: tables look at the low bits.
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return hash ^ (hash >>> 13);
}
