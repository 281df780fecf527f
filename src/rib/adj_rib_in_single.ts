/** The Adj-RIB-In of a session without ADD-PATH: one route a prefix, its row is the prefix slot. 12 octets a route. */

import {
  AdjRibIn,
  type Page,
  pageBits,
  pageMask,
  pageSlots,
  pageWords,
  type RowSink,
  type UnwrittenVisitor,
} from "./adj_rib_in.ts";
import { clearBit, hasBit, nextBit, setBit } from "./columns.ts";
import { EndedBy } from "./history_ring.ts";

class SinglePage implements Page {
  count = 0;
  /** Set slot + 1; 0 = no route. */
  readonly set: Int32Array;
  /** Milliseconds since 1970. */
  readonly receivedAt: Float64Array;
  readonly dirty: Int32Array;
  /** Only where a route of the page is ineligible. */
  ineligible: Uint8Array | undefined;
  /** Only between the begin and the end of a refresh. */
  marks: Int32Array | undefined;

  constructor() {
    const buffer = new ArrayBuffer(pageSlots * 12 + pageWords * 4);
    this.receivedAt = new Float64Array(buffer, 0, pageSlots);
    this.set = new Int32Array(buffer, pageSlots * 8, pageSlots);
    this.dirty = new Int32Array(buffer, pageSlots * 12, pageWords);
  }
}

export class SingleAdjRibIn extends AdjRibIn<SinglePage> {
  readonly addPath = false;

  override announce(slot: number, _pathId: number, set: number, ineligible: number, receivedAt: number): boolean {
    const page = this.pages[slot >>> pageBits] ?? this.addPage(slot >>> pageBits, new SinglePage());
    const at = slot & pageMask;
    if (this.marked > 0) this.#unmark(page, at);
    const old = page.set[at]!;
    if (old === set + 1 && (page.ineligible?.[at] ?? 0) === ineligible) return false;
    this.#write(page, slot, set, ineligible, receivedAt);
    this.markSlotDirty(page, slot);
    return true;
  }

  override adopt(slot: number, _pathId: number, set: number, ineligible: number, receivedAt: number): void {
    const page = this.pages[slot >>> pageBits] ?? this.addPage(slot >>> pageBits, new SinglePage());
    this.#write(page, slot, set, ineligible, receivedAt);
  }

  override withdraw(slot: number, _pathId: number, when: number, endedBy: EndedBy | undefined): boolean {
    const page = this.pages[slot >>> pageBits];
    if (page === undefined) return false;
    const at = slot & pageMask;
    const old = page.set[at]!;
    if (old === 0) return false;
    if (this.marked > 0) this.#unmark(page, at);
    page.set[at] = 0;
    if (page.ineligible !== undefined) page.ineligible[at] = 0;
    page.count--;
    this.count--;
    this.markSlotDirty(page, slot);
    this.end(slot, -1, old - 1, page.receivedAt[at]!, when, endedBy);
    return true;
  }

  override markGone(slot: number, _pathId: number): void {
    this.markSlotDirty(this.pages[slot >>> pageBits] ?? this.addPage(slot >>> pageBits, new SinglePage()), slot);
  }

  override first(slot: number): number {
    const page = this.pages[slot >>> pageBits];
    return page === undefined || page.set[slot & pageMask] === 0 ? -1 : slot;
  }

  override next(_row: number): number {
    return -1;
  }

  override find(slot: number, pathId: number): number {
    return pathId === -1 ? this.first(slot) : -1;
  }

  override setOf(row: number): number {
    return this.pages[row >>> pageBits]!.set[row & pageMask]! - 1;
  }

  override pathIdOf(_row: number): number {
    return -1;
  }

  override ineligibleOf(row: number): number {
    const ineligible = this.pages[row >>> pageBits]!.ineligible;
    return ineligible === undefined ? 0 : ineligible[row & pageMask]!;
  }

  override receivedAtOf(row: number): number {
    return this.pages[row >>> pageBits]!.receivedAt[row & pageMask]!;
  }

  override feed(slot: number, sink: RowSink): boolean {
    if (sink.full) return false;
    const page = this.pages[slot >>> pageBits]!;
    const at = slot & pageMask;
    clearBit(page.dirty, at);
    sink.row(slot, -1, page.set[at]! - 1, page.ineligible?.[at] ?? 0, page.receivedAt[at]!);
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

  override sweep(changed: (slot: number) => void, when: number): void {
    for (let number = 0; number < this.pages.length; number++) {
      const page = this.pages[number];
      const marks = page?.marks;
      if (page === undefined || marks === undefined) continue;
      for (let at = nextBit(marks, 0); at !== -1; at = nextBit(marks, at + 1)) {
        const slot = (number << pageBits) | at;
        if (this.withdraw(slot, -1, when, EndedBy.notRefreshed)) changed(slot);
      }
      page.marks = undefined;
    }
    this.marked = 0;
  }

  override dropPage(number: number, gone: (slot: number) => void): number {
    const page = this.pages[number];
    if (page === undefined) return 0;
    this.pages[number] = undefined;
    for (let at = 0; at < pageSlots; at++) {
      const set = page.set[at]!;
      if (set === 0) continue;
      this.sets.release(set - 1);
      gone((number << pageBits) | at);
    }
    this.count -= page.count;
    return page.count;
  }

  override eachUnwritten(visit: UnwrittenVisitor): void {
    for (let slot = this.nextDirty(0); slot !== -1; slot = this.nextDirty(slot + 1)) {
      const page = this.pages[slot >>> pageBits]!;
      const at = slot & pageMask;
      visit(slot, -1, page.set[at]! - 1, page.receivedAt[at]!);
    }
  }

  override eachSlot(visit: (slot: number) => void): void {
    for (let number = 0; number < this.pages.length; number++) {
      const page = this.pages[number];
      if (page === undefined) continue;
      for (let at = 0; at < pageSlots; at++) if (page.set[at] !== 0) visit((number << pageBits) | at);
    }
  }

  override get bytes(): number {
    let bytes = 0;
    for (const page of this.pages) {
      if (page !== undefined) {
        bytes += page.set.buffer.byteLength + (page.ineligible?.byteLength ?? 0) + (page.marks?.byteLength ?? 0);
      }
    }
    return bytes;
  }

  #write(page: SinglePage, slot: number, set: number, ineligible: number, receivedAt: number): void {
    const at = slot & pageMask;
    const old = page.set[at]!;
    const since = page.receivedAt[at]!;
    page.set[at] = set + 1;
    page.receivedAt[at] = receivedAt;
    if (ineligible !== 0) (page.ineligible ??= new Uint8Array(pageSlots))[at] = ineligible;
    else if (page.ineligible !== undefined) page.ineligible[at] = 0;
    this.sets.retain(set);
    if (old === 0) {
      page.count++;
      this.count++;
    } else {
      this.end(slot, -1, old - 1, since, receivedAt, EndedBy.replaced);
    }
  }

  #unmark(page: SinglePage, at: number): void {
    const marks = page.marks;
    if (marks === undefined || !hasBit(marks, at)) return;
    clearBit(marks, at);
    this.marked--;
  }
}
