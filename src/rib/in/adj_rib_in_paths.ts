/**
 * The Adj-RIB-In of an ADD-PATH session (RFC 7911): several routes per prefix, distinguished by path identifier.
 *
 * A page holds the first row of each prefix. Rows are columns of their own; the rows of a prefix form a chain (`next`)
 * in order of path identifier, and free rows are reused. A withdrawn row stays in its chain without a set until the
 * store feed has passed on the withdrawal. A prefix with many paths gets an index, and its chain is not in order from
 * then on: to find one of a hundred thousand paths takes as long as to find one of ten.
 *
 * One file because chains, rows and their index change together.
 */

import type { PrefixSlot, SetSlot } from "../../types/mod.ts";
import {
  AdjRibIn,
  type Page,
  pageBits,
  pageMask,
  pageSlots,
  pageWords,
  type RowSink,
  slotOn,
  type UnwrittenVisitor,
} from "./adj_rib_in.ts";
import { clearBit, growFloat64, growInt32, growUint16, growUint32, growUint8, nextCapacity } from "../table/columns.ts";
import { noSet } from "../table/attribute_table.ts";
import { EndedBy } from "../history/history_ring.ts";
import { IntMap } from "../table/int_map.ts";

/** A chain longer than this is indexed. */
const longChain = 32;

/** The rows of a prefix by path identifier, withdrawn ones included, and how many are not withdrawn. */
interface PathIndex {
  readonly rows: IntMap;
  live: number;
}

class PathsPage implements Page {
  count = 0;
  /** Row + 1 of the first path; 0 = none. */
  readonly head = new Int32Array(pageSlots);
  readonly dirty = new Int32Array(pageWords);
}

const dirtyFlag = 1;
const markFlag = 2;
/** Only together with `markFlag`. */
const longLivedFlag = 4;

export class PathsAdjRibIn extends AdjRibIn<PathsPage> {
  readonly addPath = true;
  /** Row + 1 of the next path of the prefix, or of the next free row. */
  #next = new Int32Array(1024);
  #pathId = new Uint32Array(1024);
  /** The effective set: its slot + 1; 0 = withdrawn, and the withdrawal is not written. */
  #set = new Int32Array(1024);
  /** The received set: its slot + 1; 0 = the effective set. Only where policy changed a set. */
  #received: Int32Array | undefined;
  #receivedAt = new Float64Array(1024);
  #ineligible = new Uint16Array(1024);
  #flags = new Uint8Array(1024);
  /** What RPKI data say of each route. Only where they say something of one. */
  #validity: Uint8Array | undefined;
  #rows = 0;
  #free = 0;
  /** The indexes of prefixes with a long chain, by slot. */
  readonly #indexes = new Map<number, PathIndex>();

  override announce(
    slot: PrefixSlot,
    pathId: number,
    received: SetSlot,
    set: SetSlot,
    ineligible: number,
    receivedAt: number,
  ): boolean {
    const page = this.#page(slot);
    const row = this.#rowFor(page, slot, pathId);
    if (this.marked > 0) this.#unmark(row);
    if (this.receivedOf(row) === received) return this.revise(slot, row, set, ineligible);
    this.#write(page, slot, row, received, set, ineligible, receivedAt);
    this.#markDirty(page, slot, row);
    return true;
  }

  override adopt(
    slot: PrefixSlot,
    pathId: number,
    received: SetSlot,
    set: SetSlot,
    ineligible: number,
    receivedAt: number,
  ): void {
    const page = this.#page(slot);
    this.#write(page, slot, this.#rowFor(page, slot, pathId), received, set, ineligible, receivedAt);
  }

  override revise(slot: PrefixSlot, row: number, set: SetSlot, ineligible: number): boolean {
    const before = this.setOf(row);
    if (before === set && this.#ineligible[row] === ineligible) return false;
    if (before !== set) {
      const received = this.receivedOf(row);
      if (set !== received) this.sets.retain(set);
      if (before !== received) this.sets.release(before);
      this.#set[row] = set + 1;
      this.#setReceived(row, received, set);
    }
    this.countIneligible(this.#ineligible[row]!, ineligible);
    this.#ineligible[row] = ineligible;
    this.#markDirty(this.pages[slot >>> pageBits]!, slot, row);
    return true;
  }

  override withdraw(slot: PrefixSlot, pathId: number, at: number, endedBy: EndedBy | undefined): boolean {
    const row = this.find(slot, pathId);
    if (row === -1) return false;
    if (this.marked > 0) this.#unmark(row);
    const page = this.pages[slot >>> pageBits]!;
    const set = this.setOf(row);
    const received = this.receivedOf(row);
    this.#set[row] = 0;
    const index = this.#indexOf(slot);
    if (index !== undefined) index.live--;
    if (this.#received !== undefined) this.#received[row] = 0;
    this.countIneligible(this.#ineligible[row]!, 0);
    this.#ineligible[row] = 0;
    this.#replaceValidity(row, 0);
    page.count--;
    this.count--;
    this.#markDirty(page, slot, row);
    if (received !== set) this.sets.release(set);
    this.end(slot, pathId, received, this.#receivedAt[row]!, at, endedBy);
    return true;
  }

  override rewrite(slot: PrefixSlot, pathId: number): void {
    const page = this.#page(slot);
    this.#markDirty(page, slot, this.#rowFor(page, slot, pathId));
  }

  override first(slot: PrefixSlot): number {
    const page = this.pages[slot >>> pageBits];
    return page === undefined ? -1 : this.#live(page.head[slot & pageMask]!);
  }

  override next(row: number): number {
    return this.#live(this.#next[row]!);
  }

  override find(slot: PrefixSlot, pathId: number): number {
    const page = this.pages[slot >>> pageBits];
    if (page === undefined) return -1;
    let index = this.#indexOf(slot);
    let row = index === undefined ? page.head[slot & pageMask]! - 1 : index.rows.get(pathId);
    for (let steps = 0; row !== -1 && this.#pathId[row] !== pathId; steps++) {
      if (steps === longChain) {
        index = this.#indexChain(page, slot);
        row = index.rows.get(pathId);
        break;
      }
      row = this.#next[row]! - 1;
    }
    return row === -1 || this.#set[row] === 0 ? -1 : row;
  }

  override pathsOf(slot: PrefixSlot, most: number): number {
    const index = this.#indexOf(slot);
    if (index !== undefined) return Math.min(index.live, most);
    let count = 0;
    for (let row = this.first(slot); row !== -1 && count < most; row = this.next(row)) count++;
    return count;
  }

  override setOf(row: number): SetSlot {
    return (this.#set[row]! - 1) as SetSlot;
  }

  override receivedOf(row: number): SetSlot {
    const received = this.#received === undefined ? 0 : this.#received[row]!;
    return ((received === 0 ? this.#set[row]! : received) - 1) as SetSlot;
  }

  override pathIdOf(row: number): number {
    return this.#pathId[row]!;
  }

  override ineligibleOf(row: number): number {
    return this.#ineligible[row]!;
  }

  override receivedAtOf(row: number): number {
    return this.#receivedAt[row]!;
  }

  override validityOf(row: number): number {
    return this.#validity === undefined ? 0 : this.#validity[row]!;
  }

  override setValidity(slot: PrefixSlot, row: number, validity: number): boolean {
    if (!this.#replaceValidity(row, validity)) return false;
    this.#markDirty(this.pages[slot >>> pageBits]!, slot, row);
    return true;
  }

  override feed(slot: PrefixSlot, sink: RowSink): boolean {
    const page = this.pages[slot >>> pageBits]!;
    const index = this.#indexOf(slot);
    let before = -1;
    for (let row = page.head[slot & pageMask]! - 1; row !== -1;) {
      const next = this.#next[row]! - 1;
      if ((this.#flags[row]! & dirtyFlag) !== 0) {
        if (sink.full) return false;
        sink.row(
          slot,
          this.#pathId[row]!,
          this.receivedOf(row),
          this.setOf(row),
          this.#ineligible[row]!,
          this.#receivedAt[row]!,
          (this.#flags[row]! & markFlag) !== 0,
          this.validityOf(row),
        );
        this.#flags[row]! &= ~dirtyFlag;
        if (this.#set[row] === 0) {
          if (before === -1) page.head[slot & pageMask] = next + 1;
          else this.#next[before] = next + 1;
          index?.rows.set(this.#pathId[row]!, -1);
          this.#freeRow(row);
          row = next;
          continue;
        }
      }
      before = row;
      row = next;
    }
    clearBit(page.dirty, slot & pageMask);
    if (index?.rows.count === 0) this.#indexes.delete(slot);
    return true;
  }

  override markAll(): void {
    this.marked = this.count;
    this.#eachRow((_slot, row) => this.#flags[row]! |= markFlag);
  }

  override isMarked(row: number): boolean {
    return (this.#flags[row]! & markFlag) !== 0;
  }

  override markLongLived(): void {
    this.#eachRow((_slot, row) => {
      if (this.isMarked(row)) this.#flags[row]! |= longLivedFlag;
    });
  }

  override isLongLived(row: number): boolean {
    return (this.#flags[row]! & longLivedFlag) !== 0;
  }

  override sweep(changed: (slot: PrefixSlot) => void, at: number): void {
    if (this.marked === 0) return;
    this.#eachRow((slot, row) => {
      if ((this.#flags[row]! & markFlag) === 0) return;
      if (this.withdraw(slot, this.#pathId[row]!, at, EndedBy.notRefreshed)) changed(slot);
    });
    this.marked = 0;
  }

  override dropPage(number: number, gone: (slot: PrefixSlot) => void): number {
    const page = this.pages[number];
    if (page === undefined) return 0;
    let dropped = 0;
    for (let at = 0; at < pageSlots; at++) {
      let had = false;
      for (let row = page.head[at]! - 1; row !== -1;) {
        const next = this.#next[row]! - 1;
        if (this.#set[row] !== 0) {
          const set = this.setOf(row);
          const received = this.receivedOf(row);
          this.sets.release(set);
          if (received !== set) this.sets.release(received);
          this.countIneligible(this.#ineligible[row]!, 0);
          had = true;
          dropped++;
        }
        this.#freeRow(row);
        row = next;
      }
      if (this.#indexes.size > 0) this.#indexes.delete(slotOn(number, at));
      if (had) gone(slotOn(number, at));
    }
    this.pages[number] = undefined;
    this.count -= dropped;
    return dropped;
  }

  override eachUnwritten(visit: UnwrittenVisitor): void {
    for (let slot = this.nextDirty(0); slot !== -1; slot = this.nextDirty(slot + 1)) {
      const head = this.pages[slot >>> pageBits]!.head[slot & pageMask]!;
      for (let row = head - 1; row !== -1; row = this.#next[row]! - 1) {
        if ((this.#flags[row]! & dirtyFlag) === 0) continue;
        visit(slot, this.#pathId[row]!, this.receivedOf(row), this.#receivedAt[row]!);
      }
    }
  }

  override eachRowOn(number: number, visit: (slot: PrefixSlot, row: number) => void): number {
    const page = this.pages[number];
    if (page === undefined) return 0;
    const { count } = page;
    this.#eachRowOf(page, number, visit);
    return count;
  }

  override eachSlot(visit: (slot: PrefixSlot) => void): void {
    let last = -1;
    this.#eachRow((slot) => {
      if (slot !== last) visit(slot);
      last = slot;
    });
  }

  override markAllDirty(): void {
    this.#eachRow((slot, row) => this.#markDirty(this.pages[slot >>> pageBits]!, slot, row));
  }

  override get bytes(): number {
    let bytes = this.#next.length * (4 + 4 + 4 + 8 + 2 + 1) + (this.#received?.byteLength ?? 0) +
      (this.#validity?.byteLength ?? 0);
    for (const page of this.pages) if (page !== undefined) bytes += page.head.byteLength + page.dirty.byteLength;
    for (const { rows } of this.#indexes.values()) bytes += rows.bytes;
    return bytes;
  }

  /** Visits the rows that are not withdrawn, by slot. The visitor may withdraw the row that it is called with. */
  #eachRow(visit: (slot: PrefixSlot, row: number) => void): void {
    for (let number = 0; number < this.pages.length; number++) {
      const page = this.pages[number];
      if (page !== undefined) this.#eachRowOf(page, number, visit);
    }
  }

  #eachRowOf(page: PathsPage, number: number, visit: (slot: PrefixSlot, row: number) => void): void {
    for (let at = 0; at < pageSlots; at++) {
      for (let row = this.#live(page.head[at]!); row !== -1;) {
        const next = this.next(row);
        visit(slotOn(number, at), row);
        row = next;
      }
    }
  }

  /** The first row from this link on that is not withdrawn, or -1. */
  #live(link: number): number {
    let row = link - 1;
    while (row !== -1 && this.#set[row] === 0) row = this.#next[row]! - 1;
    return row;
  }

  #page(slot: PrefixSlot): PathsPage {
    return this.pages[slot >>> pageBits] ?? this.addPage(slot >>> pageBits, new PathsPage());
  }

  /** The row of this path. A new path gets a row without a set, at its place in the order of path identifiers. */
  #rowFor(page: PathsPage, slot: PrefixSlot, pathId: number): number {
    const at = slot & pageMask;
    const index = this.#indexOf(slot);
    if (index !== undefined) {
      const row = index.rows.get(pathId);
      if (row !== -1) return row;
      const added = this.#addRow(page, at, -1, pathId);
      index.rows.set(pathId, added);
      return added;
    }
    let before = -1;
    let steps = 0;
    let row = page.head[at]! - 1;
    while (row !== -1 && this.#pathId[row]! < pathId) {
      before = row;
      row = this.#next[row]! - 1;
      steps++;
    }
    if (row !== -1 && this.#pathId[row] === pathId) return row;
    const added = this.#addRow(page, at, before, pathId);
    if (steps > longChain) this.#indexChain(page, slot);
    return added;
  }

  #indexOf(slot: PrefixSlot): PathIndex | undefined {
    return this.#indexes.size === 0 ? undefined : this.#indexes.get(slot);
  }

  #indexChain(page: PathsPage, slot: PrefixSlot): PathIndex {
    const index: PathIndex = { rows: new IntMap(), live: 0 };
    for (let row = page.head[slot & pageMask]! - 1; row !== -1; row = this.#next[row]! - 1) {
      index.rows.set(this.#pathId[row]!, row);
      if (this.#set[row] !== 0) index.live++;
    }
    this.#indexes.set(slot, index);
    return index;
  }

  /** Adds a row without a set behind the row `before`; -1: at the front. */
  #addRow(page: PathsPage, at: number, before: number, pathId: number): number {
    const added = this.#takeRow();
    this.#pathId[added] = pathId;
    this.#set[added] = 0;
    if (this.#received !== undefined) this.#received[added] = 0;
    this.#ineligible[added] = 0;
    if (this.#validity !== undefined) this.#validity[added] = 0;
    this.#flags[added] = 0;
    this.#next[added] = before === -1 ? page.head[at]! : this.#next[before]!;
    if (before === -1) page.head[at] = added + 1;
    else this.#next[before] = added + 1;
    return added;
  }

  #write(
    page: PathsPage,
    slot: PrefixSlot,
    row: number,
    received: SetSlot,
    set: SetSlot,
    ineligible: number,
    receivedAt: number,
  ): void {
    const old = this.setOf(row);
    const oldReceived = this.receivedOf(row);
    const since = this.#receivedAt[row]!;
    this.#set[row] = set + 1;
    this.#receivedAt[row] = receivedAt;
    this.sets.retain(received);
    if (set !== received) this.sets.retain(set);
    this.#setReceived(row, received, set);
    this.countIneligible(this.#ineligible[row]!, ineligible);
    this.#ineligible[row] = ineligible;
    if (old === noSet) {
      page.count++;
      this.count++;
      const index = this.#indexOf(slot);
      if (index !== undefined) index.live++;
    } else {
      if (old !== oldReceived) this.sets.release(old);
      this.end(slot, this.#pathId[row]!, oldReceived, since, receivedAt, EndedBy.replaced);
    }
  }

  #setReceived(row: number, received: SetSlot, set: SetSlot): void {
    if (received !== set) (this.#received ??= new Int32Array(this.#set.length))[row] = received + 1;
    else if (this.#received !== undefined) this.#received[row] = 0;
  }

  /** False: the route has this validity. */
  #replaceValidity(row: number, validity: number): boolean {
    const before = this.validityOf(row);
    if (before === validity) return false;
    (this.#validity ??= new Uint8Array(this.#set.length))[row] = validity;
    this.countValidity(before, validity);
    return true;
  }

  #markDirty(page: PathsPage, slot: PrefixSlot, row: number): void {
    this.#flags[row]! |= dirtyFlag;
    this.markSlotDirty(page, slot);
  }

  #unmark(row: number): void {
    if ((this.#flags[row]! & markFlag) === 0) return;
    this.#flags[row]! &= ~(markFlag | longLivedFlag);
    this.marked--;
  }

  #takeRow(): number {
    if (this.#free !== 0) {
      const row = this.#free - 1;
      this.#free = this.#next[row]!;
      return row;
    }
    if (this.#rows === this.#next.length) this.#growRows();
    return this.#rows++;
  }

  #freeRow(row: number): void {
    this.#next[row] = this.#free;
    this.#free = row + 1;
  }

  #growRows(): void {
    const capacity = nextCapacity(this.#next.length, this.#rows + 1);
    this.#next = growInt32(this.#next, capacity);
    this.#pathId = growUint32(this.#pathId, capacity);
    this.#set = growInt32(this.#set, capacity);
    this.#receivedAt = growFloat64(this.#receivedAt, capacity);
    if (this.#received !== undefined) this.#received = growInt32(this.#received, capacity);
    this.#ineligible = growUint16(this.#ineligible, capacity);
    this.#flags = growUint8(this.#flags, capacity);
    if (this.#validity !== undefined) this.#validity = growUint8(this.#validity, capacity);
  }
}
