/**
 * A binary trie of prefixes with paths compressed: a node for each prefix put in and for each place where two part. Going
 * down towards a prefix visits those that cover it, the shortest first.
 */

import { readUint32 } from "./bytes.ts";

export interface TrieNode<T> {
  readonly w0: number;
  readonly w1: number;
  readonly w2: number;
  readonly w3: number;
  readonly length: number;
  /** What was put in here; empty where two ways only part. */
  items: readonly T[];
  zero: TrieNode<T> | undefined;
  one: TrieNode<T> | undefined;
}

export class PrefixTrie<T> {
  readonly root: TrieNode<T>;
  readonly #bits: 32 | 128;

  constructor(bits: 32 | 128) {
    this.#bits = bits;
    this.root = newNode(0, 0, 0, 0, 0);
  }

  /** 4 or 16 octets, host bits zero. */
  insert(octets: Uint8Array, length: number, item: T): void {
    const node = this.#node(word(octets, 0), word(octets, 4), word(octets, 8), word(octets, 12), length);
    node.items = [...node.items, item];
  }

  /** The next node on the way to this prefix that covers it, or is it. */
  below(
    node: TrieNode<T>,
    w0: number,
    w1: number,
    w2: number,
    w3: number,
    length: number,
  ): TrieNode<T> | undefined {
    if (node.length >= length) return undefined;
    const child = bitAt(node.length, w0, w1, w2, w3) === 0 ? node.zero : node.one;
    if (child === undefined || child.length > length) return undefined;
    const { length: covered } = child;
    if (this.#bits === 32 || covered <= 32) return ((child.w0 ^ w0) & mask(covered)) === 0 ? child : undefined;
    return commonLength(child.w0, child.w1, child.w2, child.w3, w0, w1, w2, w3) >= covered ? child : undefined;
  }

  #node(w0: number, w1: number, w2: number, w3: number, length: number): TrieNode<T> {
    let node = this.root;
    while (node.length < length) {
      const bit = bitAt(node.length, w0, w1, w2, w3);
      const child: TrieNode<T> | undefined = bit === 0 ? node.zero : node.one;
      if (child === undefined) {
        const added = newNode<T>(w0, w1, w2, w3, length);
        setChild(node, bit, added);
        return added;
      }
      const common = Math.min(commonLength(child.w0, child.w1, child.w2, child.w3, w0, w1, w2, w3), length);
      if (common < child.length) {
        // The ways part inside the child's path, or end there.
        const fork = newNode<T>(
          w0 & mask(common),
          w1 & mask(common - 32),
          w2 & mask(common - 64),
          w3 & mask(common - 96),
          common,
        );
        setChild(fork, bitAt(common, child.w0, child.w1, child.w2, child.w3), child);
        setChild(node, bit, fork);
        node = fork;
      } else {
        node = child;
      }
    }
    return node;
  }
}

/** The four octets there; 0 behind the end. */
function word(octets: Uint8Array, at: number): number {
  return at < octets.length ? readUint32(octets, at) | 0 : 0;
}

function newNode<T>(w0: number, w1: number, w2: number, w3: number, length: number): TrieNode<T> {
  return { w0, w1, w2, w3, length, items: nothing, zero: undefined, one: undefined };
}

/** Half of the nodes have no items of their own. */
const nothing: readonly never[] = [];

function setChild<T>(node: TrieNode<T>, bit: number, child: TrieNode<T>): void {
  if (bit === 0) node.zero = child;
  else node.one = child;
}

/** The bit behind the first `index` bits. */
function bitAt(index: number, w0: number, w1: number, w2: number, w3: number): number {
  const word = index < 32 ? w0 : index < 64 ? w1 : index < 96 ? w2 : w3;
  return (word >>> (31 - (index & 31))) & 1;
}

/** The first `length` bits of a word. */
function mask(length: number): number {
  return length <= 0 ? 0 : length >= 32 ? -1 : -1 << (32 - length);
}

function commonLength(
  a0: number,
  a1: number,
  a2: number,
  a3: number,
  b0: number,
  b1: number,
  b2: number,
  b3: number,
): number {
  if (a0 !== b0) return Math.clz32(a0 ^ b0);
  if (a1 !== b1) return 32 + Math.clz32(a1 ^ b1);
  if (a2 !== b2) return 64 + Math.clz32(a2 ^ b2);
  return 96 + Math.clz32(a3 ^ b3);
}
