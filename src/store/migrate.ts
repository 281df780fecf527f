/** The version of a database, and the way from older ones to ours. */

import schema from "./schema.sql" with { type: "text" };
import { families } from "../types/mod.ts";
import { StoreError } from "./errors.ts";
import { seedStatistics, seedStatisticsOf } from "./write/indexes.ts";
import type { Database } from "./sqlite.ts";

/** The version that this program writes: `PRAGMA user_version`. */
export const schemaVersion = 5;

/** "bgpd" in four octets: `PRAGMA application_id`, by which `file` and we tell whose database this is. */
export const applicationId = 0x62677064;

/** A step from `from` to `from + 1`. Steps of later versions are appended here. */
interface Migration {
  readonly from: number;
  readonly migrate: (db: Database) => void;
}

const migrations: readonly Migration[] = [
  { from: 1, migrate: (db) => db.exec("ALTER TABLE announcements ADD COLUMN source TEXT NOT NULL DEFAULT 'sql'") },
  {
    from: 2,
    migrate: (db) => {
      db.exec(
        "CREATE TABLE flushes(peer_id INTEGER NOT NULL, family INTEGER NOT NULL, at INTEGER NOT NULL," +
          " PRIMARY KEY(peer_id, family, at)) WITHOUT ROWID;" +
          "ALTER TABLE history_gaps ADD COLUMN began_at INTEGER NOT NULL DEFAULT 0",
      );
    },
  },
  {
    from: 3,
    // And the view `adj_rib_in`; views are made anew anyway.
    migrate: (db) => {
      db.exec(
        "CREATE TABLE multipath(prefix_id INTEGER NOT NULL, peer_id INTEGER NOT NULL, path_id INTEGER NOT NULL," +
          " rank INTEGER NOT NULL, PRIMARY KEY(prefix_id, peer_id, path_id)) WITHOUT ROWID;" +
          "CREATE TABLE configured_peers(remote_ip TEXT PRIMARY KEY, toml TEXT NOT NULL, added_at INTEGER NOT NULL);" +
          "ALTER TABLE peers ADD COLUMN role TEXT;" +
          "ALTER TABLE peers ADD COLUMN remote_role TEXT;" +
          "ALTER TABLE peers ADD COLUMN reason TEXT;" +
          "ALTER TABLE peers ADD COLUMN stale_until INTEGER",
      );
    },
  },
  {
    from: 4,
    migrate: (db) => {
      nameThePeers(db);
      db.exec(
        "ALTER TABLE routes ADD COLUMN confirmed_at INTEGER;" +
          "ALTER TABLE peer_families ADD COLUMN lag INTEGER NOT NULL DEFAULT 0;" +
          "ALTER TABLE history_gaps ADD COLUMN peer_id INTEGER",
      );
      neverReuseIds(db);
      for (const table of ["announced", "outcomes", "outcome_peers"]) db.exec(tableOf(table));
    },
  },
];

/** Makes an empty file a database, brings an older one up to date, and refuses what is not ours. */
export function migrate(db: Database, note: (text: string) => void): void {
  const version = Number(db.value("PRAGMA user_version"));
  const id = Number(db.value("PRAGMA application_id"));
  const objects = Number(db.value("SELECT count(*) FROM sqlite_schema"));
  if (objects === 0 && version === 0) return create(db);
  const refusal = refusalOf(db.path, id, version);
  if (refusal !== undefined) throw new StoreError(refusal);
  if (version === schemaVersion) return;
  const theirViews = viewsOfOthers(db);
  // What others made keeps the names that it knows.
  db.exec("PRAGMA legacy_alter_table = ON");
  for (let from = version; from < schemaVersion; from++) {
    const step = migrations.find((migration) => migration.from === from);
    if (step === undefined) throw new StoreError(`${db.path} has schema ${from}, from which no way leads to ours`);
    note(`migrating ${db.path} from schema ${from} to ${from + 1}`);
    db.transaction(() => {
      // Views refer to what a step changes; those of today stand in the schema.
      for (const view of viewNames(db)) db.exec(`DROP VIEW ${quoted(view)}`);
      step.migrate(db);
      if (from + 1 === schemaVersion) { for (const sql of [viewsOfToday, ...theirViews]) db.exec(sql); }
      db.exec(`PRAGMA user_version = ${from + 1}`);
    });
  }
  db.exec("PRAGMA legacy_alter_table = OFF");
}

/** Peers have names, which were their addresses; several may have one address. Ids stay, and so does what refers to them. */
function nameThePeers(db: Database): void {
  remake(
    db,
    "peers",
    "CREATE TABLE peers(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, remote_ip TEXT, remote_as INTEGER, description TEXT," +
      " peer_group TEXT, router_id TEXT, local_ip TEXT, local_as INTEGER, hold_time INTEGER, capabilities TEXT, role TEXT," +
      " remote_role TEXT, state TEXT NOT NULL DEFAULT 'Idle', state_since INTEGER, reason TEXT, stale_until INTEGER," +
      " messages_received INTEGER NOT NULL DEFAULT 0, messages_sent INTEGER NOT NULL DEFAULT 0," +
      " updates_received INTEGER NOT NULL DEFAULT 0, routes_announced INTEGER NOT NULL DEFAULT 0," +
      " routes_withdrawn INTEGER NOT NULL DEFAULT 0, treat_as_withdraw INTEGER NOT NULL DEFAULT 0," +
      " attribute_discards INTEGER NOT NULL DEFAULT 0)",
    { name: "remote_ip" },
  );
  db.exec(
    "UPDATE peers SET remote_ip = NULL WHERE id = 0; ALTER TABLE configured_peers RENAME COLUMN remote_ip TO name",
  );
  seedStatisticsOf(db, "peers");
}

/** Ids of `announcements` are not used again: that can only be said when the table is made. */
function neverReuseIds(db: Database): void {
  remake(db, "announcements", tableOf("announcements"));
}

/**
 * Makes a table anew, with all of its rows. Columns and indexes that others added stay, where they cannot refuse a row. `filled`:
 * columns that the former table lacks, each with the one that it begins as.
 */
function remake(db: Database, table: string, sql: string, filled: Readonly<Record<string, string>> = {}): void {
  const former = `former_${table}`;
  const indexes = db.prepare(
    "SELECT sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = ? AND sql LIKE 'CREATE INDEX %'",
  ).all(table).map(([sql]) => String(sql));
  db.exec(`ALTER TABLE ${table} RENAME TO ${former}`);
  db.exec(sql);
  const today = new Set(columnsOf(db, table).map(({ name }) => name));
  const kept: string[] = [];
  for (const { name, type } of columnsOf(db, former)) {
    if (Object.hasOwn(filled, name)) continue;
    if (!today.has(name)) db.exec(`ALTER TABLE ${table} ADD COLUMN ${quoted(name)} ${type}`);
    kept.push(quoted(name));
  }
  const into = [...Object.keys(filled), ...kept].join(", "), from = [...Object.values(filled), ...kept].join(", ");
  db.exec(`INSERT INTO ${table}(${into}) SELECT ${from} FROM ${former}; DROP TABLE ${former}`);
  for (const index of indexes) db.exec(index);
}

function columnsOf(db: Database, table: string): { name: string; type: string }[] {
  return db.prepare("SELECT name, type FROM pragma_table_info(?)").all(table)
    .map(([name, type]) => ({ name: String(name), type: String(type) }));
}

const viewsOfToday = schema.slice(schema.indexOf("CREATE VIEW"));

/** The statements that made them. */
function viewsOfOthers(db: Database): string[] {
  return db.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'view'").all()
    .filter(([name]) => !viewsOfToday.includes(`CREATE VIEW ${name} AS`)).map(([, sql]) => String(sql));
}

/** The statement that makes a table, as it is today. */
function tableOf(name: string): string {
  const start = schema.indexOf(`CREATE TABLE ${name}(`);
  return schema.slice(start, schema.indexOf(";", start) + 1);
}

function refusalOf(path: string, id: number, version: number): string | undefined {
  if (id !== applicationId) return `${path} is a database of another program`;
  if (version <= schemaVersion) return undefined;
  return `${path} was written by a newer bgpd (schema ${version}, this one knows ${schemaVersion})`;
}

/** Why a start on this file is refused; `undefined` where it is not, also where the file is damaged, which is moved aside. */
export function databaseRefusal(path: string): string | undefined {
  const header = headerOf(path);
  // "user version" and "application ID" of the file format.
  if (header === undefined) return undefined;
  return refusalOf(path, header.getUint32(68), header.getUint32(60));
}

/** The first 100 octets of a SQLite database, without opening it as one. */
function headerOf(path: string): DataView | undefined {
  try {
    using file = Deno.openSync(path);
    const header = new Uint8Array(100);
    const length = file.readSync(header) ?? 0;
    const isDatabase = new TextDecoder().decode(header.subarray(0, 15)) === "SQLite format 3";
    return length < 100 || !isDatabase ? undefined : new DataView(header.buffer);
  } catch {
    return undefined;
  }
}

function viewNames(db: Database): string[] {
  return db.prepare("SELECT name FROM sqlite_schema WHERE type = 'view'").all().map(([name]) => String(name));
}

function create(db: Database): void {
  // To be decided before the first table: history is trimmed for ever, and the file should shrink with it. Costs about a
  // tenth of the time of writing routes.
  db.exec("PRAGMA auto_vacuum = INCREMENTAL");
  db.transaction(() => {
    db.exec(schema);
    const insert = db.prepare("INSERT INTO families(id, name) VALUES(?, ?)");
    for (const { id, name } of families) insert.run(id, name);
    seedStatistics(db);
    db.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${schemaVersion}`);
  });
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
