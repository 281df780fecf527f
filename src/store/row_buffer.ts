/**
 * Writes rows into a table, many with each prepared statement, because a call of SQLite costs more than a row.
 * `node:sqlite` wrote 2.1M rows/s of seven values with 128 rows per statement, and 0.7M rows/s with one.
 */

import type { Database, SqlValue, Statement } from "./sqlite.ts";

/** Rows per statement, largest first. The smaller ones write what does not fill a larger one. */
const sizes = [128, 16, 1] as const;

/** Rows of one kind of statement, collected until a statement is full. */
export class RowBuffer {
  readonly #statements: Statement[];
  readonly #columns: number;
  readonly #values: SqlValue[];
  #used = 0;

  /**
   * The statement for n rows is `head`, then n times `row` separated by commas, then `tail`. `row` has `columns`
   * parameters, each a plain `?`: SQLite takes quadratic time for numbered ones.
   */
  constructor(db: Database, head: string, row: string, columns: number, tail = "") {
    this.#statements = sizes.map((n) => db.prepare(head + Array<string>(n).fill(row).join(",") + tail));
    this.#columns = columns;
    this.#values = new Array<SqlValue>(sizes[0] * columns).fill(0);
  }

  add1(a: SqlValue): void {
    this.#values[this.#used++] = a;
    if (this.#used === this.#values.length) this.#runFull();
  }

  add2(a: SqlValue, b: SqlValue): void {
    const values = this.#values, at = this.#used;
    values[at] = a;
    values[at + 1] = b;
    this.#used = at + 2;
    if (this.#used === values.length) this.#runFull();
  }

  add3(a: SqlValue, b: SqlValue, c: SqlValue): void {
    const values = this.#values, at = this.#used;
    values[at] = a;
    values[at + 1] = b;
    values[at + 2] = c;
    this.#used = at + 3;
    if (this.#used === values.length) this.#runFull();
  }

  add4(a: SqlValue, b: SqlValue, c: SqlValue, d: SqlValue): void {
    const values = this.#values, at = this.#used;
    values[at] = a;
    values[at + 1] = b;
    values[at + 2] = c;
    values[at + 3] = d;
    this.#used = at + 4;
    if (this.#used === values.length) this.#runFull();
  }

  add5(a: SqlValue, b: SqlValue, c: SqlValue, d: SqlValue, e: SqlValue): void {
    const values = this.#values, at = this.#used;
    values[at] = a;
    values[at + 1] = b;
    values[at + 2] = c;
    values[at + 3] = d;
    values[at + 4] = e;
    this.#used = at + 5;
    if (this.#used === values.length) this.#runFull();
  }

  add8(a: SqlValue, b: SqlValue, c: SqlValue, d: SqlValue, e: SqlValue, f: SqlValue, g: SqlValue, h: SqlValue): void {
    const values = this.#values, at = this.#used;
    values[at] = a;
    values[at + 1] = b;
    values[at + 2] = c;
    values[at + 3] = d;
    values[at + 4] = e;
    values[at + 5] = f;
    values[at + 6] = g;
    values[at + 7] = h;
    this.#used = at + 8;
    if (this.#used === values.length) this.#runFull();
  }

  /** Adds a row of any width. */
  add(...row: SqlValue[]): void {
    for (const value of row) this.#values[this.#used++] = value;
    if (this.#used === this.#values.length) this.#runFull();
  }

  /** Writes the rows that are still collected. */
  flush(): void {
    let start = 0;
    for (let i = 0; i < sizes.length; i++) {
      const width = sizes[i]! * this.#columns;
      for (; this.#used - start >= width; start += width) {
        this.#statements[i]!.run(...this.#values.slice(start, start + width));
      }
    }
    this.#used = 0;
  }

  /** Discards the collected rows: their transaction was rolled back. */
  clear(): void {
    this.#used = 0;
  }

  #runFull(): void {
    this.#used = 0;
    this.#statements[0]!.run(...this.#values);
  }
}
