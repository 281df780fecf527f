/**
 * What a *pass* of the store feed is, and when rows of now are written.
 *
 * A pass is one walk over the Adj-RIBs-In, in order of peer, family and prefix, that puts every dirty row it meets into
 * a batch. A pass may take many batches, and rows become dirty at any moment, also behind the walk. Therefore:
 *
 * **Rule.** A row that is dirty now is in a batch when the pass *after* the one under way has ended. The pass under way
 * may be beyond the row already; the pass after it meets every row.
 *
 * Events that may be read only once such rows are in the database (End-of-RIB, "nothing is stale") wait for that pass.
 */
export class Passes {
  #ended = 0;

  /** The pass under way has met every row. The next one begins. */
  end(): void {
    this.#ended++;
  }

  /** The number of the pass (from 1) by whose end every row that is dirty now is in a batch. */
  get writesRowsOfNow(): number {
    const underWay = this.#ended + 1;
    return underWay + 1;
  }

  hasEnded(pass: number): boolean {
    return pass <= this.#ended;
  }
}
