/**
 * When announcements end by themselves. A time passes by the wall clock or by the monotonic clock, whichever comes
 * first: so no route outlives its time because somebody set the clock back, and one whose time has passed ends at once
 * when the clock is set forward.
 */

import type { Millis } from "../../../types/mod.ts";

export interface Clocks {
  /** Wall-clock time, ms since 1970. */
  readonly now: () => Millis;
  readonly monotonic: () => Millis;
}

interface Deadline {
  /** Of the wall clock. */
  readonly at: Millis;
  /** Of the monotonic clock. */
  readonly until: Millis;
}

export class Expiry {
  readonly #clocks: Clocks;
  readonly #deadlines = new Map<number, Deadline>();
  /** The earliest of all; earlier than that where a deadline was removed. */
  #next: Deadline = never;

  constructor(clocks: Clocks) {
    this.#clocks = clocks;
  }

  /** `at` `undefined`: the announcement has no end. The same time again changes nothing. */
  set(id: number, at: Millis | undefined): void {
    if (at === undefined) return void this.#deadlines.delete(id);
    if (this.#deadlines.get(id)?.at === at) return;
    const deadline = { at, until: this.#clocks.monotonic() + at - this.#clocks.now() };
    this.#deadlines.set(id, deadline);
    this.#next = earlier(this.#next, deadline);
  }

  /** True where {@link take} may return something. */
  get isDue(): boolean {
    return this.#isOver(this.#next);
  }

  /** The announcements whose time is over, each once. */
  take(): number[] {
    if (!this.isDue) return [];
    const over: number[] = [];
    this.#next = never;
    for (const [id, deadline] of this.#deadlines) {
      if (this.#isOver(deadline)) over.push(id);
      else this.#next = earlier(this.#next, deadline);
    }
    for (const id of over) this.#deadlines.delete(id);
    return over;
  }

  #isOver({ at, until }: Deadline): boolean {
    return this.#clocks.now() >= at || this.#clocks.monotonic() >= until;
  }
}

const never: Deadline = { at: Infinity, until: Infinity };

function earlier(one: Deadline, other: Deadline): Deadline {
  return { at: Math.min(one.at, other.at), until: Math.min(one.until, other.until) };
}
