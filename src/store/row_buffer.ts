/**
 * Rows on their way into a table: many per prepared statement, because entering SQLite costs more than a row does. With
 * 128 rows per statement `node:sqlite` took 2.1M rows/s of seven values, row by row 0.7M.
 */

import type { Database, SqlValue, Statement } from "./sqlite.ts";

/** Rows per statement, largest first; what is left over goes in smaller ones. */
const sizes = [128, 16, 1] as const;

/** Rows with the same shape of statement, collected until a statement is full. */
export class RowBuffer {
  readonly #statements: Statement[];
  readonly #columns: number;
  readonly #values: SqlValue[];
  #used = 0;

  /**
   * The statement for `n` rows is `head` + `row` n times, comma separated + `tail`. `row` holds `columns` parameters, all
   * plain `?`: numbered ones take time quadratic in their number.
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

  /** A row of any width. */
  add(...row: SqlValue[]): void {
    for (const value of row) this.#values[this.#used++] = value;
    if (this.#used === this.#values.length) this.#runFull();
  }

  /** Writes what is still collected. */
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

  /** Forgets what is collected: its transaction is rolled back. */
  clear(): void {
    this.#used = 0;
  }

  #runFull(): void {
    this.#used = 0;
    this.#statements[0]!.run(...this.#values);
  }
}
