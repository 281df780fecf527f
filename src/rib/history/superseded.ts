/**
 * Rows of a lost session that the database has otherwise than memory had them at the end: they were changed or withdrawn
 * and the store had not pulled that yet. The store makes history of the rows of a lost session by itself; these it must
 * delete first, without a trace, for how their states ended is in the ring already.
 *
 * They go out before any other row, so that none of them ever hits a row of the next session. A loss in quiet times has
 * none; one in the middle of a full table has as many as were not written.
 */

import type { FamilyId, PrefixSlot } from "../../types/mod.ts";
import { growFloat64, growInt32, nextCapacity } from "../table/columns.ts";
import type { PrefixTable } from "../table/prefix_table.ts";

/** The rows of one peer and family, in order of slot. */
export class SupersededRows {
  readonly peerId: number;
  readonly family: FamilyId;
  readonly prefixes: PrefixTable;
  /** Time of the flush. */
  readonly at: number;
  count = 0;
  /** How many of them went out. */
  sent = 0;
  #slots = new Int32Array(1024);
  /** Only for ADD-PATH. */
  #pathIds: Float64Array | undefined;

  constructor(peerId: number, family: FamilyId, prefixes: PrefixTable, at: number, addPath: boolean) {
    this.peerId = peerId;
    this.family = family;
    this.prefixes = prefixes;
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

  slot(index: number): number {
    return this.#slots[index]!;
  }

  pathId(index: number): number {
    return this.#pathIds === undefined ? -1 : this.#pathIds[index]!;
  }
}
