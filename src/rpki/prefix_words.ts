/** Prefixes as the words that tables, and messages between threads, have. */

import { type Prefix, readInt32, writeUint32 } from "../types/mod.ts";

/** A prefix of one word, for IPv4, or of four. */
export function prefixOfWords(words: 1 | 4, w0: number, w1: number, w2: number, w3: number, length: number): Prefix {
  const octets = new Uint8Array(4 * words);
  writeUint32(octets, 0, w0);
  if (words === 4) {
    writeUint32(octets, 4, w1);
    writeUint32(octets, 8, w2);
    writeUint32(octets, 12, w3);
  }
  return { octets, length };
}

/** One word of a prefix as the tables take it: 0 beyond the end of its octets. */
export function wordOf(octets: Uint8Array, index: number): number {
  return 4 * index < octets.length ? readInt32(octets, 4 * index) : 0;
}
