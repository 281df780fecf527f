/**
 * An update group in one family: the peers that are advertised the same routes, and which routes those are.
 *
 * The column of exported sets is the truth. A row that changes is queued once, however often it changes before it is
 * advertised, and is encoded from the column: the newest state is sent. {@link UpdateGroup.flush} takes some changes,
 * sorts them by attribute set, encodes them into the ring, and marks them for the peers outside the ring.
 *
 * **Split horizon.** A route never goes back to the peer it comes from. Where that peer held another route for the
 * prefix, it is sent a withdraw of its own; or, where the group selects for its peers (`client_selection.ts`), its
 * substitute. Blocks note for each segment which peers read it, so that one encoding serves all.
 *
 * One file because every change of the column is queued in the same step, from what the column held before.
 */

import type { FamilyId, Millis, PrefixSlot, SetSlot } from "../../types/mod.ts";
import { pageBits, pageSlots, type RouteSource } from "../in/adj_rib_in.ts";
import type { AttributeTable } from "../table/attribute_table.ts";
import { ChangeQueue } from "./change_queue.ts";
import type { ClientSelection } from "./client_selection.ts";
import type { Decision } from "../decide/decision.ts";
import { type ExportChain, ExportMap } from "./export/export_map.ts";
import { ExportRules } from "./export/export_rules.ts";
import type { ExportTarget } from "./export/export_target.ts";
import type { FamilyRib } from "../decide/family_rib.ts";
import { GroupMessages } from "./group_messages.ts";
import type { GroupShare } from "./group_share.ts";
import { OutColumn, setOfValue } from "./out_column.ts";
import type { OutLimit } from "./out_limit.ts";
import { OutRing } from "./out_ring.ts";
import type { OutRows } from "./out_rows.ts";
import { LeavingOrigin } from "./export/leaving_origin.ts";
import { outgoingValidity } from "./outgoing_validity.ts";
import type { PeerTerms } from "./export/peer_terms.ts";
import type { Validation } from "../in/validation.ts";

/** A peer of the group that is outside the ring and is served from the column. */
export interface LoneReader {
  readonly peerId: number;
  /** What the peer must hold of the row changed. */
  changed(row: number): void;
  /** Rows that the peer must be sent, or that have a route for this peer only. */
  eachKept(visit: (row: number) => void): void;
}

/** What an {@link UpdateGroup} is made of. */
export interface GroupParts {
  readonly rib: FamilyRib;
  readonly rows: OutRows;
  readonly target: ExportTarget;
  readonly policy: ExportChain | undefined;
  /** `undefined`: peers are advertised the best route, or none where it is withheld from them. */
  readonly selection: ClientSelection | undefined;
  /** `max_prefixes_out` of the only peer of the group. */
  readonly limit: OutLimit | undefined;
  /** MinRouteAdvertisementInterval (RFC 4271 §9.2.1.1). */
  readonly intervalMs: Millis;
  readonly sets: AttributeTable;
  readonly terms: PeerTerms;
  readonly validation: Validation;
  readonly share: GroupShare;
  /** Octets of encoded messages that may wait for slower peers. */
  readonly ringBytes: number;
}

export class UpdateGroup {
  readonly family: FamilyId;
  readonly rib: FamilyRib;
  readonly rows: OutRows;
  readonly sets: AttributeTable;
  readonly column: OutColumn;
  readonly map: ExportMap;
  readonly messages: GroupMessages;
  readonly ring: OutRing;
  /** Changes that are not advertised yet. */
  readonly changes: ChangeQueue;
  readonly loneReaders = new Set<LoneReader>();
  /** Peers of the group, in the ring or not. */
  readonly members = new Set<number>();
  readonly share: GroupShare;
  readonly limit: OutLimit | undefined;
  /** Only routes that this speaker originates are exported. */
  readonly isLocalOnly: boolean;
  readonly #selection: ClientSelection | undefined;
  /** By peer: how many rows have a route of this peer, and are not advertised to it. */
  readonly #bySource = new Map<number, number>();
  /** The value of the candidate that was accepted last. */
  #accepted = 0;
  /** Rows below are filled. Those above wait until the first peer needs them. */
  #filled = 0;

  constructor(parts: GroupParts) {
    const { rib, rows, target, policy, selection, limit, intervalMs, sets, terms, share, ringBytes } = parts;
    this.family = rib.family;
    this.rib = rib;
    this.rows = rows;
    this.sets = sets;
    this.share = share;
    this.column = new OutColumn(sets);
    this.messages = new GroupMessages(rib, rows, sets, target.context);
    const rules = new ExportRules(target, rib.family);
    const origin = new LeavingOrigin(target, sets);
    const { encoder } = this.messages;
    const { family, classes } = rib;
    this.map = new ExportMap({
      rules,
      encoder,
      family,
      sets,
      classes,
      terms,
      room: share,
      policy,
      validityOf: (set, source, slot) => outgoingValidity(parts.validation, rib, slot, set, source, origin),
    });
    this.isLocalOnly = target.choice === "none";
    this.#selection = selection;
    this.limit = limit;
    this.changes = new ChangeQueue(sets, intervalMs);
    this.ring = new OutRing(ringBytes);
  }

  /** The row has this route now; `set` -1: none. `before`: the peer whose route it had, or -1. */
  decided(row: number, before: number, set: SetSlot, source: RouteSource | undefined): void {
    if (row >= this.#filled) return;
    let value = 0;
    if (source !== undefined && set !== -1 && !(this.isLocalOnly && source.peerId !== 0)) {
      value = this.map.export(set, source, this.rows.slotOf(row)) + 1;
    }
    const old = this.column.get(row);
    const limit = this.limit;
    // A row with the peer's own route counts as empty: the peer is not advertised that route.
    if (limit !== undefined && (old === 0 || before === limit.peerId)) value = this.#admitted(row, value, source);
    if (old !== value || (value !== 0 && before !== source!.peerId)) this.#change(row, before, old, value, source);
    // Also where a row that waited is gone: the room that it was offered is free for another row.
    if (limit !== undefined) this.#letNext();
  }

  #change(row: number, before: number, old: number, value: number, source: RouteSource | undefined): void {
    this.changes.hold(row, old, before);
    this.changes.push(row, old === 0 ? -1 : before);
    if (old !== 0) this.#countSource(before, -1);
    if (value !== 0) this.#countSource(source!.peerId, 1);
    if (old !== value) this.column.set(row, value);
  }

  /**
   * The same as {@link decided} for a group that selects: these are the candidates now. `bestBefore`: the peer that had
   * the best route.
   */
  select(slot: PrefixSlot, bestBefore: number, decision: Decision, winner: number): void {
    if (slot < this.#filled) this.#select(slot, bestBefore, decision, winner, true);
  }

  /** `noting`: the row was filled before, so that a change is queued. */
  #select(slot: PrefixSlot, bestBefore: number, decision: Decision, winner: number, noting: boolean): void {
    const selection = this.#selection!;
    const before = selection.sourceOf(slot, bestBefore);
    const old = this.column.get(slot);
    const oldSubstitute = selection.substituteOf(slot);
    const place = this.#nextAccepted(slot, decision, winner, 0, selection.only);
    const source = place === -1 ? undefined : decision.routes(decision.nth(place, winner)).source;
    let value = place === -1 ? 0 : this.#accepted;
    if (this.limit !== undefined && old === 0) value = this.#admitted(slot, value, source);
    const peerId = value === 0 ? -1 : source!.peerId;
    const changed = old !== value || (value !== 0 && before !== peerId);
    if (noting && changed) this.changes.hold(slot, old, before);
    // The column retains the set before another set is interned.
    if (old !== value) this.column.set(slot, value);
    const best = this.rib.best.peerOf(slot);
    selection.setSource(slot, value === 0 ? best : peerId, best);
    const needsSubstitute = value !== 0 && this.members.has(peerId);
    const second = needsSubstitute ? this.#nextAccepted(slot, decision, winner, place + 1, peerId) : -1;
    const substitute = second === -1 ? 0 : this.#accepted;
    selection.setSubstitute(slot, substitute);
    if (noting && (changed || substitute !== oldSubstitute)) {
      if (this.changes.push(slot, old === 0 ? -1 : before)) selection.noted(slot, oldSubstitute !== 0, !changed);
      else if (changed) selection.changedForAll(slot);
    }
    const wasHidden = old !== 0 && oldSubstitute === 0;
    const isHidden = value !== 0 && substitute === 0;
    if (wasHidden !== isHidden || before !== peerId) {
      if (wasHidden) this.#countSource(before, -1);
      if (isHidden) this.#countSource(peerId, 1);
    }
    if (this.limit !== undefined && noting) this.#letNext();
  }

  /**
   * The first place from `from` on whose candidate may go to the group, `without` those of one peer; -1: there is none.
   */
  #nextAccepted(slot: PrefixSlot, decision: Decision, winner: number, from: number, without: number): number {
    for (let place = from; place < decision.count; place++) {
      const candidate = decision.nth(place, winner);
      const { source } = decision.routes(candidate);
      if (source.peerId === without) continue;
      this.#accepted = this.map.export(decision.set(candidate), source, slot) + 1;
      if (this.#accepted !== 0) return place;
    }
    return -1;
  }

  /** Whether a route may go to the group at all. */
  accepts(set: SetSlot, source: RouteSource, slot: PrefixSlot): boolean {
    return this.map.export(set, source, slot) !== -1;
  }

  /** A peer joins the group. Where the group selects, substitutes for the peer's own routes are selected. */
  enter(peerId: number): void {
    const isNew = !this.members.has(peerId);
    this.members.add(peerId);
    const selection = this.#selection;
    if (selection === undefined || !isNew || (this.#bySource.get(peerId) ?? 0) === 0) return;
    const { column, rib } = this;
    for (let at = 0; at < rib.slots.count; at++) {
      const slot = at as PrefixSlot;
      if (!column.hasPage(slot >>> pageBits)) at |= pageSlots - 1;
      else if (column.get(slot) !== 0 && this.sourceOf(slot) === peerId && selection.substituteOf(slot) === 0) {
        // Without a best route a decision is due, which selects.
        const winner = rib.candidates(slot);
        if (winner === -1 || this.#nextAccepted(slot, rib.decision, winner, 0, peerId) === -1) continue;
        selection.setSubstitute(slot, this.#accepted);
        this.#countSource(peerId, -1);
      }
    }
  }

  /** Peers are advertised another route where the best one is withheld from them (RFC 7947 §2.3.2). */
  get selects(): boolean {
    return this.#selection !== undefined;
  }

  /** The peer whose route the row has. The route is not advertised to that peer. */
  sourceOf(row: number): number {
    const best = this.rows.sourceOf(row);
    return this.#selection === undefined ? best : this.#selection.sourceOf(row, best);
  }

  /** What a peer of the group must hold of the row: set slot + 1, or 0. */
  valueFor(peerId: number, row: number): number {
    const value = this.column.get(row);
    if (value === 0 || this.sourceOf(row) !== peerId) return value;
    return this.#selection === undefined ? 0 : this.#selection.substituteOf(row);
  }

  /** How many rows are advertised to a peer, routes for this peer only not included. */
  countFor(peerId: number): number {
    return this.column.count - (this.#bySource.get(peerId) ?? 0);
  }

  #countSource(peerId: number, change: 1 | -1): void {
    this.#bySource.set(peerId, (this.#bySource.get(peerId) ?? 0) + change);
  }

  /**
   * Fills the rows below `end`. Only rows that are prefixes can wait to be filled. `held`: what the peer of a limited
   * group holds already: those rows are admitted first, so that none of them is withdrawn in favour of another row.
   */
  fill(end: number, held?: OutColumn): void {
    // An empty table is filled too: from then on decisions bring its rows.
    if (this.#filled > end || (this.#filled === end && end < this.rows.count)) return;
    const first = this.limit === undefined ? undefined : held;
    if (first !== undefined) {
      for (let row = this.#filled; row < end; row++) if (first.get(row) !== 0) this.#fillRow(row as PrefixSlot);
    }
    for (let row = this.#filled; row < end; row++) {
      if (first === undefined || first.get(row) === 0) this.#fillRow(row as PrefixSlot);
    }
    // Once all rows are filled, decisions bring new ones.
    this.#filled = end >= this.rows.count ? Infinity : end;
  }

  #fillRow(slot: PrefixSlot): void {
    let value = this.#exportBest(slot);
    if (value === -1) return;
    const peer = this.rib.best.peerOf(slot);
    const selection = this.#selection;
    if (selection !== undefined && (value === 0 || peer === selection.only || this.members.has(peer))) {
      const { rib } = this;
      const winner = rib.candidates(slot);
      if (winner !== -1) this.#select(slot, peer, rib.decision, winner, false);
      else if (value !== 0) this.sets.forgo(setOfValue(value));
      return;
    }
    if (this.limit !== undefined) value = this.#admitted(slot, value, this.rib.routesOf(slot, peer)!.source);
    if (value === 0) return;
    this.column.set(slot, value);
    this.#countSource(peer, 1);
  }

  /** What the best route of a prefix becomes: set slot + 1; 0: it is withheld; -1: there is none. */
  #exportBest(slot: PrefixSlot): number {
    const { rib } = this;
    const peer = rib.best.peerOf(slot);
    if (peer === -1 || (this.isLocalOnly && peer !== 0)) return -1;
    const routes = rib.routesOf(slot, peer);
    const row = routes === undefined ? -1 : routes.find(slot, rib.best.pathIdOf(slot));
    return row === -1 ? -1 : this.map.export(routes!.setOf(row), routes!.source, slot) + 1;
  }

  isFilled(row: number): boolean {
    return row < this.#filled;
  }

  /** A copy of the set that the peer will hold of a row that is not filled yet. The group does not change. */
  preview(slot: PrefixSlot, peerId: number): Uint8Array | undefined {
    const value = this.#preview(slot, peerId);
    if (value <= 0) return undefined;
    const wire = this.sets.wire(setOfValue(value)).slice();
    this.sets.forgo(setOfValue(value));
    return wire;
  }

  #preview(slot: PrefixSlot, peerId: number): number {
    if (this.#selection === undefined) return this.rib.best.peerOf(slot) === peerId ? 0 : this.#exportBest(slot);
    const winner = this.rib.candidates(slot);
    return winner !== -1 && this.#nextAccepted(slot, this.rib.decision, winner, 0, peerId) !== -1 ? this.#accepted : 0;
  }

  /** Decisions bring every row, so none waits for {@link fill}. */
  fillByDecisions(): void {
    this.#filled = Infinity;
  }

  /**
   * A first table may be sent: selection is not deferred, and where decisions bring the rows, they have brought all.
   */
  get ready(): boolean {
    return this.rib.settled && (!this.rows.addPath || this.rib.undecided === 0);
  }

  /** What the peer holds of a row whose change is queued: set slot + 1; 0: nothing. `undefined`: it is not known. */
  heldBy(peerId: number, row: number): number | undefined {
    const held = this.changes.heldOf(row);
    if (held === undefined || (held.source === peerId && this.#selection !== undefined)) return undefined;
    return held.source === peerId ? 0 : held.value;
  }

  /** Nothing waits for the peers in the ring. */
  get isQuiet(): boolean {
    return this.changes.size === 0 && this.ring.bytes === 0;
  }

  /** Advertises some changes: encodes them into the ring, and marks them for the lone readers. */
  flush(now: Millis): void {
    const entries = this.#takeChanges(now);
    if (entries === 0 || this.ring.readerCount === 0) return;
    this.share.order.sort(this.share.keys, entries);
    this.messages.encode(this.share, entries, this.ring);
    this.ring.enforceLimit();
  }

  /** Rows that have a route for peers of the group, or a change that some of them have not read. May repeat rows. */
  eachRowInUse(visit: (row: number) => void): void {
    this.column.eachRow(visit);
    this.changes.each(visit);
    this.ring.eachRow(visit);
    for (const reader of this.loneReaders) reader.eachKept(visit);
    this.#selection?.eachRow(visit);
    this.limit?.eachWaiting(visit);
  }

  /** The group has no peer any more: releases what it holds. */
  clear(): void {
    this.column.clear();
    this.#selection?.clear();
    this.changes.clear();
    this.#bySource.clear();
  }

  /** Gives memory back to the system that many lost routes left. */
  returnMemory(): void {
    // A peer may still hold the routes of an empty page whose withdraws wait for the advertisement interval.
    if (this.changes.size > 0) return;
    this.column.returnMemory();
    this.changes.returnMemory();
  }

  get bytes(): number {
    return this.column.bytes + this.map.bytes + this.ring.bytes + (this.#selection?.bytes ?? 0) + this.changes.bytes;
  }

  /** The value of a row that was not advertised to the peer so far: 0 where the limit holds it back. */
  #admitted(row: number, value: number, source: RouteSource | undefined): number {
    const limit = this.limit!;
    // The peer's own routes are not advertised to it.
    if (value === 0 || source!.peerId === limit.peerId) {
      limit.gone(row);
      return value;
    }
    if (limit.admits(row, this.countFor(limit.peerId))) return value;
    this.sets.forgo(setOfValue(value));
    return 0;
  }

  /** Where there is room again, a row that waits for it is decided once more. */
  #letNext(): void {
    const limit = this.limit!;
    const row = limit.next(this.countFor(limit.peerId));
    if (row !== -1) this.rib.touch(this.rows.slotOf(row));
  }

  /** Takes the changes that are due. Returns how many entries they make for the ring. */
  #takeChanges(now: Millis): number {
    const { column, share: { changed, befores } } = this;
    const count = this.changes.take(now, changed, befores);
    let entries = 0;
    for (let i = 0; i < count; i++) {
      const row = changed[i]!;
      const before = befores[i]!;
      // The route came and went before it was advertised.
      if (before === -1 && column.get(row) === 0) continue;
      entries = this.#takeChange(row, before, entries);
    }
    return entries;
  }

  /**
   * Notes who is sent what of a row: every peer but the source of its route gets the route, and the source gets its
   * substitute or a withdraw of its own. `before`: see {@link ChangeQueue}.
   */
  #takeChange(row: number, before: number, entries: number): number {
    const { members } = this;
    const selection = this.#selection;
    const substitute = selection === undefined ? 0 : selection.substituteOf(row);
    const hadSubstitute = selection !== undefined && selection.hadSubstitute(row);
    const onlySource = selection !== undefined && selection.isSubstituteOnly(row);
    const value = this.column.get(row);
    const source = value === 0 ? -1 : this.sourceOf(row);
    for (const reader of this.loneReaders) {
      const isSource = reader.peerId === source;
      if (onlySource && !isSource) continue;
      const held = before !== -1 && (before !== reader.peerId || hadSubstitute);
      if (held || (isSource ? substitute : value) !== 0) reader.changed(row);
    }
    if (!onlySource) {
      const from = value !== 0 ? source : hadSubstitute ? -1 : before;
      entries = this.#addEntry(row, value, members.has(from) ? from : 0, entries);
    }
    if (value === 0 || !members.has(source)) return entries;
    const held = before !== -1 && (before !== source || hadSubstitute);
    return held || substitute !== 0 ? this.#addEntry(row, substitute, -source, entries) : entries;
  }

  #addEntry(row: number, value: number, mark: number, entries: number): number {
    const { share } = this;
    share.rows[entries] = row;
    share.keys[entries] = value;
    share.marks[entries] = mark;
    return entries + 1;
  }
}
