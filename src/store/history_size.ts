/** How large the history is: counted as it grows and shrinks, because asking SQLite means reading all of it. */

import type { Database } from "./sqlite.ts";

/** Octets of a row with its place in index history_prefix, as measured in tables of some millions. */
const rowBytes = 70;
/** Octets of an attribute set beside its texts and wire form. */
const setOverhead = 50;

export class HistorySize {
  readonly #db: Database;
  #rows: number | undefined;
  #sets: number | undefined;
  #pendingRows = 0;
  #pendingSets = 0;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Rows came, or with a negative number went, in the transaction that is open. */
  add(rows: number): void {
    this.#pendingRows += rows;
  }

  /** As {@link add}, of sets that no route has any more. */
  addSets(sets: number): void {
    this.#pendingSets += sets;
  }

  committed(): void {
    if (this.#rows !== undefined) this.#rows += this.#pendingRows;
    if (this.#sets !== undefined) this.#sets += this.#pendingSets;
    this.rolledBack();
  }

  rolledBack(): void {
    this.#pendingRows = 0;
    this.#pendingSets = 0;
  }

  /** Of an average set, among the latest. */
  #setBytes(): number {
    const texts = ["wire", "as_path", "next_hop", "communities", "large_communities", "ext_communities"];
    const length = texts.map((column) => `coalesce(length(${column}), 0)`).join(" + ");
    const latest = "SELECT * FROM attributes ORDER BY id DESC LIMIT 1000";
    return setOverhead + Number(this.#db.value(`SELECT avg(${length}) FROM (${latest})`));
  }

  /** About how many octets. The first time it counts rows and sets, 0.1 s for each few millions. */
  bytes(): number {
    this.#rows ??= Number(this.#db.value("SELECT count(*) FROM history"));
    this.#sets ??= Number(this.#db.value("SELECT count(*) FROM attributes WHERE retired_at IS NOT NULL"));
    return this.#rows * rowBytes + (this.#sets === 0 ? 0 : this.#sets * this.#setBytes());
  }
}
