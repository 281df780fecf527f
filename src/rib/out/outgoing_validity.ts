/** The validity of routes that leave, for export policies and for internal peers that get it. */

import type { PrefixSlot, SetSlot } from "../../types/mod.ts";
import type { FamilyRib } from "../decide/family_rib.ts";
import type { RouteSource } from "../in/adj_rib_in.ts";
import type { Validation } from "../in/validation.ts";
import type { LeavingOrigin } from "./export/leaving_origin.ts";

/** What RPKI data say of a route that leaves: its path as it was received, its origin as it leaves (RFC 8893). */
export function outgoingValidity(
  validation: Validation,
  rib: FamilyRib,
  slot: PrefixSlot,
  set: SetSlot,
  { peerId }: RouteSource,
  origin: LeavingOrigin,
): number {
  if (!validation.isOn) return 0;
  const routes = rib.routesOf(slot, peerId);
  let received = 0;
  for (let row = routes?.first(slot) ?? -1; row !== -1; row = routes!.next(row)) {
    if (routes!.setOf(row) === set) received = routes!.validityOf(row);
  }
  return validation.ofOutgoing(rib.destinations, slot, origin.of(set), received);
}
