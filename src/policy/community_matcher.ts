/** Compiled community patterns, compared with the octets of the three attributes as integers. */

import { readUint32 } from "../types/mod.ts";
import type { CommunityPattern, NumberRange } from "./policy_table.ts";
import { NumberSet, uint32Max } from "./number_set.ts";

type Standard = Extract<CommunityPattern, { kind: "standard" }>;
type Large = Extract<CommunityPattern, { kind: "large" }>;
type Extended = Extract<CommunityPattern, { kind: "extended" }>;

export class CommunityMatcher {
  readonly hasStandard: boolean;
  readonly hasLarge: boolean;
  readonly hasExtended: boolean;
  /** Patterns that are one range of numbers; the others are compared one by one. */
  readonly #standard: NumberSet;
  readonly #odd: readonly Standard[];
  /** By first number or word where the pattern fixes it, and the patterns that do not. */
  readonly #large = new Map<number, Large[]>();
  readonly #anyLarge: readonly Large[];
  readonly #extended = new Map<number, Extended[]>();
  readonly #anyExtended: readonly Extended[];

  constructor(patterns: Iterable<CommunityPattern>) {
    const stretches: NumberRange[] = [];
    const odd: Standard[] = [];
    const anyLarge: Large[] = [];
    const anyExtended: Extended[] = [];
    for (const pattern of patterns) {
      switch (pattern.kind) {
        case "standard": {
          const { high, low } = pattern;
          const isStretch = high.first === high.last || (low.first === 0 && low.last === 0xffff);
          if (!isStretch) odd.push(pattern);
          else stretches.push({ first: high.first * 0x10000 + low.first, last: high.last * 0x10000 + low.last });
          break;
        }
        case "large": {
          const [first] = pattern.parts;
          if (first.first !== first.last) anyLarge.push(pattern);
          else append(this.#large, first.first, pattern);
          break;
        }
        case "extended":
          if (pattern.highMask !== uint32Max) anyExtended.push(pattern);
          else append(this.#extended, pattern.high, pattern);
          break;
      }
    }
    this.#standard = new NumberSet(stretches);
    this.#odd = odd;
    this.#anyLarge = anyLarge;
    this.#anyExtended = anyExtended;
    this.hasStandard = stretches.length + odd.length > 0;
    this.hasLarge = this.#large.size + anyLarge.length > 0;
    this.hasExtended = this.#extended.size + anyExtended.length > 0;
  }

  standard(community: number): boolean {
    if (this.#standard.has(community)) return true;
    for (const { high, low } of this.#odd) {
      if (within(community >>> 16, high) && within(community & 0xffff, low)) return true;
    }
    return false;
  }

  /** The 12 octets at `at`. */
  large(bytes: Uint8Array, at: number): boolean {
    const first = readUint32(bytes, at);
    for (const { parts } of this.#large.get(first) ?? []) {
      if (within(readUint32(bytes, at + 4), parts[1]) && within(readUint32(bytes, at + 8), parts[2])) return true;
    }
    for (const { parts } of this.#anyLarge) {
      if (
        within(first, parts[0]) && within(readUint32(bytes, at + 4), parts[1]) &&
        within(readUint32(bytes, at + 8), parts[2])
      ) return true;
    }
    return false;
  }

  /** The 8 octets at `at`. */
  extended(bytes: Uint8Array, at: number): boolean {
    const high = readUint32(bytes, at);
    const low = readUint32(bytes, at + 4);
    for (const pattern of this.#extended.get(high) ?? []) if (hasLow(pattern, low)) return true;
    for (const pattern of this.#anyExtended) {
      if ((high & pattern.highMask) >>> 0 === pattern.high && hasLow(pattern, low)) return true;
    }
    return false;
  }
}

function hasLow(pattern: Extended, low: number): boolean {
  return (low & pattern.lowMask) >>> 0 === pattern.low && within((low & pattern.localMask) >>> 0, pattern.local);
}

function within(value: number, range: NumberRange): boolean {
  return value >= range.first && value <= range.last;
}

function append<T>(lists: Map<number, T[]>, key: number, item: T): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [item]);
  else list.push(item);
}
