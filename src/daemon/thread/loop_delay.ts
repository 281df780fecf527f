/**
 * How long the main thread could not answer: the lateness of a timer. Peers wait as long for a KEEPALIVE. What came before
 * {@link LoopDelay.begin} does not count: while the daemon loads its modules there is nobody to wait.
 */

const everyMs = 20;

export class LoopDelay {
  /** Since {@link begin}, milliseconds. */
  longestMs = 0;
  #latelyMs = 0;
  #interval: ReturnType<typeof setInterval> | undefined;

  begin(): void {
    let due = performance.now() + everyMs;
    this.#interval = setInterval(() => {
      const now = performance.now();
      this.#latelyMs = Math.max(this.#latelyMs, now - due);
      this.longestMs = Math.max(this.longestMs, now - due);
      due = now + everyMs;
    }, everyMs);
  }

  /** The longest since the last call, milliseconds. */
  take(): number {
    const longest = this.#latelyMs;
    this.#latelyMs = 0;
    return longest;
  }

  stop(): void {
    clearInterval(this.#interval);
  }
}
