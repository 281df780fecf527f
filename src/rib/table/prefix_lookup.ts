/**
 * Which prefixes of a table cover an address, and which lie within another prefix. A longest match probes the index
 * once for each prefix length in use.
 */

import type { PrefixSlot } from "../../types/mod.ts";
import type { PrefixTable } from "./prefix_table.ts";
import { wordAt } from "./address_words.ts";

/**
 * An address, or the octets of a prefix, as the 32-bit words that {@link PrefixTable} stores. IPv4: the first word
 * alone.
 */
export type Words = readonly [w0: number, w1: number, w2: number, w3: number];

export function wordsOf(octets: Uint8Array): Words {
  return [wordAt(octets, 0), wordAt(octets, 1), wordAt(octets, 2), wordAt(octets, 3)];
}

/** The slot of the first `length` bits of an address, or -1. */
export function findSlot(prefixes: PrefixTable, [w0, w1, w2, w3]: Words, length: number): PrefixSlot {
  return prefixes.find(
    w0 & maskOf(length),
    w1 & maskOf(length - 32),
    w2 & maskOf(length - 64),
    w3 & maskOf(length - 96),
    length,
  );
}

/** The slots of the prefixes that cover the address, the longest first. A prefix without routes keeps its slot. */
export function* coveringSlots(prefixes: PrefixTable, address: Words): Generator<PrefixSlot, void, undefined> {
  const { lengthsInUse, wordsPerPrefix } = prefixes;
  for (let length = 32 * wordsPerPrefix; length >= 0; length--) {
    if (lengthsInUse[length] === 0) continue;
    const slot = findSlot(prefixes, address, length);
    if (slot !== -1) yield slot;
  }
}

/** True where the prefix of the slot lies within the first `length` bits of `outer`. */
export function isWithin(prefixes: PrefixTable, slot: PrefixSlot, outer: Words, length: number): boolean {
  if (prefixes.lengths[slot]! < length) return false;
  const { words, wordsPerPrefix } = prefixes;
  for (let i = 0; i < wordsPerPrefix && 32 * i < length; i++) {
    if (((words[slot * wordsPerPrefix + i]! ^ outer[i]!) & maskOf(length - 32 * i)) !== 0) return false;
  }
  return true;
}

/** The first `bits` bits of a word. */
function maskOf(bits: number): number {
  if (bits >= 32) return -1;
  return bits <= 0 ? 0 : -1 << (32 - bits);
}
