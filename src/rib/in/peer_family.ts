/**
 * What one peer has to do with one family: the routes of its session, and of the run before.
 *
 * **Times.** `receivedAt` of a row is never before the last flush of its family, so that one row in the database,
 * `flushed_at`, tells the routes of a lost session from those of the next. The clock here therefore never steps back.
 *
 * **Stale routes.** After a restart the database still has the routes of the last run. They are loaded as an Adj-RIB-In
 * of their own that nobody decides on: only a memory of what the database says. What is left at End-of-RIB, or when the
 * timer of the shell fires, is deleted.
 *
 * **Retained routes.** Where the peer is expected back (RFC 4724 §4.2), a lost session leaves its routes where they
 * are: best routes as before, marked until they are announced again, and one row in the database (`stale_before`) shows
 * them stale.
 *
 * **Confirmed routes.** A route announced again just as it was keeps its state and its time. Its row is written once
 * more while the family is stale, with the time from which on it is fresh (`confirmed_at`).
 *
 * **History.** A state that ends goes to the ring, but for those that a lost session takes with it: the store has them.
 * Only what it has not, or otherwise, is said here: states that were never written, rows that were superseded.
 *
 * One file because stale, retained and confirmed routes share one clock and one queue of events for the store.
 */

import type { FamilyId, PrefixSlot, SetSlot } from "../../types/mod.ts";
import type { AdjRibIn, History, RouteSource } from "./adj_rib_in.ts";
import { PathsAdjRibIn } from "./adj_rib_in_paths.ts";
import { SingleAdjRibIn } from "./adj_rib_in_single.ts";
import type { AttributeTable } from "../table/attribute_table.ts";
import type { DirtyPrefixes } from "./dirty_prefixes.ts";
import { EndedBy, type HistoryRing } from "../history/history_ring.ts";
import type { ImportFilter } from "./import/import_filter.ts";
import { SupersededRows } from "../history/superseded.ts";
import type { PathLimiter } from "./path_limit.ts";
import type { PrefixLimiter } from "./prefix_limit.ts";
import type { PeerFamilyEvent } from "./peer_family_event.ts";

/** What becomes of states that end; none: nothing. */
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
  /** Times here are not before this one: an earlier peer with this id may have flushed up to there. */
  readonly clock: number;
}

export class PeerFamily {
  readonly peerId: number;
  readonly family: FamilyId;
  readonly rib: DirtyPrefixes;
  /** The Adj-RIB-In of the session that is up, or of one that is over and left its routes. */
  routes: AdjRibIn | undefined;
  /** What becomes of routes of that session on their way in. */
  filter: ImportFilter | undefined;
  /** How many there may be. */
  prefixLimiter: PrefixLimiter | undefined;
  /** … and how many of one prefix. */
  pathLimiter: PathLimiter | undefined;
  /** What the store heard last of its routes: how many there are, and how many are not written yet. */
  heldReported = 0;
  unwrittenReported = 0;
  /** Events for the store at once. */
  readonly events: PeerFamilyEvent[] = [];
  /** Events that are true once the rows that were dirty with them are written, and the pass that writes those. */
  readonly eventsAfterRows: { event: PeerFamilyEvent; pass: number }[] = [];

  readonly #sets: AttributeTable;
  readonly #passes: WrittenRows;
  readonly #ports: HistoryPorts | undefined;
  readonly #history: History | undefined;
  #stale: AdjRibIn | undefined;
  #clock: number;
  #endOfRibAt = 0;
  /** It is settled what becomes of rows of an earlier run: stale, or flushed. */
  #settled = false;
  /** The session is over and its routes are still here. */
  #retained = false;
  /** What is marked is stale, and what the database says of it: rows received before this. 0: nothing is. */
  #staleBefore = 0;
  /**
   * The same, also of an earlier run, and as it was last: rows before this that are not marked are written as
   * confirmed.
   */
  #shownBefore = 0;
  /**
   * There may be stale routes that are the last choice (RFC 9494): the time for the peer's return is over, that of LLGR
   * is not. Which they are says the Adj-RIB-In: a second loss, or a refresh, marks others as well, whose time is yet to
   * come.
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
   * A session came up. `keep`: what the last one left stays, until it is announced again or swept. What cannot stay is
   * given back, to be taken apart.
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

  /** The session is over, and its routes stay as stale ones (RFC 4724 §4.2). */
  retain(now: number): void {
    const routes = this.routes;
    if (routes === undefined) return;
    // "To deal with possible consecutive restarts, a route (from the peer) previously marked as stale MUST be deleted."
    // RFC 9494 §4.2: but in LLGR they "MUST NOT be deleted before the timer for the Long-Lived Stale Time expires".
    if (this.#staleBefore !== 0 && !this.longLived) this.sweepMarked(now);
    this.sweepStale(now);
    routes.markAll();
    this.#retained = true;
    this.#endOfRibAt = 0;
    this.eventsAfterRows.length = 0;
    this.#clock = Math.max(now, this.#clock + 1);
    this.#sayStale(this.#clock);
  }

  /**
   * The time for the peer's return is over, and its stale routes stay on as the last choice (RFC 9494 §4.2): they are
   * to be judged anew.
   */
  beginLongLived(): void {
    const { routes } = this;
    if (routes === undefined || this.#staleBefore === 0) return;
    this.longLived = true;
    routes.markLongLived();
  }

  /** The session is over: gives its routes to be taken apart. One event tells the store of all of them. */
  close(now: number): AdjRibIn | undefined {
    const routes = this.routes;
    if (routes === undefined) return undefined;
    routes.detached = true;
    this.routes = undefined;
    this.#retained = false;
    this.#flushAt(now, routes);
    return routes;
  }

  /** The time for a row received now. */
  stamp(now: number): number {
    if (now > this.#clock) this.#clock = now;
    return this.#clock;
  }

  /** The session must be up. `set`: what policy made of the set received. False where nothing changed. */
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
        const goesOn = stale.receivedOf(row) === received;
        const since = goesOn ? stale.receivedAtOf(row) : receivedAt;
        routes.announce(slot, pathId, received, set, ineligible, since);
        stale.withdraw(slot, pathId, receivedAt, goesOn ? undefined : EndedBy.replaced);
        return true;
      }
    }
    if (this.#staleBefore !== 0 && routes.marked > 0) this.#confirm(routes, slot, pathId);
    return routes.announce(slot, pathId, received, set, ineligible, receivedAt);
  }

  /** What `confirmed_at` of a row is to say; 0: nothing. */
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

  /** Routes not announced again in the course of a refresh are gone (RFC 7313 §4). */
  sweepMarked(now: number): void {
    this.routes?.sweep((slot) => this.rib.touch(slot), this.stamp(now));
  }

  endOfRib(now: number): void {
    this.#endOfRibAt = this.stamp(now);
    // RFC 4724 §4.2: "immediately remove any routes from the peer that are still marked as stale".
    if (this.#staleBefore !== 0) this.#sweepRetained(now);
    this.sweepStale(now);
    this.#sayEndOfRib();
  }

  /**
   * Takes over a route that the database has from an earlier run, and that it shows stale since `now` at the latest.
   */
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
    // Sessions are of one kind or the other, so the rows of one run are: a mixture is cleared when the session comes
    // up.
    if (this.#stale.addPath !== addPath) this.#settled = false;
    else this.#stale.adopt(slot, pathId, received, set, ineligible, receivedAt);
    this.stamp(receivedAt);
    this.#shownBefore = this.stamp(now);
  }

  /** Routes of the last run that were not announced again are deleted; none is stale any more. */
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
    this.#sayNoneStale();
  }

  /**
   * The time for stale routes is over: they go, and with a session that is over all its routes, which are given back.
   */
  expire(now: number): AdjRibIn | undefined {
    if (this.#retained) return this.close(now);
    if (this.#staleBefore !== 0) this.#sweepRetained(now);
    else this.sweepMarked(now);
    this.sweepStale(now);
    return undefined;
  }

  /**
   * The peer does not speak the family any more: what the last session or run left is gone. Gives what is to be taken
   * apart.
   */
  giveUpStale(now: number): AdjRibIn | undefined {
    if (this.#stale !== undefined && this.routes === undefined) this.#flushAt(now);
    return this.close(now);
  }

  /** Something of an earlier run waits in the database. */
  get hasEarlierRun(): boolean {
    return this.#stale !== undefined;
  }

  /** What an earlier run left: nobody decides on it, and all of it is stale. */
  get earlierRun(): AdjRibIn | undefined {
    return this.#stale;
  }

  /** Among the routes are some that a session left which is over: those that are marked. */
  get hasRetained(): boolean {
    return this.#staleBefore !== 0;
  }

  /** The peer is removed: the store hears no more of it than this. */
  takeLastEvents(): PeerFamilyEvent[] {
    if (this.#stale !== undefined) this.#flushAt(this.#clock + 1);
    if (this.heldReported !== 0 || this.unwrittenReported !== 0) {
      this.events.push({ kind: "held", rows: Float64Array.of(this.peerId, this.family, 0, 0) });
    }
    return this.events.splice(0);
  }

  /** The database lost everything: there is nothing stale in it, and all there is goes out again. */
  storeLost(): void {
    this.events.length = 0;
    this.eventsAfterRows.length = 0;
    this.#dropStale();
    this.#settled = true;
    // A batch under way may still bring the lost database's counts into the one that follows: they are said again.
    this.heldReported = this.unwrittenReported = -1;
    this.routes?.markAllDirty();
    if (this.#staleBefore !== 0) this.#sayStale(this.#staleBefore);
    if (this.#endOfRibAt !== 0 && this.routes !== undefined) this.#sayEndOfRib();
  }

  get bytes(): number {
    return (this.routes?.bytes ?? 0) + (this.#stale?.bytes ?? 0);
  }

  /** What is still marked goes, and none is stale any more. */
  #sweepRetained(now: number): void {
    this.sweepMarked(now);
    this.#staleBefore = 0;
    this.longLived = false;
    this.#sayNoneStale();
  }

  /** The row is about to be announced again: where it is stale, the database hears that it is not any more. */
  #confirm(routes: AdjRibIn, slot: PrefixSlot, pathId: number): void {
    const row = routes.find(slot, pathId);
    if (row !== -1 && routes.isMarked(row)) routes.rewrite(slot, pathId);
  }

  #sayStale(before: number): void {
    this.#staleBefore = before;
    this.#shownBefore = before;
    this.events.push({ kind: "stale", peerId: this.peerId, family: this.family, before });
  }

  /** When the database has heard what became of them. */
  #sayNoneStale(): void {
    const event: PeerFamilyEvent = { kind: "stale", peerId: this.peerId, family: this.family, before: 0 };
    this.eventsAfterRows.push({ event, pass: this.#passes.writesRowsOfNow });
  }

  #sayEndOfRib(): void {
    this.eventsAfterRows.push({
      event: { kind: "endOfRib", peerId: this.peerId, family: this.family, at: this.#endOfRibAt },
      pass: this.#passes.writesRowsOfNow,
    });
  }

  /** Strictly after every row so far. `lost`: the routes of the session that ended. */
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
    const superseded = lost === undefined ? undefined : this.#unwritten(lost);
    const flush: PeerFamilyEvent = { kind: "flush", peerId: this.peerId, family: this.family, at: this.#clock };
    this.events.push(superseded === undefined ? flush : { ...flush, isOpen: true });
    if (superseded !== undefined) this.#ports?.superseded(superseded);
  }

  /** What the store cannot make history of: states it never had; and rows that it must not, if there are any. */
  #unwritten(lost: AdjRibIn): SupersededRows | undefined {
    const ring = this.#ports?.ring;
    if (ring === undefined || !lost.hasDirty) return undefined;
    const { peerId, family, rib } = this;
    const at = this.#clock;
    const rows = new SupersededRows(peerId, family, rib.prefixes, at, lost.addPath);
    lost.eachUnwritten((slot, pathId, received, from) => {
      if (rib.prefixes.isStored(slot)) rows.add(slot, pathId);
      if (received === -1) return;
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

/** A peer that comes back as another router, or in another AS, has left nothing that it could stand for. */
function isSameSource(a: RouteSource, b: RouteSource): boolean {
  return a.internal === b.internal && a.asn === b.asn && a.routerId === b.routerId;
}

function ignore(): void {}
