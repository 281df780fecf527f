/** What the station tells of one router's connection, in the order of its octets. */

import type { Open, UpdateContext } from "../../message/mod.ts";
import type { RibKind } from "../../types/mod.ts";
import type { BmpMirrored, BmpPeer, BmpPeerUp, BmpStatistic } from "../message.ts";

/** A peer that the router reports as up. `key` is the same from its Peer Up to its Peer Down. */
export interface StationPeer {
  /** Peer type, distinguisher and address: what makes it one peer (RFC 7854 §4.2). */
  readonly key: string;
  readonly up: BmpPeerUp;
  readonly sent: Open;
  readonly received: Open;
  /** The name of its VRF or table, where the router says one (RFC 9069 §4.4). */
  readonly tableName?: string;
}

/** Octets in an event are views: they are valid until the next `push`. */
export type StationEvent =
  | { readonly kind: "initiation"; readonly name: string; readonly description: string; readonly text: string }
  /** Also where a router says Peer Up once for each RIB kind of a session, or each family of a Loc-RIB: `key` is up. */
  | { readonly kind: "peerUp"; readonly peer: StationPeer }
  /** `reason`: see `BmpDownReason`; `undefined` where a Peer Up of a new session replaces the peer. */
  | {
    readonly kind: "peerDown";
    readonly peer: StationPeer;
    readonly reason?: number;
    readonly data: Uint8Array;
    /** What the router says in TLVs (reason 6); empty where it says nothing. */
    readonly text: string;
  }
  | {
    readonly kind: "update";
    readonly peer: StationPeer;
    readonly ribKind: RibKind;
    /** The same object for all UPDATEs of this peer, kind and length of AS numbers. */
    readonly context: UpdateContext;
    readonly header: BmpPeer;
    readonly bytes: Uint8Array;
  }
  | { readonly kind: "statistics"; readonly peer: StationPeer; readonly statistics: readonly BmpStatistic[] }
  | { readonly kind: "mirror"; readonly peer: StationPeer; readonly items: readonly BmpMirrored[] }
  /** A message that the station does not use. `isUsual`: nothing is wrong with the router. */
  | { readonly kind: "skipped"; readonly text: string; readonly isUsual?: true }
  /** The connection must end; nothing follows. */
  | { readonly kind: "end"; readonly text: string };
