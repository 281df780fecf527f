/**
 * Answers questions about routes from the tables in memory, for programs that look up addresses many times a second. A
 * look-up costs what the routes it finds cost, however large the table is.
 */

import type { Destination, FamilyId, Prefix, PrefixSlot } from "../../types/mod.ts";
import type { AdjRibIn } from "../in/adj_rib_in.ts";
import type { Reasons } from "../in/import/reasons.ts";
import type { AttributeTable } from "../table/attribute_table.ts";
import { destinationAt } from "../table/destinations.ts";
import { NlriTable } from "../table/nlri_table.ts";
import { noPrefix } from "../table/slot_ids.ts";
import { decisionStepNames } from "./decision.ts";
import type { FamilyRib } from "./family_rib.ts";
import type { PeerFamily } from "../in/peer_family.ts";
import { coveringSlots, findSlot, isWithin, wordsOf } from "../table/prefix_lookup.ts";

/** The tables that answer. */
export interface RibTables {
  readonly ribs: readonly FamilyRib[];
  readonly peerFamilies: readonly PeerFamily[];
  readonly sets: AttributeTable;
  readonly reasons: Reasons;
}

export type RouteQuestion =
  /** All routes of the longest prefix that contains the address and has routes. */
  | { readonly kind: "longest"; readonly family: FamilyId; readonly address: Uint8Array }
  | { readonly kind: "exact"; readonly family: FamilyId; readonly prefix: Prefix }
  /** All routes of the first of these NLRI that has routes, by key. */
  | { readonly kind: "keys"; readonly family: FamilyId; readonly keys: readonly Uint8Array[] }
  /** The routes of the prefix and of all prefixes inside it, `limit` routes at most. */
  | { readonly kind: "within"; readonly family: FamilyId; readonly prefix: Prefix; readonly limit: number };

/** A route as the view `rib` shows it, with the peer as a number and the attributes as octets. */
export type FoundRoute = Destination & {
  readonly peerId: number;
  readonly family: FamilyId;
  /** -1: none. */
  readonly pathId: number;
  /** A copy of the canonical attribute set, after import policy. */
  readonly wire: Uint8Array;
  readonly best: boolean;
  /** The step that decided; `null` for other routes than the best one. */
  readonly bestReason: string | null;
  /** The route is from an earlier session or run, and was not announced again yet. */
  readonly stale: boolean;
  /** Why the route is not a candidate; `null`: it is one. */
  readonly ineligible: string | null;
  readonly multipath: boolean;
  readonly receivedAt: number;
  /** What RPKI data say of the received set (`rpki/validity.ts`). */
  readonly validity: number;
};

/**
 * The routes, best first for each prefix. `undefined` stands for a step that found no route, so that a caller that
 * counts steps can pause.
 */
export function* findRoutes(
  question: RouteQuestion,
  tables: () => RibTables,
): Generator<FoundRoute | undefined, void, undefined> {
  const rib = tables().ribs.find(({ family }) => family === question.family);
  if (rib === undefined) return;
  const { destinations: table } = rib;
  if (question.kind === "keys") {
    for (const key of question.keys) {
      const slot = table instanceof NlriTable ? table.find(key) : noPrefix;
      if (slot !== noPrefix && hasRoutes(rib, slot, tables())) return yield* routesAt(rib, slot, tables);
    }
    return;
  }
  const octets = question.kind === "longest" ? question.address : question.prefix.octets;
  if (table instanceof NlriTable || octets.length !== 4 * table.wordsPerPrefix) return;
  const words = wordsOf(octets);
  switch (question.kind) {
    case "longest":
      for (const slot of coveringSlots(table, words)) {
        if (hasRoutes(rib, slot, tables())) return yield* routesAt(rib, slot, tables);
      }
      return;
    case "exact": {
      const slot = findSlot(table, words, question.prefix.length);
      return slot === -1 ? undefined : yield* routesAt(rib, slot, tables);
    }
    case "within": {
      const { prefix: { length }, limit } = question;
      let found = 0;
      for (let slot = 0; slot < table.slots.count; slot++) {
        if (!isWithin(table, slot as PrefixSlot, words, length)) {
          yield undefined;
          continue;
        }
        for (const row of routesAt(rib, slot as PrefixSlot, tables)) {
          if (row !== undefined && found++ === limit) return;
          yield row;
        }
      }
      return;
    }
    default:
      question satisfies never;
  }
}

function hasRoutes(rib: FamilyRib, slot: PrefixSlot, { peerFamilies }: RibTables): boolean {
  return peerFamilies.some((each) =>
    each.rib === rib && ((each.routes?.first(slot) ?? -1) !== -1 || (each.earlierRun?.first(slot) ?? -1) !== -1)
  );
}

/**
 * All routes of a prefix, best first. A caller that pauses finds the routes of later peers as they are when it resumes.
 */
function* routesAt(
  rib: FamilyRib,
  slot: PrefixSlot,
  tables: () => RibTables,
): Generator<FoundRoute | undefined, void, undefined> {
  const families = tables().peerFamilies.filter((each) => each.rib === rib);
  const bestPeer = rib.best.peerOf(slot);
  const holder = families.find(({ peerId }) => peerId === bestPeer);
  const best = holder === undefined ? undefined : routesOfPeer(holder, rib, slot, tables()).find((row) => row.best);
  if (best !== undefined) yield best;
  for (const each of families) {
    yield undefined;
    for (const row of routesOfPeer(each, rib, slot, tables())) {
      if (row.peerId !== best?.peerId || row.pathId !== best.pathId || row.stale !== best.stale) yield row;
    }
  }
}

/** The routes of one peer, without a pause between them. */
function routesOfPeer(peerFamily: PeerFamily, rib: FamilyRib, slot: PrefixSlot, tables: RibTables): FoundRoute[] {
  const { routes, earlierRun } = peerFamily;
  return [routes, earlierRun].flatMap((each) => each === undefined ? [] : rowsOf(each, slot, peerFamily, rib, tables));
}

function rowsOf(
  routes: AdjRibIn,
  slot: PrefixSlot,
  { peerId, family, earlierRun, hasRetained }: PeerFamily,
  rib: FamilyRib,
  { sets, reasons }: RibTables,
): FoundRoute[] {
  const found: FoundRoute[] = [];
  const isOfThisRun = routes !== earlierRun;
  const ties = isOfThisRun ? rib.multipath?.of(slot) ?? [] : [];
  const bestPath = isOfThisRun && rib.best.peerOf(slot) === peerId ? rib.best.pathIdOf(slot) : undefined;
  for (let row = routes.first(slot); row !== -1; row = routes.next(row)) {
    const pathId = routes.pathIdOf(row);
    const best = pathId === bestPath;
    found.push({
      peerId,
      family,
      ...destinationAt(rib.destinations, slot),
      pathId,
      wire: sets.wire(routes.setOf(row)).slice(),
      best,
      bestReason: best ? decisionStepNames[rib.best.stepOf(slot)] ?? null : null,
      stale: !isOfThisRun || (hasRetained && routes.isMarked(row)),
      ineligible: reasons.text(routes.ineligibleOf(row)),
      multipath: ties.some((each) => each.peerId === peerId && each.pathId === pathId),
      receivedAt: routes.receivedAtOf(row),
      validity: routes.validityOf(row),
    });
  }
  return found;
}
