/**
 * All candidates of a prefix in the order of the decision process, for callers that need more than the best route: the
 * best one, the best of the rest, and so on. It takes n log n steps.
 *
 * Without MED, the steps of the decision compare any two routes alike, so sorting gives the order. MED compares only
 * routes of one neighbouring AS (RFC 4271 §9.1.2.2 c): a route comes after every route of the same neighbour with a
 * lower MED. Sorting without MED, then moving each route behind those routes, gives the same order as deciding again
 * and again.
 */

import type { SetSlot } from "../../types/mod.ts";
import type { AdjRibIn, RouteSource } from "../in/adj_rib_in.ts";
import type { AttributeKeys } from "../table/attribute_keys.ts";

/** What {@link Ranking} reads of its candidates, by number. */
export interface Ranked {
  readonly keys: AttributeKeys;
  routes(candidate: number): AdjRibIn;
  row(candidate: number): number;
  set(candidate: number): SetSlot;
}

export class Ranking {
  readonly #of: Ranked;
  #order = new Int32Array(64);

  constructor(of: Ranked) {
    this.#of = of;
  }

  /** Candidates 0 to `count - 1`, best first. `winner`: the one that the decision found. */
  rank(count: number, winner: number): Int32Array {
    if (count > this.#order.length) this.#order = new Int32Array(2 * count);
    const order = this.#order.subarray(0, count);
    order[0] = winner;
    for (let i = 0, at = 1; i < count; i++) if (i !== winner) order[at++] = i;
    if (count > 2) this.#sort(order.subarray(1));
    return order;
  }

  #sort(others: Int32Array): void {
    others.sort(this.#compare);
    for (let from = 0, to = 1; to <= others.length; to++) {
      if (to < others.length && this.#compareUpToOrigin(others[from]!, others[to]!) === 0) continue;
      if (to - from > 1) this.#applyMed(others.subarray(from, to));
      from = to;
    }
  }

  /** `tied`: routes that tie through step `origin`, in the order of the steps behind `med`. */
  #applyMed(tied: Int32Array): void {
    const { med } = this.#of.keys;
    const first = med[this.#of.set(tied[0]!)]!;
    if (tied.every((each) => med[this.#of.set(each)] === first)) return;
    const count = tied.length;
    const byNeighbour = Int32Array.from(tied.keys()).sort((a, b) =>
      this.#compareNeighbour(tied[a]!, tied[b]!) || this.#compareMed(tied[a]!, tied[b]!) || a - b
    );
    // Each route comes after all routes that hold it back: at the last of their places. Within one neighbour MED
    // orders.
    const places = new Float64Array(count);
    let place = 0;
    for (let i = 0; i < count; i++) {
      const at = byNeighbour[i]!;
      const holdsBack = i > 0 && this.#compareNeighbour(tied[byNeighbour[i - 1]!]!, tied[at]!) === 0;
      place = holdsBack ? Math.max(place, at) : at;
      places[i] = place * count + i;
    }
    const before = tied.slice();
    places.sort();
    for (let i = 0; i < count; i++) tied[i] = before[byNeighbour[places[i]! % count]!]!;
  }

  readonly #compare = (a: number, b: number): number => this.#compareUpToOrigin(a, b) || this.#compareBehindMed(a, b);

  #compareUpToOrigin(a: number, b: number): number {
    const of = this.#of;
    const { keys } = of;
    const one = of.set(a);
    const other = of.set(b);
    const local = (of.routes(a).source.peerId === 0 ? 0 : 1) - (of.routes(b).source.peerId === 0 ? 0 : 1);
    if (local !== 0) return local;
    const { aigp, mobility } = keys;
    return keys.longLivedStale[one]! - keys.longLivedStale[other]! ||
      (mobility === undefined ? 0 : mobility[other]! - mobility[one]!) ||
      keys.localPref[other]! - keys.localPref[one]! ||
      (aigp === undefined || aigp[one] === aigp[other] ? 0 : aigp[one]! < aigp[other]! ? -1 : 1) ||
      keys.pathLength[one]! - keys.pathLength[other]! ||
      keys.origin[one]! - keys.origin[other]!;
  }

  #compareNeighbour(a: number, b: number): number {
    const { neighbourAs } = this.#of.keys;
    return neighbourAs[this.#of.set(a)]! - neighbourAs[this.#of.set(b)]!;
  }

  #compareMed(a: number, b: number): number {
    const { med } = this.#of.keys;
    return med[this.#of.set(a)]! - med[this.#of.set(b)]!;
  }

  #compareBehindMed(a: number, b: number): number {
    const of = this.#of;
    const one = of.routes(a);
    const other = of.routes(b);
    return (isInternal(one.source) ? 1 : 0) - (isInternal(other.source) ? 1 : 0) || this.compareTied(a, b);
  }

  /** The steps from `routerId` on. */
  compareTied(a: number, b: number): number {
    const of = this.#of;
    const { clusterListLength } = of.keys;
    const [one, other] = [of.routes(a), of.routes(b)];
    return identifierOf(of.keys, of.set(a), one.source) - identifierOf(of.keys, of.set(b), other.source) ||
      clusterListLength[of.set(a)]! - clusterListLength[of.set(b)]! ||
      compareAddresses(one.source.address, other.source.address) ||
      one.pathIdOf(of.row(a)) - other.pathIdOf(of.row(b)) ||
      one.source.peerId - other.source.peerId;
  }
}

/** ORIGINATOR_ID of the attribute set, or the BGP Identifier of the peer (RFC 4456 §9). */
export function identifierOf(keys: AttributeKeys, set: SetSlot, source: Pick<RouteSource, "routerId">): number {
  return keys.hasOriginatorId[set] !== 0 ? keys.originatorId[set]! : source.routerId;
}

/** RFC 5065 §5.3: a route from a member of our confederation counts as a route from our AS. */
export function isInternal({ internal, confederation }: Pick<RouteSource, "internal" | "confederation">): boolean {
  return internal || confederation === true;
}

/** IPv4 addresses come before IPv6 addresses; within a version addresses compare as numbers. */
export function compareAddresses(a: Uint8Array, b: Uint8Array): number {
  if (a.length !== b.length) return a.length - b.length;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return 0;
}
