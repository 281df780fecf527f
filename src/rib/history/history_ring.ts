/**
 * History entries that are not written yet. An entry is a state of a route that ended: from when to when the route had
 * which attribute set, and why that ended. The ring is bounded, first in, first out. It grows as it fills and frees its
 * memory when it is empty.
 *
 * An entry holds a reference to its attribute set: the row of the set is written before the entry or with it, and
 * retired afterwards. A full ring drops new entries and counts them. The dropped entries form a *gap*, which is written
 * to the database, too. Routes of a lost session are not in the ring: the store has their rows, except those of
 * `superseded.ts`.
 */

import type { FamilyId, PrefixSlot, SetSlot } from "../../types/mod.ts";
import type { AttributeTable } from "../table/attribute_table.ts";
import { nextCapacity } from "../table/columns.ts";

/** Why a state ended. The table `words` of the database has the names. */
export const EndedBy = { replaced: 0, withdrawn: 1, sessionLost: 2, notRefreshed: 3, treatedAsWithdrawn: 4 } as const;
export type EndedBy = typeof EndedBy[keyof typeof EndedBy];

export const endedByNames: readonly string[] = [
  "replaced",
  "withdrawn",
  "session lost",
  "not announced again",
  "treated as withdrawn",
];

/**
 * `changes` history entries that ended between `from` and `to` are missing. The first of these states began at `since`.
 */
export interface RingGap {
  from: number;
  to: number;
  since: number;
  changes: number;
}

/** A long gap is written in parts of so many milliseconds. */
const gapMs = 10_000;

const firstCapacity = 1024;

class Columns {
  readonly to: Float64Array;
  readonly from: Float64Array;
  readonly pathId: Float64Array;
  readonly peerId: Int32Array;
  readonly slot: Int32Array;
  readonly set: Int32Array;
  readonly family: Uint8Array;
  readonly endedBy: Uint8Array;

  constructor(readonly capacity: number) {
    this.to = new Float64Array(capacity);
    this.from = new Float64Array(capacity);
    this.pathId = new Float64Array(capacity);
    this.peerId = new Int32Array(capacity);
    this.slot = new Int32Array(capacity);
    this.set = new Int32Array(capacity);
    this.family = new Uint8Array(capacity);
    this.endedBy = new Uint8Array(capacity);
  }

  get all() {
    return [this.to, this.from, this.pathId, this.peerId, this.slot, this.set, this.family, this.endedBy] as const;
  }
}

/** Takes an entry out of the ring. False: the sink has no room, and the entry stays. */
export type StateSink = (
  to: number,
  from: number,
  peerId: number,
  family: FamilyId,
  slot: PrefixSlot,
  pathId: number,
  set: SetSlot,
  endedBy: number,
) => boolean;

export class HistoryRing {
  /** How many entries wait. */
  count = 0;
  readonly #sets: AttributeTable;
  readonly #limit: number;
  #columns: Columns;
  #head = 0;
  #gap: RingGap | undefined;
  /** Entries were dropped since the last {@link takeGap}. */
  #dropping = false;

  constructor(sets: AttributeTable, limit: number) {
    this.#sets = sets;
    this.#limit = limit;
    this.#columns = new Columns(Math.min(limit, firstCapacity));
  }

  /** Adds an entry. The ring takes over the caller's reference to the set. */
  push(
    peerId: number,
    family: FamilyId,
    slot: PrefixSlot,
    pathId: number,
    set: SetSlot,
    from: number,
    to: number,
    endedBy: EndedBy,
  ): void {
    if (this.count === this.#columns.capacity && !this.#grow()) return this.#drop(set, from, to);
    const columns = this.#columns;
    let at = this.#head + this.count;
    if (at >= columns.capacity) at -= columns.capacity;
    columns.to[at] = to > from ? to : from;
    columns.from[at] = from;
    columns.pathId[at] = pathId;
    columns.peerId[at] = peerId;
    columns.slot[at] = slot;
    columns.set[at] = set;
    columns.family[at] = family;
    columns.endedBy[at] = endedBy;
    this.count++;
  }

  /** Passes entries to the sink, the oldest first, until it has no more room. */
  drain(sink: StateSink): void {
    const { to, from, peerId, family, slot, pathId, set, endedBy, capacity } = this.#columns;
    let at = this.#head;
    while (this.count > 0) {
      const taken = sink(
        to[at]!,
        from[at]!,
        peerId[at]!,
        family[at]! as FamilyId,
        slot[at]! as PrefixSlot,
        pathId[at]!,
        set[at]! as SetSlot,
        endedBy[at]!,
      );
      if (!taken) break;
      this.#sets.release(set[at]! as SetSlot);
      this.count--;
      if (++at === capacity) at = 0;
    }
    this.#head = at;
    if (this.count === 0 && capacity > firstCapacity * 64) {
      this.#columns = new Columns(firstCapacity);
      this.#head = 0;
    }
  }

  /** Calls `visit` with the slot of each entry of the family. */
  eachSlot(family: FamilyId, visit: (slot: PrefixSlot) => void): void {
    const { family: families, slot, capacity } = this.#columns;
    for (let i = 0; i < this.count; i++) {
      const at = (this.#head + i) % capacity;
      if (families[at] === family) visit(slot[at]! as PrefixSlot);
    }
  }

  /** The gap, once it is over or is long enough for a part of it. */
  takeGap(): RingGap | undefined {
    const gap = this.#gap;
    if (gap === undefined) return undefined;
    const goesOn = this.#dropping;
    this.#dropping = false;
    if (goesOn && gap.to - gap.from < gapMs) return undefined;
    this.#gap = undefined;
    return gap;
  }

  /** When the state of the oldest entry ended, to the millisecond; `undefined`: no entry waits. */
  get oldestEnd(): number | undefined {
    return this.count === 0 ? undefined : this.#columns.to[this.#head];
  }

  get bytes(): number {
    return this.#columns.all.reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  #drop(set: SetSlot, from: number, to: number): void {
    this.#sets.release(set);
    this.#dropping = true;
    const gap = this.#gap;
    if (gap === undefined) {
      this.#gap = { from: to, to, since: from, changes: 1 };
      return;
    }
    gap.from = Math.min(gap.from, to);
    gap.to = Math.max(gap.to, to);
    gap.since = Math.min(gap.since, from);
    gap.changes++;
  }

  /** Makes more room and moves the entries to its front, in one piece. False at the limit. */
  #grow(): boolean {
    const old = this.#columns;
    if (old.capacity >= this.#limit) return false;
    const columns = new Columns(Math.min(this.#limit, nextCapacity(old.capacity, old.capacity + 1)));
    const front = old.capacity - this.#head;
    const sources = old.all, targets = columns.all;
    for (let i = 0; i < sources.length; i++) {
      targets[i]!.set(sources[i]!.subarray(this.#head));
      targets[i]!.set(sources[i]!.subarray(0, this.#head), front);
    }
    this.#columns = columns;
    this.#head = 0;
    return true;
  }
}
