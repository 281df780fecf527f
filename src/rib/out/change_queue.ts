/**
 * The rows of an update group whose change is not advertised yet: in order, each row once, however often it changes.
 *
 * With each row the queue keeps `before`: the peer whose route the group's peers held when the row was queued, -1 where
 * they held none. It decides who needs a withdraw.
 *
 * **Rule of the lone reader.** A peer outside the ring is served from the column, so it can get ahead of the queue and
 * hold the newest state of a row that is still queued. `before` is then no longer true for every peer. From that moment
 * until the queue is empty, each row is taken with {@link uncertain} as its `before`, and all peers are sent the row: a
 * peer may get a route that it holds already or a withdraw of a route that it does not hold, but no peer misses a
 * change.
 *
 * **Interval.** With an advertisement interval (RFC 4271 §9.2.1.1) the changes of one interval are advertised together,
 * and the queue keeps what the peers hold meanwhile.
 */

import type { Millis } from "../../types/mod.ts";
import type { AttributeTable } from "../table/attribute_table.ts";
import { growInt32, wordsFor } from "../table/columns.ts";
import { setOfValue } from "./out_column.ts";

/** In place of `before`: some peers of the group hold this route, some another one or none. */
export const uncertain = -2;

const firstCapacity = 1024;

export class ChangeQueue {
  readonly #sets: AttributeTable;
  #rows = new Int32Array(firstCapacity);
  #befores = new Int32Array(firstCapacity);
  #start = 0;
  #end = 0;
  /** A bit for each queued row. */
  #queued = new Int32Array(wordsFor(1024));
  /** The rule of the lone reader applies. */
  #isUncertain = false;
  readonly #intervalMs: Millis;
  /** How many of the changes may be advertised now, and when the next ones may. */
  #due = 0;
  #dueAt = -Infinity;
  /** With an interval: set (slot + 1, or 0) and source of the route that the peers hold of a queued row. */
  readonly #held: Map<number, { readonly value: number; readonly source: number }> | undefined;

  constructor(sets: AttributeTable, intervalMs: Millis) {
    this.#sets = sets;
    this.#intervalMs = intervalMs;
    this.#held = intervalMs > 0 ? new Map() : undefined;
  }

  get size(): number {
    return this.#end - this.#start;
  }

  has(row: number): boolean {
    return ((this.#queued[row >>> 5] ?? 0) & (1 << (row & 31))) !== 0;
  }

  each(visit: (row: number) => void): void {
    for (let i = this.#start; i < this.#end; i++) visit(this.#rows[i]!);
  }

  /** Queues a row that changed. False: it is queued already. */
  push(row: number, before: number): boolean {
    const word = row >>> 5;
    if (word >= this.#queued.length) {
      this.#queued = growInt32(this.#queued, Math.max(word + 1, this.#queued.length * 2));
    }
    const bit = 1 << (row & 31);
    if ((this.#queued[word]! & bit) !== 0) return false;
    this.#queued[word]! |= bit;
    if (this.#end === this.#rows.length) this.#makeRoom();
    this.#rows[this.#end] = row;
    this.#befores[this.#end++] = before;
    return true;
  }

  /**
   * Takes the changes that may be advertised now, as many as `rows` has room for: the rows, with their `before` in
   * `befores`. Returns how many. The advertisement interval begins when none of the due changes is left.
   */
  take(now: Millis, rows: Int32Array, befores: Int32Array): number {
    if (!this.hasDue(now)) return 0;
    if (this.#due === 0) this.#due = this.size;
    const count = Math.min(this.size, this.#due, rows.length);
    this.#due -= count;
    if (this.#due === 0) this.#dueAt = now + this.#intervalMs;
    this.#shift(count, rows, befores);
    return count;
  }

  #shift(count: number, rows: Int32Array, befores: Int32Array): void {
    const start = this.#start;
    const queued = this.#queued;
    for (let i = 0; i < count; i++) {
      const row = this.#rows[start + i]!;
      rows[i] = row;
      befores[i] = this.#befores[start + i]!;
      queued[row >>> 5]! &= ~(1 << (row & 31));
    }
    if (this.#isUncertain) befores.fill(uncertain, 0, count);
    if (this.#held !== undefined) { for (let i = 0; i < count; i++) this.#release(rows[i]!); }
    this.#start += count;
    if (this.#start === this.#end) {
      this.#start = this.#end = 0;
      this.#isUncertain = false;
    }
  }

  /** A peer outside the ring is served from the column now: see the rule of the lone reader. */
  servedAlone(): void {
    this.#isUncertain = this.#end > this.#start;
  }

  /** Changes may be advertised at this time. */
  hasDue(now: Millis): boolean {
    return this.#end > this.#start && (this.#due > 0 || now >= this.#dueAt);
  }

  /** How long changes of now wait for the advertisement interval. */
  pauseMs(now: Millis): Millis {
    return this.#due > 0 ? 0 : Math.max(0, this.#dueAt - now);
  }

  /** A row is about to change: notes what the peers hold of it as long as the change waits for the interval. */
  hold(row: number, value: number, source: number): void {
    if (this.#held === undefined || this.has(row)) return;
    if (value !== 0) this.#sets.retain(setOfValue(value));
    this.#held.set(row, { value, source });
  }

  /** What the peers hold of a queued row, and from whom; `undefined`: it is not known, or not the same for all. */
  heldOf(row: number): { readonly value: number; readonly source: number } | undefined {
    return this.#isUncertain ? undefined : this.#held?.get(row);
  }

  /** The group has no peers any more. */
  clear(): void {
    for (const row of [...this.#held?.keys() ?? []]) this.#release(row);
    this.#start = this.#end = 0;
  }

  /** Gives the memory of a long queue back to the system, once the queue is empty. */
  returnMemory(): void {
    if (this.size > 0 || this.#rows.length === firstCapacity) return;
    this.#rows = new Int32Array(firstCapacity);
    this.#befores = new Int32Array(firstCapacity);
  }

  get bytes(): number {
    return this.#rows.byteLength + this.#befores.byteLength + this.#queued.byteLength;
  }

  #release(row: number): void {
    const held = this.#held?.get(row);
    if (held === undefined) return;
    this.#held!.delete(row);
    if (held.value !== 0) this.#sets.release(setOfValue(held.value));
  }

  #makeRoom(): void {
    if (this.#start > this.#end >>> 1) {
      this.#rows.copyWithin(0, this.#start, this.#end);
      this.#befores.copyWithin(0, this.#start, this.#end);
      this.#end -= this.#start;
      this.#start = 0;
      return;
    }
    this.#rows = growInt32(this.#rows, this.#rows.length * 2);
    this.#befores = growInt32(this.#befores, this.#befores.length * 2);
  }
}
