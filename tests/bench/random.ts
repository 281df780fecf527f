/** Random numbers from a seed and a place, so that group 17 is the same whoever asks for it, in whichever order. */

export class Random {
  #state: number;

  constructor(...seeds: readonly number[]) {
    let state = 0x5bd1e995;
    for (const seed of seeds) state = scramble(Math.imul(state ^ seed, 0x9e3779b1));
    this.#state = state;
  }

  /** In [0, 1). Mulberry32. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    return (scramble(this.#state) >>> 0) / 2 ** 32;
  }

  /** An integer from 0 to `count` - 1. */
  below(count: number): number {
    return Math.floor(this.next() * count);
  }

  chance(percent: number): boolean {
    return this.next() * 100 < percent;
  }

  /** An index, each as likely as its weight says. */
  weighted(weights: readonly number[]): number {
    let rest = this.next() * weights.reduce((sum, weight) => sum + weight, 0);
    for (let i = 0; i < weights.length; i++) if ((rest -= weights[i]!) < 0) return i;
    return weights.length - 1;
  }
}

export function scramble(value: number): number {
  let t = Math.imul(value ^ (value >>> 15), 1 | value);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return t ^ (t >>> 14);
}
