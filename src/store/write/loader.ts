/**
 * Reads what the previous run left, for the RIB: prefixes and NLRI with their ids, the attribute sets of routes, and
 * the routes, which are stale until their peers announce them again. Chunks are typed arrays in the layouts of {@link
 * StoreBatch}.
 */

import { type FamilyId, familyOf, isFamilyId, isOfRouter, type PeerId } from "../../types/mod.ts";
import { nlriCodec } from "../../message/mod.ts";
import { type SavedRouters, stride } from "../../rib/mod.ts";
import { StoreCorrupt } from "../errors.ts";
import type { Database, SqlRow } from "../sqlite.ts";
import { savedRouters } from "./router_rows.ts";

/** Numbers per row of {@link Loader.stale}. */
const staleStride = 6;

/** The largest id: the RIB has ids in columns of 32-bit numbers. */
const maxId = 2 ** 31 - 1;

/** Rows in a chunk. */
const chunkRows = 20_000;

/** Rows of one query. `node:sqlite` returns a thousand rows together four times faster than one by one. */
const pageRows = 1000;

/** Sets that routes refer to. */
const usedSets = "SELECT attribute_id FROM routes UNION SELECT received_id FROM routes WHERE received_id IS NOT NULL" +
  " UNION SELECT attribute_id FROM router_routes";

export class Loader {
  readonly #db: Database;
  /** Family by id of a destination; {@link prefixes} and {@link nlri} fill it. */
  #familyOf = new Uint8Array(0);
  readonly #loadedSets = new Set<number>();

  constructor(db: Database) {
    this.#db = db;
  }

  /**
   * Throws {@link StoreCorrupt} where prefixes have duplicates or ids that bgpd never writes. Each row is checked
   * later, as it is read. The index finds duplicates of a full table in 0.1 s.
   */
  check(): void {
    if (this.lastIds().prefix > maxId) throw this.#corrupt(`a row of prefixes or nlri has an id beyond ${maxId}`);
    this.#checkNlri();
    const distinct = "SELECT count(*) FROM (SELECT DISTINCT family, hi, lo, len FROM prefixes)";
    if (this.#db.value(distinct) === this.#db.value("SELECT count(*) FROM prefixes")) return;
    const twice = this.#db.prepare(
      "SELECT prefix, group_concat(id) FROM prefixes GROUP BY family, hi, lo, len HAVING count(*) > 1 LIMIT 1",
    ).get();
    throw this.#corrupt(`${twice?.[0]} stands in prefixes more than once (ids ${twice?.[1]})`);
  }

  #checkNlri(): void {
    const both = this.#db.value("SELECT min(id) FROM nlri WHERE EXISTS (SELECT 1 FROM prefixes WHERE id = nlri.id)");
    if (both !== null) throw this.#corrupt(`id ${both} stands in prefixes and in nlri`);
  }

  /**
   * Ids of destinations that returned under another id: the RIB had forgotten them, and the run ended before their rows
   * were retired.
   */
  #returned(): Set<number> {
    const returned = new Set<number>();
    const query = this.#db.prepare(
      "SELECT group_concat(id) FROM nlri WHERE retired_at IS NULL GROUP BY family, key HAVING count(*) > 1",
    );
    for (const [ids] of query.iterate()) {
      const sorted = String(ids).split(",").map(Number).sort((a, b) => a - b);
      for (const id of sorted.slice(0, -1)) returned.add(id);
    }
    return returned;
  }

  /** The highest ids in use: a new row gets a higher one. `prefix`: of prefixes and of NLRI. */
  lastIds(): { prefix: number; set: number } {
    const ofPrefixes = Number(this.#db.value("SELECT coalesce(max(id), 0) FROM prefixes"));
    const ofNlri = Number(this.#db.value("SELECT coalesce(max(id), 0) FROM nlri"));
    return {
      prefix: Math.max(ofPrefixes, ofNlri),
      set: Number(this.#db.value("SELECT coalesce(max(id), 0) FROM attributes")),
    };
  }

  /** Routers that report by BMP, and their tables. */
  routers(): SavedRouters {
    return savedRouters(this.#db);
  }

  /** All prefixes in the order of their ids. Call before {@link nlri}. */
  *prefixes(): Generator<Int32Array<ArrayBuffer>> {
    this.#familyOf = new Uint8Array(this.lastIds().prefix + 1);
    let rows = new Int32Array(chunkRows * stride.prefixes);
    let at = 0;
    // An IPv4 address (odd family ids) is the low half of hi. Fewer columns are faster.
    const query = this.#db.prepare(
      "SELECT id, family << 8 | len, CASE WHEN family & 1 THEN hi ELSE hi >> 32 END," +
        " CASE WHEN family & 1 THEN 0 ELSE hi & 4294967295 END, lo >> 32, lo & 4294967295 FROM prefixes" +
        ` WHERE id > ? ORDER BY id LIMIT ${pageRows}`,
    );
    for (const row of inPages((last) => query.all(last?.[0] ?? -maxId))) {
      if (!isPrefix(row)) throw this.#corrupt(`row ${row[0]} of prefixes is not a prefix`);
      const id = row[0] as number, kind = row[1] as number;
      this.#familyOf[id] = kind >> 8;
      rows[at] = id;
      rows[at + 1] = kind >> 8;
      rows[at + 2] = row[2] as number;
      rows[at + 3] = row[3] as number;
      rows[at + 4] = row[4] as number;
      rows[at + 5] = row[5] as number;
      rows[at + 6] = kind & 255;
      at += stride.prefixes;
      if (at === rows.length) {
        yield rows;
        rows = new Int32Array(chunkRows * stride.prefixes);
        at = 0;
      }
    }
    if (at > 0) yield rows.slice(0, at);
  }

  /**
   * All other destinations that are not retired, in the order of their ids. `rows` as in {@link StoreBatch}. Call after
   * {@link prefixes} and before {@link stale}.
   */
  *nlri(): Generator<{ rows: Int32Array<ArrayBuffer>; bytes: Uint8Array<ArrayBuffer> }> {
    const query = this.#db.prepare(
      `SELECT id, family, key FROM nlri WHERE id > ? AND retired_at IS NULL ORDER BY id LIMIT ${pageRows}`,
    );
    const returned = this.#returned();
    for (let last = -maxId;;) {
      const found = query.all(last);
      if (found.length === 0) return;
      last = found.at(-1)![0] as number;
      const page = found.filter(([id]) => !returned.has(id as number));
      const keys = page.map((row) => this.#keyOf(row));
      const rows = new Int32Array(page.length * stride.nlri);
      const bytes = new Uint8Array(keys.reduce((sum, key) => sum + key.length, 0));
      let offset = 0;
      page.forEach(([id, family], i) => {
        const key = keys[i]!;
        this.#familyOf[id as number] = family as number;
        rows.set([id as number, family as number, offset, key.length], i * stride.nlri);
        bytes.set(key, offset);
        offset += key.length;
      });
      yield { rows, bytes };
    }
  }

  /** The key of a row: id, family, key. Throws {@link StoreCorrupt} where it is none. */
  #keyOf([id, family, key]: SqlRow): Uint8Array {
    if (typeof family === "number" && isFamilyId(family) && key instanceof Uint8Array && isKey(family, key)) return key;
    throw this.#corrupt(`row ${id} of nlri is not a destination`);
  }

  /** The sets of all routes, in the order of their ids. `rows`: id, offset into `bytes`, length. */
  *sets(): Generator<{ rows: Float64Array<ArrayBuffer>; bytes: Uint8Array<ArrayBuffer> }> {
    this.#collectUsed();
    const query = this.#db.prepare(
      "SELECT a.id, a.wire FROM used u CROSS JOIN attributes a ON a.id = u.id WHERE u.id > ?" +
        ` ORDER BY u.id LIMIT ${pageRows}`,
    );
    let wires: Uint8Array[] = [];
    let ids: number[] = [];
    const chunk = () => {
      const rows = new Float64Array(ids.length * stride.sets);
      const bytes = new Uint8Array(wires.reduce((sum, wire) => sum + wire.length, 0));
      let offset = 0;
      wires.forEach((wire, i) => {
        rows.set([ids[i]!, offset, wire.length], i * stride.sets);
        bytes.set(wire, offset);
        offset += wire.length;
      });
      wires = [];
      ids = [];
      return { rows, bytes };
    };
    for (const [id, wire] of inPages((last) => query.all(last?.[0] ?? -1))) {
      if (!(wire instanceof Uint8Array)) throw this.#corrupt(`row ${id} of attributes has no octets in wire`);
      ids.push(id as number);
      this.#loadedSets.add(id as number);
      wires.push(wire as Uint8Array);
      if (ids.length === chunkRows) yield chunk();
    }
    if (ids.length > 0) yield chunk();
  }

  /**
   * The routes of every peer, without those of lost sessions, in chunks of one peer and family. `rows`: prefixId,
   * pathId, attributeId, receivedId (0: the same as attributeId), ineligible, receivedAt. Call after {@link nlri} and
   * {@link sets}.
   */
  *stale(): Generator<{ peerId: PeerId; family: FamilyId; rows: Float64Array<ArrayBuffer> }> {
    const flushed = new Map<string, number>();
    for (const row of this.#db.prepare("SELECT peer_id, family, flushed_at FROM peer_families").iterate()) {
      flushed.set(`${row[0]} ${row[1]}`, Number(row[2]));
    }
    const page = ` WHERE peer_id = ? AND (prefix_id, path_id) > (?, ?) ORDER BY prefix_id, path_id LIMIT ${pageRows}`;
    const ours = this.#db.prepare(
      "SELECT prefix_id, path_id, attribute_id, coalesce(received_id, 0), ineligible, received_at FROM routes" + page,
    );
    const ofRouters = this.#db.prepare(
      "SELECT prefix_id, path_id, attribute_id, 0, 0, received_at FROM router_routes" + page,
    );
    const peers = "SELECT id FROM peers UNION ALL SELECT id FROM router_peer_states ORDER BY id";
    for (const [id] of this.#db.prepare(peers).all()) {
      const peerId = id as PeerId;
      const query = isOfRouter(peerId) ? ofRouters : ours;
      const open = new Map<FamilyId, { rows: Float64Array<ArrayBuffer>; used: number; flushedAt: number }>();
      for (const row of inPages((last) => query.all(peerId, last?.[0] ?? -maxId, last?.[1] ?? 0))) {
        const family = (this.#familyOf[row[0] as number] ?? 0) as FamilyId | 0;
        // A route without its prefix or its set is skipped; the peer announces it again.
        if (family === 0 || !this.#loadedSets.has(row[2] as number)) continue;
        if (row[3] !== 0 && !this.#loadedSets.has(row[3] as number)) continue;
        let block = open.get(family);
        if (block === undefined) {
          block = {
            rows: new Float64Array(chunkRows * staleStride),
            used: 0,
            flushedAt: flushed.get(`${peerId} ${family}`) ?? 0,
          };
          open.set(family, block);
        }
        if (!areNumbers(row)) {
          throw this.#corrupt(
            `a row of routes, of prefix ${row[0]} from peer ${peerId}, has a value that is not a number`,
          );
        }
        const receivedAt = row[5] as number;
        if (receivedAt < block.flushedAt) continue;
        for (let i = 0; i < staleStride; i++) block.rows[block.used + i] = row[i] as number;
        block.used += staleStride;
        if (block.used === block.rows.length) {
          yield { peerId, family, rows: block.rows };
          block.rows = new Float64Array(chunkRows * staleStride);
          block.used = 0;
        }
      }
      for (const [family, { rows, used }] of open) if (used > 0) yield { peerId, family, rows: rows.slice(0, used) };
    }
  }

  /** At the start of a run: no route is held and none is best before its peer has announced it again. */
  forgetHeld(): void {
    this.#db.transaction(() =>
      this.#db.exec("DELETE FROM best; UPDATE peer_families SET routes = 0, lag = 0, accepted = 0")
    );
  }

  /**
   * Marks the sets that no route has as retired, for cleanup, and all others as in use; and destinations that returned
   * under another id. Call after loading and before the first batch: later a set can be waiting for its first route.
   */
  retireOrphans(at: number): void {
    this.#collectUsed();
    const used = "(SELECT id FROM temp.used)";
    this.#db.transaction(() => {
      this.#db.prepare(`UPDATE attributes SET retired_at = NULL WHERE retired_at IS NOT NULL AND id IN ${used}`).run();
      this.#db.prepare(`UPDATE attributes SET retired_at = ? WHERE retired_at IS NULL AND id NOT IN ${used}`).run(at);
    });
    const retire = this.#db.prepare("UPDATE nlri SET retired_at = ? WHERE id = ?");
    const returned = [...this.#returned()];
    if (returned.length > 0) this.#db.transaction(() => returned.forEach((id) => retire.run(at, id)));
    this.#db.exec("DROP TABLE temp.used");
    this.#familyOf = new Uint8Array(0);
    this.#loadedSets.clear();
  }

  /** Collects the ids of used sets in a temporary table: to find them takes a walk over all routes. */
  #collectUsed(): void {
    if (this.#db.value("SELECT 1 FROM sqlite_temp_schema WHERE name = 'used'") !== null) return;
    this.#db.exec(`CREATE TEMP TABLE used(id INTEGER PRIMARY KEY); INSERT INTO used ${usedSets}`);
  }

  #corrupt(what: string): StoreCorrupt {
    return new StoreCorrupt(`somebody altered the database ${this.#db.path}: ${what}`);
  }
}

/** The rows of all pages. A page is read with the last row of the page before. */
function* inPages(page: (last: SqlRow | undefined) => SqlRow[]): Generator<SqlRow, void, undefined> {
  for (let rows = page(undefined); rows.length > 0; rows = rows.length < pageRows ? [] : page(rows.at(-1))) yield* rows;
}

/** True for a key that the codec of its family can read: the NLRI that it makes is valid. */
function isKey(family: FamilyId, key: Uint8Array): boolean {
  const codec = nlriCodec(family);
  if (codec === undefined) return false;
  try {
    const wire = codec.join(key, undefined);
    return codec.size(wire, 0, wire.length) === wire.length &&
      codec.fault(wire, 0, wire.length, true) === undefined;
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError) return false;
    throw error;
  }
}

function areNumbers(row: SqlRow): boolean {
  for (let i = 0; i < row.length; i++) if (typeof row[i] !== "number") return false;
  return true;
}

/** True where the six columns are a valid prefix: numbers, a known family, and a length within its address. */
function isPrefix(row: SqlRow): boolean {
  const kind = row[1];
  if (typeof kind !== "number" || !areNumbers(row)) return false;
  const family = kind >> 8;
  if (!isFamilyId(family) || familyOf(family).kind !== "prefix") return false;
  const { addressBytes } = familyOf(family);
  // hi of an IPv4 prefix holds the address and nothing else.
  if (addressBytes === 4 && (row[2] as number) >>> 0 !== row[2]) return false;
  return (kind & 255) <= 8 * addressBytes;
}
