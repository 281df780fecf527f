/**
 * Runs a filter of BIRD path by path: each way through it becomes a rule with everything that the filter changes on
 * that way. The rules need no state between them, so a branch may change what its own condition tests.
 */

import { all, always, type Condition, never, not, unknownsOf, withUnknown } from "../condition.ts";
import type { Table, Value } from "../document.ts";
import type { Draft } from "../draft.ts";
import { beforeChanges, type Changes, mapTests } from "../effects.ts";
import { NotUnderstood, type Place } from "../place.ts";
import { addTo, RuleList } from "../rules.ts";
import { ConditionReader } from "./conditions.ts";
import { effectOf } from "./effects.ts";
import { calledScope, type Scope, scopeAfter, spend } from "./names.ts";
import { withoutReturns } from "./returns.ts";
import type { Step } from "./syntax.ts";

/** More ways than this are too many rules to read. */
const mostPaths = 50;

/** A point on a way through the filter. */
interface State {
  /** A condition on the route as it came. */
  readonly when: Condition;
  readonly sets: Changes;
}

/** Steps that are still to run, each list with its own scope. */
interface Rest {
  readonly steps: readonly Step[];
  readonly scope: Scope;
  readonly next: Rest | undefined;
}

/** The rules of a filter. Throws {@link NotUnderstood} if there are too many. */
export function pathRules(steps: readonly Step[], scope: Scope): Table[] {
  const run = new PathRun(scope.names.draft);
  run.go({ steps, scope, next: undefined }, { when: always, sets: new Map() });
  return run.rules.rules;
}

class PathRun {
  readonly rules: RuleList;
  readonly #draft: Draft;
  #paths = 0;

  constructor(draft: Draft) {
    this.#draft = draft;
    this.rules = new RuleList(draft.prefixSets);
  }

  /** Follows all ways from here to their ends. Afterwards no route for which `when` holds is undecided. */
  go(rest: Rest | undefined, state: State): void {
    if (state.when.kind === "never") return;
    const [step, ...more] = rest?.steps ?? [];
    if (rest === undefined) return this.#end(state, "reject");
    if (step === undefined) return this.go(rest.next, state);
    const { scope } = rest;
    spend(scope);
    const then = { ...rest, steps: more };
    try {
      const after = scopeAfter(step, more, scope);
      if (after !== undefined) return this.go({ ...then, scope: after }, state);
      this.#step(step, then, state);
    } catch (error) {
      if (!(error instanceof NotUnderstood) || this.#paths > mostPaths) throw error;
      this.#giveUp(state.when, step.at, `${step.text}: ${error.message}`);
    }
  }

  #step(step: Step, rest: Rest, state: State): void {
    switch (step.kind) {
      case "nothing":
        return this.go(rest, state);
      case "accept":
      case "reject":
        return this.#end(state, step.kind);
      case "if":
        return this.#if(step, rest, state);
      case "assign":
        return this.go(rest, this.#changed(step, rest.scope, state));
      case "run": {
        if (step.value.kind !== "call") return this.go(rest, this.#changed(step, rest.scope, state));
        const { scope, body } = calledScope(rest.scope, step.value.name, step.value.items);
        return this.go({ steps: withoutReturns(body.steps), scope, next: rest }, state);
      }
      default:
        throw new NotUnderstood("the converter does not know this statement");
    }
  }

  #changed(step: Step & { kind: "assign" | "run" }, scope: Scope, { when, sets }: State): State {
    const effect = effectOf(step, scope);
    if (effect.kind === "forwarding") {
      this.rules.comment(...this.#draft.notes.leave(step.at, `${step.text}: bgpd forwards no packets`));
    }
    if (effect.kind !== "set") return { when, sets };
    const copy = new Map<string, Value>(sets);
    if (addTo(copy, effect.key, effect.value)) return { when, sets: copy };
    throw new NotUnderstood("changes in an order that one rule does not have");
  }

  #if(step: Step & { kind: "if" }, rest: Rest, { when, sets }: State): void {
    const written = new ConditionReader(rest.scope, 0, step.at).read(step.condition);
    const read = mapTests(written, (one) => {
      try {
        return beforeChanges(one, sets);
      } catch (error) {
        if (!(error instanceof NotUnderstood)) throw error;
        return { kind: "unknown", text: error.message, at: step.at };
      }
    });
    const [unknown] = unknownsOf(read);
    const holds = withUnknown(read, never);
    if (unknown !== undefined) {
      const open = all(when, withUnknown(read, always), not(holds));
      this.#giveUp(open, step.at, `${step.text}: ${unknown.text}`);
    }
    this.go({ steps: step.then, scope: rest.scope, next: rest }, { when: all(when, holds), sets });
    // The routes of the first branch are decided, so the rules of the other need not exclude them.
    if (holds.kind !== "always") this.go({ steps: step.otherwise, scope: rest.scope, next: rest }, { when, sets });
  }

  #end({ when, sets }: State, verdict: "accept" | "reject"): void {
    if (++this.#paths > mostPaths) throw new NotUnderstood(`there are more than ${mostPaths} ways through the filter`);
    this.rules.write(when, verdict === "accept" ? sets : new Map(), verdict);
  }

  #giveUp(when: Condition, at: Place, text: string): void {
    this.rules.giveUp(when, at, this.#draft.notes.leave(at, text));
  }
}
