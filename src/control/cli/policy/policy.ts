/**
 * `bgpd policy test|diff|effect`: the effect of policies on one route, of another configuration on all routes, and of
 * what routers have.
 */

import type { Command } from "../command.ts";
import { policyDiffCommand } from "./diff.ts";
import { policyEffectCommand } from "./effect.ts";
import { policyTestCommand } from "./trial.ts";

export const policyCommand: Command = {
  name: "policy",
  summary: "test policies on routes before bgpd uses them",
  commands: [policyTestCommand, policyDiffCommand, policyEffectCommand],
};
