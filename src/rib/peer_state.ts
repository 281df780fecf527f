/** What the RIB holds of one peer: its routes across sessions, and the session that is up. */

import type { ByFamily, Millis } from "../types/mod.ts";
import type { RouteSource } from "./in/adj_rib_in.ts";
import type { AdjRibOut } from "./out/adj_rib_out.ts";
import { emptyCounters, type PeerCounters } from "./in/facts.ts";
import type { RouteTargets } from "./out/export/route_targets.ts";
import type { Ingest } from "./in/ingest.ts";
import type { PeerFamily } from "./in/peer_family.ts";
import type { MonitoredSession } from "./monitor/entry.ts";
import type { RibPeer, RibSession } from "./rib_peer.ts";

export interface RibPeerState {
  peer: RibPeer;
  readonly source: RouteSource;
  /** By family id. */
  readonly families: (PeerFamily | undefined)[];
  counters: PeerCounters;
  session: {
    readonly epoch: number;
    readonly ingest: Ingest;
    readonly out: AdjRibOut;
    readonly monitored: MonitoredSession;
    rib: RibSession;
    /** The route targets that the peer wants, where it says so. */
    routeTargets: RouteTargets | undefined;
  } | undefined;
}

/** The state of a peer that has had no session. */
export function newPeerState(peer: RibPeer): RibPeerState {
  const source = { peerId: peer.id, internal: false, routerId: 0, address: peer.address };
  return { peer, source, families: [], counters: emptyCounters(), session: undefined };
}

/** This speaker as a peer of itself. */
export function ownPeer(routerId: number): RibPeer {
  const address = new Uint8Array(4);
  new DataView(address.buffer).setUint32(0, routerId);
  return { id: 0, address };
}

/** The counters of the session, or of the last one. */
export function countersOf({ counters, families, session }: RibPeerState): PeerCounters {
  const routes: ByFamily<number> = {};
  for (const family of families) if (family?.routes !== undefined) routes[family.family] = family.routes.count;
  return { ...counters, routes, advertised: session?.out.counts() ?? {}, validity: validityCounts(families) };
}

/** Memory for what waits for single peers, in octets. */
export function waitingBytes(peers: Iterable<RibPeerState>): number {
  let bytes = 0;
  for (const { session } of peers) bytes += session?.out.bytes ?? 0;
  return bytes;
}

function validityCounts(families: RibPeerState["families"]): number[] {
  const sum: number[] = [];
  for (const family of families) {
    family?.routes?.validityCounts.forEach((count, validity) => sum[validity] = (sum[validity] ?? 0) + count);
  }
  return sum;
}

/** The session as those see it who monitor it. Ports are missing in trials without a connection. */
export function monitoredSession(
  state: RibPeerState,
  { negotiated, localAddress, remoteAddress, ports = { local: 0, remote: 0 } }: RibSession,
  out: AdjRibOut,
  ingest: Ingest,
  upAt: Millis,
): MonitoredSession {
  const { peer: { id: peerId, name, groups = [] }, families } = state;
  const addresses = { localAddress, remoteAddress, ports };
  return {
    peerId,
    name,
    groups,
    upAt,
    ...addresses,
    negotiated,
    families,
    out,
    counters: () => countersOf(state),
    disabled: () => ingest.disabled,
  };
}
