/**
 * Collects the garbage of the store thread while a full table arrives. The thread makes texts of 1.2M prefixes and of
 * their attributes. A tenth of them outlives the young objects, and V8 lets them gather until its heap has reached 28
 * MB (`tools/permissions.ts`). That size suits the main thread; the store thread needs half of it, and a full table
 * took 20 MB more without these collections, in the same CPU time.
 *
 * Nobody waits for this thread for the length of a collection: sessions and best routes live in other threads.
 */

import { isStoreBatchFull, type StoreBatch } from "../../rib/mod.ts";

/** Full batches between two collections: 160,000 rows of each kind. */
const fullBatches = 8;

export class TableGarbage {
  readonly #collect: () => void;
  #since = 0;

  constructor(collect: () => void) {
    this.#collect = collect;
  }

  /** Call it with each batch. Small ones are steady changes: V8 copes with their few texts. */
  received(batch: StoreBatch): void {
    if (!isStoreBatchFull(batch) || ++this.#since < fullBatches) return;
    this.#since = 0;
    this.#collect();
  }
}
