/**
 * The rules of export once more, over plain values: what a route becomes on its way to a neighbour (RFC 4271 §5 and §9.2,
 * 4456, 7947, 1997, 7999, 8326), or that it does not go there.
 */

import type { PeerConfig } from "../../src/config/mod.ts";
import { type AttributeSet, SegmentType } from "../../src/message/mod.ts";
import type { Negotiated } from "../../src/session/mod.ts";
import { type FamilyId, IPV6_UNICAST, maskHas, parseAddress } from "../../src/types/mod.ts";

const noExport = 0xffffff01;
const noAdvertise = 0xffffff02;
const noExportSubconfed = 0xffffff03;
const blackhole = 0xffff029a;
const gracefulShutdown = 0xffff0000;

/** Where a route is from. */
export interface Origin {
  /** This speaker itself. */
  readonly local: boolean;
  readonly internal: boolean;
  readonly routerId: number;
  readonly client: boolean;
}

/** Where it would go. */
export interface Destination {
  readonly config: PeerConfig;
  readonly negotiated: Negotiated;
  /** Of this speaker in the session, IPv4. */
  readonly localAddress: string;
  readonly clusterId: number;
}

export function exported(
  set: AttributeSet,
  family: FamilyId,
  from: Origin,
  to: Destination,
): AttributeSet | undefined {
  const { config, negotiated } = to;
  const { internal } = negotiated;
  const served = config.routeServerClient && !internal;
  if (!from.local && !mayLeave(set, from, to, served)) return undefined;
  const reflected = internal && from.internal && !from.local;
  const nextHop = nextHopOf(set, family, from, to, reflected, served);
  if (nextHop === undefined) return undefined;
  const transparent = served && !from.local;
  const leaves = !internal && !from.local;
  const drained = set.communities.includes(gracefulShutdown);
  const marks = internal && !from.local && set.communities.includes(blackhole) && !set.communities.includes(noExport);
  return {
    ...set,
    origin: set.origin ?? 0,
    asPath: internal || transparent ? set.asPath : prepended(set.asPath, negotiated.localAsn),
    nextHop,
    med: leaves && !transparent ? undefined : set.med,
    localPref: internal ? set.localPref ?? (drained ? 0 : 100) : undefined,
    communities: marks ? [...set.communities, noExport] : set.communities,
    originatorId: reflected ? set.originatorId ?? from.routerId : undefined,
    clusterList: reflected ? [to.clusterId, ...set.clusterList] : [],
    // RFC 4360 §6: those that are not transitive end at the border.
    extCommunities: set.extCommunities.filter((each) => !leaves || (each[0]! & 0x40) === 0),
  };
}

function mayLeave(set: AttributeSet, from: Origin, { config, negotiated }: Destination, served: boolean): boolean {
  const { internal } = negotiated;
  if (config.export === "none") return false;
  if (config.export === "local" && !(from.internal && set.asPath.length === 0)) return false;
  if (internal && from.internal && !from.client && !config.routeReflectorClient) return false;
  if (served) return true;
  if (set.communities.includes(noAdvertise)) return false;
  return internal || ![noExport, noExportSubconfed, blackhole].some((each) => set.communities.includes(each));
}

function nextHopOf(
  { nextHop }: AttributeSet,
  family: FamilyId,
  from: Origin,
  { config, negotiated, localAddress }: Destination,
  reflected: boolean,
  served: boolean,
): Uint8Array | undefined {
  const automatic = config.nextHop === "auto" && !negotiated.internal && !served;
  const ours = nextHop === undefined || (!from.local && !reflected && (config.nextHop === "self" || automatic));
  const self = family === IPV6_UNICAST ? config.nextHopIpv6 : localAddress;
  const hop = ours && self !== undefined ? parseAddress(self) : nextHop;
  const fits = family === IPV6_UNICAST
    ? hop?.length !== 4
    : hop?.length === 4 || maskHas(negotiated.extendedNextHop, family);
  // RFC 2545 §3: a link-local address stays on its link.
  return fits ? hop?.slice(0, 16) : undefined;
}

function prepended(path: AttributeSet["asPath"], asn: number): AttributeSet["asPath"] {
  const [first, ...rest] = path;
  if (first?.type !== SegmentType.sequence) return [{ type: SegmentType.sequence, asns: [asn] }, ...path];
  return [{ ...first, asns: [asn, ...first.asns] }, ...rest];
}
