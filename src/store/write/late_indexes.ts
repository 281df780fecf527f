/** Creates and drops the indexes that wait for the first backlog (`indexes.ts`). */

import { lateIndexes, missingIndexes } from "../indexes.ts";
import type { Database } from "../sqlite.ts";
import { servingPragmas, sortingPragmas, tablePragmas } from "./pragmas.ts";

export class LateIndexes {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** True where at least one index is missing. */
  get areMissing(): boolean {
    return missingIndexes(this.#db).length > 0;
  }

  /** Settings of the connection while rows are written. */
  get pragmas(): string {
    return this.areMissing ? tablePragmas : servingPragmas;
  }

  /** Creates every missing index: two seconds for a full table. */
  buildAll(): void {
    while (this.buildNext());
  }

  /** Creates one missing index. False where none is missing. */
  buildNext(): boolean {
    const missing = missingIndexes(this.#db)[0];
    const index = lateIndexes.find(({ name }) => name === missing);
    if (index === undefined) return false;
    this.#db.exec(sortingPragmas);
    try {
      this.#db.exec(index.sql);
    } finally {
      this.#db.exec(servingPragmas);
    }
    return true;
  }

  /** Drops the indexes that slow down the arrival of a full table; {@link buildAll} creates them again. */
  drop(): void {
    this.#db.exec(tablePragmas);
    for (const { name } of lateIndexes) if (name !== "history_prefix") this.#db.exec(`DROP INDEX IF EXISTS ${name}`);
  }
}
