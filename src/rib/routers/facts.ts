/** What the RIB reports of routers to the daemon, and what it has for the database. */

import type { Millis, RibKind } from "../../types/mod.ts";

/** A router as the daemon accepts it. */
export interface RouterTerms {
  readonly address: string;
  /** The name of the configuration. Default: the name that the router says. */
  readonly name?: string | undefined;
  /** For how long the routes stay after the connection was lost. */
  readonly staleMs: Millis;
}

/** What happened on the connection of a router. */
export type RouterFact =
  /** From now on the router has this name. */
  | { readonly kind: "initiated"; readonly name: string; readonly description: string; readonly text: string }
  | { readonly kind: "peerUp"; readonly peer: string; readonly asn: number; readonly ribKind: RibKind }
  | { readonly kind: "peerDown"; readonly peer: string; readonly reason: string }
  /** A message, or a part of one, was not used. */
  | { readonly kind: "skipped"; readonly text: string }
  /** The router connected again: the daemon closes its older connection. */
  | { readonly kind: "replaces"; readonly connection: number; readonly text: string }
  /** The daemon closes the connection. */
  | { readonly kind: "end"; readonly text: string };

/** The numbers of a router whose connection is up. */
export interface RouterCounters {
  readonly connection: number;
  readonly name: string;
  /** How many peers are up. */
  readonly peers: number;
  /** How many routes there are of each kind. */
  readonly routes: Readonly<Partial<Record<RibKind, number>>>;
  readonly messages: number;
  readonly skipped: number;
}

/** A router, for the database. `sysName` and `address` together say which one it is. */
export interface RouterRow {
  readonly id: number;
  readonly name: string;
  readonly sysName: string;
  readonly address: string;
  readonly description: string;
  readonly isUp: boolean;
  readonly since: Millis;
  readonly reason: string | undefined;
}

/** A table of a peer of a router, for the database. All fields up to `ribKind` together say which one it is. */
export interface RouterPeerRow {
  readonly id: number;
  readonly routerId: number;
  /** RFC 7854 §4.2; a decimal number. */
  readonly peerType: number;
  readonly distinguisher: string;
  readonly address: string;
  readonly ribKind: RibKind;
  readonly peer: string;
  readonly asn: number;
  readonly bgpId: number;
  readonly isUp: boolean;
  readonly since: Millis;
  readonly reason: string | undefined;
}

export interface RouterEvent {
  readonly at: Millis;
  readonly routerId: number;
  readonly peer: string | undefined;
  readonly kind: "up" | "down" | "peerUp" | "peerDown" | "malformed" | "mirrored" | "skipped";
  readonly text: string;
  /** The message that the event is about. */
  readonly message?: Uint8Array | undefined;
}

/** Changes of routers and their peers, in the order of time. */
export type RouterStoreEvent =
  | { readonly kind: "router"; readonly row: RouterRow }
  | { readonly kind: "routerPeer"; readonly row: RouterPeerRow }
  /** The numbers of the last Statistics Report about the peer, as a JSON object. */
  | { readonly kind: "routerStatistics"; readonly peerId: number; readonly statistics: string }
  | { readonly kind: "routerEvent"; readonly event: RouterEvent };

/** What the last run left in the database. */
export interface SavedRouters {
  readonly routers: readonly RouterRow[];
  readonly peers: readonly RouterPeerRow[];
}
