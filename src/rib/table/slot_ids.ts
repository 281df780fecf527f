/**
 * The slots of the destinations of one family, prefixes or other NLRI. Slots are dense, and a slot is never used for
 * another destination. Each slot has a database id, from a counter that all families share, and a bit: the database has
 * the destination.
 */

import type { PrefixId, PrefixSlot } from "../../types/mod.ts";
import { growInt32, hasBit, nextCapacity, setBit, stretchRows, wordsFor } from "./columns.ts";
import type { IdCounter } from "./id_counter.ts";

/** No destination: the table has never seen it. */
export const noPrefix = -1 as PrefixSlot;

export class SlotIds {
  /** Number of slots in use: 0 to `count - 1`. */
  count = 0;
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
    return this.#add(this.#idCounter.take());
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
    return this.#ids.reduce((bytes, stretch) => bytes + (stretch?.byteLength ?? 0), this.#stored.byteLength);
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
    let ids = this.#ids[stretch];
    if (ids === undefined) {
      if (id === first + index) return slot;
      // A destination of another family got an id in between.
      ids = this.#ids[stretch] = new Int32Array(stretchRows);
      for (let i = 0; i < index; i++) ids[i] = first + i;
    }
    ids[index] = id;
    return slot;
  }
}
