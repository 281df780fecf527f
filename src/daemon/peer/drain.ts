/**
 * A session on its way out (RFC 8326): its peer has been told that our routes are about to go, and looks for others. After
 * a while the session ends.
 */

import type { Clock, Timer } from "../../transport/mod.ts";

export class Drain {
  /** When the session ends, wall clock; `undefined`: it is not to. */
  endsAt: number | undefined;
  readonly #clock: Clock;
  readonly #tell: (words: string | null) => void;
  #timer: Timer | undefined;

  /** `tell` is called with what people should know of the session, and with `null` when that is over. */
  constructor(clock: Clock, tell: (words: string | null) => void) {
    this.#clock = clock;
    this.#tell = tell;
  }

  begin(waitMs: number, end: () => void): void {
    this.cancel();
    this.endsAt = this.#clock.now() + waitMs;
    this.#tell(`drained until ${new Date(this.endsAt).toISOString().replace(/\.\d+Z$/, "Z")} (RFC 8326)`);
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
    if (was) this.#tell(null);
    return was;
  }
}
