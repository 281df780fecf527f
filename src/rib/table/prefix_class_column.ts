/**
 * The class of each prefix of a family (see `policy/prefix_classes.ts`). The class of a prefix is computed when it is
 * first asked for, and again after a change of policies.
 */

import type { PrefixSlot } from "../../types/mod.ts";
import type { PrefixClasses } from "../../policy/mod.ts";
import { growInt32 } from "./columns.ts";
import type { PrefixTable } from "./prefix_table.ts";

export class PrefixClassColumn {
  readonly #prefixes: PrefixTable;
  #classes: PrefixClasses | undefined;
  /** By slot: class + 1; 0 = not computed yet. Empty until the first question. */
  #column = new Int32Array(0);

  constructor(prefixes: PrefixTable) {
    this.#prefixes = prefixes;
  }

  /** Other policies are in force. */
  use(classes: PrefixClasses): void {
    this.#classes = classes;
    this.#column = new Int32Array(0);
  }

  of(slot: PrefixSlot): number {
    const known = slot < this.#column.length ? this.#column[slot]! : 0;
    return known !== 0 ? known - 1 : this.#find(slot);
  }

  get bytes(): number {
    return this.#column.byteLength;
  }

  #find(slot: PrefixSlot): number {
    if (this.#classes === undefined) return 0;
    const { words, lengths, wordsPerPrefix, family, capacity } = this.#prefixes;
    if (slot >= this.#column.length) this.#column = growInt32(this.#column, capacity);
    const base = slot * wordsPerPrefix;
    const found = wordsPerPrefix === 1
      ? this.#classes.classOf(family, words[base]!, 0, 0, 0, lengths[slot]!)
      : this.#classes.classOf(
        family,
        words[base]!,
        words[base + 1]!,
        words[base + 2]!,
        words[base + 3]!,
        lengths[slot]!,
      );
    this.#column[slot] = found + 1;
    return found;
  }
}
