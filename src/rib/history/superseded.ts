/**
 * Superseded rows: rows of a lost session that are out of date in the database, because the routes changed or were
 * withdrawn and the store had not pulled the change yet. The store turns the rows of a lost session into history
 * entries by itself. It must first delete the superseded rows without a history entry: the history ring has the entries
 * of those routes already.
 *
 * Superseded rows go out before all other rows, so that none of them deletes a row of the next session. A session that
 * is lost in quiet times has none; one that is lost during a full table has as many as were not written.
 */

import type { FamilyId, PrefixSlot } from "../../types/mod.ts";
import { growFloat64, growInt32, nextCapacity } from "../table/columns.ts";
import type { SlotIds } from "../table/slot_ids.ts";

/** The superseded rows of one peer and family, in order of slot. */
export class SupersededRows {
  readonly peerId: number;
  readonly family: FamilyId;
  /** The destinations of the family. */
  readonly slots: SlotIds;
  /** Time of the flush, in milliseconds since 1970. */
  readonly at: number;
  count = 0;
  /** How many of the rows went out. */
  sent = 0;
  #slots = new Int32Array(1024);
  /** Only with ADD-PATH. */
  #pathIds: Float64Array | undefined;

  constructor(peerId: number, family: FamilyId, slots: SlotIds, at: number, addPath: boolean) {
    this.peerId = peerId;
    this.family = family;
    this.slots = slots;
    this.at = at;
    if (addPath) this.#pathIds = new Float64Array(1024);
  }

  add(slot: PrefixSlot, pathId: number): void {
    if (this.count === this.#slots.length) {
      const capacity = nextCapacity(this.count, this.count + 1);
      this.#slots = growInt32(this.#slots, capacity);
      if (this.#pathIds !== undefined) this.#pathIds = growFloat64(this.#pathIds, capacity);
    }
    this.#slots[this.count] = slot;
    if (this.#pathIds !== undefined) this.#pathIds[this.count] = pathId;
    this.count++;
  }

  slot(index: number): PrefixSlot {
    return this.#slots[index]! as PrefixSlot;
  }

  pathId(index: number): number {
    return this.#pathIds === undefined ? -1 : this.#pathIds[index]!;
  }
}
