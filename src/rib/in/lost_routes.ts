/**
 * Routes of lost sessions. They stop being candidates at once; taking them apart, a full table of them, goes page by page
 * between decisions, so that it delays nobody.
 */

import type { AdjRibIn } from "./adj_rib_in.ts";
import type { DirtyPrefixes } from "./dirty_prefixes.ts";

export class LostRoutes {
  readonly #waiting: { readonly routes: AdjRibIn; readonly rib: DirtyPrefixes; page: number }[] = [];

  /** True while some are not taken apart. */
  get pending(): boolean {
    return this.#waiting.length > 0;
  }

  add(routes: AdjRibIn, rib: DirtyPrefixes): void {
    this.#waiting.push({ routes, rib, page: 0 });
  }

  /** Takes apart about `budget` routes, whose prefixes are to be decided then; gives how many it was. */
  takeApart(budget: number): number {
    let gone = 0;
    while (this.pending && gone < budget) gone += this.#takePage();
    return gone;
  }

  #takePage(): number {
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
