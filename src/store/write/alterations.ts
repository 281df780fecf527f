/**
 * What somebody made of our tables, views, indexes and triggers. A database may be opened by anyone who may write it; what
 * they added is theirs and stays, unless it can stand in the way of a write or changes what people read in our views.
 *
 * Views and indexes hold nothing: they are made anew. A table that is another one now cannot be made whole: its database is
 * moved aside (`opening.ts`).
 */

import schema from "../schema.sql" with { type: "text" };
import { StoreCorrupt } from "../errors.ts";
import { lateIndexes } from "../indexes.ts";
import { Database } from "../sqlite.ts";

interface SchemaObject {
  readonly type: string;
  readonly name: string;
  readonly table: string;
  readonly sql: string;
}

/** What is to be done, and how an operator hears of it. */
interface Repair {
  readonly sql: string;
  readonly words: string;
}

/** Brings views, indexes and triggers in line with the schema; says what it did. Throws {@link StoreCorrupt}: a table is another. */
export function repairSchema(db: Database): string[] {
  const found = objectsOf(db);
  const wanted = ours();
  for (const table of wanted.values()) if (table.type === "table") checkTable(db.path, table, found.get(table.name));
  const repairs = [...strangers(found, wanted), ...lost(found, wanted)];
  if (repairs.length === 0) return [];
  db.transaction(() => {
    for (const { sql } of repairs) db.exec(sql);
  });
  return repairs.map(({ words }) => `somebody altered the database ${db.path}: ${words}`);
}

/**
 * Changes whenever what {@link repairSchema} looks at may have changed: with the schema, we among those who change it, and
 * with any write of somebody else's, as who knows how can alter the schema without a sign of it.
 */
export function schemaMark(db: Database): string {
  return `${db.value("PRAGMA schema_version")} ${db.value("PRAGMA data_version")}`;
}

/** Small tables, one odd number of which hides all routes of a peer, or more. Throws {@link StoreCorrupt} where it is no number. */
const weighty = ["peers", "peer_families", "flushes", "history_gaps"];

/** For the begin of a run. Rows of the RIB are looked at as they are loaded. */
export function checkNumbers(db: Database): void {
  const limit = Number.MAX_SAFE_INTEGER;
  for (const table of weighty) {
    const columns = db.prepare(`SELECT name FROM pragma_table_info('${table}') WHERE type = 'INTEGER'`).all();
    for (const [column] of columns) {
      // Text and blobs sort behind all numbers.
      if (db.value(`SELECT 1 FROM ${table} WHERE ${column} NOT BETWEEN -${limit} AND ${limit} LIMIT 1`) === null) {
        continue;
      }
      throw new StoreCorrupt(
        `somebody altered the database ${db.path}: ${column} in table ${table} has what is no number`,
      );
    }
  }
}

export function tableNames(): string[] {
  return [...ours().values()].filter(({ type }) => type === "table").map(({ name }) => name);
}

let known: ReadonlyMap<string, SchemaObject> | undefined;

/** Ours, by name; without the indexes that come late. */
function ours(): ReadonlyMap<string, SchemaObject> {
  if (known !== undefined) return known;
  const db = new Database(":memory:");
  try {
    db.exec(schema);
    return known = objectsOf(db);
  } finally {
    db.close();
  }
}

function objectsOf(db: Database): Map<string, SchemaObject> {
  const rows = db.prepare("SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE sql IS NOT NULL").all();
  return new Map(rows.map(([type, name, table, sql]) => [
    String(name),
    { type: String(type), name: String(name), table: String(table), sql: String(sql) },
  ]));
}

/** What others made on our tables that can refuse a row. */
function strangers(found: ReadonlyMap<string, SchemaObject>, wanted: ReadonlyMap<string, SchemaObject>): Repair[] {
  const repairs: Repair[] = [];
  for (const { type, name, table, sql } of found.values()) {
    if (!wanted.has(table) || wanted.get(name)?.type === type) continue;
    const late = lateIndexes.find((index) => index.name === name);
    if (type === "trigger") repairs.push({ sql: `DROP TRIGGER ${quoted(name)}`, words: `trigger ${name} is dropped` });
    if (type !== "index" || late?.sql === sql) continue;
    if (late === undefined && !/^\s*CREATE\s+UNIQUE\b/i.test(sql)) continue;
    repairs.push({ sql: `DROP INDEX ${quoted(name)}`, words: `index ${name} is dropped` });
  }
  return repairs;
}

/** Views and indexes of ours that are gone or are others. */
function lost(found: ReadonlyMap<string, SchemaObject>, wanted: ReadonlyMap<string, SchemaObject>): Repair[] {
  const repairs: Repair[] = [];
  for (const { type, name, sql } of wanted.values()) {
    const now = found.get(name);
    if (type === "table" || now?.sql === sql) continue;
    const away = now === undefined ? "" : `DROP ${now.type} ${quoted(name)};`;
    repairs.push({ sql: away + sql, words: `${type} ${name} is made again` });
  }
  return repairs;
}

function checkTable(path: string, wanted: SchemaObject, found: SchemaObject | undefined): void {
  const wrong = (what: string) => new StoreCorrupt(`somebody altered the database ${path}: ${what}`);
  if (found?.type !== "table") throw wrong(`table ${wanted.name} is missing`);
  if (found.sql === wanted.sql) return;
  const [ours, theirs] = [partsOf(wanted.sql), partsOf(found.sql)];
  const missing = ours.parts.find((part) => !theirs.parts.includes(part));
  if (missing !== undefined) throw wrong(`table ${wanted.name} lacks "${missing}"`);
  if (ours.tail !== theirs.tail) throw wrong(`table ${wanted.name} is not "${ours.tail}"`);
  const refuses = /\b(check|unique|generated|as|references|not null|primary|constraint|foreign)\b/;
  const extra = theirs.parts.find((part) => !ours.parts.includes(part) && refuses.test(part));
  if (extra !== undefined) throw wrong(`table ${wanted.name} has "${extra}"`);
}

/**
 * The definitions of a CREATE TABLE, without comments and quotes, in small letters, in no order of meaning: those that a migration added
 * stand last. `tail`: what follows them.
 */
export function partsOf(sql: string): { parts: string[]; tail: string } {
  const text = sql.replaceAll(/--[^\n]*|\/\*.*?\*\//gs, " ").replaceAll('"', "").replaceAll(/\s+/g, " ").toLowerCase();
  const parts: string[] = [];
  const start = text.indexOf("(");
  let depth = 0, from = start + 1, end = text.length;
  for (let i = start; i < text.length && end === text.length; i++) {
    const letter = text[i];
    if (letter === "(") depth++;
    if (letter === ")" && --depth === 0) end = i;
    if ((letter === "," && depth === 1) || i === end) {
      parts.push(text.slice(from, i).replaceAll(/ ?([(),]) ?/g, "$1").trim());
      from = i + 1;
    }
  }
  return { parts, tail: text.slice(end + 1).trim() };
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
