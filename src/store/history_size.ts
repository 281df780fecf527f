/** How large the history is: counted as it grows and shrinks, because asking SQLite means reading all of it. */

import type { Database } from "./sqlite.ts";

/** Octets of a row with its place in index history_prefix, as measured in tables of some millions. */
const rowBytes = 70;
/** Octets of an attribute set that only the history keeps. */
const setBytes = 330;

export class HistorySize {
  readonly #db: Database;
  #rows: number | undefined;
  #pending = 0;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Rows came, or with a negative number went, in the transaction that is open. */
  add(rows: number): void {
    this.#pending += rows;
  }

  committed(): void {
    if (this.#rows !== undefined) this.#rows += this.#pending;
    this.#pending = 0;
  }

  rolledBack(): void {
    this.#pending = 0;
  }

  /** About how many octets. The first time it counts rows, 0.1 s for each few millions. */
  bytes(): number {
    this.#rows ??= Number(this.#db.value("SELECT count(*) FROM history"));
    const sets = Number(this.#db.value("SELECT count(*) FROM attributes WHERE retired_at IS NOT NULL"));
    return this.#rows * rowBytes + sets * setBytes;
  }
}
