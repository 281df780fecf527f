/** The rows that a run writes when it opens its database: this speaker, names of numbers, and values of the daemon. */

import { decisionStepNames, endedByNames, ineligibleNames } from "../../rib/mod.ts";
import { families, type Millis } from "../../types/mod.ts";
import { setDaemonValue } from "../daemon_values.ts";
import type { Database } from "../sqlite.ts";
import { type EarlierRun, earlierRun, endEarlierRun } from "./earlier_run.ts";
import { recordHistorySwitch, recordKilledRun } from "./history/history_gap.ts";
import { dropUnusedPrefixes } from "./history/history_trim.ts";

export interface FirstRows {
  readonly at: Millis;
  readonly version: string | undefined;
  readonly keepsHistory: boolean;
  /** False where the same run goes on in a new file. */
  readonly isNewRun: boolean;
}

/** Returns the previous run where it was killed. */
export function writeFirstRows(
  db: Database,
  { at, version, keepsHistory, isNewRun }: FirstRows,
): EarlierRun | undefined {
  const earlier = db.transaction(() => {
    if (isNewRun) recordKilledRun(db, at);
    recordHistorySwitch(db, keepsHistory, at);
    db.exec("INSERT OR IGNORE INTO peers(id, name, description) VALUES(0, 'local', 'this speaker')");
    // A newer program may know more families than the one that created the database.
    const known = db.prepare("INSERT OR IGNORE INTO families(id, name) VALUES(?, ?)");
    const family = db.prepare("INSERT OR IGNORE INTO peer_families(peer_id, family) VALUES(0, ?)");
    for (const { id, name } of families) {
      known.run(id, name);
      family.run(id);
    }
    writeNames(db);
    setDaemonValue(db, "pid", Deno.pid);
    setDaemonValue(db, "backlog", 0);
    setDaemonValue(db, "longest_stall_ms", 0);
    if (version !== undefined) setDaemonValue(db, "version", version);
    if (!isNewRun) return undefined;
    setDaemonValue(db, "started_at", at);
    const earlier = earlierRun(db, at);
    endEarlierRun(db, at);
    return earlier;
  });
  if (isNewRun) dropUnusedPrefixes(db);
  return earlier;
}

/** The table `words`. */
function writeNames(db: Database): void {
  const insert = db.prepare("INSERT OR REPLACE INTO words(kind, id, word) VALUES(?, ?, ?)");
  decisionStepNames.forEach((text, id) => insert.run("step", id, text));
  ineligibleNames.forEach((text, id) => insert.run("ineligible", id, text));
  endedByNames.forEach((text, id) => insert.run("ended", id, text));
}
