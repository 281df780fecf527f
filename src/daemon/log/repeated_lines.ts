/** Logs a text that repeats once, and then more and more seldom. A new text is logged at once. */

import type { Millis } from "../../types/mod.ts";
import { withoutPorts } from "../../transport/mod.ts";

/** The second line is due a minute after the first. Each further one waits twice as long, an hour at most. */
const firstPauseMs = 60_000;
const longestPauseMs = 3_600_000;
/** How many texts are remembered; the one that came least recently is forgotten first, and then it is new again. */
const rememberedTexts = 8;

interface Logged {
  nextAt: Millis;
  pauseMs: Millis;
  /** How often the text came since the last line. */
  skipped: number;
}

export class RepeatedLines {
  readonly #logged = new Map<string, Logged>();

  /** The line to log now, with how often the text came meanwhile; `undefined`: none. `now`: monotonic time. */
  take(text: string, now: Millis): string | undefined {
    const key = withoutPorts(text);
    const logged = this.#logged.get(key);
    this.#logged.delete(key);
    if (logged === undefined) {
      const oldest = this.#logged.size < rememberedTexts ? undefined : this.#logged.keys().next().value;
      if (oldest !== undefined) this.#logged.delete(oldest);
      this.#logged.set(key, { nextAt: now + firstPauseMs, pauseMs: firstPauseMs, skipped: 0 });
      return text;
    }
    this.#logged.set(key, logged);
    logged.skipped++;
    if (now < logged.nextAt) return undefined;
    logged.pauseMs = Math.min(2 * logged.pauseMs, longestPauseMs);
    logged.nextAt = now + logged.pauseMs;
    const times = logged.skipped;
    logged.skipped = 0;
    return times > 1 ? `${text} (${times} times since the last line about it)` : text;
  }

  /** What the texts were about is over: the next text is new. */
  clear(): void {
    this.#logged.clear();
  }
}
