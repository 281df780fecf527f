/**
 * The prefixes of one family as tables of routers use them. They share the prefixes with our own Adj-RIBs-In, and take
 * no part in the decision: a change marks no prefix for it, and no page is a candidate.
 */

import type { FamilyId } from "../../types/mod.ts";
import type { DirtyPrefixes } from "../in/dirty_prefixes.ts";
import type { Destinations } from "../table/destinations.ts";
import type { PrefixClassColumn } from "../table/prefix_class_column.ts";
import type { SlotIds } from "../table/slot_ids.ts";

export class ReportedPrefixes implements DirtyPrefixes {
  readonly family: FamilyId;
  readonly destinations: Destinations;
  readonly slots: SlotIds;
  readonly classes: PrefixClassColumn;

  constructor({ family, destinations, slots, classes }: DirtyPrefixes) {
    this.family = family;
    this.destinations = destinations;
    this.slots = slots;
    this.classes = classes;
  }

  touch(): void {}

  pageAdded(): void {}

  pageDropped(): void {}
}
