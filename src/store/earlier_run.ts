/** What the last run left in the database, as a new run finds it: peers without sessions, and routes that are stale. */

import type { Millis } from "../session/mod.ts";
import type { Database } from "./sqlite.ts";

/** `at`: when the new run begins. */
export function endEarlierRun(db: Database, at: Millis): void {
  bringBefore(db, at);
  db.prepare(
    "UPDATE peers SET state = 'Idle', state_since = ?, stale_until = NULL, messages_received = 0, messages_sent = 0, updates_received = 0," +
      " routes_announced = 0, routes_withdrawn = 0, treat_as_withdraw = 0, attribute_discards = 0",
  ).run(at);
  db.prepare("UPDATE peer_families SET stale_before = ?, eor_at = NULL, negotiated = 0").run(at);
}

/**
 * Where the wall clock was set back between two runs, the last run's times lie in the future: its flushes would hide
 * routes received from now on, and its routes would look fresh. What it left is put just before this run.
 */
function bringBefore(db: Database, at: Millis): void {
  if (Number(db.value("SELECT max(flushed_at) FROM peer_families")) >= at) {
    db.exec(
      "DELETE FROM routes WHERE received_at < (SELECT f.flushed_at FROM prefixes x JOIN peer_families f" +
        " ON f.family = x.family WHERE x.id = routes.prefix_id AND f.peer_id = routes.peer_id)",
    );
    db.prepare("UPDATE peer_families SET flushed_at = min(flushed_at, ?1), cleaned_at = min(flushed_at, ?1)")
      .run(at - 1);
  }
  db.prepare("UPDATE routes SET received_at = ? WHERE received_at >= ?").run(at - 1, at);
}
