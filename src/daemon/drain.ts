/**
 * A session on its way out (RFC 8326): its peer has been told that our routes are about to go, and looks for others. After
 * a while the session ends.
 */

import type { Clock, Timer } from "../transport/mod.ts";

export class Drain {
  /** When the session ends, wall clock; `undefined`: it is not to. */
  endsAt: number | undefined;
  readonly #clock: Clock;
  #timer: Timer | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  begin(waitMs: number, end: () => void): void {
    this.cancel();
    this.endsAt = this.#clock.now() + waitMs;
    this.#timer = this.#clock.setTimer(this.#clock.monotonic() + waitMs, () => {
      this.cancel();
      end();
    });
  }

  /** False where there was nothing to call off. */
  cancel(): boolean {
    this.#timer?.clear();
    this.#timer = undefined;
    const was = this.endsAt !== undefined;
    this.endsAt = undefined;
    return was;
  }
}
