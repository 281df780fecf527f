/** Randomness from a seed: the same seed, the same run. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** 32 bits (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let word = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    word = (word + Math.imul(word ^ (word >>> 7), 61 | word)) ^ word;
    return (word ^ (word >>> 14)) >>> 0;
  }

  /** 0 to `limit - 1`. */
  below(limit: number): number {
    return limit <= 1 ? 0 : this.next() % limit;
  }

  chance(percent: number): boolean {
    return this.below(100) < percent;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }

  octets(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.octet());
  }

  /** Any octet, those at the edges of things more often. */
  octet(): number {
    return this.chance(30) ? this.pick(interesting) : this.below(256);
  }
}

/** Lengths of headers, attributes and prefixes, and what lies beside them. */
const interesting = [0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 20, 23, 24, 31, 32, 33, 64, 127, 128, 129, 254, 255];
