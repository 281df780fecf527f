/**
 * The destinations of one family whose NLRI are no plain prefixes, as dense integers: the same as `prefix_table.ts` for
 * keys of octets. What a key means, its codec knows (`message/nlri/`).
 */

import { hashAttributes, type NlriCodec, nlriCodec } from "../../message/mod.ts";
import { type FamilyId, familyOf, type Prefix, type PrefixId, type PrefixSlot } from "../../types/mod.ts";
import { ByteArena } from "./byte_arena.ts";
import { growInt32, growUint16, growUint32, nextCapacity } from "./columns.ts";
import type { IdCounter } from "./id_counter.ts";
import { SlotIds } from "./slot_ids.ts";

const firstCapacity = 1024;
const firstIndex = 2048;

export class NlriTable {
  readonly family: FamilyId;
  readonly codec: NlriCodec;
  /** The slots in use, and their ids in the database. */
  readonly slots: SlotIds;
  readonly #arena = new ByteArena();
  #place = new Uint32Array(firstCapacity);
  #length = new Uint16Array(firstCapacity);
  #hash = new Int32Array(firstCapacity);
  /** The hash table, as in `prefix_table.ts`: slot + 1 in the low bits of an entry, the hash in its high bits. */
  #index = new Int32Array(firstIndex);
  #mask = firstIndex - 1;

  constructor(family: FamilyId, idCounter: IdCounter<PrefixId>) {
    this.family = family;
    const codec = nlriCodec(family);
    if (codec === undefined) throw new RangeError(`${familyOf(family).name} has no codec`);
    this.codec = codec;
    this.slots = new SlotIds(idCounter);
  }

  get capacity(): number {
    return this.#place.length;
  }

  /** The slot of this key; a new key gets one. */
  intern(key: Uint8Array): PrefixSlot {
    const hash = hashKey(key);
    const at = this.#probe(hash, key);
    const entry = this.#index[at]!;
    return entry !== 0 ? ((entry & this.#mask) - 1) as PrefixSlot : this.#add(at, hash, key, this.slots.take());
  }

  /** The slot of this key, or `noPrefix`. */
  find(key: Uint8Array): PrefixSlot {
    return ((this.#index[this.#probe(hashKey(key), key)]! & this.#mask) - 1) as PrefixSlot;
  }

  /** Nothing refers to the destination any more. Its key can be read until another one gets the slot. */
  free(slot: PrefixSlot): void {
    this.#leave(slot);
    this.slots.free(slot);
  }

  /** Adds a key of an earlier run with its database id. The ids must come in ascending order. */
  load(id: PrefixId, key: Uint8Array): PrefixSlot {
    const hash = hashKey(key);
    const at = this.#probe(hash, key);
    if (this.#index[at] !== 0) throw new RangeError(`NLRI ${id} is loaded twice`);
    return this.#add(at, hash, key, this.slots.load(id));
  }

  /** The key of a slot, as a view of the table. */
  key(slot: PrefixSlot): Uint8Array {
    const place = this.#place[slot]!;
    const start = this.#arena.offset(place);
    return this.#arena.chunk(place).subarray(start, start + this.#length[slot]!);
  }

  /** The key of a slot has these octets at `at`. A free slot has the key that it had last. */
  hasOctets(slot: PrefixSlot, at: number, octets: Uint8Array): boolean {
    return this.#length[slot]! >= at + octets.length &&
      this.#arena.equals(this.#place[slot]! + at, octets, octets.length);
  }

  /** The prefix by which policies and people find the destination, where it has one. */
  prefix(slot: PrefixSlot): Prefix | undefined {
    return this.codec.fields(this.key(slot)).prefix;
  }

  get bytes(): number {
    return this.slots.bytes + this.#arena.bytes + this.#place.length * (4 + 2 + 4) + this.#index.byteLength;
  }

  /** The place of this key in the hash table, or the free place where it belongs. */
  #probe(hash: number, key: Uint8Array): number {
    const mask = this.#mask;
    const index = this.#index;
    let at = hash & mask;
    for (let entry = index[at]!; entry !== 0; entry = index[at]!) {
      const slot = ((entry & mask) - 1) as PrefixSlot;
      if (
        this.#hash[slot] === hash && this.#length[slot] === key.length &&
        this.#arena.equals(this.#place[slot]!, key, key.length)
      ) break;
      at = (at + 1) & mask;
    }
    return at;
  }

  #add(at: number, hash: number, key: Uint8Array, slot: PrefixSlot): PrefixSlot {
    if (slot === this.#place.length) this.#growColumns();
    // The slot may have had another key.
    if (this.#length[slot] !== 0) this.#arena.free(this.#place[slot]!, this.#length[slot]!);
    this.#place[slot] = this.#arena.store(key, 0, key.length);
    this.#length[slot] = key.length;
    this.#hash[slot] = hash;
    this.#index[at] = (hash & ~this.#mask) | (slot + 1);
    if (this.slots.count * 4 > this.#index.length * 3) this.#growIndex();
    return slot;
  }

  /** Removes the key from the hash table and closes the gap (Knuth's algorithm R: no tombstones). */
  #leave(slot: PrefixSlot): void {
    const index = this.#index;
    const mask = this.#mask;
    let gap = this.#hash[slot]! & mask;
    while ((index[gap]! & mask) !== slot + 1) gap = (gap + 1) & mask;
    for (let at = (gap + 1) & mask; index[at] !== 0; at = (at + 1) & mask) {
      const home = this.#hash[(index[at]! & mask) - 1]! & mask;
      if (((at - home) & mask) >= ((at - gap) & mask)) {
        index[gap] = index[at]!;
        gap = at;
      }
    }
    index[gap] = 0;
  }

  #growColumns(): void {
    const capacity = nextCapacity(this.#place.length, this.slots.count);
    this.#place = growUint32(this.#place, capacity);
    this.#length = growUint16(this.#length, capacity);
    this.#hash = growInt32(this.#hash, capacity);
  }

  #growIndex(): void {
    const size = this.#index.length * 2;
    const mask = size - 1;
    const index = new Int32Array(size);
    for (let slot = 0; slot < this.slots.count; slot++) {
      if (this.slots.isFree(slot as PrefixSlot)) continue;
      const hash = this.#hash[slot]!;
      let at = hash & mask;
      while (index[at] !== 0) at = (at + 1) & mask;
      index[at] = (hash & ~mask) | (slot + 1);
    }
    this.#index = index;
    this.#mask = mask;
  }
}

function hashKey(key: Uint8Array): number {
  return hashAttributes(key, 0, key.length);
}
