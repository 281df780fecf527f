/** A compiled chain of policies: evaluates one route after the other. */

import type { Change } from "./actions.ts";
import type { Test } from "./conditions.ts";
import type { RouteContext } from "./context.ts";
import { PolicyRoute } from "./policy_route.ts";
import type { RuleVerdict } from "./policy_table.ts";

/** A rule, or the default of a policy. */
export interface CompiledRule {
  readonly policy: string;
  /** `undefined`: the default of the policy. */
  readonly rule: string | undefined;
  readonly tests: readonly Test[];
  readonly testTexts: readonly string[];
  readonly changes: readonly Change[];
  readonly changeTexts: readonly string[];
  readonly verdict: RuleVerdict;
  /** Index into the reasons of the policies. */
  readonly reason: number;
}

/** The result for a route. A chain has one such object: it is valid until the next call of `evaluate`. */
export interface ChainOutcome {
  accepted: boolean;
  /** The accepted route leaves with other attributes than it came with: the first {@link length} of {@link bytes}. */
  changed: boolean;
  bytes: Uint8Array;
  length: number;
  /** Bits of {@link Explicit}: what a rule has set. */
  explicit: number;
  /** Who decided: an index into `Policies.reasons`. */
  reason: number;
}

/** What the answers of a chain depend on besides the attributes. */
export interface ChainUse {
  readonly usesPrefix: boolean;
  /** What RPKI data say of the route matters. */
  readonly usesValidity: boolean;
  /** Export: where a route is from matters. */
  readonly usesSource: boolean;
  /** The peer in question matters: its address, AS or group, or our AS towards it. */
  readonly usesPeer: boolean;
}

/** A rule, whether it matched, and what it changed. */
export interface ExplainedRule {
  readonly policy: string;
  readonly rule: string | undefined;
  /** Up to the first condition that does not hold: later ones were not evaluated. */
  readonly conditions: readonly { readonly text: string; readonly holds: boolean }[];
  readonly matched: boolean;
  /** The actions that were taken. */
  readonly changes: readonly string[];
  readonly verdict: RuleVerdict;
}

export class CompiledChain implements ChainUse {
  readonly usesPrefix: boolean;
  readonly usesValidity: boolean;
  readonly usesSource: boolean;
  readonly usesPeer: boolean;
  readonly #steps: readonly CompiledRule[];
  readonly #undecided: number;
  readonly #tooLong: number;
  readonly #route = new PolicyRoute();
  readonly #outcome: ChainOutcome = {
    accepted: false,
    changed: false,
    bytes: new Uint8Array(4096),
    length: 0,
    explicit: 0,
    reason: 0,
  };

  /** `undecided`, `tooLong`: the reasons for rejecting what no rule decided, and what would not fit a message. */
  constructor(steps: readonly CompiledRule[], use: ChainUse, undecided: number, tooLong: number) {
    this.#steps = steps;
    this.usesPrefix = use.usesPrefix;
    this.usesValidity = use.usesValidity;
    this.usesSource = use.usesSource;
    this.usesPeer = use.usesPeer;
    this.#undecided = undecided;
    this.#tooLong = tooLong;
  }

  /**
   * Evaluates a route with the canonical set at `wire[start, start + length)`. `routeClass`: see `route_class.ts`. The
   * result is valid until the next call.
   */
  evaluate(wire: Uint8Array, start: number, length: number, routeClass: number, context: RouteContext): ChainOutcome {
    const route = this.#route;
    route.load(wire, start, start + length, routeClass, context);
    const steps = this.#steps;
    for (let i = 0; i < steps.length; i++) {
      const step = steps[i]!;
      if (!holdsAll(step.tests, route)) continue;
      const { changes } = step;
      for (let j = 0; j < changes.length; j++) changes[j]!(route);
      if (step.verdict === "continue") continue;
      return this.#decide(step.verdict === "accept", step.reason);
    }
    return this.#decide(false, this.#undecided);
  }

  /** The same for people: each rule up to the one that decided. */
  explain(
    wire: Uint8Array,
    start: number,
    length: number,
    routeClass: number,
    context: RouteContext,
  ): { readonly steps: readonly ExplainedRule[]; readonly outcome: ChainOutcome } {
    const route = this.#route;
    route.load(wire, start, start + length, routeClass, context);
    const steps: ExplainedRule[] = [];
    for (const step of this.#steps) {
      const conditions: { text: string; holds: boolean }[] = [];
      for (const [i, test] of step.tests.entries()) {
        const holds = test(route);
        conditions.push({ text: step.testTexts[i]!, holds });
        if (!holds) break;
      }
      const matched = conditions.every(({ holds }) => holds);
      if (matched) { for (const change of step.changes) change(route); }
      const { policy, rule, verdict } = step;
      steps.push({ policy, rule, conditions, matched, changes: matched ? step.changeTexts : [], verdict });
      if (!matched || verdict === "continue") continue;
      return { steps, outcome: this.#decide(verdict === "accept", step.reason) };
    }
    return { steps, outcome: this.#decide(false, this.#undecided) };
  }

  #decide(accepted: boolean, reason: number): ChainOutcome {
    const outcome = this.#outcome;
    const route = this.#route;
    outcome.accepted = accepted;
    outcome.changed = false;
    outcome.explicit = route.explicit;
    outcome.reason = reason;
    if (!accepted || !route.isChanged) return outcome;
    if (outcome.bytes.length < route.room) outcome.bytes = new Uint8Array(2 * route.room);
    outcome.length = route.write(outcome.bytes);
    if (outcome.length === -1) {
      outcome.accepted = false;
      outcome.length = 0;
      outcome.reason = this.#tooLong;
      return outcome;
    }
    // A rule may have set the value that the route already had.
    outcome.changed = !route.isAsReceived(outcome.bytes, outcome.length);
    return outcome;
  }
}

function holdsAll(tests: readonly Test[], route: PolicyRoute): boolean {
  for (let i = 0; i < tests.length; i++) if (!tests[i]!(route)) return false;
  return true;
}
