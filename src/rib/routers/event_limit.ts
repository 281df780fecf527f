/** How many events of one router the database gets. A router that flaps, or lies, could fill the disk otherwise. */

import type { Millis } from "../../types/mod.ts";

/** So many at once: a router with 1,000 peers may come and go. */
const burst = 4_000;
const perSecond = 20;

export class EventLimit {
  #room = burst;
  #at: Millis = 0;
  /** Events that were left out since the last one that was not. */
  #left = 0;

  /** How many events were left out before this one; `undefined`: this one is, too. */
  admit(now: Millis): number | undefined {
    this.#room = Math.min(burst, this.#room + Math.max(0, now - this.#at) * perSecond / 1000);
    this.#at = now;
    if (this.#room < 1) {
      this.#left++;
      return undefined;
    }
    this.#room--;
    const left = this.#left;
    this.#left = 0;
    return left;
  }
}
