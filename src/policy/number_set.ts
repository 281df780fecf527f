/** Sets of 32-bit numbers as sorted ranges: ASNs, communities, values of attributes. */

import type { NumberRange } from "./policy_table.ts";

export const uint32Max = 0xffffffff;

export class NumberSet {
  /** First and last of each range in turn, ascending and disjoint. */
  readonly #ends: Float64Array;
  readonly #lowest: number;
  readonly #highest: number;

  constructor(ranges: Iterable<NumberRange>) {
    const sorted = [...ranges].sort((a, b) => a.first - b.first);
    const ends: number[] = [];
    for (const { first, last } of sorted) {
      if (ends.length > 0 && first <= ends.at(-1)! + 1) ends.push(Math.max(ends.pop()!, last));
      else ends.push(first, last);
    }
    this.#ends = Float64Array.from(ends);
    this.#lowest = ends[0] ?? Infinity;
    this.#highest = ends.at(-1) ?? -Infinity;
  }

  get isEmpty(): boolean {
    return this.#ends.length === 0;
  }

  has(value: number): boolean {
    // Most values are outside of all ranges.
    if (value < this.#lowest || value > this.#highest) return false;
    const ends = this.#ends;
    // Counts the ends before the value: an odd count means that the value is inside a range.
    let low = 0;
    let high = ends.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (ends[middle]! < value) low = middle + 1;
      else high = middle;
    }
    return (low & 1) === 1 || (low < ends.length && ends[low] === value);
  }
}

/** `5`, `"5"`, `"1-10"`, `">= 5"`, `"> 5"`, `"<= 5"`, `"< 5"`. */
export function parseNumberRange(text: string, max = uint32Max): NumberRange | undefined {
  const match = /^\s*(?:(\d{1,10})(?:\s*-\s*(\d{1,10}))?|(>=|<=|>|<)\s*(\d{1,10}))\s*$/.exec(text);
  if (match === null) return undefined;
  const [, from, to, relation, bound] = match;
  const [first, last] = relation === undefined
    ? [Number(from), Number(to ?? from)]
    : relation.startsWith(">")
    ? [Number(bound) + (relation === ">" ? 1 : 0), max]
    : [0, Number(bound) - (relation === "<" ? 1 : 0)];
  return first <= last && last <= max ? { first, last } : undefined;
}
