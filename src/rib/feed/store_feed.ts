/**
 * Fills batches for the store with everything that is not written yet. The store pulls: the current state is read when
 * there is room for it, so a slow disk costs bits and never a queue, and a route that changed ten times is written
 * once.
 *
 * Rows come in the order in which the database keeps them, peer by peer and prefix by prefix: it writes them several
 * times faster than in the order of arrival. One walk through all peers is a *pass*: `passes.ts` says what that means
 * for events.
 *
 * History entries usually travel in the same batch as the rows that ended. Superseded rows of lost sessions come before
 * all other rows of their peers (`lost_rows.ts`).
 */

import { type FamilyId, isOfRouter, limits, type PrefixId, type PrefixSlot, type SetSlot } from "../../types/mod.ts";
import type { RowSink } from "../in/adj_rib_in.ts";
import type { DirtyPrefixes } from "../in/dirty_prefixes.ts";
import type { AttributeTable } from "../table/attribute_table.ts";
import { PrefixTable } from "../table/prefix_table.ts";
import type { FamilyRib } from "../decide/family_rib.ts";
import type { HistoryRing, StateSink } from "../history/history_ring.ts";
import type { HistoryPorts, PeerFamily } from "../in/peer_family.ts";
import type { Reasons } from "../in/import/reasons.ts";
import { addNlri, addPrefix, addSet } from "./batch_values.ts";
import { LostRows } from "./lost_rows.ts";
import { Passes } from "./passes.ts";
import { WrittenTo } from "./written_to.ts";
import { isStoreBatchEmpty, type StoreBatch, type StoreEvent, stride } from "./store_batch.ts";

/** A batch with more octets of sets is full: transactions must stay short. */
const setBytesLimit = 1 << 22;
/** The same for the keys of NLRI that are no plain prefixes. */
const nlriBytesLimit = 1 << 22;
/** How many prefixes with their multipath routes go into a batch. */
const multipathPrefixes = 2048;

export class StoreFeed implements RowSink {
  readonly passes = new Passes();
  /** How far the rows, and how far the best routes are in batches. */
  readonly #rowsTo = new WrittenTo();
  readonly #bestTo = new WrittenTo();
  readonly #sets: AttributeTable;
  readonly #reasons: Reasons;
  #batch: StoreBatch | undefined;
  #rowLimit = 0;
  /** Where the pass stands: the peer and family that it reached, and the next slot there. */
  #peerId = -1;
  #familyId = -1;
  #slot = 0;
  /** Where the walk over the best routes stands. */
  #bestFamily = 0;
  #bestSlot = 0;
  /** The peer family whose rows are being taken. */
  #current: PeerFamily | undefined;
  #history: HistoryRing | undefined;
  readonly #lost = new LostRows();
  /** Ids of NLRI that the database has and the RIB has not. */
  readonly #retiredNlri: PrefixId[] = [];
  /** Events that become true when the batches so far are written. */
  readonly #nextEvents: StoreEvent[] = [];
  /** By id. */
  #ribs: readonly (FamilyRib | undefined)[] = [];
  #prefixLimit = 0;
  #setLimit = 0;

  constructor(sets: AttributeTable, reasons: Reasons) {
    this.#sets = sets;
    this.#reasons = reasons;
  }

  /** From now on history entries are written, and superseded rows of lost sessions are deleted before other rows. */
  keepHistory(ring: HistoryRing): HistoryPorts {
    this.#history = ring;
    return { ring, superseded: (rows) => this.#lost.add(rows) };
  }

  get supersededCount(): number {
    return this.#lost.count;
  }

  /** Calls `visit` with the slots of the family that rows on their way to the database name. */
  eachSlotInUse(family: FamilyId, visit: (slot: PrefixSlot) => void): void {
    this.#history?.eachSlot(family, visit);
    this.#lost.eachSlot(family, visit);
  }

  /** No slot has these ids of the database any more. */
  retireNlri(ids: readonly PrefixId[]): void {
    for (const id of ids) this.#retiredNlri.push(id);
  }

  /** The database was lost, and its rows with it. */
  forgetSuperseded(): void {
    this.#lost.clear();
    this.#retiredNlri.length = 0;
    this.#nextEvents.length = 0;
  }

  /**
   * Fills an empty batch. `peerFamilies`: in order of peer and family id. `events`: moved into the batch. False: there
   * is nothing to write. `now`: every change that comes later has this time or a later one.
   */
  fill(
    batch: StoreBatch,
    events: StoreEvent[],
    peerFamilies: readonly PeerFamily[],
    ribs: readonly FamilyRib[],
    now: number,
  ): boolean {
    this.#batch = batch;
    this.#rowLimit = Math.min(limits.storeBatchRows, Math.floor(batch.routes.length / stride.routes));
    this.#prefixLimit = Math.floor(batch.prefixes.length / stride.prefixes);
    this.#setLimit = Math.floor(batch.sets.length / stride.sets);
    this.#takeEvents(events, peerFamilies);
    this.#takeMultipath(ribs);
    this.#takeHistory(ribs);
    if (!this.#lost.isEmpty) {
      // Rows of our own peers have nothing to do with those of a router.
      if (this.#lost.areOfRouters) this.#takeOwnRows(peerFamilies);
      this.#nextEvents.push(...this.#lost.take(batch, this.#rowLimit));
    } else {
      if (isOfRouter(this.#peerId)) this.#takeOwnRows(peerFamilies);
      if (this.#takeRows(peerFamilies)) {
        this.#endPass(now);
        // That pass found nothing in the rest of its way. If a whole pass finds nothing either, nothing is dirty.
        if (batch.routeCount === 0 && this.#takeRows(peerFamilies)) this.#endPass(now);
      }
    }
    this.#takeHeld(peerFamilies);
    if (this.#takeBest(ribs)) {
      this.#bestTo.walkEnded(now);
      if (batch.bestCount === 0) this.#takeBest(ribs);
    }
    batch.writtenTo = this.#writtenTo(peerFamilies, ribs, now);
    this.#takeRetired();
    this.#batch = undefined;
    return !isStoreBatchEmpty(batch);
  }

  /** There is no room for another prefix or another NLRI of a different kind. */
  get #destinationsFull(): boolean {
    const batch = this.#batch!;
    return batch.prefixCount >= this.#prefixLimit || (batch.nlriCount > 0 && isFullOfNlri(batch));
  }

  get full(): boolean {
    const batch = this.#batch!;
    return batch.routeCount >= this.#rowLimit || batch.setBytesLength >= setBytesLimit ||
      this.#destinationsFull || batch.setCount + 2 > this.#setLimit;
  }

  row(
    slot: PrefixSlot,
    pathId: number,
    received: SetSlot,
    set: SetSlot,
    ineligible: number,
    receivedAt: number,
    marked: boolean,
    validity: number,
  ): void {
    const batch = this.#batch!;
    const current = this.#current!;
    const { peerId, rib } = current;
    const { slots } = rib;
    if (!slots.isStored(slot)) {
      // Neither the prefix nor the route was ever written: there is nothing to delete.
      if (set === -1) return;
      this.#addDestination(rib, slot);
    }
    if (set !== -1) this.#needSet(set);
    if (received !== set) this.#needSet(received);
    const at = batch.routeCount++ * stride.routes;
    const routes = batch.routes;
    routes[at] = peerId;
    routes[at + 1] = slots.id(slot);
    routes[at + 2] = pathId;
    routes[at + 3] = set === -1 ? 0 : this.#sets.id(set);
    routes[at + 4] = received === set ? 0 : this.#sets.id(received);
    routes[at + 5] = this.#reasons.id(ineligible);
    routes[at + 6] = receivedAt;
    routes[at + 7] = marked || set === -1 ? 0 : current.confirmedAt(receivedAt);
    routes[at + 8] = validity;
  }

  #takeEvents(events: StoreEvent[], peerFamilies: readonly PeerFamily[]): void {
    const batch = this.#batch!;
    batch.events.push(...this.#nextEvents.splice(0), ...events);
    events.length = 0;
    if (this.#retiredNlri.length > 0) {
      const ids = Int32Array.from(this.#retiredNlri.splice(0, limits.storeBatchRows));
      batch.events.push({ kind: "retiredNlri", ids });
    }
    const gap = this.#history?.takeGap();
    if (gap !== undefined) batch.events.push({ kind: "gap", ...gap });
    for (const family of peerFamilies) {
      if (family.events.length > 0) {
        batch.events.push(...family.events);
        family.events.length = 0;
      }
      const waiting = family.eventsAfterRows;
      const clean = family.routes?.hasDirty !== true;
      while (waiting.length > 0 && (clean || this.passes.hasEnded(waiting[0]!.pass))) {
        batch.events.push(waiting.shift()!.event);
      }
    }
  }

  #endPass(now: number): void {
    this.passes.end();
    this.#rowsTo.walkEnded(now);
    this.#sets.endPass();
  }

  #writtenTo(peerFamilies: readonly PeerFamily[], ribs: readonly FamilyRib[], now: number): number {
    // `hasDirty` may be true for a while after the last dirty row is taken; takeHeld has just counted them.
    const isDirty = peerFamilies.some(({ peerId, routes, unwrittenReported }) =>
      peerId === 0 ? routes !== undefined && routes.dirtyCount() > 0 : unwrittenReported > 0
    );
    if (!isDirty && this.#lost.isEmpty) this.#rowsTo.isClean(now);
    if (!ribs.some(({ best }) => best.hasDirty)) this.#bestTo.isClean(now);
    const oldest = this.#history?.oldestEnd ?? Infinity;
    return Math.max(0, Math.min(this.#rowsTo.time, this.#bestTo.time, oldest - 1));
  }

  #takeHistory(ribs: readonly FamilyRib[]): void {
    if (this.#history === undefined || this.#history.count === 0) return;
    const byId: FamilyRib[] = [];
    for (const rib of ribs) byId[rib.family] = rib;
    this.#ribs = byId;
    this.#history.drain(this.#state);
  }

  readonly #state: StateSink = (to, from, peerId, family, slot, pathId, set, endedBy) => {
    const batch = this.#batch!;
    if (this.full || (batch.historyCount + 1) * stride.history > batch.history.length) return false;
    const rib = this.#ribs[family]!;
    this.#needPrefix(rib, slot);
    this.#needSet(set);
    const at = batch.historyCount++ * stride.history;
    const rows = batch.history;
    rows[at] = to;
    rows[at + 1] = from;
    rows[at + 2] = peerId;
    rows[at + 3] = rib.slots.id(slot);
    rows[at + 4] = pathId;
    rows[at + 5] = this.#sets.id(set);
    rows[at + 6] = endedBy;
    return true;
  };

  /**
   * Rows of our own peers ahead of their turn: the tables of routers may have millions of rows, and a change of our own
   * does not wait for them. Half of the batch at most, so that those go on.
   */
  #takeOwnRows(peerFamilies: readonly PeerFamily[]): void {
    const batch = this.#batch!;
    for (const peerFamily of peerFamilies) {
      const { peerId, routes } = peerFamily;
      if (isOfRouter(peerId)) return;
      if (routes?.hasDirty !== true) continue;
      this.#current = peerFamily;
      for (let slot = routes.nextDirty(0); slot !== -1; slot = routes.nextDirty(slot + 1)) {
        if (batch.routeCount >= this.#rowLimit / 2 || !routes.feed(slot, this)) return;
      }
    }
  }

  /** Continues the pass. True: the pass is complete. */
  #takeRows(peerFamilies: readonly PeerFamily[]): boolean {
    for (const peerFamily of peerFamilies) {
      const { peerId, family, routes } = peerFamily;
      if (peerId < this.#peerId || (peerId === this.#peerId && family < this.#familyId)) continue;
      if (peerId !== this.#peerId || family !== this.#familyId) this.#slot = 0;
      this.#peerId = peerId;
      this.#familyId = family;
      if (routes === undefined || !routes.hasDirty) continue;
      this.#current = peerFamily;
      for (let slot = routes.nextDirty(this.#slot); slot !== -1; slot = routes.nextDirty(slot + 1)) {
        if (!routes.feed(slot, this)) {
          this.#slot = slot;
          return false;
        }
      }
    }
    this.#peerId = -1;
    this.#familyId = -1;
    this.#slot = 0;
    return true;
  }

  /** Adds how many routes each peer holds, how many of them are not written yet or eligible, where that changed. */
  #takeHeld(peerFamilies: readonly PeerFamily[]): void {
    const rows: number[] = [];
    for (const peerFamily of peerFamilies) {
      const { peerId, family, routes } = peerFamily;
      if (peerId === 0) continue;
      const held = routes?.count ?? 0;
      const unwritten = routes?.dirtyCount() ?? 0;
      const accepted = held - (routes?.ineligibleCount ?? 0);
      if (
        held === peerFamily.heldReported && unwritten === peerFamily.unwrittenReported &&
        accepted === peerFamily.acceptedReported
      ) continue;
      peerFamily.heldReported = held;
      peerFamily.unwrittenReported = unwritten;
      peerFamily.acceptedReported = accepted;
      rows.push(peerId, family, held, unwritten, accepted);
    }
    if (rows.length > 0) this.#batch!.events.push({ kind: "held", rows: Float64Array.from(rows) });
  }

  /** Continues the walk over the best routes. True: the walk is complete. */
  #takeBest(ribs: readonly FamilyRib[]): boolean {
    const batch = this.#batch!;
    const rowLimit = Math.min(this.#rowLimit, Math.floor(batch.best.length / stride.best));
    for (const rib of ribs) {
      if (rib.family < this.#bestFamily) continue;
      if (rib.family !== this.#bestFamily) this.#bestSlot = 0;
      this.#bestFamily = rib.family;
      const best = rib.best;
      for (let slot = best.nextDirty(this.#bestSlot); slot !== -1; slot = best.nextDirty(slot + 1)) {
        this.#bestSlot = slot;
        // Best routes go into the batch of their prefixes, even if that is full of routes.
        const needsPrefix = !rib.slots.isStored(slot);
        if (batch.bestCount >= rowLimit || (needsPrefix && this.#destinationsFull)) return false;
        best.clean(slot);
        const peerId = best.peerOf(slot);
        if (peerId === -1 && needsPrefix) continue;
        this.#needPrefix(rib, slot);
        const at = batch.bestCount++ * stride.best;
        const rows = batch.best;
        rows[at] = rib.slots.id(slot);
        rows[at + 1] = peerId;
        rows[at + 2] = best.pathIdOf(slot);
        rows[at + 3] = best.stepOf(slot);
        rows[at + 4] = best.sinceOf(slot);
      }
    }
    this.#bestFamily = 0;
    this.#bestSlot = 0;
    return true;
  }

  /** Adds prefixes whose multipath routes changed. */
  #takeMultipath(ribs: readonly FamilyRib[]): void {
    for (const { multipath, slots } of ribs) {
      if (multipath?.hasDirty !== true) continue;
      const rows: number[] = [];
      let left = multipathPrefixes;
      for (const slot of multipath.dirty()) {
        if (left-- === 0) break;
        const id = slots.id(slot);
        rows.push(id, -1, -1);
        for (const { peerId, pathId } of multipath.of(slot)) rows.push(id, peerId, pathId);
        multipath.clean(slot);
      }
      this.#batch!.events.push({ kind: "multipath", rows: Float64Array.from(rows) });
    }
  }

  #takeRetired(): void {
    const batch = this.#batch!;
    const retired = this.#sets.retired;
    const count = Math.min(retired.length, batch.retired.length);
    for (let i = 0; i < count; i++) batch.retired[i] = retired[i]!;
    retired.splice(0, count);
    batch.retiredCount = count;
  }

  #needPrefix(rib: DirtyPrefixes, slot: PrefixSlot): void {
    if (!rib.slots.isStored(slot)) this.#addDestination(rib, slot);
  }

  #addDestination({ destinations, slots }: DirtyPrefixes, slot: PrefixSlot): void {
    slots.markStored(slot);
    if (destinations instanceof PrefixTable) addPrefix(this.#batch!, destinations, slot);
    else addNlri(this.#batch!, destinations, slot);
  }

  #needSet(set: SetSlot): void {
    const sets = this.#sets;
    if (sets.isStored(set)) return;
    sets.markStored(set);
    addSet(this.#batch!, sets, set);
  }
}

function isFullOfNlri({ nlriCount, nlriBytesLength }: StoreBatch): boolean {
  return nlriCount >= limits.storeBatchRows || nlriBytesLength >= nlriBytesLimit;
}
