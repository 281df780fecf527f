/**
 * Numbers for the reasons why routes are ineligible: those of `eligibility.ts`, and one for each policy rule that
 * rejected a route. In memory the number of a rule is small and valid for this run. In the database it is the hash of
 * the text, so that it is the same in every run; the table `words` has the text.
 */

import { Ineligible, ineligibleNames } from "./eligibility.ts";

/** Numbers below this one are those of `eligibility.ts`: the same in every run, in memory and in the database. */
const firstOwn = 64;
/** The columns of Adj-RIBs-In have 16 bits. */
const lastOwn = 0xffff;

/** The text of a rule, and the number under which rows of the database refer to it. */
export type ReasonText = readonly [id: number, text: string];

export class Reasons {
  /** Texts that the database does not have. */
  #unwritten: ReasonText[] = [];
  /** By number from {@link firstOwn} on. */
  readonly #ids: number[] = [];
  readonly #texts: (string | undefined)[] = [];
  readonly #byText = new Map<string, number>();
  readonly #byId = new Map<number, number>();

  /** The number of the rule with this text. All rules after the 65,472nd share one number. */
  numberOf(text: string): number {
    const known = this.#byText.get(text);
    if (known !== undefined) return known;
    let id = hashText(text);
    // Two texts with the same hash are next to impossible. The second one would get the next number.
    for (let other = this.#textOf(id); other !== undefined && other !== text; other = this.#textOf(id)) id++;
    const number = this.#intern(id);
    this.#byText.set(text, number);
    if (number >= firstOwn) {
      this.#texts[number - firstOwn] = text;
      this.#unwritten.push([id, text]);
    }
    return number;
  }

  /** The number in memory of a number in the database. */
  load(id: number): number {
    return id < firstOwn ? id : this.#intern(id);
  }

  /** The text of a reason; `null`: eligible. Only the database has the texts of rules of an earlier run. */
  text(number: number): string | null {
    if (number === Ineligible.none) return null;
    if (number < firstOwn) return ineligibleNames[number] ?? String(number);
    return this.#texts[number - firstOwn] ?? ineligibleNames[Ineligible.importPolicy]!;
  }

  /** The number in the database of a number in memory. */
  id(number: number): number {
    return number < firstOwn ? number : this.#ids[number - firstOwn]!;
  }

  /** The texts that are not written yet. The caller writes them. */
  takeTexts(): readonly ReasonText[] {
    const texts = this.#unwritten;
    if (texts.length > 0) this.#unwritten = [];
    return texts;
  }

  /** The database was lost: all texts are written again. */
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
