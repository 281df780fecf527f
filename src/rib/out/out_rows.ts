/**
 * The rows of an Adj-RIB-Out: one per prefix, or with ADD-PATH (RFC 7911) one per prefix and path identifier. All
 * update groups of a family number their rows alike.
 */

import type { PrefixSlot } from "../../types/mod.ts";
import { growFloat64, growInt32, nextCapacity } from "../table/columns.ts";
import type { Decision } from "../decide/decision.ts";
import type { FamilyRib } from "../decide/family_rib.ts";

export interface OutRows {
  readonly addPath: boolean;
  /** Rows are numbered from 0 to `count - 1`. */
  readonly count: number;
  /** The rows of a prefix, one after the other; -1: there is no further row. */
  first(slot: PrefixSlot): number;
  next(row: number): number;
  slotOf(row: number): PrefixSlot;
  /** The path identifier that is sent; -1: none. */
  pathIdOf(row: number): number;
  /** The peer whose route the row has; -1: no route. */
  sourceOf(row: number): number;
  /** The path identifier under which that peer announced it; -1: none. */
  sourcePathOf(row: number): number;
  /** The row for a route that goes to a single peer only. */
  ownRow(slot: PrefixSlot): number;
}

/** One row per prefix: the best route. */
export class PrefixRows implements OutRows {
  readonly addPath = false;
  readonly #rib: FamilyRib;

  constructor(rib: FamilyRib) {
    this.#rib = rib;
  }

  get count(): number {
    return this.#rib.slots.count;
  }

  first(slot: PrefixSlot): number {
    return slot;
  }

  next(_row: number): number {
    return -1;
  }

  slotOf(row: number): PrefixSlot {
    return row as PrefixSlot;
  }

  pathIdOf(_row: number): number {
    return -1;
  }

  sourceOf(row: number): number {
    return this.#rib.best.peerOf(row as PrefixSlot);
  }

  sourcePathOf(row: number): number {
    return this.#rib.best.pathIdOf(row as PrefixSlot);
  }

  ownRow(slot: PrefixSlot): number {
    return slot;
  }
}

/** Above this many rows, {@link PathRows.assign} builds an index. */
const longChain = 32;

/** The path identifier of routes for a single peer. Those of other routes are higher. */
const ownPathId = 1;

/**
 * Rows chained per prefix. A path (a peer and the identifier that the peer gave the path) keeps its row, and so the
 * identifier that is sent, as long as it exists. It gets the same row again later unless another path took it. Rows are
 * never freed: a prefix has as many as it ever had paths at a time.
 */
export class PathRows implements OutRows {
  readonly addPath = true;
  count = 0;
  /** By slot: row + 1 of the first. */
  #head = new Int32Array(1024);
  #next = new Int32Array(1024);
  #slot = new Int32Array(1024);
  #pathId = new Int32Array(1024);
  /** The peer and path identifier that have the row, or had it last; peer -2: routes for single peers. */
  #owner = new Int32Array(1024);
  #ownerPath = new Float64Array(1024);
  /** The owner while its path exists, else -1; and the same before the last {@link assign}. */
  #source = new Int32Array(1024);
  #before = new Int32Array(1024);
  /** The candidate that the last {@link assign} gave the row, or -1. */
  #candidate = new Int32Array(1024);
  /** Row + 1 by owner, for the prefix that {@link assign} works on. */
  #index = new Int32Array(0);
  #indexMask = 0;
  /** Candidates that have no row yet during {@link assign}. */
  #homeless = new Int32Array(64);

  /** Gives each candidate of the decision about this prefix its row. */
  assign(slot: PrefixSlot, decision: Decision): void {
    let rows = 0;
    let highest = ownPathId;
    for (let row = this.first(slot); row !== -1; row = this.next(row)) {
      this.#before[row] = this.#source[row]!;
      this.#source[row] = -1;
      this.#candidate[row] = -1;
      if (this.#pathId[row]! > highest) highest = this.#pathId[row]!;
      rows++;
    }
    const isLong = rows > longChain;
    if (isLong) this.#indexChain(slot, rows);
    if (this.#homeless.length < decision.count) this.#homeless = new Int32Array(2 * decision.count);
    const homeless = this.#homeless;
    let count = 0;
    for (let i = 0; i < decision.count; i++) {
      const routes = decision.routes(i);
      const row = this.#find(slot, routes.source.peerId, routes.pathIdOf(decision.row(i)), isLong);
      if (row === -1) homeless[count++] = i;
      else this.#take(row, i, routes.source.peerId);
    }
    // Added rows come before this row in the chain.
    let vacant = this.first(slot);
    for (let i = 0; i < count; i++) {
      const candidate = homeless[i]!;
      const routes = decision.routes(candidate);
      const { peerId } = routes.source;
      while (vacant !== -1 && (this.#source[vacant] !== -1 || this.#owner[vacant] === -2)) vacant = this.next(vacant);
      const row = vacant === -1 ? this.#add(slot, ++highest) : vacant;
      this.#owner[row] = peerId;
      this.#ownerPath[row] = routes.pathIdOf(decision.row(candidate));
      this.#take(row, candidate, peerId);
    }
  }

  first(slot: PrefixSlot): number {
    return (this.#head[slot] ?? 0) - 1;
  }

  next(row: number): number {
    return this.#next[row]! - 1;
  }

  slotOf(row: number): PrefixSlot {
    return this.#slot[row]! as PrefixSlot;
  }

  pathIdOf(row: number): number {
    return this.#pathId[row]!;
  }

  sourceOf(row: number): number {
    return this.#source[row]!;
  }

  sourcePathOf(row: number): number {
    return this.#ownerPath[row]!;
  }

  beforeOf(row: number): number {
    return this.#before[row]!;
  }

  candidateOf(row: number): number {
    return this.#candidate[row]!;
  }

  ownRow(slot: PrefixSlot): number {
    for (let row = this.first(slot); row !== -1; row = this.next(row)) if (this.#owner[row] === -2) return row;
    const row = this.#add(slot, ownPathId);
    this.#owner[row] = -2;
    return row as PrefixSlot;
  }

  #take(row: number, candidate: number, peerId: number): void {
    this.#source[row] = peerId;
    this.#candidate[row] = candidate;
  }

  /** `isLong`: looks in the index that {@link PathRows.assign} built. */
  #find(slot: PrefixSlot, peerId: number, pathId: number, isLong: boolean): number {
    if (!isLong) {
      for (let row = this.first(slot); row !== -1; row = this.next(row)) {
        if (this.#owner[row] === peerId && this.#ownerPath[row] === pathId) return row;
      }
      return -1;
    }
    const mask = this.#indexMask;
    for (let at = home(peerId, pathId) & mask; this.#index[at] !== 0; at = (at + 1) & mask) {
      const row = this.#index[at]! - 1;
      if (this.#owner[row] === peerId && this.#ownerPath[row] === pathId) return row;
    }
    return -1;
  }

  /** Builds the index of the rows of a prefix by owner, for one {@link assign}. */
  #indexChain(slot: PrefixSlot, rows: number): void {
    let size = 1024;
    while (size < 2 * rows) size *= 2;
    if (size > this.#index.length) this.#index = new Int32Array(size);
    const mask = this.#indexMask = size - 1;
    this.#index.fill(0, 0, size);
    for (let row = this.first(slot); row !== -1; row = this.next(row)) {
      let at = home(this.#owner[row]!, this.#ownerPath[row]!) & mask;
      while (this.#index[at] !== 0) at = (at + 1) & mask;
      this.#index[at] = row + 1;
    }
  }

  #add(slot: PrefixSlot, pathId: number): number {
    const row = this.count++;
    if (row === this.#next.length) this.#grow();
    if (slot >= this.#head.length) this.#head = growInt32(this.#head, nextCapacity(this.#head.length, slot + 1));
    this.#slot[row] = slot;
    this.#pathId[row] = pathId;
    this.#source[row] = this.#before[row] = this.#candidate[row] = -1;
    this.#next[row] = this.#head[slot]!;
    this.#head[slot] = row + 1;
    return row as PrefixSlot;
  }

  #grow(): void {
    const capacity = nextCapacity(this.#next.length, this.count);
    this.#next = growInt32(this.#next, capacity);
    this.#slot = growInt32(this.#slot, capacity);
    this.#pathId = growInt32(this.#pathId, capacity);
    this.#owner = growInt32(this.#owner, capacity);
    this.#ownerPath = growFloat64(this.#ownerPath, capacity);
    this.#source = growInt32(this.#source, capacity);
    this.#before = growInt32(this.#before, capacity);
    this.#candidate = growInt32(this.#candidate, capacity);
  }
}

function home(peerId: number, pathId: number): number {
  const hash = Math.imul(Math.imul(peerId, 0x85ebca6b) ^ pathId, 0x9e3779b1);
  return hash ^ (hash >>> 15);
}
