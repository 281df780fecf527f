/**
 * May a route go to a peer at all? The rules within an AS (RFC 4271 §9.2.1, 4456), out of it (RFC 1997, 3765, 5065,
 * 7999, 9774), and between customers and providers (RFC 9234). The operator's export policy comes after these rules.
 */

import { type FamilyId, readUint32, RTC } from "../../../types/mod.ts";
import { type UpdateContext, WellKnownCommunity } from "../../../message/mod.ts";
import type { AttributeOffsets } from "../../attributes/attribute_offsets.ts";
import { goesUpOrAside, hasRoles } from "../../attributes/roles.ts";
import { type ExportPolicy, type ExportSource, type ExportTarget, isOutside } from "./export_target.ts";

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
    return "ONLY_TO_CUSTOMER forbids to announce it to this peer (RFC 9234 §5)";
  }
  // A route that an operator announces leaves with any community: the community is meant for the receiver.
  if (source.local) return undefined;
  // This speaker announces the default to each peer, which covers what other peers want. GoBGP crashes when a route
  // follows the default.
  if (family === RTC) return "this speaker asks the peer for every route already (RFC 4684 §4)";
  if (choice === "none") return 'export = "none"';
  if (choice === "local" && !(source.internal && offsets.isOfOurAs)) return "only routes of our own AS go to this peer";
  // RFC 4271 §9.2.1: routes of internal peers do not go to internal peers. RFC 4456 §6: unless one of the two is a
  // client.
  if (context.internal && source.internal && !(policy.routeReflectorClient || source.reflectorClient)) {
    return "it is from an internal peer, and neither of the two is a client of this reflector (RFC 4456 §6)";
  }
  // RFC 9774 §3: "MUST NOT advertise BGP UPDATE messages containing AS_SETs or AS_CONFED_SETs".
  if (rejectsAsSets(policy.rejectAsSets, context) && offsets.hasSets(wire)) {
    return "its AS path has an AS_SET (RFC 9774 §3)";
  }
  // RFC 9494 §4.3: "SHOULD NOT be advertised to any neighbor from which the Long-Lived Graceful Restart Capability has
  // not been received." bgpd does not make use of the exception in §4.6.
  if (context.graceful?.longLived === undefined && offsets.hasCommunity(wire, WellKnownCommunity.longLivedStale)) {
    return "it is long-lived stale, and the peer did not negotiate long-lived graceful restart (RFC 9494 §4.3)";
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
        return "its community NO_ADVERTISE (RFC 1997)";
      // RFC 1997: the route stays within the AS or the confederation. RFC 7999 §3.2: the same for BLACKHOLE.
      case WellKnownCommunity.noExport:
        if (outside) return "its community NO_EXPORT (RFC 1997)";
        break;
      case WellKnownCommunity.blackhole:
        if (outside) return "its community BLACKHOLE (RFC 7999 §3.2)";
        break;
      // RFC 1997: "not to external BGP peers (this includes peers in other members autonomous systems inside a
      // confederation)".
      case WellKnownCommunity.noExportSubconfed:
        if (!context.internal) return "its community NO_EXPORT_SUBCONFED (RFC 1997)";
        break;
      // RFC 3765 §2: advises against advertising to bilateral peers. Roles name them; without roles a policy decides.
      case WellKnownCommunity.noPeer:
        if (context.role === "peer") return "its community NOPEER (RFC 3765)";
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
