/**
 * All routes of one family: the destinations, the Adj-RIBs-In that hold routes for them, the Loc-RIB, and the queue of
 * prefixes to decide.
 */

import type { FamilyId, PrefixId, PrefixSlot } from "../../types/mod.ts";
import { type AdjRibIn, pageBits } from "../in/adj_rib_in.ts";
import type { DirtyPrefixes } from "../in/dirty_prefixes.ts";
import type { AttributeTable } from "../table/attribute_table.ts";
import { growInt32, hasBit, wordsFor } from "../table/columns.ts";
import { Decision, type MultipathRule } from "./decision.ts";
import type { IdCounter } from "../table/id_counter.ts";
import { LocRib } from "./loc_rib.ts";
import { PrefixClassColumn } from "../table/prefix_class_column.ts";
import { Multipath } from "./multipath.ts";
import { createDestinations, type Destinations } from "../table/destinations.ts";
import type { SlotIds } from "../table/slot_ids.ts";

/** Called after every decision, also where the best route is the same route: its attributes may differ. */
export interface DecisionListener {
  /** `before`: the peer that had the best route, or -1. `winner`: the candidate that is the best route now, or -1. */
  decided(slot: PrefixSlot, before: number, decision: Decision, winner: number): void;
}

/** Prefixes that the queue has room for at first. */
const firstQueue = 1024;

const noHolders: readonly AdjRibIn[] = [];

export class FamilyRib implements DirtyPrefixes {
  readonly family: FamilyId;
  readonly destinations: Destinations;
  /** The slots of the destinations. */
  readonly slots: SlotIds;
  /** For each prefix the prefix sets of policies that contain it. */
  readonly classes: PrefixClassColumn;
  readonly best = new LocRib();
  /** Once `multipath` was configured. */
  multipath: Multipath | undefined;
  listener: DecisionListener | undefined;
  /** Called after every decision, where rules of another family depend on the routes of this one. */
  watch: ((slot: PrefixSlot) => void) | undefined;
  /** Called after every decision, while somebody monitors the best routes. */
  onDecided: ((slot: PrefixSlot) => void) | undefined;
  /** Called with each slot that is free for another destination. */
  onFreed: ((slot: PrefixSlot) => void) | undefined;
  /** For each page of 1,024 prefixes the Adj-RIBs-In that may have routes there. */
  readonly #holders: AdjRibIn[][] = [];
  /** The decision about the prefix that was decided last, or that {@link candidates} was called for. */
  readonly decision: Decision;
  /** Prefixes to decide, in order of arrival. A bit per prefix keeps each of them from being queued twice. */
  #queue = new Int32Array(firstQueue);
  #queueStart = 0;
  #queueEnd = 0;
  #queued = new Int32Array(wordsFor(1024));
  #deferred = false;
  #settled = true;

  constructor(family: FamilyId, prefixIds: IdCounter<PrefixId>, sets: AttributeTable) {
    this.family = family;
    this.destinations = createDestinations(family, prefixIds);
    this.slots = this.destinations.slots;
    this.classes = new PrefixClassColumn(this.destinations);
    this.decision = new Decision(sets.keys);
  }

  pageAdded(page: number, routes: AdjRibIn): void {
    while (this.#holders.length <= page) this.#holders.push([]);
    this.#holders[page]!.push(routes);
  }

  /** A detached Adj-RIB-In dropped the page. */
  pageDropped(page: number, routes: AdjRibIn): void {
    const holders = this.#holders[page];
    const at = holders?.indexOf(routes) ?? -1;
    if (at !== -1) holders!.splice(at, 1);
  }

  /** Sets which routes are multipath routes (`undefined`: none), and queues every prefix for that. */
  setMultipath(rule: MultipathRule | undefined): void {
    this.decision.multipath = rule;
    if (rule !== undefined) this.multipath ??= new Multipath();
    if (this.multipath !== undefined) this.decideAll();
  }

  /** Prefixes whose decision is not fully written yet. */
  get dirtyCount(): number {
    return this.best.dirtyCount + (this.multipath?.dirtyCount ?? 0);
  }

  /** The database is empty: everything must be written again. */
  storeLost(): void {
    this.slots.forgetStored();
    this.best.markAllDirty();
    this.multipath?.markAllDirty();
  }

  /** Queues the prefix: a route for it changed. */
  touch(slot: PrefixSlot): void {
    const word = slot >>> 5;
    if (word >= this.#queued.length) {
      this.#queued = growInt32(this.#queued, wordsFor(Math.max(this.destinations.capacity, slot + 1)));
    }
    const bit = 1 << (slot & 31);
    if ((this.#queued[word]! & bit) !== 0) return;
    this.#queued[word]! |= bit;
    if (this.#queueEnd === this.#queue.length) this.#makeRoom();
    this.#queue[this.#queueEnd++] = slot;
  }

  /** Queues every prefix: a new listener needs all decisions. */
  decideAll(): void {
    for (let slot = 0; slot < this.slots.count; slot++) this.touch(slot as PrefixSlot);
  }

  /** The Adj-RIB-In of this peer, if it may have a route for the prefix. */
  routesOf(slot: PrefixSlot, peerId: number): AdjRibIn | undefined {
    const holders = this.#holders[slot >>> pageBits];
    if (holders !== undefined) {
      for (const each of holders) if (!each.detached && each.source.peerId === peerId) return each;
    }
    return undefined;
  }

  /** How many prefixes can be decided now. */
  get undecided(): number {
    return this.#deferred ? 0 : this.#queueEnd - this.#queueStart;
  }

  /**
   * Nothing is decided before {@link release}: this speaker restarted and waits for its peers' routes (RFC 4724 §4.1).
   */
  defer(): void {
    this.#deferred = true;
    this.#settled = false;
  }

  release(): void {
    this.#deferred = false;
    this.#settled = this.undecided === 0;
  }

  /** Everything received before {@link release} is decided: a table that is advertised now is complete. */
  get settled(): boolean {
    return this.#settled;
  }

  /** Decides up to `budget` prefixes and returns how many. */
  decide(budget: number, now: number): number {
    const end = this.#queueStart + Math.min(this.undecided, budget);
    const from = this.#queueStart;
    for (let i = from; i < end; i++) {
      const slot = this.#queue[i]! as PrefixSlot;
      this.#queued[slot >>> 5]! &= ~(1 << (slot & 31));
      this.#decidePrefix(slot, now);
    }
    this.#queueStart = end;
    if (this.#queueStart === this.#queueEnd) {
      this.#queueStart = this.#queueEnd = 0;
      if (!this.#deferred) this.#settled = true;
    }
    return end - from;
  }

  /**
   * True where a route or a decision refers to the slot, or a row of the database is out of date. What the database
   * never had need not be deleted there.
   */
  holds(slot: PrefixSlot): boolean {
    const { best } = this;
    if (best.peerOf(slot) !== -1 || hasBit(this.#queued, slot) || this.multipath?.holds(slot) === true) return true;
    const isStored = this.slots.isStored(slot);
    if (isStored && best.isDirty(slot)) return true;
    for (const routes of this.#holders[slot >>> pageBits] ?? noHolders) {
      if (routes.first(slot) !== -1 || isStored && routes.isDirty(slot)) return true;
    }
    return false;
  }

  /** The slot is free for another destination. */
  freed(slot: PrefixSlot): void {
    this.classes.forget(slot);
    this.onFreed?.(slot);
  }

  /** Gives memory back to the system that many lost routes left. */
  returnMemory(): void {
    this.best.returnMemory();
    if (this.#queueEnd === 0 && this.#queue.length > firstQueue) this.#queue = new Int32Array(firstQueue);
  }

  get bytes(): number {
    return this.destinations.bytes + this.classes.bytes + this.best.bytes + this.#queue.byteLength +
      this.#queued.byteLength;
  }

  /**
   * Fills {@link decision} with the eligible routes of a prefix. Returns the candidate that is the best route so far,
   * or -1.
   */
  candidates(slot: PrefixSlot): number {
    const decision = this.decision;
    decision.begin();
    const holders = this.#holders[slot >>> pageBits] ?? noHolders;
    const bestPeer = this.best.peerOf(slot);
    let current = -1;
    for (let i = 0; i < holders.length; i++) {
      const routes = holders[i]!;
      if (routes.detached) continue;
      for (let row = routes.first(slot); row !== -1; row = routes.next(row)) {
        if (routes.ineligibleOf(row) !== 0) continue;
        if (routes.source.peerId === bestPeer && routes.pathIdOf(row) === this.best.pathIdOf(slot)) {
          current = decision.count;
        }
        decision.add(routes, row);
      }
    }
    return current;
  }

  #decidePrefix(slot: PrefixSlot, now: number): void {
    const { decision } = this;
    const bestPeer = this.best.peerOf(slot);
    const current = this.candidates(slot);
    const winner = decision.decide(current);
    if (winner === -1) this.best.set(slot, -1, -1, decision.step, now);
    else {
      const routes = decision.routes(winner);
      this.best.set(slot, routes.source.peerId, routes.pathIdOf(decision.row(winner)), decision.step, now);
    }
    this.multipath?.decided(slot, decision, winner);
    this.listener?.decided(slot, bestPeer, decision, winner);
    if (this.watch !== undefined) this.watch(slot);
    if (this.onDecided !== undefined) this.onDecided(slot);
  }

  /** The queue is full: decided prefixes leave its front, or it grows. */
  #makeRoom(): void {
    if (this.#queueStart > this.#queue.length >>> 1) {
      this.#queue.copyWithin(0, this.#queueStart, this.#queueEnd);
      this.#queueEnd -= this.#queueStart;
      this.#queueStart = 0;
    } else {
      this.#queue = growInt32(this.#queue, this.#queue.length * 2);
    }
  }
}
