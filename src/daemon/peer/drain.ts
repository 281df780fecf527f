/**
 * Drains a session (RFC 8326): our routes carry the community GRACEFUL_SHUTDOWN, so the peer prefers other routes.
 * After a while the session ends.
 */

import type { Clock, Timer } from "../../transport/mod.ts";

export class Drain {
  /** When the session ends, wall clock; `undefined`: it is not drained. */
  endsAt: number | undefined;
  readonly #clock: Clock;
  readonly #onChange: (reason: string | null) => void;
  #timer: Timer | undefined;

  /** `onChange` gets a text for people while the session is drained, and `null` when that is over. */
  constructor(clock: Clock, onChange: (reason: string | null) => void) {
    this.#clock = clock;
    this.#onChange = onChange;
  }

  /** Calls `end` after `waitMs`, unless the drain is cancelled. */
  begin(waitMs: number, end: () => void): void {
    this.cancel();
    this.endsAt = this.#clock.now() + waitMs;
    this.#onChange(`drained until ${new Date(this.endsAt).toISOString().replace(/\.\d+Z$/, "Z")} (RFC 8326)`);
    this.#timer = this.#clock.setTimer(this.#clock.monotonic() + waitMs, () => {
      this.cancel();
      end();
    });
  }

  /** False where the session was not drained. */
  cancel(): boolean {
    this.#timer?.clear();
    this.#timer = undefined;
    const was = this.endsAt !== undefined;
    this.endsAt = undefined;
    if (was) this.#onChange(null);
    return was;
  }
}
