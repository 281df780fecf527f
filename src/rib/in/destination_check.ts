/** A check of routes of a family that depends on other routes: FlowSpec rules are checked against unicast routes. */

import type { PrefixSlot, SetSlot } from "../../types/mod.ts";
import type { RouteSource } from "./adj_rib_in.ts";
import type { Ineligible } from "./import/eligibility.ts";

export interface DestinationCheck {
  /** Why a route with this received set is ineligible now, or `Ineligible.none`. */
  reasonAt(slot: PrefixSlot, received: SetSlot, source: RouteSource): Ineligible;
}
