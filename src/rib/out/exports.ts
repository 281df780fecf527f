/**
 * Loc-RIB → Adj-RIBs-Out: the update groups of all families, which peers join, leave and change. `family_exports.ts`
 * says which peers share a group.
 */

import type { Policies } from "../../policy/mod.ts";
import { type FamilyId, limits, maskIds, type PrefixSlot } from "../../types/mod.ts";
import { AdjRibOut } from "./adj_rib_out.ts";
import type { AttributeTable } from "../table/attribute_table.ts";
import type { WithheldNews } from "./out_facts.ts";
import { GroupShare } from "./group_share.ts";
import type { FamilyRib } from "../decide/family_rib.ts";
import type { OriginatedRoute } from "./originate.ts";
import type { OutLimitNews } from "./out_limit.ts";
import { type PeerTerm, PeerTerms } from "./export/peer_terms.ts";
import type { UpdateGroup } from "./update_group.ts";
import { type ExportCommon, FamilyExports } from "./family_exports.ts";
import type { ExportSession, PeerExport } from "./peer_export.ts";
import type { Validation } from "../in/validation.ts";

export class Exports {
  readonly #ribOf: (family: FamilyId) => FamilyRib;
  readonly #common: ExportCommon;
  readonly #families: (FamilyExports | undefined)[] = [];

  /** `ringBytes`: octets of encoded messages that may wait in a group. */
  constructor(
    sets: AttributeTable,
    ribOf: (family: FamilyId) => FamilyRib,
    clusterId: number,
    validation: Validation,
    ringBytes: number = limits.ringBytes,
  ) {
    this.#ribOf = ribOf;
    this.#common = {
      sets,
      clusterId,
      terms: new PeerTerms(),
      validation,
      share: new GroupShare(),
      ringBytes,
      policies: undefined,
      news: [],
      withheld: [],
    };
  }

  join(peerId: number, session: ExportSession, policy: PeerExport, routes: readonly OriginatedRoute[]): AdjRibOut {
    const { enhancedRouteRefresh } = session.negotiated;
    return new AdjRibOut(
      peerId,
      this.#groups(peerId, session, policy, routes),
      routes,
      this.#common.sets,
      enhancedRouteRefresh,
    );
  }

  leave(out: AdjRibOut): void {
    out.close();
    this.#sweep();
  }

  move(out: AdjRibOut, session: ExportSession, policy: PeerExport, routes: readonly OriginatedRoute[]): void {
    out.move(this.#groups(out.peerId, session, policy, routes), routes);
    this.#sweep();
  }

  /** What the configuration says of a peer that routes come from. True: something changed. */
  setTerm(peerId: number, term: PeerTerm): boolean {
    if (!this.#common.terms.set(peerId, term)) return false;
    for (const family of this.#families) for (const group of family?.groups.values() ?? []) group.map.forgetSources();
    return true;
  }

  forget(peerId: number): void {
    this.#common.terms.delete(peerId);
  }

  /** Returns the peers that must {@link move} to other groups. */
  usePolicies(policies: Policies): number[] {
    this.#common.policies = policies;
    return [...new Set(this.#families.flatMap((family) => family?.usePolicies() ?? []))];
  }

  /** Routes that were withheld since the last call for a reason that was not reported yet. */
  takeWithheld(): WithheldNews[] {
    return this.#common.withheld.splice(0);
  }

  /** Peers that reached `max_prefixes_out` since the last call. */
  takeLimitNews(): OutLimitNews[] {
    return this.#common.news.splice(0);
  }

  /** Calls `visit` with the slots of the family that update groups or their peers refer to. May repeat slots. */
  eachSlotInUse(family: FamilyId, visit: (slot: PrefixSlot) => void): void {
    for (const group of this.#families[family]?.groups.values() ?? []) {
      group.eachRowInUse((row) => visit(group.rows.slotOf(row)));
    }
  }

  /** Gives memory back to the system that many lost routes left. */
  returnMemory(): void {
    for (const family of this.#families) for (const group of family?.groups.values() ?? []) group.returnMemory();
  }

  /** Some peer is advertised routes by what RPKI data say of them. */
  get usesValidity(): boolean {
    return this.#families.some((family) => family?.groups.values().some(({ map }) => map.usesValidity));
  }

  get bytes(): number {
    let bytes = 0;
    for (const family of this.#families) for (const group of family?.groups.values() ?? []) bytes += group.bytes;
    return bytes;
  }

  #groups(
    peerId: number,
    session: ExportSession,
    policy: PeerExport,
    routes: readonly OriginatedRoute[],
  ): UpdateGroup[] {
    return maskIds(session.negotiated.families).map((id) => {
      const family = this.#families[id] ??= new FamilyExports(this.#ribOf(id), this.#common);
      return family.group(peerId, session, policy, routes.filter((route) => route.family === id));
    });
  }

  #sweep(): void {
    for (const family of this.#families) family?.sweep();
  }
}
