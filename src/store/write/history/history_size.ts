/**
 * How large the history is, and whose it is: counted as it grows and shrinks, because asking SQLite means reading all of it.
 *
 * What there may be is shared. A peer that has much more than the others have on average is the first to lose its oldest
 * states; where that is too slow, because its routes come and go faster than rows are deleted, its newest ones are not
 * written down at all for a while. Both stand in `history_gaps`, as that peer's.
 */

import type { Millis } from "../../../session/mod.ts";
import { recordThinned, type ThinnedEntries } from "./history_gap.ts";
import type { Database } from "../../sqlite.ts";

/** Octets of a row with its place in index history_prefix, as measured in tables of some millions. */
const rowBytes = 70;
/** Octets of an attribute set beside its texts and wire form. */
const setOverhead = 50;
/** A peer has too much from this part of the average on, and nothing of it is written from this part of the limit on. */
const muchOfAverage = 1.25;
const muchOfLimit = 1.1;
/** Rows counted at a time: 30 ms. */
const countedRows = 100_000;
/** The average set is looked at so often. */
const sizeEveryMs: Millis = 10_000;

export class HistorySize {
  readonly #db: Database;
  readonly #limitBytes: number;
  #rows: number | undefined;
  #sets: number | undefined;
  #pendingRows = new Map<number, number>();
  #pendingSets = 0;
  /** Rows by peer; complete when {@link #counted} says so. */
  readonly #byPeer = new Map<number, number>();
  /** The key up to which rows are counted, and the last of them; `undefined`: nobody has asked yet. */
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

  /** Rows of a peer came, or with a negative number went, in the transaction that is open. */
  add(peerId: number, rows: number): void {
    this.#pendingRows.set(peerId, (this.#pendingRows.get(peerId) ?? 0) + rows);
  }

  /** As {@link add}, of sets that no route has any more. */
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

  /** About how many octets. The first time it counts rows and sets, 0.1 s for each few millions. */
  bytes(): number {
    this.#rows ??= Number(this.#db.value("SELECT count(*) FROM history"));
    this.#sets ??= Number(this.#db.value("SELECT count(*) FROM attributes WHERE retired_at IS NOT NULL"));
    return this.#rows * rowBytes + (this.#sets === 0 ? 0 : this.#sets * this.#averageSet());
  }

  get isTooLarge(): boolean {
    return this.bytes() > this.#limitBytes;
  }

  /** Goes on counting whose rows they are, a little. False where all are counted. */
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
      "SELECT valid_to, seq FROM (SELECT valid_to, seq FROM history WHERE (valid_to, seq) > (?1, ?2) AND (valid_to, seq) <= (?3, ?4)" +
        " ORDER BY valid_to, seq LIMIT ?5) ORDER BY valid_to DESC, seq DESC LIMIT 1",
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
      "SELECT peer_id, count(*) FROM history WHERE (valid_to, seq) > (?1, ?2) AND (valid_to, seq) <= (?3, ?4) GROUP BY peer_id",
    ).all(Math.max(at[0], -(2 ** 53)), at[1], ...to);
    for (const [peerId, count] of rows) this.#count(Number(peerId), Number(count));
    this.#counting.at = to;
    return true;
  }

  /** A peer that has much more than the others have; the others are not to lose states for its sake. */
  greediest(): number | undefined {
    if (!this.#counted) return undefined;
    let most = -1, of = -1, sum = 0;
    for (const [peerId, rows] of this.#byPeer) {
      sum += rows;
      if (rows > most) [most, of] = [rows, peerId];
    }
    return this.#byPeer.size > 1 && most > muchOfAverage * sum / this.#byPeer.size ? of : undefined;
  }

  /** True where states of this peer are not to be written now: there is too much, and it is this peer's. */
  isThinned(peerId: number): boolean {
    if (this.#rows === undefined || this.#rows * rowBytes < this.#limitBytes || !this.#counted) return false;
    if (this.bytes() < muchOfLimit * this.#limitBytes) return false;
    return this.#byPeer.size === 1 ? this.#byPeer.has(peerId) : this.greediest() === peerId;
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

  /** Of an average set, among the latest. */
  #averageSet(): number {
    if (performance.now() < this.#setBytesAt + sizeEveryMs) return this.#setBytes;
    this.#setBytesAt = performance.now();
    const texts = ["wire", "as_path", "next_hop", "communities", "large_communities", "ext_communities"];
    const length = texts.map((column) => `coalesce(length(${column}), 0)`).join(" + ");
    const latest = "SELECT * FROM attributes ORDER BY id DESC LIMIT 1000";
    return this.#setBytes = setOverhead + Number(this.#db.value(`SELECT avg(${length}) FROM (${latest})`));
  }
}
