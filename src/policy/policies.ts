/** Compiled policies: sets are compiled once, chains on demand. */

import { compileAction } from "./actions.ts";
import type { Action, Condition, Policy, PolicyChain, PolicyTable, Rule } from "./policy_table.ts";
import { type ChainUse, CompiledChain, type CompiledRule } from "./chain.ts";
import { compileCondition, Sets } from "./conditions.ts";
import { PrefixClasses } from "./prefix_classes.ts";

export function compilePolicies(table: PolicyTable): Policies {
  return new Policies(table);
}

export class Policies {
  readonly prefixClasses: PrefixClasses;
  /**
   * Which rule or default decided about a route, as text. The list grows with new chains; an index keeps its meaning.
   */
  readonly reasons: string[] = [];
  readonly #policies: ReadonlyMap<string, Policy>;
  readonly #sets: Sets;
  readonly #steps = new Map<string, readonly CompiledRule[]>();
  readonly #reasonNumbers = new Map<string, number>();

  constructor(table: PolicyTable) {
    this.#policies = new Map(table.policies.map((policy) => [policy.name, policy]));
    const used = usedPrefixSets(table);
    this.prefixClasses = new PrefixClasses(used.map((index) => table.prefixSets[index]!.entries));
    this.#sets = new Sets(table, this.prefixClasses, new Map(used.map((index, number) => [index, number])));
  }

  has(name: string): boolean {
    return this.#policies.has(name);
  }

  /** Throws where no policy has such a name: the configuration has checked the names. */
  chain(names: PolicyChain): CompiledChain {
    const policies = names.map((name) => {
      const policy = this.#policies.get(name);
      if (policy === undefined) throw new RangeError(`no policy has the name "${name}"`);
      return policy;
    });
    const steps = policies.flatMap((policy) => this.#stepsOf(policy));
    const list = names.join(", ");
    return new CompiledChain(
      steps,
      useOf(policies.flatMap(({ rules }) => rules)),
      this.#reason(`end of ${names.length === 1 ? "policy" : "policies"} ${list}`),
      this.#reason(`${names.length === 1 ? "policy" : "policies"} ${list}: too long with what was added`),
    );
  }

  /** Compiled once: the chains of hundreds of peers share the rules and their sets. */
  #stepsOf(policy: Policy): readonly CompiledRule[] {
    let steps = this.#steps.get(policy.name);
    if (steps === undefined) this.#steps.set(policy.name, steps = this.#compile(policy));
    return steps;
  }

  #compile(policy: Policy): CompiledRule[] {
    const steps = policy.rules.map((rule): CompiledRule => ({
      policy: policy.name,
      rule: rule.name,
      tests: rule.conditions.map((condition) => compileCondition(condition, this.#sets)),
      testTexts: rule.conditions.map(({ text }) => text),
      changes: rule.actions.map((action) => compileAction(action, this.#sets)),
      changeTexts: rule.actions.map(({ text }) => text),
      verdict: rule.verdict,
      reason: this.#reason(`policy ${policy.name}, rule ${rule.name}`),
    }));
    const last: CompiledRule = {
      policy: policy.name,
      rule: undefined,
      tests: [],
      testTexts: [],
      changes: [],
      changeTexts: [],
      verdict: policy.default,
      reason: this.#reason(`policy ${policy.name}, default`),
    };
    return policy.default === "continue" ? steps : [...steps, last];
  }

  #reason(text: string): number {
    const known = this.#reasonNumbers.get(text);
    if (known !== undefined) return known;
    const number = this.reasons.push(text) - 1;
    this.#reasonNumbers.set(text, number);
    return number;
  }
}

/** Prefix sets that some rule refers to; the others would only add classes. */
function usedPrefixSets(table: PolicyTable): number[] {
  const used = new Set<number>();
  for (const { rules } of table.policies) {
    for (const { conditions } of rules) {
      for (const condition of conditions) {
        if (condition.kind === "prefix") condition.sets.forEach((set) => used.add(set));
      }
    }
  }
  return [...used];
}

const sourceConditions: ReadonlySet<Condition["kind"]> = new Set(["fromAs", "fromPeer", "fromGroup", "source"]);
const peerConditions: ReadonlySet<Condition["kind"]> = new Set(["peer", "peerAs", "peerGroup"]);

function useOf(rules: readonly Rule[]): ChainUse {
  const conditions = rules.flatMap((rule) => rule.conditions);
  const actions = rules.flatMap((rule) => rule.actions);
  return {
    usesPrefix: conditions.some(({ kind }) => kind === "prefix"),
    usesValidity: conditions.some(({ kind }) => kind === "ovs" || kind === "avs"),
    usesSource: conditions.some(({ kind }) => sourceConditions.has(kind)),
    usesPeer:
      conditions.some((condition) =>
        peerConditions.has(condition.kind) || (condition.kind === "nextHop" && condition.peer)
      ) || actions.some(dependsOnPeer),
  };
}

function dependsOnPeer(action: Action): boolean {
  return action.kind === "prependOwn" || (action.kind === "nextHop" && action.to.kind === "peer");
}
