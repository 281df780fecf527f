/** The tables as rows, and their memory: for tests, for people, for the bench. */

import type { Destination, FamilyId, PrefixSlot } from "../types/mod.ts";
import { destinationAt } from "./table/destinations.ts";
import type { RibTables } from "./decide/lookup.ts";

/** A route as `Rib.dump` shows it. */
export type RibRow = Destination & {
  readonly peerId: number;
  readonly family: FamilyId;
  readonly pathId: number;
  /** The canonical attribute set, after import policy. */
  readonly wire: Uint8Array;
  /** The set as received. */
  readonly received: Uint8Array;
  /** The number of the reason, as in the database. */
  readonly ineligible: number;
  readonly receivedAt: number;
  /** What RPKI data say of the received set. */
  readonly validity: number;
  readonly best: boolean;
  /** The step that decided for the best route of the prefix. */
  readonly step: number;
};

/** How many prefixes, routes and sets the RIB holds, and their memory in octets. */
export interface RibMemory {
  readonly prefixes: number;
  readonly routes: number;
  readonly best: number;
  readonly sets: number;
  readonly prefixBytes: number;
  readonly routeBytes: number;
  readonly setBytes: number;
  /** Update groups, and what waits for single peers. */
  readonly outBytes: number;
}

export function* ribRows({ ribs, peerFamilies, sets, reasons }: RibTables): Generator<RibRow> {
  for (const { peerId, family, routes } of peerFamilies) {
    const rib = ribs.find((each) => each.family === family);
    if (routes === undefined || rib === undefined) continue;
    for (let index = 0; index < rib.slots.count; index++) {
      const slot = index as PrefixSlot;
      for (let row = routes.first(slot); row !== -1; row = routes.next(row)) {
        const pathId = routes.pathIdOf(row);
        yield {
          peerId,
          family,
          ...destinationAt(rib.destinations, slot),
          pathId,
          wire: sets.wire(routes.setOf(row)).slice(),
          received: sets.wire(routes.receivedOf(row)).slice(),
          ineligible: reasons.id(routes.ineligibleOf(row)),
          receivedAt: routes.receivedAtOf(row),
          validity: routes.validityOf(row),
          best: rib.best.peerOf(slot) === peerId && rib.best.pathIdOf(slot) === pathId,
          step: rib.best.stepOf(slot),
        };
      }
    }
  }
}

export function ribMemory({ ribs, peerFamilies, sets }: RibTables, outBytes: number): RibMemory {
  const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
  return {
    prefixes: sum(ribs.map((rib) => rib.slots.inUse)),
    routes: sum(peerFamilies.map(({ routes }) => routes?.count ?? 0)),
    best: sum(ribs.map((rib) => rib.best.count)),
    sets: sets.count,
    prefixBytes: sum(ribs.map((rib) => rib.bytes)),
    routeBytes: sum(peerFamilies.map((family) => family.bytes)),
    setBytes: sets.bytes,
    outBytes,
  };
}

/** How many rows of the tables are not written yet. */
export function unwrittenRows({ ribs, peerFamilies }: RibTables): number {
  let rows = 0;
  for (const { routes } of peerFamilies) rows += routes?.dirtyCount() ?? 0;
  for (const rib of ribs) rows += rib.dirtyCount;
  return rows;
}
