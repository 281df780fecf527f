/**
 * The maximum-prefix limit: how many routes of a family a peer may have (RFC 4271 §6.7). Above the limit bgpd writes a
 * note to the log, refuses routes, or ends the session.
 *
 * With `discard` the memory stays bounded: a few routes above the limit are stored as ineligible, where people see
 * them; all others are refused. When there is room again, the stored routes become eligible, and bgpd asks the peer for
 * the refused ones, if the peer supports route refresh (RFC 2918).
 */

import { cease, CeaseCode, type Notification } from "../../message/mod.ts";
import { type FamilyId, familyOf } from "../../types/mod.ts";
import type { AdjRibIn } from "./adj_rib_in.ts";
import { Ineligible } from "./import/eligibility.ts";

export interface PrefixLimit {
  readonly limit: number;
  /** From this part of the limit on bgpd writes a warning to the log. */
  readonly warningPercent: number;
  readonly action: "warn" | "discard" | "shutdown";
  /** Which routes count: all, or those that import policy accepts. */
  readonly counts: "received" | "accepted";
  /** When the session may come up again after a shutdown; `undefined`: only when an operator enables the peer. */
  readonly restartSeconds: number | undefined;
}

/** Routes above the limit that are stored: a tenth of the limit, and at most so many. */
const mostKept = 1000;

/** What has to happen because a count crossed a threshold. */
export type Crossing =
  | { readonly kind: "note"; readonly text: string }
  | { readonly kind: "shutdown"; readonly notification: Notification; readonly text: string };

export class PrefixLimiter {
  readonly limit: PrefixLimit;
  /** Announcements that were refused since the last route refresh request. */
  refused: number;
  readonly #family: FamilyId;
  readonly #warnAt: number;
  readonly #kept: number;
  readonly #accepted: boolean;
  #warned = false;
  #exceeded = false;

  constructor(family: FamilyId, limit: PrefixLimit, refused = 0) {
    this.refused = refused;
    this.limit = limit;
    this.#family = family;
    this.#accepted = limit.counts === "accepted";
    this.#warnAt = Math.ceil(limit.limit * limit.warningPercent / 100);
    this.#kept = Math.min(mostKept, Math.ceil(limit.limit / 10));
  }

  /** How many routes count towards the limit. */
  counted(routes: AdjRibIn): number {
    return routes.count - (this.#accepted ? routes.ineligibleCount : routes.overLimitCount);
  }

  /** True where `more` routes could exceed the limit: {@link place} is then asked about each route. */
  isTight(routes: AdjRibIn, more: number): boolean {
    return this.limit.action === "discard" && this.counted(routes) + more > this.limit.limit;
  }

  /** True where only changes of stored routes may be stored. */
  isFull(routes: AdjRibIn): boolean {
    return this.counted(routes) >= this.limit.limit && routes.overLimitCount >= this.#kept;
  }

  /**
   * Why a route is stored as ineligible, if without the limit the answer is `ineligible`; -1: the route is refused.
   * `row`: the row of the route, or -1.
   */
  place(routes: AdjRibIn, row: number, ineligible: number): number {
    if (this.limit.action !== "discard" || (this.#accepted && ineligible !== Ineligible.none)) return ineligible;
    if (row !== -1) {
      const before = routes.ineligibleOf(row);
      if (this.#accepted ? before === Ineligible.none : before !== Ineligible.maxPrefixes) return ineligible;
    }
    if (this.counted(routes) < this.limit.limit) return ineligible;
    if (row !== -1 || routes.overLimitCount < this.#kept) return Ineligible.maxPrefixes;
    this.refused++;
    return -1;
  }

  /** True where there is room for stored routes above the limit. */
  hasRoom(routes: AdjRibIn): boolean {
    return routes.overLimitCount > 0 && this.counted(routes) < this.limit.limit;
  }

  /** True, once, where there is enough room for refused routes that the peer should be asked for them. */
  takeRefreshRequest(routes: AdjRibIn): boolean {
    const { limit } = this.limit;
    if (this.refused === 0 || routes.overLimitCount > 0) return false;
    if (this.counted(routes) > limit - Math.max(1, this.#kept)) return false;
    this.refused = 0;
    return true;
  }

  /** Thresholds are armed again once the count is well below them. */
  relax(routes: AdjRibIn): void {
    const { limit } = this.limit;
    const count = this.counted(routes) + Math.ceil(limit / 20);
    if (count < this.#warnAt) this.#warned = false;
    if (count <= limit) this.#exceeded = false;
  }

  /** What has to happen at the counts of now: once when the count crosses a threshold. */
  cross(routes: AdjRibIn): Crossing | undefined {
    const { limit, action } = this.limit;
    const count = this.counted(routes);
    this.relax(routes);
    const isOver = action === "discard" ? this.refused > 0 || routes.overLimitCount > 0 : count > limit;
    if (isOver && !this.#exceeded) {
      this.#exceeded = true;
      this.#warned = true;
      return this.#over(count);
    }
    if (count < this.#warnAt || this.#warned) return undefined;
    this.#warned = true;
    return { kind: "note", text: `${count} ${this.#what} of at most ${limit} (max_prefixes)` };
  }

  #over(count: number): Crossing {
    const { limit, action } = this.limit;
    switch (action) {
      case "warn":
        return { kind: "note", text: `${count} ${this.#what}, more than ${limit} (max_prefixes)` };
      case "discard":
        return {
          kind: "note",
          text: `more than ${limit} ${this.#what} (max_prefixes): routes above the limit are refused`,
        };
      case "shutdown": {
        const { afi, safi } = familyOf(this.#family);
        // RFC 4486 §4: the data may hold AFI, SAFI and the upper bound.
        const data = new Uint8Array(7);
        const view = new DataView(data.buffer);
        view.setUint16(0, afi);
        data[2] = safi;
        view.setUint32(3, limit);
        const notification = { ...cease(CeaseCode.maximumPrefixesReached), data };
        return { kind: "shutdown", notification, text: `${count} ${this.#what}, more than ${limit} (max_prefixes)` };
      }
    }
  }

  get #what(): string {
    return `${this.#accepted ? "accepted " : ""}routes of ${familyOf(this.#family).name}`;
  }
}

export function isSameLimit(a: PrefixLimit | undefined, b: PrefixLimit | undefined): boolean {
  return a?.limit === b?.limit && a?.warningPercent === b?.warningPercent && a?.action === b?.action &&
    a?.counts === b?.counts && a?.restartSeconds === b?.restartSeconds;
}
