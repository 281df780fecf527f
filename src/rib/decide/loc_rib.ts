/**
 * The Loc-RIB of one family: for each prefix the peer and path of the best route, the step that decided, and since
 * when.
 */

import type { PrefixSlot } from "../../types/mod.ts";
import { growFloat64, growInt32, growUint8, nextBit, nextCapacity, wordsFor } from "../table/columns.ts";

export class LocRib {
  /** Prefixes that have a best route. */
  count = 0;
  /** Peer id + 1; 0: no best route. */
  #peer = new Int32Array(1024);
  /** Path identifiers, allocated with the first best route that has one; -1: none. */
  #pathId: Float64Array | undefined;
  #step = new Uint8Array(1024);
  #since = new Float64Array(1024);
  #dirty = new Int32Array(wordsFor(1024));
  #dirtyCount = 0;
  #highest = -1;

  /** The peer whose route is best, or -1. */
  peerOf(slot: PrefixSlot): number {
    return slot < this.#peer.length ? this.#peer[slot]! - 1 : -1;
  }

  pathIdOf(slot: PrefixSlot): number {
    return this.#pathId === undefined ? -1 : this.#pathId[slot] ?? -1;
  }

  /** The {@link DecisionStep} that decided. */
  stepOf(slot: PrefixSlot): number {
    return this.#step[slot] ?? 0;
  }

  /** When this route became the best route, in ms since 1970. */
  sinceOf(slot: PrefixSlot): number {
    return this.#since[slot] ?? 0;
  }

  /** Stores the outcome of a decision. False: it is the same as before. */
  set(slot: PrefixSlot, peerId: number, pathId: number, step: number, now: number): boolean {
    if (slot >= this.#peer.length) this.#grow(slot);
    const old = this.#peer[slot]!;
    const same = old === peerId + 1 && this.pathIdOf(slot) === pathId;
    if (same && this.#step[slot] === step) return false;
    if (!same) {
      this.#since[slot] = now;
      this.#peer[slot] = peerId + 1;
      if (pathId !== -1 && this.#pathId === undefined) {
        this.#pathId = new Float64Array(this.#peer.length).fill(-1);
      }
      if (this.#pathId !== undefined) this.#pathId[slot] = pathId;
      if (old === 0) this.count++;
      else if (peerId === -1) this.count--;
    }
    this.#step[slot] = step;
    this.#markDirty(slot);
    return true;
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

  get bytes(): number {
    return this.#peer.byteLength + this.#step.byteLength + this.#since.byteLength + this.#dirty.byteLength +
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
    const before = this.#peer.length;
    const capacity = nextCapacity(before, slot + 1);
    this.#peer = growInt32(this.#peer, capacity);
    this.#step = growUint8(this.#step, capacity);
    this.#since = growFloat64(this.#since, capacity);
    this.#dirty = growInt32(this.#dirty, wordsFor(capacity));
    if (this.#pathId !== undefined) this.#pathId = growFloat64(this.#pathId, capacity).fill(-1, before);
  }
}
