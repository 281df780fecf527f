/**
 * Rows of lost sessions. Their states all ended with the session. The rows move from `routes` to `history` piece by
 * piece: by cleanup when there is time, and just before a batch writes rows of the next session of the peer in their
 * place.
 *
 * At the end of the session some rows may have differed from memory. The RIB deletes these rows and then reports
 * `settled`; until then cleanup moves no row of the peer.
 */

import type { Millis } from "../../../types/mod.ts";
import { EndedBy, type StoreBatch, type StoreEvent, stride } from "../../../rib/mod.ts";
import { familyOf } from "../../family_of.ts";
import { routesTableOf } from "../../router_tables.ts";
import type { HistorySize } from "./history_size.ts";
import type { Database, Statement } from "../../sqlite.ts";

/** The first seq of moved rows; entries from the RIB have lower numbers. */
export const firstMovedSeq = 2 ** 24;

/** Rows of a batch whose prefix ids are this close together are moved as one range. */
const maxGap = 64;

interface Flush {
  readonly family: number;
  readonly at: Millis;
}

const lostRowsOf = (table: string) =>
  `FROM ${table} WHERE peer_id = ? AND prefix_id > ? AND prefix_id <= ? AND received_at < ?` +
  ` AND ${familyOf(`${table}.prefix_id`)} = ?`;

/** The statements for a table with current routes. */
class LostRows {
  readonly sql: string;
  readonly insert: Statement;
  readonly delete: Statement;
  readonly any: Statement;

  constructor(db: Database, table: "routes" | "router_routes") {
    this.sql = lostRowsOf(table);
    const received = table === "routes" ? "coalesce(received_id, attribute_id)" : "attribute_id";
    this.insert = db.prepare(
      "INSERT INTO history(valid_to, seq, valid_from, peer_id, prefix_id, path_id, attribute_id, ended_by) SELECT ?1," +
        ` ?2 + row_number() OVER (), received_at, peer_id, prefix_id, path_id, ${received},` +
        ` ${EndedBy.sessionLost} ${numbered(this.sql, 3)}`,
    );
    this.delete = db.prepare(`DELETE ${this.sql}`);
    this.any = db.prepare(`SELECT 1 FROM ${table} WHERE peer_id = ? LIMIT 1`);
  }
}

interface MoveOptions {
  /** Only rows of sessions that were lost before this time. */
  readonly before?: Millis;
  /** Only rows of this family. */
  readonly family?: number | undefined;
}

export class FlushedRows {
  readonly #db: Database;
  readonly #size: HistorySize;
  readonly #lost: Readonly<Record<"routes" | "router_routes", LostRows>>;
  readonly #familyOf: Statement;
  /** Flushes by peer, in the order of time. */
  readonly #flushes = new Map<number, Flush[]>();
  /** The time of the flush of each peer and family that is not settled. */
  readonly #open = new Map<string, Millis>();
  readonly #nextSeq = new Map<Millis, number>();

  constructor(db: Database, size: HistorySize) {
    this.#db = db;
    this.#size = size;
    this.#lost = { routes: new LostRows(db, "routes"), router_routes: new LostRows(db, "router_routes") };
    this.#familyOf = db.prepare(`SELECT ${familyOf("?1")}`);
  }

  /** Reads the flushes that are not cleaned up, and deletes all others. */
  load(): void {
    this.#db.transaction(() => {
      this.#db.exec(
        "DELETE FROM flushes WHERE NOT EXISTS (SELECT 1 FROM peer_families f WHERE f.peer_id = flushes.peer_id AND" +
          " f.family = flushes.family AND f.cleaned_at < f.flushed_at AND flushes.at <= f.flushed_at)",
      );
      this.#db.exec(
        "INSERT OR IGNORE INTO flushes(peer_id, family, at) SELECT peer_id, family, flushed_at FROM peer_families" +
          " WHERE cleaned_at < flushed_at",
      );
    });
    this.#flushes.clear();
    for (const row of this.#db.prepare("SELECT peer_id, family, at FROM flushes ORDER BY at").all()) {
      this.#add(Number(row[0]), { family: Number(row[1]), at: Number(row[2]) });
    }
  }

  /** A session was lost. `isOpen`: {@link settled} follows. */
  flushed({ peerId, family, at, isOpen }: StoreEvent & { readonly kind: "flush" }): void {
    if (this.#lost[routesTableOf(peerId)].any.get(peerId) === undefined) {
      // The first session of a peer begins with a flush, too.
      this.#db.prepare("UPDATE peer_families SET cleaned_at = flushed_at WHERE peer_id = ? AND family = ?")
        .run(peerId, family);
      return this.cleaned(peerId, family, at);
    }
    if (isOpen === true) this.#open.set(`${peerId} ${family}`, at);
    this.#db.prepare("INSERT OR IGNORE INTO flushes(peer_id, family, at) VALUES(?, ?, ?)").run(peerId, family, at);
    this.#add(peerId, { family, at });
  }

  /** The rows in the database are what memory had at the end of the session. */
  settled(peerId: number, family: number, at: Millis): void {
    const key = `${peerId} ${family}`;
    if (this.#open.get(key) === at) this.#open.delete(key);
  }

  /** True where a family of the peer is not settled. */
  isOpen(peerId: number): boolean {
    for (const key of this.#open.keys()) if (key.startsWith(`${peerId} `)) return true;
    return false;
  }

  /** No row of the family from before this flush is left. */
  cleaned(peerId: number, family: number, at: Millis): void {
    this.#db.prepare("DELETE FROM flushes WHERE peer_id = ? AND family = ? AND at <= ?").run(peerId, family, at);
    const left = (this.#flushes.get(peerId) ?? []).filter((flush) => flush.family !== family || flush.at > at);
    if (left.length > 0) this.#flushes.set(peerId, left);
    else this.#flushes.delete(peerId);
    if (this.#flushes.size === 0) this.#nextSeq.clear();
  }

  /** The tables were emptied: no flush is left. */
  forget(): void {
    this.#db.exec("DELETE FROM flushes");
    this.#flushes.clear();
    this.#open.clear();
  }

  /** Moves the rows of a peer with prefix ids in (`after`, `to`]. */
  move(peerId: number, after: number, to: number, { before = Infinity, family: only }: MoveOptions = {}): void {
    const lost = this.#lost[routesTableOf(peerId)];
    for (const { family, at } of this.#flushes.get(peerId) ?? []) {
      if (at >= before) return;
      if (only !== undefined && family !== only) continue;
      if (this.#size.isThinned(peerId)) {
        const beganAt = Number(this.#db.value(`SELECT min(received_at) ${lost.sql}`, peerId, after, to, at, family));
        const gone = lost.delete.run(peerId, after, to, at, family);
        if (gone > 0) this.#size.thin({ peerId, from: at, to: at, beganAt, entries: gone });
        continue;
      }
      const seq = this.#seqAt(at);
      const moved = lost.insert.run(at, seq, peerId, after, to, at, family);
      if (moved === 0) continue;
      lost.delete.run(peerId, after, to, at, family);
      this.#nextSeq.set(at, seq + moved);
      this.#size.add(peerId, moved);
    }
  }

  /** Moves the rows that the rows [from, to) of a batch are about to overwrite. */
  moveBefore({ routes }: StoreBatch, from: number, to: number): void {
    if (this.#flushes.size === 0) return;
    let peer = -1, first = 0, last = 0, before = Infinity;
    const end = to * stride.routes;
    for (let at = from * stride.routes; at < end; at += stride.routes) {
      const peerId = routes[at]!, prefixId = routes[at + 1]!;
      // A superseded row leaves no history entry, but a row of an earlier session may be in its place.
      const limit = routes[at + 6]! < 0 ? -routes[at + 6]! : Infinity;
      if (peerId === peer && prefixId >= last && prefixId - last <= maxGap && limit === before) {
        last = prefixId;
        continue;
      }
      if (peer !== -1) this.#moveRange(peer, first, last, before);
      peer = this.#flushes.has(peerId) ? peerId : -1;
      first = last = prefixId;
      before = limit;
    }
    if (peer !== -1) this.#moveRange(peer, first, last, before);
  }

  /** Superseded rows have one family. Rows of another family that was lost with it may still come. */
  #moveRange(peerId: number, first: number, last: number, before: Millis): void {
    const family = before === Infinity ? undefined : Number(this.#familyOf.get(first)?.[0]);
    this.move(peerId, first - 1, last, { before, family });
  }

  #add(peerId: number, flush: Flush): void {
    const list = this.#flushes.get(peerId) ?? [];
    if (list.some(({ family, at }) => family === flush.family && at === flush.at)) return;
    list.push(flush);
    this.#flushes.set(peerId, list.sort((a, b) => a.at - b.at));
  }

  #seqAt(at: Millis): number {
    const known = this.#nextSeq.get(at);
    if (known !== undefined) return known;
    const highest = this.#db.value("SELECT max(seq) FROM history WHERE valid_to = ?", at);
    const next = Math.max(firstMovedSeq, Number(highest ?? 0));
    this.#nextSeq.set(at, next);
    return next;
  }
}

/** Replaces plain parameters with numbered ones. */
function numbered(sql: string, first: number): string {
  let number = first;
  return sql.replaceAll("?", () => `?${number++}`);
}
