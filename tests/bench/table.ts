/**
 * A table of prefixes in columns that threads share. The prefixes of a group have one origin AS and are sent with one
 * attribute set. IPv4 comes first.
 */

import { scramble } from "./random.ts";

export interface Table {
  readonly ipv4Count: number;
  readonly count: number;
  /** Two words each: an IPv4 address and 0, or the upper half of an IPv6 address. */
  readonly words: Int32Array;
  readonly lengths: Uint8Array;
  /** Where each group begins; one more at the end. */
  readonly groups: Uint32Array;
  /** Index: group. */
  readonly origins: Uint32Array;
  /** Open addressing over (words, length): place in the table + 1. */
  readonly slots: Int32Array;
}

export function isIpv4(table: Table, at: number): boolean {
  return at < table.ipv4Count;
}

/** How many of the first `count` groups are IPv4: groups do not cross families. */
export function ipv4Groups(table: Table): number {
  let low = 0, high = table.groups.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (table.groups[middle]! < table.ipv4Count) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Where the prefix stands; -1: not in the table. */
export function find(table: Table, ipv4: boolean, w0: number, w1: number, length: number): number {
  const { slots, words, lengths } = table;
  const mask = slots.length - 1;
  for (let slot = hash(ipv4, w0, w1, length) & mask;; slot = (slot + 1) & mask) {
    const at = slots[slot]! - 1;
    if (at === -1) return -1;
    if (
      words[2 * at] === w0 && words[2 * at + 1] === w1 && lengths[at] === length && (at < table.ipv4Count) === ipv4
    ) return at;
  }
}

export function hash(ipv4: boolean, w0: number, w1: number, length: number): number {
  return scramble(Math.imul(w0 ^ Math.imul(w1, 0x85ebca6b) ^ (length << 1) ^ (ipv4 ? 1 : 0), 0x9e3779b1));
}

/** Collects prefixes group by group. */
export class TableBuilder {
  readonly #words: Int32Array;
  readonly #lengths: Uint8Array;
  readonly #groups: Uint32Array;
  readonly #origins: Uint32Array;
  readonly #slots: Int32Array;
  #count = 0;
  #ipv4Count = 0;
  #groupCount = 0;

  /** `capacity`: prefixes at most. */
  constructor(capacity: number) {
    let slots = 1024;
    while (slots < 2 * capacity) slots *= 2;
    this.#words = new Int32Array(new SharedArrayBuffer(8 * capacity));
    this.#lengths = new Uint8Array(new SharedArrayBuffer(capacity));
    this.#groups = new Uint32Array(new SharedArrayBuffer(4 * (capacity + 1)));
    this.#origins = new Uint32Array(new SharedArrayBuffer(4 * capacity));
    this.#slots = new Int32Array(new SharedArrayBuffer(4 * slots));
  }

  beginGroup(originAsn: number): void {
    this.#groups[this.#groupCount] = this.#count;
    this.#origins[this.#groupCount++] = originAsn;
  }

  /** False where the prefix is there already. */
  add(ipv4: boolean, w0: number, w1: number, length: number): boolean {
    const mask = this.#slots.length - 1;
    let slot = hash(ipv4, w0, w1, length) & mask;
    for (; this.#slots[slot] !== 0; slot = (slot + 1) & mask) {
      const at = this.#slots[slot]! - 1;
      if (
        this.#words[2 * at] === w0 && this.#words[2 * at + 1] === w1 && this.#lengths[at] === length &&
        (at < this.#ipv4Count) === ipv4
      ) return false;
    }
    const at = this.#count++;
    this.#slots[slot] = at + 1;
    this.#words[2 * at] = w0;
    this.#words[2 * at + 1] = w1;
    this.#lengths[at] = length;
    if (ipv4) this.#ipv4Count = this.#count;
    return true;
  }

  finish(): Table {
    this.#groups[this.#groupCount] = this.#count;
    return {
      ipv4Count: this.#ipv4Count,
      count: this.#count,
      words: this.#words,
      lengths: this.#lengths,
      groups: this.#groups.subarray(0, this.#groupCount + 1),
      origins: this.#origins.subarray(0, this.#groupCount),
      slots: this.#slots,
    };
  }
}

/** "1.2.3.0/24", "2001:db8::/32". */
export function prefixText(table: Table, at: number): string {
  return `${addressText(table, at, false)}/${table.lengths[at]!}`;
}

/** The first address of a prefix, or (`last`) for IPv4 the last one. */
export function addressText(table: Table, at: number, last: boolean): string {
  const w0 = table.words[2 * at]!, w1 = table.words[2 * at + 1]!, length = table.lengths[at]!;
  if (isIpv4(table, at)) {
    const word = last && length < 32 ? w0 | (0xffffffff >>> length) : w0;
    return [word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255].join(".");
  }
  const groups = [w0 >>> 16, w0 & 0xffff, w1 >>> 16, w1 & 0xffff];
  while (groups.at(-1) === 0) groups.pop();
  return `${groups.map((group) => group.toString(16)).join(":")}::`;
}
