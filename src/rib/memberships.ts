/**
 * Route target membership (RFC 4684): what a peer wants, from the routes of the family `rtc` that it announced, and
 * what this speaker wants, which is every route. A peer that negotiated the family gets routes of VPNs only once it has
 * said which ones.
 */

import { emptyAttributeSet } from "../message/mod.ts";
import { maskHas, type PrefixSlot, RTC } from "../types/mod.ts";
import { RouteTargets } from "./out/export/route_targets.ts";
import type { OriginatedRoute } from "./out/originate.ts";
import type { PeerFamily } from "./in/peer_family.ts";
import type { RibSession } from "./rib_peer.ts";
import { NlriTable } from "./table/nlri_table.ts";

/** RFC 4684 §4: the NLRI of length zero is the default route target, which matches all. */
const everything: OriginatedRoute = { family: RTC, key: Uint8Array.of(0), attributes: emptyAttributeSet() };

/** The routes by which this speaker asks the peer of the session for routes of VPNs. */
export function ourMemberships({ negotiated }: RibSession): OriginatedRoute[] {
  return maskHas(negotiated.families, RTC) ? [everything] : [];
}

/** What the peer of the session wants; `undefined`: the family is not negotiated, so that it gets every route. */
export function wantedTargets({ negotiated }: RibSession, family: PeerFamily | undefined): RouteTargets | undefined {
  return maskHas(negotiated.families, RTC) ? new RouteTargets(eligibleKeys(family)) : undefined;
}

function* eligibleKeys(family: PeerFamily | undefined): Generator<Uint8Array> {
  const { routes, rib } = family ?? {};
  const table = rib?.destinations;
  if (routes === undefined || !(table instanceof NlriTable)) return;
  for (let at = 0; at < table.slots.count; at++) {
    const slot = at as PrefixSlot;
    const row = routes.first(slot);
    if (row !== -1 && routes.ineligibleOf(row) === 0) yield table.key(slot);
  }
}
