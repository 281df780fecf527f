/**
 * The indexes that are created after the first backlog is written, and the table sizes that the query planner assumes.
 *
 * To keep an index up to date while a full table arrives in random order takes many times as long as to create it
 * afterwards: 9.4 s instead of 0.8 s for 1.2M prefixes.
 *
 * Communities have no index. A walk over the 184,000 attribute sets of a full table takes 35 ms. A table of community
 * and set would take 10 ms, and 610,000 more rows, half as many as there are routes.
 */

import type { Database } from "./sqlite.ts";

/** In the order of creation: the index that people need first comes first. */
export const lateIndexes: readonly { readonly name: string; readonly sql: string }[] = [
  // Not unique: a prefix that left memory and returned has a new id, and the history may refer to the old id.
  // `hi` comes first: SQLite compares first columns that are numbers much faster than whole rows, and most values of
  // `hi` differ. 1.2M rows took 0.45 s of CPU time, and 0.68 s with `family` first, which is the same in most rows.
  { name: "prefixes_key", sql: "CREATE INDEX prefixes_key ON prefixes(hi, lo, len, family)" },
  { name: "attributes_origin", sql: "CREATE INDEX attributes_origin ON attributes(origin_as)" },
  // The index contains peer_id in any case, as a part of the key. Named here, it gets statistics; without these
  // sqlite3 3.40 read every attribute set to find the routes of one peer.
  { name: "routes_attribute", sql: "CREATE INDEX routes_attribute ON routes(attribute_id, peer_id)" },
  { name: "prefixes_text", sql: "CREATE INDEX prefixes_text ON prefixes(prefix)" },
  // For `show routes --family`, with and without `--rd`: the flow rules among a million VPN routes.
  { name: "nlri_family", sql: "CREATE INDEX nlri_family ON nlri(family, rd)" },
  { name: "nlri_key", sql: "CREATE INDEX nlri_key ON nlri(hi, lo, len, family)" },
  { name: "nlri_prefix", sql: "CREATE INDEX nlri_prefix ON nlri(prefix)" },
  { name: "nlri_text", sql: "CREATE INDEX nlri_text ON nlri(nlri)" },
  {
    name: "router_routes_attribute",
    sql: "CREATE INDEX router_routes_attribute ON router_routes(attribute_id, peer_id)",
  },
  { name: "history_prefix", sql: "CREATE INDEX history_prefix ON history(prefix_id, valid_to)" },
];

/**
 * The result of ANALYZE on a database with four full tables, so that plans are right from the first row on: without it
 * sqlite3 3.40 read all 4.8M routes to find one prefix. SQLite ignores rows of indexes that do not exist yet.
 */
const statistics: readonly (readonly [table: string, index: string | null, stat: string])[] = [
  ["peers", "sqlite_autoindex_peers_1", "20 1"],
  ["peer_families", "peer_families", "40 2 1"],
  ["prefixes", "prefixes_key", "1200000 2 2 1 1"],
  ["prefixes", "prefixes_text", "1200000 1"],
  ["nlri", "nlri_family", "100000 5000 100"],
  ["nlri", "nlri_key", "100000 3 3 2 2"],
  ["nlri", "nlri_prefix", "100000 3"],
  ["nlri", "nlri_text", "100000 1"],
  ["attributes", "attributes_origin", "200000 3"],
  ["routes", "routes", "4800000 1200000 1 1"],
  ["routes", "routes_attribute", "4800000 50 25"],
  ["router_routes", "router_routes", "4800000 1200000 1 1"],
  ["router_routes", "router_routes_attribute", "4800000 50 25"],
  ["best", null, "1200000"],
  ["history", "history", "10000000 20 1"],
  ["history", "history_prefix", "10000000 10 1"],
  ["words", "words", "40 20 1"],
  ["daemon", "daemon", "8 1"],
];

/** Writes all statistics, into a new database. */
export function seedStatistics(db: Database): void {
  db.exec("ANALYZE sqlite_schema; DELETE FROM sqlite_stat1");
  const insert = db.prepare("INSERT INTO sqlite_stat1(tbl, idx, stat) VALUES(?, ?, ?)");
  for (const row of statistics) insert.run(...row);
}

/** Writes the statistics of one table again, after a migration has recreated it. */
export function seedStatisticsOf(db: Database, table: string): void {
  if (db.value("SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_stat1'") === null) return;
  db.prepare("DELETE FROM sqlite_stat1 WHERE tbl = ?").run(table);
  const insert = db.prepare("INSERT INTO sqlite_stat1(tbl, idx, stat) VALUES(?, ?, ?)");
  for (const row of statistics) if (row[0] === table) insert.run(...row);
}

export function missingIndexes(db: Database): string[] {
  const present = new Set(db.prepare("SELECT name FROM sqlite_schema WHERE type = 'index'").all().map((row) => row[0]));
  return lateIndexes.filter((index) => !present.has(index.name)).map((index) => index.name);
}
