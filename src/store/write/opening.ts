/**
 * Opens a database for writing. An empty file gets the schema, and an older database is migrated. A damaged database is
 * renamed; an empty one takes its place and receives what people wrote into the old one.
 */

import type { Millis } from "../../types/mod.ts";
import { checkNumbers, repairSchema, tableNames } from "./alterations.ts";
import { salvage } from "./carry_over.ts";
import { isUnusable, StoreCorrupt, StoreError } from "../errors.ts";
import { putBack, setAside } from "../files.ts";
import { recordLostHistory } from "./history/history_gap.ts";
import { migrate } from "./migrate.ts";
import { Database } from "../sqlite.ts";

export interface Opening {
  readonly now: () => Millis;
  readonly busyTimeoutMs: Millis;
  /** Pragmas of the writing connection. */
  readonly pragmas: string;
  /** Called before the file at the path is opened; it may be a different file each time. */
  readonly prepare: () => void;
  /** Receives messages for the operator, one sentence each. */
  readonly note: (text: string) => void;
}

/** `begin` writes the first rows of the run. If it finds damage, everything is done again with an empty database. */
export function openToWrite<T>(path: string, opening: Opening, begin: (db: Database) => T): T {
  try {
    return open(path, opening, begin);
  } catch (error) {
    if (!isUnusable(error)) throw error;
    const aside = setAside(path, "corrupt", opening.now());
    try {
      return open(path, opening, (db) => {
        const salvaged = salvage(aside, db);
        recordLostHistory(db, opening.now());
        const begun = begin(db);
        const what = `${failureText(error, path)}: renamed to ${aside}, starting with an empty database`;
        opening.note(salvaged === undefined ? what : `${what}; ${salvaged}`);
        return begun;
      });
    } catch (failure) {
      // Otherwise the next start would find an empty database with nothing to salvage.
      putBack(path, aside);
      throw failure;
    }
  }
}

function open<T>(path: string, opening: Opening, begin: (db: Database) => T): T {
  const { busyTimeoutMs, pragmas, note } = opening;
  opening.prepare();
  const db = new Database(path, { busyTimeoutMs: Math.max(2_000, busyTimeoutMs) });
  try {
    migrate(db, note);
    sortBeside(db, path);
    db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 0; ${pragmas}`);
    for (const repaired of repairSchema(db)) note(repaired);
    checkNumbers(db);
    // Most damage is found by reading one row of each table.
    for (const table of tableNames()) {
      // No column of the row is read: half an IPv6 address does not fit into a JavaScript number.
      db.prepare(`SELECT 1 FROM ${table} NOT INDEXED LIMIT 1`).get();
    }
    return begin(db);
  } catch (error) {
    db.close();
    throw error;
  }
}

/** The failure as one sentence. */
export function failureText(error: unknown, path: string): string {
  if (error instanceof StoreError) return error.message;
  return `the database ${path} has unexpected content: ${error instanceof Error ? error.message : error}`;
}

/**
 * SQLite sorts an index in temporary files. They go into the folder of the database, which has room and may be
 * written. A hardened service may have neither /var/tmp nor /tmp, and could create no index.
 */
function sortBeside(db: Database, path: string): void {
  const folder = path.includes("/") ? path.slice(0, path.lastIndexOf("/")) || "/" : ".";
  try {
    db.exec(`PRAGMA temp_store_directory = '${folder.replaceAll("'", "''")}'`);
  } catch (error) {
    if (!(error instanceof StoreError) || error instanceof StoreCorrupt) throw error;
  }
}
