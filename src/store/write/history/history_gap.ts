/**
 * Records gaps of the history in `history_gaps`: a run without history, a run that was killed, a damaged file, and
 * entries of one peer that were not written or were deleted. Gaps of the ring in memory come from the RIB. The time
 * before which every entry is deleted stands in `daemon` (history_from).
 */

import type { Millis } from "../../../types/mod.ts";
import { daemonNumber, setDaemonValue } from "../../daemon_values.ts";
import type { Database } from "../../sqlite.ts";

/** The end of a gap that has not ended: the end of year 9999, as in the views. */
const goesOn: Millis = 253_402_300_799_999;
/**
 * A backlog below this is written in one transaction: the history entries together with the routes that replaced them.
 */
const fewRows = 10_000;
/** Changes that happened this long before the last report of a small backlog are in the database for certain. */
const reportMarginMs: Millis = 10_000;

/** At the start of a run or of a new file: begins or ends the gap of a run without history. */
export function recordHistorySwitch(db: Database, keepsHistory: boolean, at: Millis): void {
  if (keepsHistory) db.prepare("UPDATE history_gaps SET to_at = ?1 WHERE to_at = ?2").run(at, goesOn);
  else if (!isOff(db)) addGap(db, at, goesOn, 0);
}

/**
 * At the start of a run, before it overwrites values of the previous run. A run that ends deletes its pid. A run that
 * was killed had history entries in memory, or had written half of a batch: its last report of the backlog says since
 * when.
 */
export function recordKilledRun(db: Database, at: Millis): void {
  const value = (key: string) => daemonNumber(db, key);
  if (value("pid") === 0 || value("backlog_at") === 0 || isOff(db)) return;
  const wasBehind = value("backlog") >= fewRows;
  const last = wasBehind
    ? Number(db.value("SELECT max(valid_to) FROM history"))
    : Math.max(value("alive_at"), value("backlog_at"));
  const from = Math.max(value("started_at"), last - reportMarginMs);
  // With a large backlog, routes are written before the history entries that they replaced. Such an entry is lost,
  // however old it was.
  if (from < at) addGap(db, from, at, wasBehind ? 0 : from);
}

/** Gaps of one peer that are this close to each other become one row. */
const closeMs: Millis = 60_000;

/** History entries of one peer that were not written. */
export interface ThinnedEntries {
  readonly peerId: number;
  /** When the first and the last of them ended. */
  from: Millis;
  to: Millis;
  /** When the first of them began. */
  beganAt: Millis;
  entries: number;
}

/** Records entries of a peer that were not written, because the peer has too many. */
export function recordThinned(db: Database, { peerId, from, to, beganAt, entries }: ThinnedEntries): void {
  const grown = db.prepare(
    "UPDATE history_gaps SET from_at = min(from_at, ?2), to_at = max(to_at, ?3), began_at = min(began_at, ?4)," +
      " changes = changes + ?5 WHERE peer_id = ?1 AND changes > 0 AND to_at >= ?2 - ?6",
  ).run(peerId, from, to, beganAt, entries, closeMs);
  if (grown > 0) return;
  db.prepare("INSERT INTO history_gaps(from_at, to_at, changes, began_at, peer_id) VALUES(?, ?, ?, ?, ?)")
    .run(from, to, entries, beganAt, peerId);
}

/** Records that the entries of one peer up to this time are deleted. */
export function recordTrimmedOf(db: Database, peerId: number, at: Millis): void {
  const grown = db.prepare("UPDATE history_gaps SET to_at = max(to_at, ?2) WHERE peer_id = ?1 AND changes = 0").run(
    peerId,
    at,
  );
  if (grown > 0) return;
  db.prepare("INSERT INTO history_gaps(from_at, to_at, changes, began_at, peer_id) VALUES(0, ?, 0, 0, ?)").run(
    at,
    peerId,
  );
}

/** At the end of a run whose last rows could not be written: the next run treats it as killed with a large backlog. */
export function recordUnwritten(db: Database, at: Millis): void {
  setDaemonValue(db, "backlog", Math.max(daemonNumber(db, "backlog"), fewRows));
  setDaemonValue(db, "backlog_at", at);
}

/** Records that the history up to this time is in a file that was renamed. */
export function recordLostHistory(db: Database, at: Millis): void {
  addGap(db, 0, at, 0);
}

function isOff(db: Database): boolean {
  return db.value("SELECT 1 FROM history_gaps WHERE to_at = ? LIMIT 1", goesOn) !== null;
}

function addGap(db: Database, from: Millis, to: Millis, beganAt: Millis): void {
  db.prepare("INSERT INTO history_gaps(from_at, to_at, changes, began_at) VALUES(?, ?, 0, ?)").run(from, to, beganAt);
}

/** Records that every entry up to this time is deleted. */
export function recordTrimmed(db: Database, at: Millis): void {
  setDaemonValue(db, "history_from", at);
}
