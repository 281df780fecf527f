/**
 * The VRPs of one address family that any cache has announced, each once, in columns: the prefix in one word or four,
 * two lengths, the AS, and two bits for each cache. A hash table with open addressing finds a row. A row that no cache
 * needs any longer is used again.
 */

/** The VRPs of IPv4 have one word, those of IPv6 four. */
export class PayloadRows {
  readonly wordsPerPrefix: 1 | 4;
  words: Int32Array<ArrayBuffer>;
  lengths = new Uint8Array(256);
  maxLengths = new Uint8Array(256);
  asns = new Uint32Array(256);
  /** A bit for each cache that has the VRP. */
  have = new Uint8Array(256);
  /** A bit for each cache that will have it when the answer under way ends. */
  next = new Uint8Array(256);
  /** Rows ever used; some of them may be free. */
  count = 0;
  /** The first of the free rows + 1; `asns` of a free row has the next one. */
  #free = 0;
  #used = 0;
  /** Row + 1, or 0 where the place is free. */
  #index = new Int32Array(512);
  #mask = 511;

  constructor(wordsPerPrefix: 1 | 4) {
    this.wordsPerPrefix = wordsPerPrefix;
    this.words = new Int32Array(256 * wordsPerPrefix);
  }

  /** Rows in use. */
  get used(): number {
    return this.#used;
  }

  /** Memory of the columns and the hash table. */
  get octets(): number {
    const columns = [this.words, this.lengths, this.maxLengths, this.asns, this.have, this.next, this.#index];
    return columns.reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  /** The row of this VRP, or -1. */
  find(w0: number, w1: number, w2: number, w3: number, length: number, maxLength: number, asn: number): number {
    for (let at = this.#hash(w0, w1, w2, w3, length, maxLength, asn);; at = (at + 1) & this.#mask) {
      const row = this.#index[at]! - 1;
      if (row === -1 || this.#is(row, w0, w1, w2, w3, length, maxLength, asn)) return row;
    }
  }

  /** The row of this VRP; a new one has no bits. */
  findOrAdd(w0: number, w1: number, w2: number, w3: number, length: number, maxLength: number, asn: number): number {
    const found = this.find(w0, w1, w2, w3, length, maxLength, asn);
    if (found !== -1) return found;
    const row = this.#takeRow();
    const at = row * this.wordsPerPrefix;
    this.words[at] = w0;
    if (this.wordsPerPrefix === 4) {
      this.words[at + 1] = w1;
      this.words[at + 2] = w2;
      this.words[at + 3] = w3;
    }
    this.lengths[row] = length;
    this.maxLengths[row] = maxLength;
    this.asns[row] = asn;
    if (4 * this.#used > 3 * this.#index.length) this.#rebuild(this.#index.length * 2);
    else this.#place(row);
    return row;
  }

  /** Frees a row without bits. */
  release(row: number): void {
    let at = this.#hashOf(row);
    while (this.#index[at] !== row + 1) at = (at + 1) & this.#mask;
    // Entries that lie behind a place they could have taken move up, so that no search ends too early.
    for (let next = (at + 1) & this.#mask; this.#index[next] !== 0; next = (next + 1) & this.#mask) {
      const home = this.#hashOf(this.#index[next]! - 1);
      if (((next - home) & this.#mask) < ((next - at) & this.#mask)) continue;
      this.#index[at] = this.#index[next]!;
      at = next;
    }
    this.#index[at] = 0;
    this.lengths[row] = freeLength;
    this.asns[row] = this.#free;
    this.#free = row + 1;
    this.#used--;
  }

  isFree(row: number): boolean {
    return this.lengths[row] === freeLength;
  }

  #takeRow(): number {
    this.#used++;
    if (this.#free !== 0) {
      const row = this.#free - 1;
      this.#free = this.asns[row]!;
      return row;
    }
    // By a quarter: a large table does not double its memory for one more row.
    if (this.count === this.lengths.length) this.#grow(this.count + (this.count >>> 2));
    return this.count++;
  }

  #grow(capacity: number): void {
    this.words = grown(this.words, new Int32Array(capacity * this.wordsPerPrefix));
    this.lengths = grown(this.lengths, new Uint8Array(capacity));
    this.maxLengths = grown(this.maxLengths, new Uint8Array(capacity));
    this.asns = grown(this.asns, new Uint32Array(capacity));
    this.have = grown(this.have, new Uint8Array(capacity));
    this.next = grown(this.next, new Uint8Array(capacity));
  }

  #rebuild(size: number): void {
    this.#index = new Int32Array(size);
    this.#mask = size - 1;
    for (let row = 0; row < this.count; row++) if (!this.isFree(row)) this.#place(row);
  }

  #place(row: number): void {
    let at = this.#hashOf(row);
    while (this.#index[at] !== 0) at = (at + 1) & this.#mask;
    this.#index[at] = row + 1;
  }

  #is(
    row: number,
    w0: number,
    w1: number,
    w2: number,
    w3: number,
    length: number,
    maxLength: number,
    asn: number,
  ): boolean {
    const at = row * this.wordsPerPrefix;
    if (this.words[at] !== w0 || this.asns[row] !== asn) return false;
    if (this.lengths[row] !== length || this.maxLengths[row] !== maxLength) return false;
    return this.wordsPerPrefix === 1 ||
      this.words[at + 1] === w1 && this.words[at + 2] === w2 && this.words[at + 3] === w3;
  }

  #hashOf(row: number): number {
    const at = row * this.wordsPerPrefix, wide = this.wordsPerPrefix === 4;
    return this.#hash(
      this.words[at]!,
      wide ? this.words[at + 1]! : 0,
      wide ? this.words[at + 2]! : 0,
      wide ? this.words[at + 3]! : 0,
      this.lengths[row]!,
      this.maxLengths[row]!,
      this.asns[row]!,
    );
  }

  #hash(w0: number, w1: number, w2: number, w3: number, length: number, maxLength: number, asn: number): number {
    let hash = Math.imul(w0 ^ Math.imul(asn, 0x85ebca6b), 0x9e3779b1);
    hash = Math.imul(hash ^ (hash >>> 15) ^ w1, 0xc2b2ae35);
    hash = Math.imul(hash ^ (hash >>> 13) ^ w2, 0x27d4eb2f);
    hash = Math.imul(hash ^ (hash >>> 16) ^ w3 ^ (length << 8) ^ maxLength, 0x165667b1);
    return (hash ^ (hash >>> 15)) & this.#mask;
  }
}

/** No prefix has this length: a mark for free rows. */
const freeLength = 255;

function grown<C extends Int32Array | Uint32Array | Uint8Array>(old: C, roomy: C): C {
  roomy.set(old);
  return roomy;
}
