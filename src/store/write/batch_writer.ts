/**
 * Writes batches of the RIB into the tables, in transactions of bounded length. The next transaction continues where
 * the last one ended. After a failure, writing the same batch again continues after the last commit.
 *
 * One file because all rows of a batch go through one list of buffers, which a transaction flushes or clears together.
 */

import { type FamilyId, isIpv4, isOfRouter, type Millis } from "../../types/mod.ts";
import { type StoreBatch, type StoreEvent, stride } from "../../rib/mod.ts";
import { setDaemonValue } from "../daemon_values.ts";
import type { Database } from "../sqlite.ts";
import { RowBuffer } from "../row_buffer.ts";
import type { FlushedRows } from "./history/flushed_rows.ts";
import type { HistorySize } from "./history/history_size.ts";
import { HistoryWriter } from "./history/history_writer.ts";
import { NlriRows } from "./nlri_rows.ts";
import { RouterRows } from "./router_rows.ts";
import { RpkiRows } from "./rpki_rows.ts";
import { ipv4PrefixText, ipv6PrefixText } from "./prefix_text.ts";
import { detailColumns, setDetails } from "./set_details.ts";
import { SetText } from "./set_text.ts";

/** Rows between two readings of the clock. */
const stepRows = 1024;

type Section = "events" | "prefixes" | "nlri" | "sets" | "routes" | "best" | "history" | "retired";
/** A row is written after the rows that it refers to: prefixes and sets before routes, routes before retired sets. */
const order: readonly Section[] = ["events", "prefixes", "nlri", "sets", "routes", "best", "history", "retired"];

/** The next row of a batch to write. */
interface BatchPosition {
  section: number;
  row: number;
}

export interface ApplyStats {
  /** False: the batch is not finished; call again with the same batch. */
  readonly done: boolean;
  /** All rows of the batch. */
  readonly rows: number;
  /** How long this call held the lock. */
  readonly busyMs: Millis;
}

export class BatchWriter {
  readonly #db: Database;
  readonly #now: () => Millis;
  readonly #text = new SetText();
  readonly #ipv4: RowBuffer;
  readonly #ipv6: RowBuffer;
  readonly #nlri: NlriRows;
  readonly #sets: RowBuffer;
  readonly #details: RowBuffer;
  readonly #plainRoutes: RowBuffer;
  /** The same, with a validity. */
  readonly #validatedRoutes: RowBuffer;
  readonly #routes: RowBuffer;
  readonly #goneRoutes: RowBuffer;
  readonly #best: RowBuffer;
  readonly #goneBest: RowBuffer;
  readonly #history: HistoryWriter;
  readonly #rpki: RpkiRows;
  readonly #routers: RouterRows;
  readonly #retired: RowBuffer;
  readonly #buffers: readonly Pick<RowBuffer, "flush" | "clear">[];
  /** Moves rows of lost sessions to the history; `undefined`: the history is off. */
  readonly #flushed: FlushedRows | undefined;
  readonly #size: HistorySize;
  /** The unfinished batch, and its first row that is not committed. */
  #unfinished: StoreBatch | undefined;
  #committed: BatchPosition = { section: 0, row: 0 };

  /** `now`: wall-clock time. */
  constructor(db: Database, now: () => Millis, size: HistorySize, flushed: FlushedRows | undefined) {
    this.#db = db;
    this.#size = size;
    this.#flushed = flushed;
    this.#now = now;
    const prefixes = "INSERT INTO prefixes(id, family, hi, lo, len, prefix) VALUES ";
    const samePrefix = " ON CONFLICT(id) DO UPDATE SET family = excluded.family, hi = excluded.hi, lo = excluded.lo," +
      " len = excluded.len, prefix = excluded.prefix WHERE prefix <> excluded.prefix OR family <> excluded.family";
    this.#ipv4 = new RowBuffer(db, prefixes, "(?,?,?,0,?,?)", 5, samePrefix);
    this.#ipv6 = new RowBuffer(db, prefixes, "(?,?,(?<<32)|?,(?<<32)|?,?,?)", 8, samePrefix);
    this.#nlri = new NlriRows(db);
    this.#sets = new RowBuffer(
      db,
      "INSERT OR REPLACE INTO attributes(id, wire, origin_as, next_hop, as_path, origin, med, local_pref," +
        " communities," +
        " large_communities, ext_communities) VALUES ",
      "(?,?,?,?,?,?,?,?,?,?,?)",
      11,
    );
    this.#details = new RowBuffer(
      db,
      `INSERT OR REPLACE INTO attribute_details(id, ${detailColumns.join(", ")}) VALUES `,
      `(?${",?".repeat(detailColumns.length)})`,
      1 + detailColumns.length,
    );
    const routes = "INSERT OR REPLACE INTO routes(peer_id, prefix_id, path_id, attribute_id, received_id, ineligible," +
      " received_at, confirmed_at) VALUES ";
    this.#plainRoutes = new RowBuffer(db, routes, "(?,?,-1,?,NULL,0,?,NULL)", 4);
    const validated = routes.replace("confirmed_at)", "confirmed_at, validity)");
    this.#validatedRoutes = new RowBuffer(db, validated, "(?,?,-1,?,NULL,0,?,NULL,?)", 5);
    this.#routes = new RowBuffer(db, validated, "(?,?,?,?,nullif(?,0),?,?,nullif(?,0),nullif(?,0))", 9);
    const gone = "DELETE FROM routes WHERE (peer_id, prefix_id, path_id) IN (VALUES ";
    this.#goneRoutes = new RowBuffer(db, gone, "(?,?,?)", 3, ")");
    this.#best = new RowBuffer(
      db,
      "INSERT OR REPLACE INTO best(prefix_id, peer_id, path_id, step, since) VALUES ",
      "(?,?,?,?,?)",
      5,
    );
    this.#goneBest = new RowBuffer(db, "DELETE FROM best WHERE prefix_id IN (", "?", 1, ")");
    this.#history = new HistoryWriter(db, size);
    this.#rpki = new RpkiRows(db, now());
    this.#routers = new RouterRows(db);
    this.#retired = new RowBuffer(
      db,
      "UPDATE attributes SET retired_at = v.column2 FROM (VALUES ",
      "(?,?)",
      2,
      ") v WHERE id = v.column1",
    );
    this.#buffers = [
      this.#ipv4,
      this.#ipv6,
      this.#nlri,
      this.#sets,
      this.#details,
      this.#plainRoutes,
      this.#validatedRoutes,
      this.#routes,
      this.#goneRoutes,
      this.#routers,
      this.#best,
      this.#goneBest,
      this.#history,
      this.#retired,
    ];
  }

  /**
   * Writes a part of the batch in one transaction of about `limitMs`. `first` writes other rows in the same
   * transaction. True where the whole batch is committed.
   */
  slice(batch: StoreBatch, limitMs: Millis, first: () => void): boolean {
    if (this.#unfinished !== batch) {
      this.#unfinished = batch;
      this.#committed = { section: 0, row: 0 };
    }
    const place = { ...this.#committed };
    try {
      this.#db.transaction(() => {
        first();
        this.#walk(batch, place, performance.now() + limitMs);
        for (const buffer of this.#buffers) buffer.flush();
        if (place.section === order.length && batch.writtenTo > 0) {
          setDaemonValue(this.#db, "written_to", batch.writtenTo);
        }
      });
    } catch (error) {
      for (const buffer of this.#buffers) buffer.clear();
      this.#size.rolledBack();
      throw error;
    }
    this.#size.committed();
    this.#committed = place;
    if (place.section < order.length) return false;
    this.#unfinished = undefined;
    return true;
  }

  #walk(batch: StoreBatch, place: BatchPosition, deadline: Millis): void {
    while (place.section < order.length) {
      const section = order[place.section]!;
      const count = rowsIn(batch, section);
      while (place.row < count) {
        const to = Math.min(count, place.row + stepRows);
        this.#write(batch, section, place.row, to);
        place.row = to;
        if (performance.now() >= deadline) return;
      }
      // The next section may read rows that still wait in a buffer.
      for (const buffer of this.#buffers) buffer.flush();
      place.section++;
      place.row = 0;
    }
  }

  #write(batch: StoreBatch, section: Section, from: number, to: number): void {
    switch (section) {
      case "events":
        for (let i = from; i < to; i++) this.#event(batch.events[i]!);
        return;
      case "prefixes":
        return this.#writePrefixes(batch.prefixes, from, to);
      case "nlri":
        return this.#nlri.write(batch.nlri, batch.nlriBytes, from, to);
      case "sets":
        return this.#writeSets(batch.sets, batch.setBytes, from, to);
      case "routes":
        this.#flushed?.moveBefore(batch, from, to);
        return this.#writeRoutes(batch.routes, from, to);
      case "best":
        return this.#writeBest(batch.best, from, to);
      case "history":
        return this.#history.write(batch, from, to);
      case "retired": {
        const at = this.#retiredAt;
        for (let i = from; i < to; i++) this.#retired.add2(batch.retired[i]!, at);
        this.#size.addSets(to - from);
        return;
      }
      default:
        section satisfies never;
    }
  }

  /** Not before the end of a history entry that has the retired row: cleanup keeps the row as long as that entry. */
  get #retiredAt(): Millis {
    return Math.max(this.#now(), this.#history.latestEnd);
  }

  #event(event: StoreEvent): void {
    switch (event.kind) {
      case "flush":
        this.#family(event.peerId, event.family, "flushed_at = max(flushed_at, ?3), eor_at = NULL", event.at);
        this.#flushed?.flushed(event);
        return;
      case "settled":
        this.#flushed?.settled(event.peerId, event.family, event.at);
        return;
      case "endOfRib":
        this.#family(event.peerId, event.family, "eor_at = ?3", event.at);
        return;
      case "stale":
        // Stale rows need a new End-of-RIB.
        this.#family(
          event.peerId,
          event.family,
          "stale_before = ?3, eor_at = iif(?3 > 0, NULL, eor_at)",
          event.before,
        );
        return;
      case "multipath":
        return this.#writeMultipath(event.rows);
      case "held":
        return this.#writeHeld(event.rows);
      case "gap":
        this.#db.prepare("INSERT INTO history_gaps(from_at, to_at, changes, began_at) VALUES(?, ?, ?, ?)")
          .run(event.from, event.to, event.changes, event.since);
        return;
      case "words": {
        const insert = this.#db.prepare("INSERT OR REPLACE INTO words(kind, id, word) VALUES('ineligible', ?, ?)");
        for (const [id, text] of event.words) insert.run(id, text);
        return;
      }
      case "retiredNlri": {
        const retire = this.#db.prepare("UPDATE nlri SET retired_at = ? WHERE id = ?");
        const at = this.#retiredAt;
        for (const id of event.ids) retire.run(at, id);
        return;
      }
      case "vrps":
      case "aspas":
      case "rpkiComplete":
        return this.#rpki.write(event);
      case "router":
      case "routerPeer":
      case "routerStatistics":
      case "routerEvent":
        return this.#routers.write(event);
      case "reset":
        // Prefixes and sets stay: the RIB overwrites them, and the history may refer to them.
        this.#db.exec("DELETE FROM routes; DELETE FROM router_routes; DELETE FROM best; DELETE FROM multipath");
        if (this.#flushed === undefined) return;
        // Entries since the last one that was written, or since a lost session that was not moved, are missing.
        this.#db.prepare(
          "INSERT INTO history_gaps(from_at, to_at, changes, began_at)" +
            " VALUES(coalesce((SELECT min(at) FROM flushes), (SELECT max(valid_to) FROM history), 0), ?, 0, 0)",
        ).run(event.at);
        this.#flushed.forget();
        return;
      default:
        event satisfies never;
    }
  }

  /** The rows of a prefix begin with one with peer id -1, which deletes the old rows; its multipath routes follow. */
  #writeMultipath(rows: Float64Array): void {
    const forget = this.#db.prepare("DELETE FROM multipath WHERE prefix_id = ?");
    const insert = this.#db.prepare("INSERT INTO multipath(prefix_id, peer_id, path_id, rank) VALUES(?, ?, ?, ?)");
    let rank = 0;
    for (let at = 0; at < rows.length; at += 3) {
      const prefixId = rows[at]!, peerId = rows[at + 1]!;
      if (peerId === -1) forget.run(prefixId);
      rank = peerId === -1 ? 0 : rank + 1;
      if (rank > 0) insert.run(prefixId, peerId, rows[at + 2]!, rank);
    }
  }

  #writeHeld(rows: Float64Array): void {
    const update = this.#db.prepare(
      "INSERT INTO peer_families(peer_id, family, routes, lag, accepted) VALUES(?, ?, ?, ?, ?)" +
        " ON CONFLICT DO UPDATE SET routes = excluded.routes, lag = excluded.lag, accepted = excluded.accepted",
    );
    for (let at = 0; at < rows.length; at += stride.held) update.run(...rows.subarray(at, at + stride.held));
  }

  #family(peerId: number, family: number, assignment: string, value: number): void {
    this.#db.prepare("INSERT INTO peer_families(peer_id, family) VALUES(?, ?) ON CONFLICT DO NOTHING")
      .run(peerId, family);
    this.#db.prepare(`UPDATE peer_families SET ${assignment} WHERE peer_id = ?1 AND family = ?2`)
      .run(peerId, family, value);
  }

  #writePrefixes(rows: Int32Array, from: number, to: number): void {
    for (let i = from, at = from * stride.prefixes; i < to; i++, at += stride.prefixes) {
      const id = rows[at]!, family = rows[at + 1]! as FamilyId, w0 = rows[at + 2]!, length = rows[at + 6]!;
      if (isIpv4(family)) {
        this.#ipv4.add5(id, family, w0 >>> 0, length, ipv4PrefixText(w0, length));
        continue;
      }
      const w1 = rows[at + 3]!, w2 = rows[at + 4]!, w3 = rows[at + 5]!;
      const text = ipv6PrefixText(w0, w1, w2, w3, length);
      this.#ipv6.add(id, family, w0, w1 >>> 0, w2, w3 >>> 0, length, text);
    }
  }

  #writeSets(rows: Float64Array, bytes: Uint8Array, from: number, to: number): void {
    const text = this.#text;
    for (let i = from, at = from * stride.sets; i < to; i++, at += stride.sets) {
      const start = rows[at + 1]!, end = start + rows[at + 2]!;
      text.read(bytes, start, end);
      this.#sets.add(
        rows[at]!,
        bytes.subarray(start, end),
        text.originAs,
        text.nextHop,
        text.asPath,
        text.origin,
        text.med,
        text.localPref,
        text.communities,
        text.largeCommunities,
        text.extCommunities,
      );
      if (text.hasDetails) this.#details.add(rows[at]!, ...setDetails(bytes, start, end));
    }
  }

  #writeRoutes(rows: Float64Array, from: number, to: number): void {
    for (let i = from, at = from * stride.routes; i < to; i++, at += stride.routes) {
      const peerId = rows[at]!, prefixId = rows[at + 1]!, pathId = rows[at + 2]!, attributeId = rows[at + 3]!;
      const receivedId = rows[at + 4]!, ineligible = rows[at + 5]!, confirmedAt = rows[at + 7]!;
      const validity = rows[at + 8]!;
      if (isOfRouter(peerId)) {
        this.#routers.route(peerId, prefixId, pathId, attributeId, rows[at + 6]!, confirmedAt);
      } else if (attributeId === 0) {
        this.#goneRoutes.add3(peerId, prefixId, pathId);
      } else if (pathId === -1 && receivedId === 0 && ineligible === 0 && confirmedAt === 0) {
        if (validity === 0) this.#plainRoutes.add4(peerId, prefixId, attributeId, rows[at + 6]!);
        else this.#validatedRoutes.add5(peerId, prefixId, attributeId, rows[at + 6]!, validity);
      } else {
        this.#routes.add(
          peerId,
          prefixId,
          pathId,
          attributeId,
          receivedId,
          ineligible,
          rows[at + 6]!,
          confirmedAt,
          validity,
        );
      }
    }
  }

  #writeBest(rows: Float64Array, from: number, to: number): void {
    for (let i = from, at = from * stride.best; i < to; i++, at += stride.best) {
      const prefixId = rows[at]!, peerId = rows[at + 1]!;
      if (peerId === -1) this.#goneBest.add1(prefixId);
      else this.#best.add5(prefixId, peerId, rows[at + 2]!, rows[at + 3]!, rows[at + 4]!);
    }
  }
}

function rowsIn(batch: StoreBatch, section: Section): number {
  switch (section) {
    case "events":
      return batch.events.length;
    case "prefixes":
      return batch.prefixCount;
    case "nlri":
      return batch.nlriCount;
    case "sets":
      return batch.setCount;
    case "routes":
      return batch.routeCount;
    case "best":
      return batch.bestCount;
    case "history":
      return batch.historyCount;
    case "retired":
      return batch.retiredCount;
  }
}

/** The number of rows of a batch. */
export function rowsOf(batch: StoreBatch): number {
  return order.reduce((sum, section) => sum + rowsIn(batch, section), 0);
}
