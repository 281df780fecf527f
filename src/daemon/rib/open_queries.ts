/**
 * The RIB's side of questions with long answers: a page at a time, so that a full table that somebody looks at delays
 * nobody, and one page after the other, behind whatever peers and changes want. A page shows the table as it is when
 * the page is made.
 */

import type { Millis } from "../../session/mod.ts";
import type { RibToMain } from "../thread/messages.ts";
import { type AnsweredRoute, packRoutes } from "../thread/page_codec.ts";

/** What main makes JSON of in one go. */
const pageRoutes = 250;
/** What the RIB takes for a page, where looks in vain fill the time: a change that comes meanwhile waits no longer. */
const pageMs: Millis = 2;
/** Looks between two at the clock. */
const looksAtOnce = 32;

/** What may be asked. */
export interface QuestionLimits {
  /** Questions that are open. */
  readonly open: number;
  /** Routes in an answer. */
  readonly routes: number;
  /** Time that the RIB spends on one question. */
  readonly ms: Millis;
}

/** A full table of several peers is within them. */
const usualLimits: QuestionLimits = { open: 32, routes: 5_000_000, ms: 60_000 };

type Page = RibToMain & { kind: "page" };

interface Question {
  readonly routes: Iterator<AnsweredRoute | undefined>;
  found: number;
  spentMs: Millis;
}

export class Queries {
  readonly #monotonic: () => Millis;
  readonly #limits: QuestionLimits;
  readonly #open = new Map<number, Question>();
  /** In the order in which their next page was asked for. */
  readonly #wanted: number[] = [];
  readonly #refused: Page[] = [];

  constructor(monotonic: () => Millis, limits: QuestionLimits = usualLimits) {
    this.#monotonic = monotonic;
    this.#limits = limits;
  }

  /** A page is waited for. */
  get isWanted(): boolean {
    return this.#wanted.length > 0 || this.#refused.length > 0;
  }

  /** `routes`: `undefined` is a look in vain. The first page is wanted. */
  open(request: number, routes: Iterator<AnsweredRoute | undefined>): void {
    if (this.#open.size >= this.#limits.open) {
      const refused = "too many questions are open at the moment: ask again in a second";
      this.#refused.push({ kind: "page", request, rows: packRoutes([]), done: true, refused });
      return;
    }
    this.#open.set(request, { routes, found: 0, spentMs: 0 });
    this.want(request);
  }

  /** The next page of an open question. */
  want(request: number): void {
    this.#wanted.push(request);
  }

  /**
   * Makes the page that was wanted first. The last page of an answer ends the question; one that is over a limit ends
   * it, too.
   */
  next(): Page | undefined {
    const refused = this.#refused.shift();
    if (refused !== undefined) return refused;
    for (let request = this.#wanted.shift(); request !== undefined; request = this.#wanted.shift()) {
      const question = this.#open.get(request);
      if (question !== undefined) return this.#page(request, question);
    }
    return undefined;
  }

  end(request: number): void {
    this.#open.get(request)?.routes.return?.();
    this.#open.delete(request);
  }

  #page(request: number, question: Question): Page {
    const rows: AnsweredRoute[] = [];
    const began = this.#monotonic();
    const until = began + pageMs;
    let done = false;
    for (let looks = 1; rows.length < pageRoutes; looks++) {
      const next = question.routes.next();
      if (next.done === true) {
        done = true;
        break;
      }
      if (next.value !== undefined) rows.push(next.value);
      if (looks % looksAtOnce === 0 && this.#monotonic() >= until) break;
    }
    question.found += rows.length;
    question.spentMs += this.#monotonic() - began;
    const refused = done ? undefined : this.#isOver(question);
    if (done || refused !== undefined) this.end(request);
    const page = { kind: "page", request, rows: packRoutes(rows), done: done || refused !== undefined } as const;
    return refused === undefined ? page : { ...page, refused };
  }

  #isOver({ found, spentMs }: Question): string | undefined {
    const { routes, ms } = this.#limits;
    if (found > routes) return `the answer has more than ${routes} routes: ask for fewer, or ask the database`;
    if (spentMs > ms) return `the answer takes longer than ${ms / 1000} s: ask for fewer routes, or ask the database`;
    return undefined;
  }
}
