/**
 * The routes of one peer in one family: those of its session, and those that the run before left in the database.
 *
 * **Times.** `receivedAt` of a row is never before the last flush of its family. One column of the database,
 * `flushed_at`, thus tells the routes of a lost session from those of the next one. The clock of this class therefore
 * never steps back.
 *
 * **Stale routes of an earlier run.** After a restart the database still has the routes of the last run. They are
 * loaded into an Adj-RIB-In of their own, which takes no part in the decision: it only records what the database says.
 * Routes that are left at End-of-RIB, or when the timer of the daemon expires, are deleted.
 *
 * **Retained routes.** Where the peer is expected back (RFC 4724 §4.2), the routes of a lost session stay in place and
 * may be best routes. They are marked until they are announced again. One column of the database, `stale_before`, shows
 * them stale.
 *
 * **Confirmed routes.** A route that is announced again unchanged keeps its state and its time. While the family is
 * stale, its row is written once more with the time from which on it is fresh (`confirmed_at`).
 *
 * **History.** A state that ends becomes an entry of the history ring. The store makes the history entries of a lost
 * session from its own rows. The ring gets only states that were never written; superseded rows are reported to the
 * store.
 *
 * One file because stale, retained and confirmed routes share one clock and one queue of events for the store.
 */

import type { FamilyId, PrefixSlot, SetSlot } from "../../types/mod.ts";
import type { AdjRibIn, History, RouteSource } from "./adj_rib_in.ts";
import { PathsAdjRibIn } from "./adj_rib_in_paths.ts";
import { SingleAdjRibIn } from "./adj_rib_in_single.ts";
import { type AttributeTable, noSet } from "../table/attribute_table.ts";
import type { DestinationCheck } from "./destination_check.ts";
import type { DirtyPrefixes } from "./dirty_prefixes.ts";
import { EndedBy, type HistoryRing } from "../history/history_ring.ts";
import type { ImportFilter } from "./import/import_filter.ts";
import { SupersededRows } from "../history/superseded.ts";
import type { PathLimiter } from "./path_limit.ts";
import type { PrefixLimiter } from "./prefix_limit.ts";
import type { PeerFamilyEvent } from "./peer_family_event.ts";
import type { Validation, ValidationTerms } from "./validation.ts";

/** Where history entries and superseded rows go. */
export interface HistoryPorts {
  readonly ring: HistoryRing;
  superseded(rows: SupersededRows): void;
}

/** When rows reach the database: the store feed knows. */
export interface WrittenRows {
  /** The number of the pass of the store feed by whose end every row that is dirty now is in a batch. */
  readonly writesRowsOfNow: number;
}

/** What a {@link PeerFamily} is made of. */
export interface PeerFamilyParts {
  readonly peerId: number;
  readonly rib: DirtyPrefixes;
  readonly sets: AttributeTable;
  readonly passes: WrittenRows;
  readonly history: HistoryPorts | undefined;
  /** No time is before this one: an earlier peer with this id may have flushed its rows up to then. */
  readonly clock: number;
}

export class PeerFamily {
  readonly peerId: number;
  readonly family: FamilyId;
  readonly rib: DirtyPrefixes;
  /** The Adj-RIB-In of the session, or of the last session, which left its routes. `undefined`: there is none. */
  routes: AdjRibIn | undefined;
  /** Evaluates the routes of the session; `undefined`: they stay as they were received. */
  filter: ImportFilter | undefined;
  /** How routes of the session are validated with RPKI data; `undefined`: they are not. */
  validationTerms: ValidationTerms | undefined;
  /** Checks eligible routes against routes of another family. */
  check: DestinationCheck | undefined;
  /** The maximum-prefix limit. */
  prefixLimiter: PrefixLimiter | undefined;
  /** The limit of paths per prefix. */
  pathLimiter: PathLimiter | undefined;
  /** The counts that were reported last: routes, eligible ones, those that are not written yet. -1: report them. */
  heldReported = 0;
  acceptedReported = 0;
  unwrittenReported = 0;
  /** Events for the next batch. */
  readonly events: PeerFamilyEvent[] = [];
  /** Events that become true with the rows that were dirty at the time, and the pass that writes those rows. */
  readonly eventsAfterRows: { event: PeerFamilyEvent; pass: number }[] = [];

  readonly #sets: AttributeTable;
  readonly #passes: WrittenRows;
  readonly #ports: HistoryPorts | undefined;
  readonly #history: History | undefined;
  #stale: AdjRibIn | undefined;
  #clock: number;
  #endOfRibAt = 0;
  /** The rows of an earlier run are loaded as stale, or flushed. */
  #settled = false;
  /** The session is over and its routes are retained. */
  #retained = false;
  /**
   * Marked routes are stale, and the database shows rows received before this time as stale. 0: no route is retained.
   */
  #staleBefore = 0;
  /** Up to when the database showed rows as stale last, also those of an earlier run. See {@link confirmedAt}. */
  #shownBefore = 0;
  /**
   * Some stale routes may be long-lived stale (RFC 9494): the time for the peer's return is over, that of LLGR is not.
   * The Adj-RIB-In says which: a second loss or a refresh marks other routes, whose time is not over.
   */
  longLived = false;

  constructor({ peerId, rib, sets, passes, history, clock }: PeerFamilyParts) {
    this.peerId = peerId;
    this.family = rib.family;
    this.rib = rib;
    this.#sets = sets;
    this.#passes = passes;
    this.#clock = clock;
    this.#ports = history;
    this.#history = history === undefined ? undefined : { ring: history.ring, family: rib.family };
  }

  /**
   * A session came up. `keep`: routes of the last session stay until they are announced again or swept. Returns routes
   * that cannot stay: the caller removes them.
   */
  open(source: RouteSource, addPath: boolean, now: number, keep = false): AdjRibIn | undefined {
    const left = this.routes;
    if (left !== undefined && keep && left.addPath === addPath && isSameSource(left.source, source)) {
      this.#retained = false;
      return undefined;
    }
    const lost = this.close(now);
    if (!this.#settled || (this.#stale !== undefined && this.#stale.addPath !== addPath)) this.#flushAt(now);
    this.routes = addPath
      ? new PathsAdjRibIn(source, this.#sets, this.rib, this.#history)
      : new SingleAdjRibIn(source, this.#sets, this.rib, this.#history);
    return lost;
  }

  /**
   * The session is over, and its routes stay as stale routes (RFC 4724 §4.2). `former`: what becomes of routes that
   * were stale already.
   */
  retain(now: number, former: "delete" | "keep" = "delete"): void {
    const routes = this.routes;
    if (routes === undefined) return;
    if (former === "delete") {
      // "To deal with possible consecutive restarts, a route (from the peer) previously marked as stale MUST be
      // deleted." RFC 9494 §4.2: but in LLGR they "MUST NOT be deleted before the timer for the Long-Lived Stale Time
      // expires".
      if (this.#staleBefore !== 0 && !this.longLived) this.sweepMarked(now);
      this.sweepStale(now);
    }
    routes.markAll();
    this.#retained = true;
    this.#endOfRibAt = 0;
    this.eventsAfterRows.length = 0;
    this.#clock = Math.max(now, this.#clock + 1);
    this.#reportStale(this.#clock);
  }

  /**
   * The time for the peer's return is over. Its stale routes stay as the least preferred ones (RFC 9494 §4.2); the
   * caller re-evaluates them.
   */
  beginLongLived(): void {
    const { routes } = this;
    if (routes === undefined || this.#staleBefore === 0) return;
    this.longLived = true;
    routes.markLongLived();
  }

  /** The session is over. Returns its routes: the caller removes them. One event reports all of them to the store. */
  close(now: number): AdjRibIn | undefined {
    const routes = this.routes;
    if (routes === undefined) return undefined;
    routes.detached = true;
    this.routes = undefined;
    this.#retained = false;
    this.#flushAt(now, routes);
    return routes;
  }

  /** `receivedAt` of a route that is received now. */
  stamp(now: number): number {
    if (now > this.#clock) this.#clock = now;
    return this.#clock;
  }

  /** Stores a route of the session, which must be up. `set`: the effective set. False where nothing changed. */
  announce(
    slot: PrefixSlot,
    pathId: number,
    received: SetSlot,
    set: SetSlot,
    ineligible: number,
    receivedAt: number,
  ): boolean {
    const routes = this.routes!;
    const stale = this.#stale;
    if (stale !== undefined) {
      const row = stale.find(slot, pathId);
      if (row !== -1) {
        const isSame = stale.receivedOf(row) === received;
        const since = isSame ? stale.receivedAtOf(row) : receivedAt;
        routes.announce(slot, pathId, received, set, ineligible, since);
        stale.withdraw(slot, pathId, receivedAt, isSame ? undefined : EndedBy.replaced);
        return true;
      }
    }
    if (this.#staleBefore !== 0 && routes.marked > 0) this.#confirm(routes, slot, pathId);
    return routes.announce(slot, pathId, received, set, ineligible, receivedAt);
  }

  /** What RPKI data say of a route of the session. */
  validityOf(validation: Validation, slot: PrefixSlot, received: SetSlot): number {
    const terms = this.validationTerms;
    return terms === undefined ? 0 : validation.of(this.rib.destinations, slot, received, terms);
  }

  /** Stores what RPKI data say of a route that was announced now. */
  validate(validation: Validation, slot: PrefixSlot, pathId: number, received: SetSlot): void {
    const routes = this.routes!;
    routes.setValidity(slot, routes.find(slot, pathId), this.validityOf(validation, slot, received));
  }

  /** `confirmed_at` of the row of a route; 0: none. */
  confirmedAt(receivedAt: number): number {
    return receivedAt < this.#shownBefore ? this.#shownBefore : 0;
  }

  withdraw(slot: PrefixSlot, pathId: number, now: number, endedBy: EndedBy = EndedBy.withdrawn): boolean {
    const routes = this.routes!;
    const at = this.stamp(now);
    if (this.#stale?.withdraw(slot, pathId, at, endedBy)) {
      routes.rewrite(slot, pathId);
      return false;
    }
    return routes.withdraw(slot, pathId, at, endedBy);
  }

  /** Withdraws the routes that were not announced again during a refresh (RFC 7313 §4). */
  sweepMarked(now: number): void {
    this.routes?.sweep((slot) => this.rib.touch(slot), this.stamp(now));
  }

  endOfRib(now: number): void {
    this.#endOfRibAt = this.stamp(now);
    // RFC 4724 §4.2: "immediately remove any routes from the peer that are still marked as stale".
    if (this.#staleBefore !== 0) this.#sweepRetained(now);
    this.sweepStale(now);
    this.#reportEndOfRib();
  }

  /** Adds a route of an earlier run that the database shows as stale since `now` at the latest. */
  loadStale(
    slot: PrefixSlot,
    pathId: number,
    received: SetSlot,
    set: SetSlot,
    ineligible: number,
    receivedAt: number,
    source: RouteSource,
    now: number,
  ): void {
    const addPath = pathId !== -1;
    if (this.#stale === undefined) {
      this.#stale = addPath
        ? new PathsAdjRibIn(source, this.#sets, undefined, this.#history)
        : new SingleAdjRibIn(source, this.#sets, undefined, this.#history);
      this.#settled = true;
    }
    // All sessions of a run are with ADD-PATH, or all without. A mixture of rows is flushed when the session comes up.
    if (this.#stale.addPath !== addPath) this.#settled = false;
    else this.#stale.adopt(slot, pathId, received, set, ineligible, receivedAt);
    this.stamp(receivedAt);
    this.#shownBefore = this.stamp(now);
  }

  /** Deletes the routes of the last run that were not announced again. */
  sweepStale(now: number): void {
    const stale = this.#stale;
    if (stale === undefined) return;
    const routes = this.routes;
    if (routes === undefined) {
      this.#flushAt(now);
      return;
    }
    const at = this.stamp(now);
    stale.eachSlot((slot) => {
      for (let row = stale.first(slot); row !== -1;) {
        const pathId = stale.pathIdOf(row);
        const next = stale.next(row);
        routes.rewrite(slot, pathId);
        stale.withdraw(slot, pathId, at, EndedBy.notRefreshed);
        row = next;
      }
    });
    this.#dropStale();
    this.#reportNoneStale();
  }

  /** The time for stale routes is over. Returns the routes of a session that is over: the caller removes them. */
  expire(now: number): AdjRibIn | undefined {
    if (this.#retained) return this.close(now);
    if (this.#staleBefore !== 0) this.#sweepRetained(now);
    else this.sweepMarked(now);
    this.sweepStale(now);
    return undefined;
  }

  /** The session is without this family. Returns routes of the last session: the caller removes them. */
  giveUpStale(now: number): AdjRibIn | undefined {
    if (this.#stale !== undefined && this.routes === undefined) this.#flushAt(now);
    return this.close(now);
  }

  /** The database has routes of an earlier run. */
  get hasEarlierRun(): boolean {
    return this.#stale !== undefined;
  }

  /** The routes of an earlier run: they are stale and take no part in the decision. */
  get earlierRun(): AdjRibIn | undefined {
    return this.#stale;
  }

  /** Marked routes are retained from an earlier session. */
  get hasRetained(): boolean {
    return this.#staleBefore !== 0;
  }

  /** The peer is removed: returns the last events for the store. */
  takeLastEvents(): PeerFamilyEvent[] {
    if (this.#stale !== undefined) this.#flushAt(this.#clock + 1);
    if (this.heldReported !== 0 || this.unwrittenReported !== 0) {
      this.events.push({ kind: "held", rows: Float64Array.of(this.peerId, this.family, 0, 0, 0) });
    }
    return this.events.splice(0);
  }

  /** The database was lost: it has no stale routes, and all routes are written again. */
  storeLost(): void {
    this.events.length = 0;
    this.eventsAfterRows.length = 0;
    this.#dropStale();
    this.#settled = true;
    // A batch under way may write the counts of the lost database into the new one: they are reported again.
    this.heldReported = this.acceptedReported = this.unwrittenReported = -1;
    this.routes?.markAllDirty();
    if (this.#staleBefore !== 0) this.#reportStale(this.#staleBefore);
    if (this.#endOfRibAt !== 0 && this.routes !== undefined) this.#reportEndOfRib();
  }

  get bytes(): number {
    return (this.routes?.bytes ?? 0) + (this.#stale?.bytes ?? 0);
  }

  /** Withdraws the retained routes that were not announced again. */
  #sweepRetained(now: number): void {
    this.sweepMarked(now);
    this.#staleBefore = 0;
    this.longLived = false;
    this.#reportNoneStale();
  }

  /** The route is about to be announced again: a stale route is written once more, as confirmed. */
  #confirm(routes: AdjRibIn, slot: PrefixSlot, pathId: number): void {
    const row = routes.find(slot, pathId);
    if (row !== -1 && routes.isMarked(row)) routes.rewrite(slot, pathId);
  }

  #reportStale(before: number): void {
    this.#staleBefore = before;
    this.#shownBefore = before;
    this.events.push({ kind: "stale", peerId: this.peerId, family: this.family, before });
  }

  /** No row is stale any more, once the rows of now are written. */
  #reportNoneStale(): void {
    const event: PeerFamilyEvent = { kind: "stale", peerId: this.peerId, family: this.family, before: 0 };
    this.eventsAfterRows.push({ event, pass: this.#passes.writesRowsOfNow });
  }

  #reportEndOfRib(): void {
    this.eventsAfterRows.push({
      event: { kind: "endOfRib", peerId: this.peerId, family: this.family, at: this.#endOfRibAt },
      pass: this.#passes.writesRowsOfNow,
    });
  }

  /**
   * Flushes the rows of the family, at a time after that of every row. `lost`: the routes of the session that ended.
   */
  #flushAt(now: number, lost?: AdjRibIn): void {
    this.#clock = Math.max(now, this.#clock + 1);
    this.#endOfRibAt = 0;
    this.#settled = true;
    this.longLived = false;
    this.eventsAfterRows.length = 0;
    if (this.#stale !== undefined || this.#staleBefore !== 0) {
      this.#dropStale();
      this.#staleBefore = 0;
      this.events.push({ kind: "stale", peerId: this.peerId, family: this.family, before: 0 });
    }
    const superseded = lost === undefined ? undefined : this.#recordUnwritten(lost);
    const flush: PeerFamilyEvent = { kind: "flush", peerId: this.peerId, family: this.family, at: this.#clock };
    this.events.push(superseded === undefined ? flush : { ...flush, isOpen: true });
    if (superseded !== undefined) this.#ports?.superseded(superseded);
  }

  /**
   * Adds history entries for states that were never written. Returns the superseded rows, which the store must not turn
   * into history entries; `undefined`: there are none.
   */
  #recordUnwritten(lost: AdjRibIn): SupersededRows | undefined {
    const ring = this.#ports?.ring;
    if (ring === undefined || !lost.hasDirty) return undefined;
    const { peerId, family, rib } = this;
    const at = this.#clock;
    const rows = new SupersededRows(peerId, family, rib.slots, at, lost.addPath);
    lost.eachUnwritten((slot, pathId, received, from) => {
      if (rib.slots.isStored(slot)) rows.add(slot, pathId);
      if (received === noSet) return;
      this.#sets.retain(received);
      ring.push(peerId, family, slot, pathId, received, from, at, EndedBy.sessionLost);
    });
    return rows.count > 0 ? rows : undefined;
  }

  #dropStale(): void {
    const stale = this.#stale;
    this.#stale = undefined;
    if (stale === undefined) return;
    for (let page = 0; page < stale.pageCount; page++) stale.dropPage(page, ignore);
  }
}

/** False where the peer comes back as another router or in another AS: the retained routes are then not its own. */
function isSameSource(a: RouteSource, b: RouteSource): boolean {
  return a.internal === b.internal && a.asn === b.asn && a.routerId === b.routerId;
}

function ignore(): void {}
