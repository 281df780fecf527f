/**
 * Compares the tables, views, indexes and triggers of a database with the schema. Anyone who may write the file can
 * alter them. Objects that an operator adds stay, unless they can refuse a row or replace a view of bgpd.
 *
 * Views and indexes hold no data: they are created again. An altered table cannot be repaired: its database is renamed
 * (`opening.ts`).
 */

import schema from "../schema.sql" with { type: "text" };
import { StoreCorrupt } from "../errors.ts";
import { lateIndexes } from "../indexes.ts";
import { Database, quotedName } from "../sqlite.ts";

interface SchemaObject {
  readonly type: string;
  readonly name: string;
  readonly table: string;
  readonly sql: string;
}

/** The statement that repairs an object, and the text for the operator. */
interface Repair {
  readonly sql: string;
  readonly text: string;
}

/**
 * Restores views, indexes and triggers of the schema; returns a sentence for each repair. Throws {@link StoreCorrupt}
 * where a table was altered.
 */
export function repairSchema(db: Database): string[] {
  const found = objectsOf(db);
  const wanted = schemaObjects();
  for (const table of wanted.values()) if (table.type === "table") checkTable(db.path, table, found.get(table.name));
  const repairs = [...addedObjects(found, wanted), ...missingObjects(found, wanted)];
  if (repairs.length === 0) return [];
  db.transaction(() => {
    for (const { sql } of repairs) db.exec(sql);
  });
  return repairs.map(({ text }) => `somebody altered the database ${db.path}: ${text}`);
}

/**
 * A text that changes whenever {@link repairSchema} may have something to do: with the schema, whoever changes it, and
 * with any write of another connection, because such a write can alter the schema without changing its version.
 */
export function schemaMark(db: Database): string {
  return `${db.value("PRAGMA schema_version")} ${db.value("PRAGMA data_version")}`;
}

/** Small tables in which one wrong value hides all routes of a peer, or more. */
const weighty = ["peers", "peer_families", "flushes", "history_gaps"];

/**
 * At the start of a run: throws {@link StoreCorrupt} where an integer column of such a table holds something else.
 * Rows of the RIB are checked as they are loaded.
 */
export function checkNumbers(db: Database): void {
  const limit = Number.MAX_SAFE_INTEGER;
  for (const table of weighty) {
    const columns = db.prepare(`SELECT name FROM pragma_table_info('${table}') WHERE type = 'INTEGER'`).all();
    for (const [column] of columns) {
      // Texts and blobs sort after all numbers.
      if (db.value(`SELECT 1 FROM ${table} WHERE ${column} NOT BETWEEN -${limit} AND ${limit} LIMIT 1`) === null) {
        continue;
      }
      throw new StoreCorrupt(
        `somebody altered the database ${db.path}: ${column} in table ${table} has a value that is not a number`,
      );
    }
  }
}

export function tableNames(): string[] {
  return [...schemaObjects().values()].filter(({ type }) => type === "table").map(({ name }) => name);
}

let known: ReadonlyMap<string, SchemaObject> | undefined;

/** The objects of the schema by name, without the late indexes. */
function schemaObjects(): ReadonlyMap<string, SchemaObject> {
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

/** Triggers and indexes of an operator on tables of the schema that can refuse a row. */
function addedObjects(found: ReadonlyMap<string, SchemaObject>, wanted: ReadonlyMap<string, SchemaObject>): Repair[] {
  const repairs: Repair[] = [];
  for (const { type, name, table, sql } of found.values()) {
    if (!wanted.has(table) || wanted.get(name)?.type === type) continue;
    const late = lateIndexes.find((index) => index.name === name);
    if (type === "trigger") {
      repairs.push({ sql: `DROP TRIGGER ${quotedName(name)}`, text: `trigger ${name} is dropped` });
    }
    if (type !== "index" || late?.sql === sql) continue;
    if (late === undefined && !/^\s*CREATE\s+UNIQUE\b/i.test(sql)) continue;
    repairs.push({ sql: `DROP INDEX ${quotedName(name)}`, text: `index ${name} is dropped` });
  }
  return repairs;
}

/** Views and indexes of the schema that are missing or altered. */
function missingObjects(found: ReadonlyMap<string, SchemaObject>, wanted: ReadonlyMap<string, SchemaObject>): Repair[] {
  const repairs: Repair[] = [];
  for (const { type, name, sql } of wanted.values()) {
    const now = found.get(name);
    if (type === "table" || now?.sql === sql) continue;
    const away = now === undefined ? "" : `DROP ${now.type} ${quotedName(name)};`;
    repairs.push({ sql: away + sql, text: `${type} ${name} is created again` });
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
 * The definitions of a CREATE TABLE in lower case, without comments and quotes. Their order has no meaning: columns
 * that a migration added are last. `tail`: the text after the definitions.
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
