/** Random numbers from a seed: the same seed gives the same simulation on every machine. */

export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = (Math.imul(seed, 0x9e3779b1) ^ 0x5bd1e995) >>> 0;
    for (let i = 0; i < 4; i++) this.next();
  }

  /** In [0, 1). Mulberry32. */
  readonly next = (): number => {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };

  /** A generator of its own, so that what one part of the world draws does not shift what another one gets. */
  fork(): Random {
    return new Random(Math.floor(this.next() * 2 ** 32));
  }

  /** An integer from `low` to `high`, both possible. */
  between(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  /** As {@link between}, each order of magnitude as likely as the next: most numbers are small, a few are large. */
  magnitude(low: number, high: number): number {
    return low * (high / low) ** this.next();
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(values: readonly T[]): T {
    if (values.length === 0) throw new RangeError("nothing to pick from");
    return values[Math.floor(this.next() * values.length)]!;
  }

  /** Some of the values, each with this probability, in random order. */
  some<T>(values: readonly T[], probability: number): T[] {
    return this.shuffled(values.filter(() => this.chance(probability)));
  }

  shuffled<T>(values: readonly T[]): T[] {
    const result = [...values];
    for (let i = result.length - 1; i > 0; i--) {
      const j = this.between(0, i);
      [result[i], result[j]] = [result[j]!, result[i]!];
    }
    return result;
  }
}
