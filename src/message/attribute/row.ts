/**
 * What every path attribute's file provides: one row of the registry (`registry.ts`). A row knows the attribute's flags,
 * how to find its value malformed, what then happens, and how to read and write the value.
 */

import { UpdateError } from "../code_points.ts";
import type { AttributeSet } from "../attribute_set.ts";
import type { UpdateContext } from "../update_context.ts";
import type { FaultAction } from "../fault.ts";

/** The octet before the type code (RFC 4271 §4.3). */
export const AttributeFlag = { optional: 0x80, transitive: 0x40, partial: 0x20, extendedLength: 0x10 } as const;

export const WELL_KNOWN = 0x40;
export const OPTIONAL_TRANSITIVE = 0xc0;
export const OPTIONAL_NON_TRANSITIVE = 0x80;

/** Why a value is malformed. */
export interface Malformed {
  /** UPDATE Message Error subcode, where it comes to a NOTIFICATION. */
  readonly subcode: number;
  /** After the attribute's name, e.g. `"length 2, not 1"`. */
  readonly text: string;
  /** The clause, where it is not the row's. */
  readonly rfc?: string;
  /** Where this mistake has another consequence than the row's `onMalformed`. */
  readonly action?: FaultAction;
}

export interface AttributeRow {
  readonly code: number;
  /** As the RFC calls it, e.g. `"AS_PATH"`. */
  readonly name: string;
  /** The Optional and Transitive bits it must have. */
  readonly flags: number;
  /** RFC 7606 §7 or the attribute's own RFC; written down, never derived from the flags. */
  readonly onMalformed: FaultAction;
  /** For wrong flags, where the RFC wants something else than treat-as-withdraw (RFC 7606 §3c). */
  readonly onWrongFlags?: FaultAction;
  /** From an external peer it is not looked at: `discard` is a fault to be told, `ignore` is not. */
  readonly fromExternal?: "discard" | "ignore";
  /** Where `fromExternal` does not hold; without it: within an AS. */
  readonly meantFor?: (context: UpdateContext) => boolean;
  /** We check its form and pass it on as we pass on what we do not know. */
  readonly opaque?: true;
  /** The clause behind `onMalformed`. */
  readonly rfc: string;
  /** Finds the value in `bytes[start, end)` malformed, as received in this session. */
  check(bytes: Uint8Array, start: number, end: number, context: UpdateContext): Malformed | undefined;
  /**
   * Of a sound value: false where routers in wide use take it for malformed, as they know an earlier form of the attribute
   * only; within an AS some of them end the session over it, so it goes no further. Without this all values do.
   */
  readsAlike?(bytes: Uint8Array, start: number, end: number): boolean;
  /** The value to keep where it is not the one received (duplicates removed). */
  canonical?(bytes: Uint8Array, start: number, end: number): Uint8Array | undefined;
  /** Reads a sound value in canonical form into the set. */
  decode(bytes: Uint8Array, start: number, end: number, set: AttributeSet, flags: number): void;
  /** The value in canonical form, `undefined` where the set has none. */
  encode(set: AttributeSet): Uint8Array | undefined;
}

/** An attribute that means nothing over this session. */
export function isForeign(row: AttributeRow, context: UpdateContext): boolean {
  return row.fromExternal !== undefined && !(row.meantFor?.(context) ?? context.internal);
}

/** The fault of a value that has exactly one possible length. */
export function wrongLength(start: number, end: number, expected: number): Malformed | undefined {
  return end - start === expected
    ? undefined
    : { subcode: UpdateError.attributeLengthError, text: `length ${end - start}, not ${expected}` };
}

/** The fault of a list whose items all have one size. An empty list is malformed too (RFC 7606 §4). */
export function wrongMultiple(start: number, end: number, size: number): Malformed | undefined {
  const length = end - start;
  return length !== 0 && length % size === 0
    ? undefined
    : { subcode: UpdateError.optionalAttributeError, text: `length ${length}, not a non-zero multiple of ${size}` };
}

export function readUint16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}

export function readUint32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

export function writeUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

/** The value of an attribute that is one 32-bit number. */
export function encodeUint32(value: number | undefined): Uint8Array | undefined {
  return value === undefined ? undefined : encodeUint32List([value]);
}

/** The value of an attribute that is a list of 32-bit numbers; none for an empty list. */
export function encodeUint32List(values: readonly number[]): Uint8Array | undefined {
  if (values.length === 0) return undefined;
  const bytes = new Uint8Array(4 * values.length);
  values.forEach((value, i) => writeUint32(bytes, 4 * i, value));
  return bytes;
}

export function decodeUint32List(bytes: Uint8Array, start: number, end: number): number[] {
  const values: number[] = [];
  for (let at = start; at < end; at += 4) values.push(readUint32(bytes, at));
  return values;
}

/** Items of `size` octets, back to back. */
export function decodeChunks(bytes: Uint8Array, start: number, end: number, size: number): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let at = start; at < end; at += size) chunks.push(bytes.slice(at, at + size));
  return chunks;
}

export function encodeChunks(chunks: readonly Uint8Array[], size: number): Uint8Array | undefined {
  if (chunks.length === 0) return undefined;
  const bytes = new Uint8Array(size * chunks.length);
  chunks.forEach((chunk, i) => bytes.set(chunk, size * i));
  return bytes;
}

/**
 * A row for an attribute whose meaning lies outside of what this speaker does: its form is checked as its RFC wants, its
 * value stays bytes.
 */
export function opaqueRow(row: Omit<AttributeRow, "decode" | "encode" | "opaque">): AttributeRow {
  return {
    ...row,
    opaque: true,
    decode: (bytes, start, end, set, flags) =>
      void set.unknown.push({ flags, code: row.code, value: bytes.slice(start, end) }),
    encode: () => undefined,
  };
}
