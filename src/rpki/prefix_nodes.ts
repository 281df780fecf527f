/**
 * A path-compressed binary trie of prefixes with a number at each: one node for each prefix and for each fork between
 * two. The path to a prefix visits all prefixes that cover it, the shortest first. A prefix can leave the trie again,
 * and its nodes are used again: years of changes cost no memory.
 *
 * A node is one record of integers, so that a step of a search waits for memory once:
 * words (1 or 4), child whose next bit is 0, child whose next bit is 1, length (8 bits) and value (24 bits).
 * A child is the offset of its record; 0 is none, because the root is nobody's child. A node is 16 or 28 octets.
 */

export const valueMax = 0xffffff;

export class PrefixNodes {
  /** How many words a prefix has: 1 for IPv4, 4 for IPv6. The two children and the meta word follow them. */
  readonly words: 1 | 4;
  /** The root is the record at 0: the prefix of length 0. */
  records: Int32Array<ArrayBuffer>;
  readonly #stride: number;
  #end: number;
  /** The first record that is free; the next one stands in its first child. 0: none. */
  #free = 0;

  constructor(bits: 32 | 128) {
    this.words = bits === 32 ? 1 : 4;
    this.#stride = this.words + 3;
    this.records = new Int32Array(16 * this.#stride);
    this.#end = this.#stride;
  }

  /** How many octets the columns take. */
  get octets(): number {
    return this.records.byteLength;
  }

  valueOf(node: number): number {
    return this.records[node + this.words + 2]! & valueMax;
  }

  setValue(node: number, value: number): void {
    const meta = node + this.words + 2;
    this.records[meta] = (this.records[meta]! & ~valueMax) | value;
  }

  lengthOf(node: number): number {
    return this.records[node + this.words + 2]! >>> 24;
  }

  /** The node of a prefix, host bits zero; a new node where there was none. */
  insert(w0: number, w1: number, w2: number, w3: number, length: number): number {
    let node = 0;
    for (let at = this.lengthOf(node); at < length; at = this.lengthOf(node)) {
      const bit = bitAt(at, w0, w1, w2, w3);
      const child = this.#child(node, bit);
      if (child === 0) {
        const added = this.#take(w0, w1, w2, w3, length);
        this.#link(node, bit, added);
        return added;
      }
      const common = Math.min(this.#common(child, w0, w1, w2, w3), length);
      if (common < this.lengthOf(child)) {
        // The prefix leaves the child's path before its end, or ends on it.
        const fork = this.#take(
          w0 & mask(common),
          w1 & mask(common - 32),
          w2 & mask(common - 64),
          w3 & mask(common - 96),
          common,
        );
        this.#link(fork, this.#bitOf(child, common), child);
        this.#link(node, bit, fork);
        node = fork;
      } else node = child;
    }
    return node;
  }

  /** The next node on the path to this prefix, whose own prefix covers or equals it; 0: none. */
  below(node: number, w0: number, w1: number, w2: number, w3: number, length: number): number {
    const at = this.lengthOf(node);
    if (at >= length) return 0;
    const child = this.#child(node, bitAt(at, w0, w1, w2, w3));
    if (child === 0) return 0;
    const covered = this.lengthOf(child);
    if (covered > length) return 0;
    if (covered <= 32) return ((this.records[child]! ^ w0) & mask(covered)) === 0 ? child : 0;
    return this.#common(child, w0, w1, w2, w3) >= covered ? child : 0;
  }

  /** The node of exactly this prefix; -1: none. */
  find(w0: number, w1: number, w2: number, w3: number, length: number): number {
    let node = 0;
    while (this.lengthOf(node) < length) {
      node = this.below(node, w0, w1, w2, w3, length);
      if (node === 0) return -1;
    }
    return node;
  }

  /** Takes the value of a prefix away, and each node that has no purpose any more. */
  remove(w0: number, w1: number, w2: number, w3: number, length: number): void {
    let grandparent = 0;
    let parent = 0;
    let node = 0;
    while (this.lengthOf(node) < length) {
      const next = this.below(node, w0, w1, w2, w3, length);
      if (next === 0) return;
      grandparent = parent;
      parent = node;
      node = next;
    }
    this.setValue(node, 0);
    if (node === 0 || !this.#splice(parent, node)) return;
    if (parent !== 0 && this.valueOf(parent) === 0) this.#splice(grandparent, parent);
  }

  /**
   * Visits every node in the order of addresses, a prefix before the longer ones inside it. Where `visit` returns
   * false, the prefixes inside that one are left out.
   */
  walk(visit: (node: number) => boolean): void {
    const waiting = [0];
    for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
      if (!visit(node)) continue;
      const zero = this.#child(node, 0);
      const one = this.#child(node, 1);
      if (one !== 0) waiting.push(one);
      if (zero !== 0) waiting.push(zero);
    }
  }

  /** Removes a node with one child or none from its place below `parent`; false where it has two. */
  #splice(parent: number, node: number): boolean {
    const zero = this.#child(node, 0);
    const one = this.#child(node, 1);
    if (zero !== 0 && one !== 0) return false;
    this.#link(parent, this.#bitOf(node, this.lengthOf(parent)), zero === 0 ? one : zero);
    this.records[node + this.words] = this.#free;
    this.#free = node;
    return true;
  }

  #take(w0: number, w1: number, w2: number, w3: number, length: number): number {
    let node = this.#free;
    if (node !== 0) this.#free = this.records[node + this.words]!;
    else {
      node = this.#end;
      this.#end += this.#stride;
      if (this.#end > this.records.length) this.records = larger(this.records, this.#stride);
    }
    const { records, words } = this;
    records[node] = w0;
    if (words === 4) {
      records[node + 1] = w1;
      records[node + 2] = w2;
      records[node + 3] = w3;
    }
    records[node + words] = records[node + words + 1] = 0;
    records[node + words + 2] = length << 24;
    return node;
  }

  #child(node: number, bit: number): number {
    return this.records[node + this.words + bit]!;
  }

  #link(node: number, bit: number, child: number): void {
    this.records[node + this.words + bit] = child;
  }

  /** How many bits a node's prefix has in common with these words. */
  #common(node: number, w0: number, w1: number, w2: number, w3: number): number {
    const records = this.records;
    if (records[node] !== w0) return Math.clz32(records[node]! ^ w0);
    if (this.words === 1) return 32;
    if (records[node + 1] !== w1) return 32 + Math.clz32(records[node + 1]! ^ w1);
    if (records[node + 2] !== w2) return 64 + Math.clz32(records[node + 2]! ^ w2);
    return 96 + Math.clz32(records[node + 3]! ^ w3);
  }

  #bitOf(node: number, index: number): number {
    return (this.records[node + (index >>> 5)]! >>> (31 - (index & 31))) & 1;
  }
}

/** A copy with room for half as many records again; of a large column, for an eighth as many. */
export function larger(records: Int32Array<ArrayBuffer>, stride: number): Int32Array<ArrayBuffer> {
  const count = records.length / stride;
  const copy = new Int32Array((count + (count < 65536 ? count >> 1 : count >> 3)) * stride);
  copy.set(records);
  return copy;
}

/** The bit that follows the first `index` bits. */
export function bitAt(index: number, w0: number, w1: number, w2: number, w3: number): number {
  const word = index < 32 ? w0 : index < 64 ? w1 : index < 96 ? w2 : w3;
  return (word >>> (31 - (index & 31))) & 1;
}

/** The first `length` bits of a word. */
export function mask(length: number): number {
  return length <= 0 ? 0 : length >= 32 ? -1 : -1 << (32 - length);
}
