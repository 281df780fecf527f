/**
 * Deletes rows that no view shows any more, when the writer has time. Each transaction is short, so that others can
 * take the lock.
 */

import type { Millis } from "../../types/mod.ts";
import { familyOf } from "../family_of.ts";
import { routesTableOf } from "../router_tables.ts";
import { AnnouncementTable } from "./announcements/announcement_table.ts";
import type { FlushedRows } from "./history/flushed_rows.ts";
import type { HistorySize } from "./history/history_size.ts";
import type { HistoryTrim } from "./history/history_trim.ts";
import type { Database, SqlValue } from "../sqlite.ts";

/** Rows that one transaction reads at most. */
const chunkRows = 4_000;
/** The number of events of peers, and of routers, to keep. */
const keptEvents = 10_000;
/** The number of changes of announcements to keep. */
const keptChanges = 200_000;
/** How long announcements stay in the table after they have expired. */
const keptExpiredMs: Millis = 7 * 86_400_000;
/** Free pages return to the file system from this number on, where they are a quarter of the file. */
const freePages = 4_096;

/** Rows that were retired in a range of (retired_at, id). */
const inRange = "retired_at IS NOT NULL AND (retired_at, id) > (?, ?) AND (retired_at, id) <= (?, ?)";
/** Sets that no route has. */
const unusedSets = inRange +
  " AND NOT EXISTS (SELECT 1 FROM routes WHERE attribute_id = attributes.id)" +
  " AND NOT EXISTS (SELECT 1 FROM routes WHERE received_id = attributes.id)" +
  " AND NOT EXISTS (SELECT 1 FROM router_routes WHERE attribute_id = attributes.id)";
/** Destinations that no route has. */
const unusedNlri = inRange +
  " AND NOT EXISTS (SELECT 1 FROM peers p CROSS JOIN routes r ON r.peer_id = p.id AND r.prefix_id = nlri.id)" +
  " AND NOT EXISTS (SELECT 1 FROM router_peer_states p CROSS JOIN router_routes r" +
  " ON r.peer_id = p.id AND r.prefix_id = nlri.id)";

/** A walk over the retired rows of a table. */
class RetiredWalk {
  /** The last row that was read. */
  position: readonly [at: number, id: number] = [0, 0];
  againAt: Millis = 0;

  constructor(readonly table: "attributes" | "nlri") {}
}

/** A walk over the rows of one peer. */
interface PeerWalk {
  readonly peerId: number;
  /** The last prefix id that was read. */
  prefixId: number;
  /** The flushes that are cleaned up when the walk ends. A session that is lost meanwhile needs the next walk. */
  readonly families: readonly { readonly family: number; readonly flushedAt: number }[];
}

export class Cleanup {
  readonly #db: Database;
  #walk: PeerWalk | undefined;
  readonly #retired = [new RetiredWalk("attributes"), new RetiredWalk("nlri")];
  readonly #trim: HistoryTrim;
  readonly #size: HistorySize;
  readonly #toHistory: FlushedRows | undefined;
  readonly #now: () => Millis;
  readonly #table: AnnouncementTable;

  /** `toHistory` moves rows of lost sessions to the history; without it they are deleted. */
  constructor(
    db: Database,
    trim: HistoryTrim,
    size: HistorySize,
    toHistory: FlushedRows | undefined,
    now: () => Millis,
  ) {
    this.#db = db;
    this.#now = now;
    this.#table = new AnnouncementTable(db, now);
    this.#trim = trim;
    this.#size = size;
    this.#toHistory = toHistory;
  }

  /** Works for about `budgetMs` in several transactions. True where more remains. */
  run(budgetMs: Millis): boolean {
    const deadline = performance.now() + budgetMs;
    do {
      if (!this.step()) return false;
    } while (performance.now() < deadline);
    return true;
  }

  /** Runs one transaction. False where nothing was to do. */
  step(): boolean {
    return this.#flushed() || this.#retired.some((walk) => this.#deleteRetired(walk)) || this.#trimmed() ||
      this.#events("peer_events") || this.#events("router_events") || this.#changes() || this.#expired() ||
      this.#freePages();
  }

  /** Moves or deletes rows of lost sessions. */
  #flushed(): boolean {
    this.#walk ??= this.#nextWalk();
    const walk = this.#walk;
    if (walk === undefined || this.#toHistory?.isOpen(walk.peerId) === true) return false;
    this.#move(walk);
    return true;
  }

  /** Continues the walk over the rows of a peer. */
  #move(walk: PeerWalk): void {
    try {
      this.#db.transaction(() => this.#moveChunk(walk));
      this.#size.committed();
    } catch (error) {
      // The position is unknown now: the next walk begins at the start.
      this.#walk = undefined;
      this.#size.rolledBack();
      throw error;
    }
  }

  #moveChunk(walk: PeerWalk): void {
    const toHistory = this.#toHistory;
    const table = routesTableOf(walk.peerId);
    const last = this.#db.value(
      `SELECT max(prefix_id) FROM (SELECT prefix_id FROM ${table} WHERE peer_id = ? AND prefix_id > ? ORDER BY` +
        " prefix_id LIMIT ?)",
      walk.peerId,
      walk.prefixId,
      chunkRows,
    );
    if (last === null) {
      const cleaned = this.#db.prepare("UPDATE peer_families SET cleaned_at = ? WHERE peer_id = ? AND family = ?");
      for (const { family, flushedAt } of walk.families) {
        cleaned.run(flushedAt, walk.peerId, family);
        toHistory?.cleaned(walk.peerId, family, flushedAt);
      }
      this.#walk = undefined;
      return;
    }
    if (toHistory !== undefined) {
      toHistory.move(walk.peerId, walk.prefixId, Number(last));
    } else {
      this.#db.prepare(
        `DELETE FROM ${table} WHERE peer_id = ?1 AND prefix_id > ?2 AND prefix_id <= ?3 AND received_at <` +
          ` (SELECT flushed_at FROM peer_families WHERE peer_id = ?1 AND family = ${familyOf(`${table}.prefix_id`)})`,
      ).run(walk.peerId, walk.prefixId, last);
    }
    walk.prefixId = Number(last);
  }

  #nextWalk(): PeerWalk | undefined {
    const waiting = this.#db.prepare("SELECT DISTINCT peer_id FROM peer_families WHERE cleaned_at < flushed_at").all();
    const peerId = waiting.map(([id]) => Number(id)).find((id) => this.#toHistory?.isOpen(id) !== true);
    if (peerId === undefined) return undefined;
    const families = this.#db.prepare("SELECT family, flushed_at FROM peer_families WHERE peer_id = ?").all(peerId)
      .map(([family, flushedAt]) => ({ family: Number(family), flushedAt: Number(flushedAt) }));
    return { peerId, prefixId: -1, families };
  }

  /** Deletes rows that no route needs and that were retired before the oldest history entry ended. */
  #deleteRetired(walk: RetiredWalk): boolean {
    const { table } = walk;
    if (performance.now() < walk.againAt) return false;
    if (this.#db.value(`SELECT 1 FROM ${table} WHERE retired_at IS NOT NULL LIMIT 1`) === null) return false;
    // Without the index each set would take a scan of all routes.
    const indexes = "SELECT count(*) FROM sqlite_schema WHERE name IN ('routes_attribute', 'router_routes_attribute')";
    if (table === "attributes" && Number(this.#db.value(indexes)) < 2) return false;
    this.#db.transaction(() => {
      const before = this.#db.value("SELECT coalesce(min(valid_to), 9000000000000000) FROM history");
      const last = this.#db.prepare(
        `SELECT retired_at, id FROM (SELECT retired_at, id FROM ${table} WHERE retired_at IS NOT NULL AND` +
          " (retired_at, id) > (?, ?) AND retired_at < ? ORDER BY retired_at, id LIMIT ?)" +
          " ORDER BY retired_at DESC, id DESC LIMIT 1",
      ).get(...walk.position, before, chunkRows);
      if (last === undefined) {
        // The remaining rows are in use: by rows that wait in memory, or by the history.
        walk.position = [0, 0];
        walk.againAt = performance.now() + 10_000;
        return;
      }
      const range = [...walk.position, ...last];
      if (table === "attributes") this.#deleteSets(range);
      else this.#db.prepare(`DELETE FROM nlri WHERE ${unusedNlri}`).run(...range);
      walk.position = [Number(last[0]), Number(last[1])];
    });
    this.#size.committed();
    return true;
  }

  #deleteSets(range: readonly SqlValue[]): void {
    if (this.#db.value("SELECT 1 FROM attribute_details LIMIT 1") !== null) {
      this.#db.prepare(`DELETE FROM attribute_details WHERE id IN (SELECT id FROM attributes WHERE ${unusedSets})`)
        .run(...range);
    }
    const gone = this.#db.prepare(`DELETE FROM attributes WHERE ${unusedSets}`).run(...range);
    this.#size.addSets(-gone);
  }

  /** Deletes the oldest history entries. The next step deletes the sets and destinations that only these used. */
  #trimmed(): boolean {
    if (!this.#trim.step()) return false;
    for (const walk of this.#retired) walk.againAt = 0;
    return true;
  }

  #events(table: "peer_events" | "router_events"): boolean {
    const last = this.#db.value(`SELECT max(id) FROM ${table}`);
    if (last === null) return false;
    const first = this.#db.value(`SELECT min(id) FROM ${table}`);
    if (Number(last) - Number(first) < keptEvents + chunkRows) return false;
    return this.#db.prepare(`DELETE FROM ${table} WHERE id <= ?`).run(Number(last) - keptEvents) > 0;
  }

  /** The log of changes of announcements. */
  #changes(): boolean {
    const last = this.#db.value("SELECT max(id) FROM announcements_log");
    if (last === null) return false;
    const first = this.#db.value("SELECT min(id) FROM announcements_log");
    const surplus = Number(last) - Number(first) - keptChanges;
    if (surplus < chunkRows) return false;
    return this.#db.prepare("DELETE FROM announcements_log WHERE id < ?").run(Number(first) + chunkRows) > 0;
  }

  /** Announcements that expired long ago. The log keeps them. */
  #expired(): boolean {
    const old = this.#db.prepare(
      "SELECT e.id FROM announcements_expired e JOIN announcements a ON a.id = e.id AND a.expires_at IS e.expires_at" +
        " WHERE e.at < ? LIMIT ?",
    ).all(this.#now() - keptExpiredMs, chunkRows);
    if (old.length === 0) return false;
    this.#table.change([], old.map(([id]) => Number(id)), { source: "bgpd" });
    return true;
  }

  #freePages(): boolean {
    const free = Number(this.#db.value("PRAGMA freelist_count"));
    if (free < freePages || free < Number(this.#db.value("PRAGMA page_count")) / 4) return false;
    // The pragma returns a page with each row: it has to be read to its end.
    this.#db.prepare("PRAGMA incremental_vacuum(512)").all();
    return true;
  }
}
