/**
 * The rows of `announcements` in memory: by id, and by what they announce to whom. Each row is checked against the
 * peers as they are, and knows its error.
 */

import { asSetsRefused, hasAsSets } from "../../../message/mod.ts";
import { type NamedPeer, PeerDirectory, whyNotFound } from "../../../config/mod.ts";
import type { OriginatedRoute } from "../../../rib/mod.ts";
import { canonicalRemote } from "../../../types/mod.ts";
import {
  announcementKey,
  type AnnouncementValues,
  expiryCell,
  type ReadAnnouncement,
  readDestination,
} from "./announcement.ts";
import type { SqlValue } from "../../sqlite.ts";
import { type Clocks, Expiry } from "./expiry.ts";

/** A route to announce. It replaces an earlier one with the same key. */
export interface AnnouncedRoute {
  readonly key: string;
  /** Announce it to this peer only; `undefined`: to every peer whose export policy accepts it. */
  readonly peerId: number | undefined;
  readonly route: OriginatedRoute;
}

/** A peer that a row can name. `takesAsSets`: a route with an AS_SET may be announced to it (RFC 9774). */
export interface RowPeer extends NamedPeer {
  readonly takesAsSets: boolean;
}

/** A row as it was read last. The object stays the same as long as the row does. */
export interface KnownRow {
  readonly id: number;
  readonly values: AnnouncementValues;
  readonly source: SqlValue;
  readonly read: ReadAnnouncement;
  /** The column `error` in the table. */
  readonly written: SqlValue;
  /** Its destination and peer; `undefined`: the row names no destination. */
  readonly key: string | undefined;
  /** The route, or what is wrong with the row. */
  readonly checked: Checked;
}

type Checked =
  | { readonly kind: "route"; readonly route: AnnouncedRoute }
  | { readonly kind: "wrong"; readonly error: string };

type Row = { -readonly [field in keyof KnownRow]: KnownRow[field] };

export class KnownRows {
  readonly #rows = new Map<number, Row>();
  /** Rows by key, rows with an error included, in the order of their ids. */
  readonly #byKey = new Map<string, Row[]>();
  /** Database ids of the peers that rows can name. */
  readonly #peers = new PeerDirectory<number>();
  readonly #asSetTakers = new Set<number>();
  readonly #expiry: Expiry;
  /** Rows whose time is over, and the `expires_at` that was over. */
  #expired = new Map<number, SqlValue>();
  /** Keys whose rows changed. */
  readonly changedKeys = new Set<string>();
  /** The new value of the column `error` by row id, where it has to change. */
  #errors = new Map<number, string | null>();
  #peersChanged = false;

  constructor(clocks: Clocks) {
    this.#expiry = new Expiry(clocks);
  }

  get size(): number {
    return this.#rows.size;
  }

  get(id: number): KnownRow | undefined {
    return this.#rows.get(id);
  }

  all(): Iterable<KnownRow> {
    return this.#rows.values();
  }

  /** Rows with this key in the order of their ids. */
  of(key: string): readonly KnownRow[] {
    return this.#byKey.get(key) ?? [];
  }

  keys(): Iterable<string> {
    return this.#byKey.keys();
  }

  /** Peers came, went or changed: {@link recheck} is due. */
  get peersChanged(): boolean {
    return this.#peersChanged;
  }

  addPeer(peer: RowPeer, id: number): void {
    this.#peers.set(peer, id);
    if (peer.takesAsSets) this.#asSetTakers.add(id);
    else this.#asSetTakers.delete(id);
    this.#peersChanged = true;
  }

  removePeer(name: string): void {
    this.#asSetTakers.delete(this.#peers.get(name)!);
    this.#peers.delete(name);
    this.#peersChanged = true;
  }

  recheck(): void {
    if (!this.#peersChanged) return;
    this.#peersChanged = false;
    for (const row of this.#rows.values()) this.#place(row);
  }

  /** A row that is new, or that changed. `written`: the column `error` in the table. */
  put(row: Pick<KnownRow, "id" | "values" | "source" | "read">, written: SqlValue): void {
    const { id, values, read } = row;
    const before = this.#rows.get(id);
    if (before !== undefined) this.#leaveKey(before);
    this.#errors.delete(id);
    const placed: Row = { ...row, written, key: undefined, checked: notChecked };
    this.#rows.set(id, placed);
    if (this.#expired.has(id) && this.#expired.get(id) !== expiryCell(values)) this.#expired.delete(id);
    this.#expiry.set(id, read.kind === "route" && !this.#expired.has(id) ? read.expiresAt : undefined);
    this.#place(placed);
  }

  /** The row is gone. */
  drop(id: number): void {
    const row = this.#rows.get(id);
    if (row === undefined) return;
    this.#leaveKey(row);
    this.#rows.delete(id);
    this.#errors.delete(id);
    this.#expired.delete(id);
    this.#expiry.set(id, undefined);
  }

  /** Rows that have expired, by the database. */
  setExpired(rows: Iterable<readonly [number, SqlValue]>): void {
    this.#expired = new Map(rows);
  }

  hasExpired(id: number): boolean {
    return this.#expired.has(id);
  }

  /** True where {@link expire} may find something. */
  get isExpiryDue(): boolean {
    return this.#expiry.isDue;
  }

  /** Rows whose time is over now, each once. */
  expire(): number[] {
    const ids = this.#expiry.take();
    for (const id of ids) {
      const row = this.#rows.get(id)!;
      this.#expired.set(id, expiryCell(row.values));
      this.setError(id, null);
      if (row.key !== undefined) this.changedKeys.add(row.key);
    }
    return ids;
  }

  /** Errors of rows by id, where the column `error` has to change; `null`: the row has no error now. */
  get errors(): ReadonlyMap<number, string | null> {
    return this.#errors;
  }

  setError(id: number, error: string | null): void {
    if (this.#rows.get(id)?.written === error) this.#errors.delete(id);
    else this.#errors.set(id, error);
  }

  /** The table has this error now; the one that it should have stays the same. */
  setWritten(id: number, written: SqlValue): void {
    const row = this.#rows.get(id);
    if (row === undefined || row.written === written) return;
    const error = this.#errors.has(id) ? this.#errors.get(id)! : row.written as string | null;
    row.written = written;
    this.setError(id, error);
  }

  /** The table has all {@link errors} now. */
  errorsWritten(): void {
    for (const [id, error] of this.#errors) {
      const row = this.#rows.get(id);
      if (row !== undefined) row.written = error;
    }
    this.#errors = new Map();
  }

  /** The name of the peer; the text itself, in canonical spelling, where it names no peer now. */
  nameOf(text: string | undefined): string | undefined {
    if (text === undefined) return undefined;
    const found = this.#peers.find(text);
    return found.kind === "found" ? found.name : canonicalRemote(text) ?? text;
  }

  /** Checks the row against the peers as they are now, and puts it under its key. */
  #place(row: Row): void {
    row.checked = this.check(row.read);
    const key = row.checked.kind === "route" ? row.checked.route.key : this.#keyOf(row.values);
    if (key !== row.key) {
      this.#leaveKey(row);
      row.key = key;
      if (key !== undefined) enter(this.#byKey, key, row);
    }
    if (key !== undefined) this.changedKeys.add(key);
    if (this.#expired.has(row.id)) this.setError(row.id, null);
    else if (row.checked.kind === "wrong") this.setError(row.id, row.checked.error);
  }

  #leaveKey(row: Row): void {
    if (row.key === undefined) return;
    const rows = this.#byKey.get(row.key)!.filter((each) => each !== row);
    if (rows.length === 0) this.#byKey.delete(row.key);
    else this.#byKey.set(row.key, rows);
    this.changedKeys.add(row.key);
    row.key = undefined;
  }

  /** The key of a row with an error; `undefined`: it has no valid destination. */
  #keyOf(values: AnnouncementValues): string | undefined {
    const read = readDestination(values);
    const text = values[2] === null || values[2] === undefined ? "" : String(values[2]).trim();
    if (read.kind === "wrong") return undefined;
    return announcementKey(read.destination, this.nameOf(text === "" ? undefined : text));
  }

  /** Checks a row against the peers: does its peer exist, and does a peer take its AS_SETs? */
  check(read: ReadAnnouncement): Checked {
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

const notChecked: Checked = { kind: "wrong", error: "" };

function enter(byKey: Map<string, Row[]>, key: string, row: Row): void {
  const rows = byKey.get(key);
  if (rows === undefined) return void byKey.set(key, [row]);
  // Mostly the row is the newest.
  const at = rows.findLastIndex(({ id }) => id < row.id) + 1;
  rows.splice(at, 0, row);
}
