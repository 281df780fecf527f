/**
 * An update group and one family: what is advertised to all of its peers, and what changed since it was last told.
 *
 * The column of advertised sets is the truth. A change is noted once, however often a route changes before it is told,
 * and told from the column: the newest state wins. {@link GroupFamily.flush} takes some changes, brings those with one
 * set together, encodes them into the ring and marks them for the peers that are not in the ring.
 *
 * **Split horizon.** A route never goes back to the peer it is from; where that peer had another route for the prefix, it
 * is told a withdraw of its own, or, where the group selects for its peers (see client_selection.ts), the route that it gets
 * instead. Blocks note this per segment, so that one encoding serves all.
 *
 * One file because what is advertised and what changed since are two sides of each row: every change to the column is noted
 * in the same breath, from what stood there before.
 */

import { UpdateEncoder } from "../../message/mod.ts";
import type { Millis } from "../../session/mod.ts";
import type { FamilyId } from "../../types/mod.ts";
import { pageBits, pageSlots, type RouteSource } from "../in/adj_rib_in.ts";
import type { AttributeTable } from "../table/attribute_table.ts";
import type { ClientSelection } from "./client_selection.ts";
import { growInt32, wordsFor } from "../table/columns.ts";
import type { Decision } from "../decide/decision.ts";
import { type ExportChain, ExportMap, roomBeside } from "./export/export_map.ts";
import { ExportRules } from "./export/export_rules.ts";
import type { ExportTarget } from "./export/export_target.ts";
import type { FamilyRib } from "../decide/family_rib.ts";
import { flushRows, type GroupShare } from "./group_share.ts";
import { OutColumn } from "./out_column.ts";
import type { OutLimit } from "./out_limit.ts";
import { OutRing } from "./out_ring.ts";
import type { OutRows } from "./out_rows.ts";
import type { PeerTerms } from "./export/peer_terms.ts";

/** The octets of a block, about. */
const blockBytes = 65_536;

/** In place of the peer whose route was told before: some may know this one, some that one. */
const uncertain = -2;

/** A peer of the group that is told from the column, on its own. */
export interface LoneReader {
  readonly peerId: number;
  /** What the peer is to hold of the row changed. */
  changed(row: number): void;
}

export class GroupFamily {
  readonly family: FamilyId;
  readonly rib: FamilyRib;
  readonly rows: OutRows;
  readonly sets: AttributeTable;
  readonly column: OutColumn;
  readonly map: ExportMap;
  readonly encoder: UpdateEncoder;
  readonly ring: OutRing;
  readonly lone = new Set<LoneReader>();
  /** Peers of the group, in the ring or not. */
  readonly members = new Set<number>();
  /** What the group selects where the best route is not for its peers; without it they are advertised the best or nothing. */
  readonly #selection: ClientSelection | undefined;
  /** Of the one peer there is, where it may be told so much only. */
  readonly #limit: OutLimit | undefined;
  /** Only routes of our own are exported. */
  readonly #localOnly: boolean;
  /** Rows advertised by the peer whose route stands there: what each of them is not told. */
  readonly #bySource = new Map<number, number>();
  /** The value of the candidate that was accepted last. */
  #accepted = 0;
  /** Rows below are as they should be; those above wait until the first peer asks for them. */
  #filled = 0;
  /** Changes that were not told yet, in order: row, and the source of the route that was. */
  #changedRows = new Int32Array(1024);
  #befores = new Int32Array(1024);
  #start = 0;
  #end = 0;
  #queued = new Int32Array(wordsFor(1024));
  /** Somebody was told from the column while changes waited: who knew what before them is not certain any more. */
  #unsure = false;
  /** While changes wait for the interval: which sets (slot + 1, or 0), of which source, the peers hold meanwhile. */
  readonly #held: Map<number, { readonly value: number; readonly source: number }> | undefined;
  /** Advertisement interval: changes that may be told now, and when the next ones may. */
  readonly #intervalMs: number;
  #due = 0;
  #dueAt = -Infinity;
  readonly share: GroupShare;

  constructor(
    rib: FamilyRib,
    rows: OutRows,
    target: ExportTarget,
    policy: ExportChain | undefined,
    selection: ClientSelection | undefined,
    limit: OutLimit | undefined,
    intervalMs: number,
    sets: AttributeTable,
    terms: PeerTerms,
    share: GroupShare,
    ringBytes: number,
  ) {
    this.family = rib.family;
    this.rib = rib;
    this.rows = rows;
    this.sets = sets;
    this.share = share;
    this.column = new OutColumn(sets);
    this.encoder = new UpdateEncoder(target.context);
    const rules = new ExportRules(target, rib.family);
    this.map = new ExportMap(rules, this.encoder, rib.family, sets, rib.classes, terms, share, policy);
    this.#localOnly = target.choice === "none";
    this.#selection = selection;
    this.#limit = limit;
    this.#intervalMs = intervalMs;
    this.#held = intervalMs > 0 ? new Map() : undefined;
    this.ring = new OutRing(ringBytes);
  }

  /** The route of a row is this one now; `set` -1: there is none. `before`: the peer whose route it was. */
  decided(row: number, before: number, set: number, source: RouteSource | undefined): void {
    if (row >= this.#filled) return;
    let value = 0;
    if (source !== undefined && set !== -1 && !(this.#localOnly && source.peerId !== 0)) {
      value = this.map.export(set, source, this.rows.slotOf(row)) + 1;
    }
    const old = this.column.get(row);
    const limit = this.#limit;
    // A row of the peer's own route is as good as none: the peer is not told of it.
    if (limit !== undefined && (old === 0 || before === limit.peerId)) value = this.#admitted(row, value, source);
    if (old !== value || (value !== 0 && before !== source!.peerId)) this.#change(row, before, old, value, source);
    // Also where a row that waited has gone: the room it was offered is another's.
    if (limit !== undefined) this.#letNext();
  }

  #change(row: number, before: number, old: number, value: number, source: RouteSource | undefined): void {
    this.#hold(row, old, before);
    this.#note(row, old === 0 ? -1 : before);
    if (old !== 0) this.#countSource(before, -1);
    if (value !== 0) this.#countSource(source!.peerId, 1);
    if (old !== value) this.column.set(row, value);
  }

  /**
   * As {@link decided}, for a group that selects: these are the candidates now. `bestBefore`: the peer whose route was the
   * best one.
   */
  select(slot: number, bestBefore: number, decision: Decision, winner: number): void {
    if (slot < this.#filled) this.#select(slot, bestBefore, decision, winner, true);
  }

  /** `noting`: the row was right before, so that a change is noted. */
  #select(slot: number, bestBefore: number, decision: Decision, winner: number, noting: boolean): void {
    const selection = this.#selection!;
    const before = selection.sourceOf(slot, bestBefore);
    const old = this.column.get(slot);
    const oldSubstitute = selection.substituteOf(slot);
    const place = this.#nextAccepted(slot, decision, winner, 0, selection.only);
    const source = place === -1 ? undefined : decision.routes(decision.nth(place, winner)).source;
    let value = place === -1 ? 0 : this.#accepted;
    if (this.#limit !== undefined && old === 0) value = this.#admitted(slot, value, source);
    const peerId = value === 0 ? -1 : source!.peerId;
    const changed = old !== value || (value !== 0 && before !== peerId);
    if (noting && changed) this.#hold(slot, old, before);
    // It is retained there before another set is interned.
    if (old !== value) this.column.set(slot, value);
    const best = this.rib.best.peerOf(slot);
    selection.setSource(slot, value === 0 ? best : peerId, best);
    const needsSubstitute = value !== 0 && this.members.has(peerId);
    const second = needsSubstitute ? this.#nextAccepted(slot, decision, winner, place + 1, peerId) : -1;
    const substitute = second === -1 ? 0 : this.#accepted;
    selection.setSubstitute(slot, substitute);
    if (noting && (changed || substitute !== oldSubstitute)) {
      if (this.#note(slot, old === 0 ? -1 : before)) selection.noted(slot, oldSubstitute !== 0, !changed);
      else if (changed) selection.changedForAll(slot);
    }
    const wasHidden = old !== 0 && oldSubstitute === 0;
    const isHidden = value !== 0 && substitute === 0;
    if (wasHidden !== isHidden || before !== peerId) {
      if (wasHidden) this.#countSource(before, -1);
      if (isHidden) this.#countSource(peerId, 1);
    }
    if (this.#limit !== undefined && noting) this.#letNext();
  }

  /** The first place from `from` on whose candidate may go to the group, `without` those of one peer; -1: there is none. */
  #nextAccepted(slot: number, decision: Decision, winner: number, from: number, without: number): number {
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
  accepts(set: number, source: RouteSource, slot: number): boolean {
    return this.map.export(set, source, slot) !== -1;
  }

  /** A peer is in the group from now on. What it is advertised in place of its own routes is selected. */
  enter(peerId: number): void {
    const isNew = !this.members.has(peerId);
    this.members.add(peerId);
    const selection = this.#selection;
    if (selection === undefined || !isNew || (this.#bySource.get(peerId) ?? 0) === 0) return;
    const { column, rib } = this;
    for (let slot = 0; slot < rib.prefixes.count; slot++) {
      if (!column.hasPage(slot >>> pageBits)) slot |= pageSlots - 1;
      else if (column.get(slot) !== 0 && this.sourceOf(slot) === peerId && selection.substituteOf(slot) === 0) {
        // Where the best route is gone, a decision is due that finds the next.
        const winner = rib.candidates(slot);
        if (winner === -1 || this.#nextAccepted(slot, rib.decision, winner, 0, peerId) === -1) continue;
        selection.setSubstitute(slot, this.#accepted);
        this.#countSource(peerId, -1);
      }
    }
  }

  /** Peers are advertised other routes where the best one is not for them. */
  get selects(): boolean {
    return this.#selection !== undefined;
  }

  /** The peer whose route stands in the row, which is not advertised to it. */
  sourceOf(row: number): number {
    const best = this.rows.sourceOf(row);
    return this.#selection === undefined ? best : this.#selection.sourceOf(row, best);
  }

  /** What a peer of the group is to hold of the row: set slot + 1, or 0. */
  valueFor(peerId: number, row: number): number {
    const value = this.column.get(row);
    if (value === 0 || this.sourceOf(row) !== peerId) return value;
    return this.#selection === undefined ? 0 : this.#selection.substituteOf(row);
  }

  /** Rows that a peer is told, but for routes of its own. */
  countFor(peerId: number): number {
    return this.column.count - (this.#bySource.get(peerId) ?? 0);
  }

  #countSource(peerId: number, change: 1 | -1): void {
    this.#bySource.set(peerId, (this.#bySource.get(peerId) ?? 0) + change);
  }

  /**
   * Makes sure that rows below `end` are as they should be. Only rows that are prefixes can wait. `told`: what the peer of a
   * limited group holds: it goes before the others, so that none of it is taken back for another's sake.
   */
  fill(end: number, told?: OutColumn): void {
    // A table without a row is filled too, and from then on decisions bring its first.
    if (this.#filled > end || (this.#filled === end && end < this.rows.count)) return;
    const held = this.#limit === undefined ? undefined : told;
    if (held !== undefined) {
      for (let slot = this.#filled; slot < end; slot++) if (held.get(slot) !== 0) this.#fillRow(slot);
    }
    for (let slot = this.#filled; slot < end; slot++) {
      if (held === undefined || held.get(slot) === 0) this.#fillRow(slot);
    }
    // From the last one on decisions bring them.
    this.#filled = end >= this.rows.count ? Infinity : end;
  }

  #fillRow(slot: number): void {
    let value = this.#exportBest(slot);
    if (value === -1) return;
    const peer = this.rib.best.peerOf(slot);
    const selection = this.#selection;
    if (selection !== undefined && (value === 0 || peer === selection.only || this.members.has(peer))) {
      const { rib } = this;
      const winner = rib.candidates(slot);
      if (winner !== -1) this.#select(slot, peer, rib.decision, winner, false);
      else if (value !== 0) this.sets.forgo(value - 1);
      return;
    }
    if (this.#limit !== undefined) value = this.#admitted(slot, value, this.rib.routesOf(slot, peer)!.source);
    if (value === 0) return;
    this.column.set(slot, value);
    this.#countSource(peer, 1);
  }

  /** What the best route of a prefix becomes: set slot + 1, 0: it is not exported, -1: there is none. */
  #exportBest(slot: number): number {
    const { rib } = this;
    const peer = rib.best.peerOf(slot);
    if (peer === -1 || (this.#localOnly && peer !== 0)) return -1;
    const routes = rib.routesOf(slot, peer);
    const row = routes === undefined ? -1 : routes.find(slot, rib.best.pathIdOf(slot));
    return row === -1 ? -1 : this.map.export(routes!.setOf(row), routes!.source, slot) + 1;
  }

  /** The column has the row as it should be. */
  isFilled(row: number): boolean {
    return row < this.#filled;
  }

  /** The set, a copy, that the peer will have of a row beyond {@link isFilled}: for who only looks. */
  preview(slot: number, peerId: number): Uint8Array | undefined {
    const value = this.#preview(slot, peerId);
    if (value <= 0) return undefined;
    const wire = this.sets.wire(value - 1).slice();
    this.sets.forgo(value - 1);
    return wire;
  }

  #preview(slot: number, peerId: number): number {
    if (this.#selection === undefined) return this.rib.best.peerOf(slot) === peerId ? 0 : this.#exportBest(slot);
    const winner = this.rib.candidates(slot);
    return winner !== -1 && this.#nextAccepted(slot, this.rib.decision, winner, 0, peerId) !== -1 ? this.#accepted : 0;
  }

  /** Decisions bring every row: see {@link fill}. */
  fillByDecisions(): void {
    this.#filled = Infinity;
  }

  /** A first table may be told: selection is not deferred, and where decisions bring the rows, they are all made. */
  get ready(): boolean {
    return this.rib.settled && (!this.rows.addPath || this.rib.undecided === 0);
  }

  /** A change of the row was not told yet. */
  isChanging(row: number): boolean {
    return ((this.#queued[row >>> 5] ?? 0) & (1 << (row & 31))) !== 0;
  }

  /** How long changes of now wait for the advertisement interval. */
  pauseMs(now: Millis): Millis {
    return this.#due > 0 ? 0 : Math.max(0, this.#dueAt - now);
  }

  /** What the peer holds of a row {@link isChanging}: set slot + 1, 0: nothing. `undefined`: nobody knows. */
  heldBy(peerId: number, row: number): number | undefined {
    const held = this.#unsure ? undefined : this.#held?.get(row);
    if (held === undefined || (held.source === peerId && this.#selection !== undefined)) return undefined;
    return held.source === peerId ? 0 : held.value;
  }

  /** A message holds the row with this set: what fits with few octets to spare depends on the prefix. */
  fits(wire: Uint8Array, row: number): boolean {
    const { family, rib, rows, encoder } = this;
    if (2 * wire.length + roomBeside <= encoder.maxMessageBytes) return true;
    return encoder.fit(wire, family, rib.prefixes.lengths[rows.slotOf(row)]!, rows.pathIdOf(row)) !== "withheld";
  }

  /** Only routes of this speaker go to the peers of the group. */
  get isLocalOnly(): boolean {
    return this.#localOnly;
  }

  get limit(): OutLimit | undefined {
    return this.#limit;
  }

  /** Nothing waits for any of its peers but for who is outside the ring. */
  get isQuiet(): boolean {
    return this.#end === this.#start && this.ring.bytes === 0;
  }

  /** Somebody outside the ring is told from the column now. */
  toldAlone(): void {
    this.#unsure = this.#end > this.#start;
  }

  /** Rows whose change was not told yet. */
  eachChange(visit: (row: number) => void): void {
    for (let i = this.#start; i < this.#end; i++) visit(this.#changedRows[i]!);
  }

  /** Something is there to be told at this time. */
  hasChanges(now: number): boolean {
    return this.#end > this.#start && (this.#due > 0 || now >= this.#dueAt);
  }

  /** Tells some changes to the ring and to those outside it. */
  flush(now: number): void {
    if (!this.hasChanges(now)) return;
    if (this.#due === 0) this.#due = this.#end - this.#start;
    const count = Math.min(this.#end - this.#start, this.#due, flushRows);
    this.#due -= count;
    if (this.#due === 0) this.#dueAt = now + this.#intervalMs;
    const entries = this.#takeChanges(count);
    if (entries === 0 || this.ring.readerCount === 0) return;
    this.share.order.sort(this.share.keys, entries);
    this.#encode(entries);
    this.ring.enforceLimit();
  }

  /** The group has no peer any more: what it holds is given back. */
  clear(): void {
    this.column.clear();
    this.#selection?.clear();
    for (const row of [...this.#held?.keys() ?? []]) this.#letGo(row);
    this.#bySource.clear();
    this.#start = this.#end = 0;
  }

  get bytes(): number {
    return this.column.bytes + this.map.bytes + this.ring.bytes +
      (this.#selection?.bytes ?? 0) + this.#changedRows.byteLength + this.#befores.byteLength + this.#queued.byteLength;
  }

  /** What becomes of a row that the peer was not told of so far. */
  #admitted(row: number, value: number, source: RouteSource | undefined): number {
    const limit = this.#limit!;
    // The peer's own routes are not for it.
    if (value === 0 || source!.peerId === limit.peerId) {
      limit.gone(row);
      return value;
    }
    if (limit.admits(row, this.countFor(limit.peerId))) return value;
    this.sets.forgo(value - 1);
    return 0;
  }

  /** Where there is room again, one that waits for it is decided once more. */
  #letNext(): void {
    const limit = this.#limit!;
    const row = limit.next(this.countFor(limit.peerId));
    if (row !== -1) this.rib.touch(this.rows.slotOf(row));
  }

  /** What the peers hold of a row that is about to change, as long as they do. */
  #hold(row: number, value: number, source: number): void {
    if (this.#held === undefined || this.isChanging(row)) return;
    if (value !== 0) this.sets.retain(value - 1);
    this.#held.set(row, { value, source });
  }

  #letGo(row: number): void {
    const held = this.#held?.get(row);
    if (held === undefined) return;
    this.#held!.delete(row);
    if (held.value !== 0) this.sets.release(held.value - 1);
  }

  /** False: the row is noted already. */
  #note(row: number, before: number): boolean {
    const word = row >>> 5;
    if (word >= this.#queued.length) {
      this.#queued = growInt32(this.#queued, Math.max(word + 1, this.#queued.length * 2));
    }
    const bit = 1 << (row & 31);
    if ((this.#queued[word]! & bit) !== 0) return false;
    this.#queued[word]! |= bit;
    if (this.#end === this.#changedRows.length) this.#makeRoom();
    this.#changedRows[this.#end] = row;
    this.#befores[this.#end++] = before;
    return true;
  }

  #takeChanges(count: number): number {
    const selection = this.#selection;
    const unsure = this.#unsure;
    let entries = 0;
    for (let i = this.#start, end = i + count; i < end; i++) {
      const row = this.#changedRows[i]!;
      const before = unsure ? uncertain : this.#befores[i]!;
      this.#queued[row >>> 5]! &= ~(1 << (row & 31));
      this.#letGo(row);
      // It came and went untold.
      if (before === -1 && this.column.get(row) === 0) continue;
      entries = selection === undefined ? this.#takeChange(row, before, 0, false, false, entries) : this.#takeChange(
        row,
        before,
        selection.substituteOf(row),
        selection.hadSubstitute(row),
        selection.isSubstituteOnly(row),
        entries,
      );
    }
    this.#start += count;
    if (this.#start === this.#end) {
      this.#start = this.#end = 0;
      this.#unsure = false;
    }
    return entries;
  }

  /**
   * Notes who is to hear what of a row: everybody but the source of its route, and the source itself, which has a `substitute`
   * now, or none (0), and `had` one before or not. `onlySource`: for the others nothing changed.
   */
  #takeChange(
    row: number,
    before: number,
    substitute: number,
    had: boolean,
    onlySource: boolean,
    entries: number,
  ): number {
    const { members } = this;
    const value = this.column.get(row);
    const source = value === 0 ? -1 : this.sourceOf(row);
    for (const reader of this.lone) {
      const isSource = reader.peerId === source;
      if (onlySource && !isSource) continue;
      const held = before !== -1 && (before !== reader.peerId || had);
      if (held || (isSource ? substitute : value) !== 0) reader.changed(row);
    }
    if (!onlySource) {
      const from = value !== 0 ? source : had ? -1 : before;
      entries = this.#addEntry(row, value, members.has(from) ? from : 0, entries);
    }
    if (value === 0 || !members.has(source)) return entries;
    const held = before !== -1 && (before !== source || had);
    return held || substitute !== 0 ? this.#addEntry(row, substitute, -source, entries) : entries;
  }

  #addEntry(row: number, value: number, mark: number, entries: number): number {
    const { share } = this;
    share.rows[entries] = row;
    share.keys[entries] = value;
    share.marks[entries] = mark;
    return entries + 1;
  }

  #encode(entries: number): void {
    const { encoder, sets, family } = this;
    const { keys, marks, rows: flushed } = this.share;
    const { order } = this.share.order;
    let ends: number[] = [];
    let readers: number[] = [];
    let blockStart = 0;
    let key = -1;
    let mark = 0;
    const endSegment = () => {
      encoder.finish();
      const end = encoder.size;
      if (end === (ends.at(-1) ?? 0)) return;
      ends.push(end);
      readers.push(mark);
    };
    for (let i = 0; i < entries; i++) {
      const entry = order[i]!;
      const nextKey = keys[entry]!;
      const nextMark = marks[entry]!;
      if (nextMark !== mark) endSegment();
      if (nextKey !== key || nextMark !== mark) {
        key = nextKey;
        mark = nextMark;
        if (key === 0) encoder.beginWithdraw(family);
        else encoder.begin(sets.wire(key - 1), family);
      }
      this.addNlri(flushed[entry]!);
      if (encoder.size < blockBytes && i < entries - 1) continue;
      endSegment();
      const rows = new Int32Array(i + 1 - blockStart);
      const rowReaders = new Int32Array(rows.length);
      for (let at = 0; at < rows.length; at++) {
        const told = order[blockStart + at]!;
        rows[at] = flushed[told]!;
        rowReaders[at] = marks[told]!;
      }
      this.ring.push({ bytes: encoder.take(), ends, readers, rows, rowReaders });
      ends = [];
      readers = [];
      blockStart = i + 1;
    }
  }

  /** The NLRI of a row, to the encoder. */
  addNlri(row: number): void {
    const { rows, encoder } = this;
    const { words, lengths, wordsPerPrefix } = this.rib.prefixes;
    const slot = rows.slotOf(row);
    const length = lengths[slot]!;
    const pathId = rows.pathIdOf(row);
    if (wordsPerPrefix === 1) encoder.add(words[slot]!, 0, 0, 0, length, pathId);
    else {
      const at = slot << 2;
      encoder.add(words[at]!, words[at + 1]!, words[at + 2]!, words[at + 3]!, length, pathId);
    }
  }

  #makeRoom(): void {
    if (this.#start > this.#end >>> 1) {
      this.#changedRows.copyWithin(0, this.#start, this.#end);
      this.#befores.copyWithin(0, this.#start, this.#end);
      this.#end -= this.#start;
      this.#start = 0;
      return;
    }
    this.#changedRows = growInt32(this.#changedRows, this.#changedRows.length * 2);
    this.#befores = growInt32(this.#befores, this.#befores.length * 2);
  }
}
