/**
 * How many paths of one prefix a peer may have. RFC 7911 sets no limit, and each path makes every decision about its
 * prefix more expensive. Paths above the limit are not stored; bgpd counts them and notes them in the log at a slow
 * rate.
 */

import type { Millis, PrefixSlot } from "../../types/mod.ts";
import { noPrefix } from "../table/slot_ids.ts";
import type { AdjRibIn } from "./adj_rib_in.ts";

/** The least time between two notes about one family of a peer. */
const noteEveryMs = 600_000;

export class PathLimiter {
  readonly max: number;
  /** Announcements that were not stored. */
  refused = 0;
  /** A prefix that had too many paths since the last note. */
  #slot: PrefixSlot = noPrefix;
  #notedAt = -Infinity;

  constructor(max: number) {
    this.max = max;
  }

  /** True where a path may be stored: there is room for it, or it is stored already. */
  admits(routes: AdjRibIn, slot: PrefixSlot, pathId: number): boolean {
    if (routes.pathsOf(slot, this.max) < this.max || routes.find(slot, pathId) !== -1) return true;
    this.refused++;
    this.#slot = slot;
    return false;
  }

  /** A prefix with too many paths, when it is time for a note; else {@link noPrefix}. */
  takeNote(now: Millis): PrefixSlot {
    if (this.#slot === noPrefix || now - this.#notedAt < noteEveryMs) return noPrefix;
    const slot = this.#slot;
    this.#slot = noPrefix;
    this.#notedAt = now;
    return slot;
  }
}
