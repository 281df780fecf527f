/** Routes of this speaker as the API shows them. */

import type { AdvertisedRoute, AnnouncementView } from "../control/mod.ts";
import type { StaticRoute } from "../config/mod.ts";
import {
  decodeAttributeSet,
  formatAsPath,
  formatCommunity,
  formatExtCommunity,
  formatLargeCommunity,
  formatNextHop,
  originName,
} from "../message/mod.ts";
import { formatPrefix } from "../types/mod.ts";
import type { AdvertisedRoute as RibRoute } from "../rib/mod.ts";

export function advertisedRoute({ prefix, pathId, wire }: RibRoute): AdvertisedRoute {
  const set = decodeAttributeSet(wire);
  return {
    prefix: formatPrefix(prefix),
    pathId: pathId === -1 ? null : pathId,
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
