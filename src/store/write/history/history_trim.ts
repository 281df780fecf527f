/**
 * The history does not grow for ever: states that ended longest ago go first, by age and by size, a few thousand at a time.
 * They stand at the front of the key. Where there is too much, a peer that has much more than the others loses its own. Attribute sets follow (`cleanup.ts`); prefixes that nothing refers to any more go at
 * the next start, because a running RIB relies on them.
 */

import type { Millis } from "../../../session/mod.ts";
import { trimmedOf, trimmedUntil } from "./history_gap.ts";
import type { HistorySize } from "./history_size.ts";
import { missingIndexes } from "../indexes.ts";
import { setDaemonValue } from "../peer_rows.ts";
import type { Database } from "../../sqlite.ts";

export interface HistoryLimits {
  readonly days: number;
  /** About: rows are counted, not octets. */
  readonly maxMegabytes: number;
}

export const defaultHistory: HistoryLimits = { days: 30, maxMegabytes: 8192 };

const chunkRows = 4_000;
const dayMs = 86_400_000;
/** As many prefixes that only the history knew make it worth looking for them at a start: half a second. */
const worthLooking = 10_000;

export class HistoryTrim {
  readonly #db: Database;
  readonly #limits: HistoryLimits;
  readonly #size: HistorySize;
  readonly #now: () => Millis;
  /** Up to where a peer's rows were trimmed; those of others stay in between. */
  #place: { readonly peerId: number; readonly at: readonly [validTo: number, seq: number] } = {
    peerId: -1,
    at: [0, 0],
  };

  constructor(db: Database, limits: HistoryLimits, size: HistorySize, now: () => Millis) {
    this.#db = db;
    this.#limits = limits;
    this.#size = size;
    this.#now = now;
  }

  /** One transaction. False where nothing was to do. */
  step(): boolean {
    const cutoff = this.#now() - this.#limits.days * dayMs;
    const oldest = this.#db.value("SELECT min(valid_to) FROM history");
    if (oldest === null) return false;
    if (Number(oldest) < cutoff) return this.#trim(cutoff);
    if (!this.#size.isTooLarge) return false;
    if (this.#size.countSome()) return true;
    const greediest = this.#size.greediest();
    return greediest !== undefined && this.#trimPeer(greediest) || this.#trim(Number.MAX_SAFE_INTEGER);
  }

  /** The oldest rows of one peer. False where none is found where they were looked for: then all of it is looked at again. */
  #trimPeer(peerId: number): boolean {
    if (this.#place.peerId !== peerId) this.#place = { peerId, at: [0, 0] };
    const { at } = this.#place;
    this.#db.transaction(() => {
      const last = this.#db.prepare(
        "SELECT valid_to, seq FROM (SELECT valid_to, seq FROM history NOT INDEXED WHERE (valid_to, seq) > (?, ?) AND peer_id = ?" +
          " ORDER BY valid_to, seq LIMIT ?) ORDER BY valid_to DESC, seq DESC LIMIT 1",
      ).get(...at, peerId, chunkRows);
      if (last === undefined) {
        this.#place = { peerId: -1, at: [0, 0] };
        return;
      }
      this.#size.add(
        peerId,
        -this.#db.prepare(
          "DELETE FROM history WHERE (valid_to, seq) > (?, ?) AND (valid_to, seq) <= (?, ?) AND peer_id = ?",
        )
          .run(...at, ...last, peerId),
      );
      trimmedOf(this.#db, peerId, Number(last[0]));
      this.#place = { peerId, at: [Number(last[0]), Number(last[1])] };
    });
    this.#size.committed();
    return this.#place.peerId === peerId;
  }

  /** The oldest rows, of those that ended before. */
  #trim(before: Millis): boolean {
    this.#db.transaction(() => {
      const last = this.#db.prepare(
        "SELECT valid_to, seq FROM (SELECT valid_to, seq FROM history WHERE valid_to < ? ORDER BY valid_to, seq LIMIT ?)" +
          " ORDER BY valid_to DESC, seq DESC LIMIT 1",
      ).get(before, chunkRows);
      if (last === undefined) return;
      const unused = Number(
        this.#db.value(
          "SELECT count(DISTINCT prefix_id) FROM history h WHERE (valid_to, seq) <= (?, ?)" +
            " AND NOT EXISTS (SELECT 1 FROM best b WHERE b.prefix_id = h.prefix_id)",
          ...last,
        ),
      );
      if (unused > 0) {
        const counted = Number(this.#db.value("SELECT value FROM daemon WHERE key = 'unused_prefixes'") ?? 0);
        setDaemonValue(this.#db, "unused_prefixes", counted + unused);
      }
      const gone = this.#db.prepare(
        "SELECT peer_id, count(*) FROM history WHERE (valid_to, seq) <= (?, ?) GROUP BY peer_id",
      ).all(...last);
      for (const [peerId, count] of gone) this.#size.add(Number(peerId), -Number(count));
      this.#db.prepare("DELETE FROM history WHERE (valid_to, seq) <= (?, ?)").run(...last);
      this.#db.prepare("DELETE FROM history_gaps WHERE to_at < ?").run(last[0]!);
      trimmedUntil(this.#db, Number(last[0]));
    });
    this.#size.committed();
    return true;
  }
}

/** For the start of a run, before prefixes are loaded: those that neither routes nor the history refer to. */
export function dropUnusedPrefixes(db: Database): void {
  if (Number(db.value("SELECT value FROM daemon WHERE key = 'unused_prefixes'") ?? 0) < worthLooking) return;
  if (missingIndexes(db).includes("history_prefix")) return;
  db.transaction(() => {
    // Most prefixes have a best route: what has none is few, and only that is looked for elsewhere.
    db.exec(
      "DELETE FROM prefixes WHERE NOT EXISTS (SELECT 1 FROM best b WHERE b.prefix_id = prefixes.id)" +
        " AND NOT EXISTS (SELECT 1 FROM peers p CROSS JOIN routes r ON r.peer_id = p.id AND r.prefix_id = prefixes.id)" +
        " AND NOT EXISTS (SELECT 1 FROM history h WHERE h.prefix_id = prefixes.id)",
    );
    db.exec("DELETE FROM daemon WHERE key = 'unused_prefixes'");
  });
}
