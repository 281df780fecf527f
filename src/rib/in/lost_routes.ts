/**
 * Removes the routes of lost sessions. They stop being candidates at once. Removing them, which may be a full table,
 * goes page by page between decisions, so that no other peer waits.
 */

import type { AdjRibIn } from "./adj_rib_in.ts";
import type { DirtyPrefixes } from "./dirty_prefixes.ts";

export class LostRoutes {
  readonly #waiting: { readonly routes: AdjRibIn; readonly rib: DirtyPrefixes; page: number }[] = [];

  /** True while routes wait to be removed. */
  get pending(): boolean {
    return this.#waiting.length > 0;
  }

  add(routes: AdjRibIn, rib: DirtyPrefixes): void {
    this.#waiting.push({ routes, rib, page: 0 });
  }

  /** Removes about `budget` routes, marks their prefixes for the decision, and returns how many routes it was. */
  remove(budget: number): number {
    let removed = 0;
    while (this.pending && removed < budget) removed += this.#removePage();
    return removed;
  }

  #removePage(): number {
    const lost = this.#waiting[0]!;
    const { routes, rib, page } = lost;
    if (page >= routes.pageCount) {
      this.#waiting.shift();
      return 0;
    }
    lost.page++;
    if (!routes.hasPage(page)) return 0;
    const gone = routes.dropPage(page, (slot) => rib.touch(slot));
    rib.pageDropped(page, routes);
    return gone;
  }
}
