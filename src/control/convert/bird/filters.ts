/** Runs a filter of BIRD symbolically: each of its decisions becomes a rule. */

import { all, always, type Condition, never, not, unknownsOf, withUnknown } from "../condition.ts";
import type { Table } from "../document.ts";
import type { Draft } from "../draft.ts";
import { NotUnderstood, type Place } from "../place.ts";
import { RuleList } from "../rules.ts";
import { ConditionReader } from "./conditions.ts";
import { effectOf } from "./effects.ts";
import { calledScope, type Direction, type Names, type Scope, scopeAfter, spend } from "./names.ts";
import { pathRules } from "./paths.ts";
import { withoutReturns } from "./returns.ts";
import type { Step } from "./syntax.ts";

/** The rules of a filter; routes that they do not decide are rejected. */
export function filterRules(steps: readonly Step[], direction: Direction, names: Names): Table[] {
  const scope: Scope = { names, direction, bound: new Map(), calls: [] };
  const { notes } = names.draft;
  const before = notes.mark();
  try {
    const run = new FilterRun(names.draft);
    run.steps(steps, always, scope);
    run.rules.flush();
    if (notes.countSince(before) === 0) return run.rules.rules;
  } catch (error) {
    if (!(error instanceof NotUnderstood)) throw error;
  }
  // The second way to write the rules may know more.
  const first = notes.takeSince(before);
  const second = attempt(() => pathRules(steps, scope));
  if (second.rules !== undefined && notes.countSince(before) < first.length) return second.rules;
  notes.takeSince(before);
  const run = new FilterRun(names.draft);
  run.steps(steps, always, scope);
  run.rules.flush();
  return run.rules.rules;
}

function attempt(make: () => Table[]): { readonly rules: Table[] | undefined } {
  try {
    return { rules: make() };
  } catch (error) {
    if (!(error instanceof NotUnderstood)) throw error;
    return { rules: undefined };
  }
}

class FilterRun {
  readonly rules: RuleList;
  readonly #draft: Draft;

  constructor(draft: Draft) {
    this.#draft = draft;
    this.rules = new RuleList(draft.prefixSets);
  }

  /** Runs the steps for the routes for which `live` holds. Returns the condition under which they reach the end. */
  steps(steps: readonly Step[], live: Condition, scope: Scope): Condition {
    let now = live;
    let inner = scope;
    for (let i = 0; i < steps.length && now.kind !== "never"; i++) {
      const step = steps[i]!;
      try {
        const next = scopeAfter(step, steps.slice(i + 1), inner);
        if (next === undefined) now = this.#stepOrUnknown(step, now, inner);
        else inner = next;
      } catch (error) {
        if (!(error instanceof NotUnderstood)) throw error;
        this.#giveUp(now, step.at, `${step.text}: ${error.message}`);
      }
    }
    return now;
  }

  #stepOrUnknown(step: Step, live: Condition, scope: Scope): Condition {
    spend(scope);
    try {
      return this.#step(step, live, scope);
    } catch (error) {
      if (!(error instanceof NotUnderstood)) throw error;
      this.#giveUp(live, step.at, `${step.text}: ${error.message}`);
      return live;
    }
  }

  /** The steps after this one are read, too: the operator then has to write one rule only. */
  #giveUp(live: Condition, at: Place, text: string): void {
    const comments = this.#draft.notes.leave(at, text);
    this.rules.giveUp(live, at, comments);
  }

  #step(step: Step, live: Condition, scope: Scope): Condition {
    switch (step.kind) {
      case "nothing":
        return live;
      case "unknown":
        throw new NotUnderstood("the converter does not know this statement");
      case "accept":
      case "reject":
        this.rules.decide(live, step.kind);
        return never;
      case "if":
        return this.#if(step, live, scope);
      case "assign":
        this.#change(step, live, scope);
        return live;
      case "run": {
        if (step.value.kind !== "call") {
          this.#change(step, live, scope);
          return live;
        }
        const { scope: inner, body } = calledScope(scope, step.value.name, step.value.items);
        return this.steps(withoutReturns(body.steps), live, inner);
      }
      case "declare":
      case "return":
        throw new NotUnderstood("it stands outside of a function");
    }
  }

  #if(step: Step & { kind: "if" }, live: Condition, scope: Scope): Condition {
    const read = new ConditionReader(scope, this.rules.clock(), step.at).read(step.condition);
    const [unknown] = unknownsOf(read);
    const holds = withUnknown(read, never);
    if (unknown !== undefined) {
      // Routes for which the condition may hold, but need not: what the filter does with them is not known.
      const open = all(live, withUnknown(read, always), not(holds));
      this.#giveUp(open, step.at, `${step.text}: ${unknown.text}`);
    }
    const yes = all(live, holds);
    const afterYes = this.#branch(step, step.then, yes, scope);
    // Where the first branch always decides, the routes that are left are the others.
    const no = afterYes.kind === "never" ? live : all(live, not(holds));
    const afterNo = yes === live ? afterYes : this.#branch(step, step.otherwise, no, scope);
    return afterYes.kind === "never" && afterNo.kind === "never" ? never : live;
  }

  /** The changes of a branch are written before another branch begins. */
  #branch(step: Step, steps: readonly Step[], live: Condition, scope: Scope): Condition {
    const after = this.steps(steps, live, scope);
    try {
      this.rules.flush();
    } catch (error) {
      if (!(error instanceof NotUnderstood)) throw error;
      this.#giveUp(live, step.at, `${step.text}: ${error.message}`);
    }
    return after;
  }

  #change(step: Step & { kind: "assign" | "run" }, live: Condition, scope: Scope): void {
    const effect = effectOf(step, scope);
    if (effect.kind === "set") this.rules.set(live, effect.key, effect.value);
    if (effect.kind !== "forwarding") return;
    this.rules.comment(...this.#draft.notes.leave(step.at, `${step.text}: bgpd forwards no packets`));
  }
}
