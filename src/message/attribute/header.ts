/**
 * The header of a path attribute (RFC 4271 §4.3): flags, type code and length. Everything that walks path attributes
 * walks them with these functions.
 *
 * ```
 * | flags | code | length          | value …      (length up to 255)
 * | flags | code | length (2 octets) | value …    (flag extendedLength)
 * ```
 */

import { readUint16 } from "../../types/mod.ts";

export const AttributeFlag = { optional: 0x80, transitive: 0x40, partial: 0x20, extendedLength: 0x10 } as const;

/** The flags of the three categories of RFC 4271 §5. */
export const WELL_KNOWN = 0x40;
export const OPTIONAL_TRANSITIVE = 0xc0;
export const OPTIONAL_NON_TRANSITIVE = 0x80;

/** Octets of a header with these flags. */
export function headerSize(flags: number): 3 | 4 {
  return (flags & AttributeFlag.extendedLength) === 0 ? 3 : 4;
}

/** Offset of the value of the attribute at `at`. */
export function valueStart(bytes: Uint8Array, at: number): number {
  return at + headerSize(bytes[at]!);
}

/**
 * Offset of the end of the attribute at `at`, where the next attribute begins. It is beyond `end` exactly where the
 * attribute does not fit into `bytes[at, end)`; it is so, too, where its header does not fit. A walk over octets of a
 * peer:
 *
 * ```ts
 * for (let at = start, next; at < end; at = next) {
 *   next = nextAttribute(bytes, at);
 *   if (next > end) return "truncated";
 * }
 * ```
 */
export function nextAttribute(bytes: Uint8Array, at: number): number {
  return (bytes[at]! & AttributeFlag.extendedLength) === 0
    ? at + 3 + (bytes[at + 2]! | 0) // Beyond the array there is no octet: 0.
    : at + 4 + readUint16(bytes, at + 2);
}

/** One attribute, detached from the octets it came in. */
export interface WireAttribute {
  /** Without `extendedLength`: the header is as short as the value allows. */
  readonly flags: number;
  readonly code: number;
  readonly value: Uint8Array;
}

/** One attribute within the octets it came in. */
export interface RawAttribute {
  readonly code: number;
  /** `undefined` where the attribute is truncated; `bytes` are then all remaining octets. */
  readonly value: Uint8Array | undefined;
  /** Header and value. */
  readonly bytes: Uint8Array;
}

/** The attributes in `bytes`, valid or not, as objects. Hot paths call {@link nextAttribute} themselves. */
export function* rawAttributes(bytes: Uint8Array): Generator<RawAttribute> {
  for (let at = 0; at < bytes.length;) {
    const next = nextAttribute(bytes, at);
    const code = bytes[at + 1] ?? 0;
    if (next > bytes.length) {
      yield { code, value: undefined, bytes: bytes.subarray(at) };
      return;
    }
    yield { code, value: bytes.subarray(valueStart(bytes, at), next), bytes: bytes.subarray(at, next) };
    at = next;
  }
}

/** Writes the shortest header for a value of this length; returns the offset of the value. */
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

/** The attributes in the order given, each with the shortest header. */
export function writeAttributes(attributes: readonly WireAttribute[]): Uint8Array {
  let size = 0;
  for (const { value } of attributes) size += value.length + (value.length > 255 ? 4 : 3);
  const wire = new Uint8Array(size);
  let at = 0;
  for (const { flags, code, value } of attributes) {
    at = writeAttributeHeader(wire, at, flags, code, value.length);
    wire.set(value, at);
    at += value.length;
  }
  return wire;
}
