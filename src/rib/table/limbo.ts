/**
 * Attribute sets that no route refers to any more, while rows that are not written yet may still name them.
 *
 * **Rule.** A set that enters during one pass of the store feed leaves at the end of the pass after it. The pass under
 * way may be beyond the rows that named the set; the next pass meets each of these rows (see `feed/passes.ts`). A set
 * that enters once more waits from then on.
 */

import type { SetSlot } from "../../types/mod.ts";
import type { ColumnMove } from "./columns.ts";

export class Limbo {
  /** By set: the parity of the pass in which it entered last, plus 1; 0: the set is not here. */
  #entered = new Uint8Array(1024);
  #entering: SetSlot[] = [];
  #waiting: SetSlot[] = [];
  /** The parity of the pass under way, plus 1. */
  #pass = 1;

  enter(set: SetSlot): void {
    if (this.#entered[set] === this.#pass) return;
    this.#entered[set] = this.#pass;
    this.#entering.push(set);
  }

  /** The set is freed, or its slot belongs to another set. */
  forget(set: SetSlot): void {
    this.#entered[set] = 0;
  }

  /** Ends the pass under way and calls `leave` with each set that has waited for a whole pass. */
  endPass(leave: (set: SetSlot) => void): void {
    const leaving = this.#waiting;
    const before = 3 - this.#pass;
    for (const set of leaving) {
      // The other sets were freed meanwhile, or entered once more.
      if (this.#entered[set] !== before) continue;
      this.#entered[set] = 0;
      leave(set);
    }
    leaving.length = 0;
    this.#waiting = this.#entering;
    this.#entering = leaving;
    this.#pass = before;
  }

  moveColumns(move: ColumnMove): void {
    this.#entered = move(this.#entered);
  }

  /** Octets of the column. */
  get bytes(): number {
    return this.#entered.byteLength;
  }
}
