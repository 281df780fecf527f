/**
 * A path-compressed binary trie of prefixes: one node for each inserted prefix and for each fork between two. The path
 * to a prefix visits all prefixes that cover it, the shortest first.
 *
 * Nodes are rows of integer columns: a list of 200,000 prefixes takes 9 MB; as objects it took 72 MB.
 */

import { readInt32 } from "../types/mod.ts";

export class PrefixTrie {
  /** The node of the prefix of length 0, which always exists. */
  readonly root = 0;
  /** By node: a value of the user's; 0 at a mere fork. */
  values = new Int32Array(16);
  readonly #stride: 1 | 4;
  #words: Int32Array<ArrayBuffer>;
  #lengths = new Uint8Array(16);
  /** By node: the child whose next bit is 0, and the child whose next bit is 1; 0: none. */
  #zero = new Int32Array(16);
  #one = new Int32Array(16);
  #count = 1;

  constructor(bits: 32 | 128) {
    this.#stride = bits === 32 ? 1 : 4;
    this.#words = new Int32Array(16 * this.#stride);
  }

  /** The node of a prefix of 4 or 16 octets, host bits zero; a new node where there was none. */
  insert(octets: Uint8Array, length: number): number {
    const [w0, w1, w2, w3] = [word(octets, 0), word(octets, 4), word(octets, 8), word(octets, 12)];
    let node = this.root;
    while (this.#lengths[node]! < length) {
      const bit = bitAt(this.#lengths[node]!, w0, w1, w2, w3);
      const child = bit === 0 ? this.#zero[node]! : this.#one[node]!;
      if (child === 0) {
        const added = this.#add(w0, w1, w2, w3, length);
        this.#link(node, bit, added);
        return added;
      }
      const common = Math.min(this.#common(child, w0, w1, w2, w3), length);
      if (common < this.#lengths[child]!) {
        // The prefix leaves the child's path before its end, or ends on it.
        const masked = [0, 32, 64, 96].map((from, i) => [w0, w1, w2, w3][i]! & mask(common - from));
        const fork = this.#add(masked[0]!, masked[1]!, masked[2]!, masked[3]!, common);
        this.#link(fork, this.#bitOf(child, common), child);
        this.#link(node, bit, fork);
        node = fork;
      } else node = child;
    }
    return node;
  }

  /** The next node on the path to this prefix whose prefix covers or equals it; 0: none. */
  below(node: number, w0: number, w1: number, w2: number, w3: number, length: number): number {
    const at = this.#lengths[node]!;
    if (at >= length) return 0;
    const child = bitAt(at, w0, w1, w2, w3) === 0 ? this.#zero[node]! : this.#one[node]!;
    if (child === 0) return 0;
    const covered = this.#lengths[child]!;
    if (covered > length) return 0;
    if (covered <= 32) return ((this.#words[child * this.#stride]! ^ w0) & mask(covered)) === 0 ? child : 0;
    return this.#common(child, w0, w1, w2, w3) >= covered ? child : 0;
  }

  #add(w0: number, w1: number, w2: number, w3: number, length: number): number {
    const node = this.#count++;
    if (node === this.#lengths.length) this.#grow();
    const base = node * this.#stride;
    this.#words[base] = w0;
    if (this.#stride === 4) {
      this.#words[base + 1] = w1;
      this.#words[base + 2] = w2;
      this.#words[base + 3] = w3;
    }
    this.#lengths[node] = length;
    return node;
  }

  #link(node: number, bit: number, child: number): void {
    if (bit === 0) this.#zero[node] = child;
    else this.#one[node] = child;
  }

  /** How many bits a node's prefix has in common with these words. */
  #common(node: number, w0: number, w1: number, w2: number, w3: number): number {
    const words = this.#words;
    const base = node * this.#stride;
    if (words[base] !== w0) return Math.clz32(words[base]! ^ w0);
    if (this.#stride === 1) return 32;
    if (words[base + 1] !== w1) return 32 + Math.clz32(words[base + 1]! ^ w1);
    if (words[base + 2] !== w2) return 64 + Math.clz32(words[base + 2]! ^ w2);
    return 96 + Math.clz32(words[base + 3]! ^ w3);
  }

  #bitOf(node: number, index: number): number {
    return (this.#words[node * this.#stride + (index >>> 5)]! >>> (31 - (index & 31))) & 1;
  }

  #grow(): void {
    this.values = grown(this.values);
    this.#words = grown(this.#words);
    this.#zero = grown(this.#zero);
    this.#one = grown(this.#one);
    const lengths = new Uint8Array(2 * this.#lengths.length);
    lengths.set(this.#lengths);
    this.#lengths = lengths;
  }
}

function grown(column: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(2 * column.length);
  larger.set(column);
  return larger;
}

/** The four octets at `at`; 0 beyond the end. */
function word(octets: Uint8Array, at: number): number {
  return at < octets.length ? readInt32(octets, at) : 0;
}

/** The bit that follows the first `index` bits. */
function bitAt(index: number, w0: number, w1: number, w2: number, w3: number): number {
  const word = index < 32 ? w0 : index < 64 ? w1 : index < 96 ? w2 : w3;
  return (word >>> (31 - (index & 31))) & 1;
}

/** The first `length` bits of a word. */
function mask(length: number): number {
  return length <= 0 ? 0 : length >= 32 ? -1 : -1 << (32 - length);
}
