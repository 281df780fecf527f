/**
 * How many paths of one prefix a peer may have (RFC 7911 sets no bound): what one peer says of one prefix costs everybody who
 * asks about it, at each decision. Paths above the limit are not stored; they are counted, and said in words at a slow pace.
 */

import type { PrefixSlot } from "../../types/mod.ts";
import type { Millis } from "../../session/mod.ts";
import { noPrefix } from "../table/prefix_table.ts";
import type { AdjRibIn } from "./adj_rib_in.ts";

/** Between two notes about one family of a peer. */
const noteEveryMs = 600_000;

export class PathLimiter {
  readonly max: number;
  /** Announcements that were not stored. */
  refused = 0;
  /** A prefix with too many paths, since the last note. */
  #slot: PrefixSlot = noPrefix;
  #saidAt = -Infinity;

  constructor(max: number) {
    this.max = max;
  }

  /** Whether a path may be stored: there is room, or it stands there already. */
  admits(routes: AdjRibIn, slot: PrefixSlot, pathId: number): boolean {
    if (routes.pathsOf(slot, this.max) < this.max || routes.find(slot, pathId) !== -1) return true;
    this.refused++;
    this.#slot = slot;
    return false;
  }

  /** The slot of a prefix with too many paths, where that is to be said now; else -1. */
  takeNote(now: Millis): PrefixSlot {
    if (this.#slot === noPrefix || now - this.#saidAt < noteEveryMs) return noPrefix;
    const slot = this.#slot;
    this.#slot = noPrefix;
    this.#saidAt = now;
    return slot;
  }
}
