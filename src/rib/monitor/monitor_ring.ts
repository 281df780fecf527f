/**
 * What happened, for readers that read at their own pace. Memory is bounded: a reader is *lapped* when
 * entries that it has not read leave the ring, and has to begin again with the tables as they are then.
 */

import type { MonitorEntry } from "./entry.ts";

/** Memory of an entry besides its octets, about. */
const entryBytes = 200;

export class MonitorRing {
  readonly #limit: number;
  #entries: (MonitorEntry | undefined)[] = [];
  /** The index of the oldest entry, and its number. */
  #start = 0;
  #first = 0;
  #bytes = 0;

  /** `limit`: octets that may wait for readers. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The number that the next entry gets. */
  get end(): number {
    return this.#first + this.#entries.length - this.#start;
  }

  push(entry: MonitorEntry): void {
    this.#entries.push(entry);
    this.#bytes += sizeOf(entry);
    while (this.#bytes > this.#limit && this.#entries.length - this.#start > 1) this.#drop();
  }

  /** Entries before this number have been read by all. */
  release(position: number): void {
    while (this.#first < position && this.#start < this.#entries.length) this.#drop();
  }

  isLapped(position: number): boolean {
    return position < this.#first;
  }

  /** The entry with this number, or `undefined` where it is still to come. */
  at(position: number): MonitorEntry | undefined {
    return this.#entries[this.#start + position - this.#first];
  }

  #drop(): void {
    this.#bytes -= sizeOf(this.#entries[this.#start]!);
    this.#entries[this.#start++] = undefined;
    this.#first++;
    if (this.#start < 1024 && this.#start < this.#entries.length) return;
    this.#entries = this.#entries.slice(this.#start);
    this.#start = 0;
  }
}

function sizeOf(entry: MonitorEntry): number {
  if (entry.kind === "messages") return entryBytes + entry.bytes.length;
  return entryBytes + (entry.kind === "malformed" ? entry.message.length : 0);
}
