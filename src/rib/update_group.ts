/**
 * An update group and one family: what is advertised to all of its peers, and what changed since it was last told.
 *
 * The column of advertised sets is the truth. A change is noted once, however often a route changes before it is told,
 * and told from the column: the newest state wins. {@link GroupFamily.flush} takes some changes, brings those with one
 * set together, encodes them into the ring and marks them for the peers that are not in the ring.
 *
 * **Split horizon.** A route never goes back to the peer it is from; where that peer had another route for the prefix, it
 * is told a withdraw of its own. Blocks note this per segment, so that one encoding serves all.
 */

import { UpdateEncoder } from "../message/mod.ts";
import type { FamilyId } from "../types/mod.ts";
import type { RouteSource } from "./adj_rib_in.ts";
import type { AttributeTable } from "./attribute_table.ts";
import { growInt32, wordsFor } from "./columns.ts";
import { type ExportChain, ExportMap } from "./export_map.ts";
import { ExportRules } from "./export_rules.ts";
import type { ExportTarget } from "./export_target.ts";
import type { FamilyRib } from "./family_rib.ts";
import { OutColumn } from "./out_column.ts";
import type { OutLimit } from "./out_limit.ts";
import { OutRing } from "./out_ring.ts";
import type { OutRows } from "./out_rows.ts";
import type { PeerTerms } from "./peer_terms.ts";
import { SetOrder } from "./set_order.ts";

/** Changes told in one go, and the octets of a block about. */
const flushRows = 8192;
const blockBytes = 65_536;

/** In place of the peer whose route was told before: some may know this one, some that one. */
const uncertain = -2;

/** A peer of the group that is told from the column, on its own. */
export interface LoneReader {
  /** The row changed: who had its route from whom is `before` (-1: there was none), and is `source` now. */
  changed(row: number, before: number, source: number): void;
}

export class GroupFamily {
  readonly family: FamilyId;
  readonly rib: FamilyRib;
  readonly rows: OutRows;
  readonly sets: AttributeTable;
  readonly column: OutColumn;
  readonly map: ExportMap;
  readonly encoder: UpdateEncoder;
  readonly order = new SetOrder();
  readonly ring: OutRing;
  readonly lone = new Set<LoneReader>();
  /** Peers of the group, in the ring or not. */
  readonly members = new Set<number>();
  /** Of the one peer there is, where it may be told so much only. */
  readonly #limit: OutLimit | undefined;
  /** Only routes of our own are exported. */
  readonly #localOnly: boolean;
  /** Rows advertised by the peer whose route stands there: what each of them is not told. */
  readonly #bySource = new Map<number, number>();
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
  /** Advertisement interval: changes that may be told now, and when the next ones may. */
  readonly #intervalMs: number;
  #due = 0;
  #dueAt = -Infinity;
  // One flush: rows, column values, marks as in Block.readers.
  readonly #flushRows = new Int32Array(2 * flushRows);
  readonly #flushKeys = new Int32Array(2 * flushRows);
  readonly #flushMarks = new Int32Array(2 * flushRows);

  constructor(
    rib: FamilyRib,
    rows: OutRows,
    target: ExportTarget,
    policy: ExportChain | undefined,
    limit: OutLimit | undefined,
    intervalMs: number,
    sets: AttributeTable,
    terms: PeerTerms,
    ringBytes: number,
  ) {
    this.family = rib.family;
    this.rib = rib;
    this.rows = rows;
    this.sets = sets;
    this.column = new OutColumn(sets);
    this.map = new ExportMap(new ExportRules(target, rib.family), rib.family, sets, rib.classes, terms, policy);
    this.encoder = new UpdateEncoder(target.context);
    this.#localOnly = target.choice === "none";
    this.#limit = limit;
    this.#intervalMs = intervalMs;
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
    this.#note(row, old === 0 ? -1 : before);
    if (old !== 0) this.#countSource(before, -1);
    if (value !== 0) this.#countSource(source!.peerId, 1);
    if (old !== value) this.column.set(row, value);
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

  /** The set, a copy, that a row beyond {@link isFilled} will have: for who only looks. */
  preview(slot: number): Uint8Array | undefined {
    const value = this.#exportBest(slot);
    if (value <= 0) return undefined;
    const wire = this.sets.wire(value - 1).slice();
    this.sets.forgo(value - 1);
    return wire;
  }

  /** Decisions bring every row: see {@link fill}. */
  fillByDecisions(): void {
    this.#filled = Infinity;
  }

  /** A first table may be told: selection is not deferred, and where decisions bring the rows, they are all made. */
  get ready(): boolean {
    return this.rib.settled && (!this.rows.addPath || this.rib.undecided === 0);
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
    this.order.sort(this.#flushKeys, entries);
    this.#encode(entries);
    this.ring.enforceLimit();
  }

  /** The group has no peer any more: what it holds is given back. */
  clear(): void {
    this.column.clear();
    this.#bySource.clear();
    this.#start = this.#end = 0;
  }

  get bytes(): number {
    return this.column.bytes + this.map.bytes + this.ring.bytes +
      this.#changedRows.byteLength + this.#befores.byteLength + this.#queued.byteLength;
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

  #note(row: number, before: number): void {
    const word = row >>> 5;
    if (word >= this.#queued.length) {
      this.#queued = growInt32(this.#queued, Math.max(word + 1, this.#queued.length * 2));
    }
    const bit = 1 << (row & 31);
    if ((this.#queued[word]! & bit) !== 0) return;
    this.#queued[word]! |= bit;
    if (this.#end === this.#changedRows.length) this.#makeRoom();
    this.#changedRows[this.#end] = row;
    this.#befores[this.#end++] = before;
  }

  #takeChanges(count: number): number {
    const { rows, column, members } = this;
    const unsure = this.#unsure;
    let entries = 0;
    for (let i = this.#start, end = i + count; i < end; i++) {
      const row = this.#changedRows[i]!;
      const before = unsure ? uncertain : this.#befores[i]!;
      this.#queued[row >>> 5]! &= ~(1 << (row & 31));
      const value = column.get(row);
      // It came and went untold.
      if (value === 0 && before === -1) continue;
      const source = value === 0 ? -1 : rows.sourceOf(row);
      for (const reader of this.lone) reader.changed(row, before, source);
      const from = value === 0 ? before : source;
      this.#flushRows[entries] = row;
      this.#flushKeys[entries] = value;
      this.#flushMarks[entries++] = members.has(from) ? from : 0;
      if (value !== 0 && before !== -1 && before !== source && members.has(source)) {
        this.#flushRows[entries] = row;
        this.#flushKeys[entries] = 0;
        this.#flushMarks[entries++] = -source;
      }
    }
    this.#start += count;
    if (this.#start === this.#end) {
      this.#start = this.#end = 0;
      this.#unsure = false;
    }
    return entries;
  }

  #encode(entries: number): void {
    const { encoder, sets, family } = this;
    const order = this.order.order;
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
      const nextKey = this.#flushKeys[entry]!;
      const nextMark = this.#flushMarks[entry]!;
      if (nextMark !== mark) endSegment();
      if (nextKey !== key || nextMark !== mark) {
        key = nextKey;
        mark = nextMark;
        if (key === 0) encoder.beginWithdraw(family);
        else encoder.begin(sets.wire(key - 1), family);
      }
      this.addNlri(this.#flushRows[entry]!);
      if (encoder.size < blockBytes && i < entries - 1) continue;
      endSegment();
      const rows = new Int32Array(i + 1 - blockStart);
      const rowReaders = new Int32Array(rows.length);
      for (let at = 0; at < rows.length; at++) {
        const told = order[blockStart + at]!;
        rows[at] = this.#flushRows[told]!;
        rowReaders[at] = this.#flushMarks[told]!;
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
