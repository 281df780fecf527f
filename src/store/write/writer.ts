/**
 * The only connection that writes. It holds the lock and owns every table except `announcements`, which anyone may
 * write.
 *
 * The wall clock is injected; durations use the monotonic clock. Nothing here waits: where a write fails with {@link
 * StoreBusy} or {@link StoreFull}, the caller decides when to try again, and `pacing.ts` how long to leave the lock to
 * others.
 */

import type { Millis } from "../../types/mod.ts";
import type { StoreBatch } from "../../rib/mod.ts";
import { StoreBusy, StoreError } from "../errors.ts";
import {
  clearTheWay,
  defaultAccess,
  type FileAccess,
  grantAccess,
  leaveEmptyLog,
  makeFile,
  removeIfThere,
} from "../files.ts";
import { acquireLock, type Lock, type SystemLocks } from "../lock.ts";
import type { Database } from "../sqlite.ts";
import { Announcements } from "./announcements/announcements.ts";
import { OutcomeRows } from "./announcements/outcomes.ts";
import { type ApplyStats, BatchWriter, rowsOf } from "./batch_writer.ts";
import { carryOver } from "./carry_over.ts";
import { Cleanup } from "./cleanup.ts";
import { ConfiguredPeers } from "./configured_peers.ts";
import { type EarlierRun, type EndOptions, endRun, type RunEnd } from "./earlier_run.ts";
import { writeFirstRows } from "./first_rows.ts";
import { FlushedRows } from "./history/flushed_rows.ts";
import { HistorySize } from "./history/history_size.ts";
import { defaultHistory, type HistoryLimits, HistoryTrim } from "./history/history_trim.ts";
import { LateIndexes } from "./late_indexes.ts";
import { Loader } from "./loader.ts";
import { OpenFile } from "./open_file.ts";
import { openToWrite } from "./opening.ts";
import { PeerRows } from "./peer_rows.ts";
import { writerPragmas } from "./pragmas.ts";
import { RpkiSourceRows } from "./rpki_source_rows.ts";
import { RunValues } from "./run_values.ts";

export interface WriterOptions {
  /** Wall-clock time, ms since 1970. */
  readonly now: () => Millis;
  readonly monotonic?: () => Millis;
  /** The version of the program, for `bgpd show`. */
  readonly version?: string;
  /** The longest transaction outside bulk load. */
  readonly sliceMs?: Millis;
  /** How long a statement waits for the lock of another process before it throws {@link StoreBusy}. */
  readonly busyTimeoutMs?: Millis;
  /** The largest size of the log beside the database; {@link StoreBusy} while a reader keeps more of it in use. */
  readonly walLimitBytes?: number;
  /** Who may read and write the files. */
  readonly access?: FileAccess;
  /** Locks as the operating system sees them. */
  readonly locks?: SystemLocks;
  /** How much history to keep. `false`: write no history; entries that exist stay until `days` is over. */
  readonly history?: HistoryLimits | false;
  /**
   * The writer to replace: the same run goes on in a new file, because the old file was removed, replaced or is
   * damaged. The file at the path is renamed, and everything except routes is carried over. The old writer is closed
   * only on success.
   */
  readonly replaces?: StoreWriter;
  /** What is wrong with the old file, if that file is still at the path. */
  readonly why?: string | undefined;
}

export class StoreWriter {
  readonly path: string;
  /** Messages of the opening for the operator, one sentence each. */
  readonly notes: string[] = [];
  readonly announcements: Announcements;
  readonly outcomes: OutcomeRows;
  readonly configuredPeers: ConfiguredPeers;
  readonly peers: PeerRows;
  readonly run: RunValues;
  readonly rpkiSources: RpkiSourceRows;
  readonly indexes: LateIndexes;
  readonly file: OpenFile;
  /**
   * Reads the previous run, before the first batch. Call in this order: prefixes(), sets(), stale(), retireOrphans().
   */
  readonly loader: Loader;
  /** The previous run, if it was killed. */
  earlier: EarlierRun | undefined;
  readonly #options: Required<Pick<WriterOptions, "now" | "sliceMs" | "busyTimeoutMs" | "walLimitBytes" | "access">>;
  /** `undefined`: another writer took the lock over. */
  #lock: Lock | undefined;
  readonly #db: Database;
  readonly #batches: BatchWriter;
  readonly #flushed: FlushedRows | undefined;
  readonly #cleanup: Cleanup;
  /** No batch, peer or outcome was written yet. */
  #isOpening = true;

  /** Opens or creates a database. Throws {@link StoreError} with one sentence for people. */
  constructor(path: string, options: WriterOptions) {
    this.path = path;
    this.#options = { sliceMs: 40, busyTimeoutMs: 50, walLimitBytes: 2 ** 30, access: defaultAccess, ...options };
    const { replaces } = options;
    const lock = this.#lock = replaces === undefined ? acquireLock(path, options.locks) : replaces.#lock!;
    try {
      const parts = this.#open(path, lock, options);
      this.#db = parts.db;
      this.#flushed = parts.flushed;
      this.#batches = parts.batches;
      this.#cleanup = parts.cleanup;
      this.announcements = parts.announcements;
      this.outcomes = parts.outcomes;
      this.configuredPeers = parts.configuredPeers;
      this.peers = parts.peers;
      this.run = parts.run;
      this.rpkiSources = parts.rpkiSources;
      this.indexes = parts.indexes;
      this.loader = parts.loader;
      this.file = parts.file;
    } catch (error) {
      // Where the old writer goes on, it keeps the lock: no other daemon can take it in between.
      if (replaces === undefined) lock.release();
      throw error;
    }
    const denied = grantAccess(path, this.#options.access);
    if (denied !== undefined) this.notes.push(denied);
    if (replaces === undefined) return;
    replaces.#db.close();
    replaces.#lock = undefined;
    lock.forget();
  }

  /** Writes a whole batch, in as many transactions as it takes. */
  apply(batch: StoreBatch): ApplyStats {
    let busyMs = 0;
    for (;;) {
      const stats = this.applySlice(batch);
      busyMs += stats.busyMs;
      if (stats.done) return { ...stats, busyMs };
    }
  }

  /** Writes a part of a batch in one transaction of about `sliceMs`. */
  applySlice(batch: StoreBatch): ApplyStats {
    this.#endOpening();
    this.file.makeRoom();
    const start = performance.now();
    const done = this.#batches.slice(batch, this.#options.sliceMs, () => this.#writeCollected());
    this.#written();
    return { done, rows: rowsOf(batch), busyMs: performance.now() - start };
  }

  /** Writes what {@link peers}, {@link run} and {@link rpkiSources} have collected. */
  writePeers(): void {
    if (!this.peers.waiting && !this.run.waiting && !this.rpkiSources.waiting) return;
    this.#endOpening();
    this.#db.transaction(() => this.#writeCollected());
    this.#written();
  }

  /**
   * Marks every peer that is not among these as removed, and its routes as gone. This includes the routes of this
   * speaker, which originates no route before the main thread sends it.
   */
  flushOtherPeers(ids: readonly number[], at: Millis): void {
    this.peers.flushOthers(ids, at);
    this.#flushed?.load();
  }

  /** Deletes rows that no view shows any more, for about `budgetMs`. True where more remains. */
  cleanup(budgetMs: Millis): boolean {
    // Where batches have to wait for a reader, cleanup has to wait, too.
    try {
      this.file.makeRoom();
    } catch (error) {
      if (error instanceof StoreBusy) return false;
      throw error;
    }
    return this.#cleanup.run(budgetMs);
  }

  /**
   * Writes what is collected and the end of the run, and closes the database. Where the database cannot be written
   * now, the end of the run is missing and the next start treats the run as killed. `isWhole`: every row of memory is
   * written.
   */
  close(end: RunEnd = "stopped", options: EndOptions = {}): void {
    if (!this.#db.isOpen) return;
    try {
      this.#db.exec("PRAGMA busy_timeout = 300");
      this.writePeers();
      this.#db.transaction(() => endRun(this.#db, this.#options.now(), end, options));
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
    } finally {
      this.#db.close();
      const { access } = this.#options;
      if (end === "stopped" && (access.mode & 0o044) !== 0) leaveEmptyLog(this.path, access);
      this.#lock?.release();
    }
  }

  #open(path: string, lock: Lock, options: WriterOptions) {
    const { replaces, now, why } = options;
    try {
      if (replaces !== undefined) this.notes.push(clearTheWay(path, replaces.file, now(), why));
      return openToWrite(path, {
        now,
        busyTimeoutMs: this.#options.busyTimeoutMs,
        pragmas: writerPragmas,
        prepare: () => {
          makeFile(path, this.#options.access);
          lock.follow();
        },
        note: (text) => this.notes.push(text),
      }, (db) => this.#begin(db, options));
    } catch (error) {
      // The next attempt would take an incomplete file for the file of somebody else.
      if (replaces !== undefined) { for (const end of ["", "-wal", "-shm"]) removeIfThere(path + end); }
      throw error;
    }
  }

  #begin(db: Database, options: WriterOptions) {
    const { now, replaces, history = defaultHistory } = options;
    let whole = { announcements: true, configuredPeers: true };
    if (replaces !== undefined) {
      replaces.#writeLastPeers();
      whole = carryOver(replaces.#db, db);
    }
    this.earlier = writeFirstRows(db, {
      at: now(),
      version: options.version,
      keepsHistory: history !== false,
      isNewRun: replaces === undefined,
    });
    const announcements = new Announcements(
      db,
      { now, monotonic: options.monotonic ?? (() => performance.now()) },
      replaces?.announcements,
    );
    if (!whole.announcements) announcements.restore();
    const limits = history === false ? defaultHistory : history;
    const size = new HistorySize(db, limits.maxMegabytes * 2 ** 20);
    const flushed = history === false ? undefined : new FlushedRows(db, size);
    flushed?.load();
    const trim = new HistoryTrim(db, limits, size, now);
    return {
      db,
      flushed,
      announcements,
      outcomes: new OutcomeRows(db, announcements, () => this.#endOpening()),
      configuredPeers: new ConfiguredPeers(db, replaces?.configuredPeers, { isWhole: whole.configuredPeers }),
      batches: new BatchWriter(db, now, size, flushed),
      cleanup: new Cleanup(db, trim, size, flushed, now),
      peers: new PeerRows(db),
      run: new RunValues(db, now),
      rpkiSources: new RpkiSourceRows(db),
      indexes: new LateIndexes(db),
      loader: new Loader(db),
      file: new OpenFile(db, this.#options.walLimitBytes),
    };
  }

  #writeCollected(): void {
    this.peers.write();
    this.run.write();
    this.rpkiSources.write();
  }

  #written(): void {
    this.peers.written();
    this.run.written();
    this.rpkiSources.written();
  }

  /** Before the content is carried over from a file that is gone or damaged; a damaged file may refuse. */
  #writeLastPeers(): void {
    try {
      this.writePeers();
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
    }
  }

  /**
   * While a run opens and loads the database, statements wait longer for the locks of others. From the first write on,
   * rows wait in memory, and SQLite keeps what it needs for a moment in memory, too.
   */
  #endOpening(): void {
    if (!this.#isOpening) return;
    this.#isOpening = false;
    this.#db.exec(`PRAGMA busy_timeout = ${this.#options.busyTimeoutMs}; ${this.indexes.pragmas}`);
  }
}
