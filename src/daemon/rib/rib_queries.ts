/** Queries of the main thread to the RIB, whose answers may be long: a page at a time, on demand. */

import type {
  AdvertisedQuestion,
  AdvertisedRoute,
  FoundRoute,
  OriginatedFor,
  OutcomeSummary,
  RouteQuestion,
} from "../../rib/mod.ts";
import { ControlError } from "../../control/mod.ts";
import type { Post, RibToMain, ToRib } from "../thread/messages.ts";
import { type AnsweredRoute, unpackRoutes } from "../thread/page_codec.ts";

type Page = RibToMain & { kind: "page" };

export class RibQueries {
  readonly #toRib: Post<ToRib>;
  readonly #waiting = new Map<number, (page: Page) => void>();
  readonly #outcomes = new Map<number, (outcomes: OutcomeSummary[]) => void>();
  #nextRequest = 1;

  constructor(toRib: Post<ToRib>) {
    this.#toRib = toRib;
  }

  /**
   * The routes that are advertised to a peer now. The query ends when its reader stops, or by `signal`. Throws a
   * {@link ControlError} where the answer is too large, or too many queries are open.
   */
  advertised(
    peerId: number,
    question: AdvertisedQuestion,
    signal?: AbortSignal,
  ): AsyncGenerator<AdvertisedRoute[], void, undefined> {
    return this.#pages((request) => ({ kind: "advertised", request, peerId, question }), signal);
  }

  /** Received routes, likewise. */
  routes(question: RouteQuestion, signal?: AbortSignal): AsyncGenerator<FoundRoute[], void, undefined> {
    return this.#pages((request) => ({ kind: "routes", request, question }), signal);
  }

  /**
   * What became of these routes of this speaker, in this order. Of peers without the route, at most `most` are named.
   */
  outcomes(list: readonly OriginatedFor[], most: number): Promise<OutcomeSummary[]> {
    const request = this.#nextRequest++;
    return new Promise((resolve) => {
      this.#outcomes.set(request, resolve);
      this.#toRib({ kind: "outcomes", request, list, most });
    });
  }

  answerOutcomes({ request, outcomes }: RibToMain & { kind: "outcomes" }): void {
    const resolve = this.#outcomes.get(request);
    this.#outcomes.delete(request);
    resolve?.(outcomes);
  }

  answer(page: Page): void {
    const resolve = this.#waiting.get(page.request);
    this.#waiting.delete(page.request);
    resolve?.(page);
  }

  /** The kind of `question` determines the kind of routes, `R`. */
  async *#pages<R extends AnsweredRoute>(
    question: (request: number) => ToRib,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<R[], void, undefined> {
    const request = this.#nextRequest++;
    let isDone = false;
    signal?.throwIfAborted();
    try {
      for (let next = question(request); !isDone; next = { kind: "nextPage", request }) {
        const page = await this.#ask(request, next, signal);
        isDone = page.done;
        if (page.refused !== undefined) throw new ControlError("unavailable", page.refused);
        if (page.rows.count > 0) yield unpackRoutes(page.rows) as R[];
      }
    } finally {
      if (!isDone) this.#toRib({ kind: "endQuery", request });
    }
  }

  #ask(request: number, message: ToRib, signal: AbortSignal | undefined): Promise<Page> {
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        this.#waiting.delete(request);
        reject(signal?.reason);
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#waiting.set(request, (page) => {
        signal?.removeEventListener("abort", onAbort);
        resolve(page);
      });
      this.#toRib(message);
    });
  }
}
