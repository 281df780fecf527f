/**
 * A ring of short records in shared memory: one thread writes, one other thread reads, and neither makes a system call.
 * A record is a kind, three numbers and some octets.
 *
 * A position counts words of the ring. Writer and reader own one position each, in a cache line of its own.
 */

/** Words of 32 bits before the records. */
const headWords = 32;
const writtenAt = 0;
const readAt = 16;
/** A record: its words, its kind, three numbers and how many octets follow. */
const recordWords = 6;
/** Stands where a record would begin: the next record is at the start of the ring. */
const wrapped = -1;

/** Shared memory for a ring with room for so many octets. */
export function createRing(octets: number): SharedArrayBuffer {
  return new SharedArrayBuffer(headWords * 4 + Math.ceil(octets / 4) * 4);
}

export class RingWriter {
  readonly #head: Int32Array;
  readonly #words: Int32Array;
  readonly #octets: Uint8Array;
  #at = 0;

  constructor(shared: SharedArrayBuffer) {
    this.#head = new Int32Array(shared, 0, headWords);
    this.#words = new Int32Array(shared, headWords * 4);
    this.#octets = new Uint8Array(shared, headWords * 4);
  }

  /** Adds a record with octets [start, end) of `bytes`. False where the ring has no room for the record now. */
  push(kind: number, a: number, b: number, c: number, bytes: Uint8Array, start: number, end: number): boolean {
    const octets = end - start;
    const words = recordWords + ((octets + 3) >> 2);
    const at = this.#place(words);
    if (at === -1) return false;
    const to = this.#words;
    to[at] = words;
    to[at + 1] = kind;
    to[at + 2] = a;
    to[at + 3] = b;
    to[at + 4] = c;
    to[at + 5] = octets;
    const first = (at + recordWords) * 4;
    // A loop is faster than `set` with a subarray, which makes an object.
    for (let i = 0; i < octets; i++) this.#octets[first + i] = bytes[start + i]!;
    this.#at = at + words;
    Atomics.store(this.#head, writtenAt, this.#at);
    return true;
  }

  /** Where a record of so many words fits; -1: nowhere now. A record is in one piece, and both positions stay apart. */
  #place(words: number): number {
    const read = Atomics.load(this.#head, readAt);
    const size = this.#words.length;
    if (this.#at < read) return this.#at + words < read ? this.#at : -1;
    if (this.#at + words < size) return this.#at;
    if (words >= read) return -1;
    this.#words[this.#at] = wrapped;
    return 0;
  }
}

export class RingReader {
  readonly #head: Int32Array;
  readonly #words: Int32Array;
  readonly #octets: Uint8Array;
  #at = 0;

  constructor(shared: SharedArrayBuffer) {
    this.#head = new Int32Array(shared, 0, headWords);
    this.#words = new Int32Array(shared, headWords * 4);
    this.#octets = new Uint8Array(shared, headWords * 4);
  }

  /** True where a record waits: its fields are valid until {@link advance}. */
  next(): boolean {
    if (Atomics.load(this.#head, writtenAt) === this.#at) return false;
    if (this.#words[this.#at] === wrapped) this.#at = 0;
    return true;
  }

  get kind(): number {
    return this.#words[this.#at + 1]!;
  }

  get a(): number {
    return this.#words[this.#at + 2]!;
  }

  get b(): number {
    return this.#words[this.#at + 3]!;
  }

  get c(): number {
    return this.#words[this.#at + 4]!;
  }

  /** A copy of the octets of the record. */
  bytes(): Uint8Array<ArrayBuffer> {
    const first = (this.#at + recordWords) * 4;
    const copy = new Uint8Array(this.#words[this.#at + 5]!);
    for (let i = 0; i < copy.length; i++) copy[i] = this.#octets[first + i]!;
    return copy;
  }

  /** The record is processed: the writer may use its room. */
  advance(): void {
    this.#at += this.#words[this.#at]!;
    Atomics.store(this.#head, readAt, this.#at);
  }
}
