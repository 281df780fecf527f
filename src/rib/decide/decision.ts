/**
 * The decision process: which of the routes to one prefix is the best (RFC 4271 §9.1.2).
 *
 * Only eligible routes are candidates: `in/import/eligibility.ts` rejects loops, leaks and the like before. The steps
 * below compare all candidates of a prefix, in this order. Each step keeps the candidates that tie; the step that
 * leaves a single one has decided, and the database names it (`best_reason`).
 *
 *  1. `local`: the route that this speaker originates, whatever peers advertise (a local choice, RFC 4271 §9.1.1)
 *  2. `longLivedStale`: routes that are not long-lived stale; those are least preferred (RFC 9494 §4.4)
 *  3. `mobility`: of EVPN routes to one MAC address the static one, then the highest sequence number of MAC Mobility, 0
 *     where a route has none (RFC 7432 §15)
 *  4. `localPref`: the highest LOCAL_PREF, 100 where a route has none (RFC 4271 §9.1.1)
 *  5. `aigp`: the lowest AIGP; where a route has AIGP, routes without it are out (RFC 7311 §4.1)
 *  6. `asPathLength`: the shortest AS_PATH (RFC 4271 §9.1.2.2 a); an AS_SET counts as one AS, segments of the
 *     confederation do not count (RFC 5065 §5.3)
 *  7. `origin`: the lowest ORIGIN (RFC 4271 §9.1.2.2 b)
 *  8. `med`: for each neighbouring AS the lowest MED, 0 where a route has none (RFC 4271 §9.1.2.2 c)
 *  9. `ebgpOverIbgp`: eBGP routes (RFC 4271 §9.1.2.2 d); routes from members of our confederation count as iBGP routes
 *     (RFC 5065 §5.3)
 * 10. `oldest`: among eBGP routes the one that is the best route already (RFC 5004 §3)
 * 11. `routerId`: the lowest BGP Identifier of the peer (RFC 4271 §9.1.2.2 f), or ORIGINATOR_ID in its place (RFC 4456
 *     §9)
 * 12. `clusterListLength`: the shortest CLUSTER_LIST (RFC 4456 §9)
 * 13. `peerAddress`: the lowest peer address (RFC 4271 §9.1.2.2 g)
 * 14. `pathId`: the lowest path identifier, for two paths of one peer (RFC 7911 leaves it open)
 * 15. `peerId`: the lowest peer number, for two sessions with one address: the peer that the database has known longer
 *
 * Step e of RFC 4271 §9.1.2.2, the IGP metric to the next hop, does not exist here: bgpd has no IGP. AIGP therefore
 * counts with a distance of 0 to the next hop.
 *
 * Candidates are compared all at once rather than in pairs, because MED compares only routes of one neighbouring AS: A
 * can take precedence over B, B over C, and C over A. Routes that tie through step 9 are *multipath* routes.
 */

import type { SetSlot } from "../../types/mod.ts";
import type { AdjRibIn } from "../in/adj_rib_in.ts";
import type { AttributeKeys } from "../table/attribute_keys.ts";
import { growInt32 } from "../table/columns.ts";
import { compareAddresses, identifierOf, isInternal, Ranking } from "./ranking.ts";

/** The step that left one route. The database stores the numbers: append, never renumber. */
export const DecisionStep = {
  /** No eligible route. */
  none: 0,
  onlyRoute: 1,
  localPref: 2,
  asPathLength: 3,
  origin: 4,
  med: 5,
  ebgpOverIbgp: 6,
  oldest: 7,
  routerId: 8,
  clusterListLength: 9,
  peerAddress: 10,
  pathId: 11,
  local: 12,
  aigp: 13,
  longLivedStale: 14,
  peerId: 15,
  mobility: 16,
} as const;
export type DecisionStep = typeof DecisionStep[keyof typeof DecisionStep];

/** The names that people read, by number. */
export const decisionStepNames: readonly string[] = [
  "no eligible route",
  "only route",
  "local preference",
  "AS path length",
  "origin",
  "MED",
  "eBGP over iBGP",
  "oldest",
  "router id",
  "cluster list length",
  "peer address",
  "path id",
  "originated here",
  "AIGP",
  "not long-lived stale",
  "peer id",
  "MAC mobility",
];

/** Which routes that tie with the best route are multipath routes, and how many of them. */
export interface MultipathRule {
  /** How many routes at most, the best route included. */
  readonly limit: number;
  /** Whether two attribute sets that tie in every step are of one path. */
  isSamePath(set: SetSlot, other: SetSlot): boolean;
}

const none: readonly number[] = [];

/** Reused for each prefix: {@link begin}, {@link add} each eligible route, {@link decide}. */
export class Decision {
  /** The step that decided last. */
  step: DecisionStep = DecisionStep.none;
  count = 0;
  /** `undefined`: nobody needs {@link multipathOf}. */
  multipath: MultipathRule | undefined;
  readonly keys: AttributeKeys;
  readonly #ranking = new Ranking(this);
  /** All candidates, best first; filled by {@link nth}. */
  #ranked: Int32Array | undefined;
  readonly #routes: AdjRibIn[] = [];
  #rows = new Int32Array(64);
  #sets = new Int32Array(64);
  /** Candidates still under consideration, and how many. */
  #alive = new Int32Array(64);
  #left = 0;
  /** Step `med`: the neighbouring ASes and the lowest MED of each. */
  readonly #neighbours: number[] = [];
  readonly #lowestMeds: number[] = [];
  /** Candidates that tie through step `ebgpOverIbgp`, where {@link multipath} asks for them. */
  #tied: readonly number[] = none;
  #collects = false;

  constructor(keys: AttributeKeys) {
    this.keys = keys;
  }

  begin(): void {
    this.count = 0;
    this.#ranked = undefined;
  }

  add(routes: AdjRibIn, row: number): void {
    const candidate = this.count++;
    if (candidate === this.#rows.length) this.#grow();
    this.#routes[candidate] = routes;
    this.#rows[candidate] = row;
    this.#sets[candidate] = routes.setOf(row);
  }

  routes(candidate: number): AdjRibIn {
    return this.#routes[candidate]!;
  }

  row(candidate: number): number {
    return this.#rows[candidate]!;
  }

  /** The attribute set of the candidate, after import policy. */
  set(candidate: number): SetSlot {
    return this.#sets[candidate]! as SetSlot;
  }

  /** Gives the best candidate, or -1. `current`: the candidate that is the best route so far, or -1. */
  decide(current: number): number {
    const count = this.count;
    if (count <= 1) {
      this.step = count === 0 ? DecisionStep.none : DecisionStep.onlyRoute;
      this.#tied = none;
      return count - 1;
    }
    for (let i = 0; i < count; i++) this.#alive[i] = i;
    this.#left = count;
    this.#tied = none;
    this.#collects = this.multipath !== undefined;
    this.step = this.#narrow(current);
    this.#collects = false;
    return this.#alive[0]!;
  }

  /**
   * The candidate at a place in the order of preference. Place 0 is `winner`, which {@link decide} gave. The order of
   * the others is computed when it is first asked for.
   */
  nth(place: number, winner: number): number {
    if (place === 0) return winner;
    return (this.#ranked ??= this.#ranking.rank(this.count, winner))[place]!;
  }

  /**
   * The multipath routes: `winner`, then the candidates that tie with it through step `ebgpOverIbgp`, in the order of
   * the steps behind `oldest`. Empty where none ties. Valid after {@link decide}.
   */
  multipathOf(winner: number): readonly number[] {
    const { multipath } = this;
    if (multipath === undefined || this.#tied.length < 2) return none;
    const set = this.set(winner);
    const others = this.#tied.filter((each) => each !== winner && multipath.isSamePath(set, this.set(each)));
    if (others.length === 0) return none;
    return [winner, ...others.sort((a, b) => this.#ranking.compareTied(a, b)).slice(0, multipath.limit - 1)];
  }

  /** Applies the steps in order until one candidate is left. */
  #narrow(current: number): DecisionStep {
    const keys = this.keys;
    for (let i = 0; i < this.#left; i++) {
      const candidate = this.#alive[i]!;
      if (this.#routes[candidate]!.source.peerId !== 0) continue;
      this.#alive[0] = candidate;
      return DecisionStep.local;
    }
    if (keys.anyLongLivedStale) {
      this.#keepLowest(keys.longLivedStale);
      if (this.#left === 1) return DecisionStep.longLivedStale;
    }
    const { mobility } = keys;
    if (mobility !== undefined) {
      this.#keepBy((candidate) => -mobility[this.#sets[candidate]!]!);
      if (this.#left === 1) return DecisionStep.mobility;
    }
    this.#keepHighest(keys.localPref);
    if (this.#left === 1) return DecisionStep.localPref;
    const { aigp } = keys;
    if (aigp !== undefined) {
      this.#keepBy((candidate) => aigp[this.#sets[candidate]!]!);
      if (this.#left === 1) return DecisionStep.aigp;
    }
    this.#keepLowest(keys.pathLength);
    if (this.#left === 1) return DecisionStep.asPathLength;
    this.#keepLowest(keys.origin);
    if (this.#left === 1) return DecisionStep.origin;
    this.#keepLowestMeds();
    if (this.#left === 1) return DecisionStep.med;
    this.#keepBy((candidate) => isInternal(this.#routes[candidate]!.source) ? 1 : 0);
    if (this.#left === 1) return DecisionStep.ebgpOverIbgp;
    if (this.#collects) this.#tied = [...this.#alive.subarray(0, this.#left)];
    if (this.#keepCurrent(current)) return DecisionStep.oldest;
    this.#keepBy((candidate) => this.#identifier(candidate));
    if (this.#left === 1) return DecisionStep.routerId;
    this.#keepLowest(keys.clusterListLength);
    if (this.#left === 1) return DecisionStep.clusterListLength;
    this.#keepLowestAddress();
    if (this.#left === 1) return DecisionStep.peerAddress;
    this.#keepBy((candidate) => this.#routes[candidate]!.pathIdOf(this.#rows[candidate]!));
    if (this.#left === 1) return DecisionStep.pathId;
    this.#keepBy((candidate) => this.#routes[candidate]!.source.peerId);
    return DecisionStep.peerId;
  }

  #keepHighest(column: Uint32Array): void {
    let best = column[this.#sets[this.#alive[0]!]!]!;
    let left = 1;
    for (let i = 1; i < this.#left; i++) {
      const candidate = this.#alive[i]!;
      const value = column[this.#sets[candidate]!]!;
      if (value < best) continue;
      if (value > best) left = 0;
      best = value;
      this.#alive[left++] = candidate;
    }
    this.#left = left;
  }

  #keepLowest(column: Uint8Array | Uint16Array): void {
    let best = column[this.#sets[this.#alive[0]!]!]!;
    let left = 1;
    for (let i = 1; i < this.#left; i++) {
      const candidate = this.#alive[i]!;
      const value = column[this.#sets[candidate]!]!;
      if (value > best) continue;
      if (value < best) left = 0;
      best = value;
      this.#alive[left++] = candidate;
    }
    this.#left = left;
  }

  /** As {@link #keepLowest}, for a value that is not in a column of the attribute set. */
  #keepBy(valueOf: (candidate: number) => number): void {
    let best = valueOf(this.#alive[0]!);
    let left = 1;
    for (let i = 1; i < this.#left; i++) {
      const candidate = this.#alive[i]!;
      const value = valueOf(candidate);
      if (value > best) continue;
      if (value < best) left = 0;
      best = value;
      this.#alive[left++] = candidate;
    }
    this.#left = left;
  }

  /**
   * RFC 4271 §9.1.2.2 c: removes, at once, every route that has a higher MED than a route of the same neighbouring AS.
   */
  #keepLowestMeds(): void {
    const { med, neighbourAs } = this.keys;
    const neighbours = this.#neighbours;
    const lowest = this.#lowestMeds;
    neighbours.length = 0;
    lowest.length = 0;
    for (let i = 0; i < this.#left; i++) {
      const set = this.#sets[this.#alive[i]!]!;
      const group = neighbours.indexOf(neighbourAs[set]!);
      if (group === -1) {
        neighbours.push(neighbourAs[set]!);
        lowest.push(med[set]!);
      } else if (med[set]! < lowest[group]!) {
        lowest[group] = med[set]!;
      }
    }
    let left = 0;
    for (let i = 0; i < this.#left; i++) {
      const candidate = this.#alive[i]!;
      const set = this.#sets[candidate]!;
      if (med[set] === lowest[neighbours.indexOf(neighbourAs[set]!)]) this.#alive[left++] = candidate;
    }
    this.#left = left;
  }

  /**
   * RFC 5004 §3: between eBGP routes that differ by BGP Identifier only, the best route stays the best route, because a
   * change would gain nothing. Routes of one BGP Identifier (parallel sessions) are compared by the steps that follow.
   */
  #keepCurrent(current: number): boolean {
    if (current === -1 || isInternal(this.#routes[current]!.source)) return false;
    const alive = this.#alive.subarray(0, this.#left);
    if (alive.indexOf(current) === -1) return false;
    const identifier = this.#identifier(current);
    this.#keepBy((candidate) => this.#identifier(candidate) === identifier ? 0 : 1);
    return this.#left === 1;
  }

  #keepLowestAddress(): void {
    let left = 1;
    for (let i = 1; i < this.#left; i++) {
      const candidate = this.#alive[i]!;
      const best = this.#routes[this.#alive[0]!]!.source;
      const order = compareAddresses(this.#routes[candidate]!.source.address, best.address);
      if (order > 0) continue;
      if (order < 0) left = 0;
      this.#alive[left++] = candidate;
    }
    this.#left = left;
  }

  #identifier(candidate: number): number {
    return identifierOf(this.keys, this.set(candidate), this.#routes[candidate]!.source);
  }

  #grow(): void {
    const capacity = this.#rows.length * 2;
    this.#rows = growInt32(this.#rows, capacity);
    this.#sets = growInt32(this.#sets, capacity);
    this.#alive = growInt32(this.#alive, capacity);
  }
}
