/** Questions to the RIB whose answers are long: a page at a time, the next one when the last has been read. */

import type { AdvertisedRoute } from "../rib/mod.ts";
import type { Post, RibToMain, RouteFilter, ToRib } from "./messages.ts";

type Page = RibToMain & { kind: "advertised" };

export class RibQueries {
  readonly #toRib: Post<ToRib>;
  readonly #waiting = new Map<number, (page: Page) => void>();
  #nextRequest = 1;

  constructor(toRib: Post<ToRib>) {
    this.#toRib = toRib;
  }

  /** What is announced to a peer now. Whoever stops reading ends the question. */
  async *advertised(peerId: number, filter: RouteFilter): AsyncGenerator<AdvertisedRoute[], void, undefined> {
    const request = this.#nextRequest++;
    try {
      let page = await this.#ask(request, { kind: "advertised", request, peerId, filter });
      for (;;) {
        if (page.rows.length > 0) yield page.rows;
        if (page.done) return;
        page = await this.#ask(request, { kind: "nextPage", request });
      }
    } finally {
      this.#toRib({ kind: "endQuery", request });
    }
  }

  answer(page: Page): void {
    const resolve = this.#waiting.get(page.request);
    this.#waiting.delete(page.request);
    resolve?.(page);
  }

  #ask(request: number, message: ToRib): Promise<Page> {
    return new Promise((resolve) => {
      this.#waiting.set(request, resolve);
      this.#toRib(message);
    });
  }
}
