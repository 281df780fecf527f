/** The one timer of a session: set for the deadline that comes first. */

import type { Clock, Timer } from "../../transport/mod.ts";

export class SessionTimer {
  readonly #clock: Clock;
  readonly #due: () => void;
  #timer: Timer | undefined;
  #at = 0;

  constructor(clock: Clock, due: () => void) {
    this.#clock = clock;
    this.#due = due;
  }

  /** Deadlines mostly move on with every message: a timer that is too early stays, and looks again when it fires. */
  arm(deadline: number | undefined): void {
    if (deadline !== undefined && this.#timer !== undefined && this.#at <= deadline) return;
    this.clear();
    if (deadline === undefined) return;
    this.#at = deadline;
    this.#timer = this.#clock.setTimer(deadline, () => {
      this.#timer = undefined;
      this.#due();
    });
  }

  clear(): void {
    this.#timer?.clear();
    this.#timer = undefined;
  }
}
