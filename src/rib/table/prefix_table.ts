/**
 * The prefixes of one family as dense integers. A new prefix gets the next free slot (`slot_ids.ts`) and keeps it until
 * the program ends. Everything else in the RIB is a column indexed by this slot.
 *
 * A prefix is stored as one 32-bit word for IPv4 or four for IPv6, and a length. A hash table with open addressing
 * finds the slot of a prefix. In a unicast family a bit marks martian prefixes (RFC 4271 §6.3); it is set once, when
 * the prefix is new. The destinations of other families are in an `nlri_table.ts`.
 */

import {
  type FamilyId,
  isIpv4,
  isMartian,
  isUnicast,
  type Prefix,
  type PrefixId,
  type PrefixSlot,
} from "../../types/mod.ts";
import type { IdCounter } from "./id_counter.ts";
import { growInt32, growUint8, hasBit, nextCapacity, setBit, wordsFor } from "./columns.ts";
import { SlotIds } from "./slot_ids.ts";

export class PrefixTable {
  readonly family: FamilyId;
  /** The slots in use, and their ids in the database. */
  readonly slots: SlotIds;
  /** The words of each prefix: {@link wordsPerPrefix} for each slot. */
  words: Int32Array;
  lengths = new Uint8Array(1024);
  readonly wordsPerPrefix: 1 | 4;
  /** 1 for each length that a prefix has: a longest match skips the other lengths. */
  readonly lengthsInUse = new Uint8Array(129);
  /** Has no meaning. {@link prefetch} stores what it reads here, or the compiler would leave the read out. */
  prefetched = 0;
  /** How many prefixes are martian: no destination of unicast routing. */
  martianCount = 0;
  /** A bit for each martian prefix. Empty until there is one. */
  #martians = new Int32Array(0);
  readonly #isUnicast: boolean;
  /**
   * The hash table: its size is a power of two, at most 3/4 of it are in use, and 0 marks a free place. The low bits of
   * an entry are the slot + 1; the high bits are those of the hash. They tell most other prefixes apart without a look
   * at the words, which are far away in memory.
   */
  #index = new Int32Array(2048);
  #mask = 2047;

  constructor(family: FamilyId, idCounter: IdCounter<PrefixId>) {
    this.family = family;
    this.wordsPerPrefix = isIpv4(family) ? 1 : 4;
    this.#isUnicast = isUnicast(family);
    this.words = new Int32Array(1024 * this.wordsPerPrefix);
    this.slots = new SlotIds(idCounter);
  }

  get capacity(): number {
    return this.lengths.length;
  }

  /** The slot of this prefix; a new prefix gets one. Host bits must be clear; IPv4 is `w0` alone. */
  intern(w0: number, w1: number, w2: number, w3: number, length: number): PrefixSlot {
    const index = this.#index;
    const mask = this.#mask;
    const lengths = this.lengths;
    const words = this.words;
    if (this.wordsPerPrefix === 1) {
      const hash = hash1(w0, length);
      let at = hash & mask;
      for (let entry = index[at]!; entry !== 0; entry = index[at]!) {
        if (((entry ^ hash) & ~mask) === 0) {
          const slot = ((entry & mask) - 1) as PrefixSlot;
          if (words[slot] === w0 && lengths[slot] === length) return slot;
        }
        at = (at + 1) & mask;
      }
      return this.#add(at, hash, w0, 0, 0, 0, length, this.slots.take());
    }
    const hash = hash4(w0, w1, w2, w3, length);
    const at = this.#probe(hash, w0, w1, w2, w3, length);
    const entry = index[at]!;
    if (entry !== 0) return ((entry & mask) - 1) as PrefixSlot;
    return this.#add(at, hash, w0, w1, w2, w3, length, this.slots.take());
  }

  /**
   * Reads the place in the hash table where a search for this prefix begins. For a full table the hash table is larger
   * than the caches of the processor. Ingest prefetches all prefixes of a message before it interns the first one, so
   * that the waits for memory overlap: ingest takes 20 % less time.
   */
  prefetch(w0: number, w1: number, w2: number, w3: number, length: number): void {
    this.prefetched ^= this.#index[this.#hash(w0, w1, w2, w3, length) & this.#mask]!;
  }

  /** The slot of this prefix, or `noPrefix`. */
  find(w0: number, w1: number, w2: number, w3: number, length: number): PrefixSlot {
    const entry = this.#index[this.#probe(this.#hash(w0, w1, w2, w3, length), w0, w1, w2, w3, length)]!;
    return ((entry & this.#mask) - 1) as PrefixSlot;
  }

  /** Adds a prefix of an earlier run with its database id. The ids must come in ascending order. */
  load(id: PrefixId, w0: number, w1: number, w2: number, w3: number, length: number): PrefixSlot {
    const hash = this.#hash(w0, w1, w2, w3, length);
    const at = this.#probe(hash, w0, w1, w2, w3, length);
    if (this.#index[at] !== 0) throw new RangeError(`prefix ${id} is loaded twice`);
    return this.#add(at, hash, w0, w1, w2, w3, length, this.slots.load(id));
  }

  /** The prefix of a slot as a value. */
  prefix(slot: PrefixSlot): Prefix {
    const octets = new Uint8Array(4 * this.wordsPerPrefix);
    const view = new DataView(octets.buffer);
    for (let i = 0; i < this.wordsPerPrefix; i++) view.setInt32(4 * i, this.words[slot * this.wordsPerPrefix + i]!);
    return { octets, length: this.lengths[slot]! };
  }

  /** True for a martian prefix of a unicast family (RFC 4271 §6.3). */
  isMartian(slot: PrefixSlot): boolean {
    return slot >>> 5 < this.#martians.length && hasBit(this.#martians, slot);
  }

  get bytes(): number {
    return this.slots.bytes + this.words.byteLength + this.lengths.byteLength + this.#martians.byteLength +
      this.#index.byteLength;
  }

  #hash(w0: number, w1: number, w2: number, w3: number, length: number): number {
    return this.wordsPerPrefix === 1 ? hash1(w0, length) : hash4(w0, w1, w2, w3, length);
  }

  /** The place of this prefix in the hash table, or the free place where it belongs. */
  #probe(hash: number, w0: number, w1: number, w2: number, w3: number, length: number): number {
    const mask = this.#mask;
    const index = this.#index;
    let at = hash & mask;
    for (let entry = index[at]!; entry !== 0; entry = index[at]!) {
      if (((entry ^ hash) & ~mask) === 0 && this.#is(((entry & mask) - 1) as PrefixSlot, w0, w1, w2, w3, length)) break;
      at = (at + 1) & mask;
    }
    return at;
  }

  #is(slot: PrefixSlot, w0: number, w1: number, w2: number, w3: number, length: number): boolean {
    if (this.lengths[slot] !== length) return false;
    if (this.wordsPerPrefix === 1) return this.words[slot] === w0;
    const base = slot << 2;
    const words = this.words;
    return words[base] === w0 && words[base + 1] === w1 && words[base + 2] === w2 && words[base + 3] === w3;
  }

  #add(
    at: number,
    hash: number,
    w0: number,
    w1: number,
    w2: number,
    w3: number,
    length: number,
    slot: PrefixSlot,
  ): PrefixSlot {
    if (slot === this.lengths.length) this.#growColumns();
    this.lengths[slot] = length;
    this.lengthsInUse[length] = 1;
    if (this.wordsPerPrefix === 1) {
      this.words[slot] = w0;
    } else {
      const base = slot << 2;
      this.words[base] = w0;
      this.words[base + 1] = w1;
      this.words[base + 2] = w2;
      this.words[base + 3] = w3;
    }
    if (this.#isUnicast && isMartian(this.wordsPerPrefix === 1 ? 4 : 16, w0, w1, w2, w3, length)) {
      this.#setMartian(slot);
    }
    this.#index[at] = (hash & ~this.#mask) | (slot + 1);
    if ((slot + 1) * 4 > this.#index.length * 3) this.#growIndex();
    return slot;
  }

  #setMartian(slot: PrefixSlot): void {
    this.martianCount++;
    if (slot >>> 5 >= this.#martians.length) this.#martians = growInt32(this.#martians, wordsFor(this.capacity));
    setBit(this.#martians, slot);
  }

  #growColumns(): void {
    const capacity = nextCapacity(this.lengths.length, this.slots.count);
    this.words = growInt32(this.words, capacity * this.wordsPerPrefix);
    this.lengths = growUint8(this.lengths, capacity);
  }

  #growIndex(): void {
    const size = this.#index.length * 2;
    const mask = size - 1;
    const index = new Int32Array(size);
    const { words, lengths, slots: { count } } = this;
    for (let slot = 0; slot < count; slot++) {
      const base = slot << 2;
      const hash = this.wordsPerPrefix === 1
        ? hash1(words[slot]!, lengths[slot]!)
        : hash4(words[base]!, words[base + 1]!, words[base + 2]!, words[base + 3]!, lengths[slot]!);
      let at = hash & mask;
      while (index[at] !== 0) at = (at + 1) & mask;
      index[at] = (hash & ~mask) | (slot + 1);
    }
    this.#index = index;
    this.#mask = mask;
  }
}

/** The multiplications spread the high bits, in which prefixes differ, over the low bits, which choose the place. */
function hash1(w0: number, length: number): number {
  let h = Math.imul(w0 ^ Math.imul(length, 0x9e3779b1), 0x85ebca6b);
  h ^= h >>> 15;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}

function hash4(w0: number, w1: number, w2: number, w3: number, length: number): number {
  let h = Math.imul(w0 ^ length, 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 15) ^ w1, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13) ^ w2, 0xc2b2ae35);
  h = Math.imul(h ^ (h >>> 15) ^ w3, 0x27d4eb2f);
  return h ^ (h >>> 16);
}
