/**
 * The VRPs of each prefix: pairs of an AS and a max length. Nearly every prefix has one to three. The holder of a
 * prefix may publish 100,000, however, and a list would then cost as many steps for each route. The pairs of one prefix
 * are therefore a digital search tree: the bits of the pair say where it stands, 32 of the AS and then 8 of the max
 * length, and no search takes more than 40 steps, whatever the pairs are.
 *
 * A row is one record of three integers, 12 octets: the AS; the first child (24 bits) and the max length (8 bits); the
 * second child (24 bits) and a bit for each source that has the pair. A row is named by its index; 0 is none.
 */

import { larger, valueMax } from "./prefix_nodes.ts";

const stride = 3;

export class VrpRows {
  records = new Int32Array(16 * stride);
  #end = 1;
  /** The first row that is free; the next one stands in its second child. 0: none. */
  #free = 0;

  /** True where no further row has room. */
  get isFull(): boolean {
    return this.#free === 0 && this.#end > valueMax;
  }

  get octets(): number {
    return this.records.byteLength;
  }

  /** True where a row below `root` has this AS and at least this max length. */
  matches(root: number, asn: number, length: number): boolean {
    const records = this.records;
    const key = asn | 0;
    let row = root;
    for (let depth = 0; row !== 0 && depth < 32; depth++) {
      const at = row * stride;
      if (records[at] === key && records[at + 1]! >>> 24 >= length) return true;
      row = records[at + 1 + ((key >>> depth) & 1)]! & valueMax;
    }
    // All bits of the AS are used up: what follows has this AS.
    return row !== 0 && this.#hasLonger(row, length);
  }

  /** The row of exactly this pair below `root`; 0: none. */
  find(root: number, asn: number, maxLength: number): number {
    let row = root;
    for (let depth = 0; row !== 0 && !this.#is(row, asn, maxLength); depth++) {
      row = this.#child(row, keyBit(depth, asn, maxLength));
    }
    return row;
  }

  /** Adds a pair that is not there, where {@link isFull} is false. Returns the root, new where it was 0. */
  add(root: number, asn: number, maxLength: number, sources: number): number {
    const added = this.#take(asn, maxLength);
    this.setSources(added, sources);
    if (root === 0) return added;
    let row = root;
    for (let depth = 0;; depth++) {
      const bit = keyBit(depth, asn, maxLength);
      const child = this.#child(row, bit);
      if (child === 0) {
        this.#link(row, bit, added);
        return root;
      }
      row = child;
    }
  }

  /** Removes a pair that is there. Returns the root: 0 where it was the last pair. */
  remove(root: number, asn: number, maxLength: number): number {
    const row = this.find(root, asn, maxLength);
    // Any leaf below the row shares the bits that lead to the row, and may take its place.
    let parent = 0;
    let bit = 0;
    let leaf = row;
    for (;;) {
      const next = this.#child(leaf, 0) === 0 ? 1 : 0;
      const child = this.#child(leaf, next);
      if (child === 0) break;
      parent = leaf;
      bit = next;
      leaf = child;
    }
    if (parent === 0) this.#unlink(root, leaf, asn, maxLength);
    else {
      this.records[row * stride] = this.asnOf(leaf) | 0;
      this.records[row * stride + 1] = this.#child(row, 0) | (this.maxLengthOf(leaf) << 24);
      this.setSources(row, this.sourcesOf(leaf));
      this.#link(parent, bit, 0);
    }
    this.#give(leaf);
    return leaf === root ? 0 : root;
  }

  asnOf(row: number): number {
    return this.records[row * stride]! >>> 0;
  }

  maxLengthOf(row: number): number {
    return this.records[row * stride + 1]! >>> 24;
  }

  /** The sources that have the pair: a bit for each. */
  sourcesOf(row: number): number {
    return this.records[row * stride + 2]! >>> 24;
  }

  setSources(row: number, sources: number): void {
    this.records[row * stride + 2] = this.#child(row, 1) | (sources << 24);
  }

  /** The rows below `root`, by AS and max length. */
  list(root: number): number[] {
    const rows = root === 0 ? [] : [root];
    for (let i = 0; i < rows.length; i++) {
      for (const bit of [0, 1] as const) {
        const child = this.#child(rows[i]!, bit);
        if (child !== 0) rows.push(child);
      }
    }
    if (rows.length > 1) {
      rows.sort((a, b) => this.asnOf(a) - this.asnOf(b) || this.maxLengthOf(a) - this.maxLengthOf(b));
    }
    return rows;
  }

  /** Takes a leaf from below its parent; a root has none. */
  #unlink(root: number, leaf: number, asn: number, maxLength: number): void {
    for (let row = root, depth = 0; row !== leaf; depth++) {
      const bit = keyBit(depth, asn, maxLength);
      const child = this.#child(row, bit);
      if (child === leaf) return this.#link(row, bit, 0);
      row = child;
    }
  }

  #hasLonger(row: number, length: number): boolean {
    if (this.maxLengthOf(row) >= length) return true;
    const [zero, one] = [this.#child(row, 0), this.#child(row, 1)];
    return (zero !== 0 && this.#hasLonger(zero, length)) || (one !== 0 && this.#hasLonger(one, length));
  }

  #is(row: number, asn: number, maxLength: number): boolean {
    return this.records[row * stride] === (asn | 0) && this.records[row * stride + 1]! >>> 24 === maxLength;
  }

  #child(row: number, bit: number): number {
    return this.records[row * stride + 1 + bit]! & valueMax;
  }

  #link(row: number, bit: number, child: number): void {
    const at = row * stride + 1 + bit;
    this.records[at] = (this.records[at]! & ~valueMax) | child;
  }

  #take(asn: number, maxLength: number): number {
    let row = this.#free;
    if (row !== 0) this.#free = this.records[row * stride + 2]!;
    else {
      row = this.#end++;
      if (row * stride >= this.records.length) this.records = larger(this.records, stride);
    }
    this.records[row * stride] = asn | 0;
    this.records[row * stride + 1] = maxLength << 24;
    this.records[row * stride + 2] = 0;
    return row;
  }

  #give(row: number): void {
    this.records[row * stride + 2] = this.#free;
    this.#free = row;
  }
}

/** The bits of a pair, those that differ most first: the low ones of the AS. */
function keyBit(depth: number, asn: number, maxLength: number): number {
  return depth < 32 ? (asn >>> depth) & 1 : (maxLength >>> (depth - 32)) & 1;
}
