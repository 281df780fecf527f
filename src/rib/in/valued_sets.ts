/**
 * Attribute sets with the value of an NLRI: labels, ESI and gateway are what an NLRI says about its route besides the
 * destination (`message/nlri/codec.ts`). The NLRI of one message share their path attributes and may have different
 * values, so that each value makes a set of its own.
 */

import { hashAttributes, withNlriValue } from "../../message/mod.ts";
import type { SetSlot } from "../../types/mod.ts";
import { type AttributeTable, noSet } from "../table/attribute_table.ts";

const noOctets = new Uint8Array(0);

export class ValuedSets {
  readonly #sets: AttributeTable;
  /** The last set, which is retained, and what it was made of. */
  #set: SetSlot = noSet;
  #base: SetSlot = noSet;
  #value: Uint8Array = noOctets;

  constructor(sets: AttributeTable) {
    this.#sets = sets;
  }

  /** The set `base`, which the caller retains, with this value. It is retained until the next call or {@link end}. */
  of(base: SetSlot, value: Uint8Array): SetSlot {
    if (value.length === 0) return base;
    if (base === this.#base && isSame(value, this.#value)) return this.#set;
    const sets = this.#sets;
    const wire = withNlriValue(sets.wire(base), value);
    const set = sets.intern(wire, wire.length, hashAttributes(wire, 0, wire.length));
    sets.retain(set);
    this.end();
    this.#set = set;
    this.#base = base;
    this.#value = value;
    return set;
  }

  /** The message is over. */
  end(): void {
    if (this.#set !== noSet) this.#sets.release(this.#set);
    this.#set = this.#base = noSet;
    this.#value = noOctets;
  }
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
