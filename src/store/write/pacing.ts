/**
 * How long the writer rests between transactions, so that others can write `announcements`. SQLite has no queue: who finds
 * the lock taken sleeps and tries again, after 1, 2, 5, 10, 15, 20, 25, 25, 25, 50 and 50 ms and from then on every 100 ms.
 * A pause that is longer than 100 ms is found by everyone; ten of 10 ms may be missed by all.
 *
 * Outside bulk load the lock is free at least half of the time. During bulk load (full batches, one after the other) the
 * writer goes on at full speed for a moment, as nobody's busy timeout of some seconds ends in that time; then it makes a
 * pause about every second.
 */

import type { Millis } from "../../session/mod.ts";

/** Full batches in a row that make a bulk load. */
const bulkAfterBatches = 3;
/** A bulk load runs without rest for so long. */
const sprintMs: Millis = 2_500;
/** Then it makes a pause of so long: SQLite's longest sleep, and what a busy machine adds to that. */
export const pauseMs: Millis = 150;
/** After each so long. Of somebody's five seconds two pauses are left at the least, however the sprint falls into them. */
const betweenPausesMs: Millis = 850;
/**
 * After a small batch changes gather for so long: a transaction has a price of its own, and rows that change again in the
 * meantime are written once. Nobody sees a row later than that.
 */
const gatherMs: Millis = 25;

export class Pacing {
  #fullInARow = 0;
  /** How long the lock was held since the last pause; at the begin of a bulk load there is a credit. */
  #heldMs: Millis = betweenPausesMs - sprintMs;

  /** True while batch after batch comes full: more is waiting than fits. */
  get bulk(): boolean {
    return this.#fullInARow >= bulkAfterBatches;
  }

  /**
   * After a batch, or a slice of one, that held the lock for `busyMs`: for how long to leave the lock free.
   * `full`: the RIB filled the batch to its end. `undefined`: this was a slice, the batch goes on.
   */
  rest(busyMs: Millis, full: boolean | undefined): Millis {
    if (full === true) this.#fullInARow++;
    if (full === false) {
      this.#fullInARow = 0;
      this.#heldMs = betweenPausesMs - sprintMs;
    }
    if (!this.bulk) return full === undefined ? busyMs : Math.max(busyMs, gatherMs);
    this.#heldMs += busyMs;
    if (this.#heldMs < betweenPausesMs) return 0;
    this.#heldMs = 0;
    return pauseMs;
  }
}
