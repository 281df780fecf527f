/**
 * Deletes history entries by age and by size, a few thousand at a time, the oldest first: these are at the front of
 * the key. Where the history is too large and one peer has much more of it than the others, only entries of that peer
 * are deleted.
 *
 * Attribute sets follow in `cleanup.ts`. Prefixes that nothing refers to are deleted at the next start, because a
 * running RIB relies on them.
 */

import type { Millis } from "../../../types/mod.ts";
import { recordTrimmed, recordTrimmedOf } from "./history_gap.ts";
import type { HistorySize } from "./history_size.ts";
import { daemonNumber, setDaemonValue } from "../../daemon_values.ts";
import { missingIndexes } from "../../indexes.ts";
import type { Database } from "../../sqlite.ts";

export interface HistoryLimits {
  readonly days: number;
  /** Approximate: rows are counted, not octets. */
  readonly maxMegabytes: number;
}

export const defaultHistory: HistoryLimits = { days: 30, maxMegabytes: 8192 };

const chunkRows = 4_000;
const dayMs = 86_400_000;
/** From this many unused prefixes on, a start looks for them, which takes half a second. */
const worthLooking = 10_000;

export class HistoryTrim {
  readonly #db: Database;
  readonly #limits: HistoryLimits;
  readonly #size: HistorySize;
  readonly #now: () => Millis;
  /** The entry up to which {@link #trimPeer} has deleted the entries of a peer. */
  #position: { readonly peerId: number; readonly at: readonly [validTo: number, seq: number] } = {
    peerId: -1,
    at: [0, 0],
  };

  #rpkiAgainAt: Millis = 0;

  constructor(db: Database, limits: HistoryLimits, size: HistorySize, now: () => Millis) {
    this.#db = db;
    this.#limits = limits;
    this.#size = size;
    this.#now = now;
  }

  /** Runs one transaction. False where nothing was to delete. */
  step(): boolean {
    const cutoff = this.#now() - this.#limits.days * dayMs;
    if (this.#trimRpki(cutoff)) return true;
    const oldest = this.#db.value("SELECT min(valid_to) FROM history");
    if (oldest === null) return false;
    if (Number(oldest) < cutoff) return this.#trim(cutoff);
    if (!this.#size.isTooLarge) return false;
    if (this.#size.countSome()) return true;
    const peerId = this.#size.largestPeer();
    return peerId !== undefined && this.#trimPeer(peerId) || this.#trim(Number.MAX_SAFE_INTEGER);
  }

  /** Once a day: deletes what ceased to count before the history begins. It takes one walk over the VRPs. */
  #trimRpki(cutoff: Millis): boolean {
    if (this.#now() < this.#rpkiAgainAt) return false;
    this.#rpkiAgainAt = this.#now() + dayMs;
    let count = 0;
    this.#db.transaction(() => {
      for (const table of ["vrp_intervals", "aspa_intervals"]) {
        count += this.#db.prepare(`DELETE FROM ${table} WHERE to_ms < ?`).run(cutoff);
      }
    });
    return count > 0;
  }

  /**
   * Deletes the oldest entries of one peer. False: none is left after the last position; the next search begins at the
   * start.
   */
  #trimPeer(peerId: number): boolean {
    if (this.#position.peerId !== peerId) this.#position = { peerId, at: [0, 0] };
    const { at } = this.#position;
    this.#db.transaction(() => {
      const last = this.#db.prepare(
        "SELECT valid_to, seq FROM (SELECT valid_to, seq FROM history NOT INDEXED WHERE (valid_to, seq) > (?, ?)" +
          " AND peer_id = ? ORDER BY valid_to, seq LIMIT ?) ORDER BY valid_to DESC, seq DESC LIMIT 1",
      ).get(...at, peerId, chunkRows);
      if (last === undefined) {
        this.#position = { peerId: -1, at: [0, 0] };
        return;
      }
      this.#size.add(
        peerId,
        -this.#db.prepare(
          "DELETE FROM history WHERE (valid_to, seq) > (?, ?) AND (valid_to, seq) <= (?, ?) AND peer_id = ?",
        )
          .run(...at, ...last, peerId),
      );
      recordTrimmedOf(this.#db, peerId, Number(last[0]));
      this.#position = { peerId, at: [Number(last[0]), Number(last[1])] };
    });
    this.#size.committed();
    return this.#position.peerId === peerId;
  }

  /** Deletes the oldest entries, of those that ended before this time. */
  #trim(before: Millis): boolean {
    this.#db.transaction(() => {
      const last = this.#db.prepare(
        "SELECT valid_to, seq FROM (SELECT valid_to, seq FROM history WHERE valid_to < ? ORDER BY valid_to, seq" +
          " LIMIT ?) ORDER BY valid_to DESC, seq DESC LIMIT 1",
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
        const counted = daemonNumber(this.#db, "unused_prefixes");
        setDaemonValue(this.#db, "unused_prefixes", counted + unused);
      }
      const gone = this.#db.prepare(
        "SELECT peer_id, count(*) FROM history WHERE (valid_to, seq) <= (?, ?) GROUP BY peer_id",
      ).all(...last);
      for (const [peerId, count] of gone) this.#size.add(Number(peerId), -Number(count));
      this.#db.prepare("DELETE FROM history WHERE (valid_to, seq) <= (?, ?)").run(...last);
      this.#db.prepare("DELETE FROM history_gaps WHERE to_at < ?").run(last[0]!);
      recordTrimmed(this.#db, Number(last[0]));
    });
    this.#size.committed();
    return true;
  }
}

/** At the start of a run, before prefixes are loaded: deletes those that neither a route nor the history refers to. */
export function dropUnusedPrefixes(db: Database): void {
  if (daemonNumber(db, "unused_prefixes") < worthLooking) return;
  if (missingIndexes(db).includes("history_prefix")) return;
  db.transaction(() => {
    // Most prefixes have a best route. Only the few others are looked up in routes and history.
    for (const table of ["prefixes", "nlri"]) {
      db.exec(
        `DELETE FROM ${table} WHERE NOT EXISTS (SELECT 1 FROM best b WHERE b.prefix_id = ${table}.id)` +
          " AND NOT EXISTS (SELECT 1 FROM peers p CROSS JOIN routes r" +
          ` ON r.peer_id = p.id AND r.prefix_id = ${table}.id)` +
          " AND NOT EXISTS (SELECT 1 FROM router_peer_states p CROSS JOIN router_routes r" +
          ` ON r.peer_id = p.id AND r.prefix_id = ${table}.id)` +
          ` AND NOT EXISTS (SELECT 1 FROM history h WHERE h.prefix_id = ${table}.id)`,
      );
    }
    db.exec("DELETE FROM daemon WHERE key = 'unused_prefixes'");
  });
}
