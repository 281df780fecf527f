/**
 * Superseded rows of lost sessions on their way to the store. They come before all other rows of their peers, and of
 * each peer one loss of one family at most is in a batch, because the store may write the rows of a batch in any order.
 * Losses of different peers share a batch: a thousand peers that go at a time must not cost a thousand transactions.
 */

import { type FamilyId, isOfRouter, type PrefixSlot } from "../../types/mod.ts";
import type { SupersededRows } from "../history/superseded.ts";
import { type StoreBatch, type StoreEvent, stride } from "./store_batch.ts";

export class LostRows {
  #waiting: SupersededRows[] = [];

  add(rows: SupersededRows): void {
    this.#waiting.push(rows);
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** How many rows are not in a batch yet. */
  get count(): number {
    return this.#waiting.reduce((sum, rows) => sum + rows.count - rows.sent, 0);
  }

  /** None is of a peer of ours. */
  get areOfRouters(): boolean {
    return this.#waiting.every(({ peerId }) => isOfRouter(peerId));
  }

  /** Calls `visit` with the slots of the family that these rows name. */
  eachSlot(family: FamilyId, visit: (slot: PrefixSlot) => void): void {
    for (const rows of this.#waiting) {
      if (rows.family === family) { for (let i = rows.sent; i < rows.count; i++) visit(rows.slot(i)); }
    }
  }

  clear(): void {
    this.#waiting = [];
  }

  /** Takes rows into the batch, up to `rowLimit`. Returns events that become true when the batch is written. */
  take(batch: StoreBatch, rowLimit: number): StoreEvent[] {
    const taken = new Set<number>(), events: StoreEvent[] = [];
    this.#waiting = this.#waiting.filter((rows) => {
      const { peerId, family, at, slots } = rows;
      if (taken.has(peerId)) return true;
      taken.add(peerId);
      for (; rows.sent < rows.count; rows.sent++) {
        if (batch.routeCount >= rowLimit) return true;
        const to = batch.routeCount++ * stride.routes;
        batch.routes.fill(0, to, to + stride.routes);
        batch.routes[to] = peerId;
        batch.routes[to + 1] = slots.id(rows.slot(rows.sent));
        batch.routes[to + 2] = rows.pathId(rows.sent);
        batch.routes[to + 6] = -at;
      }
      events.push({ kind: "settled", peerId, family, at });
      return false;
    });
    return events;
  }
}
