/**
 * Which FlowSpec rules of peers are feasible (RFC 8955 §6, RFC 9117), now and after each change of the unicast routes
 * that they depend on. `flow_feasibility.ts` has the rules of the RFCs, `flow_destinations.ts` what they look at.
 */

import {
  type Asn,
  familyByCode,
  type FamilyId,
  familyOf,
  type Millis,
  type PrefixSlot,
  type SetSlot,
} from "../../types/mod.ts";
import type { RouteSource } from "../in/adj_rib_in.ts";
import type { DestinationCheck } from "../in/destination_check.ts";
import { Ineligible } from "../in/import/eligibility.ts";
import type { AttributeKeys } from "../table/attribute_keys.ts";
import type { NlriTable } from "../table/nlri_table.ts";
import { CoveringRoutes, type ScopedPrefix } from "./covering_routes.ts";
import { PartOfTime } from "./part_of_time.ts";
import type { FamilyRib } from "./family_rib.ts";
import { FlowDestinations } from "./flow_destinations.ts";
import { flowInfeasible, type Infeasible } from "./flow_feasibility.ts";
import { originOf } from "./flow_origin.ts";

/** SAFI of the routes that the rules of a kind of family are compared with (RFC 8955 §6, §8). */
const comparedWith: Readonly<Record<string, number>> = { "flowspec": 1, "flowspec-vpn": 128 };

const reasons: Readonly<Record<Infeasible, Ineligible>> = {
  "no destination": Ineligible.flowNoDestination,
  "no route": Ineligible.flowNoRoute,
  "other originator": Ineligible.flowOtherOriginator,
  "other AS": Ineligible.flowOtherAs,
  "more specific": Ineligible.flowMoreSpecific,
};

export function hasFlowRules(family: FamilyId): boolean {
  return familyOf(family).kind in comparedWith;
}

export class FlowChecks {
  readonly #ribOf: (family: FamilyId) => FamilyRib;
  readonly #keys: AttributeKeys;
  readonly #time: PartOfTime;
  readonly #checks = new Map<FamilyId, FlowCheck>();

  constructor(ribOf: (family: FamilyId) => FamilyRib, keys: AttributeKeys, monotonic: () => Millis) {
    this.#ribOf = ribOf;
    this.#keys = keys;
    this.#time = new PartOfTime(monotonic);
  }

  /** The check for rules of this family. */
  of(family: FamilyId): DestinationCheck {
    let check = this.#checks.get(family);
    if (check === undefined) {
      const { afi, kind } = familyOf(family);
      const compared = this.#ribOf(familyByCode(afi, comparedWith[kind]!)!.id);
      check = new FlowCheck(this.#ribOf(family), compared, this.#keys);
      this.#checks.set(family, check);
    }
    return check;
  }

  /** Routes changed that some rules may depend on. */
  get isDue(): boolean {
    for (const { destinations } of this.#checks.values()) if (destinations.hasChanges) return true;
    return false;
  }

  /** Calls `recheck` with the rules whose answer may be another one. They wait while checks take too much time. */
  step(recheck: (family: FamilyId, rules: readonly PrefixSlot[]) => void): void {
    if (!this.isDue) return;
    this.#time.run(() => {
      for (const [family, { destinations }] of this.#checks) {
        const rules = destinations.takeRules();
        if (rules.length > 0) recheck(family, rules);
      }
    });
  }
}

class FlowCheck implements DestinationCheck {
  readonly destinations: FlowDestinations;
  readonly #table: NlriTable;
  readonly #keys: AttributeKeys;

  constructor(rules: FamilyRib, compared: FamilyRib, keys: AttributeKeys) {
    this.#table = rules.destinations as NlriTable;
    this.#keys = keys;
    this.destinations = new FlowDestinations(new CoveringRoutes(compared));
    rules.onFreed = (slot) => this.destinations.forget(slot);
    compared.watch = (slot) => this.destinations.note(slot);
  }

  reasonAt(rule: PrefixSlot, set: SetSlot, source: RouteSource): Ineligible {
    const at = this.#destinationOf(rule);
    const route = this.destinations.routeOf(rule, at);
    const flow = {
      ...originOf(this.#keys, set, source),
      hasDestination: at !== undefined,
      isExternal: !source.internal && source.confederation !== true,
    };
    const infeasible = flowInfeasible(flow, route, this.#others(rule, at, route?.neighborAsn));
    return infeasible === undefined ? Ineligible.none : reasons[infeasible];
  }

  #destinationOf(rule: PrefixSlot): ScopedPrefix | undefined {
    const { rd = "", prefix } = this.#table.codec.fields(this.#table.key(rule));
    return prefix === undefined ? undefined : { scope: rd, prefix };
  }

  *#others(rule: PrefixSlot, at: ScopedPrefix | undefined, asn: Asn | undefined): Generator<Asn> {
    const other = asn === undefined ? undefined : this.destinations.otherInside(rule, at, asn);
    if (other !== undefined) yield other;
  }
}
