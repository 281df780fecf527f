/**
 * Conditions of filters and route maps as formulas over the keys of `match`, and the formulas as tables `match`.
 *
 * A `match` table is a conjunction, and `not_` negates a key; a formula becomes one table for each of its alternatives.
 */

import { formatPrefix, parsePrefix, prefixContains } from "../../types/mod.ts";
import type { Value } from "./document.ts";
import { NotUnderstood, type Place } from "./place.ts";
import { parsePrefixRange, type PrefixRange } from "../../policy/mod.ts";

export type Condition =
  | { readonly kind: "always" | "never" }
  /** One of `values` matches. `born`: when the test was made, by the clock of `rules.ts`. */
  | {
    readonly kind: "test";
    readonly key: string;
    readonly values: readonly Value[];
    readonly negated: boolean;
    readonly born: number;
  }
  | { readonly kind: "all" | "any"; readonly parts: readonly Condition[] }
  /** The converter does not know when it holds. */
  | { readonly kind: "unknown"; readonly text: string; readonly at: Place };

export const always: Condition = { kind: "always" };
export const never: Condition = { kind: "never" };

export function test(key: string, values: readonly Value[], born = 0): Condition {
  return values.length === 0 ? never : { kind: "test", key, values, negated: false, born };
}

/** The number of `key` is in this range. */
export function numberTest(key: string, first: number, last: number, born = 0): Condition {
  if (first > last || last < 0) return never;
  return test(key, [rangeText(Math.max(first, 0), last)], born);
}

export function all(...parts: readonly Condition[]): Condition {
  return joined("all", parts);
}

export function any(...parts: readonly Condition[]): Condition {
  return joined("any", parts);
}

function joined(kind: "all" | "any", parts: readonly Condition[]): Condition {
  const [neutral, final] = kind === "all" ? ["always", "never"] : ["never", "always"];
  const flat = parts.flatMap((part) => part.kind === kind ? (part as { parts: readonly Condition[] }).parts : [part])
    .filter((part) => part.kind !== neutral);
  if (flat.some((part) => part.kind === final)) return kind === "all" ? never : always;
  const merged: Condition[] = [];
  for (const part of flat) {
    // "A or B" of one key is one list, as is "neither A nor B".
    const at = part.kind !== "test" || part.negated !== (kind === "all")
      ? -1
      : merged.findIndex((other) => other.kind === "test" && other.key === part.key && other.negated === part.negated);
    const other = merged[at];
    if (other?.kind !== "test" || part.kind !== "test") {
      if (!merged.includes(part)) merged.push(part);
    } else {
      const values = [...new Set([...other.values, ...part.values])];
      merged[at] = { ...other, values, born: Math.min(other.born, part.born) };
    }
  }
  if (merged.length === 0) return kind === "all" ? always : never;
  return merged.length === 1 ? merged[0]! : { kind, parts: merged };
}

export function not(condition: Condition): Condition {
  switch (condition.kind) {
    case "always":
      return never;
    case "never":
      return always;
    case "test":
      return { ...condition, negated: !condition.negated };
    case "unknown":
      return condition;
    case "all":
      return any(...condition.parts.map(not));
    case "any":
      return all(...condition.parts.map(not));
  }
}

/** The condition with `instead` for each unknown part: `always` gives the weakest reading, `never` the strictest. */
export function withUnknown(condition: Condition, instead: Condition): Condition {
  switch (condition.kind) {
    case "unknown":
      return instead;
    case "all":
      return all(...condition.parts.map((part) => withUnknown(part, instead)));
    case "any":
      return any(...condition.parts.map((part) => withUnknown(part, instead)));
    default:
      return condition;
  }
}

/** The parts of the condition of which the converter does not know when they hold. */
export function unknownsOf(condition: Condition): readonly { readonly text: string; readonly at: Place }[] {
  if (condition.kind === "unknown") return [condition];
  return condition.kind === "all" || condition.kind === "any" ? condition.parts.flatMap(unknownsOf) : [];
}

/** All tests of the condition. */
export function testsOf(condition: Condition): readonly (Condition & { kind: "test" })[] {
  if (condition.kind === "test") return [condition];
  return condition.kind === "all" || condition.kind === "any" ? condition.parts.flatMap(testsOf) : [];
}

/** A table `match`. */
export type Match = ReadonlyMap<string, readonly Value[]>;

/** The prefixes of a prefix set, by its name. */
export type PrefixSets = ReadonlyMap<string, readonly string[]>;

const mostTerms = 100;

/**
 * The tables `match` of which at least one holds wherever the condition holds. Throws {@link NotUnderstood} if no such
 * tables can be written.
 */
export function matchesOf(condition: Condition, sets: PrefixSets): Match[] {
  switch (condition.kind) {
    case "always":
      return [new Map()];
    case "never":
      return [];
    case "unknown":
      throw new NotUnderstood(condition.text);
    case "test":
      return [new Map([[condition.negated ? `not_${condition.key}` : condition.key, condition.values]])];
    case "any":
      return limited(condition.parts.flatMap((part) => matchesOf(part, sets)));
    case "all": {
      let found: Match[] = [new Map()];
      for (const part of condition.parts) {
        const terms = matchesOf(part, sets);
        found = limited(found.flatMap((one) => terms.map((other) => conjunction(one, other, sets))))
          .filter((match) => match !== undefined);
      }
      return found as Match[];
    }
  }
}

function limited<T>(terms: T[]): T[] {
  if (terms.length > mostTerms) throw new NotUnderstood(`the condition has more than ${mostTerms} alternatives`);
  return terms;
}

/** `undefined`: nothing can match both. */
function conjunction(one: Match, other: Match, sets: PrefixSets): Match | undefined {
  const result = new Map(one);
  for (const [key, values] of other) {
    const known = result.get(key);
    if (known === undefined || known === values) result.set(key, values);
    else if (key.startsWith("not_")) result.set(key, [...new Set([...known, ...values])]);
    else if (key === "community" || key === "all_communities") joinCommunities(result, known, values);
    // A path with one AS and another one.
    else if (key === "path_as" && !result.has("as_path") && values.every((value) => typeof value === "number")) {
      result.set("as_path", [`_(${values.join("|")})_`]);
    } else {
      const both = intersection(key, known, values, sets);
      if (both.length === 0) return undefined;
      result.set(key, both);
    }
  }
  return result;
}

function joinCommunities(result: Map<string, readonly Value[]>, known: readonly Value[], values: readonly Value[]) {
  const every = result.get("all_communities") ?? [];
  const lists = [known, values].filter((list) => list.length > 1);
  if (lists.length > 1) throw new NotUnderstood("two lists of communities, of each of which the route needs one");
  const single = [known, values].filter((list) => list.length === 1).flat();
  result.set("all_communities", [...new Set([...every, ...single])]);
  if (lists[0] === undefined) result.delete("community");
  else result.set("community", lists[0]);
}

function intersection(key: string, one: readonly Value[], other: readonly Value[], sets: PrefixSets): Value[] {
  switch (key) {
    case "prefix":
      return prefixIntersection(rangesOf(one, sets), rangesOf(other, sets));
    case "prefix_length":
    case "as_path_length":
    case "local_pref":
    case "med":
      return one.flatMap((a) => other.flatMap((b) => commonRange(a, b)));
    case "family":
    case "source":
    case "origin":
    case "origin_as":
    case "first_as":
      if ([...one, ...other].some((value) => typeof value === "string" && /^\d+-/.test(value))) break;
      return one.filter((value) => other.includes(value));
  }
  throw new NotUnderstood(`two conditions on ${key} at the same time`);
}

function commonRange(one: Value, other: Value): Value[] {
  if (one === "any" || other === "any") return [one === "any" ? other : one].filter((value) => value !== "none");
  const [a, b] = [spanOf(one), spanOf(other)];
  if (a === undefined || b === undefined) throw new NotUnderstood(`${one} and ${other} at the same time`);
  const [first, last] = [Math.max(a[0], b[0]), Math.min(a[1], b[1])];
  return first > last ? [] : [rangeText(first, last)];
}

function rangeText(first: number, last: number): Value {
  if (last === Infinity) return `>= ${first}`;
  return first === last ? first : `${first}-${last}`;
}

function spanOf(value: Value): readonly [number, number] | undefined {
  if (typeof value === "number") return [value, value];
  const match = /^(?:(\d+)-(\d+)|>= (\d+))$/.exec(String(value));
  if (match === null) return undefined;
  return match[3] !== undefined ? [Number(match[3]), Infinity] : [Number(match[1]), Number(match[2])];
}

function rangesOf(values: readonly Value[], sets: PrefixSets): PrefixRange[] {
  return values.flatMap((value) => sets.get(String(value)) ?? [String(value)]).map((text) => {
    const result = parsePrefixRange(text);
    if (result?.kind !== "range" || result.range.except) throw new NotUnderstood(`the prefix ${text}`);
    return result.range;
  });
}

function prefixIntersection(one: readonly PrefixRange[], other: readonly PrefixRange[]): string[] {
  const found: string[] = [];
  for (const a of one) {
    for (const b of other) {
      if (a.prefix.octets.length !== b.prefix.octets.length) continue;
      const [outer, inner] = a.prefix.length <= b.prefix.length ? [a, b] : [b, a];
      if (!prefixContains(outer.prefix, inner.prefix.octets)) continue;
      const [min, max] = [Math.max(a.min, b.min, inner.prefix.length), Math.min(a.max, b.max)];
      if (min <= max) found.push(prefixRangeText(formatPrefix(inner.prefix), min, max));
    }
    limited(found);
  }
  return found;
}

/** Prefixes inside `prefix` whose length is `min` to `max`, as an entry of a prefix set. */
export function prefixRangeText(prefix: string, min: number, max: number): string {
  const parsed = parsePrefix(prefix);
  if (parsed === undefined || !prefix.includes("/")) throw new NotUnderstood(`the prefix ${prefix}`);
  const { length, octets } = parsed;
  const longest = octets.length * 8;
  if (min < length || max > longest || min > max) throw new NotUnderstood(`the lengths ${min} to ${max} of ${prefix}`);
  const text = formatPrefix(parsed);
  if (min === length) return max === length ? text : `${text} le ${max}`;
  return max === longest ? `${text} ge ${min}` : `${text} ge ${min} le ${max}`;
}
