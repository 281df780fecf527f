/**
 * Measures how long the event loop of the main thread was blocked: how late a timer fires. A KEEPALIVE is late by as
 * much. The time before {@link LoopDelay.begin} does not count: no peer waits while the daemon loads its modules.
 */

const everyMs = 20;

export class LoopDelay {
  /** The longest delay since {@link begin}, milliseconds. */
  longestMs = 0;
  /** The longest delay since {@link take}, milliseconds. */
  #recentMs = 0;
  #interval: ReturnType<typeof setInterval> | undefined;

  begin(): void {
    let due = performance.now() + everyMs;
    this.#interval = setInterval(() => {
      const now = performance.now();
      this.#recentMs = Math.max(this.#recentMs, now - due);
      this.longestMs = Math.max(this.longestMs, now - due);
      due = now + everyMs;
    }, everyMs);
  }

  /** The longest delay since the last call, milliseconds. */
  take(): number {
    const longest = this.#recentMs;
    this.#recentMs = 0;
    return longest;
  }

  stop(): void {
    clearInterval(this.#interval);
  }
}
