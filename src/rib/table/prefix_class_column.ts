/**
 * The class of each prefix of a family (see `policy/prefix_classes.ts`). An NLRI of another kind has the class of the
 * prefix in it. The class of a prefix is computed when it is
 * first asked for, and again after a change of policies.
 */

import { IPV4_UNICAST, IPV6_UNICAST, type PrefixSlot } from "../../types/mod.ts";
import type { PrefixClasses } from "../../policy/mod.ts";
import { growInt32 } from "./columns.ts";
import type { Destinations } from "./destinations.ts";
import { NlriTable } from "./nlri_table.ts";
import { wordsOf } from "./prefix_lookup.ts";
import type { PrefixTable } from "./prefix_table.ts";

export class PrefixClassColumn {
  readonly #destinations: Destinations;
  #classes: PrefixClasses | undefined;
  /** By slot: class + 1; 0 = not computed yet. Empty until the first question. */
  #column = new Int32Array(0);

  constructor(destinations: Destinations) {
    this.#destinations = destinations;
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

  /** Another destination gets the slot. */
  forget(slot: PrefixSlot): void {
    if (slot < this.#column.length) this.#column[slot] = 0;
  }

  get bytes(): number {
    return this.#column.byteLength;
  }

  #find(slot: PrefixSlot): number {
    const classes = this.#classes;
    if (classes === undefined) return 0;
    const table = this.#destinations;
    if (slot >= this.#column.length) this.#column = growInt32(this.#column, table.capacity);
    const found = table instanceof NlriTable ? classOfNlri(classes, table, slot) : classOfPrefix(classes, table, slot);
    this.#column[slot] = found + 1;
    return found;
  }
}

function classOfPrefix(classes: PrefixClasses, table: PrefixTable, slot: PrefixSlot): number {
  const { words, lengths, wordsPerPrefix, family } = table;
  const base = slot * wordsPerPrefix;
  return wordsPerPrefix === 1
    ? classes.classOf(family, words[base]!, 0, 0, 0, lengths[slot]!)
    : classes.classOf(family, words[base]!, words[base + 1]!, words[base + 2]!, words[base + 3]!, lengths[slot]!);
}

function classOfNlri(classes: PrefixClasses, table: NlriTable, slot: PrefixSlot): number {
  const prefix = table.prefix(slot);
  if (prefix === undefined) return 0;
  const family = prefix.octets.length === 4 ? IPV4_UNICAST : IPV6_UNICAST;
  return classes.classOf(family, ...wordsOf(prefix.octets), prefix.length);
}
