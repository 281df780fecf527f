/**
 * What import policy made of a received set: asked for each route, worked out once for each set, class of prefix and *kind*,
 * which is a number for all else that the answer depends on. A table of columns in which a new answer takes the place of
 * whatever stands there: what is lost is worked out again.
 *
 * Slots of sets are reused, so an answer holds for the ids it was made for.
 */

import type { AttributeTable } from "./attribute_table.ts";

export class ImportMap {
  /** The answer found last: the effective set, and why it is ineligible. */
  set = -1;
  ineligible = 0;

  readonly #sets: AttributeTable;
  /** The low bits of the received set's id, the class and the kind it was asked for. */
  #forId = new Int32Array(0);
  #forClass = new Int32Array(0);
  #forKind = new Int32Array(0);
  /** Slot + 1 of the effective set, 0 where it is the received one; and the low bits of its id. */
  #result = new Int32Array(0);
  #resultId = new Int32Array(0);
  #ineligible = new Uint16Array(0);
  #mask = -1;

  constructor(sets: AttributeTable) {
    this.#sets = sets;
  }

  /** False where it has to be worked out. `kind` is above zero. */
  find(received: number, prefixClass: number, kind: number): boolean {
    if (this.#mask === -1) return false;
    const at = place(received, prefixClass) & this.#mask;
    const sets = this.#sets;
    if (this.#forKind[at] !== kind || this.#forClass[at] !== prefixClass) return false;
    if (this.#forId[at] !== (sets.id(received) | 0)) return false;
    const result = this.#result[at]! - 1;
    // One that no route refers to may be gone by the time it is asked for.
    if (result !== -1 && (sets.references(result) === 0 || (sets.id(result) | 0) !== this.#resultId[at])) return false;
    this.set = result === -1 ? received : result;
    this.ineligible = this.#ineligible[at]!;
    return true;
  }

  keep(received: number, prefixClass: number, kind: number, set: number, ineligible: number): void {
    const sets = this.#sets;
    if (2 * sets.count > this.#mask) this.#grow();
    const at = place(received, prefixClass) & this.#mask;
    this.#forId[at] = sets.id(received) | 0;
    this.#forClass[at] = prefixClass;
    this.#forKind[at] = kind;
    this.#result[at] = set === received ? 0 : set + 1;
    this.#resultId[at] = sets.id(set) | 0;
    this.#ineligible[at] = ineligible;
    this.set = set;
    this.ineligible = ineligible;
  }

  get bytes(): number {
    return 22 * (this.#mask + 1);
  }

  /** Answers so far are forgotten: most sets are asked about once, when they are new. */
  #grow(): void {
    let size = Math.max(1024, 2 * (this.#mask + 1));
    while (size <= 2 * this.#sets.count) size *= 2;
    this.#mask = size - 1;
    this.#forId = new Int32Array(size);
    this.#forClass = new Int32Array(size);
    this.#forKind = new Int32Array(size);
    this.#result = new Int32Array(size);
    this.#resultId = new Int32Array(size);
    this.#ineligible = new Uint16Array(size);
  }
}

/** Class 0, which most prefixes are of, keeps neighbours together. */
function place(received: number, prefixClass: number): number {
  return received ^ Math.imul(prefixClass, 0x9e3779b1);
}
