/**
 * What the writer does when there is time: it deletes rows that nobody sees any more, a little at a time, so that the lock
 * is never held long.
 */

import type { Millis } from "../../session/mod.ts";
import type { FlushedRows } from "./history/flushed_rows.ts";
import type { HistorySize } from "./history/history_size.ts";
import type { HistoryTrim } from "./history/history_trim.ts";
import type { Database } from "../sqlite.ts";

/** Rows looked at in one transaction. */
const chunkRows = 4_000;
/** Peer events that are kept. */
const keptEvents = 10_000;
/** Free pages are given back to the file system where they are this many, and a quarter of the file. */
const freePages = 4_096;

/** The walk over the rows of one peer. */
interface Round {
  readonly peerId: number;
  /** The last prefix id looked at. */
  prefixId: number;
  /** What is clean when the walk ends: a session lost meanwhile asks for the next round. */
  readonly families: readonly { readonly family: number; readonly flushedAt: number }[];
}

export class Cleanup {
  readonly #db: Database;
  #round: Round | undefined;
  /** The last retired set looked at. */
  #retiredPlace: readonly [at: number, id: number] = [0, 0];
  #retiredAgainAt: Millis = 0;
  readonly #trim: HistoryTrim;
  readonly #size: HistorySize;
  readonly #toHistory: FlushedRows | undefined;

  /** `toHistory`: where rows of lost sessions go; without it they are deleted. */
  constructor(db: Database, trim: HistoryTrim, size: HistorySize, toHistory: FlushedRows | undefined) {
    this.#db = db;
    this.#trim = trim;
    this.#size = size;
    this.#toHistory = toHistory;
  }

  /** Works for about `budgetMs`, in several transactions. True where more is to do. */
  run(budgetMs: Millis): boolean {
    const deadline = performance.now() + budgetMs;
    do {
      if (!this.step()) return false;
    } while (performance.now() < deadline);
    return true;
  }

  /** One transaction. False where nothing was to do. */
  step(): boolean {
    return this.#flushed() || this.#retired() || this.#trimmed() || this.#events() || this.#freePages();
  }

  /** Rows of sessions that were lost. */
  #flushed(): boolean {
    this.#round ??= this.#nextRound();
    const round = this.#round;
    if (round === undefined || this.#toHistory?.isOpen(round.peerId) === true) return false;
    this.#move(round);
    return true;
  }

  /** Goes on with the walk over a peer's rows. */
  #move(round: Round): void {
    try {
      this.#db.transaction(() => this.#moveChunk(round));
      this.#size.committed();
    } catch (error) {
      // How far it came is not known: from the beginning, then.
      this.#round = undefined;
      this.#size.rolledBack();
      throw error;
    }
  }

  #moveChunk(round: Round): void {
    const toHistory = this.#toHistory;
    const last = this.#db.value(
      "SELECT max(prefix_id) FROM (SELECT prefix_id FROM routes WHERE peer_id = ? AND prefix_id > ? ORDER BY prefix_id LIMIT ?)",
      round.peerId,
      round.prefixId,
      chunkRows,
    );
    if (last === null) {
      const cleaned = this.#db.prepare("UPDATE peer_families SET cleaned_at = ? WHERE peer_id = ? AND family = ?");
      for (const { family, flushedAt } of round.families) {
        cleaned.run(flushedAt, round.peerId, family);
        toHistory?.cleaned(round.peerId, family, flushedAt);
      }
      this.#round = undefined;
      return;
    }
    if (toHistory !== undefined) {
      toHistory.move(round.peerId, round.prefixId, Number(last));
    } else {
      this.#db.prepare(
        "DELETE FROM routes WHERE peer_id = ?1 AND prefix_id > ?2 AND prefix_id <= ?3 AND received_at <" +
          " (SELECT f.flushed_at FROM prefixes x JOIN peer_families f ON f.family = x.family" +
          " WHERE x.id = routes.prefix_id AND f.peer_id = ?1)",
      ).run(round.peerId, round.prefixId, last);
    }
    round.prefixId = Number(last);
  }

  #nextRound(): Round | undefined {
    const waiting = this.#db.prepare("SELECT DISTINCT peer_id FROM peer_families WHERE cleaned_at < flushed_at").all();
    const peerId = waiting.map(([id]) => Number(id)).find((id) => this.#toHistory?.isOpen(id) !== true);
    if (peerId === undefined) return undefined;
    const families = this.#db.prepare("SELECT family, flushed_at FROM peer_families WHERE peer_id = ?").all(peerId)
      .map(([family, flushedAt]) => ({ family: Number(family), flushedAt: Number(flushedAt) }));
    return { peerId, prefixId: -1, families };
  }

  /** Sets that nothing refers to: no route, and no state in the history, which are all later than their retirement. */
  #retired(): boolean {
    if (performance.now() < this.#retiredAgainAt) return false;
    if (this.#db.value("SELECT 1 FROM attributes WHERE retired_at IS NOT NULL LIMIT 1") === null) return false;
    // Without the index each set would cost a scan of all routes.
    if (this.#db.value("SELECT 1 FROM sqlite_schema WHERE name = 'routes_attribute'") === null) return false;
    this.#db.transaction(() => {
      const before = this.#db.value("SELECT coalesce(min(valid_to), 9000000000000000) FROM history");
      const last = this.#db.prepare(
        "SELECT retired_at, id FROM (SELECT retired_at, id FROM attributes WHERE retired_at IS NOT NULL AND" +
          " (retired_at, id) > (?, ?) AND retired_at < ? ORDER BY retired_at, id LIMIT ?)" +
          " ORDER BY retired_at DESC, id DESC LIMIT 1",
      ).get(...this.#retiredPlace, before, chunkRows);
      if (last === undefined) {
        // What is left is still referred to: by rows that wait in memory, or by history.
        this.#retiredPlace = [0, 0];
        this.#retiredAgainAt = performance.now() + 10_000;
        return;
      }
      const gone = this.#db.prepare(
        "DELETE FROM attributes WHERE retired_at IS NOT NULL AND (retired_at, id) > (?, ?) AND (retired_at, id) <= (?, ?)" +
          " AND NOT EXISTS (SELECT 1 FROM routes WHERE attribute_id = attributes.id)" +
          " AND NOT EXISTS (SELECT 1 FROM routes WHERE received_id = attributes.id)",
      ).run(...this.#retiredPlace, ...last);
      this.#size.addSets(-gone);
      this.#retiredPlace = [Number(last[0]), Number(last[1])];
    });
    this.#size.committed();
    return true;
  }

  /** The oldest of the history; before more of it goes, what the piece before it left goes too. */
  #trimmed(): boolean {
    if (!this.#trim.step()) return false;
    this.#retiredAgainAt = 0;
    return true;
  }

  #events(): boolean {
    const last = this.#db.value("SELECT max(id) FROM peer_events");
    if (last === null) return false;
    const first = this.#db.value("SELECT min(id) FROM peer_events");
    if (Number(last) - Number(first) < keptEvents + chunkRows) return false;
    return this.#db.prepare("DELETE FROM peer_events WHERE id <= ?").run(Number(last) - keptEvents) > 0;
  }

  #freePages(): boolean {
    const free = Number(this.#db.value("PRAGMA freelist_count"));
    if (free < freePages || free < Number(this.#db.value("PRAGMA page_count")) / 4) return false;
    // The pragma gives pages back row by row: it has to be run to its end.
    this.#db.prepare("PRAGMA incremental_vacuum(512)").all();
    return true;
  }
}
