/**
 * The decision process: which of the routes to one prefix is the best (RFC 4271 §9.1.2).
 *
 * Phase 1, the degree of preference, is LOCAL_PREF (100 where there is none). Phase 2 leaves out ineligible routes (see
 * eligibility.ts) before they come here, and then compares, in this order; each step keeps the routes that tie:
 *
 * 0. a route of this speaker itself: what an operator announces holds, whatever others say
 * 1. highest LOCAL_PREF (§9.1.2)
 *    then lowest AIGP, where a route has one: those without are out (RFC 7311 §4.2); its own distance to the next hop is 0
 * 2. shortest AS_PATH, an AS_SET counting as one (§9.1.2.2 a)
 * 3. lowest ORIGIN (b)
 * 4. lowest MED among routes from the same neighbouring AS, a missing MED being the lowest (c)
 * 5. eBGP before iBGP (d); step e, the IGP metric, does not exist here: there is no IGP
 * 6. among eBGP routes, the one that is best already (RFC 5004 §3)
 * 7. lowest BGP Identifier of the peer, or ORIGINATOR_ID in its place (f, RFC 4456 §9)
 * 8. shortest CLUSTER_LIST (RFC 4456 §9)
 * 9. lowest peer address (g)
 * 10. lowest path identifier, for two paths of one peer (RFC 7911 leaves it open)
 * 11. lowest number in the database: of two sessions with one address the one that was known first
 *
 * It is a function over all candidates rather than a comparison of two, because MED compares only within an AS: A before
 * B, B before C and C before A can hold at once. It says which step decided, for people to read.
 */

import type { AdjRibIn } from "../in/adj_rib_in.ts";
import type { AttributeKeys } from "../table/attribute_keys.ts";
import { growInt32 } from "../table/columns.ts";
import { compareAddresses, isInside, Ranking } from "./ranking.ts";

/** The step that left one route; stands in the database, so append and never renumber. */
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
  /** Originated by this speaker. */
  local: 12,
  /** RFC 7311 §4.2; between localPref and asPathLength. */
  aigp: 13,
  /** The others are long-lived stale (RFC 9494 §4.4). */
  longLivedStale: 14,
  /** Behind pathId. */
  peerId: 15,
} as const;
export type DecisionStep = typeof DecisionStep[keyof typeof DecisionStep];

/** How people read them, by number. */
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
];

/** When routes are as good as the best one, and how many of them count. */
export interface EqualRoutes {
  /** The best one among them. */
  readonly limit: number;
  /** Beyond the steps of the decision, which tie: whether the sets are of one path. */
  isEqual(set: number, other: number): boolean;
}

const nobody: readonly number[] = [];

/** Reused for prefix after prefix: {@link begin}, {@link add} each eligible route, {@link decide}. */
export class Decision {
  /** The step that decided last. */
  step: DecisionStep = DecisionStep.none;
  count = 0;
  /** Routes as good as the best one are asked for. */
  multipath: EqualRoutes | undefined;
  readonly keys: AttributeKeys;
  readonly #ranking = new Ranking(this);
  /** All candidates, best first, once somebody asked. */
  #ranked: Int32Array | undefined;
  readonly #routes: AdjRibIn[] = [];
  #rows = new Int32Array(64);
  #sets = new Int32Array(64);
  /** Candidates still under consideration, and how many. */
  #alive = new Int32Array(64);
  #left = 0;
  /** Step 4: the neighbouring ASes and the lowest MED of each. */
  readonly #neighbours: number[] = [];
  readonly #lowestMeds: number[] = [];
  /** Candidates that were left behind step 5, where somebody asks. */
  #tied: readonly number[] = nobody;
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

  /** Its effective attribute set. */
  set(candidate: number): number {
    return this.#sets[candidate]!;
  }

  /** The best candidate, or -1. `current` is the candidate that was the best route until now, or -1. */
  decide(current: number): number {
    const count = this.count;
    if (count <= 1) {
      this.step = count === 0 ? DecisionStep.none : DecisionStep.onlyRoute;
      this.#tied = nobody;
      return count - 1;
    }
    for (let i = 0; i < count; i++) this.#alive[i] = i;
    this.#left = count;
    this.#tied = nobody;
    this.#collects = this.multipath !== undefined;
    this.step = this.#narrow(current);
    this.#collects = false;
    return this.#alive[0]!;
  }

  /**
   * The candidate at a place in the order of preference, of which `winner`, whom {@link decide} gave, is the first; worked
   * out when somebody asks for more than that one.
   */
  nth(place: number, winner: number): number {
    if (place === 0) return winner;
    return (this.#ranked ??= this.#ranking.rank(this.count, winner))[place]!;
  }

  /**
   * The candidates that are as good as the winner up to step 5, itself first, then in the order of steps 7 to 10; none
   * where it is alone. Valid after {@link decide}.
   */
  equals(winner: number): readonly number[] {
    const { multipath } = this;
    if (multipath === undefined || this.#tied.length < 2) return nobody;
    const set = this.#sets[winner]!;
    const others = this.#tied.filter((each) => each !== winner && multipath.isEqual(set, this.#sets[each]!));
    if (others.length === 0) return nobody;
    return [winner, ...others.sort((a, b) => this.#ranking.compareTied(a, b)).slice(0, multipath.limit - 1)];
  }

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
    this.#keepBy((candidate) => isInside(this.#routes[candidate]!.source) ? 1 : 0);
    if (this.#left === 1) return DecisionStep.ebgpOverIbgp;
    if (this.#collects) this.#tied = [...this.#alive.subarray(0, this.#left)];
    if (this.#keepCurrent(current)) return DecisionStep.oldest;
    this.#keepBy((candidate) => this.identifier(candidate));
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

  /** As keepLowest, for what is no column of the attribute set. */
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

  /** §9.1.2.2 c: removes each route that another one from the same neighbouring AS beats, all at once. */
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
   * RFC 5004 §3: between eBGP routes that differ by identifier only, the best stays the best, as a transition would bring
   * nothing. It does not apply among routes of one BGP Identifier (parallel sessions): they go on to be compared.
   */
  #keepCurrent(current: number): boolean {
    if (current === -1 || isInside(this.#routes[current]!.source)) return false;
    const alive = this.#alive.subarray(0, this.#left);
    if (alive.indexOf(current) === -1) return false;
    const identifier = this.identifier(current);
    this.#keepBy((candidate) => this.identifier(candidate) === identifier ? 0 : 1);
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

  /** ORIGINATOR_ID, or the BGP Identifier of the peer (RFC 4456 §9). */
  identifier(candidate: number): number {
    const set = this.#sets[candidate]!;
    const keys = this.keys;
    return keys.hasOriginatorId[set] !== 0 ? keys.originatorId[set]! : this.#routes[candidate]!.source.routerId;
  }

  #grow(): void {
    const capacity = this.#rows.length * 2;
    this.#rows = growInt32(this.#rows, capacity);
    this.#sets = growInt32(this.#sets, capacity);
    this.#alive = growInt32(this.#alive, capacity);
  }
}
