/**
 * Times of which the history does not know everything, beside those that the RIB tells: of a run that kept none, of a run
 * that was killed, of a file that was damaged, and before what is kept. They stand in `history_gaps` and, the last, in
 * `daemon`, so that nobody takes what is missing for what never was.
 */

import type { Millis } from "../../../session/mod.ts";
import { setDaemonValue } from "../peer_rows.ts";
import type { Database } from "../../sqlite.ts";

/** The end of a gap that goes on: the views say the same of a state that holds. */
const goesOn: Millis = 253_402_300_799_999;
/** Fewer rows that wait go out in one transaction, the states that ended with what replaced them. */
const fewRows = 10_000;
/** What a run had changed so long before it last said that it lives, and that few rows wait, is in the database for certain. */
const reportMarginMs: Millis = 10_000;

/** For the begin of a database or a run. `keeps`: it has a history. */
export function tellOff(db: Database, keeps: boolean, at: Millis): void {
  if (keeps) db.prepare("UPDATE history_gaps SET to_at = ?1 WHERE to_at = ?2").run(at, goesOn);
  else if (!isOff(db)) addGap(db, at, goesOn, 0);
}

/**
 * For the begin of a run, before anything of the last one is written over. A run that ends takes its pid away; one that was
 * killed had states in memory that had ended, or half of a batch written: since when, its last report of what waits says.
 */
export function tellKilled(db: Database, at: Millis): void {
  const said = (key: string) => Number(db.value("SELECT value FROM daemon WHERE key = ?", key) ?? 0);
  if (said("pid") === 0 || said("backlog_at") === 0 || isOff(db)) return;
  const wasBehind = said("backlog") >= fewRows;
  const last = wasBehind
    ? Number(db.value("SELECT max(valid_to) FROM history"))
    : Math.max(said("alive_at"), said("backlog_at"));
  const from = Math.max(said("started_at"), last - reportMarginMs);
  // Where much waits, rows are written before the states that they replace: of those nothing is left, however old they were.
  if (from < at) addGap(db, from, at, wasBehind ? 0 : from);
}

/** Gaps of one peer so close to each other are one. */
const closeMs: Millis = 60_000;

/** States of one peer that were not written, as it has too many. */
export function tellThinned(
  db: Database,
  peerId: number,
  from: Millis,
  to: Millis,
  beganAt: Millis,
  changes: number,
): void {
  const grown = db.prepare(
    "UPDATE history_gaps SET from_at = min(from_at, ?2), to_at = max(to_at, ?3), began_at = min(began_at, ?4)," +
      " changes = changes + ?5 WHERE peer_id = ?1 AND changes > 0 AND to_at >= ?2 - ?6",
  ).run(peerId, from, to, beganAt, changes, closeMs);
  if (grown > 0) return;
  db.prepare("INSERT INTO history_gaps(from_at, to_at, changes, began_at, peer_id) VALUES(?, ?, ?, ?, ?)")
    .run(from, to, changes, beganAt, peerId);
}

/** What ended up to then of one peer is trimmed, and of others not. */
export function trimmedOf(db: Database, peerId: number, at: Millis): void {
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

/** For the end of a run that leaves rows behind in memory: the next one takes it for one that was killed in the middle of many. */
export function tellUnwritten(db: Database, at: Millis): void {
  const said = Number(db.value("SELECT value FROM daemon WHERE key = 'backlog'") ?? 0);
  setDaemonValue(db, "backlog", Math.max(said, fewRows));
  setDaemonValue(db, "backlog_at", at);
}

/** The history stayed behind in a file that was moved aside. */
export function tellLost(db: Database, at: Millis): void {
  addGap(db, 0, at, 0);
}

function isOff(db: Database): boolean {
  return db.value("SELECT 1 FROM history_gaps WHERE to_at = ? LIMIT 1", goesOn) !== null;
}

function addGap(db: Database, from: Millis, to: Millis, beganAt: Millis): void {
  db.prepare("INSERT INTO history_gaps(from_at, to_at, changes, began_at) VALUES(?, ?, 0, ?)").run(from, to, beganAt);
}

/** What ended up to then is trimmed. */
export function trimmedUntil(db: Database, at: Millis): void {
  setDaemonValue(db, "history_from", at);
}

/** From when on the history has all that ended, but for gaps; 0: always. */
export function historyFrom(db: Database): Millis {
  return Number(db.value("SELECT value FROM daemon WHERE key = 'history_from'") ?? 0);
}

/** States that ended first are those that began first, nearly. */
const firstStates = 10_000;

/** From when on something is known; `undefined`: nothing is. A walk over the routes. */
export function historyBegins(db: Database): Millis | undefined {
  const ended = db.value(
    `SELECT min(valid_from) FROM (SELECT valid_from FROM history ORDER BY valid_to, seq LIMIT ${firstStates})`,
  );
  const holding = db.value("SELECT min(received_at) FROM routes");
  const trimmed = historyFrom(db) || null;
  const known = [ended, holding, trimmed].filter((value) => value !== null).map(Number);
  return known.length === 0 ? undefined : Math.min(...known);
}
