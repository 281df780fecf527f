/**
 * Frees the slots of NLRI that are no plain prefixes and that nothing refers to any more. A peer can announce and
 * withdraw ever new ones: MAC addresses of a data centre come and go, and an attack has other FlowSpec rules than the
 * one before.
 *
 * A count of references would cost a step in every change of a route, and would have to be right everywhere. Instead
 * all slots are looked at, each time that their number has doubled: what is in use are routes, decisions, and whatever
 * is on its way to a peer or to the database.
 */

import type { PrefixId, PrefixSlot } from "../types/mod.ts";
import type { FamilyRib } from "./decide/family_rib.ts";
import type { StoreFeed } from "./feed/store_feed.ts";
import type { PeerFamily } from "./in/peer_family.ts";
import type { Exports } from "./out/exports.ts";
import { setBit, wordsFor } from "./table/columns.ts";
import { NlriTable } from "./table/nlri_table.ts";

/** With fewer slots nobody looks. */
const worthLooking = 4096;

/** Everything that refers to slots. */
export interface SlotHolders {
  readonly peerFamilies: readonly PeerFamily[];
  /** Tables of routers: the decision process does not know them. */
  readonly reported: readonly PeerFamily[];
  readonly exports: Exports;
  readonly feed: StoreFeed;
}

export class UnusedDestinations {
  /** By family id: the number of slots from which on the family is looked at. */
  readonly #dueAt: number[] = [];

  /** Looks at the families that have grown. */
  free(ribs: readonly FamilyRib[], holders: SlotHolders): void {
    for (const rib of ribs) {
      const { destinations: table, slots, family } = rib;
      const dueAt = this.#dueAt[family] ?? worthLooking;
      if (!(table instanceof NlriTable) || slots.count < dueAt || slots.inUse < slots.count) continue;
      holders.feed.retireNlri(freeUnused(rib, table, holders));
      this.#dueAt[family] = Math.max(worthLooking, 2 * slots.inUse);
    }
  }
}

/** Returns the ids that the database has. */
function freeUnused(
  rib: FamilyRib,
  table: NlriTable,
  { peerFamilies, reported, exports, feed }: SlotHolders,
): PrefixId[] {
  const { slots, family } = rib;
  const used = new Int32Array(wordsFor(slots.count));
  const use = (slot: PrefixSlot) => setBit(used, slot);
  exports.eachSlotInUse(family, use);
  feed.eachSlotInUse(family, use);
  for (const each of [...peerFamilies, ...reported]) if (each.family === family) each.earlierRun?.eachSlot(use);
  for (const { family: id, routes } of reported) {
    if (id !== family) continue;
    routes?.eachSlot(use);
    routes?.eachUnwritten(use);
  }
  const ids: PrefixId[] = [];
  for (let at = 0; at < slots.count; at++) {
    const slot = at as PrefixSlot;
    if ((used[at >>> 5]! & (1 << (at & 31))) !== 0 || rib.holds(slot)) continue;
    if (slots.isStored(slot)) ids.push(slots.id(slot));
    table.free(slot);
    rib.freed(slot);
  }
  return ids;
}
