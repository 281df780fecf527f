/**
 * How many routes of a family a peer may have (RFC 4271 §6.7, "maximum number of address prefixes"), and what happens when
 * it has more: a word about it, routes above the limit left out, or the end of the session.
 *
 * With `discard` memory stays bounded: a few routes above the limit are kept as ineligible, for people to see and to be let
 * in when there is room; all others are not stored at all. When there is room again and the peer can be asked (RFC 2918),
 * it is.
 */

import { cease, CeaseCode, type Notification } from "../../message/mod.ts";
import { type FamilyId, familyOf } from "../../types/mod.ts";
import type { AdjRibIn } from "./adj_rib_in.ts";
import { Ineligible } from "./import/eligibility.ts";

export interface PrefixLimit {
  readonly limit: number;
  /** Of the limit: from there on it is worth a word. */
  readonly warningPercent: number;
  readonly action: "warn" | "discard" | "shutdown";
  /** What counts: all routes, or those that import policy accepts. */
  readonly counts: "received" | "accepted";
  /** After a shutdown; `undefined`: not by itself. */
  readonly restartSeconds: number | undefined;
}

/** Routes above the limit that are kept for people to see: a tenth of it, and never more than so many. */
const mostKept = 1000;

/** What a look at the counts finds. */
export type Crossing =
  | { readonly kind: "note"; readonly text: string }
  | { readonly kind: "shutdown"; readonly notification: Notification; readonly text: string };

export class PrefixLimiter {
  readonly limit: PrefixLimit;
  /** Announcements that were not stored, since the peer was asked last. */
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

  /** Routes that count. */
  counted(routes: AdjRibIn): number {
    return routes.count - (this.#accepted ? routes.ineligibleCount : routes.overLimitCount);
  }

  /** Whether `more` routes might be too many: each is to be asked about then. */
  isTight(routes: AdjRibIn, more: number): boolean {
    return this.limit.action === "discard" && this.counted(routes) + more > this.limit.limit;
  }

  /** Nothing more may be stored but other states of routes that are there. */
  isFull(routes: AdjRibIn): boolean {
    return this.counted(routes) >= this.limit.limit && routes.overLimitCount >= this.#kept;
  }

  /**
   * The reason with which a route is to be stored that would have `ineligible` without a limit; -1: not at all. `row`: where
   * it stands, or -1.
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

  /** There is room for routes that were kept above the limit. */
  hasRoom(routes: AdjRibIn): boolean {
    return routes.overLimitCount > 0 && this.counted(routes) < this.limit.limit;
  }

  /** There is so much room for routes that were not stored that it is worth asking for them. Once. */
  takeRefreshRequest(routes: AdjRibIn): boolean {
    const { limit } = this.limit;
    if (this.refused === 0 || routes.overLimitCount > 0) return false;
    if (this.counted(routes) > limit - Math.max(1, this.#kept)) return false;
    this.refused = 0;
    return true;
  }

  /** Lines that were left clearly may be crossed again. */
  relax(routes: AdjRibIn): void {
    const { limit } = this.limit;
    const count = this.counted(routes) + Math.ceil(limit / 20);
    if (count < this.#warnAt) this.#warned = false;
    if (count <= limit) this.#exceeded = false;
  }

  /** What is to be said about the counts as they are now: once when a line is crossed. */
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
        return { kind: "note", text: `more than ${limit} ${this.#what} (max_prefixes): those above are left out` };
      case "shutdown": {
        const { afi, safi } = familyOf(this.#family);
        // RFC 4486 §4: AFI, SAFI and the upper bound may stand in the data.
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
