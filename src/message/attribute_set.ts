/**
 * Attribute sets to and from canonical wire form, the form in which routing tables keep them, and the hash by which
 * they find a set.
 *
 * Canonical wire form: attributes ascending by code, each with the shortest possible header, ASNs in four octets,
 * without MP_UNREACH_NLRI and AS4_*. The next hop of any family stands as attribute 3 with 4, 16 or 32 octets, or with
 * none (FlowSpec). Attribute 14 is not MP_REACH_NLRI, but the value of the NLRI (`nlri/value.ts`).
 */

import {
  AttributeFlag,
  nextAttribute,
  OPTIONAL_NON_TRANSITIVE,
  valueStart,
  type WireAttribute,
  writeAttributeHeader,
  writeAttributes,
} from "./attribute/header.ts";
import { attributeRow, attributeRows } from "./attribute/registry.ts";
import { type AttributeSet, emptyAttributeSet } from "./attribute/set.ts";
import { AttributeCode } from "./code_points.ts";

/** Reads canonical wire form, which this speaker itself wrote: anything else throws. */
export function decodeAttributeSet(wire: Uint8Array): AttributeSet {
  const set = emptyAttributeSet();
  for (let at = 0; at < wire.length;) {
    const code = wire[at + 1]!;
    const start = valueStart(wire, at);
    const end = nextAttribute(wire, at);
    if (end > wire.length) throw new RangeError(`attribute ${code} ends beyond its set`);
    const row = attributeRow(code);
    const flags = wire[at]! & ~AttributeFlag.extendedLength;
    if (row !== undefined) row.decode(wire, start, end, set, flags);
    else set.unknown.push({ flags, code, value: wire.slice(start, end) });
    at = end;
  }
  return set;
}

/**
 * The canonical wire form. `decodeAttributeSet(encodeAttributeSet(set))` equals `set`. `asPath` replaces the value of
 * AS_PATH that the set would have.
 */
export function encodeAttributeSet(set: AttributeSet, asPath?: Uint8Array): Uint8Array {
  const parts: WireAttribute[] = [...set.unknown];
  for (const { code, flags, encode } of attributeRows) {
    const value = code === AttributeCode.asPath && asPath !== undefined ? asPath : encode(set);
    if (value !== undefined) parts.push({ flags, code, value });
  }
  parts.sort((a, b) => a.code - b.code);
  return writeAttributes(parts);
}

/** The value of the NLRI in a canonical set; no octets where the set has none. */
export function nlriValueOf(wire: Uint8Array): Uint8Array {
  for (let at = 0; at < wire.length && wire[at + 1]! <= AttributeCode.mpReachNlri; at = nextAttribute(wire, at)) {
    if (wire[at + 1] === AttributeCode.mpReachNlri) return wire.subarray(valueStart(wire, at), nextAttribute(wire, at));
  }
  return new Uint8Array(0);
}

/** A canonical set with this value of the NLRI in place of its own; without octets: with none. */
export function withNlriValue(wire: Uint8Array, value: Uint8Array): Uint8Array {
  let before = 0;
  while (before < wire.length && wire[before + 1]! < AttributeCode.mpReachNlri) before = nextAttribute(wire, before);
  const hasValue = wire[before + 1] === AttributeCode.mpReachNlri;
  const after = hasValue ? nextAttribute(wire, before) : before;
  const added = value.length === 0 ? 0 : value.length + (value.length > 255 ? 4 : 3);
  const result = new Uint8Array(before + added + wire.length - after);
  result.set(wire.subarray(0, before));
  if (added > 0) {
    const at = writeAttributeHeader(
      result,
      before,
      OPTIONAL_NON_TRANSITIVE,
      AttributeCode.mpReachNlri,
      value.length,
    );
    result.set(value, at);
  }
  result.set(wire.subarray(after), before + added);
  return result;
}

/**
 * The 32-bit hash by which attribute sets are interned: what a scanner's `setHash` is of its `setBytes`. Each step
 * takes four octets; zeroes fill up the last one.
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
