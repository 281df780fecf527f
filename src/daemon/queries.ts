/**
 * The RIB's side of questions with long answers: a page at a time, so that a full table that somebody looks at delays
 * nobody. A page shows the table as it is when the page is made.
 */

import type { Millis } from "../session/mod.ts";
import type { AnsweredRoute, RibToMain } from "./messages.ts";

/** What main makes JSON of in one go. */
const pageRoutes = 250;
/** What the RIB takes for a page, where looks in vain fill the time: a change that comes meanwhile waits no longer. */
const pageMs: Millis = 2;
/** Looks between two at the clock. */
const looksAtOnce = 32;

export class Queries {
  readonly #monotonic: () => Millis;
  readonly #open = new Map<number, Iterator<AnsweredRoute | undefined>>();

  constructor(monotonic: () => Millis) {
    this.#monotonic = monotonic;
  }

  /** `routes`: `undefined` is a look in vain. */
  open(request: number, routes: Iterator<AnsweredRoute | undefined>): void {
    this.#open.set(request, routes);
  }

  /** The last page ends the question. */
  page(request: number): RibToMain & { kind: "page" } {
    const routes = this.#open.get(request);
    const rows: AnsweredRoute[] = [];
    const until = this.#monotonic() + pageMs;
    for (let looks = 1; routes !== undefined && rows.length < pageRoutes; looks++) {
      const next = routes.next();
      if (next.done === true) {
        this.#open.delete(request);
        return { kind: "page", request, rows, done: true };
      }
      if (next.value !== undefined) rows.push(next.value);
      if (looks % looksAtOnce === 0 && this.#monotonic() >= until) break;
    }
    return { kind: "page", request, rows, done: routes === undefined };
  }

  end(request: number): void {
    this.#open.get(request)?.return?.();
    this.#open.delete(request);
  }
}
