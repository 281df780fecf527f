/** Networks of collectors: speakers receive routes, keep them in a database, and announce a few of their own. */

import { actions } from "./actions.ts";
import { checkAll } from "./invariants.ts";
import { makeTopology } from "./topology.ts";
import type { Scenario } from "./world.ts";

export const collector: Scenario = { option: "", actions, topology: makeTopology, check: checkAll };
