/**
 * The only writing connection. It owns the lock file, the schema and every table but `announcements`, which others write
 * too: {@link StoreWriter.announcements}.
 *
 * A wall clock is injected; durations are measured by the monotonic one. Nothing here waits: who calls decides when to try
 * again ({@link StoreBusy}, {@link StoreFull}) and how long to rest (`pacing.ts`).
 *
 * One file because it is the list of what can be asked of that connection, each in a few lines.
 */

import { families } from "../../types/mod.ts";
import type { Millis } from "../../session/mod.ts";
import {
  decisionStepNames,
  endedByNames,
  ineligibleNames,
  type OutcomeChanges,
  type StoreBatch,
} from "../../rib/mod.ts";
import { repairSchema, schemaMark } from "./alterations.ts";
import { Announcements } from "./announcements/announcements.ts";
import { type ApplyStats, BatchWriter, rowsOf } from "./batch_writer.ts";
import { carryOver } from "./carry_over.ts";
import { Cleanup } from "./cleanup.ts";
import { ConfiguredPeers } from "./configured_peers.ts";
import { type EarlierRun, earlierRun, endEarlierRun, endRun, type RunEnd } from "./earlier_run.ts";
import { StoreBusy, StoreError } from "../errors.ts";
import {
  clearTheWay,
  defaultAccess,
  type FileAccess,
  grantAccess,
  inodeOf,
  makeFile,
  removeIfThere,
  whatBefell,
} from "../files.ts";
import { FlushedRows } from "./history/flushed_rows.ts";
import { tellKilled, tellOff } from "./history/history_gap.ts";
import { HistorySize } from "./history/history_size.ts";
import { defaultHistory, dropUnusedPrefixes, type HistoryLimits, HistoryTrim } from "./history/history_trim.ts";
import { lateIndexes, missingIndexes } from "./indexes.ts";
import { Loader } from "./loader.ts";
import { acquireLock, type Lock, type SystemLocks } from "../lock.ts";
import { openToWrite } from "./opening.ts";
import { OutcomeRows } from "./announcements/outcomes.ts";
import {
  type PeerEvent,
  type PeerIdentity,
  PeerRows,
  type PeerState,
  type PeerStatistics,
  setDaemonValue,
} from "./peer_rows.ts";
import type { Database } from "../sqlite.ts";

export interface WriterOptions {
  /** Wall-clock time, ms since 1970. */
  readonly now: () => Millis;
  /** For `show`: the version of the program. */
  readonly version?: string;
  /** Longest transaction outside bulk load. */
  readonly sliceMs?: Millis;
  /** How long a statement waits for another process's lock before {@link StoreBusy}. */
  readonly busyTimeoutMs?: Millis;
  /** The log beside the database may grow to this; then {@link StoreBusy}, until a reader that holds it open lets go. */
  readonly walLimitBytes?: number;
  /** Who may read and write the files. */
  readonly access?: FileAccess;
  /** What the system says of locks. */
  readonly locks?: SystemLocks;
  /** What is kept of states that ended; `false`: what there is stays for its time, and nothing is added. */
  readonly history?: HistoryLimits | false;
  /**
   * The same run goes on in a new file, because this writer's was removed, replaced or found damaged. What stands at the
   * path is moved aside, and all but the routes is carried over. The other writer is closed when this succeeds, and only then.
   */
  readonly replaces?: StoreWriter;
  /** What is wrong with its file, where that stands at the path. */
  readonly why?: string | undefined;
}

const pageBytes = 4096;
/** Changes all over a table of 200k routes took as much CPU time with twice of it: what is not here, the system has. */
const cacheKib = 8_000;
/**
 * While an index is made: SQLite sorts runs as large as the page cache and then merges them, and runs that fit the
 * processor's cache sort faster. 1.2M prefixes: 1.04 s with 16 MB, 0.70 s with 1 MB, 0.52 s with a thread that helps.
 */
const sortingPragmas = "PRAGMA cache_size = -1000; PRAGMA threads = 1";
const servingPragmas = `PRAGMA cache_size = -${cacheKib}; PRAGMA threads = 0`;
/** A checkpoint when there is time: from so many pages in the log. */
const checkpointPages = 1_000;
/** Then the log is emptied: 128 MiB. */
const truncatePages = 32_768;
/** Between two batches from so many, 256 MiB: a first full table and its indexes are there before. */
const busyLogPages = 65_536;

export class StoreWriter {
  readonly path: string;
  /** What the operator should know about the opening, one sentence each. */
  readonly notes: string[] = [];
  readonly announcements: Announcements;
  readonly configuredPeers: ConfiguredPeers;
  readonly #outcomes: OutcomeRows;
  /** The run before, where it ended without a word. */
  earlier: EarlierRun | undefined;
  readonly #options: Required<Omit<WriterOptions, "version" | "replaces" | "why" | "history" | "locks">>;
  /** Another writer has it now where there is none. */
  #lock: Lock | undefined;
  readonly #db: Database;
  readonly #batches: BatchWriter;
  readonly #peers: PeerRows;
  readonly #flushed: FlushedRows | undefined;
  readonly #cleanup: Cleanup;
  readonly #loader: Loader;
  readonly #inode: number | null;
  #opening = true;
  /** Views, indexes and triggers are as they should be up to here. */
  #schema: string;
  readonly #logInode: number | null;

  /** Opens or creates a database. Throws {@link StoreError} with one sentence for people. */
  constructor(path: string, options: WriterOptions) {
    this.path = path;
    this.#options = { sliceMs: 40, busyTimeoutMs: 50, walLimitBytes: 2 ** 30, access: defaultAccess, ...options };
    const { replaces } = options;
    const lock = this.#lock = replaces === undefined ? acquireLock(path, options.locks) : replaces.#lock!;
    try {
      if (replaces !== undefined) this.notes.push(clearTheWay(path, replaces, options.now(), options.why));
      try {
        const parts = openToWrite(path, {
          now: options.now,
          busyTimeoutMs: this.#options.busyTimeoutMs,
          pragmas: `PRAGMA journal_size_limit = ${truncatePages * pageBytes}; ${servingPragmas}`,
          prepare: () => {
            makeFile(path, this.#options.access);
            lock.follow();
          },
          note: (text) => this.notes.push(text),
        }, (db) => this.#begin(db, options));
        this.#db = parts.db;
        this.#flushed = parts.flushed;
        this.#batches = parts.batches;
        this.#cleanup = parts.cleanup;
        this.announcements = parts.announcements;
        this.configuredPeers = parts.configuredPeers;
        this.#outcomes = new OutcomeRows(parts.db);
        this.#peers = parts.peers;
        this.#loader = parts.loader;
        this.#schema = schemaMark(parts.db);
      } catch (error) {
        // A file half made would be taken for somebody else's at the next attempt.
        if (replaces !== undefined) { for (const end of ["", "-wal", "-shm"]) removeIfThere(path + end); }
        throw error;
      }
    } catch (error) {
      // The run goes on with the other writer, and no other daemon is to come in between.
      if (replaces === undefined) lock.release();
      throw error;
    }
    this.#inode = inodeOf(path);
    this.#logInode = inodeOf(`${path}-wal`);
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

  /** One transaction's worth of a batch, about `sliceMs`. */
  applySlice(batch: StoreBatch): ApplyStats {
    this.#opened();
    this.#watchLog();
    const start = performance.now();
    const done = this.#batches.slice(batch, this.#options.sliceMs, () => this.#peers.write());
    this.#peers.written();
    return { done, rows: rowsOf(batch), busyMs: performance.now() - start };
  }

  /** The id of a peer, stable by its name. */
  upsertPeer(peer: PeerIdentity): number {
    return this.#peers.upsert(peer);
  }

  /** Deletes a peer of which there is nothing but its name; false where there is more. */
  forgetPeer(id: number): boolean {
    return this.#peers.forget(id);
  }

  /** Noted; written with the next batch or {@link writePeers}. */
  peerState(peerId: number, state: PeerState): void {
    this.#peers.state(peerId, state);
  }

  peerStatistics(peerId: number, statistics: PeerStatistics): void {
    this.#peers.statistics(peerId, statistics);
  }

  peerEvent(peerId: number, event: PeerEvent): void {
    this.#peers.event(peerId, event);
  }

  /** The text of the configuration in force. */
  configuration(text: string): void {
    this.#peers.configuration(text);
  }

  /** Rows that memory has and the database does not, at this moment; and for how long the daemon once did not answer. */
  backlog(rows: number, longestStallMs: Millis): void {
    this.#peers.backlog(rows, longestStallMs, this.#options.now());
  }

  /** The daemon lives, for the next run to know. */
  alive(): void {
    this.#peers.alive(this.#options.now());
  }

  /** Writes what was noted about peers. */
  writePeers(): void {
    if (!this.#peers.waiting) return;
    this.#opened();
    this.#db.transaction(() => this.#peers.write());
    this.#peers.written();
  }

  /** {@link outcomes} has something to write of these. */
  hasOutcomes({ outcomes, keys, gone }: OutcomeChanges): boolean {
    return outcomes.length + keys.length + gone.length > 0 || this.announcements.hasGoneRows;
  }

  /** Writes what became of announcements. */
  outcomes(changes: OutcomeChanges): void {
    this.#opened();
    const goneRows = this.announcements.takeGoneRows();
    try {
      this.#outcomes.write(changes, (key) => this.announcements.idOf(key), goneRows);
    } catch (error) {
      this.announcements.returnGoneRows(goneRows);
      throw error;
    }
  }

  /** Peers of which somebody took the row away. */
  takeMissingPeers(): number[] {
    return this.#peers.takeMissing();
  }

  /** Into a file that is no longer there, from which it will be carried over; a damaged one may refuse. */
  #writeLastPeers(): void {
    try {
      this.writePeers();
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
    }
  }

  /**
   * Peers that are not among these left the configuration: their routes are gone, and `show` passes over them. Gone are also
   * the routes of this speaker itself, which originates nothing before it is told to.
   */
  flushOtherPeers(ids: readonly number[], at: Millis): void {
    this.#db.prepare(
      "UPDATE peers SET state = 'Removed' WHERE id <> 0 AND id NOT IN (SELECT value FROM json_each(?))",
    ).run(JSON.stringify(ids));
    this.#db.prepare(
      "UPDATE peer_families SET flushed_at = ?, eor_at = NULL, routes = 0 WHERE" +
        " peer_id NOT IN (SELECT value FROM json_each(?)) AND flushed_at < ?",
    ).run(at, JSON.stringify(ids), at);
    this.#flushed?.load();
  }

  /** Deletes rows that nobody sees any more, for about so long. True where more is to do. */
  cleanup(budgetMs: Millis): boolean {
    // Where rows have to wait for a reader to let go of the log, what nobody misses waits as well.
    try {
      this.#watchLog();
    } catch (error) {
      if (error instanceof StoreBusy) return false;
      throw error;
    }
    return this.#cleanup.run(budgetMs);
  }

  get indexesMissing(): boolean {
    return missingIndexes(this.#db).length > 0;
  }

  /** Creates the indexes that are missing. For when the first backlog has drained: a full table takes two seconds. */
  buildIndexes(): void {
    while (this.buildIndex());
  }

  /** Creates one missing index. False where none is missing. */
  buildIndex(): boolean {
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

  /** Gives up the indexes that a full table would keep busy. {@link buildIndexes} makes them again. */
  dropIndexes(): void {
    for (const { name } of lateIndexes) if (name !== "history_prefix") this.#db.exec(`DROP INDEX IF EXISTS ${name}`);
  }

  /** Moves what is in the log to the database, if that is worth it. Never waits for readers. */
  checkpoint(): void {
    const pages = this.#logPages();
    if (pages >= truncatePages) {
      // Nobody can write while the log is emptied: what there is to move is moved before.
      this.#checkpoint("PASSIVE");
      this.#checkpoint("TRUNCATE");
    } else if (pages >= checkpointPages) this.#checkpoint("PASSIVE");
  }

  /** Bytes in the log that no checkpoint has made reusable. */
  logBytes(): number {
    return this.#logPages() * pageBytes;
  }

  /** False where the file was removed or replaced: what we write, nobody sees. */
  fileIsOurs(): boolean {
    return inodeOf(this.path) === this.#inode;
  }

  /** What was done to the file itself while it is open, in words. */
  get befell(): string | undefined {
    return whatBefell(this.path, this.#logInode);
  }

  /** Since the last {@link repair} somebody wrote, and may have changed tables, views or triggers. Costs microseconds. */
  get isAltered(): boolean {
    return schemaMark(this.#db) !== this.#schema;
  }

  /**
   * Puts right what somebody altered, as far as nothing is lost by it; says what that was. Throws {@link StoreCorrupt} where
   * more is wrong.
   */
  repair(): string[] {
    const done = repairSchema(this.#db);
    this.#schema = schemaMark(this.#db);
    return done;
  }

  /** True where this is the log that we write, which would be poison to another database of the same name. */
  logIsOurs(inode: number | null): boolean {
    return inode !== null && inode === this.#logInode;
  }

  /** Makes sure that a peer stands in the database with the id that it has in memory. */
  restorePeer(id: number, peer: PeerIdentity): void {
    this.#peers.restore(id, peer);
  }

  /** Peers that have routes here, and are not among these. */
  otherPeers(ids: readonly number[]): { id: number; name: string; remoteIp: string | undefined }[] {
    return this.#db.prepare(
      "SELECT id, name, remote_ip FROM peers WHERE id <> 0 AND id NOT IN (SELECT value FROM json_each(?))" +
        " AND EXISTS (SELECT 1 FROM routes WHERE peer_id = peers.id)",
    ).all(JSON.stringify(ids)).map(([id, name, remoteIp]) => ({
      id: Number(id),
      name: String(name),
      remoteIp: remoteIp === null ? undefined : String(remoteIp),
    }));
  }

  /** For the start, before the first batch; in this order: `prefixes()`, `sets()`, `stale()`, `retireOrphans(now)`. */
  get loader(): Loader {
    return this.#loader;
  }

  /**
   * Writes what was noted, says that the daemon is gone, and lets the database go. The farewell is dropped where the
   * database cannot be written now: the next start tidies up. `isWhole`: no row waits in memory any more.
   */
  close(end: RunEnd = "stopped", isWhole = true): void {
    if (!this.#db.isOpen) return;
    try {
      this.#db.exec("PRAGMA busy_timeout = 300");
      this.writePeers();
      this.#db.transaction(() => endRun(this.#db, this.#options.now(), end, isWhole));
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
    } finally {
      this.#db.close();
      this.#lock?.release();
    }
  }

  #begin(db: Database, options: WriterOptions) {
    const { now, replaces, history = defaultHistory } = options;
    let whole = { announcements: true, configuredPeers: true };
    if (replaces !== undefined) {
      replaces.#writeLastPeers();
      whole = carryOver(replaces.#db, db);
    }
    this.#writeFirstRows(db, options);
    const announcements = new Announcements(db, replaces?.announcements);
    if (!whole.announcements) announcements.restore();
    const configuredPeers = new ConfiguredPeers(db, replaces?.configuredPeers, whole.configuredPeers);
    const limits = history === false ? defaultHistory : history;
    const size = new HistorySize(db, limits.maxMegabytes * 2 ** 20);
    const flushed = history === false ? undefined : new FlushedRows(db, size);
    flushed?.load();
    const batches = new BatchWriter(db, now, size, flushed);
    const trim = new HistoryTrim(db, limits, size, now);
    const cleanup = new Cleanup(db, trim, size, flushed);
    return {
      db,
      flushed,
      batches,
      cleanup,
      announcements,
      configuredPeers,
      peers: new PeerRows(db),
      loader: new Loader(db),
    };
  }

  #writeFirstRows(db: Database, { now, version, replaces, history }: WriterOptions): void {
    const at = now();
    db.transaction(() => {
      if (replaces === undefined) tellKilled(db, at);
      tellOff(db, history !== false, at);
      db.exec("INSERT OR IGNORE INTO peers(id, name, description) VALUES(0, 'local', 'this speaker')");
      const family = db.prepare("INSERT OR IGNORE INTO peer_families(peer_id, family) VALUES(0, ?)");
      for (const { id } of families) family.run(id);
      const word = db.prepare("INSERT OR REPLACE INTO words(kind, id, word) VALUES(?, ?, ?)");
      decisionStepNames.forEach((text, id) => word.run("step", id, text));
      ineligibleNames.forEach((text, id) => word.run("ineligible", id, text));
      endedByNames.forEach((text, id) => word.run("ended", id, text));
      setDaemonValue(db, "pid", Deno.pid);
      setDaemonValue(db, "backlog", 0);
      setDaemonValue(db, "longest_stall_ms", 0);
      if (version !== undefined) setDaemonValue(db, "version", version);
      if (replaces !== undefined) return;
      setDaemonValue(db, "started_at", at);
      this.earlier = earlierRun(db, at);
      endEarlierRun(db, at);
    });
    if (replaces === undefined) dropUnusedPrefixes(db);
  }

  /** Until the first rows of the run are to be written, opening and loading wait for others' locks. From then on RIB rows wait. */
  #opened(): void {
    if (!this.#opening) return;
    this.#opening = false;
    this.#db.exec(`PRAGMA busy_timeout = ${this.#options.busyTimeoutMs}`);
  }

  #watchLog(): void {
    const { walLimitBytes } = this.#options;
    if (this.#logPages() < Math.min(busyLogPages, walLimitBytes / pageBytes)) return;
    this.#checkpoint("PASSIVE");
    const pages = this.#logPages();
    if (pages * pageBytes < walLimitBytes) return;
    throw new StoreBusy(
      `a reader holds ${
        Math.round(pages * pageBytes / 2 ** 20)
      } MiB of the log of ${this.path}; writing goes on when it lets go`,
    );
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
