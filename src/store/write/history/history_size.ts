/**
 * The size of the history, in total and by peer. It is counted as rows come and go, because SQLite would have to read
 * the whole table.
 *
 * The limit is shared by all peers. Where one peer has much more history than the average, its oldest entries are
 * deleted first. If its routes flap faster than rows are deleted, its new entries are not written for a while.
 * `history_gaps` records both as gaps of this peer.
 */

import type { Millis } from "../../../types/mod.ts";
import { recordThinned, type ThinnedEntries } from "./history_gap.ts";
import type { Database } from "../../sqlite.ts";

/** Octets of a row and its entry in index history_prefix, measured in tables of some millions of rows. */
const rowBytes = 70;
/** Octets of an attribute set in addition to its texts and its encoding. */
const setOverhead = 50;
/**
 * A peer with more than this multiple of the average has too much history. From this multiple of the limit on, its new
 * entries are not written.
 */
const muchOfAverage = 1.25;
const muchOfLimit = 1.1;
/** Rows counted at a time, in 30 ms. */
const countedRows = 100_000;
/** How often the average size of a set is computed. */
const sizeEveryMs: Millis = 10_000;

export class HistorySize {
  readonly #db: Database;
  readonly #limitBytes: number;
  #rows: number | undefined;
  #sets: number | undefined;
  #pendingRows = new Map<number, number>();
  #pendingSets = 0;
  /** Rows by peer; complete once {@link #counted} is true. */
  readonly #byPeer = new Map<number, number>();
  /** The key up to which rows are counted, and the last key to count; `undefined`: counting has not begun. */
  #counting:
    | { at: readonly [validTo: number, seq: number]; readonly end: readonly [validTo: number, seq: number] }
    | undefined;
  #counted = false;
  #setBytes = 0;
  #setBytesAt = -Infinity;

  constructor(db: Database, limitBytes = Infinity) {
    this.#db = db;
    this.#limitBytes = limitBytes;
  }

  /** Rows of a peer were added in the open transaction; a negative number: deleted. */
  add(peerId: number, rows: number): void {
    this.#pendingRows.set(peerId, (this.#pendingRows.get(peerId) ?? 0) + rows);
  }

  /** The same for sets that no route has any more. */
  addSets(sets: number): void {
    this.#pendingSets += sets;
  }

  committed(): void {
    for (const [peerId, rows] of this.#pendingRows) {
      if (this.#rows !== undefined) this.#rows += rows;
      if (this.#counting !== undefined) this.#count(peerId, rows);
    }
    if (this.#sets !== undefined) this.#sets += this.#pendingSets;
    this.rolledBack();
  }

  rolledBack(): void {
    if (this.#pendingRows.size > 0) this.#pendingRows = new Map();
    this.#pendingSets = 0;
  }

  /** The approximate size in octets. The first call counts rows and sets: 0.1 s for some millions of them. */
  bytes(): number {
    this.#rows ??= Number(this.#db.value("SELECT count(*) FROM history"));
    this.#sets ??= Number(this.#db.value("SELECT count(*) FROM attributes WHERE retired_at IS NOT NULL"));
    return this.#rows * rowBytes + (this.#sets === 0 ? 0 : this.#sets * this.#averageSet());
  }

  get isTooLarge(): boolean {
    return this.bytes() > this.#limitBytes;
  }

  /** Counts some more rows by peer. False where all are counted. */
  countSome(): boolean {
    if (this.#counted) return false;
    const last = (sql: string, ...values: number[]) => {
      const row = this.#db.prepare(sql).get(...values);
      return row === undefined ? undefined : [Number(row[0]), Number(row[1])] as const;
    };
    this.#counting ??= {
      at: [-Infinity, 0],
      end: last("SELECT valid_to, seq FROM history ORDER BY valid_to DESC, seq DESC LIMIT 1") ?? [-Infinity, 0],
    };
    const { at, end } = this.#counting;
    const to = last(
      "SELECT valid_to, seq FROM (SELECT valid_to, seq FROM history WHERE (valid_to, seq) > (?1, ?2)" +
        " AND (valid_to, seq) <= (?3, ?4) ORDER BY valid_to, seq LIMIT ?5) ORDER BY valid_to DESC, seq DESC LIMIT 1",
      Math.max(at[0], -(2 ** 53)),
      at[1],
      Math.max(end[0], -(2 ** 53)),
      end[1],
      countedRows,
    );
    if (to === undefined) {
      this.#counted = true;
      return false;
    }
    const rows = this.#db.prepare(
      "SELECT peer_id, count(*) FROM history WHERE (valid_to, seq) > (?1, ?2) AND (valid_to, seq) <= (?3, ?4)" +
        " GROUP BY peer_id",
    ).all(Math.max(at[0], -(2 ** 53)), at[1], ...to);
    for (const [peerId, count] of rows) this.#count(Number(peerId), Number(count));
    this.#counting.at = to;
    return true;
  }

  /** The peer that has much more history than the average; `undefined`: none, or not all rows are counted. */
  largestPeer(): number | undefined {
    if (!this.#counted) return undefined;
    let most = -1, of = -1, sum = 0;
    for (const [peerId, rows] of this.#byPeer) {
      sum += rows;
      if (rows > most) [most, of] = [rows, peerId];
    }
    return this.#byPeer.size > 1 && most > muchOfAverage * sum / this.#byPeer.size ? of : undefined;
  }

  /** True where new entries of this peer are not written now, because its history is far too large. */
  isThinned(peerId: number): boolean {
    if (this.#rows === undefined || this.#rows * rowBytes < this.#limitBytes || !this.#counted) return false;
    if (this.bytes() < muchOfLimit * this.#limitBytes) return false;
    return this.#byPeer.size === 1 ? this.#byPeer.has(peerId) : this.largestPeer() === peerId;
  }

  /** Records, in the open transaction, entries of a peer that were not written. */
  thin(entries: ThinnedEntries): void {
    recordThinned(this.#db, entries);
  }

  #count(peerId: number, rows: number): void {
    const now = (this.#byPeer.get(peerId) ?? 0) + rows;
    if (now > 0) this.#byPeer.set(peerId, now);
    else this.#byPeer.delete(peerId);
  }

  /** Octets of a set: the average of the latest ones. */
  #averageSet(): number {
    if (performance.now() < this.#setBytesAt + sizeEveryMs) return this.#setBytes;
    this.#setBytesAt = performance.now();
    const texts = ["wire", "as_path", "next_hop", "communities", "large_communities", "ext_communities"];
    const length = texts.map((column) => `coalesce(length(${column}), 0)`).join(" + ");
    const latest = "SELECT * FROM attributes ORDER BY id DESC LIMIT 1000";
    return this.#setBytes = setOverhead + Number(this.#db.value(`SELECT avg(${length}) FROM (${latest})`));
  }
}
