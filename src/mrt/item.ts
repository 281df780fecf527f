/** The items of a file: entries of tables, messages, state changes, and records that cannot be read. */

import type { Asn, FamilyId, FamilyMask } from "../types/mod.ts";

/** A peer of the collector that wrote the file. Each peer is one object while a file is read. */
export interface MrtPeer {
  /** Counted from 0 in the order of appearance in the file. */
  readonly number: number;
  /** Canonical text. */
  readonly address: string;
  readonly asn: Asn;
  /** BGP Identifier; 0 where the file has none. */
  readonly routerId: number;
}

/** A route of a table. */
export interface MrtEntry {
  readonly kind: "entry";
  readonly format: "TABLE_DUMP" | "TABLE_DUMP2" | "BGP4MP";
  /** When the table was written; milliseconds since 1970. */
  readonly time: number;
  readonly peer: MrtPeer;
  readonly family: FamilyId;
  /** At least as many octets as `length` needs; host bits as in the file. A view of the file, like `attributes`. */
  readonly octets: Uint8Array;
  /** -1: the family has no prefixes, and the octets are the whole NLRI. */
  readonly length: number;
  /** -1: the table has no path identifiers. */
  readonly pathId: number;
  /** When the peer announced it; milliseconds since 1970. */
  readonly originatedAt: number;
  /** Path attributes as in an UPDATE, except that MP_REACH_NLRI may be shortened to its next hop (RFC 6396 §4.3.4). */
  readonly attributes: Uint8Array;
  readonly fourOctetAs: boolean;
}

/**
 * The type of a message's record. `BGP4MP_ET` has microseconds; `BGP` is from before 2001 (RFC 6396 appendix B.2.1).
 */
export type MessageFormat = "BGP" | "BGP4MP" | "BGP4MP_ET";

/** A BGP message as it came over the wire. */
export interface MrtMessage {
  readonly kind: "message";
  readonly format: MessageFormat;
  /** Milliseconds since 1970, with a fraction where the record has microseconds. */
  readonly time: number;
  readonly peer: MrtPeer;
  readonly localAsn: Asn;
  readonly localAddress: string;
  /** The whole message with its header. */
  readonly bytes: Uint8Array;
  readonly fourOctetAs: boolean;
  /** Families whose NLRI carry path identifiers: all or none, as the record's subtype says (RFC 8050 §3). */
  readonly addPath: FamilyMask;
  /** Sent by the collector itself. */
  readonly sent: boolean;
}

/** A session changed its state; RFC 4271 numbers, 1 Idle to 6 Established. */
export interface MrtStateChange {
  readonly kind: "state";
  readonly format: MessageFormat;
  readonly time: number;
  readonly peer: MrtPeer;
  readonly from: number;
  readonly to: number;
}

/** A record that breaks its format. */
export interface MrtFault {
  readonly kind: "fault";
  /** Offset of the record in the (uncompressed) file. */
  readonly offset: number;
  readonly text: string;
}

/** A record of a kind that this program does not support. */
export interface MrtSkipped {
  readonly kind: "skipped";
  readonly offset: number;
  /** The same for all records of this kind. */
  readonly text: string;
}

export type MrtItem = MrtEntry | MrtMessage | MrtStateChange | MrtFault | MrtSkipped;
