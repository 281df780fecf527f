/**
 * The SQL of the table `announcements`. A cell may hold any value of any length, because anyone may write the table.
 */

import type { Database, SqlRow, SqlValue, Statement } from "../../sqlite.ts";
import type { Millis } from "../../../types/mod.ts";
import { announcementColumns, type AnnouncementRow, type AnnouncementValues, type Author } from "./announcement.ts";
import { maxTextLength } from "./cells.ts";
import { formatExpiry } from "./expiry_time.ts";

/** Rows of one query while the whole table is read. */
const pageRows = 1_000;

/**
 * SQL that cuts a long cell: a text of more than `maxTextLength` characters is wrong, and the rest of it is not read.
 */
function cell(column: string): string {
  const limit = maxTextLength + 1;
  const isLong = `typeof(${column}) IN ('text', 'blob') AND octet_length(${column}) > ${limit}`;
  return `iif(${isLong}, substr(${column}, 1, ${limit}), ${column})`;
}

const columns = announcementColumns.split(", ");
const cells = columns.map(cell).join(", ");
const isExpired = "EXISTS(SELECT 1 FROM announcements_expired e WHERE e.id = a.id AND e.expires_at IS a.expires_at)";
const selectRows = `SELECT id, ${cells}, ${cell("source")}, ${cell("error")}, ${isExpired} FROM announcements a`;

const selectCells = `SELECT id, ${cell("error")}, ${cell("source")}, ${cells} FROM announcements`;

/** A row to insert. */
export interface NewRow {
  readonly values: AnnouncementValues;
  readonly source: SqlValue;
}

/** Changed rows that are read one by one; for more, the whole table is read. */
const mostChanges = 2_000;

export class AnnouncementTable {
  readonly #db: Database;
  readonly #now: () => Millis;
  readonly #version: Statement;
  readonly #rows: Statement;
  readonly #row: Statement;

  constructor(db: Database, now: () => Millis) {
    this.#db = db;
    this.#now = now;
    this.#version = db.prepare("PRAGMA data_version");
    this.#rows = db.prepare(`${selectCells} WHERE id > ? ORDER BY id LIMIT ${pageRows}`).useBigInts();
    this.#row = db.prepare(`${selectCells} WHERE id = ?`).useBigInts();
  }

  /** Changes with every write of another connection. Takes microseconds. */
  get version(): SqlValue {
    return this.#version.get()?.[0] ?? null;
  }

  get count(): number {
    return Number(this.#db.value("SELECT count(*) FROM announcements"));
  }

  /** The number of the last entry in the log of changes; 0: there was none yet. */
  get lastChange(): number {
    return Number(this.#db.value("SELECT seq FROM sqlite_sequence WHERE name = 'announcements_log'") ?? 0);
  }

  /** How many rows with these ids have each state. */
  states(first: number, last: number): Record<string, number> {
    const counts = this.#db.prepare(
      "SELECT state, count(*) FROM announcement_status WHERE id BETWEEN ? AND ? GROUP BY state",
    ).all(first, last);
    return Object.fromEntries(counts.map(([state, count]) => [String(state), Number(count)]));
  }

  /** The rows that changed after this entry of the log. `undefined`: too many, or the log is not complete. */
  changesSince(entry: number): { readonly ids: ReadonlySet<number>; readonly last: number } | undefined {
    const last = this.lastChange;
    if (last < entry || last - entry > mostChanges) return undefined;
    const found = this.#db.prepare("SELECT announcement_id FROM announcements_log WHERE id > ? AND id <= ?")
      .all(entry, last);
    return found.length === last - entry ? { ids: new Set(found.map(([id]) => Number(id))), last } : undefined;
  }

  /** Rows that have expired, and the value of `expires_at` that was over. */
  expired(): [id: number, expiresAt: SqlValue][] {
    return this.#db.prepare("SELECT id, expires_at FROM announcements_expired").all()
      .map(([id, expiresAt]) => [Number(id), expiresAt!]);
  }

  /** One row as {@link all} returns it. */
  cells(id: number): SqlRow | undefined {
    return this.#row.get(id);
  }

  /** Every row: id, error, source, and the values of {@link announcementColumns}. Read in pages, to save memory. */
  *all(): Generator<SqlRow> {
    for (let last: SqlValue = -(2n ** 63n);;) {
      const rows = this.#rows.all(last);
      yield* rows;
      if (rows.length < pageRows) return;
      last = rows.at(-1)![0]!;
    }
  }

  list(): AnnouncementRow[] {
    return this.#db.prepare(`${selectRows} ORDER BY id`).useBigInts().all().map(announcementRow);
  }

  /** `undefined`: no row has this id. */
  row(id: number): AnnouncementRow | undefined {
    const row = this.#db.prepare(`${selectRows} WHERE id = ?`).useBigInts().get(id);
    return row === undefined ? undefined : announcementRow(row);
  }

  /** Up to `limit` rows with higher ids than `after`, in the order of their ids. */
  page(after: number, limit: number): AnnouncementRow[] {
    return this.#db.prepare(`${selectRows} WHERE id > ? ORDER BY id LIMIT ?`).useBigInts().all(after, limit)
      .map(announcementRow);
  }

  /**
   * Deletes rows and adds others, in one transaction. Returns the ids of the new rows, and the last entry of the log
   * before and after.
   */
  change(
    added: readonly NewRow[],
    deleted: Iterable<number>,
    author: Author,
  ): { readonly ids: number[]; readonly before: number; readonly last: number } {
    return this.#as(author, () => {
      const before = this.lastChange;
      const remove = this.#db.prepare("DELETE FROM announcements WHERE id = ?");
      for (const id of deleted) remove.run(id);
      const insert = this.#db.prepare(
        `INSERT INTO announcements(${announcementColumns}, source) VALUES(${"?, ".repeat(columns.length)}?)` +
          " RETURNING id",
      );
      const ids = added.map(({ values, source }) => Number(insert.get(...values, source)![0]));
      return { ids, before, last: this.lastChange };
    });
  }

  /** Writes rows under the ids that they had, where the table has no such row. */
  restore(rows: Iterable<NewRow & { readonly id: number }>): void {
    const insert = this.#db.prepare(
      `INSERT OR IGNORE INTO announcements(id, source, ${announcementColumns}) VALUES(?, ?${
        ", ?".repeat(columns.length)
      })`,
    );
    this.#as({ source: "bgpd" }, () => {
      for (const { id, values, source } of rows) insert.run(id, source, ...values);
    });
  }

  /** Writes the column `error`, and which rows have expired. */
  writeAnswers(errors: ReadonlyMap<number, string | null>, expired: Iterable<readonly [number, SqlValue]>): void {
    this.#db.transaction(() => {
      const update = this.#db.prepare("UPDATE announcements SET error = ? WHERE id = ?");
      for (const [id, error] of errors) update.run(error, id);
      const at = this.#now();
      const isThere = "SELECT 1 FROM announcements WHERE id = ?1 AND expires_at IS ?2";
      const expire = this.#db.prepare(
        `INSERT OR REPLACE INTO announcements_expired(id, expires_at, at) SELECT ?1, ?2, ?3 WHERE EXISTS(${isThere})`,
      );
      const log = this.#db.prepare(
        `INSERT INTO announcements_log(at, action, source, announcement_id, ${announcementColumns})` +
          ` SELECT ?2, 'expire', 'bgpd', id, ${announcementColumns} FROM announcements WHERE id = ?1`,
      );
      for (const [id, expiresAt] of expired) if (expire.run(id, expiresAt, at) > 0) log.run(id, formatExpiry(at));
    });
  }

  /** One transaction, whose changes the log has under this name. */
  #as<T>({ source, client }: Author, work: () => T): T {
    return this.#db.transaction(() => {
      this.#db.exec("DELETE FROM announcements_writer");
      this.#db.prepare("INSERT INTO announcements_writer(source, client) VALUES(?, ?)").run(source, client ?? null);
      const result = work();
      this.#db.exec("DELETE FROM announcements_writer");
      return result;
    });
  }
}

function announcementRow(row: readonly SqlValue[]): AnnouncementRow {
  const [id, prefix, nextHop, peer, asPath, origin, med, localPref, communities, large, ext, ...more] = row;
  const [family, rd, labels, rule, actions, nlri, expiresAt, comment, source, error, isExpired] = more;
  return {
    id: Number(id),
    prefix: text(prefix),
    nextHop: String(nextHop),
    peer: text(peer),
    asPath: text(asPath),
    origin: text(origin),
    med: number(med),
    localPref: number(localPref),
    communities: text(communities),
    largeCommunities: text(large),
    extCommunities: text(ext),
    family: text(family),
    rd: text(rd),
    labels: text(labels),
    rule: text(rule),
    actions: text(actions),
    nlri: text(nlri),
    expiresAt: text(expiresAt),
    comment: text(comment),
    source: String(source),
    error: text(error),
    isExpired: isExpired === 1n,
  };
}

function text(value: SqlValue | undefined): string | null {
  return value === null || value === undefined ? null : value instanceof Uint8Array ? value.toHex() : String(value);
}

function number(value: SqlValue | undefined): number | null {
  return typeof value === "bigint" || typeof value === "number" ? Number(value) : null;
}
