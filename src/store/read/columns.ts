/** The columns of a query: each has its name in TypeScript, its SQL and the type of its values in one place. */

import type { SqlRow, SqlValue } from "../sqlite.ts";
import { asInteger, asIntegerOrNull, asOctets, asText, asTextOrNull } from "./cells.ts";

export interface Column<T> {
  /** The name of the column in a view, or an expression. */
  readonly sql: string;
  readonly read: (cell: SqlValue | undefined) => T;
}

type ColumnTable = Readonly<Record<string, Column<unknown>>>;

/** The values of a row by name. */
export type Row<Table extends ColumnTable> = {
  readonly [Name in keyof Table]: Table[Name] extends Column<infer T> ? T : never;
};

export class Columns<const Table extends ColumnTable> {
  /** What stands between SELECT and FROM. */
  readonly sql: string;
  readonly #columns: readonly [name: string, column: Column<unknown>][];
  readonly #blank: Readonly<Record<string, unknown>>;

  constructor(table: Table) {
    this.#columns = Object.entries(table);
    this.#blank = Object.fromEntries(this.#columns.map(([name]) => [name, null]));
    this.sql = this.#columns.map(([, { sql }]) => sql).join(", ");
  }

  /** The values have the order of the table. */
  read(row: SqlRow): Row<Table> {
    // A copy of an object that has every name: an object that gets twenty names one by one becomes a slow hash table.
    const values: Record<string, unknown> = { ...this.#blank };
    let i = 0;
    for (const [name, column] of this.#columns) values[name] = column.read(row[i++]);
    return values as Row<Table>;
  }
}

export function text<T extends string = string>(sql: string): Column<T> {
  return { sql, read: asText<T> };
}

export function textOrNull<T extends string = string>(sql: string): Column<T | null> {
  return { sql, read: (cell) => asTextOrNull(cell) as T | null };
}

export function integer(sql: string): Column<number> {
  return { sql, read: asInteger };
}

export function integerOrNull(sql: string): Column<number | null> {
  return { sql, read: asIntegerOrNull };
}

/** 1 is true. */
export function flag(sql: string): Column<boolean> {
  return { sql, read: (cell) => cell === 1 };
}

export function octets(sql: string): Column<Uint8Array> {
  return { sql, read: asOctets };
}

export function octetsOrNull(sql: string): Column<Uint8Array | null> {
  return { sql, read: (cell) => cell instanceof Uint8Array ? cell : null };
}
