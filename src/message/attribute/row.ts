/**
 * A row of the registry (`registry.ts`); the file of each path attribute provides one. It holds the attribute's flags,
 * the check of its value, what follows from a malformed value, and how to read and write the value.
 */

import type { FamilyMask } from "../../types/mod.ts";
import { UpdateError } from "../code_points.ts";
import type { FaultAction } from "../fault.ts";
import type { UpdateContext } from "../update_context.ts";
import { AttributeFlag } from "./header.ts";
import type { AttributeSet } from "./set.ts";

/** Why a value is malformed. */
export interface Malformed {
  /** Subcode of UPDATE Message Error, for a NOTIFICATION. */
  readonly subcode: number;
  /** After the attribute's name, e.g. `"length 2, not 1"`. */
  readonly text: string;
  /** The clause, where it differs from the row's. */
  readonly rfc?: string;
  /** The consequence, where it differs from the row's `onMalformed`. */
  readonly action?: FaultAction;
}

export interface AttributeRow {
  readonly code: number;
  /** As the RFC calls it, e.g. `"AS_PATH"`. */
  readonly name: string;
  /** The Optional and Transitive bits it must have. */
  readonly flags: number;
  /** From RFC 7606 §7 or the attribute's own RFC; it does not follow from the flags. */
  readonly onMalformed: FaultAction;
  /** For wrong flags, where the RFC requires something else than treat-as-withdraw (RFC 7606 §3c). */
  readonly onWrongFlags?: FaultAction;
  /** An external peer's attribute is not used: `discard` reports a fault, `ignore` does not. */
  readonly fromExternal?: "discard" | "ignore";
  /** Sessions to which `fromExternal` does not apply; by default those within an AS. */
  readonly meantFor?: (context: UpdateContext) => boolean;
  /** Only its form is checked; it is passed on like an unknown attribute. */
  readonly opaque?: true;
  /** Of an opaque one: it is passed on, though non-transitive, where the session carries one of these families. */
  readonly keptWith?: FamilyMask;
  /** The clause behind `onMalformed`. */
  readonly rfc: string;
  /** Why the value in `bytes[start, end)`, received in this session, is malformed; `undefined`: it is valid. */
  check(bytes: Uint8Array, start: number, end: number, context: UpdateContext): Malformed | undefined;
  /**
   * For a valid value: false where widely used routers consider it malformed, because they implement an earlier form of
   * the attribute. Some of them reset the session within an AS, so such a value is not passed on. Absent: all values
   * are.
   */
  readsAlike?(bytes: Uint8Array, start: number, end: number): boolean;
  /** The value to store where it differs from the one received (duplicates removed). */
  canonical?(bytes: Uint8Array, start: number, end: number): Uint8Array | undefined;
  /** Reads a valid value in canonical form into the set. */
  decode(bytes: Uint8Array, start: number, end: number, set: AttributeSet, flags: number): void;
  /** The value in canonical form, `undefined` where the set has none. */
  encode(set: AttributeSet): Uint8Array | undefined;
}

/** True for an attribute that has no meaning in this session. */
export function isForeign(row: AttributeRow, context: UpdateContext): boolean {
  return row.fromExternal !== undefined && !(row.meantFor?.(context) ?? context.internal);
}

/** True for an attribute that ends here: opaque, non-transitive, and of no family of the session (RFC 4271 §5). */
export function endsHere({ opaque, flags, keptWith = 0 }: AttributeRow, { families }: UpdateContext): boolean {
  return opaque === true && (flags & AttributeFlag.transitive) === 0 && (families & keptWith) === 0;
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
 * A row for an attribute that this speaker does not interpret: its form is checked as its RFC requires, its value is
 * kept as octets.
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
