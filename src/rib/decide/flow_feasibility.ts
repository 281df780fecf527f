/**
 * May this peer announce this FlowSpec rule? (RFC 8955 §6, as RFC 9117 §4 revised it.) Who announces the route to a
 * destination may also say what happens to the packets there. The rules of the VPN families are compared with routes of
 * the same RD.
 */

import type { Asn } from "../../types/mod.ts";

/** What the check looks at of a route. */
export interface RouteOrigin {
  /** §6: "the address of the originator in the ORIGINATOR_ID Attribute, or the source address of the BGP peer". */
  readonly originator: string;
  /**
   * The AS in the left-most position of the AS_PATH, segments of a confederation left out; 0: the path is empty or has
   * such segments only.
   */
  readonly neighborAsn: Asn;
}

export interface FlowRoute extends RouteOrigin {
  /** The rule has a destination prefix, in IPv6 one with the offset 0 (RFC 8956 §5). */
  readonly hasDestination: boolean;
  /** From a peer of another AS, which is no member of our confederation. */
  readonly isExternal: boolean;
}

export type Infeasible = "no destination" | "no route" | "other originator" | "other AS" | "more specific";

/**
 * Why the rule is not feasible; `undefined`: it is. `best`: the best unicast route of the longest prefix that covers
 * the destination; `moreSpecific`: the neighboring AS of every unicast route within the destination.
 */
export function flowInfeasible(
  rule: FlowRoute,
  best: RouteOrigin | undefined,
  moreSpecific: Iterable<Asn>,
): Infeasible | undefined {
  if (!rule.hasDestination) return "no destination";
  // RFC 9117 §4.1 b.2: the rule comes from our own domain, for example from a route controller.
  const isOwn = rule.neighborAsn === 0 && !rule.isExternal;
  if (best === undefined) return isOwn ? undefined : "no route";
  if (!isOwn && rule.originator !== best.originator) return "other originator";
  // RFC 9117 §4.2: the left-most AS is compared with that of the route, so that a route server may pass rules on.
  if (rule.isExternal && rule.neighborAsn !== best.neighborAsn) return "other AS";
  for (const asn of moreSpecific) if (asn !== best.neighborAsn) return "more specific";
  return undefined;
}
