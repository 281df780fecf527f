/** What changes to a route mean for a test that comes after them. */

import { type CommunityPattern, parseCommunityPattern } from "../../policy/mod.ts";
import { all, always, any, type Condition, never, not, test } from "./condition.ts";
import type { Value } from "./document.ts";
import { NotUnderstood } from "./place.ts";

type Test = Condition & { readonly kind: "test" };

/** Keys of `set`, with their values. */
export type Changes = ReadonlyMap<string, Value>;

const pathTests = new Set(["as_path", "as_path_length", "origin_as", "first_as", "path_as"]);

/**
 * The condition on a route before the changes that says what the test says after them: the same object if the changes
 * do not matter. Throws {@link NotUnderstood} if there is no such condition.
 */
export function beforeChanges(one: Test, changes: Changes): Condition {
  const positive = one.negated ? not(one) as Test : one;
  const before = before1(positive, changes);
  if (before === positive) return one;
  return one.negated ? not(before) : before;
}

function before1(one: Test, changes: Changes): Condition {
  const { key } = one;
  if (key === "community") return communityBefore(one, changes);
  if (pathTests.has(key) && (changes.has("prepend") || changes.has("prepend_first"))) {
    throw new NotUnderstood("a test of the AS path after a change of it");
  }
  if (!["local_pref", "med", "origin", "next_hop"].includes(key)) return one;
  const value = changes.get(key);
  if (value === undefined) return one;
  if (key === "origin") return one.values.includes(value) ? always : never;
  if (typeof value === "number" && one.values.every((range) => isSpan(range))) {
    return one.values.some((range) => holds(range, value)) ? always : never;
  }
  throw new NotUnderstood(`a test of ${key} after a change of it`);
}

function isSpan(value: Value): boolean {
  return typeof value === "number" || /^(\d+-\d+|>= \d+|any|none)$/.test(String(value));
}

function holds(range: Value, value: number): boolean {
  if (range === "none" || range === "any") return range === "any";
  const [first = 0, last = first] = String(range).replace(">= ", "").split("-").map(Number);
  return value >= first && (String(range).startsWith(">=") || value <= last);
}

/** bgpd replaces, then removes, then adds. */
function communityBefore(one: Test, changes: Changes): Condition {
  const texts = (key: string) => {
    const value = changes.get(key);
    return value === undefined ? [] : [value].flat().map(String);
  };
  const added = [...texts("communities"), ...texts("large_communities"), ...texts("ext_communities")];
  const removedKinds = [
    ...changes.has("communities") ? ["standard"] : [],
    ...changes.has("large_communities") ? ["large"] : [],
    ...changes.has("ext_communities") ? ["extended"] : [],
  ];
  const parts = one.values.map((value): Condition | undefined => {
    const patterns = patternsOf(String(value));
    if (texts("add_communities").some((text) => relation(text, patterns) === "inside")) return always;
    const removed = texts("remove_communities");
    const isRemoved = removed.some((text) => relation(String(value), patternsOf(text)) === "inside");
    if (isRemoved) return never;
    if (removed.some((text) => relation(text, patterns) !== "apart")) {
      throw new NotUnderstood(`a test of the community ${value} after some of these are removed`);
    }
    if (added.some((text) => relation(text, patterns) === "inside")) return always;
    const kinds = new Set(patterns.map(({ kind }) => kind));
    if (removedKinds.some((kind) => kinds.has(kind as "standard")) && kinds.size === 1) return never;
    if (removedKinds.some((kind) => kinds.has(kind as "standard"))) throw new NotUnderstood(`the community ${value}`);
    // As before the changes.
    return undefined;
  });
  if (parts.every((part) => part === undefined)) return one;
  return any(...parts.map((part, i) => part ?? test("community", [one.values[i]!], one.born)));
}

function patternsOf(text: string): readonly CommunityPattern[] {
  return parseCommunityPattern(text) ?? [];
}

/** All communities that the text means, the pattern means, too. */
export function isInside(text: string, pattern: string): boolean {
  return relation(text, patternsOf(pattern)) === "inside";
}

/** How the communities of a text lie to those of patterns. */
function relation(text: string, patterns: readonly CommunityPattern[]): "inside" | "apart" | "overlap" {
  const own = patternsOf(text);
  const isInside = own.length > 0 && own.every((one) => patterns.some((other) => isWithin(one, other)));
  if (isInside) return "inside";
  return own.some((one) => patterns.some((other) => meets(one, other))) ? "overlap" : "apart";
}

function isWithin(one: CommunityPattern, other: CommunityPattern): boolean {
  const pairs = rangePairs(one, other);
  if (pairs !== undefined) return pairs.every(([a, b]) => a.first >= b.first && a.last <= b.last);
  return one.kind === other.kind && JSON.stringify(one) === JSON.stringify(other);
}

function meets(one: CommunityPattern, other: CommunityPattern): boolean {
  const pairs = rangePairs(one, other);
  if (pairs !== undefined) return pairs.every(([a, b]) => a.first <= b.last && b.first <= a.last);
  if (one.kind !== "extended" || other.kind !== "extended") return false;
  const [high, low] = [one.highMask & other.highMask, one.lowMask & other.lowMask];
  return ((one.high ^ other.high) & high) === 0 && ((one.low ^ other.low) & low) === 0;
}

/** The ranges of two patterns of one kind; `undefined` for other patterns. */
function rangePairs(one: CommunityPattern, other: CommunityPattern) {
  if (one.kind === "standard" && other.kind === "standard") {
    return [[one.high, other.high], [one.low, other.low]] as const;
  }
  if (one.kind === "large" && other.kind === "large") {
    return one.parts.map((part, i) => [part, other.parts[i]!] as const);
  }
  return undefined;
}

/** The condition with each test replaced. */
export function mapTests(condition: Condition, change: (one: Test) => Condition): Condition {
  switch (condition.kind) {
    case "test":
      return change(condition);
    case "all":
      return all(...condition.parts.map((part) => mapTests(part, change)));
    case "any":
      return any(...condition.parts.map((part) => mapTests(part, change)));
    default:
      return condition;
  }
}
