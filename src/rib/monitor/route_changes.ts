/** Routes of one family that are reported next: sorted by attribute set, so that few UPDATEs hold them. */

import type { FamilyId, PrefixSlot, SetSlot } from "../../types/mod.ts";
import type { AttributeTable } from "../table/attribute_table.ts";
import { noSet } from "../table/attribute_table.ts";
import type { Destinations } from "../table/destinations.ts";
import type { TableEncoder } from "./table_encoder.ts";

export class RouteChanges {
  readonly #slots: PrefixSlot[] = [];
  readonly #pathIds: number[] = [];
  readonly #sets: SetSlot[] = [];

  get count(): number {
    return this.#slots.length;
  }

  /** `set` {@link noSet}: the route is withdrawn. */
  add(slot: PrefixSlot, pathId: number, set: SetSlot): void {
    this.#slots.push(slot);
    this.#pathIds.push(pathId);
    this.#sets.push(set);
  }

  /** Encodes the routes, and empties the list. Calls `emit` with whole messages of some 64 KiB. */
  encode(
    encoder: TableEncoder,
    family: FamilyId,
    destinations: Destinations,
    sets: AttributeTable,
    emit: (bytes: Uint8Array) => void,
  ): void {
    const order = new Float64Array(this.count);
    // A set in the high bits, the index in the low ones: both are below 2 ** 26.
    for (let i = 0; i < order.length; i++) order[i] = (this.#sets[i]! + 1) * 2 ** 26 + i;
    order.sort();
    let set: SetSlot | undefined;
    for (const key of order) {
      const at = key % 2 ** 26;
      if (this.#sets[at] !== set) {
        set = this.#sets[at]!;
        encoder.begin(family, set === noSet ? undefined : sets.wire(set));
      }
      encoder.add(destinations, this.#slots[at]!, this.#pathIds[at]!);
      if (encoder.isFull) emit(encoder.take());
    }
    if (encoder.hasMessages) emit(encoder.take());
    this.#slots.length = this.#pathIds.length = this.#sets.length = 0;
  }
}
