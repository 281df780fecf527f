/**
 * What the monitor tells its readers, in the order in which it happened. Each reader makes messages of its own of it:
 * BMP for stations, records for archives.
 */

import type { Negotiated } from "../../session/mod.ts";
import type { FamilyId, FamilyMask, Millis, RibKind } from "../../types/mod.ts";
import type { PeerCounters } from "../in/facts.ts";
import type { PeerFamily } from "../in/peer_family.ts";
import type { AdjRibOut } from "../out/adj_rib_out.ts";

/** A session that is, or was, Established. The same object from its Peer Up to its Peer Down. */
export interface MonitoredSession {
  readonly peerId: number;
  /** Of the configuration: a member of a network has the name of the network. */
  readonly name: string | undefined;
  readonly groups: readonly string[];
  readonly upAt: Millis;
  readonly localAddress: Uint8Array;
  readonly remoteAddress: Uint8Array;
  readonly ports: SessionPorts;
  readonly negotiated: Negotiated;
  /** By family id. */
  readonly families: readonly (PeerFamily | undefined)[];
  readonly out: AdjRibOut;
  readonly counters: () => PeerCounters;
  /** Families that the session ignores from a malformed message on (RFC 7606 §2). */
  readonly disabled: () => FamilyMask;
}

export interface SessionPorts {
  readonly local: number;
  readonly remote: number;
}

/** Why a session ended (RFC 7854 §4.9): a reason of `BmpDownReason`, with a NOTIFICATION or the number of an event. */
export interface SessionEnd {
  readonly reason: number;
  readonly data: Uint8Array;
}

export type MonitorEntry =
  | { readonly kind: "up"; readonly at: Millis; readonly session: MonitoredSession }
  /** The Loc-RIB is a peer of its own (RFC 9069 §4). */
  | { readonly kind: "locUp"; readonly at: Millis }
  | { readonly kind: "down"; readonly at: Millis; readonly session: MonitoredSession; readonly end: SessionEnd }
  | MonitoredMessages
  /** A message that broke a rule, as it came, cut at 4,096 octets. */
  | {
    readonly kind: "malformed";
    readonly at: Millis;
    readonly session: MonitoredSession;
    readonly message: Uint8Array;
  };

/** Changes of one table, as whole BGP messages back to back. */
export interface MonitoredMessages {
  readonly kind: "messages";
  readonly at: Millis;
  readonly table: RibKind;
  /** `undefined`: the Loc-RIB. */
  readonly session: MonitoredSession | undefined;
  /** Of all routes in the messages; `undefined`: messages of any type and family, as they were on the wire. */
  readonly family: FamilyId | undefined;
  /** ASNs in the messages have two octets. */
  readonly twoOctetAs: boolean;
  /** Routes as they were when the reader came to them, and the End-of-RIB behind them. */
  readonly isDump?: true;
  readonly bytes: Uint8Array;
}
