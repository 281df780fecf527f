/**
 * Loads what an earlier run left in the database, before the first session: destinations and attribute sets with their
 * ids, and routes. The routes are stale: they record what the database says, and take no part in the decision.
 */

import { hashAttributes } from "../../message/mod.ts";
import type { FamilyId, PrefixId, SetId, SetSlot } from "../../types/mod.ts";
import type { RouteSource } from "./adj_rib_in.ts";
import type { AttributeTable } from "../table/attribute_table.ts";
import type { Destinations } from "../table/destinations.ts";
import { NlriTable } from "../table/nlri_table.ts";
import type { PrefixTable } from "../table/prefix_table.ts";
import { noPrefix } from "../table/slot_ids.ts";
import type { PeerFamily } from "./peer_family.ts";
import type { Reasons } from "./import/reasons.ts";
import { nlriStride, prefixStride, setStride } from "../table/row_strides.ts";

/** prefix id, path id, attribute id, received id, ineligible, received at: see `Rib.loadStale`. */
const staleStride = 6;

export class EarlierRun {
  readonly #sets: AttributeTable;
  readonly #reasons: Reasons;
  /** Slots of sets by database id, until the first session. */
  readonly #loadedSets = new Map<SetId, SetSlot>();

  constructor(sets: AttributeTable, reasons: Reasons) {
    this.#sets = sets;
    this.#reasons = reasons;
  }

  loadPrefixes(rows: Int32Array, tableOf: (family: FamilyId) => Destinations): void {
    for (let at = 0; at + prefixStride <= rows.length; at += prefixStride) {
      (tableOf(rows[at + 1]! as FamilyId) as PrefixTable).load(
        rows[at]! as PrefixId,
        rows[at + 2]!,
        rows[at + 3]!,
        rows[at + 4]!,
        rows[at + 5]!,
        rows[at + 6]!,
      );
    }
  }

  loadNlri(rows: Int32Array, bytes: Uint8Array, tableOf: (family: FamilyId) => Destinations): void {
    for (let at = 0; at + nlriStride <= rows.length; at += nlriStride) {
      const table = tableOf(rows[at + 1]! as FamilyId);
      if (!(table instanceof NlriTable)) throw new RangeError(`family ${rows[at + 1]} has no NLRI but prefixes`);
      const start = rows[at + 2]!;
      table.load(rows[at]! as PrefixId, bytes.subarray(start, start + rows[at + 3]!));
    }
  }

  loadSets(rows: Float64Array, bytes: Uint8Array): void {
    for (let at = 0; at + setStride <= rows.length; at += setStride) {
      const start = rows[at + 1]!;
      const length = rows[at + 2]!;
      const wire = bytes.subarray(start, start + length);
      const id = rows[at]! as SetId;
      this.#loadedSets.set(id, this.#sets.load(id, wire, length, hashAttributes(wire, 0, length)));
    }
  }

  loadStale(family: PeerFamily, source: RouteSource, rows: Float64Array, now: number): void {
    for (let at = 0; at + staleStride <= rows.length; at += staleStride) {
      const slot = family.rib.slots.slotOfId(rows[at]! as PrefixId);
      const set = this.#loadedSets.get(rows[at + 2]! as SetId);
      const received = rows[at + 3] === 0 ? set : this.#loadedSets.get(rows[at + 3]! as SetId);
      if (slot === noPrefix || set === undefined || received === undefined) {
        throw new RangeError("a stale route names a prefix or an attribute set that was not loaded");
      }
      const ineligible = this.#reasons.load(rows[at + 4]!);
      family.loadStale(slot, rows[at + 1]!, received, set, ineligible, rows[at + 5]!, source, now);
    }
  }

  /** Nothing more will be loaded: frees the map of ids. */
  end(): void {
    this.#loadedSets.clear();
  }
}
