/**
 * The table `announcements`: the one place that says what is announced by hand. Commands, the API and anyone with
 * `sqlite3` write it; here it is read again whenever it changed, and only what differs from the last time is told.
 *
 * Of two rows for the same prefix (and peer) the newer one counts; the older one says so in its `error`.
 */

import { formatPrefix, parsePrefix } from "../types/mod.ts";
import { asSetsRefused, hasAsSets } from "../message/mod.ts";
import { canonicalRemote, type NamedPeer, PeerDirectory, whyNotFound } from "../config/mod.ts";
import type { OriginatedRoute } from "../rib/mod.ts";
import {
  announcementColumns,
  announcementKey,
  type AnnouncementRow,
  type AnnouncementSource,
  type AnnouncementText,
  type AnnouncementValues,
  announcementValues,
  type ReadAnnouncement,
  readAnnouncement,
  textOfRoute,
} from "./announcement.ts";
import { StoreError } from "./errors.ts";
import type { Database, SqlValue, Statement } from "./sqlite.ts";

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
    }
    this.#version = db.prepare("PRAGMA data_version");
    this.#rows = db.prepare(`SELECT id, error, source, ${announcementColumns} FROM announcements ORDER BY id`)
      .useBigInts();
  }

  /** True where another process may have changed the table since the last {@link read}. Costs microseconds. */
  get changed(): boolean {
    return this.#stale || this.#version.get()?.[0] !== this.#lastVersion;
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
    // Before the rows: what changes in between is seen the next time.
    this.#lastVersion = this.#version.get()?.[0] ?? null;
    this.#stale = false;
    const known = new Map<number, Known>();
    const newest = new Map<string, { id: number; route: AnnouncedRoute }>();
    const verdicts = new Map<number, string | null>();
    const written = new Map<number, SqlValue>();
    for (const [idValue, error, source, ...values] of this.#rows.all()) {
      const id = Number(idValue);
      const read = this.#readRow(id, values, source!, known);
      written.set(id, error ?? null);
      const verdict = this.#judge(read);
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
    const values = announcementValues({ ...textOfRoute(read.route, peer ?? null), origin: text.origin });
    return this.#db.transaction(() => {
      this.#delete(this.#matching(announcementKey(read.route.prefix, peer)));
      this.#stale = true;
      return Number(this.#db.value(
        `INSERT INTO announcements(${announcementColumns}, source) VALUES(${
          "?, ".repeat(values.length)
        }?) RETURNING id`,
        ...values,
        source,
      ));
    });
  }

  /** Deletes the rows for a prefix; gives their number. */
  remove(prefix: string, peer: string | null): number {
    const parsed = parsePrefix(prefix.trim());
    if (parsed === undefined) throw new StoreError(`"${prefix}" is not a prefix`);
    return this.#db.transaction(() => {
      const ids = this.#matching(announcementKey(parsed, this.#nameOf(peer ?? undefined)));
      this.#delete(ids);
      this.#stale = true;
      return ids.length;
    });
  }

  /** Deletes one row; false where there is none with this id. */
  removeRow(id: number): boolean {
    this.#stale = true;
    return this.#db.prepare("DELETE FROM announcements WHERE id = ?").run(id) > 0;
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
    return this.list().filter((row) => {
      const own = parsed === undefined ? undefined : parsePrefix(row.prefix.trim());
      return own === undefined ? row.prefix === prefix : formatPrefix(own) === formatPrefix(parsed!);
    });
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
      .filter(([, prefix, peer]) => {
        const parsed = parsePrefix(String(prefix).trim());
        const text = peer === null ? "" : String(peer).trim();
        return parsed !== undefined && announcementKey(parsed, this.#nameOf(text === "" ? undefined : text)) === key;
      })
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

const selectRows = `SELECT id, ${announcementColumns}, source, error FROM announcements`;

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
