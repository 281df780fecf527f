/** The problems of a file. Each problem is reported once, with its count. */

import type { Fault } from "../../message/mod.ts";
import { faultText, type FileDamage } from "../../mrt/mod.ts";

/** The greatest number of sentences: a damaged file must not fill the screen. */
const mostSentences = 20;

export class Problems {
  /** Sentence → count, and the offset of the first occurrence. */
  readonly #records = new Map<string, { count: number; offset: number }>();
  readonly #skipped = new Map<string, number>();
  readonly #faults = new Map<string, number>();
  #tear: FileDamage | undefined;

  /** A malformed record. */
  record(text: string, offset: number): void {
    const known = this.#records.get(text);
    if (known === undefined) this.#records.set(text, { count: 1, offset });
    else known.count++;
  }

  skipped(text: string): void {
    this.#skipped.set(text, (this.#skipped.get(text) ?? 0) + 1);
  }

  /** A session that ends because of a message of the peer. */
  sessionEnds(text: string): void {
    this.#faults.set(text, (this.#faults.get(text) ?? 0) + 1);
  }

  /** A fault of an UPDATE. */
  fault(fault: Fault): void {
    const text = `${faultText(fault)} (${consequence[fault.action]}, ${fault.rfc})`;
    this.#faults.set(text, (this.#faults.get(text) ?? 0) + 1);
  }

  tear(tear: FileDamage): void {
    this.#tear = tear;
  }

  /** Removes all problems: the file is read again. */
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
   * True if a part of the file is lost: it is torn, or has malformed records. Faults of UPDATEs and skipped records are
   * no damage.
   */
  get isDamaged(): boolean {
    return this.isTorn || this.#records.size > 0;
  }

  /** Why the file is not an MRT file: its first record is not valid. `undefined`: the file begins as an MRT file. */
  get foreign(): string | undefined {
    return this.#tear?.offset === 0 ? this.#tear.text : undefined;
  }

  /** The problems as sentences. */
  sentences(): string[] {
    const all: string[] = [];
    for (const [text, count] of this.#skipped) all.push(`${times(count)}${text}`);
    for (const [text, { count, offset }] of this.#records) {
      all.push(`${times(count)}${text}, first at offset ${offset}`);
    }
    for (const [text, count] of this.#faults) all.push(`${times(count)}${text}`);
    const more = all.length - mostSentences;
    if (more > 0) all.splice(mostSentences, more, `and ${more} more kinds of problems`);
    if (this.#tear !== undefined) {
      all.push(
        `damaged at offset ${this.#tear.offset} of the uncompressed data: ${this.#tear.text};` +
          " all data before it was read",
      );
    }
    return all;
  }
}

const consequence = {
  attributeDiscard: "attribute discarded",
  treatAsWithdraw: "treated as withdrawn",
  familyDisable: "a session would ignore the family from here on",
  sessionReset: "a session would end here",
} as const;

function times(count: number): string {
  return count === 1 ? "" : `${count} times: `;
}
