/**
 * Writes history entries. While a peer has too many of them (`history_size.ts`), its entries are counted and recorded
 * in `history_gaps` instead.
 */

import type { Millis } from "../../../types/mod.ts";
import { type StoreBatch, stride } from "../../../rib/mod.ts";
import { RowBuffer } from "../../row_buffer.ts";
import { firstMovedSeq } from "./flushed_rows.ts";
import type { ThinnedEntries } from "./history_gap.ts";
import type { HistorySize } from "./history_size.ts";
import type { Database, Statement } from "../../sqlite.ts";

export class HistoryWriter {
  readonly #rows: RowBuffer;
  readonly #lastSeq: Statement;
  readonly #size: HistorySize;
  /** The latest valid_to so far, and the last seq used for it. */
  #latest = { validTo: 0, seq: 0 };
  /** The current run of entries of one peer. */
  #current = { peerId: -1, entries: 0 };
  /** The same where the entries of that peer are not written. */
  #thinned: ThinnedEntries | undefined;

  constructor(db: Database, size: HistorySize) {
    this.#size = size;
    this.#rows = new RowBuffer(
      db,
      "INSERT INTO history(valid_to, seq, valid_from, peer_id, prefix_id, path_id, attribute_id, ended_by) VALUES ",
      "(?,?,?,?,?,?,?,?)",
      8,
    );
    this.#lastSeq = db.prepare(
      `SELECT seq FROM history WHERE valid_to = ? AND seq < ${firstMovedSeq} ORDER BY seq DESC LIMIT 1`,
    );
    const validTo = Number(db.value("SELECT max(valid_to) FROM history") ?? 0);
    this.#latest = { validTo, seq: this.#seqAt(validTo) };
  }

  /** The latest valid_to of all entries. */
  get latestEnd(): Millis {
    return this.#latest.validTo;
  }

  flush(): void {
    this.#rows.flush();
  }

  /** The transaction is rolled back. */
  clear(): void {
    this.#rows.clear();
    this.#current = { peerId: -1, entries: 0 };
    this.#thinned = undefined;
  }

  /** Writes the history entries [from, to) of a batch. */
  write(batch: StoreBatch, from: number, to: number): void {
    const { history } = batch;
    for (let i = from, at = from * stride.history; i < to; i++, at += stride.history) {
      const validTo = history[at]!, peerId = history[at + 2]!;
      this.#count(peerId, history[at + 1]!, validTo);
      if (this.#thinned !== undefined) continue;
      this.#rows.add8(
        validTo,
        this.#nextSeq(validTo),
        history[at + 1]!,
        peerId,
        history[at + 3]!,
        history[at + 4]!,
        history[at + 5]!,
        history[at + 6]!,
      );
    }
    this.#endOfPeer();
  }

  /** Entries of one peer follow each other; whether they are written is decided once for each such run. */
  #count(peerId: number, validFrom: Millis, validTo: Millis): void {
    if (peerId !== this.#current.peerId) {
      this.#endOfPeer();
      this.#current = { peerId, entries: 0 };
      if (this.#size.isThinned(peerId)) {
        this.#thinned = { peerId, from: validTo, to: validTo, beganAt: validFrom, entries: 0 };
      }
    }
    this.#current.entries++;
    const thinned = this.#thinned;
    if (thinned === undefined) return;
    thinned.from = Math.min(thinned.from, validTo);
    thinned.to = Math.max(thinned.to, validTo);
    thinned.beganAt = Math.min(thinned.beganAt, validFrom);
    thinned.entries++;
  }

  #endOfPeer(): void {
    const { peerId, entries } = this.#current, thinned = this.#thinned;
    this.#current = { peerId: -1, entries: 0 };
    this.#thinned = undefined;
    if (entries === 0) return;
    if (thinned === undefined) this.#size.add(peerId, entries);
    else this.#size.thin(thinned);
  }

  /**
   * The next free seq of this valid_to, also across batches. Entries come nearly always in order of time; for an
   * earlier time the table is read.
   */
  #nextSeq(validTo: Millis): number {
    const latest = this.#latest;
    if (validTo === latest.validTo) return ++latest.seq;
    if (validTo > latest.validTo) {
      latest.validTo = validTo;
      return latest.seq = 1;
    }
    this.#rows.flush();
    return this.#seqAt(validTo) + 1;
  }

  #seqAt(validTo: Millis): number {
    return Number(this.#lastSeq.get(validTo)?.[0] ?? 0);
  }
}
