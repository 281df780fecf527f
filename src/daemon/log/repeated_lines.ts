/** A text that comes again and again is said once, then at a growing pace; another one is said at once. */

import { type Millis, withoutPorts } from "../../transport/mod.ts";

/** The second time is a minute after the first, and each further one waits twice as long, an hour at the most. */
const firstPauseMs = 60_000;
const longestPauseMs = 3_600_000;
/** Texts that are remembered: of one that two others displaced, the next is another one. */
const rememberedTexts = 8;

interface Said {
  again: Millis;
  pauseMs: Millis;
  /** How often it came since it was said. */
  unsaid: number;
}

export class Repeated {
  readonly #said = new Map<string, Said>();

  /** The text as it is to be said now, with how often it was not; `undefined`: not now. `now` is monotonic time. */
  say(text: string, now: Millis): string | undefined {
    const key = withoutPorts(text);
    const said = this.#said.get(key);
    this.#said.delete(key);
    if (said === undefined) {
      const oldest = this.#said.size < rememberedTexts ? undefined : this.#said.keys().next().value;
      if (oldest !== undefined) this.#said.delete(oldest);
      this.#said.set(key, { again: now + firstPauseMs, pauseMs: firstPauseMs, unsaid: 0 });
      return text;
    }
    this.#said.set(key, said);
    said.unsaid++;
    if (now < said.again) return undefined;
    said.pauseMs = Math.min(2 * said.pauseMs, longestPauseMs);
    said.again = now + said.pauseMs;
    const times = said.unsaid;
    said.unsaid = 0;
    return times > 1 ? `${text} (${times} times since the last line about it)` : text;
  }

  /** What it was about is over. */
  clear(): void {
    this.#said.clear();
  }
}
