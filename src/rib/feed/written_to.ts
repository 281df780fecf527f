/**
 * Up to which time everything is in batches, for one walk over dirty rows. A reader of the database that follows the
 * changes needs that time: under load, the rows of a change may come seconds after rows that changed later.
 */

export class WrittenTo {
  /** Everything that changed up to this time is in a batch. Milliseconds since 1970; 0: not known. */
  time = 0;
  #walkBegan = 0;

  /** A walk has met every row that was dirty when it began. The next walk begins now. */
  walkEnded(now: number): void {
    // A change in the same millisecond, after the beginning of the walk, may be missing.
    this.#reach(this.#walkBegan - 1);
    this.#walkBegan = now;
  }

  /** No row is dirty now. */
  isClean(now: number): void {
    this.#reach(now - 1);
    // Whatever the walk under way misses became dirty later.
    this.#walkBegan = now;
  }

  /** The clock may have been set back: the newest report counts, also if its time is before the last one. */
  #reach(time: number): void {
    this.time = Math.max(0, time);
  }
}
