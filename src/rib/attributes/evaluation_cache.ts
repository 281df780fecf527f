/**
 * What import or export makes of attribute sets: asked for each route, evaluated once for each set, class of prefix and
 * *kind*. A kind is a number for everything else that the answer depends on; it is above zero and never reused.
 *
 * The cache is a table of columns with one place for each set and class. A new answer replaces the answer in its place;
 * a missing answer is evaluated again. Slots of sets are reused, so that an answer also names the ids of both of its
 * sets.
 */

import type { SetSlot } from "../../types/mod.ts";
import { type AttributeTable, noSet } from "../table/attribute_table.ts";

/** How many answers the cache may hold. */
export interface CacheRoom {
  readonly mostAnswers: number;
}

/**
 * Numbers of an entry, which are read together: the low bits of the id of the set that was asked for, the class, the
 * kind; slot + 1 of the answer (0: no set), the low bits of its id.
 */
const width = 5;
const forClass = 1;
const forKind = 2;
const answerSlot = 3;
const answerId = 4;

const firstSize = 1024;

export class EvaluationCache {
  /**
   * The answer of the last {@link find}: a set, or {@link noSet}; and the reason that {@link keep} was called with, or
   * 0.
   */
  set: SetSlot = noSet;
  reason = 0;

  readonly #sets: AttributeTable;
  readonly #room: CacheRoom;
  #entries = new Int32Array(firstSize * width);
  /** By place. Empty until a reason is kept. */
  #reasons = new Uint16Array(0);
  #mask = firstSize - 1;
  #isFull = false;

  constructor(sets: AttributeTable, room: CacheRoom = { mostAnswers: Infinity }) {
    this.#sets = sets;
    this.#room = room;
  }

  /** False where the answer has to be evaluated. */
  find(set: SetSlot, prefixClass: number, kind: number): boolean {
    const sets = this.#sets;
    const entries = this.#entries;
    const place = placeOf(set, prefixClass) & this.#mask;
    const at = place * width;
    if (entries[at + forKind] !== kind || entries[at] !== (sets.id(set) | 0)) return false;
    if (entries[at + forClass] !== prefixClass) return false;
    const answer = (entries[at + answerSlot]! - 1) as SetSlot;
    // A set that no route refers to may be gone by the time it is asked for.
    if (answer !== noSet && (sets.references(answer) === 0 || (sets.id(answer) | 0) !== entries[at + answerId])) {
      return false;
    }
    this.set = answer;
    this.reason = this.#reasons.length === 0 ? 0 : this.#reasons[place]!;
    return true;
  }

  /** `answer`: a set, or -1 for none. `reason`: 16 bits. */
  keep(set: SetSlot, prefixClass: number, kind: number, answer: SetSlot, reason = 0): void {
    const sets = this.#sets;
    if (set > this.#mask && !this.#isFull) this.#grow(set);
    const entries = this.#entries;
    const place = placeOf(set, prefixClass) & this.#mask;
    const at = place * width;
    entries[at] = sets.id(set) | 0;
    entries[at + forClass] = prefixClass;
    entries[at + forKind] = kind;
    entries[at + answerSlot] = answer + 1;
    entries[at + answerId] = answer === noSet ? 0 : sets.id(answer) | 0;
    if (reason !== 0 && this.#reasons.length === 0) this.#reasons = new Uint16Array(this.#mask + 1);
    if (this.#reasons.length > 0) this.#reasons[place] = reason;
  }

  get bytes(): number {
    return this.#entries.byteLength + this.#reasons.byteLength;
  }

  /** Forgets all answers: most sets are asked about once, when they are new. */
  #grow(set: SetSlot): void {
    let size = this.#mask + 1;
    while (size <= set && 2 * size <= this.#room.mostAnswers) size *= 2;
    if (size === this.#mask + 1) {
      this.#isFull = true;
      return;
    }
    this.#mask = size - 1;
    this.#entries = new Int32Array(size * width);
    this.#reasons = new Uint16Array(0);
  }
}

/** Class 0, to which most prefixes belong, keeps neighbouring sets together. */
function placeOf(set: SetSlot, prefixClass: number): number {
  return set ^ Math.imul(prefixClass, 0x9e3779b1);
}
