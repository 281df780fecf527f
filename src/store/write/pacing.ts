/**
 * How long the writer leaves the lock free between transactions, so that others can write `announcements`. SQLite has
 * no queue: a client that finds the lock taken sleeps and tries again, after 1, 2, 5, 10, 15, 20, 25, 25, 25, 50 and
 * 50 ms, and then every 100 ms. Every client finds a pause of more than 100 ms; ten pauses of 10 ms may be missed by
 * all.
 *
 * Outside bulk load the lock is free for at least half of the time. During bulk load (one full batch after the other)
 * the writer first works without pause for less than a usual busy timeout of some seconds, and then pauses about every
 * second.
 */

import type { Millis } from "../../types/mod.ts";

/** A bulk load begins after this many full batches in a row. */
const bulkAfterBatches = 3;
/** How long a bulk load runs before its first pause. */
const sprintMs: Millis = 2_500;
/** The length of a pause: the longest sleep of SQLite, and what a busy machine adds to it. */
export const pauseMs: Millis = 150;
/** How long the lock is held between two pauses. A client that waits for five seconds finds at least two pauses. */
const betweenPausesMs: Millis = 850;
/**
 * How long changes are collected after a small batch. A transaction has a fixed cost, pages that many changes share are
 * written once, and so is a row that changes again in this time. After few rows, which are no steady stream, the time
 * is short. With 5,000 changes a second, 100 ms take a fifth less CPU time than 25 ms.
 */
const gatherMs: Millis = 25;
const gatherSteadyMs: Millis = 100;
/**
 * With so many rows a batch is a part of a steady stream of changes: each change has about four rows. More rows are the
 * beginning of a table, which does not wait.
 */
const steadyRows = { from: 100, to: 8_000 } as const;

/** How long the lock is held by indexes, one after the other, before a pause. */
const indexMs: Millis = 500;

/** A batch that the RIB filled completely, another batch, or a slice of a batch that continues. */
export type Written = "full batch" | "batch" | "slice";

export class Pacing {
  #fullInARow = 0;
  /** How long the lock was held since the last pause. A bulk load begins with a credit. */
  #heldMs: Millis = betweenPausesMs - sprintMs;

  /** How long indexes were built since the last pause. */
  #indexedMs: Millis = 0;

  /** True while full batches follow each other: more rows wait than fit into one. */
  get bulk(): boolean {
    return this.#fullInARow >= bulkAfterBatches;
  }

  /** How long to leave the lock free after a transaction that held it for `busyMs`. `rows`: those of the batch. */
  rest(busyMs: Millis, written: Written, rows = 0): Millis {
    if (written === "full batch") this.#fullInARow++;
    if (written === "batch") {
      this.#fullInARow = 0;
      this.#heldMs = betweenPausesMs - sprintMs;
    }
    if (!this.bulk && written === "slice") return busyMs;
    const isSteady = rows >= steadyRows.from && rows < steadyRows.to;
    if (!this.bulk) return Math.max(busyMs, isSteady ? gatherSteadyMs : gatherMs);
    this.#heldMs += busyMs;
    if (this.#heldMs < betweenPausesMs) return 0;
    this.#heldMs = 0;
    return pauseMs;
  }

  /** How long to leave the lock free after an index that took `busyMs` to build. */
  indexRest(busyMs: Millis): Millis {
    this.#indexedMs += busyMs;
    if (this.#indexedMs < indexMs) return 0;
    this.#indexedMs = 0;
    return pauseMs;
  }
}
