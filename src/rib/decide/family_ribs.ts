/** The families in use. Each has its prefixes and routes; all share one sequence of prefix ids. */

import type { PrefixClasses } from "../../policy/mod.ts";
import { type FamilyId, type FamilyMask, familyOf, maskHas, type PrefixId } from "../../types/mod.ts";
import type { AttributeTable } from "../table/attribute_table.ts";
import type { MultipathRule } from "./decision.ts";
import { FamilyRib } from "./family_rib.ts";
import type { IdCounter } from "../table/id_counter.ts";

export class FamilyRibs {
  /** In order of id. */
  list: FamilyRib[] = [];
  readonly #byId: (FamilyRib | undefined)[] = [];
  readonly #prefixIds: IdCounter<PrefixId>;
  readonly #sets: AttributeTable;
  #classes: PrefixClasses | undefined;
  /** Families in which decisions wait for {@link release}. */
  #deferred: FamilyMask;
  #multipath: MultipathRule | undefined;

  constructor(prefixIds: IdCounter<PrefixId>, sets: AttributeTable, deferred: FamilyMask = 0) {
    this.#deferred = deferred;
    this.#prefixIds = prefixIds;
    this.#sets = sets;
  }

  get(family: FamilyId): FamilyRib {
    let rib = this.#byId[family];
    if (rib === undefined) {
      rib = this.#byId[familyOf(family).id] = new FamilyRib(family, this.#prefixIds, this.#sets);
      if (this.#classes !== undefined) rib.classes.use(this.#classes);
      if (maskHas(this.#deferred, family)) rib.defer();
      rib.setMultipath(this.#multipath);
      this.list = this.#byId.filter((each) => each !== undefined);
    }
    return rib;
  }

  /** Other policies are in force, with other prefix sets. */
  use(classes: PrefixClasses): void {
    this.#classes = classes;
    for (const rib of this.list) rib.classes.use(classes);
  }

  /** Decisions in these families may begin. */
  release(families: FamilyMask): void {
    this.#deferred &= ~families;
    for (const rib of this.list) if (maskHas(families, rib.family)) rib.release();
  }

  /** Sets which routes are multipath routes; `undefined`: none. */
  setMultipath(rule: MultipathRule | undefined): void {
    this.#multipath = rule;
    for (const rib of this.list) rib.setMultipath(rule);
  }

  get hasUndecided(): boolean {
    return this.list.some((rib) => rib.undecided > 0);
  }
}
