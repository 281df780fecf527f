/**
 * Opening a database to write it: an empty file is made one, an older one is migrated, and a damaged one is moved aside
 * for an empty one to take its place, into which goes what people wrote.
 */

import type { Millis } from "../../session/mod.ts";
import { checkNumbers, repairSchema, tableNames } from "./alterations.ts";
import { salvage } from "./carry_over.ts";
import { isSurprise, StoreCorrupt, StoreError } from "../errors.ts";
import { putBack, setAside } from "../files.ts";
import { recordLostHistory } from "./history/history_gap.ts";
import { migrate } from "./migrate.ts";
import { Database } from "../sqlite.ts";

export interface Opening {
  readonly now: () => Millis;
  readonly busyTimeoutMs: Millis;
  /** Pragmas of every connection that writes. */
  readonly pragmas: string;
  /** Before the file at the path is opened, which may be another one each time. */
  readonly prepare: () => void;
  /** Hears what an operator should know, one sentence each. */
  readonly note: (text: string) => void;
}

/** `begin` does what a run begins with. Damage may show in it as well: then all is done once more, on an empty database. */
export function openToWrite<T>(path: string, opening: Opening, begin: (db: Database) => T): T {
  try {
    return open(path, opening, begin);
  } catch (error) {
    if (!isSurprise(error)) throw error;
    const aside = setAside(path, "corrupt", opening.now());
    try {
      return open(path, opening, (db) => {
        const salvaged = salvage(aside, db);
        recordLostHistory(db, opening.now());
        const begun = begin(db);
        const what = `${wordsOf(error, path)}: renamed to ${aside}, starting with an empty database`;
        opening.note(salvaged === undefined ? what : `${what}; ${salvaged}`);
        return begun;
      });
    } catch (failure) {
      // Or the next start would find an empty database, and nothing to salvage.
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
    // A damaged file shows here, if it does at a glance.
    for (const table of tableNames()) {
      // Nothing of the row itself: half an IPv6 address is more than a JavaScript number holds.
      db.prepare(`SELECT 1 FROM ${table} NOT INDEXED LIMIT 1`).get();
    }
    return begin(db);
  } catch (error) {
    db.close();
    throw error;
  }
}

/** What was found, in one sentence. */
export function wordsOf(error: unknown, path: string): string {
  if (error instanceof StoreError) return error.message;
  return `the database ${path} makes no sense: ${error instanceof Error ? error.message : error}`;
}

/**
 * Sorting for an index takes temporary files. The folder of the database has room and may be written, which is not certain
 * of /var/tmp and /tmp under a hardened service: there no index was ever made.
 */
function sortBeside(db: Database, path: string): void {
  const folder = path.includes("/") ? path.slice(0, path.lastIndexOf("/")) || "/" : ".";
  try {
    db.exec(`PRAGMA temp_store_directory = '${folder.replaceAll("'", "''")}'`);
  } catch (error) {
    if (!(error instanceof StoreError) || error instanceof StoreCorrupt) throw error;
  }
}
