/**
 * Limits how often something happens: so often at once, then so often a second (a token bucket). What a peer can make
 * bgpd log must neither fill the disk nor delay the session.
 */

import type { Millis } from "../../types/mod.ts";

export class RateLimiter {
  readonly #capacity: number;
  readonly #perSecond: number;
  #left: number;
  #at: Millis;

  /** `capacity`: how often at once. `now`: monotonic time. */
  constructor(capacity: number, perSecond: number, now: Millis) {
    this.#capacity = capacity;
    this.#perSecond = perSecond;
    this.#left = capacity;
    this.#at = now;
  }

  /** True where it may happen now; it is counted then. `now`: monotonic time. */
  take(now: Millis): boolean {
    this.#left = Math.min(this.#capacity, this.#left + (now - this.#at) / 1000 * this.#perSecond);
    this.#at = now;
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }
}
