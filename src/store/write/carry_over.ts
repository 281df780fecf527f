/**
 * Copies rows from a database that was removed (but is still open) or is damaged into its successor: everything that
 * only the database has. Prefixes, attribute sets and routes are not copied: within a run the RIB sends them again, at
 * a start the peers do. The history stays in the old file.
 */

import { announcementColumns, firstAnnouncementColumns } from "./announcements/announcement.ts";
import { StoreError } from "../errors.ts";
import { removeEmptyLog } from "../files.ts";
import { Database, type SqlRow, type SqlValue } from "../sqlite.ts";

/** Tables with rows that people wrote, and the schema version that added each. */
const since = { announcements: 1, configured_peers: 4, announcements_expired: 9, announcements_log: 9 } as const;
const written = ["announcements", "configured_peers"] as const;
/** What else bgpd knows of announcements: copied after them, because triggers log the copies of their rows. */
const ofAnnouncements = ["announcements_expired", "announcements_log"] as const;
const tables = [...written, ...ofAnnouncements, "peers", "peer_families", "daemon", "peer_events"] as const;

/**
 * Within a run: copies every row about the run. From a damaged database it copies the readable rows. `announcements`
 * and `configuredPeers` are true where every row was copied; otherwise memory has rows that are missing.
 */
export function carryOver(from: Database, to: Database): { announcements: boolean; configuredPeers: boolean } {
  const whole = new Set<string>(tables.filter((table) => copy(from, to, table).isWhole));
  carryLastId(from, to);
  // The new file has no routes: nothing is complete, stale or left to clean up.
  to.exec(
    "UPDATE peer_families SET eor_at = NULL, stale_before = 0, cleaned_at = flushed_at, routes = 0, lag = 0," +
      " accepted = 0, sent = 0",
  );
  // A value of the previous run, where the damage was found as this run begins.
  to.exec("DELETE FROM daemon WHERE key = 'goodbye'");
  return { announcements: whole.has("announcements"), configuredPeers: whole.has("configured_peers") };
}

/**
 * At a start: copies what people wrote from a damaged file, which it only reads. Returns a text with the number of
 * copied rows; `undefined`: the file had none.
 */
export function salvage(file: string, to: Database): string | undefined {
  const from = openDamaged(file);
  if (from === undefined) return undefined;
  try {
    const [announcements, peers] = written.map((table) => copy(from, to, table)) as [Copied, Copied];
    for (const table of ofAnnouncements) copy(from, to, table);
    carryLastId(from, to);
    const parts = [counted(announcements.count, "announcement"), counted(peers.count, "added peer")];
    const found = parts.filter((part) => part !== undefined).join(" and ");
    const isWhole = announcements.isWhole && peers.isWhole;
    if (found === "") return isWhole ? undefined : "its announcements and added peers cannot be read";
    return `${found} carried over${isWhole ? "" : ", as far as they can be read"}`;
  } finally {
    from.close();
    removeEmptyLog(file);
  }
}

/** The new file continues the ids of announcements: an id is never used again. */
function carryLastId(from: Database, to: Database): void {
  try {
    // Before schema 5 the table had no AUTOINCREMENT.
    if (!isTable(from, "sqlite_sequence")) return;
    const last = from.value("SELECT seq FROM sqlite_sequence WHERE name = 'announcements'");
    if (typeof last !== "number") return;
    to.transaction(() => {
      const here = Number(to.value("SELECT seq FROM sqlite_sequence WHERE name = 'announcements'") ?? 0);
      to.exec("DELETE FROM sqlite_sequence WHERE name = 'announcements'");
      to.prepare("INSERT INTO sqlite_sequence(name, seq) VALUES('announcements', ?)").run(Math.max(here, last));
    });
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
  }
}

/** `undefined`: not even the first page can be read. */
function openDamaged(file: string): Database | undefined {
  let db: Database | undefined;
  try {
    db = new Database(file, { readOnly: true });
    db.value("PRAGMA schema_version");
    return db;
  } catch (error) {
    db?.close();
    if (error instanceof StoreError) return undefined;
    throw error;
  }
}

/** The readable rows of a table with row ids, in their order. `isWhole`: these are all rows. */
export function readableRows(db: Database, table: string): { columns: string[]; rows: SqlRow[]; isWhole: boolean } {
  const found = new Map<bigint, SqlRow>();
  let columns: string[] = [], isWhole = false;
  // Rows behind a damaged page are read from the other end.
  for (const [order, beyond] of [["ASC", ">"], ["DESC", "<"]] as const) {
    try {
      if (!isTable(db, table)) {
        // A database of an older version may lack the table.
        isWhole = Number(db.value("PRAGMA user_version")) < (since[table as keyof typeof since] ?? 0);
        break;
      }
      const query = (where: string) =>
        db.prepare(`SELECT rowid, * FROM ${table} ${where} ORDER BY rowid ${order} LIMIT 1`).useBigInts();
      const first = query(""), next = query(`WHERE rowid ${beyond} ?`);
      columns = first.columns.slice(1);
      let row = first.get();
      // Ends where both directions meet, or where a damaged page leads in a circle.
      while (row !== undefined && !found.has(row[0] as bigint)) {
        found.set(row[0] as bigint, row.slice(1));
        row = next.get(row[0]!);
      }
      isWhole = row === undefined;
      if (isWhole) break;
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
    }
  }
  const rows = [...found].sort(([a], [b]) => a < b ? -1 : 1).map(([, row]) => row);
  return { columns, rows, isWhole };
}

interface Copied {
  readonly count: number;
  readonly isWhole: boolean;
}

function copy(from: Database, to: Database, table: typeof tables[number]): Copied {
  if (table === "announcements_log") to.exec("DELETE FROM announcements_log");
  const { columns, rows, isWhole } = table === "peer_families" || table === "daemon"
    ? allRows(from, table)
    : readableRows(from, table);
  if (rows.length === 0) return { count: 0, isWhole };
  const today = to.prepare(`SELECT name, type FROM pragma_table_info('${table}')`).all()
    .map(([name, type]) => ({ name: String(name), type: String(type) }));
  const names = renamedBack(columns, today.map(({ name }) => name));
  // An announcement without one of these columns, for example `peer`, would have another meaning.
  const lacks = table === "announcements" && definingColumns(from).some((name) => !names.includes(name));
  // The file may be of an older version.
  const kept = names.flatMap((name, i) => {
    const column = today.find((column) => column.name === name);
    return column === undefined ? [] : [{ i, ...column }];
  });
  if (lacks || kept.length === 0) return { count: 0, isWhole: false };
  const isOurs = table !== "announcements";
  const count = to.transaction(() => {
    // Damaged rows may lack required values, and altered rows may hold values that bgpd never writes. They are skipped.
    const insert = to.prepare(
      `INSERT OR IGNORE INTO ${table}(${kept.map(({ name }) => name).join(", ")}) VALUES(${
        kept.map(() => "?").join(", ")
      })`,
    );
    return rows.reduce((sum, row) => {
      if (isOurs && kept.some(({ i, type }) => !fits(row[i]!, type))) return sum;
      if (!isOurs && !kept.some(({ i, name }) => destinations.includes(name) && row[i] !== null)) return sum;
      return sum +
        insert.run(...kept.map(({ i, name }) => name === "id" && !fits(row[i]!, "INTEGER") ? null : row[i]!));
    }, 0);
  });
  return { count, isWhole: isWhole && count === rows.length };
}

/** A row of `announcements` that has none of these says nothing. */
const destinations: readonly string[] = ["prefix", "rule", "nlri"];

/** The columns that define an announcement in this file. */
function definingColumns(from: Database): readonly string[] {
  const isOld = Number(from.value("PRAGMA user_version")) < since.announcements_expired;
  return (isOld ? firstAnnouncementColumns : announcementColumns).split(", ");
}

/** Where two tables differ in the name of one column only, that column was renamed. */
function renamedBack(columns: readonly string[], today: readonly string[]): readonly string[] {
  const others = columns.flatMap((name, i) => today[i] === name ? [] : [i]);
  const isRename = columns.length === today.length && others.length === 1 && !today.includes(columns[others[0]!]!);
  return isRename ? today : columns;
}

/** True where bgpd can read this value in a column of this type: an integer has to fit into a JavaScript number. */
function fits(value: SqlValue, type: string): boolean {
  if (value === null) return true;
  if (type === "TEXT" || (type === "" && typeof value === "string")) return typeof value === "string";
  return (typeof value === "bigint" || typeof value === "number") && Math.abs(Number(value)) <= Number.MAX_SAFE_INTEGER;
}

/** The rows of a table without row ids, up to the first damaged page. */
function allRows(db: Database, table: string): { columns: string[]; rows: SqlRow[]; isWhole: boolean } {
  const rows: SqlRow[] = [];
  let columns: string[] = [];
  try {
    if (!isTable(db, table)) return { columns, rows, isWhole: true };
    const query = db.prepare(`SELECT * FROM ${table}`).useBigInts();
    columns = query.columns;
    for (const row of query.iterate()) rows.push(row);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
  }
  return { columns, rows, isWhole: true };
}

/** A view with the name of a table may be endless. */
function isTable(db: Database, name: string): boolean {
  return db.value("SELECT 1 FROM sqlite_schema WHERE name = ? AND type = 'table'", name) !== null;
}

function counted(count: number, noun: string): string | undefined {
  return count === 0 ? undefined : `${count} ${noun}${count === 1 ? "" : "s"}`;
}
