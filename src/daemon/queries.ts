/**
 * The RIB's side of questions with long answers: a page at a time, so that a full table that somebody looks at delays
 * nobody. A page shows the table as it is when the page is made.
 */

import { prefixContains } from "../types/mod.ts";
import type { AdvertisedRoute } from "../rib/mod.ts";
import type { AnsweredRoute, RibToMain, RouteFilter } from "./messages.ts";

/** Routes in a page, and routes looked at for one. */
const pageRoutes = 1_000;
const pageLooks = 20_000;

export class Queries {
  readonly #open = new Map<number, Iterator<AnsweredRoute | undefined>>();

  /** `routes`: `undefined` is a look in vain. */
  open(request: number, routes: Iterator<AnsweredRoute | undefined>): void {
    this.#open.set(request, routes);
  }

  /** The last page ends the question. */
  page(request: number): RibToMain & { kind: "page" } {
    const routes = this.#open.get(request);
    const rows: AnsweredRoute[] = [];
    for (let looks = 0; routes !== undefined && looks < pageLooks && rows.length < pageRoutes; looks++) {
      const next = routes.next();
      if (next.done === true) {
        this.#open.delete(request);
        return { kind: "page", request, rows, done: true };
      }
      if (next.value !== undefined) rows.push(next.value);
    }
    return { kind: "page", request, rows, done: routes === undefined };
  }

  end(request: number): void {
    this.#open.get(request)?.return?.();
    this.#open.delete(request);
  }
}

/** Those that the filter wants. */
export function* wantedRoutes(
  routes: Iterable<AdvertisedRoute>,
  filter: RouteFilter,
): Generator<AdvertisedRoute | undefined, void, undefined> {
  for (const route of routes) {
    // A copy: what is cloned for another thread is the whole buffer that a view is on.
    yield isWanted(route.prefix, filter) ? { ...route, wire: route.wire.slice() } : undefined;
  }
}

function isWanted(prefix: AdvertisedRoute["prefix"], filter: RouteFilter): boolean {
  switch (filter.kind) {
    case "all":
      return true;
    case "prefix":
      return prefix.length === filter.prefix.length && prefixContains(filter.prefix, prefix.octets, prefix.length);
    case "address":
      return prefixContains(prefix, filter.prefix.octets);
  }
}
