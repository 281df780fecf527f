/**
 * Why routes are ineligible, as numbers: those of `eligibility.ts`, and one for each rule that ever rejected a route. In a
 * column a rule's number is small and of this run; in the database it is the hash of its text, the same in every run, and
 * the text stands in the table `words`.
 */

import { Ineligible, ineligibleNames } from "./eligibility.ts";

/** Numbers below this mean the same in every run, in memory and in the database. */
const firstOwn = 64;
/** The columns have 16 bits. */
const lastOwn = 0xffff;

/** The text of a rule, and the number under which rows of the database refer to it. */
export type ReasonText = readonly [id: number, text: string];

export class Reasons {
  /** Words that the database does not have. */
  #unwritten: ReasonText[] = [];
  /** By number from {@link firstOwn} on. */
  readonly #ids: number[] = [];
  readonly #texts: (string | undefined)[] = [];
  readonly #byText = new Map<string, number>();
  readonly #byId = new Map<number, number>();

  /** The number of the rule with this text. Those after the 65,472th share one. */
  numberOf(text: string): number {
    const known = this.#byText.get(text);
    if (known !== undefined) return known;
    let id = hashText(text);
    // Two texts with one hash are next to impossible; they would differ by their order then.
    for (let other = this.#textOf(id); other !== undefined && other !== text; other = this.#textOf(id)) id++;
    const number = this.#intern(id);
    this.#byText.set(text, number);
    if (number >= firstOwn) {
      this.#texts[number - firstOwn] = text;
      this.#unwritten.push([id, text]);
    }
    return number;
  }

  /** The number of what stands in the database. */
  load(id: number): number {
    return id < firstOwn ? id : this.#intern(id);
  }

  /** How people read it; `null`: eligible. Of a rule of an earlier run only the database has the text. */
  text(number: number): string | null {
    if (number === Ineligible.none) return null;
    if (number < firstOwn) return ineligibleNames[number] ?? String(number);
    return this.#texts[number - firstOwn] ?? ineligibleNames[Ineligible.importPolicy]!;
  }

  /** What stands in the database for a number. */
  id(number: number): number {
    return number < firstOwn ? number : this.#ids[number - firstOwn]!;
  }

  /** The words that the database has yet to hear of. */
  takeTexts(): readonly ReasonText[] {
    const texts = this.#unwritten;
    if (texts.length > 0) this.#unwritten = [];
    return texts;
  }

  /** The database was lost. */
  forgetStored(): void {
    this.#unwritten = this.#ids.flatMap((id, i) => this.#texts[i] === undefined ? [] : [[id, this.#texts[i]]]);
  }

  #textOf(id: number): string | undefined {
    const number = this.#byId.get(id);
    return number === undefined ? undefined : this.#texts[number - firstOwn];
  }

  #intern(id: number): number {
    let number = this.#byId.get(id);
    if (number !== undefined) return number;
    number = firstOwn + this.#ids.length;
    if (number > lastOwn) return Ineligible.importPolicy;
    this.#ids.push(id);
    this.#texts.push(undefined);
    this.#byId.set(id, number);
    return number;
  }
}

/** 32 bits and at least {@link firstOwn}: FNV-1a over the UTF-16 units, spread once more. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
  hash = (hash ^ (hash >>> 13)) >>> 0;
  return hash < firstOwn ? hash + firstOwn : hash;
}
