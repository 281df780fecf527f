/**
 * `max_prefixes_out`: how many routes of a family a peer is advertised at most. The rest waits. Such a peer has a group
 * of its own.
 */

import type { FamilyId } from "../../types/mod.ts";
import { growInt32, nextBit } from "../table/columns.ts";

export interface PrefixesOut {
  readonly max: number;
  /** `warn`: all routes are advertised. `stop`: the rest waits. `shutdown`: the rest waits, and the session ends. */
  readonly action: "warn" | "stop" | "shutdown";
}

/** There are more routes for a peer than it may be advertised. */
export interface OutLimitNews {
  readonly peerId: number;
  readonly family: FamilyId;
  readonly max: number;
  readonly action: PrefixesOut["action"];
}

export class OutLimit {
  readonly peerId: number;
  readonly #family: FamilyId;
  readonly #limit: PrefixesOut;
  /** How many routes for this peer only there are: they are advertised in any case. */
  readonly #own: number;
  readonly #report: (news: OutLimitNews) => void;
  #isOver = false;
  /** A bit for each row that waits. */
  #waiting = new Int32Array(0);
  #waitingCount = 0;

  constructor(
    peerId: number,
    family: FamilyId,
    limit: PrefixesOut,
    own: number,
    report: (news: OutLimitNews) => void,
  ) {
    this.peerId = peerId;
    this.#family = family;
    this.#limit = limit;
    this.#own = own;
    this.#report = report;
  }

  /** Whether a row may be advertised to the peer in addition to `count` others. If not, it waits. */
  admits(row: number, count: number): boolean {
    const { max, action } = this.#limit;
    if (count + this.#own < max) {
      this.#unmark(row);
      return true;
    }
    if (!this.#isOver) {
      this.#isOver = true;
      this.#report({ peerId: this.peerId, family: this.#family, max, action });
    }
    if (action === "warn") return true;
    this.#mark(row);
    return false;
  }

  get max(): number {
    return this.#limit.max;
  }

  /** The row waits for room. */
  holdsBack(row: number): boolean {
    return ((this.#waiting[row >>> 5] ?? 0) & (1 << (row & 31))) !== 0;
  }

  eachWaiting(visit: (row: number) => void): void {
    if (this.#waitingCount === 0) return;
    for (let row = nextBit(this.#waiting, 0); row !== -1; row = nextBit(this.#waiting, row + 1)) visit(row);
  }

  /** The row no longer has a route for the peer. */
  gone(row: number): void {
    this.#unmark(row);
  }

  /** A row that waits and has room now that the peer is advertised `count` rows; -1: none. */
  next(count: number): number {
    if (count + this.#own >= this.#limit.max) return -1;
    this.#isOver = false;
    return this.#waitingCount === 0 ? -1 : nextBit(this.#waiting, 0);
  }

  #mark(row: number): void {
    const word = row >>> 5;
    if (word >= this.#waiting.length) {
      this.#waiting = growInt32(this.#waiting, Math.max(word + 1, 2 * this.#waiting.length));
    }
    const bit = 1 << (row & 31);
    if ((this.#waiting[word]! & bit) !== 0) return;
    this.#waiting[word]! |= bit;
    this.#waitingCount++;
  }

  #unmark(row: number): void {
    const bit = 1 << (row & 31);
    if (((this.#waiting[row >>> 5] ?? 0) & bit) === 0) return;
    this.#waiting[row >>> 5]! &= ~bit;
    this.#waitingCount--;
  }
}
