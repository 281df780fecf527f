import type { Reader } from "../reader.ts";
import type { Writer } from "../writer.ts";

/** One row of the capability registry: everything about one capability code. */
export interface CapabilityRow<T extends { readonly kind: string }> {
  readonly kind: T["kind"];
  readonly code: number;
  readonly name: string;
  readonly rfc: string;
  /** Several instances with different values (RFC 5492 §4): each counts, or only the last one. */
  readonly repeats: "each" | "last";
  /**
   * Reads the value. The capability becomes `unknown`, and has no effect, where this returns `undefined`, reads beyond
   * the end, or leaves octets unread: its value breaks the rules of its RFC.
   */
  decode(value: Reader): T | undefined;
  /** Writes the value only; code and length are the caller's. */
  encode(capability: T, writer: Writer): void;
}

/** AFI and SAFI as on the wire: a peer may name families that this speaker does not carry. */
export interface WireFamily {
  readonly afi: number;
  readonly safi: number;
}

/** Reads entries until the value ends; an incomplete last entry fails the reader. */
export function readEntries<T>(value: Reader, readEntry: (value: Reader) => T): T[] {
  const entries: T[] = [];
  while (value.remaining > 0) entries.push(readEntry(value));
  return entries;
}
