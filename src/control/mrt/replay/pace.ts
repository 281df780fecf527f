/** When the next message may go: at once, so many a second, or as far apart as they once were. */

import { sleep } from "./sleep.ts";

export type Pace =
  | { readonly kind: "full" }
  | { readonly kind: "rate"; readonly updatesPerSecond: number }
  | { readonly kind: "realtime" };

/** A wait that is shorter is not worth a timer: several messages then go together. */
const shortestWaitMs = 5;

export class Pacer {
  readonly #pace: Pace;
  readonly #started = performance.now();
  #sent = 0;
  #firstTime: number | undefined;

  constructor(pace: Pace) {
    this.#pace = pace;
  }

  /** How long to wait before the next UPDATE, which came at this time (milliseconds since 1970). */
  delayMs(time: number): number {
    const pace = this.#pace;
    if (pace.kind === "full") return 0;
    let due = 0;
    if (pace.kind === "rate") due = (this.#sent * 1000) / pace.updatesPerSecond;
    else due = time - (this.#firstTime ??= time);
    const wait = due - (performance.now() - this.#started);
    return wait < shortestWaitMs ? 0 : wait;
  }

  sent(updates: number): void {
    this.#sent += updates;
  }

  /** Waits, or ends early where the signal says so. */
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    await sleep(ms, signal);
  }
}
