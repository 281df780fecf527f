/** What is wrong with a file, each thing said once with its count. */

import type { Fault } from "../../message/mod.ts";
import { faultText, type Tear } from "../../mrt/mod.ts";

/** Different sentences; a file full of garbage must not fill the screen. */
const mostSentences = 20;

export class Problems {
  /** Sentence → how often, and where first. */
  readonly #records = new Map<string, { count: number; offset: number }>();
  readonly #skipped = new Map<string, number>();
  readonly #faults = new Map<string, number>();
  #tear: Tear | undefined;

  /** A record that breaks its format. */
  record(text: string, offset: number): void {
    const known = this.#records.get(text);
    if (known === undefined) this.#records.set(text, { count: 1, offset });
    else known.count++;
  }

  skipped(text: string): void {
    this.#skipped.set(text, (this.#skipped.get(text) ?? 0) + 1);
  }

  /** A session of the file that ends by what its peer said. */
  sessionEnds(text: string): void {
    this.#faults.set(text, (this.#faults.get(text) ?? 0) + 1);
  }

  /** Of an UPDATE. */
  fault(fault: Fault): void {
    const text = `${faultText(fault)} (${consequence[fault.action]}, ${fault.rfc})`;
    this.#faults.set(text, (this.#faults.get(text) ?? 0) + 1);
  }

  tear(tear: Tear): void {
    this.#tear = tear;
  }

  /** Forgets all: the file is read again. */
  clear(): void {
    this.#records.clear();
    this.#skipped.clear();
    this.#faults.clear();
    this.#tear = undefined;
  }

  get isTorn(): boolean {
    return this.#tear !== undefined;
  }

  /**
   * Something of the file is lost: it is torn, or records are broken. What routes say, and kinds of records, are no
   * damage.
   */
  get isDamaged(): boolean {
    return this.isTorn || this.#records.size > 0;
  }

  /** Why it is no MRT file at all: its very first record makes no sense. `undefined`: it is one, as far as it goes. */
  get foreign(): string | undefined {
    return this.#tear?.offset === 0 ? this.#tear.text : undefined;
  }

  /** Sentences for people. */
  sentences(): string[] {
    const all: string[] = [];
    for (const [text, count] of this.#skipped) all.push(`${times(count)}${text}`);
    for (const [text, { count, offset }] of this.#records) {
      all.push(`${times(count)}${text}, first at offset ${offset}`);
    }
    for (const [text, count] of this.#faults) all.push(`${times(count)}${text}`);
    const more = all.length - mostSentences;
    if (more > 0) all.splice(mostSentences, more, `and ${more} more kinds of faults`);
    if (this.#tear !== undefined) {
      all.push(
        `torn at offset ${this.#tear.offset} of the unpacked data: ${this.#tear.text}; what comes before was read`,
      );
    }
    return all;
  }
}

const consequence = {
  attributeDiscard: "attribute discarded",
  treatAsWithdraw: "treated as withdrawn",
  sessionReset: "a session would end here",
} as const;

function times(count: number): string {
  return count === 1 ? "" : `${count} times: `;
}
