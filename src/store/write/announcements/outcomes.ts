/**
 * What became of announcements, as the RIB says it (rib/out/outcomes.ts): by row which outcome, and by outcome which peers. The RIB
 * speaks of routes by key; which row stands under a key is known here only.
 */

import type { OutcomeChanges } from "../../../rib/mod.ts";
import type { Database } from "../../sqlite.ts";

/** None of it is true any more, or yet. */
export function clearOutcomes(db: Database): void {
  db.exec("DELETE FROM announced; DELETE FROM outcomes; DELETE FROM outcome_peers");
}

export class OutcomeRows {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** `idOf`: the row that stands under a key now, or `undefined`. `gone`: rows that stand under none any more. */
  write(
    { outcomes, keys, ids, gone }: OutcomeChanges,
    idOf: (key: string) => number | undefined,
    goneRows: readonly number[],
  ): void {
    const db = this.#db;
    db.transaction(() => {
      const remove = db.prepare("DELETE FROM announced WHERE id = ?");
      for (const id of goneRows) remove.run(id);
      const define = db.prepare("INSERT OR REPLACE INTO outcomes(id, state, sent_to) VALUES(?, ?, ?)");
      const forget = db.prepare("DELETE FROM outcome_peers WHERE outcome_id = ?");
      const name = db.prepare("INSERT INTO outcome_peers(outcome_id, peer_id, state, reason) VALUES(?, ?, ?, ?)");
      for (const { id, state, sentTo, peers } of outcomes) {
        define.run(id, state, sentTo);
        forget.run(id);
        for (const { peerId, state, reason } of peers) name.run(id, peerId, state, reason ?? null);
      }
      const place = db.prepare("INSERT OR REPLACE INTO announced(id, outcome_id) VALUES(?, ?)");
      for (const [i, key] of keys.entries()) {
        const id = idOf(key);
        if (id !== undefined) place.run(id, ids[i]!);
      }
      const drop = db.prepare("DELETE FROM outcomes WHERE id = ?");
      for (const id of gone) {
        drop.run(id);
        forget.run(id);
      }
    });
  }
}
