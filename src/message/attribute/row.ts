/**
 * What every path attribute's file provides: one row of the registry (`registry.ts`). A row knows the attribute's
 * flags, how to find its value malformed, what then happens, and how to read and write the value.
 */

import { UpdateError } from "../code_points.ts";
import type { FaultAction } from "../fault.ts";
import type { UpdateContext } from "../update_context.ts";
import type { AttributeSet } from "./set.ts";

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
   * Of a sound value: false where routers in wide use take it for malformed, as they know an earlier form of the
   * attribute only; within an AS some of them end the session over it, so it goes no further. Without this all values
   * do.
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

/** The fault of an optional attribute, where no other subcode says more. */
export function malformed(text: string, rfc?: string): Malformed {
  const subcode = UpdateError.optionalAttributeError;
  return rfc === undefined ? { subcode, text } : { subcode, text, rfc };
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
    : malformed(`length ${length}, not a non-zero multiple of ${size}`);
}

/**
 * A row for an attribute whose meaning lies outside of what this speaker does: its form is checked as its RFC wants,
 * its value stays bytes.
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
