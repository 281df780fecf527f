/**
 * The SQL of the table `announcements`. A cell may hold any value of any length, because anyone may write the table.
 */

import type { Database, SqlRow, SqlValue, Statement } from "../../sqlite.ts";
import { announcementColumns, type AnnouncementRow, type AnnouncementValues, maxTextLength } from "./announcement.ts";

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
const selectRows = `SELECT id, ${cells}, ${cell("source")}, ${cell("error")} FROM announcements`;

export class AnnouncementTable {
  readonly #db: Database;
  readonly #version: Statement;
  readonly #rows: Statement;

  constructor(db: Database) {
    this.#db = db;
    this.#version = db.prepare("PRAGMA data_version");
    this.#rows = db.prepare(
      `SELECT id, ${cell("error")}, ${cell("source")}, ${cells} FROM announcements WHERE id > ? ORDER BY id` +
        ` LIMIT ${pageRows}`,
    ).useBigInts();
  }

  /** Changes with every write of another connection. Takes microseconds. */
  get version(): SqlValue {
    return this.#version.get()?.[0] ?? null;
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

  /** Returns the new id. `replaced`: rows to delete in the same transaction. */
  insert(values: AnnouncementValues, source: SqlValue, replaced: readonly number[]): number {
    const sql = `INSERT INTO announcements(${announcementColumns}, source) VALUES(${"?, ".repeat(values.length)}?)`;
    return this.#db.transaction(() => {
      this.#delete(replaced);
      return Number(this.#db.value(`${sql} RETURNING id`, ...values, source));
    });
  }

  /** Writes rows under the ids that they had, where the table has no such row. */
  restore(rows: Iterable<readonly [id: number, row: { values: AnnouncementValues; source: SqlValue }]>): void {
    const insert = this.#db.prepare(
      `INSERT OR IGNORE INTO announcements(id, source, ${announcementColumns}) VALUES(?, ?${
        ", ?".repeat(columns.length)
      })`,
    );
    this.#db.transaction(() => {
      for (const [id, { values, source }] of rows) insert.run(id, source, ...values);
    });
  }

  delete(ids: readonly number[]): void {
    this.#db.transaction(() => this.#delete(ids));
  }

  /** False where no row has this id. */
  deleteRow(id: number): boolean {
    return this.#db.prepare("DELETE FROM announcements WHERE id = ?").run(id) > 0;
  }

  /** Writes the column `error`. */
  writeErrors(errors: ReadonlyMap<number, string | null>): void {
    this.#db.transaction(() => {
      const update = this.#db.prepare("UPDATE announcements SET error = ? WHERE id = ?");
      for (const [id, error] of errors) update.run(error, id);
    });
  }

  #delete(ids: readonly number[]): void {
    const remove = this.#db.prepare("DELETE FROM announcements WHERE id = ?");
    for (const id of ids) remove.run(id);
  }
}

function announcementRow(row: readonly SqlValue[]): AnnouncementRow {
  const [id, prefix, nextHop, peer, asPath, origin, med, localPref, communities, large, ext, ...more] = row;
  const [family, rd, labels, rule, actions, nlri, expiresAt, comment, source, error] = more;
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
  };
}

function text(value: SqlValue | undefined): string | null {
  return value === null || value === undefined ? null : value instanceof Uint8Array ? value.toHex() : String(value);
}

function number(value: SqlValue | undefined): number | null {
  return typeof value === "bigint" || typeof value === "number" ? Number(value) : null;
}
