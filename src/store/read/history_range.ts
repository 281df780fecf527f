/** From when on the database has history. */

import type { Millis } from "../../types/mod.ts";
import { daemonNumber } from "../daemon_values.ts";
import type { Database } from "../sqlite.ts";

/** Entries that ended before this time are deleted; 0: none is. Gaps are in `history_gaps`. */
export function historyFrom(db: Database): Millis {
  return daemonNumber(db, "history_from");
}

/** The entries that ended first: among these, nearly always, is the one that began first. */
const firstEntries = 10_000;

/** The oldest time of which the database knows something; `undefined`: it is empty. Walks over the routes. */
export function historyBegins(db: Database): Millis | undefined {
  const ended = db.value(
    `SELECT min(valid_from) FROM (SELECT valid_from FROM history ORDER BY valid_to, seq LIMIT ${firstEntries})`,
  );
  const current = db.value("SELECT min(received_at) FROM routes");
  const trimmed = historyFrom(db) || null;
  const known = [ended, current, trimmed].filter((value) => value !== null).map(Number);
  return known.length === 0 ? undefined : Math.min(...known);
}
