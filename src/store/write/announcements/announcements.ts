/**
 * The routes of the table `announcements`, as memory knows them. Commands, the API and anyone with `sqlite3` write the
 * table. After each change of others the changed rows are read again, and {@link Announcements.read} returns only the
 * differences.
 *
 * Of two rows for the same destination (and peer), the newer one is announced; the `error` of the older one says so. A
 * row whose time is over takes no part.
 */

import { formatPrefix, parsePrefix } from "../../../types/mod.ts";
import {
  announcementKey,
  type AnnouncementRow,
  type AnnouncementText,
  type AnnouncementValues,
  announcementValues,
  type Author,
  blankAnnouncement,
  type DestinationText,
  expiryCell,
  type ReadAnnouncement,
  readAnnouncement,
  readDestination,
  textOfRoute,
} from "./announcement.ts";
import { StoreError } from "../../errors.ts";
import type { Database, SqlRow, SqlValue } from "../../sqlite.ts";
import { AnnouncementTable, type NewRow } from "./announcement_table.ts";
import { AttributeSets } from "./attribute_cells.ts";
import type { Clocks } from "./expiry.ts";
import { type AnnouncedRoute, type KnownRow, KnownRows, type RowPeer } from "./known_rows.ts";

export interface AnnouncementChanges {
  readonly announced: readonly AnnouncedRoute[];
  /** The keys of routes to withdraw. */
  readonly withdrawn: readonly string[];
}

interface PreparedRow extends NewRow {
  readonly key: string;
  readonly read: ReadAnnouncement;
}

/** Rows to write, and the keys of rows to delete, which are checked. */
export interface PreparedChange {
  readonly rows: PreparedRow[];
  readonly keys: string[];
}

/** The row that is announced under a key. */
interface Announced {
  readonly row: KnownRow;
  readonly peerId: number | undefined;
}

export class Announcements {
  readonly table: AnnouncementTable;
  readonly #rows: KnownRows;
  readonly #sets = new AttributeSets();
  #lastVersion: SqlValue = null;
  /** The last entry of the log whose change memory has; -1: the whole table has to be read. */
  #lastChange = -1;
  /** The rows that are announced, by key. */
  readonly #announced: Map<string, Announced>;
  /** What {@link read} has not returned yet; `undefined`: withdrawn. */
  readonly #changes: Map<string, AnnouncedRoute | undefined>;
  /** Expired rows of which the database does not know. */
  #newlyExpired: number[];
  /** Rows that are no longer announced, but may have an outcome in the database. */
  #goneRows: number[] = [];

  /** `before`: the table of the previous file of this run. Routes that only it announced are withdrawn. */
  constructor(db: Database, clocks: Clocks, before?: Announcements) {
    this.table = new AnnouncementTable(db, clocks.now);
    this.#rows = before === undefined ? new KnownRows(clocks) : before.#rows;
    this.#announced = before === undefined ? new Map() : before.#announced;
    this.#changes = before === undefined ? new Map() : before.#changes;
    this.#newlyExpired = before === undefined ? [] : before.#newlyExpired;
  }

  /** True where {@link read} may return changes. Takes microseconds. */
  get changed(): boolean {
    return this.#changes.size + this.#rows.changedKeys.size > 0 || !this.#isKnown || this.#rows.isExpiryDue;
  }

  /** True where nobody else changed the table since it was read: memory has its content. */
  get #isKnown(): boolean {
    return this.#lastChange !== -1 && !this.#rows.peersChanged && this.table.version === this.#lastVersion;
  }

  /** True where the time of a row is over. */
  get isExpiryDue(): boolean {
    return this.#rows.isExpiryDue;
  }

  /** From now on rows can name this peer. */
  addPeer(peer: RowPeer, id: number): void {
    this.#rows.addPeer(peer, id);
  }

  removePeer(name: string): void {
    this.#rows.removePeer(name);
  }

  /** The routes to announce and to withdraw since the last call. */
  read(): AnnouncementChanges {
    this.#refresh();
    return this.readMemory();
  }

  /** The same without the database: for rows whose time is over while the table cannot be read. */
  readMemory(): AnnouncementChanges {
    this.#newlyExpired.push(...this.#rows.expire());
    for (const key of this.#rows.changedKeys) this.#decide(key);
    this.#rows.changedKeys.clear();
    const announced: AnnouncedRoute[] = [], withdrawn: string[] = [];
    for (const [key, route] of this.#changes) {
      if (route === undefined) withdrawn.push(key);
      else announced.push(route);
    }
    this.#changes.clear();
    return { announced, withdrawn };
  }

  /** Memory gets the content of the table. */
  #refresh(): void {
    if (this.#isKnown) return;
    this.#rows.recheck();
    const version = this.table.version;
    if (this.#lastChange !== -1 && version === this.#lastVersion) return;
    // The version is read before the rows: the next call sees changes in between.
    this.#lastVersion = version;
    const changes = this.#lastChange === -1 ? undefined : this.table.changesSince(this.#lastChange);
    // Somebody may have written what the log does not have: `error`, or `source`.
    if (changes === undefined || changes.ids.size === 0) return this.#readAll();
    for (const id of changes.ids) {
      const cells = this.table.cells(id);
      if (cells === undefined) this.#rows.drop(id);
      else this.#take(cells);
    }
    this.#lastChange = changes.last;
    // Somebody dropped the triggers that log the changes.
    if (this.table.count !== this.#rows.size) this.#readAll();
  }

  #readAll(): void {
    const lastChange = this.table.lastChange;
    this.#rows.setExpired([...this.table.expired(), ...this.#unwrittenExpiries()]);
    const seen = new Set<number>();
    for (const cells of this.table.all()) seen.add(this.#take(cells));
    for (const { id } of this.#rows.all()) if (!seen.has(id)) this.#rows.drop(id);
    this.#lastChange = lastChange;
  }

  /** A row as the table has it. Returns its id. */
  #take([idValue, written, source, ...values]: SqlRow): number {
    const id = Number(idValue);
    const before = this.#rows.get(id);
    if (before !== undefined && before.source === source && areSame(before.values, values)) {
      this.#rows.setWritten(id, written!);
    } else {
      this.#rows.put({ id, values, source: source!, read: readAnnouncement(values, this.#sets) }, written!);
    }
    return id;
  }

  /** Selects the row to announce under this key: the newest. */
  #decide(key: string): void {
    let newest: { row: KnownRow; route: AnnouncedRoute } | undefined;
    for (const row of this.#rows.of(key).toReversed()) {
      if (row.checked.kind === "wrong" || this.#rows.hasExpired(row.id)) continue;
      if (newest === undefined) newest = { row, route: row.checked.route };
      const isNewest = newest.row === row;
      this.#rows.setError(row.id, isNewest ? null : `row ${newest.row.id} announces the same and is newer`);
    }
    const before = this.#announced.get(key);
    if (newest === undefined) {
      if (before === undefined) return;
      this.#announced.delete(key);
      this.#goneRows.push(before.row.id);
      this.#changes.set(key, undefined);
      return;
    }
    const { row, route } = newest;
    if (before?.row === row && before.peerId === route.peerId) return;
    if (before !== undefined && before.row.id !== row.id) this.#goneRows.push(before.row.id);
    this.#announced.set(key, { row, peerId: route.peerId });
    this.#changes.set(key, route);
  }

  /** The row that is announced under this key. */
  idOf(key: string): number | undefined {
    return this.#announced.get(key)?.row.id;
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
    return this.#rows.errors;
  }

  /** True where {@link writeAnswers} has something to write. */
  get hasAnswers(): boolean {
    return this.#rows.errors.size > 0 || this.#newlyExpired.length > 0;
  }

  /** Writes the column `error` where it has to change, and which rows have expired. */
  writeAnswers(): void {
    this.table.writeAnswers(this.#rows.errors, this.#unwrittenExpiries());
    this.#rows.errorsWritten();
    this.#newlyExpired.length = 0;
  }

  #unwrittenExpiries(): (readonly [id: number, expiresAt: SqlValue])[] {
    return this.#newlyExpired.flatMap((id) => {
      const row = this.#rows.get(id);
      return row === undefined ? [] : [[id, expiryCell(row.values)] as const];
    });
  }

  /** Writes the rows that memory has and that were lost with a damaged file. */
  restore(): void {
    this.table.restore(this.#rows.all());
  }

  /** Adds a row in place of the rows for the same destination and peer. Throws {@link StoreError} where it is wrong. */
  add(text: AnnouncementText, author: Author): number {
    return this.commit({ rows: [this.#prepare(text, author)], keys: [] }, author).ids[0]!;
  }

  /**
   * Deletes rows, then adds others, each in place of the rows for the same destination and peer: all in one
   * transaction. Throws {@link StoreError} with the number of one that is wrong; nothing is written then. `deleted`:
   * how many rows the withdrawals found.
   */
  change(
    texts: readonly AnnouncementText[],
    withdrawals: readonly DestinationText[],
    author: Author,
  ): { readonly ids: number[]; readonly deleted: number } {
    const keys = withdrawals.map((withdrawal, i) => numbered("withdrawal", i + 1, () => this.#keyOf(withdrawal)));
    const rows = texts.map((text, i) => numbered("announcement", i + 1, () => this.#prepare(text, author)));
    return this.commit({ rows, keys }, author);
  }

  /**
   * Adds to a change that comes in parts. Throws {@link StoreError} where a row is wrong or names no peer; the sentence
   * says which row of the whole change it is.
   */
  prepare(
    change: PreparedChange,
    texts: readonly AnnouncementText[],
    withdrawals: readonly DestinationText[],
    author: Author,
  ): void {
    for (const text of texts) {
      change.rows.push(numbered("announcement", change.rows.length + 1, () => {
        const row = this.#prepare(text, author);
        const checked = this.#rows.check(row.read);
        if (checked.kind === "wrong") throw new StoreError(checked.error);
        return row;
      }));
    }
    for (const withdrawal of withdrawals) {
      change.keys.push(numbered("withdrawal", change.keys.length + 1, () => this.#keyOf(withdrawal)));
    }
  }

  /** As {@link change}. */
  commit({ rows, keys }: PreparedChange, author: Author): { readonly ids: number[]; readonly deleted: number } {
    this.#refresh();
    const gone = new Set<number>();
    for (const key of keys) for (const { id } of this.#rows.of(key)) gone.add(id);
    const deleted = gone.size;
    // Of two rows for the same destination the last one counts.
    const last = new Map(rows.map((row) => [row.key, row]));
    for (const key of last.keys()) for (const { id } of this.#rows.of(key)) gone.add(id);
    const added = [...last.values()];
    const ids = this.#write(added, gone, author);
    added.forEach(({ values, source, read }, at) => this.#rows.put({ id: ids[at]!, values, source, read }, null));
    return { ids, deleted };
  }

  /** Deletes the rows for a destination and peer; returns their number. */
  remove(withdrawal: DestinationText, author: Author): number {
    return this.commit({ rows: [], keys: [this.#keyOf(withdrawal)] }, author).deleted;
  }

  /** Deletes every row of a source; returns their number. */
  removeSource(source: string, author: Author): number {
    this.#refresh();
    const ids = [...this.#rows.all()].flatMap((row) => row.source === source ? [row.id] : []);
    this.#write([], new Set(ids), author);
    return ids.length;
  }

  /** Deletes one row. False where no row has this id. */
  removeRow(id: number, author: Author): boolean {
    this.#refresh();
    if (this.#rows.get(id) === undefined) return false;
    this.#write([], new Set([id]), author);
    return true;
  }

  /** Deletes rows and adds others in one transaction; returns the ids of the new ones. */
  #write(added: readonly NewRow[], gone: ReadonlySet<number>, author: Author): number[] {
    if (added.length + gone.size === 0) return [];
    const { ids, before, last } = this.table.change(added, gone, author);
    // Otherwise somebody else changed the table meanwhile.
    if (before === this.#lastChange) this.#lastChange = last;
    for (const id of gone) this.#rows.drop(id);
    return ids;
  }

  /** The rows for a prefix, or for a destination of another family as it is formatted; for any peer. */
  rowsFor(destination: string): AnnouncementRow[] {
    const parsed = parsePrefix(destination);
    this.#refresh();
    const name = parsed === undefined ? destination : formatPrefix(parsed);
    const ids = [...this.#rows.keys()].flatMap((key) => isFor(key, name) ? this.#rows.of(key).map(({ id }) => id) : []);
    return ids.sort((a, b) => a - b).map((id) => this.table.row(id)).filter((row) => row !== undefined);
  }

  /** A row as it will be written. Throws {@link StoreError} where it is wrong. */
  #prepare(text: AnnouncementText, { source }: Author): PreparedRow {
    const read = readAnnouncement(announcementValues(text), this.#sets);
    if (read.kind === "wrong") throw new StoreError(read.error);
    const peer = this.#rows.nameOf(read.peer);
    const more = { expiresAt: read.expiresAt, comment: text.comment };
    // The row is read back with big integers.
    const values = announcementValues({ ...textOfRoute(read.route, peer ?? null, more), origin: text.origin })
      .map((value) => typeof value === "number" ? BigInt(value) : value);
    return { key: announcementKey(read.route, peer), values, source, read: { ...read, peer } };
  }

  #keyOf(text: DestinationText): string {
    const read = readDestination(announcementValues({ ...blankAnnouncement, ...text }));
    if (read.kind === "wrong") throw new StoreError(read.error);
    return announcementKey(read.destination, this.#rows.nameOf(text.peer ?? undefined));
  }
}

/** The sentence of an error says which announcement or withdrawal it is about. */
function numbered<T>(what: "announcement" | "withdrawal", number: number, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof StoreError ? new StoreError(`${what} ${number}: ${error.message}`) : error;
  }
}

/** True for the key of an announcement of this destination, in any family and for any peer. */
function isFor(key: string, destination: string): boolean {
  const at = key.indexOf(destination), end = at + destination.length;
  return at !== -1 && (at === 0 || key[at - 1] === " ") && (end === key.length || key.startsWith(" to ", end));
}

function areSame(some: AnnouncementValues, others: AnnouncementValues): boolean {
  return some.every((value, i) => {
    const other = others[i];
    if (!(value instanceof Uint8Array) || !(other instanceof Uint8Array)) return value === other;
    return value.length === other.length && value.every((octet, at) => octet === other[at]);
  });
}
