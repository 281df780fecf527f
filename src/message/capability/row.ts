import type { Reader } from "../reader.ts";
import type { Writer } from "../writer.ts";

/** One row of the capability registry: all there is to know about one capability code. */
export interface CapabilityCodec<T extends { readonly kind: string }> {
  readonly kind: T["kind"];
  readonly code: number;
  readonly name: string;
  readonly rfc: string;
  /** What several instances with different values mean (RFC 5492 §4): each counts, or all but the last are ignored. */
  readonly repeats: "each" | "last";
  /**
   * Reads the value. `undefined`, a read past the end, or octets left over: the value is not what its RFC says, and the
   * capability is kept as `unknown`, which is to say it was not announced.
   */
  decode(value: Reader): T | undefined;
  /** Writes the value only; code and length are the caller's. */
  encode(capability: T, writer: Writer): void;
}

/** AFI and SAFI as on the wire: a peer may name families that are not in our table. */
export interface WireFamily {
  readonly afi: number;
  readonly safi: number;
}

/** Reads entries of one size until the value ends; a broken last entry fails the reader. */
export function readEntries<T>(value: Reader, readEntry: (value: Reader) => T): T[] {
  const entries: T[] = [];
  while (value.remaining > 0) entries.push(readEntry(value));
  return entries;
}
