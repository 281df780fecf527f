/**
 * What was reported of the routes of one table: the attribute set of each. A route whose set is the same is not
 * reported again, and a route that was never reported is not withdrawn.
 */

import type { PrefixSlot } from "../../types/mod.ts";
import { pageBits, pageMask, pageSlots } from "../in/adj_rib_in.ts";

/** Readers know different sets: whatever the route is, it is reported to all of them. */
export const severalSets = 0xffff_ffff;

/** A set by a number that no other set had for a long time; 0: none. Ids of sets are never used again. */
export function reportable(setId: number): number {
  return setId % (severalSets - 1) + 1;
}

/** For tables with one route for each destination: pages of a column. */
export class ReportedColumn {
  readonly #pages: (Uint32Array | undefined)[] = [];

  get(slot: PrefixSlot): number {
    return this.#pages[slot >>> pageBits]?.[slot & pageMask] ?? 0;
  }

  set(slot: PrefixSlot, reported: number): void {
    const number = slot >>> pageBits;
    let page = this.#pages[number];
    if (page === undefined) {
      if (reported === 0) return;
      page = this.#pages[number] = new Uint32Array(pageSlots);
    }
    page[slot & pageMask] = reported;
  }
}

/** For tables with ADD-PATH: by slot and path identifier. */
export class ReportedPaths {
  readonly #paths = new Map<PrefixSlot, Map<number, number>>();

  get(slot: PrefixSlot, pathId: number): number {
    return this.#paths.get(slot)?.get(pathId) ?? 0;
  }

  set(slot: PrefixSlot, pathId: number, reported: number): void {
    const paths = this.#paths.get(slot);
    if (paths === undefined) this.#paths.set(slot, new Map([[pathId, reported]]));
    else paths.set(pathId, reported);
  }

  /** Forgets the paths that `isThere` denies, and calls `gone` with each of them. */
  prune(slot: PrefixSlot, isThere: (pathId: number) => boolean, gone: (pathId: number) => void): void {
    const paths = this.#paths.get(slot);
    if (paths === undefined) return;
    for (const pathId of paths.keys()) {
      if (isThere(pathId)) continue;
      paths.delete(pathId);
      gone(pathId);
    }
    if (paths.size === 0) this.#paths.delete(slot);
  }
}
