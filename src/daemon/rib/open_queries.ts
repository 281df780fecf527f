/**
 * The queries that are open in the RIB thread. Their answers may be long, so the RIB makes a page at a time, behind
 * messages of peers and changes: somebody who reads a full table delays nobody. A page shows the table at the time when
 * it is made.
 */

import type { Millis } from "../../types/mod.ts";
import type { RibToMain } from "../thread/messages.ts";
import { type AnsweredRoute, packRoutes } from "../thread/page_codec.ts";

/** Routes in a page: the main thread turns them into JSON in one go. */
const pageRoutes = 250;
/** The longest time for a page, also where few routes match: a change waits no longer than this. */
const pageMs: Millis = 2;
/** How many routes are examined between two looks at the clock. */
const stepsPerClock = 32;

/** Limits of the queries. */
export interface QueryLimits {
  /** Queries that are open at a time. */
  readonly open: number;
  /** Routes in an answer. */
  readonly routes: number;
  /** Time that the RIB spends on one query. */
  readonly ms: Millis;
}

/** The answer may be a full table of several peers. */
const defaultLimits: QueryLimits = { open: 32, routes: 5_000_000, ms: 60_000 };

type Page = RibToMain & { kind: "page" };

interface Query {
  readonly routes: Iterator<AnsweredRoute | undefined>;
  found: number;
  spentMs: Millis;
}

export class OpenQueries {
  readonly #monotonic: () => Millis;
  readonly #limits: QueryLimits;
  readonly #open = new Map<number, Query>();
  /** In the order in which their next page was asked for. */
  readonly #wanted: number[] = [];
  readonly #refused: Page[] = [];

  constructor(monotonic: () => Millis, limits: QueryLimits = defaultLimits) {
    this.#monotonic = monotonic;
    this.#limits = limits;
  }

  /** True if somebody waits for a page. */
  get isWanted(): boolean {
    return this.#wanted.length > 0 || this.#refused.length > 0;
  }

  /** Opens a query, and asks for its first page. `routes` gives `undefined` for a route that does not match. */
  open(request: number, routes: Iterator<AnsweredRoute | undefined>): void {
    if (this.#open.size >= this.#limits.open) {
      const refused = "too many queries are open now: try again in a second";
      this.#refused.push({ kind: "page", request, rows: packRoutes([]), done: true, refused });
      return;
    }
    this.#open.set(request, { routes, found: 0, spentMs: 0 });
    this.want(request);
  }

  /** Asks for the next page of an open query. */
  want(request: number): void {
    this.#wanted.push(request);
  }

  /** Makes the page that was asked for first. The last page of an answer ends the query, and so does a limit. */
  next(): Page | undefined {
    const refused = this.#refused.shift();
    if (refused !== undefined) return refused;
    for (let request = this.#wanted.shift(); request !== undefined; request = this.#wanted.shift()) {
      const query = this.#open.get(request);
      if (query !== undefined) return this.#page(request, query);
    }
    return undefined;
  }

  end(request: number): void {
    this.#open.get(request)?.routes.return?.();
    this.#open.delete(request);
  }

  #page(request: number, query: Query): Page {
    const rows: AnsweredRoute[] = [];
    const began = this.#monotonic();
    const until = began + pageMs;
    let done = false;
    for (let steps = 1; rows.length < pageRoutes; steps++) {
      const next = query.routes.next();
      if (next.done === true) {
        done = true;
        break;
      }
      if (next.value !== undefined) rows.push(next.value);
      if (steps % stepsPerClock === 0 && this.#monotonic() >= until) break;
    }
    query.found += rows.length;
    query.spentMs += this.#monotonic() - began;
    const refused = done ? undefined : this.#isOver(query);
    if (done || refused !== undefined) this.end(request);
    const page = { kind: "page", request, rows: packRoutes(rows), done: done || refused !== undefined } as const;
    return refused === undefined ? page : { ...page, refused };
  }

  #isOver({ found, spentMs }: Query): string | undefined {
    const { routes, ms } = this.#limits;
    if (found > routes) return `the answer has more than ${routes} routes: ask for fewer, or query the database`;
    if (spentMs > ms) return `the answer takes longer than ${ms / 1000} s: ask for fewer routes, or query the database`;
    return undefined;
  }
}
