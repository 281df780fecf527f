/** How long the main thread could not answer: the longest lateness of a timer since somebody last looked. */

const everyMs = 100;

export class LoopDelay {
  #longestMs = 0;
  readonly #interval: ReturnType<typeof setInterval>;

  constructor() {
    let due = performance.now() + everyMs;
    this.#interval = setInterval(() => {
      const now = performance.now();
      this.#longestMs = Math.max(this.#longestMs, now - due);
      due = now + everyMs;
    }, everyMs);
  }

  /** Milliseconds; begins anew. */
  take(): number {
    const longest = this.#longestMs;
    this.#longestMs = 0;
    return longest;
  }

  stop(): void {
    clearInterval(this.#interval);
  }
}
