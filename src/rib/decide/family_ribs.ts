/** The families in use: each has its prefixes and its routes, and all have ids of prefixes in common. */

import type { PrefixClasses } from "../../policy/mod.ts";
import { family as familyRow, type FamilyId, type FamilyMask, maskHas } from "../../types/mod.ts";
import type { AttributeTable } from "../table/attribute_table.ts";
import type { EqualRoutes } from "./decision.ts";
import { FamilyRib } from "./family_rib.ts";
import type { IdCounter } from "../table/id_counter.ts";

export class FamilyRibs {
  /** In order of id. */
  list: FamilyRib[] = [];
  readonly #byId: (FamilyRib | undefined)[] = [];
  readonly #prefixIds: IdCounter;
  readonly #sets: AttributeTable;
  #classes: PrefixClasses | undefined;
  /** Families in which nothing is decided yet. */
  #deferred: FamilyMask;
  #equal: EqualRoutes | undefined;

  constructor(prefixIds: IdCounter, sets: AttributeTable, deferred: FamilyMask = 0) {
    this.#deferred = deferred;
    this.#prefixIds = prefixIds;
    this.#sets = sets;
  }

  get(family: FamilyId): FamilyRib {
    let rib = this.#byId[family];
    if (rib === undefined) {
      rib = this.#byId[familyRow(family).id] = new FamilyRib(family, this.#prefixIds, this.#sets);
      if (this.#classes !== undefined) rib.classes.use(this.#classes);
      if (maskHas(this.#deferred, family)) rib.defer();
      rib.mark(this.#equal);
      this.list = this.#byId.filter((each) => each !== undefined);
    }
    return rib;
  }

  /** Other policies hold, and with them other prefix sets. */
  use(classes: PrefixClasses): void {
    this.#classes = classes;
    for (const rib of this.list) rib.classes.use(classes);
  }

  /** These may be decided now. */
  release(families: FamilyMask): void {
    this.#deferred &= ~families;
    for (const rib of this.list) if (maskHas(families, rib.family)) rib.release();
  }

  /** Routes that are as good as the best one are marked, or none are. */
  mark(equal: EqualRoutes | undefined): void {
    this.#equal = equal;
    for (const rib of this.list) rib.mark(equal);
  }

  get hasUndecided(): boolean {
    return this.list.some((rib) => rib.undecided > 0);
  }
}
