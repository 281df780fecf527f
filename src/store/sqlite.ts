/** The one file that knows `node:sqlite`: connections and prepared statements, with errors as {@link StoreError}. */

import { backup, DatabaseSync, type StatementSync as NodeStatement } from "node:sqlite";
import { translate } from "./errors.ts";

/** A value as SQLite knows it. Integers beyond 2^53 come as `bigint`. */
export type SqlValue = null | number | bigint | string | Uint8Array;
/** The values of one row in column order. */
export type SqlRow = readonly SqlValue[];

/** Deno's types lack what Node has had since 24.0 and Deno implements. */
type StatementSync = NodeStatement & { setReturnArrays(on: boolean): void };
type Parameters = Exclude<SqlValue, Uint8Array>[];

export interface OpenOptions {
  readonly readOnly?: boolean;
  /** How long a statement waits for the lock of another process. */
  readonly busyTimeoutMs?: number;
}

/**
 * Statements that are kept for whoever asks for the same again. What SQLite needs for one, some ten thousand octets, the garbage
 * collector does not see: statements that were used once and left to it made 1.5 GB of 100,000 announcements.
 */
const keptStatements = 256;

/** A connection. Statements give rows as arrays. */
export class Database {
  readonly path: string;
  readonly #db: DatabaseSync;
  /** By text, those used longest ago first; with big integers and without. */
  readonly #kept = new Map<string, StatementSync>();

  /** Opens a file (created where it is missing, unless `readOnly`). `target` may be a `file:` URI. */
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

  /** Whoever has a statement shares it with all others who ask for the same text. */
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
      const statement = this.#db.prepare(sql) as StatementSync;
      statement.setReturnArrays(true);
      statement.setReadBigInts(bigInts);
      return statement;
    } catch (error) {
      throw translate(error, this.path);
    }
  }

  /** The first value of the first row, `null` where there is none. */
  value(sql: string, ...parameters: SqlValue[]): SqlValue {
    return this.prepare(sql).get(...parameters)?.[0] ?? null;
  }

  /** Adds an SQL function. It returns SQL values or throws an Error whose message becomes the statement's. */
  define(name: string, implementation: (...values: SqlValue[]) => SqlValue, deterministic = true): void {
    this.#db.function(name, { deterministic, varargs: false }, implementation as (...values: unknown[]) => SqlValue);
  }

  /** Copies the whole database into a file, all in one step: between two, a change by others would start it anew. */
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

  /** Runs `work` between BEGIN IMMEDIATE and COMMIT; whatever it throws rolls everything back. */
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

  /** Ends an open transaction, if there still is one: SQLite rolls back by itself after some errors. */
  rollback(): void {
    if (!this.#db.isTransaction) return;
    try {
      this.#db.exec("ROLLBACK");
    } catch {
      // Nothing is left to roll back.
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

  /** `compile` gives the statement, with big integers or not, and one that is nobody else's or not. */
  constructor(compile: (bigInts: boolean, isOwn: boolean) => StatementSync, path: string) {
    this.#compile = compile;
    this.#statement = compile(false, false);
    this.#path = path;
  }

  /** Runs the statement to its end; returns the number of rows it changed. */
  run(...parameters: SqlValue[]): number {
    try {
      return Number(this.#statement.run(...parameters as Parameters).changes);
    } catch (error) {
      throw translate(error, this.#path);
    }
  }

  get(...parameters: SqlValue[]): SqlRow | undefined {
    try {
      return this.#statement.get(...parameters as Parameters) as unknown as SqlRow | undefined;
    } catch (error) {
      throw translate(error, this.#path);
    }
  }

  all(...parameters: SqlValue[]): SqlRow[] {
    try {
      return this.#statement.all(...parameters as Parameters) as unknown as SqlRow[];
    } catch (error) {
      throw translate(error, this.#path);
    }
  }

  /**
   * Rows one by one as SQLite finds them. Deno 2.9 ends its iteration silently where SQLite fails, while its `get` throws:
   * where no row came at all, the statement is asked once more, for its error.
   */
  *iterate(...parameters: SqlValue[]): Generator<SqlRow, void, undefined> {
    // Somebody else may ask the same before this one is through.
    const statement = this.#compile(this.#bigInts, true);
    try {
      let isEmpty = true;
      for (const row of statement.iterate(...parameters as Parameters) as unknown as Iterable<SqlRow>) {
        isEmpty = false;
        yield row;
      }
      if (isEmpty) statement.get(...parameters as Parameters);
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
