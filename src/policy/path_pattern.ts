/**
 * AS path patterns in the dialect that routers share: a regular expression over the path as text (`"65000 500 {1,2}"`),
 * in which `_` stands for the start, the end or whatever separates two AS numbers.
 *
 * Most patterns ask for whole AS numbers next to each other (`_64512_`, `^65001_[0-9]+$`). Those become a short list of
 * steps over the integers of the path. All other patterns, and paths that contain sets, are matched as text. A property
 * test holds both ways to the same answer.
 */

import { parseAsn } from "../types/mod.ts";
import { NumberSet } from "./number_set.ts";
import { PathExpression } from "./path_expression.ts";
import type { PathFacts } from "./path_facts.ts";

export type PathPatternResult =
  | { readonly kind: "pattern"; readonly pattern: PathPattern }
  | { readonly kind: "error"; readonly text: string };

export function parsePathPattern(text: string): PathPatternResult {
  try {
    return { kind: "pattern", pattern: new PathPattern(text, new PathExpression(text)) };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { kind: "error", text: error.message };
  }
}

export class PathPattern {
  readonly text: string;
  /** `undefined`: the pattern is matched as text only. */
  readonly steps: PathSteps | undefined;
  readonly #expression: PathExpression;

  constructor(text: string, expression: PathExpression) {
    this.text = text;
    this.steps = pathSteps(text);
    this.#expression = expression;
  }

  matches(path: PathFacts): boolean {
    return this.steps !== undefined && path.isPlain ? this.steps.match(path) : this.#expression.test(path.text);
  }

  /** As text only, whatever the pattern. */
  matchesText(path: string): boolean {
    return this.#expression.test(path);
  }
}

/** One of these AS numbers; any AS number; or one or more AS numbers. */
type PathElement = readonly number[] | "any" | "some";

/** What a pattern says about the AS numbers of a path that has no sets. */
export class PathSteps {
  readonly steps: readonly PathElement[];
  readonly fromStart: boolean;
  readonly toEnd: boolean;
  readonly #wanted: readonly (NumberSet | "any" | "some")[];

  constructor(steps: readonly PathElement[], { fromStart = false, toEnd = false } = {}) {
    this.steps = steps;
    this.fromStart = fromStart;
    this.toEnd = toEnd;
    this.#wanted = steps.map((step) =>
      typeof step === "string" ? step : new NumberSet(step.map((asn) => ({ first: asn, last: asn })))
    );
  }

  match(path: PathFacts): boolean {
    const count = path.plainCount;
    const last = this.fromStart ? 0 : count;
    for (let from = 0; from <= last; from++) if (this.#from(path, 0, from, count)) return true;
    return false;
  }

  #from(path: PathFacts, step: number, at: number, count: number): boolean {
    for (; step < this.#wanted.length; step++, at++) {
      if (at >= count) return false;
      const wanted = this.#wanted[step]!;
      if (wanted === "some") {
        for (let next = at + 1; next <= count; next++) if (this.#from(path, step + 1, next, count)) return true;
        return false;
      }
      if (wanted !== "any" && !wanted.has(path.plainAsn(at))) return false;
    }
    return !this.toEnd || at === count;
  }
}

/** The steps of a pattern of whole AS numbers; `undefined` for any other pattern. */
function pathSteps(text: string): PathSteps | undefined {
  if (text === "" || text === ".*") return new PathSteps([]);
  if (text === "^$") return new PathSteps([], { fromStart: true, toEnd: true });
  const [, start, middle, end] = /^(\^\.\*_|\^|_)(.+?)(\$|_| |_\.\*\$)$/.exec(text) ?? [];
  if (middle === undefined) return undefined;
  const steps: PathElement[] = [];
  // One blank separates two AS numbers of a path without sets; `_.*_` matches two blanks and what is between them.
  for (const part of middle.split(/(_\.\*_| \.\* |[_ ])/)) {
    if (part === "_" || part === " ") continue;
    if (part === "_.*_" || part === " .* ") {
      steps.push("some");
      continue;
    }
    const step = /^(?:\[0-9\]|\\d)\+$/.test(part) ? "any" : alternatives(part);
    if (step === undefined) return undefined;
    steps.push(step);
  }
  // A blank at the end requires one more AS, where `_` also matches the end of the path.
  if (end === " ") steps.push("any");
  return new PathSteps(steps, { fromStart: start === "^", toEnd: end === "$" });
}

/** `65001` or `(65001|65002)`. */
function alternatives(text: string): number[] | undefined {
  const [, one, several] = /^(?:(\d+)|\((\d+(?:\|\d+)*)\))$/.exec(text) ?? [];
  const words = one !== undefined ? [one] : several?.split("|");
  // No path contains a number with leading zeroes.
  const asns = words?.map((word) => /^(0|[1-9]\d*)$/.test(word) ? parseAsn(word) : undefined);
  return asns?.every((asn) => asn !== undefined) ? asns : undefined;
}

/** Several patterns, one of which must match. */
export class PathMatcher {
  /** The patterns of a single AS number, one set for each kind: `_X_`, `^X_` and `_X$`. */
  readonly #anywhere: NumberSet;
  readonly #first: NumberSet;
  readonly #origin: NumberSet;
  readonly #all: readonly PathPattern[];
  readonly #others: readonly PathPattern[];

  constructor(patterns: readonly PathPattern[]) {
    const anywhere: number[] = [], first: number[] = [], origin: number[] = [];
    const others: PathPattern[] = [];
    for (const pattern of patterns) {
      const only = pattern.steps?.steps.length === 1 ? pattern.steps.steps[0] : undefined;
      const { fromStart = false, toEnd = false } = pattern.steps ?? {};
      if (only === undefined || typeof only === "string" || (fromStart && toEnd)) others.push(pattern);
      else (fromStart ? first : toEnd ? origin : anywhere).push(...only);
    }
    const setOf = (asns: readonly number[]) => new NumberSet(asns.map((asn) => ({ first: asn, last: asn })));
    this.#anywhere = setOf(anywhere);
    this.#first = setOf(first);
    this.#origin = setOf(origin);
    this.#all = patterns;
    this.#others = others;
  }

  matches(path: PathFacts): boolean {
    if (!path.isPlain) return this.#all.some((pattern) => pattern.matches(path));
    if (!this.#first.isEmpty && this.#first.has(path.firstAsn)) return true;
    if (!this.#origin.isEmpty && this.#origin.has(path.originAsn)) return true;
    if (!this.#anywhere.isEmpty && path.hasAny(this.#anywhere)) return true;
    for (const pattern of this.#others) if (pattern.matches(path)) return true;
    return false;
  }
}
