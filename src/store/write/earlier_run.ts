/** Ends a run in the database, and prepares what the previous run left: peers without sessions, and stale routes. */

import type { Millis } from "../../types/mod.ts";
import { familyOf } from "../family_of.ts";
import { recordUnwritten } from "./history/history_gap.ts";
import { setDaemonValue } from "../daemon_values.ts";
import { clearOutcomes } from "./announcements/outcomes.ts";
import type { Database } from "../sqlite.ts";

/** The tables with current routes. */
const routeTables = ["routes", "router_routes"] as const;

/** The previous run, where it closed no session: it was killed, or it restarts. */
export interface EarlierRun {
  /** The time since it was alive for certain. */
  readonly silentMs: Millis;
  /** Peers that had a session and announced graceful restart; a peer without it sends no End-of-RIB. */
  readonly established: readonly number[];
}

/** Call before {@link endEarlierRun}. `undefined`: there was no previous run, or it closed its sessions. */
export function earlierRun(db: Database, at: Millis): EarlierRun | undefined {
  const aliveAt = db.value("SELECT value FROM daemon WHERE key = 'alive_at'");
  const hasEnded = Number(db.value("SELECT count(*) FROM daemon WHERE key = 'goodbye'")) > 0;
  if (aliveAt === null || hasEnded) return undefined;
  const rows = db.prepare("SELECT id FROM peers WHERE state = 'Established' AND capabilities LIKE '%graceful restart%'")
    .all();
  return { silentMs: Math.max(0, at - Number(aliveAt)), established: rows.map(([id]) => Number(id)) };
}

/** Resets sessions and outcomes of the previous run. `at`: when the new run begins. */
export function endEarlierRun(db: Database, at: Millis): void {
  bringBefore(db, at);
  db.prepare(
    "UPDATE peers SET state = 'Idle', state_since = ?, stale_until = NULL, messages_received = 0, messages_sent = 0," +
      " updates_received = 0, routes_announced = 0, routes_withdrawn = 0, treat_as_withdraw = 0, attribute_discards" +
      " = 0",
  ).run(at);
  db.prepare("UPDATE peer_families SET stale_before = ?, eor_at = NULL, negotiated = 0, sent = 0").run(at);
  routersGone(db, at, "bgpd started, and the router has not connected yet");
  clearOutcomes(db);
  // The new run decides multipath routes again.
  db.exec("DELETE FROM multipath; DELETE FROM daemon WHERE key = 'goodbye'");
  setDaemonValue(db, "alive_at", at);
}

/**
 * How a run ends. `stopped`: it closed its sessions. `restarts`: the next run continues, and the peers stay as they
 * are. `imported`: it was no daemon, but `bgpd mrt import`.
 */
export type RunEnd = "stopped" | "restarts" | "imported";

export interface EndOptions {
  /** False: rows of memory are not written. The next run treats this one as killed. */
  readonly isWhole?: boolean;
}

/** Writes the end of a run. */
export function endRun(db: Database, at: Millis, end: RunEnd, { isWhole = true }: EndOptions = {}): void {
  setDaemonValue(db, "alive_at", at);
  if (isWhole) db.exec("DELETE FROM daemon WHERE key = 'pid'");
  else recordUnwritten(db, at);
  if (end === "restarts") return;
  setDaemonValue(db, "goodbye", at);
  db.prepare("UPDATE peers SET state = 'Idle', state_since = ? WHERE state NOT IN ('Idle', 'Disabled')").run(at);
  routersGone(db, at, "bgpd stopped");
  clearOutcomes(db);
  if (end === "imported") return;
  // The routes of the sessions are stale from now on. Their rows stay, for people and for the next run.
  db.prepare(
    "UPDATE peer_families SET stale_before = max(?, flushed_at) + 1, eor_at = NULL, negotiated = 0, routes = 0," +
      " lag = 0, accepted = 0, sent = 0",
  ).run(at);
}

/** No router is connected any more. */
function routersGone(db: Database, at: Millis, reason: string): void {
  for (const table of ["router_states", "router_peer_states"]) {
    db.prepare(`UPDATE ${table} SET is_up = 0, since = ?, reason = ? WHERE is_up`).run(at, reason);
  }
}

/**
 * Where the wall clock was set back between two runs, times of the previous run are in the future: its flushes would
 * hide routes that are received from now on, and its routes would look fresh. Such times become the time just before
 * this run.
 */
function bringBefore(db: Database, at: Millis): void {
  if (Number(db.value("SELECT max(flushed_at) FROM peer_families")) >= at) {
    // Rows of lost sessions cannot become history entries, because their end is in the future.
    for (const table of routeTables) deleteLost(db, table);
    db.prepare("UPDATE peer_families SET flushed_at = min(flushed_at, ?1), cleaned_at = min(flushed_at, ?1)")
      .run(at - 1);
  }
  for (const table of routeTables) {
    db.prepare(
      `UPDATE ${table} SET received_at = min(received_at, ?1), confirmed_at = min(confirmed_at, ?1)` +
        " WHERE received_at > ?1 OR confirmed_at > ?1",
    ).run(at - 1);
  }
}

/** Deletes the rows of lost sessions: they cannot become history entries, because their end is in the future. */
function deleteLost(db: Database, table: typeof routeTables[number]): void {
  const lost = `FROM ${table} r JOIN peer_families f ON f.family = ${familyOf("r.prefix_id")}` +
    " AND f.peer_id = r.peer_id WHERE r.received_at < f.flushed_at";
  db.exec(
    "INSERT INTO history_gaps(from_at, to_at, changes, began_at) SELECT min(f.flushed_at), max(f.flushed_at)," +
      ` count(*), min(r.received_at) ${lost} HAVING count(*) > 0`,
  );
  db.exec(
    `DELETE FROM ${table} WHERE received_at < (SELECT flushed_at FROM peer_families f` +
      ` WHERE f.peer_id = ${table}.peer_id AND f.family = ${familyOf(`${table}.prefix_id`)})`,
  );
}
