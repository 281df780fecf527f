/** How many routes of a family a peer is told at the most; what is too much waits for room. Such a peer has a group of its own. */

import type { FamilyId } from "../../types/mod.ts";
import { growInt32, nextBit } from "../table/columns.ts";

export interface PrefixesOut {
  readonly max: number;
  /** `warn`: all are told. `shutdown`: no more are told, and the session is to end. */
  readonly action: "warn" | "stop" | "shutdown";
}

/** More routes are there for a peer than it may be told. */
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
  /** Routes for this peer only, which are told in any case. */
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

  /** Whether a row that is new to the peer, who is told `count` others of the table, may be told; if not, it waits. */
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

  /** The row has no route for the peer any more. */
  gone(row: number): void {
    this.#unmark(row);
  }

  /** The peer is told `count` rows of the table now: gives one that waits, where there is room for it, or -1. */
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
