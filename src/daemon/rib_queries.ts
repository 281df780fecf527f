/** Questions to the RIB whose answers may be long: a page at a time, the next one when the last has been read. */

import type { AdvertisedQuestion, AdvertisedRoute, FoundRoute, RouteQuestion } from "../rib/mod.ts";
import type { AnsweredRoute, Post, RibToMain, ToRib } from "./messages.ts";

type Page = RibToMain & { kind: "page" };

export class RibQueries {
  readonly #toRib: Post<ToRib>;
  readonly #waiting = new Map<number, (page: Page) => void>();
  #nextRequest = 1;

  constructor(toRib: Post<ToRib>) {
    this.#toRib = toRib;
  }

  /** What is announced to a peer now. Whoever stops reading ends the question. */
  advertised(peerId: number, question: AdvertisedQuestion): AsyncGenerator<AdvertisedRoute[], void, undefined> {
    return this.#pages((request) => ({ kind: "advertised", request, peerId, question }));
  }

  /** Received routes. */
  routes(question: RouteQuestion): AsyncGenerator<FoundRoute[], void, undefined> {
    return this.#pages((request) => ({ kind: "routes", request, question }));
  }

  answer(page: Page): void {
    const resolve = this.#waiting.get(page.request);
    this.#waiting.delete(page.request);
    resolve?.(page);
  }

  /** `question` says what kind of routes its answer has. */
  async *#pages<R extends AnsweredRoute>(
    question: (request: number) => ToRib,
  ): AsyncGenerator<R[], void, undefined> {
    const request = this.#nextRequest++;
    let isDone = false;
    try {
      for (let next = question(request); !isDone; next = { kind: "nextPage", request }) {
        const page = await this.#ask(request, next);
        isDone = page.done;
        if (page.rows.length > 0) yield page.rows as R[];
      }
    } finally {
      if (!isDone) this.#toRib({ kind: "endQuery", request });
    }
  }

  #ask(request: number, message: ToRib): Promise<Page> {
    return new Promise((resolve) => {
      this.#waiting.set(request, resolve);
      this.#toRib(message);
    });
  }
}
