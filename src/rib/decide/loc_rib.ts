/**
 * The Loc-RIB of one family: for each prefix the peer and path of the best route, the step that decided, and since
 * when.
 */

import type { PrefixSlot } from "../../types/mod.ts";
import {
  type ColumnMove,
  growInt32,
  grownTo,
  hasBit,
  keptStretches,
  nextBit,
  nextCapacity,
  setBit,
  setTime,
  stretchRows,
  timeAt,
  wordsFor,
} from "../table/columns.ts";

const firstCapacity = 1024;

export class LocRib {
  /** Prefixes that have a best route. */
  count = 0;
  /** Peer id + 1; 0: no best route. */
  #peer = new Int32Array(firstCapacity);
  /** Path identifier + 1; 0: none. Allocated with the first best route that has one. */
  #pathId: Float64Array | undefined;
  #step = new Uint8Array(firstCapacity);
  #sinceLow = new Uint32Array(firstCapacity);
  #sinceHigh = new Uint16Array(firstCapacity);
  #dirty = new Int32Array(wordsFor(firstCapacity));
  #dirtyCount = 0;
  #highest = -1;
  /** The most best routes since {@link returnMemory} last did its work, or more of them than now. */
  #most = 0;

  /** The peer whose route is best, or -1. */
  peerOf(slot: PrefixSlot): number {
    return slot < this.#peer.length ? this.#peer[slot]! - 1 : -1;
  }

  pathIdOf(slot: PrefixSlot): number {
    return this.#pathId === undefined ? -1 : (this.#pathId[slot] ?? 0) - 1;
  }

  /** The {@link DecisionStep} that decided. */
  stepOf(slot: PrefixSlot): number {
    return this.#step[slot] ?? 0;
  }

  /** When this route became the best route, in ms since 1970. */
  sinceOf(slot: PrefixSlot): number {
    return slot < this.#sinceLow.length ? timeAt(this.#sinceLow, this.#sinceHigh, slot) : 0;
  }

  /** Stores the outcome of a decision. False: it is the same as before. */
  set(slot: PrefixSlot, peerId: number, pathId: number, step: number, now: number): boolean {
    if (slot >= this.#peer.length) this.#grow(slot);
    const old = this.#peer[slot]!;
    const same = old === peerId + 1 && this.pathIdOf(slot) === pathId;
    if (same && this.#step[slot] === step) return false;
    if (!same) {
      setTime(this.#sinceLow, this.#sinceHigh, slot, now);
      this.#peer[slot] = peerId + 1;
      if (pathId !== -1) this.#pathId ??= new Float64Array(this.#peer.length);
      if (this.#pathId !== undefined) this.#pathId[slot] = pathId + 1;
      if (old === 0) this.count++;
      else if (peerId === -1) this.#most = Math.max(this.#most, this.count--);
    }
    this.#step[slot] = step;
    this.#markDirty(slot);
    return true;
  }

  isDirty(slot: PrefixSlot): boolean {
    return hasBit(this.#dirty, slot);
  }

  get hasDirty(): boolean {
    return this.#dirtyCount > 0;
  }

  get dirtyCount(): number {
    return this.#dirtyCount;
  }

  /** The first slot at or after `from` whose best route is not written yet, or -1. */
  nextDirty(from: number): PrefixSlot {
    return (this.#dirtyCount === 0 ? -1 : nextBit(this.#dirty, from)) as PrefixSlot;
  }

  clean(slot: PrefixSlot): void {
    this.#dirty[slot >>> 5]! &= ~(1 << (slot & 31));
    this.#dirtyCount--;
  }

  markAllDirty(): void {
    for (let slot = 0; slot <= this.#highest; slot++) if (this.#peer[slot] !== 0) this.#markDirty(slot as PrefixSlot);
  }

  /** Gives the memory of prefixes without a best route back to the system, where many best routes are gone. */
  returnMemory(): void {
    if (2 * this.count > this.#most) return;
    this.#most = this.count;
    const kept = new Int32Array(wordsFor(Math.ceil(this.#peer.length / stretchRows)));
    let rows = 0;
    for (let slot = 0; slot < this.#peer.length; slot++) {
      // A row that is not written has a time, also where there is no best route.
      if (this.#peer[slot] === 0 && this.#dirty[slot >>> 5] === 0) continue;
      setBit(kept, Math.floor(slot / stretchRows));
      rows = slot + 1;
    }
    const capacity = nextCapacity(firstCapacity, rows);
    this.#moveColumns(keptStretches(kept, capacity));
    this.#dirty = growInt32(this.#dirty, wordsFor(capacity));
    this.#highest = Math.min(this.#highest, rows - 1);
  }

  get bytes(): number {
    return this.#peer.byteLength + this.#step.byteLength + this.#sinceLow.byteLength + this.#sinceHigh.byteLength +
      this.#dirty.byteLength +
      (this.#pathId?.byteLength ?? 0);
  }

  #markDirty(slot: PrefixSlot): void {
    const bit = 1 << (slot & 31);
    if ((this.#dirty[slot >>> 5]! & bit) !== 0) return;
    this.#dirty[slot >>> 5]! |= bit;
    this.#dirtyCount++;
    if (slot > this.#highest) this.#highest = slot;
  }

  #grow(slot: PrefixSlot): void {
    const capacity = nextCapacity(this.#peer.length, slot + 1);
    this.#moveColumns(grownTo(capacity));
    this.#dirty = growInt32(this.#dirty, wordsFor(capacity));
  }

  #moveColumns(move: ColumnMove): void {
    this.#peer = move(this.#peer);
    this.#step = move(this.#step);
    this.#sinceLow = move(this.#sinceLow);
    this.#sinceHigh = move(this.#sinceHigh);
    if (this.#pathId !== undefined) this.#pathId = move(this.#pathId);
  }
}
