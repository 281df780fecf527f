/**
 * Adj-RIB-In: the routes one session brought for one family, as columns in pages of 1,024 prefix slots that are
 * allocated when first written, so that a small peer costs little beside a full table.
 *
 * A route has two attribute sets: the one *received*, and the *effective* one that import policy made of it, which is
 * what everybody else means by the set of a route. As a rule they are the same, and then there is nothing to pay for
 * two. The life of a state, its time and its history, is that of the received set: a policy that changes its mind ends
 * nothing.
 *
 * Two layouts stand behind one interface: one route a prefix (`adj_rib_in_single.ts`), and a chain of paths a
 * prefix for ADD-PATH (`adj_rib_in_paths.ts`). The decision process and the store feed see
 * *rows*: small integers that name a route within its Adj-RIB-In, valid until it is changed.
 *
 * An Adj-RIB-In lives as long as its session. Its dirty bits say which prefixes the database has yet to hear of.
 */

import { type Asn, type FamilyId, limits, type PrefixSlot, type SetSlot } from "../../types/mod.ts";
import type { AttributeTable } from "../table/attribute_table.ts";
import { noPrefix } from "../table/prefix_table.ts";
import { Ineligible } from "./import/eligibility.ts";
import { countBits, growInt32, hasBit, nextBit, setBit, wordsFor } from "../table/columns.ts";
import type { EndedBy, HistoryRing } from "../history/history_ring.ts";

export const pageSlots = limits.pageSlots;
export const pageBits = 10;
export const pageMask = pageSlots - 1;
export const pageWords = pageSlots / 32;

/** The prefix slot at an index of a page. */
export function slotOn(page: number, index: number): PrefixSlot {
  return ((page << pageBits) | index) as PrefixSlot;
}

/** Who the routes are from: what the decision process asks about a peer. */
export interface RouteSource {
  readonly peerId: number;
  /** Learned from a peer of our own AS. */
  readonly internal: boolean;
  /** Learned from a peer of another member AS of our confederation (RFC 5065). */
  readonly confederation?: boolean;
  readonly asn?: Asn;
  /** The peer's BGP Identifier. */
  readonly routerId: number;
  /** 4 or 16 octets. */
  readonly address: Uint8Array;
  /** As in {@link SessionAddresses}. */
  readonly link?: string | undefined;
}

/** Takes rows for the database. */
export interface RowSink {
  /** No room for one more row. */
  readonly full: boolean;
  /**
   * The current state of a route; `set` -1: it is gone. `received`: the set before policy, as a rule the same.
   * `marked`: it was not announced again since {@link AdjRibIn.markAll}.
   */
  row(
    slot: PrefixSlot,
    pathId: number,
    received: SetSlot,
    set: SetSlot,
    ineligible: number,
    receivedAt: number,
    marked: boolean,
  ): void;
}

/** Where states go that ended. */
export interface History {
  readonly ring: HistoryRing;
  readonly family: FamilyId;
}

/** Sees a row whose state the database does not have; `received` -1: the route is gone. */
export type UnwrittenVisitor = (slot: PrefixSlot, pathId: number, received: SetSlot, receivedAt: number) => void;

/** Learns of pages as they are allocated: who may have routes for these 1,024 prefixes. */
export interface PageListener {
  pageAdded(page: number, routes: AdjRibIn): void;
}

/** The part of a page that both layouts have. */
export interface Page {
  /** Routes on this page. */
  count: number;
  /** A bit for each slot whose state the database does not have. */
  readonly dirty: Int32Array;
}

export abstract class AdjRibIn<P extends Page = Page> {
  readonly source: RouteSource;
  /** Routes held, ineligible ones included. */
  count = 0;
  /** Those of them that are ineligible. */
  ineligibleCount = 0;
  /** And those of these that are more than the peer may have. */
  overLimitCount = 0;
  /** The session ended: the routes wait to be taken apart and are no candidates any more. */
  detached = false;
  /** Routes not announced again since {@link markAll}. */
  marked = 0;
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
   * Stores a route. False where the very same route stands there already: nothing changes then. Where it was received
   * just so and only policy says otherwise now, it keeps its time.
   */
  abstract announce(
    slot: PrefixSlot,
    pathId: number,
    received: SetSlot,
    set: SetSlot,
    ineligible: number,
    receivedAt: number,
  ): boolean;
  /** As announce, for a route that the database has just like this: it is not dirty. */
  abstract adopt(
    slot: PrefixSlot,
    pathId: number,
    received: SetSlot,
    set: SetSlot,
    ineligible: number,
    receivedAt: number,
  ): void;
  /** Another outcome of policy for a route that stands there; false where it is the same. */
  abstract revise(slot: PrefixSlot, row: number, set: SetSlot, ineligible: number): boolean;
  /**
   * The route's state ended at `at`; `undefined`: it goes on in another Adj-RIB-In. False where there was no such
   * route.
   */
  abstract withdraw(slot: PrefixSlot, pathId: number, at: number, endedBy: EndedBy | undefined): boolean;
  /**
   * What the database has of this route is not what it is: it is written anew, or deleted where there is no such route.
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
  /** 0: eligible; else a reason of eligibility.ts. */
  abstract ineligibleOf(row: number): number;
  abstract receivedAtOf(row: number): number;

  /** Gives the dirty rows of this slot to the sink and cleans them. False where it was full before the last. */
  abstract feed(slot: PrefixSlot, sink: RowSink): boolean;
  /** Marks every route, before the peer announces all of them again (RFC 7313 §4). */
  abstract markAll(): void;
  /** The row was not announced again since {@link markAll}. */
  abstract isMarked(row: number): boolean;
  /**
   * What is marked now is long-lived stale (RFC 9494), and what is marked later is not: until announced again, or gone.
   */
  abstract markLongLived(): void;
  abstract isLongLived(row: number): boolean;
  /** Withdraws what is still marked; `changed` hears of each prefix. */
  abstract sweep(changed: (slot: PrefixSlot) => void, at: number): void;
  /** Forgets a page with its routes; `gone` hears of each prefix that had one. Gives their number. */
  abstract dropPage(page: number, gone: (slot: PrefixSlot) => void): number;
  /** Visits the rows that are dirty, gone ones too. */
  abstract eachUnwritten(visit: UnwrittenVisitor): void;
  /**
   * Visits the routes of a page, or only those that may be ineligible; gives how many it was. The visitor may revise
   * the one it is shown, or withdraw it.
   */
  abstract eachRowOn(page: number, visit: (slot: PrefixSlot, row: number) => void, onlyIneligible?: boolean): number;
  /** Calls `visit` with each prefix that has a route. */
  abstract eachSlot(visit: (slot: PrefixSlot) => void): void;
  /** What the columns cost. */
  abstract get bytes(): number;

  get pageCount(): number {
    return this.pages.length;
  }

  hasPage(page: number): boolean {
    return this.pages[page] !== undefined;
  }

  /** Whether the database lacks anything. */
  get hasDirty(): boolean {
    return this.#dirtyPageCount > 0;
  }

  /** Prefixes with a dirty bit. */
  dirtyCount(): number {
    let count = 0;
    if (this.#dirtyPageCount === 0) return 0;
    for (let page = nextBit(this.#dirtyPages, 0); page !== -1; page = nextBit(this.#dirtyPages, page + 1)) {
      const dirty = this.pages[page]?.dirty;
      if (dirty !== undefined) count += countBits(dirty);
    }
    return count;
  }

  /** The first slot at or after `from` with a dirty bit, or -1. Pages found clean are skipped from then on. */
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

  /** Everything is to be written anew. */
  markAllDirty(): void {
    this.eachSlot((slot) => this.markSlotDirty(this.pages[slot >>> pageBits]!, slot));
  }

  /** A state is over; its reference to the received set goes to the ring, if there is one. */
  protected end(
    slot: PrefixSlot,
    pathId: number,
    received: SetSlot,
    from: number,
    to: number,
    endedBy: EndedBy | undefined,
  ): void {
    const history = this.#history;
    if (history === undefined || endedBy === undefined) this.sets.release(received);
    else history.ring.push(this.source.peerId, history.family, slot, pathId, received, from, to, endedBy);
  }

  /** Counts a route that was eligible or not, and is or is not now. */
  protected countIneligible(before: number, now: number): void {
    if (before === now) return;
    if (before === 0) this.ineligibleCount++;
    else if (now === 0) this.ineligibleCount--;
    if (before === Ineligible.maxPrefixes) this.overLimitCount--;
    else if (now === Ineligible.maxPrefixes) this.overLimitCount++;
  }

  protected markSlotDirty(page: P, slot: PrefixSlot): void {
    setBit(page.dirty, slot & pageMask);
    const number = slot >>> pageBits;
    if (hasBit(this.#dirtyPages, number)) return;
    setBit(this.#dirtyPages, number);
    this.#dirtyPageCount++;
  }

  /** Puts a fresh page in its place. */
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
