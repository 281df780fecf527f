/**
 * Finds the prefixes inside a prefix without a walk over the whole table: the slots in order of the first 32 bits of
 * their addresses. Slots of prefixes are never used for others, so that the order stays true; new ones wait behind it.
 */

import type { PrefixSlot } from "../../types/mod.ts";
import { isWithin, type Words } from "./prefix_lookup.ts";
import type { PrefixTable } from "./prefix_table.ts";

/** The order is made anew when more prefixes wait than this, and than one part of the table in so many. */
const mostWaiting = 4096;
const parts = 64;

const digit = 0x10000;

export class PrefixOrder {
  readonly #table: PrefixTable;
  #slots = new Int32Array(0);

  constructor(table: PrefixTable) {
    this.#table = table;
  }

  /** The slots of the prefixes inside the prefix with these words, without itself. */
  *inside(words: Words, length: number): Generator<PrefixSlot, void, undefined> {
    const table = this.#table;
    const { count } = table.slots;
    if (count - this.#slots.length > Math.max(mostWaiting, count / parts)) this.#sort();
    const slots = this.#slots;
    const from = words[0] >>> 0;
    const last = length >= 32 ? from : (from | (0xffffffff >>> length)) >>> 0;
    for (let at = this.#lowest(from); at < slots.length && this.#wordOf(slots[at]!) <= last; at++) {
      const slot = slots[at]! as PrefixSlot;
      if (table.lengths[slot]! > length && isWithin(table, slot, words, length)) yield slot;
    }
    for (let at = slots.length; at < count; at++) {
      const slot = at as PrefixSlot;
      if (table.lengths[slot]! > length && isWithin(table, slot, words, length)) yield slot;
    }
  }

  get bytes(): number {
    return this.#slots.byteLength;
  }

  #wordOf(slot: number): number {
    return this.#table.words[slot * this.#table.wordsPerPrefix]! >>> 0;
  }

  /** The first place whose address is not below this one. */
  #lowest(word: number): number {
    let low = 0;
    for (let high = this.#slots.length; low < high;) {
      const middle = (low + high) >>> 1;
      if (this.#wordOf(this.#slots[middle]!) < word) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Sorts by the low half of the word, then by the high half: a million prefixes take some 20 ms. */
  #sort(): void {
    const unsorted = Int32Array.from({ length: this.#table.slots.count }, (_, slot) => slot);
    this.#slots = this.#sorted(this.#sorted(unsorted, 0), 16);
  }

  #sorted(slots: Int32Array, shift: 0 | 16): Int32Array<ArrayBuffer> {
    const starts = new Int32Array(digit + 1);
    for (let i = 0; i < slots.length; i++) starts[((this.#wordOf(slots[i]!) >>> shift) & (digit - 1)) + 1]!++;
    for (let i = 0; i < digit; i++) starts[i + 1]! += starts[i]!;
    const sorted = new Int32Array(slots.length);
    for (let i = 0; i < slots.length; i++) {
      const slot = slots[i]!;
      sorted[starts[(this.#wordOf(slot) >>> shift) & (digit - 1)]!++] = slot;
    }
    return sorted;
  }
}
