/**
 * The routes of the table `announcements`, as memory knows them. Commands, the API and anyone with `sqlite3` write the
 * table. It is read again after each change, and {@link Announcements.read} returns only the differences.
 *
 * Of two rows for the same prefix (and peer), the newer one is announced; the `error` of the older one says so.
 */

import { canonicalRemote, formatPrefix, parsePrefix } from "../../../types/mod.ts";
import { asSetsRefused, hasAsSets } from "../../../message/mod.ts";
import { type NamedPeer, PeerDirectory, whyNotFound } from "../../../config/mod.ts";
import type { OriginatedRoute } from "../../../rib/mod.ts";
import {
  announcementKey,
  type AnnouncementRow,
  type AnnouncementSource,
  type AnnouncementText,
  type AnnouncementValues,
  announcementValues,
  type ReadAnnouncement,
  readAnnouncement,
  textOfRoute,
  unicast,
  whereTo,
} from "./announcement.ts";
import { StoreError } from "../../errors.ts";
import type { Database, SqlValue } from "../../sqlite.ts";
import { AnnouncementTable } from "./announcement_table.ts";

/** A route to announce. It replaces an earlier one with the same key. */
export interface AnnouncedRoute {
  readonly key: string;
  /** Announce it to this peer only; `undefined`: to every peer whose export policy accepts it. */
  readonly peerId: number | undefined;
  readonly route: OriginatedRoute;
}

export interface AnnouncementChanges {
  readonly announced: readonly AnnouncedRoute[];
  /** The keys of routes to withdraw. */
  readonly withdrawn: readonly string[];
}

/** A peer that a row can name. `takesAsSets`: a route with an AS_SET may be announced to it (RFC 9774). */
export interface RowPeer extends NamedPeer {
  readonly takesAsSets: boolean;
}

/** A row as it was read last. The object stays the same as long as the row does. */
interface KnownRow {
  readonly values: AnnouncementValues;
  readonly source: SqlValue;
  readonly read: ReadAnnouncement;
}

interface Announced {
  readonly id: number;
  readonly known: KnownRow;
  readonly peerId: number | undefined;
}

export class Announcements {
  readonly table: AnnouncementTable;
  /** Database ids of the peers that rows can name. */
  readonly #peers: PeerDirectory<number>;
  readonly #asSetTakers: Set<number>;
  #lastVersion: SqlValue = null;
  #stale = true;
  #known = new Map<number, KnownRow>();
  /** The rows that are announced, by key. */
  #announced = new Map<string, Announced>();
  /** Rows that are no longer announced, but may have an outcome in the database. */
  #goneRows: number[] = [];
  /** Rows by key, rows with an error included. Valid only while {@link #isKnown}. */
  #byKey = new Map<string, number[]>();
  /** Changes by {@link add} and {@link remove} that {@link read} has not returned yet. */
  #own: { announced: Map<string, AnnouncedRoute>; withdrawn: Set<string> } = noChanges();
  /** The new value of the column `error` by row id, where it has to change. */
  #errors = new Map<number, string | null>();

  /** `before`: the table of the previous file of this run. Routes that only it announced are withdrawn. */
  constructor(db: Database, before?: Announcements) {
    this.table = new AnnouncementTable(db);
    this.#peers = before === undefined ? new PeerDirectory() : before.#peers;
    this.#asSetTakers = before === undefined ? new Set() : before.#asSetTakers;
    if (before !== undefined) {
      this.#announced = before.#announced;
      this.#known = before.#known;
      this.#own = before.#own;
    }
  }

  /** True where {@link read} may return changes. Takes microseconds. */
  get changed(): boolean {
    return this.#own.announced.size + this.#own.withdrawn.size > 0 || !this.#isKnown;
  }

  /** True where nobody else changed the table since it was read: memory has its content. */
  get #isKnown(): boolean {
    return !this.#stale && this.table.version === this.#lastVersion;
  }

  /** From now on rows can name this peer. */
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

  /** The routes to announce and to withdraw since the last call. */
  read(): AnnouncementChanges {
    const { announced, withdrawn } = this.#own;
    this.#own = noChanges();
    const own = { announced: [...announced.values()], withdrawn: [...withdrawn] };
    if (this.#isKnown) return own;
    const others = this.#readAll();
    return {
      announced: [...own.announced, ...others.announced],
      // A key that was withdrawn, but is announced again now, stays.
      withdrawn: [...own.withdrawn.filter((key) => !this.#announced.has(key)), ...others.withdrawn],
    };
  }

  #readAll(): AnnouncementChanges {
    // The version is read before the rows: the next call sees changes in between.
    this.#lastVersion = this.table.version;
    this.#stale = false;
    const known = new Map<number, KnownRow>();
    const newest = new Map<string, { id: number; route: AnnouncedRoute }>();
    const errors = new Map<number, string | null>();
    const written = new Map<number, SqlValue>();
    this.#byKey.clear();
    for (const [idValue, error, source, ...values] of this.table.all()) {
      const id = Number(idValue);
      const read = this.#readRow(id, values, source!, known);
      written.set(id, error ?? null);
      const checked = this.#check(read);
      this.#keep(id, checked.kind === "route" ? checked.route.key : this.#keyOf(values));
      if (checked.kind === "wrong") {
        errors.set(id, checked.error);
        continue;
      }
      errors.set(id, null);
      const { route } = checked;
      const older = newest.get(route.key);
      if (older !== undefined) errors.set(older.id, `row ${id} announces the same and is newer`);
      newest.set(route.key, { id, route });
    }
    this.#known = known;
    this.#errors = new Map([...errors].filter(([id, error]) => written.get(id) !== error));
    return this.#compare(newest);
  }

  /** The row that is announced under this key. */
  idOf(key: string): number | undefined {
    return this.#announced.get(key)?.id;
  }

  get hasGoneRows(): boolean {
    return this.#goneRows.length > 0;
  }

  /** Rows that are no longer announced, since the last call. */
  takeGoneRows(): number[] {
    return this.#goneRows.splice(0);
  }

  /** For the next call: the rows could not be written. */
  returnGoneRows(ids: readonly number[]): void {
    this.#goneRows.push(...ids);
  }

  /** Errors of rows by id, where the column `error` has to change; `null`: the row has no error now. */
  get errors(): ReadonlyMap<number, string | null> {
    return this.#errors;
  }

  /** True where {@link writeErrors} has something to write. */
  get hasErrors(): boolean {
    return this.#errors.size > 0;
  }

  /** Writes the column `error` where it has to change. */
  writeErrors(): void {
    this.table.writeErrors(this.#errors);
    this.#errors = new Map();
  }

  /** Writes the rows that memory has and that were lost with a damaged file. */
  restore(): void {
    this.table.restore(this.#known);
  }

  /** Adds a row in place of the rows for the same prefix and peer. Throws {@link StoreError} where it is wrong. */
  add(text: AnnouncementText, source: AnnouncementSource): number {
    const read = readAnnouncement(announcementValues(text));
    if (read.kind === "wrong") throw new StoreError(read.error);
    const peer = this.#nameOf(read.peer);
    // The row is read back with big integers.
    const values = announcementValues({
      ...textOfRoute(read.route, peer ?? null, { expiresAt: read.expiresAt, comment: text.comment }),
      origin: text.origin,
    })
      .map((value) => typeof value === "number" ? BigInt(value) : value);
    const key = announcementKey(read.route, peer);
    const isKnown = this.#isKnown;
    const gone = isKnown ? this.#byKey.get(key) ?? [] : this.#matching(key);
    const id = this.table.insert(values, source, gone);
    if (isKnown) this.#added(id, key, gone, { values, source, read: readAnnouncement(values) });
    else this.#stale = true;
    return id;
  }

  /** Memory follows {@link add}, so that the whole table is not read again for each of many thousand rows. */
  #added(id: number, key: string, gone: readonly number[], known: KnownRow): void {
    this.#forget(key, gone);
    this.#known.set(id, known);
    this.#keep(id, key);
    const checked = this.#check(known.read);
    if (checked.kind === "wrong") {
      this.#errors.set(id, checked.error);
      return;
    }
    const { route } = checked;
    this.#announced.set(key, { id, known, peerId: route.peerId });
    this.#own.withdrawn.delete(key);
    this.#own.announced.set(key, route);
  }

  /** All rows of the key are deleted: these. */
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

  /** Deletes the rows for a prefix and peer; returns their number. */
  remove(prefix: string, peer: string | null): number {
    const parsed = parsePrefix(prefix.trim());
    if (parsed === undefined) throw new StoreError(`"${prefix}" is not a prefix`);
    const key = announcementKey(unicast(parsed), this.#nameOf(peer ?? undefined));
    const isKnown = this.#isKnown;
    const ids = isKnown ? this.#byKey.get(key) ?? [] : this.#matching(key);
    this.table.delete(ids);
    if (isKnown) this.#forget(key, ids);
    else this.#stale = true;
    return ids.length;
  }

  /** Deletes one row. False where no row has this id. */
  removeRow(id: number): boolean {
    const known = this.#isKnown ? this.#known.get(id) : undefined;
    const key = known === undefined ? undefined : this.#keyOf(known.values);
    const isAlone = key !== undefined && this.#byKey.get(key)?.length === 1;
    const isGone = this.table.deleteRow(id);
    // If the key has other rows, one of them may be announced now.
    if (isAlone && isGone) this.#forget(key, [id]);
    else this.#stale = true;
    return isGone;
  }

  /** The rows for a prefix, for any peer. */
  rowsFor(prefix: string): AnnouncementRow[] {
    const parsed = parsePrefix(prefix);
    if (parsed === undefined) return [];
    const name = formatPrefix(parsed);
    const isFor = (key: string | undefined) => key === name || key?.startsWith(`${name} to `) === true;
    // A command without a daemon has not read the table.
    if (this.#byKey.size === 0) {
      return this.table.list().filter((row) => isFor(this.#keyOf(announcementValues(row))));
    }
    const ids = [...this.#byKey].flatMap(([key, ids]) => isFor(key) ? ids : []);
    return ids.sort((a, b) => a - b).map((id) => this.table.row(id)).filter((row) => row !== undefined);
  }

  #keep(id: number, key: string | undefined): void {
    if (key === undefined) return;
    const ids = this.#byKey.get(key);
    if (ids === undefined) this.#byKey.set(key, [id]);
    else ids.push(id);
  }

  /** The key of a row, however its prefix and peer are written; `undefined`: it has no valid prefix. */
  #keyOf(values: AnnouncementValues): string | undefined {
    const destination = whereTo(values);
    const text = values[2] === null || values[2] === undefined ? "" : String(values[2]).trim();
    if (destination === undefined) return undefined;
    return announcementKey(destination, this.#nameOf(text === "" ? undefined : text));
  }

  #readRow(id: number, values: AnnouncementValues, source: SqlValue, known: Map<number, KnownRow>): ReadAnnouncement {
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

  /** The rows of a key, however their prefix and peer are written. */
  #matching(key: string): number[] {
    return this.table.list().filter((row) => this.#keyOf(announcementValues(row)) === key).map(({ id }) => id);
  }

  /** The name of the peer; the text itself, in canonical spelling, where it names no peer now. */
  #nameOf(text: string | undefined): string | undefined {
    if (text === undefined) return undefined;
    const found = this.#peers.find(text);
    return found.kind === "found" ? found.name : canonicalRemote(text) ?? text;
  }

  /** Checks a row against the peers: does its peer exist, and does a peer take its AS_SETs? */
  #check(read: ReadAnnouncement): { kind: "route"; route: AnnouncedRoute } | { kind: "wrong"; error: string } {
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
    return { kind: "route", route: { key: announcementKey(route, found?.name), peerId, route } };
  }
}

function areSame(some: AnnouncementValues, others: AnnouncementValues): boolean {
  return some.every((value, i) => {
    const other = others[i];
    if (!(value instanceof Uint8Array) || !(other instanceof Uint8Array)) return value === other;
    return value.length === other.length && value.every((octet, at) => octet === other[at]);
  });
}

function noChanges() {
  return { announced: new Map<string, AnnouncedRoute>(), withdrawn: new Set<string>() };
}
