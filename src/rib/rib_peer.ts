/** A peer and its session, as the shell describes them to the RIB. */

import type { Asn } from "../types/mod.ts";
import type { RouteSource } from "./in/adj_rib_in.ts";
import type { Self } from "./in/import/eligibility.ts";
import { rejectsAsSets } from "./out/export/export_filter.ts";
import { defaultExport, type ExportSession, type PeerExport } from "./out/peer_export.ts";
import type { OriginatedRoute } from "./out/originate.ts";
import type { PeerTerm } from "./out/export/peer_terms.ts";
import type { SessionPorts } from "./monitor/entry.ts";
import type { ImportPeer } from "./in/import_peer.ts";

export interface RibPeer extends ImportPeer, Partial<PeerExport> {
  /** Id in the database, at least 1; 0 is this speaker. */
  readonly id: number;
  /** Of the configuration; a member of a network has the name of the network. */
  readonly name?: string;
  readonly groups?: readonly string[];
  readonly gracefulShutdown?: boolean;
  /** Octets of attributes that a route may have; 0 or nothing: any number. Applies to routes announced from now on. */
  readonly maxAttributeBytes?: number;
  /** ASNs that are ours in plain segments of an AS_PATH. Default: the session's and those of the RIB. */
  readonly ownAsns?: readonly Asn[] | undefined;
  /** Our AS within a confederation (RFC 5065). */
  readonly memberAsn?: Asn | undefined;
  /** How often an ASN of ours may be in a path. */
  readonly allowedLoops?: number;
  /** Routes for this peer only, in addition to routes of the table or in their place. */
  readonly originated?: readonly OriginatedRoute[];
  /** Next hop self, for a session over the other address family. */
  readonly nextHopIpv4?: Uint8Array | undefined;
  readonly nextHopIpv6?: Uint8Array | undefined;
}

export interface RibSession extends Omit<ExportSession, "routeTargets"> {
  /** The ports of the connection, for programs that follow the session. */
  readonly ports?: SessionPorts;
}

/** The session with the addresses that the configuration adds. */
export function withConfiguredAddresses(peer: RibPeer, session: RibSession): RibSession {
  return {
    ...session,
    localAddressV4: session.localAddressV4 ?? peer.nextHopIpv4,
    localAddressV6: session.localAddressV6 ?? peer.nextHopIpv6,
  };
}

function ownAddresses(peer: RibPeer, session: RibSession): Uint8Array[] {
  const { localAddress, localAddressV4, localAddressV6 } = withConfiguredAddresses(peer, session);
  return [localAddress, localAddressV4, localAddressV6].filter((address) => address !== undefined);
}

/** What eligibility of a route of the session depends on. */
export function selfTowards(
  peer: RibPeer,
  session: RibSession,
  speaker: { readonly routerId: number; readonly clusterId?: number | undefined; readonly localAsns?: readonly Asn[] },
): Self {
  const { negotiated } = session;
  return {
    asns: peer.ownAsns ?? [...new Set([negotiated.localAsn, ...speaker.localAsns ?? []])],
    memberAsn: peer.memberAsn,
    allowedLoops: peer.allowedLoops ?? 0,
    rejectsAsSets: rejectsAsSets(peer.rejectAsSets ?? "never", negotiated),
    role: negotiated.role,
    remoteAsn: negotiated.remoteAsn,
    routerId: speaker.routerId,
    clusterId: speaker.clusterId ?? speaker.routerId,
    addresses: ownAddresses(peer, session),
    link: session.link,
  };
}

/** The source of the session's routes. */
export function sourceOf(
  before: RouteSource,
  { link, remoteAddress, negotiated: { internal, confederation, remoteRouterId, remoteAsn } }: RibSession,
): RouteSource {
  return {
    ...before,
    address: remoteAddress,
    internal,
    confederation: confederation === true,
    routerId: remoteRouterId,
    asn: remoteAsn,
    link,
  };
}

/** What matters of the peer when its routes are advertised to others. */
export function termOf(peer: RibPeer): PeerTerm {
  return { client: peer.routeReflectorClient ?? false, groups: peer.groups ?? [] };
}

export function exportOf(peer: RibPeer): PeerExport {
  return { ...defaultExport, ...peer };
}
