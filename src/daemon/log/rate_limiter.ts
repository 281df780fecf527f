/** So much at once, and then so much a second: what a peer can make us say must not fill disks or hold up its session. */

import type { Millis } from "../../transport/mod.ts";

export class RateLimiter {
  readonly #capacity: number;
  readonly #perSecond: number;
  #left: number;
  #at: Millis;

  constructor(capacity: number, perSecond: number, now: Millis) {
    this.#capacity = capacity;
    this.#perSecond = perSecond;
    this.#left = capacity;
    this.#at = now;
  }

  /** False where nothing is left. `now` is monotonic time. */
  take(now: Millis): boolean {
    this.#left = Math.min(this.#capacity, this.#left + (now - this.#at) / 1000 * this.#perSecond);
    this.#at = now;
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }
}
