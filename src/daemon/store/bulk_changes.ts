/**
 * Changes of `announcements` that come in parts, because a request of the API is short: all parts of a transaction are
 * written together, or none is. A transaction whose client has gone is forgotten after a minute.
 */

import type { Millis } from "../../types/mod.ts";
import { type Announcements, type PreparedChange, StoreError } from "../../store/mod.ts";
import type { StoreAnswer } from "../thread/messages.ts";
import type { BulkPart } from "./bulk_body.ts";

const forgetAfterMs: Millis = 60_000;
const mostTransactions = 8;
const mostRows = 1_000_000;

interface Transaction {
  readonly change: PreparedChange;
  touchedAt: Millis;
}

export class BulkChanges {
  readonly #open = new Map<string, Transaction>();
  readonly #monotonic: () => Millis;

  constructor(monotonic: () => Millis) {
    this.#monotonic = monotonic;
  }

  /** Throws {@link StoreError} where a row is wrong: the whole transaction is forgotten then. */
  take(announcements: Announcements, { announce, withdraw, author, transaction, more }: BulkPart): StoreAnswer {
    const now = this.#monotonic();
    for (const [name, { touchedAt }] of this.#open) if (now - touchedAt > forgetAfterMs) this.#open.delete(name);
    const known = transaction === undefined ? undefined : this.#open.get(transaction);
    const change = known?.change ?? { rows: [], keys: [] };
    if (transaction !== undefined) this.#open.delete(transaction);
    if (this.#rows + change.rows.length + announce.length > mostRows) {
      throw new StoreError(`more than ${mostRows} announcements at once: announce them in several files`);
    }
    announcements.prepare(change, announce, withdraw, author);
    if (!more || transaction === undefined) {
      const { ids, deleted } = announcements.commit(change, author);
      return {
        kind: "changed",
        announced: ids.length,
        withdrawn: deleted,
        first: ids[0] ?? null,
        last: ids.at(-1) ?? null,
      };
    }
    if (this.#open.size >= mostTransactions) {
      throw new StoreError("too many unfinished transactions; try again in a minute");
    }
    this.#open.set(transaction, { change, touchedAt: now });
    return { kind: "changed", announced: change.rows.length, withdrawn: change.keys.length, first: null, last: null };
  }

  get #rows(): number {
    return this.#open.values().reduce((sum, { change }) => sum + change.rows.length, 0);
  }
}
