/**
 * Adj-RIB-In: the routes that one session brought for one family. They are stored as columns in pages of 1,024 prefix
 * slots. A page is allocated when its first route comes, so that a small peer costs little beside a full table.
 *
 * A route has two attribute sets: the *received* one, and the *effective* one that import policy made of it. "The set
 * of a route" means the effective one. Usually both are the same set, and the received one needs no memory. The time
 * and the history of a state are those of the received set: a change of policy does not end a state.
 *
 * There are two layouts behind one interface: one route per prefix (`adj_rib_in_single.ts`), and a chain of paths per
 * prefix for ADD-PATH (`adj_rib_in_paths.ts`). The decision process and the store feed use *rows*: a row is a small
 * integer that names a route within its Adj-RIB-In, until the route changes.
 *
 * An Adj-RIB-In lives as long as its session. Its dirty bits mark the prefixes whose routes are not written to the
 * database.
 */

import { validityCount } from "../../rpki/mod.ts";
import { type Asn, type FamilyId, limits, type PrefixSlot, type SetSlot } from "../../types/mod.ts";
import type { AttributeTable } from "../table/attribute_table.ts";
import { noPrefix } from "../table/slot_ids.ts";
import { Ineligible } from "./import/eligibility.ts";
import { countBits, growInt32, hasBit, nextBit, setBit, wordsFor } from "../table/columns.ts";
import { EndedBy, type HistoryRing } from "../history/history_ring.ts";

export const pageSlots = limits.pageSlots;
export const pageBits = 10;
export const pageMask = pageSlots - 1;
export const pageWords = pageSlots / 32;

/** The prefix slot at an index of a page. */
export function slotOn(page: number, index: number): PrefixSlot {
  return ((page << pageBits) | index) as PrefixSlot;
}

/** The peer that the routes come from, as the decision process compares peers. */
export interface RouteSource {
  readonly peerId: number;
  /** The peer is in our own AS. */
  readonly internal: boolean;
  /** The peer is in another member AS of our confederation (RFC 5065). */
  readonly confederation?: boolean;
  readonly asn?: Asn;
  /** The peer's BGP Identifier. */
  readonly routerId: number;
  /** 4 or 16 octets. */
  readonly address: Uint8Array;
  /** The link of a session between link-local addresses: see `SessionAddresses` in `out/export`. */
  readonly link?: string | undefined;
}

/** Takes rows that are to be written to the database. */
export interface RowSink {
  /** There is no room for another row. */
  readonly full: boolean;
  /**
   * The current state of a route. `set` {@link noSet}: the route is gone. `received`: the set before import policy,
   * usually the same. `marked`: the route was not announced again since {@link AdjRibIn.markAll}. `validity`: see
   * {@link AdjRibIn.validityOf}.
   */
  row(
    slot: PrefixSlot,
    pathId: number,
    received: SetSlot,
    set: SetSlot,
    ineligible: number,
    receivedAt: number,
    marked: boolean,
    validity: number,
  ): void;
}

/** Where history entries go. */
export interface History {
  readonly ring: HistoryRing;
  readonly family: FamilyId;
}

/** Is called with each row whose state is not written. `received` {@link noSet}: the route is gone. */
export type UnwrittenVisitor = (slot: PrefixSlot, pathId: number, received: SetSlot, receivedAt: number) => void;

/** Is called when a page is allocated: this Adj-RIB-In may have routes for these 1,024 prefixes from now on. */
export interface PageListener {
  pageAdded(page: number, routes: AdjRibIn): void;
}

/** Follows changes as they happen. */
export interface RouteWatch {
  /** A route of the destination may be another one than before, or gone. */
  changed(slot: PrefixSlot): void;
  /** A route ended without a message of the peer that says so: by a refresh, or by a malformed UPDATE. */
  ended(slot: PrefixSlot, pathId: number): void;
}

/** The part of a page that both layouts have. */
export interface Page {
  /** Routes on this page. */
  count: number;
  /** A bit for each slot with a route that is not written. */
  readonly dirty: Int32Array;
}

export abstract class AdjRibIn<P extends Page = Page> {
  readonly source: RouteSource;
  /** How many routes there are, ineligible ones included. */
  count = 0;
  /** How many of them are ineligible. */
  ineligibleCount = 0;
  /** How many of the ineligible routes are above the prefix limit. */
  overLimitCount = 0;
  /** How many routes have each validity; empty until a route has one. */
  validityCounts = new Uint32Array(0);
  /** The session ended: the routes wait for their removal and take no part in the decision. */
  detached = false;
  /** How many routes were not announced again since {@link markAll}. */
  marked = 0;
  /** While somebody monitors the routes. */
  watch: RouteWatch | undefined;
  abstract readonly addPath: boolean;

  protected readonly sets: AttributeTable;
  protected readonly pages: (P | undefined)[] = [];
  readonly #listener: PageListener | undefined;
  readonly #history: History | undefined;
  #dirtyPages = new Int32Array(8);
  #dirtyPageCount = 0;

  constructor(source: RouteSource, sets: AttributeTable, listener?: PageListener, history?: History) {
    this.source = source;
    this.sets = sets;
    this.#listener = listener;
    this.#history = history;
  }

  /**
   * Stores a route. False: the same route is stored already, and nothing changes. Where only the result of import
   * policy changed, the route keeps its time.
   */
  abstract announce(
    slot: PrefixSlot,
    pathId: number,
    received: SetSlot,
    set: SetSlot,
    ineligible: number,
    receivedAt: number,
  ): boolean;
  /** Stores a route that the database has exactly like this: the route is not dirty. */
  abstract adopt(
    slot: PrefixSlot,
    pathId: number,
    received: SetSlot,
    set: SetSlot,
    ineligible: number,
    receivedAt: number,
  ): void;
  /** Stores another result of import policy for a route. False: the result is the same. */
  abstract revise(slot: PrefixSlot, row: number, set: SetSlot, ineligible: number): boolean;
  /**
   * Ends the state of a route at `at`. `endedBy` `undefined`: the state goes on in another Adj-RIB-In. False: there is
   * no such route.
   */
  abstract withdraw(slot: PrefixSlot, pathId: number, at: number, endedBy: EndedBy | undefined): boolean;
  /**
   * The row of this route in the database is out of date: it is written again, or deleted where there is no such route.
   */
  abstract rewrite(slot: PrefixSlot, pathId: number): void;

  /** The first row of a prefix, or -1. */
  abstract first(slot: PrefixSlot): number;
  /** The row of the same prefix after this one, or -1. */
  abstract next(row: number): number;
  /** The row of this path, or -1. */
  abstract find(slot: PrefixSlot, pathId: number): number;
  /** How many routes the prefix has, counted up to `most`. */
  abstract pathsOf(slot: PrefixSlot, most: number): number;
  /** The effective set. */
  abstract setOf(row: number): SetSlot;
  /** The set as the peer announced it. */
  abstract receivedOf(row: number): SetSlot;
  /** -1 without ADD-PATH. */
  abstract pathIdOf(row: number): number;
  /** 0: eligible; else a number of `import/reasons.ts`. */
  abstract ineligibleOf(row: number): number;
  abstract receivedAtOf(row: number): number;
  /** What RPKI data say of the received set (`rpki/validity.ts`); 0: nothing. */
  abstract validityOf(row: number): number;
  /** Sets what RPKI data say of a route. The state of the route goes on. False: it is the same as before. */
  abstract setValidity(slot: PrefixSlot, row: number, validity: number): boolean;

  /** Passes the dirty rows of this slot to the sink. False: the sink is full, and rows are left. */
  abstract feed(slot: PrefixSlot, sink: RowSink): boolean;
  /** Marks all routes, before the peer announces them again (RFC 7313 §4). */
  abstract markAll(): void;
  /** True where the route was not announced again since {@link markAll}. */
  abstract isMarked(row: number): boolean;
  /**
   * Routes that are marked now are long-lived stale (RFC 9494), until announced again or withdrawn. Later marks are
   * not.
   */
  abstract markLongLived(): void;
  abstract isLongLived(row: number): boolean;
  /** Withdraws the routes that are still marked, and calls `changed` with the prefix of each. */
  abstract sweep(changed: (slot: PrefixSlot) => void, at: number): void;
  /** Removes a page with its routes, calls `gone` with the prefix of each, and returns how many routes it was. */
  abstract dropPage(page: number, gone: (slot: PrefixSlot) => void): number;
  /** Visits the dirty rows, those of withdrawn routes included. */
  abstract eachUnwritten(visit: UnwrittenVisitor): void;
  /**
   * Visits the routes of a page and returns how many it was. With `onlyIneligible` it may skip eligible routes. The
   * visitor may revise or withdraw the route that it is called with.
   */
  abstract eachRowOn(page: number, visit: (slot: PrefixSlot, row: number) => void, onlyIneligible?: boolean): number;
  /** Calls `visit` with each prefix that has a route. */
  abstract eachSlot(visit: (slot: PrefixSlot) => void): void;
  /** Octets of the columns. */
  abstract get bytes(): number;

  get pageCount(): number {
    return this.pages.length;
  }

  hasPage(page: number): boolean {
    return this.pages[page] !== undefined;
  }

  /** True where rows are not written. */
  get hasDirty(): boolean {
    return this.#dirtyPageCount > 0;
  }

  isDirty(slot: PrefixSlot): boolean {
    const dirty = this.pages[slot >>> pageBits]?.dirty;
    return dirty !== undefined && hasBit(dirty, slot & pageMask);
  }

  /** How many prefixes have a dirty bit. */
  dirtyCount(): number {
    let count = 0;
    if (this.#dirtyPageCount === 0) return 0;
    for (let page = nextBit(this.#dirtyPages, 0); page !== -1; page = nextBit(this.#dirtyPages, page + 1)) {
      const dirty = this.pages[page]?.dirty;
      if (dirty !== undefined) count += countBits(dirty);
    }
    return count;
  }

  /** The first slot at or after `from` with a dirty bit, or {@link noPrefix}. Clean pages are skipped from then on. */
  nextDirty(from: number): PrefixSlot {
    let start = from & pageMask;
    for (let page = from >>> pageBits;; page++, start = 0) {
      const next = nextBit(this.#dirtyPages, page);
      if (next === -1) return noPrefix;
      if (next !== page) start = 0;
      page = next;
      const dirty = this.pages[page]?.dirty;
      if (dirty !== undefined) {
        const bit = nextBit(dirty, start);
        if (bit !== -1) return slotOn(page, bit);
        if (start > 0 && nextBit(dirty, 0) !== -1) continue;
      }
      this.#dirtyPages[page >>> 5]! &= ~(1 << (page & 31));
      this.#dirtyPageCount--;
    }
  }

  /** All rows are to be written again. */
  markAllDirty(): void {
    this.eachSlot((slot) => this.markSlotDirty(this.pages[slot >>> pageBits]!, slot));
  }

  /** A state ended. Its reference to the received set goes to the history ring, if there is one. */
  protected end(
    slot: PrefixSlot,
    pathId: number,
    received: SetSlot,
    from: number,
    to: number,
    endedBy: EndedBy | undefined,
  ): void {
    if (this.watch !== undefined && isWithoutMessage(endedBy)) this.watch.ended(slot, pathId);
    const history = this.#history;
    if (history === undefined || endedBy === undefined) this.sets.release(received);
    else history.ring.push(this.source.peerId, history.family, slot, pathId, received, from, to, endedBy);
  }

  /** Counts a route whose reason to be ineligible changes from `before` to `now`; 0: eligible. */
  protected countIneligible(before: number, now: number): void {
    if (before === now) return;
    if (before === 0) this.ineligibleCount++;
    else if (now === 0) this.ineligibleCount--;
    if (before === Ineligible.maxPrefixes) this.overLimitCount--;
    else if (now === Ineligible.maxPrefixes) this.overLimitCount++;
  }

  /** Counts a route whose validity changes. Routes without one are not counted. */
  protected countValidity(before: number, now: number): void {
    if (this.validityCounts.length === 0) this.validityCounts = new Uint32Array(validityCount);
    if (before !== 0) this.validityCounts[before]!--;
    if (now !== 0) this.validityCounts[now]!++;
  }

  protected markSlotDirty(page: P, slot: PrefixSlot): void {
    if (this.watch !== undefined) this.watch.changed(slot);
    setBit(page.dirty, slot & pageMask);
    const number = slot >>> pageBits;
    if (hasBit(this.#dirtyPages, number)) return;
    setBit(this.#dirtyPages, number);
    this.#dirtyPageCount++;
  }

  /** Adds a new page. */
  protected addPage(number: number, page: P): P {
    while (this.pages.length <= number) this.pages.push(undefined);
    this.pages[number] = page;
    if (wordsFor(number + 1) > this.#dirtyPages.length) {
      this.#dirtyPages = growInt32(this.#dirtyPages, wordsFor(number + 1) * 2);
    }
    this.#listener?.pageAdded(number, this);
    return page;
  }
}

function isWithoutMessage(endedBy: EndedBy | undefined): boolean {
  return endedBy === EndedBy.notRefreshed || endedBy === EndedBy.treatedAsWithdrawn;
}
