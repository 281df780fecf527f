/**
 * The indexes that wait until the first backlog has drained, and what the query planner believes about table sizes.
 *
 * Keeping an index in random order while a full table arrives costs many times its later creation (1.2M prefixes: 9.4 s
 * against 0.8 s), and in that time the RIB is what people wait for.
 *
 * There is no index of communities: a walk over the 184,000 sets of a full table finds one in 35 ms. A table of community and
 * set would find it in 10 ms, and cost 610,000 rows more, half as many as there are routes.
 */

import type { Database } from "./sqlite.ts";

/** In the order of creation: what people ask first comes first. */
export const lateIndexes: readonly { readonly name: string; readonly sql: string }[] = [
  // Not unique: a prefix that left memory and came back has a new id, and history may still refer to the old one.
  { name: "prefixes_key", sql: "CREATE INDEX prefixes_key ON prefixes(family, hi, lo, len)" },
  { name: "attributes_origin", sql: "CREATE INDEX attributes_origin ON attributes(origin_as)" },
  // peer_id is in it anyway, being part of the key; named, it has statistics. Without them sqlite3 3.40 answered "all routes
  // of a peer" by walking all sets.
  { name: "routes_attribute", sql: "CREATE INDEX routes_attribute ON routes(attribute_id, peer_id)" },
  { name: "prefixes_text", sql: "CREATE INDEX prefixes_text ON prefixes(prefix)" },
  { name: "history_prefix", sql: "CREATE INDEX history_prefix ON history(prefix_id, valid_to)" },
];

/**
 * What ANALYZE would say of a database with four full tables, so that plans are right from the first row: without it
 * sqlite3 3.40 scanned all 4.8M routes for one prefix. Rows of indexes that do not exist yet are ignored.
 */
const statistics: readonly (readonly [table: string, index: string | null, stat: string])[] = [
  ["peers", "sqlite_autoindex_peers_1", "20 1"],
  ["peer_families", "peer_families", "40 2 1"],
  ["prefixes", "prefixes_key", "1200000 600000 2 2 1"],
  ["prefixes", "prefixes_text", "1200000 1"],
  ["attributes", "attributes_origin", "200000 3"],
  ["routes", "routes", "4800000 1200000 1 1"],
  ["routes", "routes_attribute", "4800000 50 25"],
  ["best", null, "1200000"],
  ["history", "history", "10000000 20 1"],
  ["history", "history_prefix", "10000000 10 1"],
  ["words", "words", "40 20 1"],
  ["daemon", "daemon", "8 1"],
];

/** Part of the creation of a database. */
export function seedStatistics(db: Database): void {
  db.exec("ANALYZE sqlite_schema; DELETE FROM sqlite_stat1");
  const insert = db.prepare("INSERT INTO sqlite_stat1(tbl, idx, stat) VALUES(?, ?, ?)");
  for (const row of statistics) insert.run(...row);
}

/** For a table that was made anew. */
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
