/** The only file that uses `node:sqlite`: connections and prepared statements. Errors are {@link StoreError}s. */

import { backup, DatabaseSync, type StatementSync as NodeStatement } from "node:sqlite";
import { translate } from "./errors.ts";

/** A value of SQLite. An integer beyond 2^53 is a `bigint`. */
export type SqlValue = null | number | bigint | string | Uint8Array;
/** The values of one row in column order. */
export type SqlRow = readonly SqlValue[];

/** A compiled statement that returns arrays. Deno implements `setReturnArrays` of Node 24, but does not declare it. */
interface StatementSync extends Pick<NodeStatement, "columns" | "setReadBigInts"> {
  setReturnArrays(on: true): void;
  run(...parameters: SqlValue[]): { readonly changes: number | bigint };
  get(...parameters: SqlValue[]): SqlRow | undefined;
  all(...parameters: SqlValue[]): SqlRow[];
  iterate(...parameters: SqlValue[]): Iterable<SqlRow>;
}

export interface OpenOptions {
  readonly readOnly?: boolean;
  /** How long a statement waits for the lock of another process. */
  readonly busyTimeoutMs?: number;
}

/**
 * The number of compiled statements that a connection keeps for reuse. A statement takes some ten thousand octets that
 * the garbage collector does not see: without reuse, 100,000 announcements took 1.5 GB.
 */
const keptStatements = 256;

/** A connection. Statements return rows as arrays. */
export class Database {
  readonly path: string;
  readonly #db: DatabaseSync;
  /** Compiled statements by text, with and without big integers; the least recently used comes first. */
  readonly #kept = new Map<string, StatementSync>();

  /**
   * Opens a file, and creates a missing one unless `readOnly`. `target`: what SQLite opens, for example a `file:` URI.
   */
  constructor(path: string, options: OpenOptions = {}, target: string = path) {
    this.path = path;
    try {
      this.#db = new DatabaseSync(target, {
        readOnly: options.readOnly ?? false,
        timeout: options.busyTimeoutMs ?? 0,
        enableForeignKeyConstraints: false,
      });
    } catch (error) {
      throw translate(error, path);
    }
  }

  exec(sql: string): void {
    try {
      this.#db.exec(sql);
    } catch (error) {
      throw translate(error, this.path);
    }
  }

  /** Statements of the same text share one compiled statement. */
  prepare(sql: string): Statement {
    return new Statement((bigInts, isOwn) => isOwn ? this.#compile(sql, bigInts) : this.#keep(sql, bigInts), this.path);
  }

  #keep(sql: string, bigInts: boolean): StatementSync {
    const key = bigInts ? `big ${sql}` : sql;
    const kept = this.#kept.get(key) ?? this.#compile(sql, bigInts);
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    if (this.#kept.size > keptStatements) this.#kept.delete(this.#kept.keys().next().value!);
    return kept;
  }

  #compile(sql: string, bigInts: boolean): StatementSync {
    try {
      const statement = this.#db.prepare(sql) as unknown as StatementSync;
      statement.setReturnArrays(true);
      statement.setReadBigInts(bigInts);
      return statement;
    } catch (error) {
      throw translate(error, this.path);
    }
  }

  /** The first value of the first row; `null` where there is no row. */
  value(sql: string, ...parameters: SqlValue[]): SqlValue {
    return this.prepare(sql).get(...parameters)?.[0] ?? null;
  }

  /** Adds an SQL function. If it throws an Error, the statement fails with the message of that Error. */
  define(
    name: string,
    implementation: (...values: SqlValue[]) => SqlValue,
    { deterministic = true }: { readonly deterministic?: boolean } = {},
  ): void {
    this.#db.function(name, { deterministic, varargs: false }, implementation as (...values: unknown[]) => SqlValue);
  }

  /** Copies the whole database into a file in one step: a change between two steps would restart the copy. */
  async backup(target: string): Promise<void> {
    try {
      await backup(this.#db, target, { rate: 2 ** 30 });
    } catch (error) {
      throw translate(error, target);
    }
  }

  get isOpen(): boolean {
    return this.#db.isOpen;
  }

  /** Runs `work` between BEGIN IMMEDIATE and COMMIT. If `work` throws, everything is rolled back. */
  transaction<T>(work: () => T): T {
    this.exec("BEGIN IMMEDIATE");
    try {
      const result = work();
      this.exec("COMMIT");
      return result;
    } catch (error) {
      this.rollback();
      throw error;
    }
  }

  /** Rolls back the open transaction, if there is one: after some errors SQLite has already rolled back. */
  rollback(): void {
    if (!this.#db.isTransaction) return;
    try {
      this.#db.exec("ROLLBACK");
    } catch {
      // SQLite has already rolled back.
    }
  }

  close(): void {
    this.#kept.clear();
    if (this.#db.isOpen) this.#db.close();
  }
}

/** A prepared statement. */
export class Statement {
  #statement: StatementSync;
  readonly #compile: (bigInts: boolean, isOwn: boolean) => StatementSync;
  #bigInts = false;
  readonly #path: string;

  /** `compile` returns the compiled statement, with or without big integers, shared or its own. */
  constructor(compile: (bigInts: boolean, isOwn: boolean) => StatementSync, path: string) {
    this.#compile = compile;
    this.#statement = compile(false, false);
    this.#path = path;
  }

  /** Runs the statement to its end; returns the number of rows it changed. */
  run(...parameters: SqlValue[]): number {
    try {
      return Number(this.#statement.run(...parameters).changes);
    } catch (error) {
      throw translate(error, this.#path);
    }
  }

  get(...parameters: SqlValue[]): SqlRow | undefined {
    try {
      return this.#statement.get(...parameters);
    } catch (error) {
      throw translate(error, this.#path);
    }
  }

  all(...parameters: SqlValue[]): SqlRow[] {
    try {
      return this.#statement.all(...parameters);
    } catch (error) {
      throw translate(error, this.#path);
    }
  }

  /**
   * Returns rows one by one as SQLite finds them. The iteration of Deno 2.9 ends silently where SQLite fails, but
   * `get` throws: after an empty iteration `get` is called, so that an error is not lost.
   */
  *iterate(...parameters: SqlValue[]): Generator<SqlRow, void, undefined> {
    // Another caller may use the same text before this iteration ends.
    const statement = this.#compile(this.#bigInts, true);
    try {
      let isEmpty = true;
      for (const row of statement.iterate(...parameters)) {
        isEmpty = false;
        yield row;
      }
      if (isEmpty) statement.get(...parameters);
    } catch (error) {
      throw translate(error, this.#path);
    }
  }

  get columns(): string[] {
    return this.#statement.columns().map((column) => column.name);
  }

  /** Integers come as `bigint`, so that those beyond 2^53 do not fail. */
  useBigInts(): this {
    this.#bigInts = true;
    this.#statement = this.#compile(true, false);
    return this;
  }
}

/** The name of a table, view, index, trigger or column, as a statement contains it. */
export function quotedName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
