/** When the next message may be sent: at once, at a rate, or at the intervals of the file. */

export type Pace =
  | { readonly kind: "full" }
  | { readonly kind: "rate"; readonly updatesPerSecond: number }
  | { readonly kind: "realtime" };

/** A shorter wait is skipped: several messages are sent together instead. */
const shortestWaitMs = 5;

export class Pacer {
  readonly #pace: Pace;
  readonly #started = performance.now();
  #sent = 0;
  #firstTime: number | undefined;

  constructor(pace: Pace) {
    this.#pace = pace;
  }

  /** How long to wait before the next UPDATE. `time`: when the file received it, in milliseconds since 1970. */
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
}

/** The longest time of `setTimeout`. */
const longestTimerMs = 2 ** 31 - 1;

/** Resolves after `ms` milliseconds, or as soon as the signal is aborted. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, Math.min(ms, longestTimerMs));
    signal.addEventListener("abort", done);
  });
}
