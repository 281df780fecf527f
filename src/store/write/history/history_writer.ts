/**
 * States that ended, into table `history`. Of a peer that has too many of them none are written for a while
 * (`history_size.ts`): they are counted, and stand in `history_gaps`.
 */

import type { Millis } from "../../../session/mod.ts";
import { type StoreBatch, stride } from "../../../rib/mod.ts";
import { RowBuffer } from "../batch_rows.ts";
import { firstMovedSeq } from "./flushed_rows.ts";
import type { HistorySize } from "./history_size.ts";
import type { Database, Statement } from "../../sqlite.ts";

export class HistoryWriter {
  readonly #rows: RowBuffer;
  readonly #lastSeq: Statement;
  readonly #size: HistorySize;
  /** The latest end of a state so far, and the number of the last state that ended then. */
  #latest = { validTo: 0, seq: 0 };
  /** States of one peer in a row, and when they ended where they are not written. */
  #counted = { peerId: -1, states: 0 };
  #thinned: { from: Millis; to: Millis; beganAt: Millis } | undefined;

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

  /** When the last state ended. */
  get latestEnd(): Millis {
    return this.#latest.validTo;
  }

  flush(): void {
    this.#rows.flush();
  }

  /** The transaction is rolled back. */
  clear(): void {
    this.#rows.clear();
    this.#counted = { peerId: -1, states: 0 };
    this.#thinned = undefined;
  }

  /** States that ended, of a batch. */
  write(batch: StoreBatch, from: number, to: number): void {
    const { history } = batch;
    for (let i = from, at = from * stride.history; i < to; i++, at += stride.history) {
      const validTo = history[at]!, peerId = history[at + 2]!;
      this.#countState(peerId, history[at + 1]!, validTo);
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

  /** States come in runs of one peer: whether they are written is asked once for each. */
  #countState(peerId: number, validFrom: Millis, validTo: Millis): void {
    if (peerId !== this.#counted.peerId) {
      this.#endOfPeer();
      this.#counted = { peerId, states: 0 };
      if (this.#size.isThinned(peerId)) this.#thinned = { from: validTo, to: validTo, beganAt: validFrom };
    }
    this.#counted.states++;
    const thinned = this.#thinned;
    if (thinned === undefined) return;
    thinned.from = Math.min(thinned.from, validTo);
    thinned.to = Math.max(thinned.to, validTo);
    thinned.beganAt = Math.min(thinned.beganAt, validFrom);
  }

  #endOfPeer(): void {
    const { peerId, states } = this.#counted, thinned = this.#thinned;
    this.#counted = { peerId: -1, states: 0 };
    this.#thinned = undefined;
    if (states === 0) return;
    if (thinned === undefined) this.#size.add(peerId, states);
    else this.#size.thin(peerId, thinned.from, thinned.to, thinned.beganAt, states);
  }

  /**
   * Numbers the states that ended in the same millisecond, whatever batch brought them. Nearly all come in order of time;
   * for those that do not, the table is asked.
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
