/**
 * The prefixes of one family as the Adj-RIBs-In use them: a change of a route marks its prefix for the decision
 * process.
 */

import type { FamilyId, PrefixSlot } from "../../types/mod.ts";
import type { PrefixClassColumn } from "../table/prefix_class_column.ts";
import type { Destinations } from "../table/destinations.ts";
import type { SlotIds } from "../table/slot_ids.ts";
import type { AdjRibIn, PageListener } from "./adj_rib_in.ts";

export interface DirtyPrefixes extends PageListener {
  readonly family: FamilyId;
  readonly destinations: Destinations;
  readonly slots: SlotIds;
  /** The class of each prefix: which prefix sets of policies contain it. */
  readonly classes: PrefixClassColumn;
  /** A route for this prefix changed: the prefix waits for its decision. */
  touch(slot: PrefixSlot): void;
  /** A page of a detached Adj-RIB-In was removed. */
  pageDropped(page: number, routes: AdjRibIn): void;
}
