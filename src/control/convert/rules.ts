/**
 * The rules of a policy, written in the order in which the filter of the other daemon runs.
 *
 * Rules test a route as earlier rules left it, and so do filters. But the branch of an `if` runs under a condition that
 * was tested before the branch began. A rule that repeats this condition after a change to what it tests would give
 * another answer: {@link RuleList} notices this, and throws.
 */

import { type Condition, matchesOf, type PrefixSets, testsOf, unknownsOf } from "./condition.ts";
import { Table, type Value } from "./document.ts";
import { beforeChanges, type Changes, isInside } from "./effects.ts";
import { NotUnderstood, type Place, placeText } from "./place.ts";

export type Verdict = "accept" | "reject" | "continue";

const mostRules = 3000;

/** Keys of `set` in the order in which bgpd applies them. */
const setOrder = [
  "local_pref",
  "med",
  "origin",
  "next_hop",
  "prepend_first",
  "prepend",
  "communities",
  "large_communities",
  "ext_communities",
  "remove_communities",
  "add_communities",
];

interface Pending {
  readonly when: Condition;
  readonly sets: Map<string, Value>;
}

export class RuleList {
  readonly rules: Table[] = [];
  readonly #sets: PrefixSets;
  /** Comments for the next rule. */
  #comments: string[] = [];
  #pending: Pending | undefined;
  /** The changes of the rules so far; their number is the time. */
  readonly #changes: Changes[] = [];

  constructor(sets: PrefixSets) {
    this.#sets = sets;
  }

  /** The time for a test that is made now. Writes the changes that wait, because the test sees them. */
  clock(): number {
    this.flush();
    return this.#changes.length;
  }

  comment(...texts: readonly string[]): void {
    this.flush();
    this.#comments.push(...texts);
  }

  /** Changes an attribute of the routes for which `when` holds. */
  set(when: Condition, key: string, value: Value): void {
    if (when.kind === "never") return;
    if (this.#pending?.when !== when || !addTo(this.#pending.sets, key, value)) {
      this.flush();
      // What cannot be written is noticed here, at the step that it belongs to.
      this.#checkFresh(when);
      matchesOf(when, this.#sets);
      this.#pending = { when, sets: new Map([[key, value]]) };
    }
  }

  decide(when: Condition, verdict: "accept" | "reject", name?: string): void {
    const pending = this.#pending?.when === when ? this.#pending : undefined;
    if (pending === undefined) this.flush();
    this.#pending = undefined;
    this.#write(when, verdict === "accept" ? pending?.sets : undefined, verdict, name);
  }

  /** Rejects the routes for which `when` holds, because the converter does not know what the filter does with them. */
  giveUp(when: Condition, at: Place, comments: readonly string[]): void {
    this.comment(...comments);
    this.decide(when, "reject", `not translated: ${placeText(at)}`);
  }

  flush(): void {
    const pending = this.#pending;
    this.#pending = undefined;
    if (pending !== undefined) this.#write(pending.when, pending.sets, "continue");
  }

  /** Writes a rule for each alternative of the condition. */
  write(when: Condition, sets: Changes, verdict: Verdict): void {
    this.flush();
    this.#write(when, sets, verdict);
  }

  #write(when: Condition, sets: ReadonlyMap<string, Value> | undefined, verdict: Verdict, name?: string): void {
    this.#checkFresh(when);
    const matches = matchesOf(when, this.#sets);
    if (matches.length > 1 && verdict === "continue" && [...sets ?? []].some(isRelative)) {
      throw new NotUnderstood("a change that depends on the old value, under a condition with several alternatives");
    }
    for (const match of matches) {
      const rule = new Table("policies.rules", [], this.#comments);
      this.#comments = [];
      if (name !== undefined) rule.keys.set("name", name);
      if (match.size > 0) rule.keys.set("match", tableOf(match));
      if (sets !== undefined && sets.size > 0) rule.keys.set("set", Object.fromEntries(ordered(sets)));
      if (verdict !== "continue") rule.keys.set("action", verdict);
      if (this.rules.push(rule) > mostRules) throw new NotUnderstood(`it needs more than ${mostRules} rules`);
    }
    // The next rules see only routes that this one does not decide.
    if (verdict === "continue" && sets !== undefined && sets.size > 0) this.#changes.push(sets);
  }

  #checkFresh(when: Condition): void {
    for (const one of testsOf(when)) {
      for (const changes of this.#changes.slice(one.born)) {
        if (beforeChanges(one, changes) !== one) {
          throw new NotUnderstood(`the branch changes ${one.key}, which its own condition tests`);
        }
      }
    }
    const [unknown] = unknownsOf(when);
    if (unknown !== undefined) throw new NotUnderstood(unknown.text);
  }
}

/** Adds a change to those of a rule; false where the changes of one rule cannot say both. */
export function addTo(sets: Map<string, Value>, key: string, value: Value): boolean {
  const known = sets.get(key);
  switch (key) {
    case "prepend":
    case "prepend_first":
      if (key === "prepend" ? sets.has("prepend_first") : sets.has("prepend")) return false;
      if (known !== undefined && !(Array.isArray(known) && Array.isArray(value))) return false;
      sets.set(key, known === undefined ? value : [...[value].flat(), ...[known].flat()]);
      return true;
    case "add_communities":
    case "remove_communities":
      // bgpd removes first.
      if (key === "remove_communities") {
        dropAdded(sets, (text) => [value].flat().some((out) => isInside(text, `${out}`)));
      }
      sets.set(key, [...new Set([...listOf(known), ...[value].flat()])]);
      return true;
    case "communities":
    case "large_communities":
    case "ext_communities":
      // bgpd replaces first, and then removes.
      if (
        listOf(value).some((text) =>
          listOf(sets.get("remove_communities")).some((out) => isInside(`${text}`, `${out}`))
        )
      ) {
        return false;
      }
      dropAdded(sets, (text) => kindOf(text) === key);
      sets.set(key, value);
      return true;
  }
  if (known !== undefined && isRelative([key, value])) {
    const sum = sumOf(known, String(value));
    if (sum === undefined) return false;
    sets.set(key, sum);
  } else sets.set(key, value);
  return true;
}

function listOf(value: Value | undefined): readonly Value[] {
  return value === undefined ? [] : [value].flat();
}

function dropAdded(sets: Map<string, Value>, isDropped: (text: string) => boolean): void {
  const kept = listOf(sets.get("add_communities")).filter((text) => !isDropped(String(text)));
  if (kept.length === 0) sets.delete("add_communities");
  else sets.set("add_communities", kept);
}

/** A change after a value or another change. Changes in both directions may meet a limit between them. */
function sumOf(known: Value, change: string): Value | undefined {
  const difference = Number(change);
  if (typeof known === "number") return Math.min(0xffffffff, Math.max(0, known + difference));
  if (typeof known !== "string" || known[0] !== change[0]) return undefined;
  return `${change[0]}${Math.abs(Number(known) + difference)}`;
}

function isRelative([key, value]: readonly [string, Value]): boolean {
  return key === "prepend" || key === "prepend_first" || (typeof value === "string" && /^[+-]/.test(value));
}

/** Changes in the order in which bgpd applies them. */
function ordered(sets: ReadonlyMap<string, Value>): [string, Value][] {
  return [...sets].toSorted(([a], [b]) => setOrder.indexOf(a) - setOrder.indexOf(b));
}

function tableOf(match: ReadonlyMap<string, readonly Value[]>): Value {
  return Object.fromEntries(
    [...match].map(([key, values]): [string, Value] => [key, values.length === 1 ? values[0]! : values]),
  );
}

/** The same rules; the routes that they accept leave without these kinds of communities. */
export function withoutCommunities(rules: readonly Table[], kinds: readonly string[]): Table[] {
  if (kinds.length === 0) return [...rules];
  const isDropped = (text: Value) => kinds.includes(kindOf(String(text)));
  return rules.map((rule) => {
    const copy = new Table(rule.header, rule.keys, rule.comments);
    if (rule.keys.get("action") !== "accept") return copy;
    const sets = rule.keys.get("set");
    const old = typeof sets === "object" && !Array.isArray(sets) ? Object.entries(sets) : [];
    const kept = old.flatMap(([key, value]): [string, Value][] => {
      if (key !== "add_communities" || !Array.isArray(value)) return [[key, value]];
      const rest = value.filter((text) => !isDropped(text));
      return rest.length === 0 ? [] : [[key, rest]];
    });
    copy.keys.set("set", Object.fromEntries([...kept, ...kinds.map((kind): [string, Value] => [kind, []])]));
    copy.keys.delete("action");
    copy.keys.set("action", "accept");
    return copy;
  });
}

/** The key of `set` that replaces communities of this form. */
function kindOf(text: string): string {
  if (/^[a-z0x][\w-]*:/i.test(text) && !/^\d+:/.test(text)) return "ext_communities";
  return text.split(":").length === 3 ? "large_communities" : "communities";
}
