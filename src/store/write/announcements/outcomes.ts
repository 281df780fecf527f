/**
 * Writes the outcomes of announcements (rib/out/outcomes.ts): the outcome of each row, and the peers of each outcome.
 * The RIB names a route by its key; {@link Announcements} knows the row of a key.
 */

import type { OutcomeChanges } from "../../../rib/mod.ts";
import type { Database } from "../../sqlite.ts";
import type { Announcements } from "./announcements.ts";

/** Deletes every outcome: no daemon runs, or it starts. */
export function clearOutcomes(db: Database): void {
  db.exec("DELETE FROM announced; DELETE FROM outcomes; DELETE FROM outcome_peers");
}

export class OutcomeRows {
  readonly #db: Database;
  readonly #announcements: Announcements;
  readonly #beforeWrite: () => void;

  constructor(db: Database, announcements: Announcements, beforeWrite: () => void) {
    this.#db = db;
    this.#announcements = announcements;
    this.#beforeWrite = beforeWrite;
  }

  /** True where {@link write} has something to write. */
  hasChanges({ outcomes, keys, gone }: OutcomeChanges): boolean {
    return outcomes.length + keys.length + gone.length > 0 || this.#announcements.hasGoneRows;
  }

  write(changes: OutcomeChanges): void {
    this.#beforeWrite();
    const goneRows = this.#announcements.takeGoneRows();
    try {
      this.#db.transaction(() => this.#writeAll(changes, goneRows));
    } catch (error) {
      this.#announcements.returnGoneRows(goneRows);
      throw error;
    }
  }

  #writeAll({ outcomes, keys, ids, gone }: OutcomeChanges, goneRows: readonly number[]): void {
    const db = this.#db;
    const deleteRow = db.prepare("DELETE FROM announced WHERE id = ?");
    for (const id of goneRows) deleteRow.run(id);
    const insertOutcome = db.prepare("INSERT OR REPLACE INTO outcomes(id, state, sent_to) VALUES(?, ?, ?)");
    const deletePeers = db.prepare("DELETE FROM outcome_peers WHERE outcome_id = ?");
    const insertPeer = db.prepare("INSERT INTO outcome_peers(outcome_id, peer_id, state, reason) VALUES(?, ?, ?, ?)");
    for (const { id, state, sentTo, peers } of outcomes) {
      insertOutcome.run(id, state, sentTo);
      deletePeers.run(id);
      for (const { peerId, state, reason } of peers) insertPeer.run(id, peerId, state, reason ?? null);
    }
    const insertRow = db.prepare("INSERT OR REPLACE INTO announced(id, outcome_id) VALUES(?, ?)");
    for (const [i, key] of keys.entries()) {
      const id = this.#announcements.idOf(key);
      if (id !== undefined) insertRow.run(id, ids[i]!);
    }
    const deleteOutcome = db.prepare("DELETE FROM outcomes WHERE id = ?");
    for (const id of gone) {
      deleteOutcome.run(id);
      deletePeers.run(id);
    }
  }
}
