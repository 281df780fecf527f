/**
 * The table `announcements`: the one place that says what is announced by hand. Commands, the API and anyone with
 * `sqlite3` write it; here it is read again whenever it changed, and only what differs from the last time is told.
 *
 * Of two rows for the same prefix (and peer) the newer one counts; the older one says so in its `error`.
 *
 * One file because memory follows the table row by row: whoever writes one writes the other.
 */

import { formatPrefix, parsePrefix } from "../../../types/mod.ts";
import { asSetsRefused, hasAsSets } from "../../../message/mod.ts";
import { canonicalRemote, type NamedPeer, PeerDirectory, whyNotFound } from "../../../config/mod.ts";
import type { OriginatedRoute } from "../../../rib/mod.ts";
import {
  announcementColumns,
  announcementKey,
  type AnnouncementRow,
  type AnnouncementSource,
  type AnnouncementText,
  type AnnouncementValues,
  announcementValues,
  maxTextLength,
  type ReadAnnouncement,
  readAnnouncement,
  textOfRoute,
} from "./announcement.ts";
import { StoreError } from "../../errors.ts";
import type { Database, SqlRow, SqlValue, Statement } from "../../sqlite.ts";

/** A route to announce. Two with the same key replace each other. */
export interface AnnouncedRoute {
  readonly key: string;
  /** Only to this peer; `undefined`: to all whose export allows. */
  readonly peerId: number | undefined;
  readonly route: OriginatedRoute;
}

export interface AnnouncementChanges {
  readonly announced: readonly AnnouncedRoute[];
  /** Keys. */
  readonly withdrawn: readonly string[];
}

/** A peer that rows may name. `takesAsSets`: a route with an AS_SET may be announced to it (RFC 9774). */
export interface RowPeer extends NamedPeer {
  readonly takesAsSets: boolean;
}

/** A row as it was read last: the same object as long as it says the same. */
interface Known {
  readonly values: AnnouncementValues;
  readonly source: SqlValue;
  readonly read: ReadAnnouncement;
}

interface Announced {
  readonly id: number;
  readonly known: Known;
  readonly peerId: number | undefined;
}

export class Announcements {
  readonly #db: Database;
  /** Database ids of peers that rows may name. */
  readonly #peers: PeerDirectory<number>;
  readonly #asSetTakers: Set<number>;
  readonly #version: Statement;
  readonly #rows: Statement;
  #lastVersion: SqlValue = null;
  #stale = true;
  #known = new Map<number, Known>();
  /** What is announced now, by key. */
  #announced = new Map<string, Announced>();
  /** Rows of which the last outcome may be written, and which are not announced any more. */
  #goneRows: number[] = [];
  /** Rows of the same prefix and peer, wrong ones too. Of no use while the table may be another. */
  #byKey = new Map<string, number[]>();
  /** Changes that {@link add} and {@link remove} made and {@link read} has not told yet. */
  #own: { announced: Map<string, AnnouncedRoute>; withdrawn: Set<string> } = nothing();
  /** What the column `error` should say where it does not. */
  #errors = new Map<number, string | null>();

  /** `before`: the table that this one follows. What that one announced and this one does not is withdrawn. */
  constructor(db: Database, before?: Announcements) {
    this.#db = db;
    this.#peers = before === undefined ? new PeerDirectory() : before.#peers;
    this.#asSetTakers = before === undefined ? new Set() : before.#asSetTakers;
    if (before !== undefined) {
      this.#announced = before.#announced;
      this.#known = before.#known;
      this.#own = before.#own;
    }
    this.#version = db.prepare("PRAGMA data_version");
    this.#rows = db.prepare(
      `SELECT id, ${cell("error")}, ${
        cell("source")
      }, ${cells} FROM announcements WHERE id > ? ORDER BY id LIMIT ${pageRows}`,
    ).useBigInts();
  }

  /** True where {@link read} may have something to tell. Costs microseconds. */
  get changed(): boolean {
    return this.#own.announced.size + this.#own.withdrawn.size > 0 || !this.#isKnown;
  }

  /** Nobody else can have changed the table since it was read: what stands in it is known. */
  get #isKnown(): boolean {
    return !this.#stale && this.#version.get()?.[0] === this.#lastVersion;
  }

  /** Rows may name this peer: from now on those that do count. */
  addPeer(peer: RowPeer, id: number): void {
    this.#peers.set(peer, id);
    if (peer.takesAsSets) this.#asSetTakers.add(id);
    else this.#asSetTakers.delete(id);
    this.#stale = true;
  }

  removePeer(name: string): void {
    this.#asSetTakers.delete(this.#peers.get(name)!);
    this.#peers.delete(name);
    this.#stale = true;
  }

  /** What is to be announced and withdrawn since the last time. */
  read(): AnnouncementChanges {
    const { announced, withdrawn } = this.#own;
    this.#own = nothing();
    const own = { announced: [...announced.values()], withdrawn: [...withdrawn] };
    if (this.#isKnown) return own;
    const others = this.#readAll();
    return {
      announced: [...own.announced, ...others.announced],
      // A key that was withdrawn and is announced again in the meantime is not to go.
      withdrawn: [...own.withdrawn.filter((key) => !this.#announced.has(key)), ...others.withdrawn],
    };
  }

  #readAll(): AnnouncementChanges {
    // Before the rows: what changes in between is seen the next time.
    this.#lastVersion = this.#version.get()?.[0] ?? null;
    this.#stale = false;
    const known = new Map<number, Known>();
    const newest = new Map<string, { id: number; route: AnnouncedRoute }>();
    const verdicts = new Map<number, string | null>();
    const written = new Map<number, SqlValue>();
    this.#byKey.clear();
    for (const [idValue, error, source, ...values] of this.#allRows()) {
      const id = Number(idValue);
      const read = this.#readRow(id, values, source!, known);
      written.set(id, error ?? null);
      const verdict = this.#judge(read);
      this.#keep(id, verdict.kind === "route" ? verdict.route.key : this.#keyOf(values));
      if (verdict.kind === "wrong") {
        verdicts.set(id, verdict.error);
        continue;
      }
      verdicts.set(id, null);
      const { route } = verdict;
      const older = newest.get(route.key);
      if (older !== undefined) verdicts.set(older.id, `row ${id} announces the same and is newer`);
      newest.set(route.key, { id, route });
    }
    this.#known = known;
    this.#errors = new Map([...verdicts].filter(([id, error]) => written.get(id) !== error));
    return this.#compare(newest);
  }

  /** The row that is announced under this key. */
  idOf(key: string): number | undefined {
    return this.#announced.get(key)?.id;
  }

  get hasGoneRows(): boolean {
    return this.#goneRows.length > 0;
  }

  /** Rows that are announced no more, since the last call. */
  takeGoneRows(): number[] {
    return this.#goneRows.splice(0);
  }

  /** They could not be written of. */
  returnGoneRows(ids: readonly number[]): void {
    this.#goneRows.push(...ids);
  }

  /** What the last {@link read} found wrong, by row, where the column does not say so yet; `null`: nothing any more. */
  get errors(): ReadonlyMap<number, string | null> {
    return this.#errors;
  }

  /** True where {@link writeErrors} has something to write. */
  get hasErrors(): boolean {
    return this.#errors.size > 0;
  }

  /** Writes the column `error` where it should say something else. */
  writeErrors(): void {
    this.#db.transaction(() => {
      const update = this.#db.prepare("UPDATE announcements SET error = ? WHERE id = ?");
      for (const [id, error] of this.#errors) update.run(error, id);
    });
    this.#errors = new Map();
  }

  /** Writes rows that memory knows, and the table, which came out of a damaged one, does not. */
  restore(): void {
    const insert = this.#db.prepare(
      `INSERT OR IGNORE INTO announcements(id, source, ${announcementColumns}) VALUES(?, ?${
        ", ?".repeat(announcementColumns.split(", ").length)
      })`,
    );
    this.#db.transaction(() => {
      for (const [id, { values, source }] of this.#known) insert.run(id, source, ...values);
    });
  }

  /** Adds a row; those for the same prefix and peer give way. Throws {@link StoreError} where it is wrong. */
  add(text: AnnouncementText, source: AnnouncementSource): number {
    const read = readAnnouncement(announcementValues(text));
    if (read.kind === "wrong") throw new StoreError(read.error);
    const peer = this.#nameOf(read.peer);
    // Numbers as they will be read.
    const values = announcementValues({ ...textOfRoute(read.route, peer ?? null), origin: text.origin })
      .map((value) => typeof value === "number" ? BigInt(value) : value);
    const key = announcementKey(read.route.prefix, peer);
    const isKnown = this.#isKnown;
    const gone = isKnown ? this.#byKey.get(key) ?? [] : this.#matching(key);
    const id = this.#db.transaction(() => {
      this.#delete(gone);
      return Number(this.#db.value(
        `INSERT INTO announcements(${announcementColumns}, source) VALUES(${
          "?, ".repeat(values.length)
        }?) RETURNING id`,
        ...values,
        source,
      ));
    });
    if (isKnown) this.#added(id, key, gone, { values, source, read: readAnnouncement(values) });
    else this.#stale = true;
    return id;
  }

  /** Memory follows what {@link add} wrote: the whole table would be read again for each of many thousand rows. */
  #added(id: number, key: string, gone: readonly number[], known: Known): void {
    this.#forget(key, gone);
    this.#known.set(id, known);
    this.#keep(id, key);
    const verdict = this.#judge(known.read);
    if (verdict.kind === "wrong") {
      this.#errors.set(id, verdict.error);
      return;
    }
    const { route } = verdict;
    this.#announced.set(key, { id, known, peerId: route.peerId });
    this.#own.withdrawn.delete(key);
    this.#own.announced.set(key, route);
  }

  /** These rows are gone, all that there were of the key. */
  #forget(key: string, ids: readonly number[]): void {
    for (const id of ids) {
      this.#known.delete(id);
      this.#errors.delete(id);
    }
    this.#byKey.delete(key);
    const announced = this.#announced.get(key);
    if (announced === undefined) return;
    this.#announced.delete(key);
    this.#goneRows.push(announced.id);
    this.#own.announced.delete(key);
    this.#own.withdrawn.add(key);
  }

  /** Deletes the rows for a prefix; gives their number. */
  remove(prefix: string, peer: string | null): number {
    const parsed = parsePrefix(prefix.trim());
    if (parsed === undefined) throw new StoreError(`"${prefix}" is not a prefix`);
    const key = announcementKey(parsed, this.#nameOf(peer ?? undefined));
    const isKnown = this.#isKnown;
    const ids = isKnown ? this.#byKey.get(key) ?? [] : this.#matching(key);
    this.#db.transaction(() => this.#delete(ids));
    if (isKnown) this.#forget(key, ids);
    else this.#stale = true;
    return ids.length;
  }

  /** Deletes one row; false where there is none with this id. */
  removeRow(id: number): boolean {
    const known = this.#isKnown ? this.#known.get(id) : undefined;
    const key = known === undefined ? undefined : this.#keyOf(known.values);
    const isAlone = key !== undefined && this.#byKey.get(key)?.length === 1;
    const isGone = this.#db.prepare("DELETE FROM announcements WHERE id = ?").run(id) > 0;
    // Where there are others of the key, one of them may count now.
    if (isAlone && isGone) this.#forget(key, [id]);
    else this.#stale = true;
    return isGone;
  }

  list(): AnnouncementRow[] {
    return this.#db.prepare(`${selectRows} ORDER BY id`).useBigInts().all().map(announcementRow);
  }

  /** `undefined`: there is none with this id. */
  row(id: number): AnnouncementRow | undefined {
    const row = this.#db.prepare(`${selectRows} WHERE id = ?`).useBigInts().get(id);
    return row === undefined ? undefined : announcementRow(row);
  }

  /** Up to `limit` rows behind this id, in the order of their ids. */
  page(after: number, limit: number): AnnouncementRow[] {
    return this.#db.prepare(`${selectRows} WHERE id > ? ORDER BY id LIMIT ?`).useBigInts().all(after, limit)
      .map(announcementRow);
  }

  /** The rows for a prefix, whoever they are for. */
  rowsFor(prefix: string): AnnouncementRow[] {
    const parsed = parsePrefix(prefix);
    if (parsed === undefined) return [];
    const name = formatPrefix(parsed);
    const isFor = (key: string | undefined) => key === name || key?.startsWith(`${name} to `) === true;
    // Without a daemon nobody has read the table.
    if (this.#byKey.size === 0) {
      return this.list().filter((row) => isFor(this.#keyOf([row.prefix, null, row.peer])));
    }
    const ids = [...this.#byKey].flatMap(([key, ids]) => isFor(key) ? ids : []);
    return ids.sort((a, b) => a - b).map((id) => this.row(id)).filter((row) => row !== undefined);
  }

  /** A page at a time, so that a large table is not in memory twice. */
  *#allRows(): Generator<SqlRow> {
    for (let last: SqlValue = -(2n ** 63n);;) {
      const rows = this.#rows.all(last);
      yield* rows;
      if (rows.length < pageRows) return;
      last = rows.at(-1)![0]!;
    }
  }

  #keep(id: number, key: string | undefined): void {
    if (key === undefined) return;
    const ids = this.#byKey.get(key);
    if (ids === undefined) this.#byKey.set(key, [id]);
    else ids.push(id);
  }

  /** What prefix and peer of a row come to, however they are written; `undefined`: no prefix. */
  #keyOf([prefix, , peer]: AnnouncementValues): string | undefined {
    const parsed = parsePrefix(String(prefix).trim());
    const text = peer === null || peer === undefined ? "" : String(peer).trim();
    return parsed === undefined ? undefined : announcementKey(parsed, this.#nameOf(text === "" ? undefined : text));
  }

  #readRow(id: number, values: AnnouncementValues, source: SqlValue, known: Map<number, Known>): ReadAnnouncement {
    const before = this.#known.get(id);
    const now = before !== undefined && areSame(before.values, values) && before.source === source
      ? before
      : { values, source, read: readAnnouncement(values) };
    known.set(id, now);
    return now.read;
  }

  #compare(newest: ReadonlyMap<string, { id: number; route: AnnouncedRoute }>): AnnouncementChanges {
    const announced: AnnouncedRoute[] = [];
    const now = new Map<string, Announced>();
    for (const [key, { id, route }] of newest) {
      const before = this.#announced.get(key), known = this.#known.get(id)!, { peerId } = route;
      if (before?.known !== known || before.peerId !== peerId) announced.push(route);
      if (before !== undefined && before.id !== id) this.#goneRows.push(before.id);
      now.set(key, { id, known, peerId });
    }
    const withdrawn: string[] = [];
    for (const [key, { id }] of this.#announced) {
      if (now.has(key)) continue;
      withdrawn.push(key);
      this.#goneRows.push(id);
    }
    this.#announced = now;
    return { announced, withdrawn };
  }

  /** Rows whose prefix and peer are those of the key, however they are written. */
  #matching(key: string): number[] {
    return this.#db.prepare("SELECT id, prefix, peer FROM announcements").all()
      .filter(([, prefix, peer]) => this.#keyOf([prefix!, null, peer!]) === key)
      .map(([id]) => Number(id));
  }

  /** Of a word that means no peer now: the word itself, in canonical spelling. */
  #nameOf(word: string | undefined): string | undefined {
    if (word === undefined) return undefined;
    const found = this.#peers.find(word);
    return found.kind === "found" ? found.name : canonicalRemote(word) ?? word;
  }

  #judge(read: ReadAnnouncement): { kind: "route"; route: AnnouncedRoute } | { kind: "wrong"; error: string } {
    if (read.kind === "wrong") return read;
    const { peer, route } = read;
    const found = peer === undefined ? undefined : this.#peers.find(peer);
    if (found !== undefined && found.kind !== "found") {
      return { kind: "wrong", error: `peer: ${whyNotFound(peer!, found)}` };
    }
    const peerId = found?.peer;
    const isTaken = peerId === undefined ? this.#asSetTakers.size > 0 : this.#asSetTakers.has(peerId);
    if (!isTaken && hasAsSets(route.attributes.asPath)) {
      return { kind: "wrong", error: `as_path has an AS_SET: ${asSetsRefused}` };
    }
    return { kind: "route", route: { key: announcementKey(route.prefix, found?.name), peerId, route } };
  }

  #delete(ids: readonly number[]): void {
    const remove = this.#db.prepare("DELETE FROM announcements WHERE id = ?");
    for (const id of ids) remove.run(id);
  }
}

function areSame(some: AnnouncementValues, others: AnnouncementValues): boolean {
  return some.every((value, i) => {
    const other = others[i];
    if (!(value instanceof Uint8Array) || !(other instanceof Uint8Array)) return value === other;
    return value.length === other.length && value.every((octet, at) => octet === other[at]);
  });
}

/** A cell may hold anything of any length: what is longer than this counts as wrong, and nobody has to read the rest. */
function cell(column: string): string {
  const limit = maxTextLength + 1;
  return `iif(typeof(${column}) IN ('text', 'blob') AND octet_length(${column}) > ${limit}, substr(${column}, 1, ${limit}), ${column})`;
}

const cells = announcementColumns.split(", ").map(cell).join(", ");

const selectRows = `SELECT id, ${cells}, ${cell("source")}, ${cell("error")} FROM announcements`;

/** Rows in memory at a time, while all of them are read. */
const pageRows = 1_000;

function nothing() {
  return { announced: new Map<string, AnnouncedRoute>(), withdrawn: new Set<string>() };
}

function announcementRow(row: readonly SqlValue[]): AnnouncementRow {
  const [id, prefix, nextHop, peer, asPath, origin, med, localPref, communities, large, ext, source, error] = row;
  return {
    id: Number(id),
    prefix: String(prefix),
    nextHop: String(nextHop),
    peer: text(peer),
    asPath: text(asPath),
    origin: text(origin),
    med: number(med),
    localPref: number(localPref),
    communities: text(communities),
    largeCommunities: text(large),
    extCommunities: text(ext),
    source: String(source),
    error: text(error),
  };
}

function text(value: SqlValue | undefined): string | null {
  return value === null || value === undefined ? null : value instanceof Uint8Array ? value.toHex() : String(value);
}

function number(value: SqlValue | undefined): number | null {
  return typeof value === "bigint" || typeof value === "number" ? Number(value) : null;
}
