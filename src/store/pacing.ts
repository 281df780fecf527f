/**
 * How long the writer rests between transactions, so that others can write `announcements`. Outside bulk load the lock is
 * free at least half of the time. During bulk load (full batches, one after the other) it goes on at full speed for a
 * moment, as nobody's busy timeout of some seconds ends in that time, then leaves a fifth.
 */

import type { Millis } from "../session/mod.ts";

/** Full batches in a row that make a bulk load. */
const bulkAfterBatches = 3;
/** A bulk load runs without rest for so long. */
const sprintMs: Millis = 2_500;
/**
 * After a small batch changes gather for so long: a transaction has a price of its own, and rows that change again in the
 * meantime are written once. Nobody sees a row later than that.
 */
const gatherMs: Millis = 25;

export class Pacing {
  #fullInARow = 0;
  #bulkBusyMs = 0;

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
      this.#bulkBusyMs = 0;
    }
    if (!this.bulk) return full === undefined ? busyMs : Math.max(busyMs, gatherMs);
    this.#bulkBusyMs += busyMs;
    return this.#bulkBusyMs <= sprintMs ? 0 : busyMs / 4;
  }
}
