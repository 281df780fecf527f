/** Work that a peer can cause as often as it likes, and that is done for a part of the time at most. */

import type { Millis } from "../../types/mod.ts";

/** The work rests this many times as long as it took. */
const restTimes = 10;

export class PartOfTime {
  readonly #monotonic: () => Millis;
  #restUntil: Millis = -Infinity;

  constructor(monotonic: () => Millis) {
    this.#monotonic = monotonic;
  }

  /** Does the work, unless it has to rest. Whoever has work to do calls this again later. */
  run(work: () => void): void {
    const began = this.#monotonic();
    if (began < this.#restUntil) return;
    work();
    const ended = this.#monotonic();
    this.#restUntil = ended + restTimes * (ended - began);
  }
}
