/** What each BMP message says, for both directions. */

import type { RibKind } from "../types/mod.ts";

/** The per-peer header (RFC 7854 §4.2). Peer and `ribKind` together name the table that a message changes. */
export interface BmpPeer {
  /** See `BmpPeerType`. A Loc-RIB has type 3, and only a Loc-RIB has it. */
  readonly type: number;
  readonly ribKind: RibKind;
  /** The AS paths in the peer's messages have two octets for each AS number. */
  readonly twoOctetAsPath: boolean;
  /** The router reports only a part of its Loc-RIB. */
  readonly filtered: boolean;
  readonly distinguisher: bigint;
  /** Four or sixteen octets. */
  readonly address: Uint8Array;
  readonly asn: number;
  readonly bgpId: number;
  /** Since 1970; zero where the router has no time. */
  readonly seconds: number;
  readonly microseconds: number;
}

/** A TLV of Initiation, Peer Up, Peer Down or Termination. */
export interface BmpTlv {
  readonly type: number;
  readonly value: Uint8Array;
}

/** One counter or gauge (RFC 7854 §4.8). Some have a value for each family. */
export interface BmpStatistic {
  readonly type: number;
  readonly afi?: number;
  readonly safi?: number;
  readonly value: bigint;
}

/** A TLV of Route Mirroring: a BGP message as it came, or a code (0: it was malformed; 1: messages are missing). */
export type BmpMirrored =
  | { readonly kind: "message"; readonly bytes: Uint8Array }
  | { readonly kind: "information"; readonly code: number }
  | { readonly kind: "other"; readonly type: number; readonly value: Uint8Array };

export interface BmpRouteMonitoring {
  readonly kind: "routeMonitoring";
  readonly peer: BmpPeer;
  /** A whole BGP UPDATE, with its header. */
  readonly update: Uint8Array;
}

export interface BmpPeerUp {
  readonly kind: "peerUp";
  readonly peer: BmpPeer;
  /** Of the same kind as the peer's address. */
  readonly localAddress: Uint8Array;
  readonly localPort: number;
  readonly remotePort: number;
  /** Whole BGP OPENs, with their headers. */
  readonly sentOpen: Uint8Array;
  readonly receivedOpen: Uint8Array;
  readonly information: readonly BmpTlv[];
}

export interface BmpPeerDown {
  readonly kind: "peerDown";
  readonly peer: BmpPeer;
  /** See `BmpDownReason`. */
  readonly reason: number;
  /** A BGP NOTIFICATION (reasons 1 and 3), two octets of an FSM event (2), TLVs (6), or nothing. */
  readonly data: Uint8Array;
}

/** What a router tells its station. Octets in a decoded message are views of the octets that it was decoded from. */
export type BmpMessage =
  | BmpRouteMonitoring
  | { readonly kind: "statistics"; readonly peer: BmpPeer; readonly statistics: readonly BmpStatistic[] }
  | BmpPeerDown
  | BmpPeerUp
  | { readonly kind: "initiation"; readonly information: readonly BmpTlv[] }
  | { readonly kind: "termination"; readonly information: readonly BmpTlv[] }
  | { readonly kind: "routeMirroring"; readonly peer: BmpPeer; readonly items: readonly BmpMirrored[] };

/** A message whose header is sound and whose content is not. The station skips it. */
export interface BmpFault {
  readonly kind: "fault";
  readonly text: string;
}
