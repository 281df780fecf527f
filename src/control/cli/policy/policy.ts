/** `bgpd policy test|diff`: what policies do to a route, and what another configuration would do to all of them. */

import type { Command } from "../command.ts";
import { policyDiffCommand } from "./diff.ts";
import { policyTestCommand } from "./trial.ts";

export const policyCommand: Command = {
  name: "policy",
  summary: "try policies on routes before they are loaded",
  commands: [policyTestCommand, policyDiffCommand],
};
