/** The Adj-RIB-In of a session without ADD-PATH: one route per prefix, in 10 octets. The row is the prefix slot. */

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
import { clearBit, hasBit, nextBit, setBit, setTime, timeAt } from "../table/columns.ts";
import { noSet } from "../table/attribute_table.ts";
import { EndedBy } from "../history/history_ring.ts";

class SinglePage implements Page {
  count = 0;
  /** The effective set: its slot + 1; 0 = no route. */
  readonly set: Int32Array;
  /** Milliseconds since 1970: see {@link timeAt}. */
  readonly receivedAtLow: Uint32Array;
  readonly receivedAtHigh: Uint16Array;
  readonly dirty: Int32Array;
  /** The received set: its slot + 1; 0 = the effective set. Only where policy changed a set of the page. */
  received: Int32Array | undefined;
  /** Why routes are ineligible. Only where a route of the page is. */
  ineligible: Uint16Array | undefined;
  /** What RPKI data say of each route. Only where they say something of a route of the page. */
  validity: Uint8Array | undefined;
  /** A bit for each marked route. Only during a refresh and while routes of a lost session are retained. */
  marks: Int32Array | undefined;
  /** A bit for each marked route that is long-lived stale. */
  longLived: Int32Array | undefined;

  constructor() {
    const buffer = new ArrayBuffer(pageSlots * 10 + pageWords * 4);
    this.set = new Int32Array(buffer, 0, pageSlots);
    this.receivedAtLow = new Uint32Array(buffer, pageSlots * 4, pageSlots);
    this.receivedAtHigh = new Uint16Array(buffer, pageSlots * 8, pageSlots);
    this.dirty = new Int32Array(buffer, pageSlots * 10, pageWords);
  }
}

export class SingleAdjRibIn extends AdjRibIn<SinglePage> {
  readonly addPath = false;

  override announce(
    slot: PrefixSlot,
    _pathId: number,
    received: SetSlot,
    set: SetSlot,
    ineligible: number,
    receivedAt: number,
  ): boolean {
    const page = this.pages[slot >>> pageBits] ?? this.addPage(slot >>> pageBits, new SinglePage());
    const at = slot & pageMask;
    if (this.marked > 0) this.#unmark(page, at);
    if (receivedOn(page, at) === received) return this.revise(slot, slot, set, ineligible);
    this.#write(page, slot, received, set, ineligible, receivedAt);
    this.markSlotDirty(page, slot);
    return true;
  }

  override adopt(
    slot: PrefixSlot,
    _pathId: number,
    received: SetSlot,
    set: SetSlot,
    ineligible: number,
    receivedAt: number,
  ): void {
    const page = this.pages[slot >>> pageBits] ?? this.addPage(slot >>> pageBits, new SinglePage());
    this.#write(page, slot, received, set, ineligible, receivedAt);
  }

  override revise(slot: PrefixSlot, _row: number, set: SetSlot, ineligible: number): boolean {
    const page = this.pages[slot >>> pageBits]!;
    const at = slot & pageMask;
    const before = setOn(page, at);
    if (before === set && (page.ineligible === undefined ? 0 : page.ineligible[at]) === ineligible) return false;
    if (before !== set) {
      const received = receivedOn(page, at);
      if (set !== received) this.sets.retain(set);
      if (before !== received) this.sets.release(before);
      page.set[at] = set + 1;
      setReceived(page, at, received, set);
    }
    this.#setIneligible(page, at, ineligible);
    this.markSlotDirty(page, slot);
    return true;
  }

  override withdraw(slot: PrefixSlot, _pathId: number, when: number, endedBy: EndedBy | undefined): boolean {
    const page = this.pages[slot >>> pageBits];
    if (page === undefined) return false;
    const at = slot & pageMask;
    const set = setOn(page, at);
    if (set === noSet) return false;
    if (this.marked > 0) this.#unmark(page, at);
    const received = receivedOn(page, at);
    page.set[at] = 0;
    if (page.received !== undefined) page.received[at] = 0;
    if (page.ineligible !== undefined) this.#setIneligible(page, at, 0);
    if (page.validity !== undefined) this.#setValidity(page, at, 0);
    page.count--;
    this.count--;
    this.markSlotDirty(page, slot);
    if (received !== set) this.sets.release(set);
    this.end(slot, -1, received, receivedAtOn(page, at), when, endedBy);
    return true;
  }

  override rewrite(slot: PrefixSlot, _pathId: number): void {
    this.markSlotDirty(this.pages[slot >>> pageBits] ?? this.addPage(slot >>> pageBits, new SinglePage()), slot);
  }

  override first(slot: PrefixSlot): number {
    const page = this.pages[slot >>> pageBits];
    return page === undefined || page.set[slot & pageMask] === 0 ? -1 : slot;
  }

  override next(_row: number): number {
    return -1;
  }

  override find(slot: PrefixSlot, pathId: number): number {
    return pathId === -1 ? this.first(slot) : -1;
  }

  override pathsOf(slot: PrefixSlot, most: number): number {
    return this.first(slot) === -1 ? 0 : Math.min(1, most);
  }

  override setOf(row: number): SetSlot {
    return (this.pages[row >>> pageBits]!.set[row & pageMask]! - 1) as SetSlot;
  }

  override receivedOf(row: number): SetSlot {
    return receivedOn(this.pages[row >>> pageBits]!, row & pageMask);
  }

  override pathIdOf(_row: number): number {
    return -1;
  }

  override ineligibleOf(row: number): number {
    const ineligible = this.pages[row >>> pageBits]!.ineligible;
    return ineligible === undefined ? 0 : ineligible[row & pageMask]!;
  }

  override receivedAtOf(row: number): number {
    return receivedAtOn(this.pages[row >>> pageBits]!, row & pageMask);
  }

  override validityOf(row: number): number {
    const validity = this.pages[row >>> pageBits]!.validity;
    return validity === undefined ? 0 : validity[row & pageMask]!;
  }

  override setValidity(slot: PrefixSlot, _row: number, validity: number): boolean {
    const page = this.pages[slot >>> pageBits]!;
    if (!this.#setValidity(page, slot & pageMask, validity)) return false;
    this.markSlotDirty(page, slot);
    return true;
  }

  override feed(slot: PrefixSlot, sink: RowSink): boolean {
    if (sink.full) return false;
    const page = this.pages[slot >>> pageBits]!;
    const at = slot & pageMask;
    clearBit(page.dirty, at);
    sink.row(
      slot,
      -1,
      receivedOn(page, at),
      setOn(page, at),
      page.ineligible === undefined ? 0 : page.ineligible[at]!,
      receivedAtOn(page, at),
      page.marks !== undefined && hasBit(page.marks, at),
      page.validity === undefined ? 0 : page.validity[at]!,
    );
    return true;
  }

  override markAll(): void {
    this.marked = this.count;
    for (const page of this.pages) {
      if (page === undefined) continue;
      page.marks = new Int32Array(pageWords);
      for (let at = 0; at < pageSlots; at++) if (page.set[at] !== 0) setBit(page.marks, at);
    }
  }

  override isMarked(row: number): boolean {
    const marks = this.pages[row >>> pageBits]?.marks;
    return marks !== undefined && hasBit(marks, row & pageMask);
  }

  override markLongLived(): void {
    for (const page of this.pages) if (page !== undefined) page.longLived = page.marks?.slice();
  }

  override isLongLived(row: number): boolean {
    const longLived = this.pages[row >>> pageBits]?.longLived;
    return longLived !== undefined && hasBit(longLived, row & pageMask);
  }

  override sweep(changed: (slot: PrefixSlot) => void, when: number): void {
    for (let number = 0; number < this.pages.length; number++) {
      const page = this.pages[number];
      const marks = page?.marks;
      if (page === undefined || marks === undefined) continue;
      for (let at = nextBit(marks, 0); at !== -1; at = nextBit(marks, at + 1)) {
        const slot = slotOn(number, at);
        if (this.withdraw(slot, -1, when, EndedBy.notRefreshed)) changed(slot);
      }
      page.marks = undefined;
      page.longLived = undefined;
    }
    this.marked = 0;
  }

  override dropPage(number: number, gone: (slot: PrefixSlot) => void): number {
    const page = this.pages[number];
    if (page === undefined) return 0;
    this.pages[number] = undefined;
    for (let at = 0; at < pageSlots; at++) {
      const set = setOn(page, at);
      if (set === noSet) continue;
      const received = receivedOn(page, at);
      this.sets.release(set);
      if (received !== set) this.sets.release(received);
      if (page.ineligible !== undefined) this.#setIneligible(page, at, 0);
      gone(slotOn(number, at));
    }
    this.count -= page.count;
    return page.count;
  }

  override eachUnwritten(visit: UnwrittenVisitor): void {
    for (let slot = this.nextDirty(0); slot !== -1; slot = this.nextDirty(slot + 1)) {
      const page = this.pages[slot >>> pageBits]!;
      const at = slot & pageMask;
      visit(slot, -1, receivedOn(page, at), receivedAtOn(page, at));
    }
  }

  override eachRowOn(number: number, visit: (slot: PrefixSlot, row: number) => void, onlyIneligible = false): number {
    const page = this.pages[number];
    if (page === undefined || (onlyIneligible && page.ineligible === undefined)) return 0;
    const { count } = page;
    for (let at = 0; at < pageSlots; at++) {
      if (page.set[at] !== 0) visit(slotOn(number, at), slotOn(number, at));
    }
    return count;
  }

  override eachSlot(visit: (slot: PrefixSlot) => void): void {
    for (let number = 0; number < this.pages.length; number++) {
      const page = this.pages[number];
      if (page === undefined) continue;
      for (let at = 0; at < pageSlots; at++) if (page.set[at] !== 0) visit(slotOn(number, at));
    }
  }

  override get bytes(): number {
    let bytes = 0;
    for (const page of this.pages) {
      if (page !== undefined) {
        bytes += page.set.buffer.byteLength + (page.received?.byteLength ?? 0) + (page.ineligible?.byteLength ?? 0) +
          (page.validity?.byteLength ?? 0) +
          (page.marks?.byteLength ?? 0) + (page.longLived?.byteLength ?? 0);
      }
    }
    return bytes;
  }

  #write(
    page: SinglePage,
    slot: PrefixSlot,
    received: SetSlot,
    set: SetSlot,
    ineligible: number,
    receivedAt: number,
  ): void {
    const at = slot & pageMask;
    const old = setOn(page, at);
    const oldReceived = receivedOn(page, at);
    const since = receivedAtOn(page, at);
    page.set[at] = set + 1;
    setTime(page.receivedAtLow, page.receivedAtHigh, at, receivedAt);
    this.sets.retain(received);
    if (set !== received) this.sets.retain(set);
    setReceived(page, at, received, set);
    this.#setIneligible(page, at, ineligible);
    if (old === noSet) {
      page.count++;
      this.count++;
    } else {
      if (old !== oldReceived) this.sets.release(old);
      this.end(slot, -1, oldReceived, since, receivedAt, EndedBy.replaced);
    }
  }

  #setIneligible(page: SinglePage, at: number, ineligible: number): void {
    if (page.ineligible === undefined) {
      if (ineligible === 0) return;
      page.ineligible = new Uint16Array(pageSlots);
    }
    this.countIneligible(page.ineligible[at]!, ineligible);
    page.ineligible[at] = ineligible;
  }

  /** False: the route has this validity. */
  #setValidity(page: SinglePage, at: number, validity: number): boolean {
    const before = page.validity === undefined ? 0 : page.validity[at]!;
    if (before === validity) return false;
    (page.validity ??= new Uint8Array(pageSlots))[at] = validity;
    this.countValidity(before, validity);
    return true;
  }

  #unmark(page: SinglePage, at: number): void {
    const marks = page.marks;
    if (marks === undefined || !hasBit(marks, at)) return;
    clearBit(marks, at);
    if (page.longLived !== undefined) clearBit(page.longLived, at);
    this.marked--;
  }
}

/** The effective set of a route, or {@link noSet} without a route. */
function setOn(page: SinglePage, at: number): SetSlot {
  return (page.set[at]! - 1) as SetSlot;
}

/** The received set of a route, or {@link noSet} without a route. */
function receivedOn(page: SinglePage, at: number): SetSlot {
  const received = page.received === undefined ? 0 : page.received[at]!;
  return ((received === 0 ? page.set[at]! : received) - 1) as SetSlot;
}

function receivedAtOn(page: SinglePage, at: number): number {
  return timeAt(page.receivedAtLow, page.receivedAtHigh, at);
}

function setReceived(page: SinglePage, at: number, received: SetSlot, set: SetSlot): void {
  if (received !== set) (page.received ??= new Int32Array(pageSlots))[at] = received + 1;
  else if (page.received !== undefined) page.received[at] = 0;
}
