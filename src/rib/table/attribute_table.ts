/**
 * Attribute sets, interned by their canonical bytes: equal sets are one set, and routes refer to it by a small integer,
 * its slot. A table of 1.2 million routes has about 190,000 sets.
 *
 * **Life of a set.** Each route that refers to a set holds a reference. When the last reference goes, a set that the
 * database does not have is freed at once. A set that the database has may still be named by rows there that are not up
 * to date. Such a set waits in limbo (`limbo.ts`), where a look-up still finds it and a new reference revives it. Then
 * its id goes to {@link retired}, and its slot is free for another set. Database ids are never reused.
 */

import { AttributeKeys } from "./attribute_keys.ts";
import { ByteArena } from "./byte_arena.ts";
import {
  type ColumnMove,
  grownTo,
  hasBit,
  keptStretches,
  nextCapacity,
  setBit,
  stretchRows,
  wordsFor,
} from "./columns.ts";
import { IdCounter } from "./id_counter.ts";
import { Limbo } from "./limbo.ts";
import type { SetId, SetSlot } from "../../types/mod.ts";

/** No set: the result of a look-up without success, and the set of a route that is gone or withheld. */
export const noSet = -1 as SetSlot;

const firstCapacity = 1024;
const firstIndex = 2048;

export class AttributeTable {
  /** What the decision process compares, by slot. */
  readonly keys = new AttributeKeys();
  /** Ids of freed sets that the database has: the store feed takes them from here. */
  readonly retired: SetId[] = [];
  /** By slot: the class of sessions (see `eligibility.ts`) for which `ineligible` is valid; 0 = none. */
  checkedFor = new Uint16Array(firstCapacity);
  ineligible = new Uint8Array(firstCapacity);
  /**
   * By slot: the import terms (see `import_filter.ts`) that accept the set unchanged for prefixes of class 0; 0 = none.
   */
  passesFor = new Int32Array(firstCapacity);

  /** By slot: the states of the path that are known, by direction (see `in/validation.ts`); 0 = none. */
  pathStates = new Uint8Array(firstCapacity);

  readonly #arena = new ByteArena();
  readonly #idCounter: IdCounter<SetId>;
  #place = new Uint32Array(firstCapacity);
  /** Above 65535 where ASNs grew to four octets, a policy added something, or an NLRI its labels. */
  #length = new Uint32Array(firstCapacity);
  #hash = new Int32Array(firstCapacity);
  #references = new Int32Array(firstCapacity);
  #id = new Float64Array(firstCapacity);
  #stored = new Uint8Array(firstCapacity);
  readonly #limbo = new Limbo();
  #freeSlots: SetSlot[] = [];
  /** The fewest free slots since {@link returnMemory} last did its work. */
  #fewestFree = 0;
  #slots = 0;
  /** The hash table, as in `prefix_table.ts`: slot + 1 in the low bits of an entry, the hash in its high bits. */
  #index = new Int32Array(firstIndex);
  #mask = firstIndex - 1;

  constructor(idCounter: IdCounter<SetId> = new IdCounter()) {
    this.#idCounter = idCounter;
  }

  /** How many sets there are, those in limbo included. */
  get count(): number {
    return this.#slots - this.#freeSlots.length;
  }

  /** The slot of the set with these bytes, or {@link noSet}. */
  find(bytes: Uint8Array, length: number, hash: number): SetSlot {
    const index = this.#index;
    const mask = this.#mask;
    let at = hash & mask;
    for (let entry = index[at]!; entry !== 0; entry = index[at]!) {
      if (((entry ^ hash) & ~mask) === 0) {
        const set = ((entry & mask) - 1) as SetSlot;
        if (
          this.#hash[set] === hash && this.#length[set] === length &&
          this.#arena.equals(this.#place[set]!, bytes, length)
        ) return set;
      }
      at = (at + 1) & mask;
    }
    return noSet;
  }

  /** The slot of the set with these bytes. A new set has no reference yet: see {@link retain}. */
  intern(bytes: Uint8Array, length: number, hash: number): SetSlot {
    const found = this.find(bytes, length, hash);
    return found !== noSet ? found : this.#add(bytes, 0, length, hash, this.#idCounter.take());
  }

  /** Adds a set of an earlier run with its database id. The set is retired unless routes come to refer to it. */
  load(id: SetId, bytes: Uint8Array, length: number, hash: number): SetSlot {
    this.#idCounter.passed(id);
    // The database has a set twice where it was retired and came back while rows of a lost session named the first id.
    const known = this.find(bytes, length, hash);
    if (known !== noSet) return known;
    const set = this.#add(bytes, 0, length, hash, id);
    this.#stored[set] = 1;
    this.#limbo.enter(set);
    return set;
  }

  /** Slots are below this number; some of them are free. */
  get slotEnd(): number {
    return this.#slots;
  }

  retain(set: SetSlot): void {
    this.#references[set]!++;
  }

  release(set: SetSlot): void {
    if (--this.#references[set]! > 0) return;
    if (this.#stored[set] === 0) this.#remove(set);
    else this.#limbo.enter(set);
  }

  /** Frees an interned set that no route will refer to, unless other routes do. */
  forgo(set: SetSlot): void {
    this.retain(set);
    this.release(set);
  }

  references(set: SetSlot): number {
    return this.#references[set]!;
  }

  id(set: SetSlot): SetId {
    return this.#id[set] as SetId;
  }

  isStored(set: SetSlot): boolean {
    return this.#stored[set] !== 0;
  }

  markStored(set: SetSlot): void {
    this.#stored[set] = 1;
  }

  length(set: SetSlot): number {
    return this.#length[set]!;
  }

  /** The buffer that holds the bytes of a set, from {@link offset} on. Valid until the set is released. */
  chunk(set: SetSlot): Uint8Array {
    return this.#arena.chunk(this.#place[set]!);
  }

  offset(set: SetSlot): number {
    return this.#arena.offset(this.#place[set]!);
  }

  /** The canonical bytes, as a view of the buffer. */
  wire(set: SetSlot): Uint8Array {
    const at = this.offset(set);
    return this.chunk(set).subarray(at, at + this.#length[set]!);
  }

  /** A pass of the store feed ended: frees the sets that waited in limbo for a whole pass. */
  endPass(): void {
    this.#limbo.endPass(this.#leave);
  }

  readonly #leave = (set: SetSlot): void => {
    if (this.#references[set] !== 0) return;
    if (this.#stored[set] !== 0) this.retired.push(this.id(set));
    this.#remove(set);
  };

  /** The database was lost: it has no set any more. */
  forgetStored(): void {
    this.#stored.fill(0);
    this.retired.length = 0;
  }

  /**
   * Gives the memory of freed sets back to the system, where many were freed since the last time. Slots of sets in use
   * stay the same.
   */
  returnMemory(): void {
    const free = this.#freeSlots.length;
    this.#fewestFree = Math.min(this.#fewestFree, free);
    if (free - this.#fewestFree <= this.#slots / 4) return;
    this.#compactSlots();
    this.#fewestFree = this.#freeSlots.length;
    let size = firstIndex;
    // Each slot must fit into the low bits of an entry.
    while (size < 2 * this.#slots) size *= 2;
    if (size < this.#index.length) this.#resizeIndex(size);
    this.#arena.returnMemory();
  }

  get bytes(): number {
    return this.#place.length * (2 + 1 + 4 + 4 + 4 + 4 + 4 + 8 + 1 + 1 + 1) + this.keys.bytes + this.#index.byteLength +
      this.#arena.bytes;
  }

  #add(bytes: Uint8Array, start: number, length: number, hash: number, id: SetId): SetSlot {
    const set = this.#freeSlots.pop() ?? this.#slots++ as SetSlot;
    if (set === this.#place.length) this.#moveColumns(grownTo(nextCapacity(set, set + 1)));
    this.#place[set] = this.#arena.store(bytes, start, length);
    this.#length[set] = length;
    this.#hash[set] = hash;
    this.#references[set] = 0;
    this.#id[set] = id;
    this.#stored[set] = 0;
    this.#limbo.forget(set);
    this.checkedFor[set] = 0;
    this.passesFor[set] = 0;
    this.ineligible[set] = 0;
    this.pathStates[set] = 0;
    this.keys.read(set, bytes, start, length);
    if ((this.count + 1) * 4 > this.#index.length * 3) this.#resizeIndex(this.#index.length * 2);
    this.#enter(set);
    return set;
  }

  #enter(set: SetSlot): void {
    const mask = this.#mask;
    const hash = this.#hash[set]!;
    let at = hash & mask;
    while (this.#index[at] !== 0) at = (at + 1) & mask;
    this.#index[at] = (hash & ~mask) | (set + 1);
  }

  /** Frees the slot and the bytes, and closes the gap in the hash table (Knuth's algorithm R: no tombstones). */
  #remove(set: SetSlot): void {
    const index = this.#index;
    const mask = this.#mask;
    let gap = this.#hash[set]! & mask;
    while ((index[gap]! & mask) !== set + 1) gap = (gap + 1) & mask;
    for (let at = (gap + 1) & mask; index[at] !== 0; at = (at + 1) & mask) {
      const home = this.#hash[(index[at]! & mask) - 1]! & mask;
      if (((at - home) & mask) >= ((at - gap) & mask)) {
        index[gap] = index[at]!;
        gap = at;
      }
    }
    index[gap] = 0;
    this.#arena.free(this.#place[set]!, this.#length[set]!);
    this.#limbo.forget(set);
    this.#freeSlots.push(set);
  }

  #moveColumns(move: ColumnMove): void {
    this.#place = move(this.#place);
    this.#length = move(this.#length);
    this.#hash = move(this.#hash);
    this.#references = move(this.#references);
    this.#id = move(this.#id);
    this.#stored = move(this.#stored);
    this.#limbo.moveColumns(move);
    this.checkedFor = move(this.checkedFor);
    this.passesFor = move(this.passesFor);
    this.ineligible = move(this.ineligible);
    this.pathStates = move(this.pathStates);
    this.keys.moveColumns(move);
  }

  /** Frees the slots at the end of the columns, and orders the others so that the lowest one is used next. */
  #compactSlots(): void {
    const free = new Int32Array(wordsFor(this.#slots));
    for (const slot of this.#freeSlots) setBit(free, slot);
    while (this.#slots > 0 && hasBit(free, this.#slots - 1)) this.#slots--;
    const kept = new Int32Array(wordsFor(Math.ceil(this.#slots / stretchRows)));
    this.#freeSlots = [];
    for (let slot = this.#slots - 1; slot >= 0; slot--) {
      if (hasBit(free, slot)) this.#freeSlots.push(slot as SetSlot);
      else setBit(kept, Math.floor(slot / stretchRows));
    }
    this.#moveColumns(keptStretches(kept, nextCapacity(firstCapacity, this.#slots)));
  }

  #resizeIndex(size: number): void {
    const old = this.#index;
    const mask = this.#mask;
    this.#index = new Int32Array(size);
    this.#mask = size - 1;
    for (let at = 0; at <= mask; at++) if (old[at] !== 0) this.#enter(((old[at]! & mask) - 1) as SetSlot);
  }
}
