/** Answers that may be given again: a request that others are just making waits for their answer. */

import type { LaneAnswer } from "./lane.ts";

/** Octets of all kept answers, and of the longest that is kept. */
const mostBytes = 32 * 1024 * 1024;
const longestBytes = 4 * 1024 * 1024;

/** What an entry takes beside its body: a client chooses the key, so its length counts, in two octets a character. */
const entryBytes = (key: string, { answer }: Kept) => answer.body.length + 2 * key.length + 500;

interface Kept {
  readonly answer: LaneAnswer & { readonly body: Uint8Array<ArrayBuffer> };
  readonly until: number;
}

export class AnswersCache {
  readonly #kept = new Map<string, Kept>();
  readonly #asking = new Map<string, Promise<LaneAnswer>>();
  #bytes = 0;

  /** `ask` is called where neither an answer is kept nor somebody asks the same. `now` in milliseconds. */
  async get(key: string, now: () => number, ask: () => Promise<LaneAnswer>): Promise<LaneAnswer> {
    const kept = this.#kept.get(key);
    if (kept !== undefined && now() < kept.until) return kept.answer;
    const others = this.#asking.get(key);
    if (others !== undefined) {
      const answer = await others.catch(() => undefined);
      // A body in parts has one reader, and an answer with cacheMs 0 is for one client.
      if (answer !== undefined && isKept(answer)) return answer;
      return await ask();
    }
    const asking = ask();
    this.#asking.set(key, asking);
    try {
      const answer = await asking;
      if (isKept(answer)) this.#keep(key, { answer, until: now() + answer.cacheMs });
      return answer;
    } finally {
      this.#asking.delete(key);
    }
  }

  #keep(key: string, kept: Kept): void {
    this.#drop(key);
    this.#kept.set(key, kept);
    this.#bytes += entryBytes(key, kept);
    for (const oldest of this.#kept.keys()) {
      if (this.#bytes <= mostBytes) break;
      this.#drop(oldest);
    }
  }

  #drop(key: string): void {
    const old = this.#kept.get(key);
    if (old === undefined) return;
    this.#kept.delete(key);
    this.#bytes -= entryBytes(key, old);
  }
}

function isKept(answer: LaneAnswer): answer is Kept["answer"] {
  return answer.cacheMs > 0 && answer.body instanceof Uint8Array && answer.body.length <= longestBytes;
}
