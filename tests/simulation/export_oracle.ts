/**
 * The export rules a second time, over plain values: what a route becomes on its way to a peer, or that it is not
 * advertised (RFC 4271 §5 and §9.2, 4456, 5065, 7947, 1997, 7999, 8326, 9234, and the policies of the peer).
 */

import type { PeerConfig } from "../../src/config/mod.ts";
import { type AttributeSet, SegmentType } from "../../src/message/mod.ts";
import { choiceFor, type PolicySource } from "../../src/policy/mod.ts";
import type { Negotiated } from "../../src/session/mod.ts";
import { type FamilyId, IPV6_UNICAST, maskHas, parseAddress, type Prefix } from "../../src/types/mod.ts";
import { evaluate, type Value, type WrittenPolicies } from "../unit/policy/reference.ts";

const noExport = 0xffffff01;
const noAdvertise = 0xffffff02;
const noExportSubconfed = 0xffffff03;
const blackhole = 0xffff029a;
const longLivedStale = 0xffff0006;
const gracefulShutdown = 0xffff0000;

/** Where a route is from; `local`: this speaker itself. */
export interface Origin extends PolicySource {
  readonly routerId: number;
  readonly client: boolean;
}

/** Where it would go. */
export interface Destination {
  readonly config: PeerConfig;
  readonly address: string;
  readonly negotiated: Negotiated;
  /** Of this speaker in the session, IPv4. */
  readonly localAddress: string;
  readonly clusterId: number;
  readonly policies: WrittenPolicies;
}

export interface Exported {
  readonly set: AttributeSet;
  readonly prefix: Prefix;
  readonly family: FamilyId;
}

/** What leaves of a route of the tables. */
export function exported(route: Exported, from: Origin, to: Destination): AttributeSet | undefined {
  if (!mayLeave(route, from, to)) return undefined;
  const { config, negotiated, address, policies } = to;
  const choice = choiceFor(config.export, route.family);
  if (typeof choice === "string") return written(route, from, to, new Map());
  const { remoteAsn, localAsn } = negotiated;
  const peer = { address: parseAddress(address)!, asn: remoteAsn, localAsn, groups: config.groups };
  const { accepted, set, done } = evaluate(policies, choice, { ...route, validity: 0 }, {
    family: route.family,
    peer,
    source: from,
  });
  return accepted ? written({ ...route, set }, from, to, done) : undefined;
}

/** What leaves of a route that was made for this peer only. */
export function exportedOwn(route: Exported, from: Origin, to: Destination): AttributeSet | undefined {
  return mayLeave(route, from, to) ? written(route, from, to, new Map()) : undefined;
}

/** `done`: what a policy set on purpose stays. */
function written(
  { set, family }: Exported,
  from: Origin,
  to: Destination,
  done: ReadonlyMap<string, Value>,
): AttributeSet | undefined {
  const { config, negotiated } = to;
  const { internal } = negotiated;
  const outside = isOutside(negotiated);
  const served = config.routeServerClient && outside;
  const reflected = internal && from.internal && !from.local;
  const nextHop = nextHopOf(set, family, from, to, reflected, served, done.get("next_hop"));
  if (nextHop === undefined) return undefined;
  const transparent = served && !from.local;
  const leaves = outside && !from.local;
  const drained = set.communities.includes(gracefulShutdown);
  const marks = !outside && !from.local && set.communities.includes(blackhole) && !set.communities.includes(noExport);
  const goesDown = ["provider", "peer", "rs"].includes(negotiated.role ?? "");
  return {
    ...set,
    origin: set.origin ?? 0,
    asPath: pathOf(set.asPath, to, outside, transparent),
    nextHop,
    med: leaves && !transparent && !done.has("med") ? undefined : set.med,
    localPref: outside ? undefined : set.localPref ?? (drained ? 0 : 100),
    communities: marks ? [...set.communities, noExport] : set.communities,
    originatorId: reflected ? set.originatorId ?? from.routerId : internal ? set.originatorId : undefined,
    clusterList: reflected ? [to.clusterId, ...set.clusterList] : internal ? set.clusterList : [],
    // RFC 4360 §6: those that are not transitive end at the border.
    extCommunities: set.extCommunities.filter((each) => !leaves || (each[0]! & 0x40) === 0),
    otc: set.otc ?? (goesDown ? negotiated.localAsn : undefined),
  };
}

/** The peer is neither of our AS nor of our confederation. */
function isOutside({ internal, confederation }: Negotiated): boolean {
  return !internal && confederation !== true;
}

function mayLeave({ set, family }: Exported, from: Origin, { config, negotiated }: Destination): boolean {
  const { internal, role } = negotiated;
  const goesUp = role === "customer" || role === "peer" || role === "rs-client";
  if (set.otc !== undefined && goesUp) return false;
  if (from.local) return true;
  const choice = choiceFor(config.export, family);
  if (choice === "none") return false;
  const isOfOurAs = set.asPath.every(({ type }) => type >= SegmentType.confedSequence);
  if (choice === "local" && !(from.internal && isOfOurAs)) return false;
  if (internal && from.internal && !from.client && !config.routeReflectorClient) return false;
  const { communities } = set;
  const { rejectAsSets } = config;
  if ((rejectAsSets === "always" || (rejectAsSets === "external" && !internal)) && hasSets(set.asPath)) return false;
  if (communities.includes(longLivedStale) && negotiated.graceful?.longLived === undefined) return false;
  const outside = isOutside(negotiated);
  if (config.routeServerClient && outside) return true;
  if (communities.includes(noAdvertise)) return false;
  if (!internal && communities.includes(noExportSubconfed)) return false;
  return !outside || ![noExport, blackhole].some((each) => communities.includes(each));
}

function nextHopOf(
  { nextHop }: AttributeSet,
  family: FamilyId,
  from: Origin,
  { config, negotiated, localAddress }: Destination,
  reflected: boolean,
  served: boolean,
  asked: Value | undefined,
): Uint8Array | undefined {
  const automatic = config.nextHop === "auto" && isOutside(negotiated) && !served;
  const byRule = !from.local && !reflected && (config.nextHop === "self" || automatic);
  const ours = nextHop === undefined || (asked === undefined ? byRule : asked === "self");
  const self = family === IPV6_UNICAST ? config.nextHopIpv6 : localAddress;
  const hop = ours && self !== undefined ? parseAddress(self) : nextHop;
  const fits = family === IPV6_UNICAST
    ? hop?.length !== 4
    : hop?.length === 4 || maskHas(negotiated.extendedNextHop, family);
  // RFC 2545 §3: a link-local address stays on its link.
  return fits ? hop?.slice(0, 16) : undefined;
}

function pathOf(
  path: AttributeSet["asPath"],
  { config, negotiated }: Destination,
  outside: boolean,
  transparent: boolean,
): AttributeSet["asPath"] {
  const { localAsn, remoteAsn, confederation } = negotiated;
  if (!outside) return confederation === true ? prepended(path, localAsn, SegmentType.confedSequence) : path;
  const { removePrivateAs, asOverride, realAsn, localAsReplaceAs } = config;
  // RFC 5065 §4.1 c: what is inside of a confederation stays there.
  let open = path.filter(({ type }) => type < SegmentType.confedSequence);
  const each = (change: (asn: number) => number[]) => {
    open = open.map(({ type, asns }) => ({ type, asns: asns.flatMap(change) })).filter(({ asns }) => asns.length > 0);
  };
  const isHidden = (asn: number) => isPrivate(asn) && asn !== localAsn && asn !== remoteAsn;
  if (asOverride) each((asn) => [asn === remoteAsn ? localAsn : asn]);
  if (!transparent && realAsn !== undefined && !localAsReplaceAs) {
    open = prepended(open, realAsn, SegmentType.sequence);
  }
  if (removePrivateAs === "all") each((asn) => isHidden(asn) ? [] : [asn]);
  if (removePrivateAs === "replace") each((asn) => [isHidden(asn) ? localAsn : asn]);
  return transparent ? open : prepended(open, localAsn, SegmentType.sequence);
}

/** RFC 6996 §5. */
function isPrivate(asn: number): boolean {
  return (asn >= 64_512 && asn <= 65_534) || (asn >= 4_200_000_000 && asn <= 4_294_967_294);
}

export function hasSets(path: AttributeSet["asPath"]): boolean {
  return path.some(({ type }) => type === SegmentType.set || type === SegmentType.confedSet);
}

export function prepended(path: AttributeSet["asPath"], asn: number, type: SegmentType): AttributeSet["asPath"] {
  const [first, ...rest] = path;
  if (first?.type !== type) return [{ type, asns: [asn] }, ...path];
  return [{ ...first, asns: [asn, ...first.asns] }, ...rest];
}
