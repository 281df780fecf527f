/**
 * What the rest of the program knows of a kind of NLRI. Plain prefixes (`prefix.ts`) are read as words, without an
 * object for each; NLRI of every other kind are octets that a codec splits into a key and a value.
 *
 * The *key* identifies the destination: the RIB interns it, and two routes of a peer with the same key and path
 * identifier are one route. The *value* is what else the NLRI says about the route: labels (RFC 8277 §2, "a label is
 * not part of the prefix"), the ESI and the gateway of EVPN (RFC 7432 §7.2, RFC 9136 §3.1). It becomes part of the
 * attribute set of the route.
 */

import type { Prefix } from "../../types/mod.ts";

/** One NLRI, without its path identifier. */
export interface Nlri {
  /** Canonical octets: equal destinations have equal keys. */
  readonly key: Uint8Array;
  /** The octets of `value.ts`; empty: the NLRI is its key. */
  readonly value: Uint8Array;
}

/** What an NLRI says, by column of the database's views. */
export interface NlriFields {
  /** The Route Distinguisher, such as `65000:1`. */
  readonly rd?: string;
  /** The prefix that a longest match finds: of VPN and labelled routes. */
  readonly prefix?: Prefix;
  /** All other fields, in the order in which people read them; a field without a value is absent. */
  readonly more?: Readonly<Record<string, string | number>>;
}

/** A text that people wrote, which is no NLRI: one sentence that names the place. */
export interface NlriTextError {
  readonly error: string;
}

export interface NlriCodec {
  /**
   * Octets of the NLRI that begins at `at`, its own length field included; -1: it has no end before `end`, so that
   * nothing after it can be read (RFC 7606 §5.3).
   */
  size(bytes: Uint8Array, at: number, end: number): number;
  /**
   * Why the octets `[start, end)`, which {@link size} delimited, are no valid NLRI, to follow "an NLRI "; `undefined`:
   * they are valid. `withdrawn`: they stand in MP_UNREACH_NLRI.
   */
  fault(bytes: Uint8Array, start: number, end: number, withdrawn: boolean): string | undefined;
  /** The key and the value of a valid NLRI; the value is empty where it is withdrawn. */
  split(bytes: Uint8Array, start: number, end: number, withdrawn: boolean): Nlri;
  /** The octets on the wire. `value` `undefined`: withdrawn. */
  join(key: Uint8Array, value: Uint8Array | undefined): Uint8Array;
  /** The destination as people read and write it; {@link parse} takes it back. */
  format(key: Uint8Array): string;
  /** The key that people wrote. */
  parse(text: string): Uint8Array | NlriTextError;
  /** The columns of the key. */
  fields(key: Uint8Array): NlriFields;
}
