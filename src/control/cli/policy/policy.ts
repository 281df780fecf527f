/** `bgpd policy test|diff`: the effect of policies on one route, and of another configuration on all routes. */

import type { Command } from "../command.ts";
import { policyDiffCommand } from "./diff.ts";
import { policyTestCommand } from "./trial.ts";

export const policyCommand: Command = {
  name: "policy",
  summary: "test policies on routes before bgpd uses them",
  commands: [policyTestCommand, policyDiffCommand],
};
