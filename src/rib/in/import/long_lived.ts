/** Long-lived stale routes (RFC 9494): each gets a set with the community LLGR_STALE in place of its own. */

import type { SetSlot } from "../../../types/mod.ts";
import { AttributeCode, hashAttributes, OPTIONAL_TRANSITIVE, WellKnownCommunity } from "../../../message/mod.ts";
import { AttributeOffsets } from "../../attributes/attribute_offsets.ts";
import type { AttributeWriter } from "../../attributes/attribute_writer.ts";
import { type MergeRule, OrderedMerge } from "../../attributes/ordered_merge.ts";
import type { AttributeTable } from "../../table/attribute_table.ts";

const added = [WellKnownCommunity.longLivedStale];

export class LongLivedSets implements MergeRule {
  readonly codes = [AttributeCode.communities];
  readonly #sets: AttributeTable;
  readonly #offsets = new AttributeOffsets();
  readonly #merge = new OrderedMerge();

  constructor(sets: AttributeTable) {
    this.#sets = sets;
  }

  /** The set with LLGR_STALE: itself where it has the community already. Retain it before another set is interned. */
  of(set: SetSlot): SetSlot {
    const sets = this.#sets;
    if (sets.keys.longLivedStale[set] !== 0) return set;
    const wire = sets.chunk(set);
    const start = sets.offset(set);
    const end = start + sets.length(set);
    this.#offsets.find(wire, start, end);
    const { bytes, length } = this.#merge.merge(wire, start, end, this);
    return sets.intern(bytes, length, hashAttributes(bytes, 0, length));
  }

  write(out: AttributeWriter, wire: Uint8Array): void {
    out.communities(OPTIONAL_TRANSITIVE, wire, this.#offsets, added);
  }
}
