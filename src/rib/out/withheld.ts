/** Why a row of an update group is not advertised to a peer, or not yet. */

import { noSet } from "../table/attribute_table.ts";
import type { Millis, PrefixSlot, SetSlot } from "../../types/mod.ts";
import type { RouteSource } from "../in/adj_rib_in.ts";
import { hasBit, setBit, wordsFor } from "../table/columns.ts";
import type { Withheld } from "./export/export_map.ts";
import type { PeerOut } from "./peer_out.ts";
import type { UpdateGroup } from "./update_group.ts";
import { withheldTexts } from "./export/withheld_reasons.ts";

/** Why the route of the row is withheld from the peer; `undefined`: there is no route, or nothing withholds it. */
export function whyWithheld(peerOut: PeerOut, row: number): Withheld | undefined {
  const { group, peerId } = peerOut;
  const route = routeOf(group, row);
  if (route === undefined) return undefined;
  const { set, source } = route;
  if (source.peerId === peerId) return { by: "rules", reason: withheldTexts.fromThisPeer };
  if (group.isLocalOnly && source.peerId !== 0) return { by: "rules", reason: withheldTexts.exportNone };
  const withheld = group.map.whyWithheld(set, source, group.rows.slotOf(row));
  if (withheld !== undefined && group.selects) {
    const instead = peerOut.current(row) === 0 ? "no other route is for this peer" : "another route goes in its place";
    return { ...withheld, reason: `${withheld.reason}, and ${instead}` };
  }
  if (withheld !== undefined || !group.rows.addPath) return withheld;
  return { by: "policy", reason: withheldTexts.otherPaths };
}

/** Why the peer is advertised another route than the best one (RFC 7947 §2.3.2); `undefined`: it is not. */
export function whyInstead({ group, peerId }: PeerOut, row: number): string | undefined {
  const best = group.rows.sourceOf(row);
  if (!group.selects || (best !== peerId && best === group.sourceOf(row))) return undefined;
  const route = routeOf(group, row);
  if (route === undefined) return undefined;
  const reason = best === peerId
    ? withheldTexts.fromThisPeer
    : group.map.whyWithheld(route.set, route.source, group.rows.slotOf(row))?.reason;
  return reason === undefined ? undefined : `instead of the best route: ${reason}`;
}

/** The reason for a row whose attributes leave no room for its prefix. */
export const tooLongText = withheldTexts.noRoom;

/** What a row waits for on its way to a peer. */
export type Waiting = "limit" | "restart" | "turn" | "interval";

/**
 * Why the peer does not have the newest state of the row yet; `undefined`: it has. `isUnread`: see {@link UnreadRows}.
 */
export function waitsFor(peerOut: PeerOut, row: number, isUnread: boolean, now: Millis): Waiting | undefined {
  const { group } = peerOut;
  if (!peerOut.hasOwn(row) && group.limit?.holdsBack(row) === true) return "limit";
  if (isUnread || peerOut.isUnsent(row)) return group.ready ? "turn" : "restart";
  if (peerOut.hasOwn(row) || !group.changes.has(row)) return undefined;
  return group.changes.pauseMs(now) === 0 ? "turn" : "interval";
}

/** The reason as text that stays the same as long as the row waits. */
export function waitingText({ group }: PeerOut, waiting: Waiting): string {
  switch (waiting) {
    case "limit":
      return `max_prefixes_out = ${group.limit!.max} is reached`;
    case "restart":
      return "bgpd has restarted and waits for the tables of its peers (RFC 4724 §4.1)";
    case "turn":
      return "the peer has not taken it yet";
    case "interval":
      return "min_route_advertisement_interval";
  }
}

/** The rows that are on their way to a peer and that it has not read yet, for callers that look at many rows. */
export class UnreadRows {
  readonly #peerOut: PeerOut;
  /** Where the peer was when the bits, one for each row, were set. */
  readonly #place = new Int32Array(4).fill(-1);
  #bits = new Int32Array(0);

  constructor(peerOut: PeerOut) {
    this.#peerOut = peerOut;
  }

  has(row: number): boolean {
    if (!this.#peerOut.hasUnread) return false;
    if (!this.#peerOut.isAt(this.#place)) {
      this.#bits = new Int32Array(wordsFor(this.#peerOut.group.rows.count));
      this.#peerOut.eachUnread((each) => setBit(this.#bits, each));
    }
    return hasBit(this.#bits, row);
  }
}

/** A copy of the set that the row will be advertised with, where the column does not have it yet. */
export function upcomingSet(peerOut: PeerOut, row: number): Uint8Array | undefined {
  const { group, peerId } = peerOut;
  // A group that selects may advertise another route than the best one to this peer.
  if (!group.isFilled(row) || group.selects) return group.preview(row as PrefixSlot, peerId);
  const route = routeOf(group, row);
  if (route === undefined || route.source.peerId === peerId) return undefined;
  if (group.isLocalOnly && route.source.peerId !== 0) return undefined;
  const exported = group.map.export(route.set, route.source, group.rows.slotOf(row));
  if (exported === noSet) return undefined;
  const wire = group.sets.wire(exported).slice();
  group.sets.forgo(exported);
  return wire;
}

/** The route of the row. */
function routeOf({ rows, rib }: UpdateGroup, row: number): { set: SetSlot; source: RouteSource } | undefined {
  const peer = rows.sourceOf(row);
  const slot = rows.slotOf(row);
  const routes = peer === -1 ? undefined : rib.routesOf(slot, peer);
  const at = routes?.find(slot, rows.sourcePathOf(row)) ?? -1;
  return at === -1 ? undefined : { set: routes!.setOf(at), source: routes!.source };
}
