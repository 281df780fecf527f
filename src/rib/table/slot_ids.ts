/**
 * The slots of the destinations of one family, prefixes or other NLRI. Slots are dense. Each slot has a database id,
 * from a counter that all families share, and a bit: the database has the destination.
 *
 * The slot of a prefix is never used for another one. A slot of another NLRI is: a peer can announce and withdraw ever
 * new MAC addresses and FlowSpec rules (`unused_destinations.ts`).
 */

import type { PrefixId, PrefixSlot } from "../../types/mod.ts";
import { clearBit, growInt32, hasBit, nextCapacity, setBit, stretchRows, wordsFor } from "./columns.ts";
import type { IdCounter } from "./id_counter.ts";

/** No destination: the table has never seen it. */
export const noPrefix = -1 as PrefixSlot;

export class SlotIds {
  /** Slots are 0 to `count - 1`. Some of them may be free. */
  count = 0;
  /** Slots without a destination, and a bit for each. */
  readonly #free: PrefixSlot[] = [];
  #freeBits = new Int32Array(0);
  readonly #idCounter: IdCounter<PrefixId>;
  #stored = new Int32Array(wordsFor(1024));
  /** The database id of the first slot of each stretch. */
  readonly #firstIds: number[] = [];
  /** The ids of the slots of a stretch, where they are not consecutive. */
  readonly #ids: (Int32Array | undefined)[] = [];

  constructor(idCounter: IdCounter<PrefixId>) {
    this.#idCounter = idCounter;
  }

  /** The slot of a new destination. */
  take(): PrefixSlot {
    const slot = this.#free.pop();
    if (slot === undefined) return this.#add(this.#idCounter.take());
    clearBit(this.#freeBits, slot);
    this.#idsOf(slot)[slot % stretchRows] = this.#idCounter.take();
    return slot;
  }

  /** Nothing refers to the slot any more: another destination gets it, with an id of its own. */
  free(slot: PrefixSlot): void {
    clearBit(this.#stored, slot);
    if (this.#freeBits.length < this.#stored.length) {
      this.#freeBits = growInt32(this.#freeBits, this.#stored.length);
    }
    setBit(this.#freeBits, slot);
    this.#free.push(slot);
  }

  isFree(slot: PrefixSlot): boolean {
    return this.#free.length > 0 && hasBit(this.#freeBits, slot);
  }

  /** How many slots have a destination. */
  get inUse(): number {
    return this.count - this.#free.length;
  }

  /** The slot of a destination of an earlier run. The ids must come in ascending order. */
  load(id: PrefixId): PrefixSlot {
    if (this.count > 0 && id <= this.id((this.count - 1) as PrefixSlot)) {
      throw new RangeError("prefixes must be loaded in order of id");
    }
    this.#idCounter.passed(id);
    const slot = this.#add(id);
    setBit(this.#stored, slot);
    return slot;
  }

  /** The database id of a slot. Ids are ascending, as slots and ids are handed out together. */
  id(slot: PrefixSlot): PrefixId {
    const stretch = Math.floor(slot / stretchRows);
    const ids = this.#ids[stretch];
    return (ids === undefined ? this.#firstIds[stretch]! + slot % stretchRows : ids[slot % stretchRows]!) as PrefixId;
  }

  /** The slot with this database id, or {@link noPrefix}. A binary search: for loading only. */
  slotOfId(id: PrefixId): PrefixSlot {
    let low = 0;
    let high = this.count - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const found = this.id(middle as PrefixSlot);
      if (found === id) return middle as PrefixSlot;
      if (found < id) low = middle + 1;
      else high = middle - 1;
    }
    return noPrefix;
  }

  isStored(slot: PrefixSlot): boolean {
    return hasBit(this.#stored, slot);
  }

  markStored(slot: PrefixSlot): void {
    setBit(this.#stored, slot);
  }

  /** The database was lost: it has no destination any more. */
  forgetStored(): void {
    this.#stored.fill(0);
  }

  get bytes(): number {
    return this.#ids.reduce(
      (bytes, stretch) => bytes + (stretch?.byteLength ?? 0),
      this.#stored.byteLength + this.#freeBits.byteLength + 8 * this.#free.length,
    );
  }

  #add(id: PrefixId): PrefixSlot {
    const slot = this.count++ as PrefixSlot;
    if (slot >>> 5 >= this.#stored.length) {
      this.#stored = growInt32(this.#stored, wordsFor(nextCapacity(this.#stored.length << 5, slot + 1)));
    }
    const stretch = Math.floor(slot / stretchRows);
    const index = slot % stretchRows;
    if (index === 0) this.#firstIds[stretch] = id;
    const first = this.#firstIds[stretch]!;
    // A destination of another family may have got an id in between.
    if (this.#ids[stretch] !== undefined || id !== first + index) this.#idsOf(slot)[index] = id;
    return slot;
  }

  /** The ids of the stretch of a slot, which are no longer consecutive. */
  #idsOf(slot: PrefixSlot): Int32Array {
    const stretch = Math.floor(slot / stretchRows);
    let ids = this.#ids[stretch];
    if (ids === undefined) {
      const first = this.#firstIds[stretch]!;
      ids = this.#ids[stretch] = new Int32Array(stretchRows);
      for (let i = 0; i < stretchRows; i++) ids[i] = first + i;
    }
    return ids;
  }
}
