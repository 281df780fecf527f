/** What the RIB has of one peer: its routes across sessions, and the session that is up. */

import type { RouteSource } from "./adj_rib_in.ts";
import type { AdjRibOut } from "./adj_rib_out.ts";
import type { PeerCounters } from "./facts.ts";
import type { Ingest } from "./ingest.ts";
import type { PeerFamily } from "./peer_family.ts";
import type { RibPeer, RibSession } from "./rib_peer.ts";

export interface PeerState {
  peer: RibPeer;
  readonly source: RouteSource;
  /** By family id. */
  readonly families: (PeerFamily | undefined)[];
  counters: PeerCounters;
  session: {
    readonly epoch: number;
    readonly ingest: Ingest;
    readonly out: AdjRibOut;
    readonly rib: RibSession;
  } | undefined;
}
