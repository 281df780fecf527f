/**
 * May a route go to a peer at all? The rules within an AS (RFC 4271 §9.2.1, 4456), out of it (RFC 1997, 3765, 5065,
 * 7999, 9774), and between customers and providers (RFC 9234). The operator's export policy comes after these rules.
 */

import { type FamilyId, readUint32, RTC } from "../../../types/mod.ts";
import { type UpdateContext, WellKnownCommunity } from "../../../message/mod.ts";
import type { AttributeOffsets } from "../../attributes/attribute_offsets.ts";
import { goesUpOrAside, hasRoles } from "../../attributes/roles.ts";
import { type ExportPolicy, type ExportSource, type ExportTarget, isOutside } from "./export_target.ts";
import { withheldTexts } from "./withheld_reasons.ts";

/**
 * Why the rules keep a route from the peer; `undefined`: it may go there. `offsets`: of the set that the decision
 * chose, before export policy.
 */
export function whyFiltered(
  wire: Uint8Array,
  offsets: AttributeOffsets,
  source: ExportSource,
  target: ExportTarget,
  family: FamilyId,
): string | undefined {
  const { context, policy, choice } = target;
  // RFC 9234 §5: "If a route already contains the OTC Attribute, it MUST NOT be propagated to Providers, Peers, or
  // RSes."
  if (offsets.otc !== -1 && goesUpOrAside(context.role) && hasRoles(family)) {
    return withheldTexts.otc;
  }
  // A route that an operator announces leaves with any community: the community is meant for the receiver.
  if (source.local) return undefined;
  // This speaker announces the default to each peer, which covers what other peers want. GoBGP crashes when a route
  // follows the default.
  if (family === RTC) return withheldTexts.everyRoute;
  if (choice === "none") return withheldTexts.exportNone;
  if (choice === "local" && !(source.internal && offsets.isOfOurAs)) return withheldTexts.ourAsOnly;
  // RFC 4271 §9.2.1: routes of internal peers do not go to internal peers. RFC 4456 §6: unless one of the two is a
  // client.
  if (context.internal && source.internal && !(policy.routeReflectorClient || source.reflectorClient)) {
    return withheldTexts.reflection;
  }
  // RFC 9774 §3: "MUST NOT advertise BGP UPDATE messages containing AS_SETs or AS_CONFED_SETs".
  if (rejectsAsSets(policy.rejectAsSets, context) && offsets.hasSets(wire)) {
    return withheldTexts.asSet;
  }
  // RFC 9494 §4.3: "SHOULD NOT be advertised to any neighbor from which the Long-Lived Graceful Restart Capability has
  // not been received." bgpd does not make use of the exception in §4.6.
  if (context.graceful?.longLived === undefined && offsets.hasCommunity(wire, WellKnownCommunity.longLivedStale)) {
    return withheldTexts.longLivedStale;
  }
  const outside = isOutside(context);
  // RFC 7947 §2.2.4: communities are not for the route server to interpret.
  if (policy.routeServerClient && outside) return undefined;
  return whyCommunityFilters(wire, offsets, context, outside);
}

function whyCommunityFilters(
  wire: Uint8Array,
  offsets: AttributeOffsets,
  context: ExportTarget["context"],
  outside: boolean,
): string | undefined {
  for (let at = offsets.communities; at < offsets.communitiesEnd; at += 4) {
    switch (readUint32(wire, at)) {
      case WellKnownCommunity.noAdvertise:
        return withheldTexts.noAdvertise;
      // RFC 1997: the route stays within the AS or the confederation. RFC 7999 §3.2: the same for BLACKHOLE.
      case WellKnownCommunity.noExport:
        if (outside) return withheldTexts.noExport;
        break;
      case WellKnownCommunity.blackhole:
        if (outside) return withheldTexts.blackhole;
        break;
      // RFC 1997: "not to external BGP peers (this includes peers in other members autonomous systems inside a
      // confederation)".
      case WellKnownCommunity.noExportSubconfed:
        if (!context.internal) return withheldTexts.noExportSubconfed;
        break;
      // RFC 3765 §2: advises against advertising to bilateral peers. Roles name them; without roles a policy decides.
      case WellKnownCommunity.noPeer:
        if (context.role === "peer") return withheldTexts.noPeer;
    }
  }
  return undefined;
}

/**
 * RFC 9774 §3 applies to all sessions. Within an AS the router that learned the route applies it, unless configured
 * here.
 */
export function rejectsAsSets(choice: ExportPolicy["rejectAsSets"], { internal }: UpdateContext): boolean {
  return choice === "always" || (choice === "external" && !internal);
}
