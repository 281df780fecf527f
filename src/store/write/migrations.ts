/**
 * The steps from each schema version to the next. A step is never changed once it is released: databases of that
 * version exist. New steps are appended.
 */

import schema from "../schema.sql" with { type: "text" };
import { type Database, quotedName } from "../sqlite.ts";
import { lateIndexes, seedStatisticsOf } from "../indexes.ts";
import { renameTexts } from "./renamed_texts.ts";

/** A step from version `from` to `from + 1`. The views are dropped before and created again after the last step. */
export interface Migration {
  readonly from: number;
  readonly migrate: (db: Database) => void;
}

export const migrations: readonly Migration[] = [
  { from: 1, migrate: (db) => db.exec("ALTER TABLE announcements ADD COLUMN source TEXT NOT NULL DEFAULT 'sql'") },
  { from: 2, migrate: addFlushes },
  { from: 3, migrate: addMultipathAndRoles },
  { from: 4, migrate: addNamesAndOutcomes },
  // And the view lost_routes, with rib_history and updates built on it.
  { from: 5, migrate: (db) => renameTexts(db) },
  { from: 6, migrate: addAcceptedAndSent },
  { from: 7, migrate: orderPrefixesByAddress },
  { from: 8, migrate: (db) => [addExpiryAndLog, addFamilies].forEach((step) => step(db)) },
  { from: 9, migrate: addRpki },
  { from: 10, migrate: addRouters },
];

function addFlushes(db: Database): void {
  db.exec(
    "CREATE TABLE flushes(peer_id INTEGER NOT NULL, family INTEGER NOT NULL, at INTEGER NOT NULL," +
      " PRIMARY KEY(peer_id, family, at)) WITHOUT ROWID;" +
      "ALTER TABLE history_gaps ADD COLUMN began_at INTEGER NOT NULL DEFAULT 0",
  );
}

function addMultipathAndRoles(db: Database): void {
  db.exec(
    "CREATE TABLE multipath(prefix_id INTEGER NOT NULL, peer_id INTEGER NOT NULL, path_id INTEGER NOT NULL," +
      " rank INTEGER NOT NULL, PRIMARY KEY(prefix_id, peer_id, path_id)) WITHOUT ROWID;" +
      "CREATE TABLE configured_peers(remote_ip TEXT PRIMARY KEY, toml TEXT NOT NULL, added_at INTEGER NOT NULL);" +
      "ALTER TABLE peers ADD COLUMN role TEXT;" +
      "ALTER TABLE peers ADD COLUMN remote_role TEXT;" +
      "ALTER TABLE peers ADD COLUMN reason TEXT;" +
      "ALTER TABLE peers ADD COLUMN stale_until INTEGER",
  );
}

function addNamesAndOutcomes(db: Database): void {
  nameThePeers(db);
  db.exec(
    "ALTER TABLE routes ADD COLUMN confirmed_at INTEGER;" +
      "ALTER TABLE peer_families ADD COLUMN lag INTEGER NOT NULL DEFAULT 0;" +
      "ALTER TABLE history_gaps ADD COLUMN peer_id INTEGER",
  );
  neverReuseIds(db);
  for (const table of ["announced", "outcomes", "outcome_peers"]) db.exec(tableOf(table));
}

function addAcceptedAndSent(db: Database): void {
  db.exec(
    "ALTER TABLE peer_families ADD COLUMN accepted INTEGER NOT NULL DEFAULT 0;" +
      "ALTER TABLE peer_families ADD COLUMN sent INTEGER NOT NULL DEFAULT 0",
  );
}

/** The family was the first column of index prefixes_key. */
function orderPrefixesByAddress(db: Database): void {
  const isThere = db.value("SELECT 1 FROM sqlite_schema WHERE name = 'prefixes_key'") !== null;
  db.exec("DROP INDEX IF EXISTS prefixes_key");
  seedStatisticsOf(db, "prefixes");
  if (isThere) db.exec("CREATE INDEX prefixes_key ON prefixes(hi, lo, len, family)");
}

/** Announcements of every family, which may lack a prefix; their expiry, and the log of their changes. */
function addExpiryAndLog(db: Database): void {
  const last = db.value("SELECT seq FROM sqlite_sequence WHERE name = 'announcements'");
  recreate(db, "announcements", tableOf("announcements"));
  // The copy of the rows counts from the highest id that is left.
  db.exec("DELETE FROM sqlite_sequence WHERE name = 'announcements'");
  if (last !== null) db.prepare("INSERT INTO sqlite_sequence(name, seq) VALUES('announcements', ?)").run(last);
  for (const table of ["announcements_expired", "announcements_log", "announcements_writer"]) db.exec(tableOf(table));
}

/** Destinations that are no plain prefixes, and what few attribute sets have. */
function addFamilies(db: Database): void {
  for (const table of ["nlri", "attribute_details"]) db.exec(tableOf(table));
  db.exec("CREATE INDEX nlri_retired ON nlri(retired_at) WHERE retired_at IS NOT NULL");
  seedStatisticsOf(db, "nlri");
  for (const { name, sql } of lateIndexes) if (name.startsWith("nlri_")) db.exec(sql);
}

/** What RPKI data say, and when they said it. */
function addRpki(db: Database): void {
  db.exec("ALTER TABLE routes ADD COLUMN validity INTEGER");
  for (const table of ["vrp_intervals", "aspa_intervals", "rpki_sources"]) db.exec(tableOf(table));
  db.exec("CREATE INDEX vrp_intervals_asn ON vrp_intervals(asn)");
}

/** What routers report by BMP. */
function addRouters(db: Database): void {
  for (const table of ["router_states", "router_peer_states", "router_routes", "router_events"]) {
    db.exec(tableOf(table));
  }
  seedStatisticsOf(db, "router_routes");
  for (const { name, sql } of lateIndexes) if (name === "router_routes_attribute") db.exec(sql);
}

/**
 * Peers have names, which were their addresses; several may have one address. Ids stay, and so does what refers to
 * them.
 */
function nameThePeers(db: Database): void {
  recreate(
    db,
    "peers",
    "CREATE TABLE peers(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, remote_ip TEXT, remote_as INTEGER," +
      " description TEXT," +
      " peer_group TEXT, router_id TEXT, local_ip TEXT, local_as INTEGER, hold_time INTEGER, capabilities TEXT, role" +
      " TEXT," +
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

/** AUTOINCREMENT for `announcements`: SQLite accepts it only when a table is created. */
function neverReuseIds(db: Database): void {
  recreate(db, "announcements", tableOf("announcements"));
}

/**
 * Creates a table again with all of its rows. Columns and indexes of an operator stay, unless they can refuse a row.
 * `filled`: columns that the former table lacks, each with the former column that gives its first value.
 */
function recreate(db: Database, table: string, sql: string, filled: Readonly<Record<string, string>> = {}): void {
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
    if (!today.has(name)) db.exec(`ALTER TABLE ${table} ADD COLUMN ${quotedName(name)} ${type}`);
    kept.push(quotedName(name));
  }
  const into = [...Object.keys(filled), ...kept].join(", "), from = [...Object.values(filled), ...kept].join(", ");
  db.exec(`INSERT INTO ${table}(${into}) SELECT ${from} FROM ${former}; DROP TABLE ${former}`);
  for (const index of indexes) db.exec(index);
}

function columnsOf(db: Database, table: string): { name: string; type: string }[] {
  return db.prepare("SELECT name, type FROM pragma_table_info(?)").all(table)
    .map(([name, type]) => ({ name: String(name), type: String(type) }));
}

/** The statement of the schema that creates a table. */
function tableOf(name: string): string {
  const start = schema.indexOf(`CREATE TABLE ${name}(`);
  return schema.slice(start, schema.indexOf(";", start) + 1);
}
