/**
 * From a database that was taken away (its file removed, but still open here) or found damaged, into the one that follows
 * it: what only the database knows. Prefixes, attribute sets and routes are not among it: they are sent again, within a run
 * by the RIB, at a start by the peers. History is left behind with the old file.
 */

import { announcementColumns } from "./announcements/announcement.ts";
import { StoreError } from "../errors.ts";
import { removeEmptyLog } from "../files.ts";
import { Database, type SqlRow, type SqlValue } from "../sqlite.ts";

/** What people wrote into it, and since which version there is such a table. */
const since = { announcements: 1, configured_peers: 4 } as const;
const written = ["announcements", "configured_peers"] as const;
/** What an announcement says. */
const meaning = announcementColumns.split(", ");
const tables = [...written, "peers", "peer_families", "daemon", "peer_events"] as const;

/**
 * Within a run: all of what the run knows of itself. A damaged database gives what can be read of it. `announcements`,
 * `configuredPeers`: that was all of them; else memory knows more.
 */
export function carryOver(from: Database, to: Database): { announcements: boolean; configuredPeers: boolean } {
  const whole = new Set<string>(tables.filter((table) => copy(from, to, table).isWhole));
  carryLastId(from, to);
  // Nothing is complete any more, nor stale, nor left to clean up.
  to.exec("UPDATE peer_families SET eor_at = NULL, stale_before = 0, cleaned_at = flushed_at, routes = 0, lag = 0");
  // Of the run before, where the damage shows as this one begins.
  to.exec("DELETE FROM daemon WHERE key = 'goodbye'");
  return { announcements: whole.has("announcements"), configuredPeers: whole.has("configured_peers") };
}

/**
 * At a start: what people wrote, from a file that was found damaged. How much that was, in words; `undefined`: nothing was
 * there. Only reads the file, which somebody may want to look into.
 */
export function salvage(file: string, to: Database): string | undefined {
  const from = openDamaged(file);
  if (from === undefined) return undefined;
  try {
    const [announcements, peers] = [copy(from, to, "announcements"), copy(from, to, "configured_peers")];
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

/** Ids of announcements that were used once are not used again. */
function carryLastId(from: Database, to: Database): void {
  try {
    // Before version 5 nobody counted.
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

/** `undefined`: not even its first page makes sense. */
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

/** Rows that can be read of a table with row ids, in their order. `isWhole`: that is all of them. */
export function readableRows(db: Database, table: string): { columns: string[]; rows: SqlRow[]; isWhole: boolean } {
  const found = new Map<bigint, SqlRow>();
  let columns: string[] = [], isWhole = false;
  // What stands behind a damaged page is read from the other end.
  for (const [order, beyond] of [["ASC", ">"], ["DESC", "<"]] as const) {
    try {
      if (!isTable(db, table)) {
        // An older version may not have had it.
        isWhole = Number(db.value("PRAGMA user_version")) < (since[table as keyof typeof since] ?? 0);
        break;
      }
      const query = (where: string) =>
        db.prepare(`SELECT rowid, * FROM ${table} ${where} ORDER BY rowid ${order} LIMIT 1`).useBigInts();
      const first = query(""), next = query(`WHERE rowid ${beyond} ?`);
      columns = first.columns.slice(1);
      let row = first.get();
      // Both ways meet, or a damaged page leads in a circle.
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

function copy(from: Database, to: Database, table: typeof tables[number]): { count: number; isWhole: boolean } {
  const { columns, rows, isWhole } = table === "peer_families" || table === "daemon"
    ? allRows(from, table)
    : readableRows(from, table);
  if (rows.length === 0) return { count: 0, isWhole };
  const today = to.prepare(`SELECT name, type FROM pragma_table_info('${table}')`).all()
    .map(([name, type]) => ({ name: String(name), type: String(type) }));
  const names = renamedBack(columns, today.map(({ name }) => name));
  // An announcement that lacks a column, and be it the peer that it is for, would say something else.
  const lacks = table === "announcements" && meaning.some((name) => !names.includes(name));
  // The file may be of an older version.
  const kept = names.flatMap((name, i) => {
    const column = today.find((column) => column.name === name);
    return column === undefined ? [] : [{ i, ...column }];
  });
  if (lacks || kept.length === 0) return { count: 0, isWhole: false };
  const isOurs = table !== "announcements";
  const count = to.transaction(() => {
    // Of damaged rows some lack what they must have, of altered ones some hold what no bgpd writes: those stay behind.
    const insert = to.prepare(
      `INSERT OR IGNORE INTO ${table}(${kept.map(({ name }) => name).join(", ")}) VALUES(${
        kept.map(() => "?").join(", ")
      })`,
    );
    return rows.reduce((sum, row) => {
      if (isOurs && kept.some(({ i, type }) => !fits(row[i]!, type))) return sum;
      return sum +
        insert.run(...kept.map(({ i, name }) => name === "id" && !fits(row[i]!, "INTEGER") ? null : row[i]!));
    }, 0);
  });
  return { count, isWhole: isWhole && count === rows.length };
}

/** Of two tables alike but for one name, that one is the same column. */
function renamedBack(columns: readonly string[], today: readonly string[]): readonly string[] {
  const others = columns.flatMap((name, i) => today[i] === name ? [] : [i]);
  const isRename = columns.length === today.length && others.length === 1 && !today.includes(columns[others[0]!]!);
  return isRename ? today : columns;
}

/** Whether a column of ours may hold this: what is larger than a number of JavaScript, no bgpd can read. */
function fits(value: SqlValue, type: string): boolean {
  if (value === null) return true;
  if (type === "TEXT" || (type === "" && typeof value === "string")) return typeof value === "string";
  return (typeof value === "bigint" || typeof value === "number") && Math.abs(Number(value)) <= Number.MAX_SAFE_INTEGER;
}

/** Of a table without row ids, up to where it is damaged. */
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

/** A view in its place may have no end. */
function isTable(db: Database, name: string): boolean {
  return db.value("SELECT 1 FROM sqlite_schema WHERE name = ? AND type = 'table'", name) !== null;
}

function counted(count: number, noun: string): string | undefined {
  return count === 0 ? undefined : `${count} ${noun}${count === 1 ? "" : "s"}`;
}
