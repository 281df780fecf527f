/** Routes as the API shows them. */

import type { AdvertisedRoute, AnnouncementView, RouteView } from "../control/mod.ts";
import type { StaticRoute } from "../config/mod.ts";
import {
  type AttributeSet,
  decodeAttributeSet,
  emptyAttributeSet,
  formatAsPath,
  formatCommunity,
  formatExtCommunity,
  formatLargeCommunity,
  formatNextHop,
  originName,
  SegmentType,
} from "../message/mod.ts";
import { family, formatPrefix } from "../types/mod.ts";
import type { AdvertisedRoute as RibRoute, FoundRoute } from "../rib/mod.ts";
import type { Peer } from "./peer.ts";

export function advertisedRoute({ prefix, pathId, state, reason, wire }: RibRoute): AdvertisedRoute {
  return {
    prefix: formatPrefix(prefix),
    pathId: pathId === -1 ? null : pathId,
    state,
    reason: reason ?? null,
    ...attributeText(wire === undefined ? emptyAttributeSet() : decodeAttributeSet(wire)),
  };
}

/** `peer`: whose it is; without one it is ours. */
export function receivedRoute(row: FoundRoute, peer: Peer | undefined): RouteView {
  const { prefix, pathId, best, bestReason, stale, ineligible, multipath } = row;
  const set = decodeAttributeSet(row.wire);
  const lastSegment = set.asPath.at(-1);
  return {
    peer: peer?.name ?? "local",
    peerAs: peer?.session?.negotiated.remoteAsn ?? peer?.config.remoteAsn ?? null,
    prefix: formatPrefix(prefix),
    pathId: pathId === -1 ? null : pathId,
    ...attributeText(set),
    originAs: lastSegment?.type === SegmentType.sequence ? lastSegment.asns.at(-1) ?? null : null,
    best,
    stale,
    receivedAt: new Date(row.receivedAt).toISOString(),
    bestReason,
    ineligible,
    multipath,
    family: family(row.family).name,
  };
}

function attributeText(set: AttributeSet) {
  return {
    nextHop: set.nextHop === undefined ? null : formatNextHop(set.nextHop),
    asPath: formatAsPath(set.asPath),
    origin: set.origin === undefined ? null : originName(set.origin),
    med: set.med ?? null,
    localPref: set.localPref ?? null,
    communities: set.communities.map(formatCommunity),
    largeCommunities: set.largeCommunities.map(formatLargeCommunity),
    extCommunities: set.extCommunities.map(formatExtCommunity),
  };
}

/** A route that the configuration names, for all peers or for one. */
export function configuredView(
  { prefix, attributes: set }: StaticRoute,
  peer: string | null,
  error: string | null,
): AnnouncementView {
  const list = (words: string[]) => words.length === 0 ? null : words.join(" ");
  return {
    id: null,
    prefix: formatPrefix(prefix),
    nextHop: set.nextHop === undefined ? "self" : formatNextHop(set.nextHop),
    peer,
    asPath: set.asPath.length === 0 ? null : formatAsPath(set.asPath),
    origin: set.origin === undefined ? null : originName(set.origin),
    med: set.med ?? null,
    localPref: set.localPref ?? null,
    communities: list(set.communities.map(formatCommunity)),
    largeCommunities: list(set.largeCommunities.map(formatLargeCommunity)),
    extCommunities: list(set.extCommunities.map(formatExtCommunity)),
    source: "config",
    error,
  };
}
