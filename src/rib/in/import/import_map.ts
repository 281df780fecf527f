/**
 * What import policy made of a received set: asked for each route, worked out once for each set, class of prefix and *kind*,
 * which is a number for all else that the answer depends on. A table of columns in which a new answer takes the place of
 * whatever stands there: what is lost is worked out again.
 *
 * Slots of sets are reused, so an answer holds for the ids it was made for.
 */

import type { AttributeTable } from "../../table/attribute_table.ts";

/**
 * An entry: the low bits of the received set's id, the class and the kind it was asked for; slot + 1 of the effective set,
 * 0 where it is the received one, the low bits of its id, and why it is ineligible.
 */
const width = 6;
const forClass = 1;
const forKind = 2;
const resultSet = 3;
const resultId = 4;
const resultReason = 5;

export class ImportMap {
  /** The answer found last: the effective set, and why it is ineligible. */
  set = -1;
  ineligible = 0;

  readonly #sets: AttributeTable;
  /** {@link width} numbers for each place: those of one answer are read together. */
  #entries = new Int32Array(0);
  #mask = -1;

  constructor(sets: AttributeTable) {
    this.#sets = sets;
  }

  /** False where it has to be worked out. `kind` is above zero. */
  find(received: number, prefixClass: number, kind: number): boolean {
    if (this.#mask === -1) return false;
    const at = (place(received, prefixClass) & this.#mask) * width;
    const entries = this.#entries;
    const sets = this.#sets;
    if (entries[at + forKind] !== kind || entries[at + forClass] !== prefixClass) return false;
    if (entries[at] !== (sets.id(received) | 0)) return false;
    const result = entries[at + resultSet]! - 1;
    // One that no route refers to may be gone by the time it is asked for.
    if (result !== -1 && (sets.references(result) === 0 || (sets.id(result) | 0) !== entries[at + resultId])) {
      return false;
    }
    this.set = result === -1 ? received : result;
    this.ineligible = entries[at + resultReason]!;
    return true;
  }

  keep(received: number, prefixClass: number, kind: number, set: number, ineligible: number): void {
    const sets = this.#sets;
    if (sets.count > this.#mask) this.#grow();
    const at = (place(received, prefixClass) & this.#mask) * width;
    const entries = this.#entries;
    entries[at] = sets.id(received) | 0;
    entries[at + forClass] = prefixClass;
    entries[at + forKind] = kind;
    entries[at + resultSet] = set === received ? 0 : set + 1;
    entries[at + resultId] = set === received ? 0 : sets.id(set) | 0;
    entries[at + resultReason] = ineligible;
  }

  get bytes(): number {
    return this.#entries.byteLength;
  }

  /** Answers so far are forgotten: most sets are asked about once, when they are new. */
  #grow(): void {
    let size = Math.max(1024, 2 * (this.#mask + 1));
    while (size <= this.#sets.count) size *= 2;
    this.#mask = size - 1;
    this.#entries = new Int32Array(size * width);
  }
}

/** Class 0, which most prefixes are of, keeps neighbours together. */
function place(received: number, prefixClass: number): number {
  return received ^ Math.imul(prefixClass, 0x9e3779b1);
}
