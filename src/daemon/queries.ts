/**
 * The RIB's side of questions with long answers: a page at a time, so that a full table that somebody looks at delays
 * nobody. A page shows the table as it is when the page is made.
 */

import { prefixContains } from "../types/mod.ts";
import type { AdvertisedRoute } from "../rib/mod.ts";
import type { RibToMain, RouteFilter } from "./messages.ts";

/** Routes in a page, and routes looked at for one. */
const pageRoutes = 1_000;
const pageLooks = 20_000;

interface Query {
  readonly routes: Iterator<AdvertisedRoute>;
  readonly filter: RouteFilter;
}

export class Queries {
  readonly #open = new Map<number, Query>();

  open(request: number, routes: Iterable<AdvertisedRoute>, filter: RouteFilter): void {
    this.#open.set(request, { routes: routes[Symbol.iterator](), filter });
  }

  page(request: number): RibToMain & { kind: "advertised" } {
    const query = this.#open.get(request);
    const rows: AdvertisedRoute[] = [];
    for (let looks = 0; query !== undefined && looks < pageLooks && rows.length < pageRoutes; looks++) {
      const next = query.routes.next();
      if (next.done === true) return { kind: "advertised", request, rows, done: true };
      const { prefix, wire } = next.value;
      // A copy: what is cloned for another thread is the whole buffer that a view is on.
      if (wanted(prefix, query.filter)) rows.push({ ...next.value, wire: wire.slice() });
    }
    return { kind: "advertised", request, rows, done: query === undefined };
  }

  end(request: number): void {
    this.#open.get(request)?.routes.return?.();
    this.#open.delete(request);
  }
}

function wanted(prefix: AdvertisedRoute["prefix"], filter: RouteFilter): boolean {
  switch (filter.kind) {
    case "all":
      return true;
    case "prefix":
      return prefix.length === filter.prefix.length && prefixContains(filter.prefix, prefix.octets, prefix.length);
    case "address":
      return prefixContains(prefix, filter.prefix.octets);
  }
}
