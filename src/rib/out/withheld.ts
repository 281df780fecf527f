/** Why a row of an update group is not advertised, or not yet. */

import type { Millis } from "../../session/mod.ts";
import type { RouteSource } from "../in/adj_rib_in.ts";
import { hasBit, setBit, wordsFor } from "../table/columns.ts";
import type { Withheld } from "./export/export_map.ts";
import type { PeerOut } from "./peer_out.ts";
import type { UpdateGroup } from "./update_group.ts";

/** Why the peer does not get the route that is there for the row; `undefined`: there is none, or nothing stands in its way. */
export function whyWithheld(peerOut: PeerOut, row: number): Withheld | undefined {
  const { group, peerId } = peerOut;
  const route = routeOf(group, row);
  if (route === undefined) return undefined;
  const { set, source } = route;
  if (source.peerId === peerId) return { by: "rules", reason: "it is from this peer" };
  if (group.isLocalOnly && source.peerId !== 0) return { by: "rules", reason: 'export = "none"' };
  const withheld = group.map.whyWithheld(set, source, group.rows.slotOf(row));
  if (withheld !== undefined && group.selects) {
    const instead = peerOut.current(row) === 0 ? "no other route is for this peer" : "another route goes in its place";
    return { ...withheld, reason: `${withheld.reason}, and ${instead}` };
  }
  if (withheld !== undefined || !group.rows.addPath) return withheld;
  return { by: "policy", reason: "other paths of the prefix go before, and add_path_send allows no more" };
}

/** Why the peer is advertised another route than the best one; `undefined`: it is not (RFC 7947 §2.3.2). */
export function whyInstead({ group, peerId }: PeerOut, row: number): string | undefined {
  const best = group.rows.sourceOf(row);
  if (!group.selects || (best !== peerId && best === group.sourceOf(row))) return undefined;
  const route = routeOf(group, row);
  if (route === undefined) return undefined;
  const reason = best === peerId
    ? "it is from this peer"
    : group.map.whyWithheld(route.set, route.source, group.rows.slotOf(row))?.reason;
  return reason === undefined ? undefined : `instead of the best route: ${reason}`;
}

/** Of a row whose attributes leave no room for its prefix. */
export const tooLongText = "no message of this session holds it with its attributes";

/** What a row waits for on its way to a peer. */
export type Waiting = "limit" | "restart" | "turn" | "interval";

/**
 * What keeps the peer from having been told of the row as it stands now; `undefined`: it has been. `isUntaken`: see
 * {@link UntakenRows}.
 */
export function waitsFor(peerOut: PeerOut, row: number, isUntaken: boolean, now: Millis): Waiting | undefined {
  const { group } = peerOut;
  if (!peerOut.hasOwn(row) && group.limit?.holdsBack(row) === true) return "limit";
  if (isUntaken || peerOut.isToTell(row)) return group.ready ? "turn" : "restart";
  if (peerOut.hasOwn(row) || !group.changes.has(row)) return undefined;
  return group.changes.pauseMs(now) === 0 ? "turn" : "interval";
}

/** In words that stay the same as long as it waits. */
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

/** The rows of which something is on its way to a peer, which has not taken it yet: for whoever looks at many rows. */
export class UntakenRows {
  readonly #peerOut: PeerOut;
  /** Where the peer was when the bits were set, one for each row. */
  readonly #place = new Int32Array(4).fill(-1);
  #bits = new Int32Array(0);

  constructor(peerOut: PeerOut) {
    this.#peerOut = peerOut;
  }

  has(row: number): boolean {
    if (!this.#peerOut.hasUntaken) return false;
    if (!this.#peerOut.isAt(this.#place)) {
      this.#bits = new Int32Array(wordsFor(this.#peerOut.group.rows.count));
      this.#peerOut.eachUntaken((each) => setBit(this.#bits, each));
    }
    return hasBit(this.#bits, row);
  }
}

/** The set, a copy, that a row will be advertised with which the column does not have yet. */
export function coming(peerOut: PeerOut, row: number): Uint8Array | undefined {
  const { group, peerId } = peerOut;
  // The best route may not be the one that is for this peer.
  if (!group.isFilled(row) || group.selects) return group.preview(row, peerId);
  const route = routeOf(group, row);
  if (route === undefined || route.source.peerId === peerId) return undefined;
  if (group.isLocalOnly && route.source.peerId !== 0) return undefined;
  const exported = group.map.export(route.set, route.source, group.rows.slotOf(row));
  if (exported === -1) return undefined;
  const wire = group.sets.wire(exported).slice();
  group.sets.forgo(exported);
  return wire;
}

/** The route that stands in the row. */
function routeOf({ rows, rib }: UpdateGroup, row: number): { set: number; source: RouteSource } | undefined {
  const peer = rows.sourceOf(row);
  const slot = rows.slotOf(row);
  const routes = peer === -1 ? undefined : rib.routesOf(slot, peer);
  const at = routes?.find(slot, rows.sourcePathOf(row)) ?? -1;
  return at === -1 ? undefined : { set: routes!.setOf(at), source: routes!.source };
}
