/** The prefixes of one family as Adj-RIBs-In see them: each change of a route marks its prefix for the decision process. */

import type { FamilyId, PrefixSlot } from "../../types/mod.ts";
import type { PrefixClassColumn } from "../table/prefix_class_column.ts";
import type { PrefixTable } from "../table/prefix_table.ts";
import type { AdjRibIn, PageListener } from "./adj_rib_in.ts";

export interface DirtyPrefixes extends PageListener {
  readonly family: FamilyId;
  readonly prefixes: PrefixTable;
  /** What prefix sets of policies hold each prefix. */
  readonly classes: PrefixClassColumn;
  /** A route for this prefix changed: it is to be decided. */
  touch(slot: PrefixSlot): void;
  /** The page of a detached Adj-RIB-In is gone. */
  pageDropped(page: number, routes: AdjRibIn): void;
}
