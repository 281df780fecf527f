/** A book of policies, made ready: sets compiled once, chains on demand. */

import { compileAction } from "./actions.ts";
import type { Action, Condition, Policy, PolicyChain, PolicyTable, Rule } from "./policy_table.ts";
import { type ChainUse, CompiledChain, type CompiledRule } from "./chain.ts";
import { compileCondition, Sets } from "./conditions.ts";
import { PrefixClasses } from "./prefix_classes.ts";

export function compilePolicies(book: PolicyTable): Policies {
  return new Policies(book);
}

export class Policies {
  readonly prefixClasses: PrefixClasses;
  /** Who decided about a route, as text. Grows with the chains that are asked for; a number keeps its meaning. */
  readonly reasons: string[] = [];
  readonly #policies: ReadonlyMap<string, Policy>;
  readonly #sets: Sets;
  readonly #steps = new Map<string, readonly CompiledRule[]>();
  readonly #reasonNumbers = new Map<string, number>();

  constructor(book: PolicyTable) {
    this.#policies = new Map(book.policies.map((policy) => [policy.name, policy]));
    const used = usedPrefixSets(book);
    this.prefixClasses = new PrefixClasses(used.map((index) => book.prefixSets[index]!.entries));
    this.#sets = new Sets(book, this.prefixClasses, new Map(used.map((index, number) => [index, number])));
  }

  has(name: string): boolean {
    return this.#policies.has(name);
  }

  /** Throws where the book has no policy of such a name: the configuration made sure of that. */
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

  /** Made once: chains of hundreds of peers share them, with the sets that they ask for. */
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

/** Sets that no rule asks for would only make more classes. */
function usedPrefixSets(book: PolicyTable): number[] {
  const used = new Set<number>();
  for (const { rules } of book.policies) {
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
