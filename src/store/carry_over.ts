/**
 * From a database that was taken away (its file removed, but still open here) or found damaged, into the one that follows
 * it within the same run: what only the database knows. Prefixes, attribute sets and routes are not among it, for the RIB
 * sends them again; history is left behind with the old file.
 */

import { StoreError } from "./errors.ts";
import type { Database, SqlRow } from "./sqlite.ts";

/** What people wrote into it comes first. */
const tables = ["announcements", "configured_peers", "peers", "peer_families", "daemon", "peer_events"] as const;

/** Copies what can be read. A damaged database gives what it still has. */
export function carryOver(from: Database, to: Database): void {
  for (const table of tables) {
    const { columns, rows } = readTable(from, table);
    if (rows.length === 0) continue;
    const places = columns.map(() => "?").join(", ");
    to.transaction(() => {
      const insert = to.prepare(`INSERT OR REPLACE INTO ${table}(${columns.join(", ")}) VALUES(${places})`);
      for (const row of rows) insert.run(...row);
    });
  }
  // Nothing is complete any more, nor stale, nor left to clean up.
  to.exec("UPDATE peer_families SET eor_at = NULL, stale_before = 0, cleaned_at = flushed_at");
}

function readTable(db: Database, table: string): { columns: string[]; rows: SqlRow[] } {
  const rows: SqlRow[] = [];
  let columns: string[] = [];
  try {
    const query = db.prepare(`SELECT * FROM ${table}`);
    columns = query.columns;
    for (const row of query.iterate()) rows.push(row);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
  }
  return { columns, rows };
}
