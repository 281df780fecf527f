/**
 * One timer for a deadline that moves. Most messages of a session move the deadline on, so a timer that is set too
 * early is left as it is: when it fires, its owner looks what is due and arms it again.
 */

import type { Millis } from "../../types/mod.ts";
import type { Clock, Timer } from "../../transport/mod.ts";

export class DeadlineTimer {
  readonly #clock: Clock;
  readonly #onDue: () => void;
  #timer: Timer | undefined;
  #firesAt: Millis = 0;

  /** `onDue` is called at the deadline, or earlier: it has to look what is due and call {@link arm}. */
  constructor(clock: Clock, onDue: () => void) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  /** `deadline`: monotonic time; `undefined` stops the timer. */
  arm(deadline: Millis | undefined): void {
    if (deadline !== undefined && this.#timer !== undefined && this.#firesAt <= deadline) return;
    this.clear();
    if (deadline === undefined) return;
    this.#firesAt = deadline;
    this.#timer = this.#clock.setTimer(deadline, () => {
      this.#timer = undefined;
      this.#onDue();
    });
  }

  clear(): void {
    this.#timer?.clear();
    this.#timer = undefined;
  }
}
