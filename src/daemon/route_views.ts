/** Maps routes to the JSON of the API. */

import type { AdvertisedView, RouteView } from "../control/mod.ts";
import {
  type AttributeSet,
  decodeAttributeSet,
  decodeNlriValue,
  emptyAttributeSet,
  formatAsPath,
  formatCommunity,
  formatExtCommunity,
  formatIpv6ExtCommunity,
  formatLargeCommunity,
  formatNextHop,
  nlriCodec,
  originName,
  saysVirtualNetwork,
  SegmentType,
} from "../message/mod.ts";
import { avsNames, avsOf, ovsNames, ovsOf } from "../rpki/mod.ts";
import { type Destination, type FamilyId, familyOf, formatPrefix, isPrefixFamily } from "../types/mod.ts";
import type { AdvertisedRoute, FoundRoute } from "../rib/mod.ts";
import type { Peer } from "./peer/peer.ts";

export function advertisedRoute(route: AdvertisedRoute): AdvertisedView {
  const { family, pathId, state, reason, wire } = route;
  const set = wire === undefined ? emptyAttributeSet() : decodeAttributeSet(wire);
  return {
    ...destinationText(family, route, set),
    pathId: pathId === -1 ? null : pathId,
    state,
    reason: reason ?? null,
    ...attributeText(set),
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
    ...destinationText(row.family, row, set),
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
    // As `rib` has them: the views of other families have no such columns.
    ...row.prefix === undefined || !isPrefixFamily(row.family)
      ? {}
      : { ovs: ovsNames[ovsOf(row.validity)], avs: avsNames[avsOf(row.validity)] },
  };
}

/** The columns of a destination. A plain prefix has no other. */
function destinationText(family: FamilyId, { prefix, key }: Destination, set: AttributeSet) {
  if (prefix !== undefined) return { prefix: formatPrefix(prefix) };
  const codec = nlriCodec(family)!;
  const fields = codec.fields(key);
  const { labels } = decodeNlriValue(set.nlriValue ?? new Uint8Array(0));
  const isVni = set.extCommunities.some((octets) => saysVirtualNetwork(octets));
  return {
    prefix: fields.prefix === undefined ? null : formatPrefix(fields.prefix),
    nlri: codec.format(key),
    rd: fields.rd ?? null,
    labels: labels.map((label) => String(isVni ? label : label >>> 4)),
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
