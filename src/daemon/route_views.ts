/** Maps routes to the JSON of the API. */

import type { AdvertisedView, RouteView } from "../control/mod.ts";
import {
  type AttributeSet,
  decodeAttributeSet,
  emptyAttributeSet,
  formatAsPath,
  formatCommunity,
  formatDestination,
  formatExtCommunity,
  formatIpv6ExtCommunity,
  formatLargeCommunity,
  formatNextHop,
  originName,
  SegmentType,
} from "../message/mod.ts";
import { familyOf } from "../types/mod.ts";
import type { AdvertisedRoute, FoundRoute } from "../rib/mod.ts";
import type { Peer } from "./peer/peer.ts";

export function advertisedRoute(route: AdvertisedRoute): AdvertisedView {
  const { family, pathId, state, reason, wire } = route;
  return {
    prefix: formatDestination(family, route),
    pathId: pathId === -1 ? null : pathId,
    state,
    reason: reason ?? null,
    ...attributeText(wire === undefined ? emptyAttributeSet() : decodeAttributeSet(wire)),
  };
}

/** `peer`: the peer that announced it; without one it is a route of this speaker. */
export function receivedRoute(row: FoundRoute, peer: Peer | undefined): RouteView {
  const { pathId, best, bestReason, stale, ineligible, multipath } = row;
  const set = decodeAttributeSet(row.wire);
  const lastSegment = set.asPath.at(-1);
  return {
    peer: peer?.name ?? "local",
    peerAs: peer?.session?.negotiated.remoteAsn ?? peer?.config.remoteAsn ?? null,
    prefix: formatDestination(row.family, row),
    pathId: pathId === -1 ? null : pathId,
    ...attributeText(set),
    originAs: lastSegment?.type === SegmentType.sequence ? lastSegment.asns.at(-1) ?? null : null,
    best,
    stale,
    receivedAt: new Date(row.receivedAt).toISOString(),
    bestReason,
    ineligible,
    multipath,
    family: familyOf(row.family).name,
  };
}

function attributeText(set: AttributeSet) {
  return {
    nextHop: set.nextHop === undefined ? null : formatNextHop(set.nextHop) || null,
    asPath: formatAsPath(set.asPath),
    origin: set.origin === undefined ? null : originName(set.origin),
    med: set.med ?? null,
    localPref: set.localPref ?? null,
    communities: set.communities.map(formatCommunity),
    largeCommunities: set.largeCommunities.map(formatLargeCommunity),
    extCommunities: [
      ...set.extCommunities.map(formatExtCommunity),
      ...set.ipv6ExtCommunities.map(formatIpv6ExtCommunity),
    ],
  };
}
