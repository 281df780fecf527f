/**
 * Networks in which speakers pass routes on: ASes of several speakers, in a full mesh or behind route reflectors,
 * linked with each other, route servers between them, and feeders that receive routes, too.
 */

import { transitActions } from "./transit_actions.ts";
import { checkTransit } from "./transit_invariants.ts";
import { makeTransitTopology } from "./transit_topology.ts";
import type { Scenario } from "./world.ts";

export const transit: Scenario = {
  option: " --topology",
  actions: transitActions,
  topology: makeTransitTopology,
  check: checkTransit,
};
