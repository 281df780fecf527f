/**
 * The files of the database that the writer has open: the database itself, its schema, and the log beside it
 * (`bgpd.db-wal`). Other programs can remove, replace or alter them at any time.
 */

import { StoreBusy } from "../errors.ts";
import { damageTo, inodeOf } from "../files.ts";
import type { Database } from "../sqlite.ts";
import { repairSchema, schemaMark } from "./alterations.ts";
import { busyLogPages, checkpointPages, logBytesOf, truncatePages } from "./pragmas.ts";

export class OpenFile {
  readonly #db: Database;
  readonly #logLimitBytes: number;
  readonly #inode: number | null;
  readonly #logInode: number | null;
  /** The state of the schema at the last {@link repair}. */
  #schema: string;

  /** `logLimitBytes`: the largest log; while a reader keeps more of it in use, {@link makeRoom} refuses. */
  constructor(db: Database, logLimitBytes: number) {
    this.#db = db;
    this.#logLimitBytes = logLimitBytes;
    this.#inode = inodeOf(db.path);
    this.#logInode = inodeOf(`${db.path}-wal`);
    this.#schema = schemaMark(db);
  }

  /** False where the file was removed or replaced: nobody sees what this connection writes. */
  get isOurs(): boolean {
    return inodeOf(this.#db.path) === this.#inode;
  }

  /** What another program did to the open file, as a sentence; `undefined` where nothing is wrong. */
  get damage(): string | undefined {
    return damageTo(this.#db.path, this.#logInode);
  }

  /**
   * True where this inode is the log of this connection. Beside another database of the same name that log does harm.
   */
  hasLog(inode: number | null): boolean {
    return inode !== null && inode === this.#logInode;
  }

  /**
   * True where another program may have changed tables, views or triggers since the last {@link repair}. Takes
   * microseconds.
   */
  get isAltered(): boolean {
    return schemaMark(this.#db) !== this.#schema;
  }

  /**
   * Restores views, indexes and triggers that another program altered; returns a sentence for each. Throws
   * {@link StoreCorrupt} where a table was altered.
   */
  repair(): string[] {
    const done = repairSchema(this.#db);
    this.#schema = schemaMark(this.#db);
    return done;
  }

  /** Octets in the log that no checkpoint has made reusable. */
  get logBytes(): number {
    return logBytesOf(this.#logPages());
  }

  /** Moves the content of the log to the database where there is enough of it. Never waits for readers. */
  checkpoint(): void {
    const pages = this.#logPages();
    if (pages >= truncatePages) {
      // While SQLite empties the log nobody can write: PASSIVE moves what it can before that.
      this.#checkpoint("PASSIVE");
      this.#checkpoint("TRUNCATE");
    } else if (pages >= checkpointPages) this.#checkpoint("PASSIVE");
  }

  /** Before a write: throws {@link StoreBusy} where the log is at its limit and a reader keeps it from being reused. */
  makeRoom(): void {
    const pages = this.#logPages();
    if (pages < busyLogPages && logBytesOf(pages) < this.#logLimitBytes) return;
    this.#checkpoint("PASSIVE");
    const bytes = this.logBytes;
    if (bytes < this.#logLimitBytes) return;
    const size = `${Math.round(bytes / 2 ** 20)} MiB of the log of ${this.#db.path}`;
    throw new StoreBusy(`a reader holds ${size}; bgpd writes again when the reader ends its query`);
  }

  /** Pages in the log that are not in the database yet. */
  #logPages(): number {
    const row = this.#db.prepare("PRAGMA wal_checkpoint(NOOP)").get();
    const [, log, moved] = row ?? [];
    return Math.max(0, Number(log ?? 0) - Number(moved ?? 0));
  }

  #checkpoint(mode: "PASSIVE" | "TRUNCATE"): void {
    this.#db.prepare(`PRAGMA wal_checkpoint(${mode})`).get();
  }
}
