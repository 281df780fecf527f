/**
 * Sorts routes by attribute set in linear time, with a bucket for each set. Withdraws (key 0) come first, so that a
 * peer never holds more routes than before or after.
 */

import { growInt32 } from "../table/columns.ts";

export class SetOrder {
  /** Indices of the keys sorted last: equal keys follow each other. */
  order = new Int32Array(1024);
  /** By key: index + 1 of the first of its bucket; all zero between two sorts. */
  #head = new Int32Array(1024);
  #next = new Int32Array(1024);
  #keys = new Int32Array(1025);

  /** Fills {@link order} for `keys[0, count)`. Equal keys keep their order. */
  sort(keys: Int32Array, count: number): void {
    if (count > this.order.length) {
      this.order = new Int32Array(count);
      this.#next = new Int32Array(count);
      this.#keys = new Int32Array(count + 1);
    }
    const next = this.#next;
    const used = this.#keys;
    let buckets = 0;
    for (let i = count - 1; i >= 0; i--) {
      const key = keys[i]!;
      if (key >= this.#head.length) this.#head = growInt32(this.#head, Math.max(key + 1, this.#head.length * 2));
      const head = this.#head[key]!;
      if (head === 0) used[buckets++] = key;
      next[i] = head;
      this.#head[key] = i + 1;
    }
    let out = 0;
    used[buckets++] = 0;
    for (let bucket = buckets - 1; bucket >= 0; bucket--) {
      const key = used[bucket]!;
      for (let i = this.#head[key]! - 1; i !== -1; i = next[i]! - 1) this.order[out++] = i;
      this.#head[key] = 0;
    }
  }
}
