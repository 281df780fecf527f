/** The exported set of each row: a column in pages, allocated where a row has one. */

import type { SetSlot } from "../../types/mod.ts";
import { pageBits, pageMask, pageSlots } from "../in/adj_rib_in.ts";
import type { AttributeTable } from "../table/attribute_table.ts";

/** The set of a value of the column: slot + 1; above 0. */
export function setOfValue(value: number): SetSlot {
  return (value - 1) as SetSlot;
}

export class OutColumn {
  /** How many rows have an exported set. */
  count = 0;
  readonly #sets: AttributeTable;
  readonly #pages: (Int32Array | undefined)[] = [];

  constructor(sets: AttributeTable) {
    this.#sets = sets;
  }

  /** Set slot + 1; 0: none. */
  get(row: number): number {
    const page = this.#pages[row >>> pageBits];
    return page === undefined ? 0 : page[row & pageMask]!;
  }

  set(row: number, value: number): void {
    const number = row >>> pageBits;
    let page = this.#pages[number];
    if (page === undefined) {
      if (value === 0) return;
      while (this.#pages.length <= number) this.#pages.push(undefined);
      page = this.#pages[number] = new Int32Array(pageSlots);
    }
    const old = page[row & pageMask]!;
    page[row & pageMask] = value;
    if (value !== 0) {
      this.#sets.retain(setOfValue(value));
      this.count++;
    }
    if (old !== 0) {
      this.#sets.release(setOfValue(old));
      this.count--;
    }
  }

  hasPage(page: number): boolean {
    return this.#pages[page] !== undefined;
  }

  /** Calls `visit` with each row that has an exported set. */
  eachRow(visit: (row: number) => void): void {
    this.#pages.forEach((page, number) => {
      if (page === undefined) return;
      for (let at = 0; at < pageSlots; at++) if (page[at] !== 0) visit((number << pageBits) | at);
    });
  }

  /** Gives the memory of pages without an exported set back to the system. */
  returnMemory(): void {
    for (let number = 0; number < this.#pages.length; number++) {
      if (this.#pages[number]?.every((value) => value === 0)) this.#pages[number] = undefined;
    }
  }

  clear(): void {
    for (const page of this.#pages) {
      if (page === undefined) continue;
      for (const value of page) if (value !== 0) this.#sets.release(setOfValue(value));
    }
    this.#pages.length = 0;
    this.count = 0;
  }

  get bytes(): number {
    return this.#pages.reduce((sum, page) => sum + (page?.byteLength ?? 0), 0);
  }
}
