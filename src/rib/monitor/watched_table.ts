/**
 * A table whose changes are reported: what import made of a peer's routes in one family, or the Loc-RIB of a family. A
 * changed destination has a bit; when bits are taken, the routes of then are encoded, once for all readers.
 */

import type { Millis, PrefixSlot, SetSlot } from "../../types/mod.ts";
import type { FamilyRib } from "../decide/family_rib.ts";
import type { AdjRibIn, RouteWatch } from "../in/adj_rib_in.ts";
import type { DirtyPrefixes } from "../in/dirty_prefixes.ts";
import { type AttributeTable, noSet } from "../table/attribute_table.ts";
import { clearBit, growInt32, hasBit, setBit, wordsFor } from "../table/columns.ts";
import type { RouteChanges } from "./route_changes.ts";
import { reportable, ReportedColumn, ReportedPaths, severalSets } from "./reported_sets.ts";

/** Slots that changed, each once. */
class ChangedSlots {
  #bits = new Int32Array(0);
  readonly #slots: PrefixSlot[] = [];

  add(slot: PrefixSlot): void {
    const words = wordsFor(slot + 1);
    if (words > this.#bits.length) this.#bits = growInt32(this.#bits, Math.max(32, words + (words >>> 1)));
    if (hasBit(this.#bits, slot)) return;
    setBit(this.#bits, slot);
    this.#slots.push(slot);
  }

  take(visit: (slot: PrefixSlot) => void): void {
    for (const slot of this.#slots) {
      clearBit(this.#bits, slot);
      visit(slot);
    }
    this.#slots.length = 0;
  }
}

/** The Loc-RIB of one family: the best routes. */
export class WatchedLocRib {
  readonly rib: FamilyRib;
  readonly #sets: AttributeTable;
  readonly #changed = new ChangedSlots();
  readonly #reported = new ReportedColumn();
  #isLearned = false;

  constructor(rib: FamilyRib, sets: AttributeTable) {
    this.rib = rib;
    this.#sets = sets;
    rib.onDecided = (slot) => this.#changed.add(slot);
  }

  close(): void {
    this.rib.onDecided = undefined;
  }

  takeChanges(changes: RouteChanges): void {
    this.#changed.take((slot) => {
      const set = this.#bestSet(slot);
      const now = set === noSet ? 0 : reportable(this.#sets.id(set));
      if (this.#reported.get(slot) === now) return;
      this.#reported.set(slot, now);
      changes.add(slot, -1, set);
    });
  }

  /** Adds the routes of some slots. There must be no change that is not taken. */
  dump(from: number, end: number, changes: RouteChanges | undefined): void {
    for (let at = from; at < end; at++) {
      const slot = at as PrefixSlot, set = this.#bestSet(slot);
      const before = this.#reported.get(slot), now = set === noSet ? 0 : reportable(this.#sets.id(set));
      // The best route has changed already, and its decision is still to come: all readers get it then.
      if (before !== now) this.#reported.set(slot, before === 0 ? now : severalSets);
      if (set !== noSet) changes?.add(slot, -1, set);
    }
  }

  /** There is a reader without a dump: it gets the end of every route. */
  learn(): void {
    if (!this.#isLearned) this.dump(0, this.rib.slots.count, undefined);
    this.#isLearned = true;
  }

  #bestSet(slot: PrefixSlot): SetSlot {
    const { best } = this.rib;
    const peer = best.peerOf(slot);
    const routes = peer === -1 ? undefined : this.rib.routesOf(slot, peer);
    const row = routes === undefined ? -1 : routes.find(slot, best.pathIdOf(slot));
    return row === -1 ? noSet : routes!.setOf(row);
  }
}

/**
 * The routes of one peer in one family. After policy: the eligible ones, as import made them. Before it: the messages
 * of the peer tell what changes, and only routes that end without a message of the peer are noted here.
 */
export class WatchedAdjRibIn implements RouteWatch {
  readonly rib: DirtyPrefixes;
  readonly routes: AdjRibIn;
  readonly #sets: AttributeTable;
  readonly #changed = new ChangedSlots();
  #reported = new ReportedColumn();
  #reportedPaths = new ReportedPaths();
  /** Slot and path identifier of routes that ended. */
  readonly #ended: number[] = [];
  #isAfterPolicyWanted = false;
  #isBeforePolicyWanted = false;
  #isLearned = false;

  constructor(rib: DirtyPrefixes, routes: AdjRibIn, sets: AttributeTable) {
    this.rib = rib;
    this.routes = routes;
    this.#sets = sets;
    routes.watch = this;
  }

  /** Which changes are reported from now on. */
  want(beforePolicy: boolean, afterPolicy: boolean): void {
    this.#isBeforePolicyWanted = beforePolicy;
    if (this.#isAfterPolicyWanted === afterPolicy) return;
    this.#isAfterPolicyWanted = afterPolicy;
    // What was reported before may have changed meanwhile.
    this.#reported = new ReportedColumn();
    this.#reportedPaths = new ReportedPaths();
    this.#isLearned = false;
  }

  close(): void {
    this.routes.watch = undefined;
  }

  changed(slot: PrefixSlot): void {
    if (this.#isAfterPolicyWanted) this.#changed.add(slot);
  }

  ended(slot: PrefixSlot, pathId: number): void {
    if (this.#isBeforePolicyWanted) this.#ended.push(slot, pathId);
  }

  /** The routes that ended without a message of the peer, and did not come again. */
  takeEnded(changes: RouteChanges): void {
    for (let i = 0; i < this.#ended.length; i += 2) {
      const slot = this.#ended[i]! as PrefixSlot, pathId = this.#ended[i + 1]!;
      if (this.routes.find(slot, pathId) === -1) changes.add(slot, pathId, noSet);
    }
    this.#ended.length = 0;
  }

  takeChanges(changes: RouteChanges): void {
    const { routes } = this;
    this.#changed.take((slot) => {
      if (!routes.addPath) return this.#report(slot, this.#eligible(routes.first(slot)), changes);
      this.#reportedPaths.prune(
        slot,
        (pathId) => this.#eligible(routes.find(slot, pathId)) !== noSet,
        (pathId) => changes.add(slot, pathId, noSet),
      );
      for (let row = routes.first(slot); row !== -1; row = routes.next(row)) this.#reportPath(slot, row, changes);
    });
  }

  /**
   * Adds the routes of a page, before or after policy, each to the changes of the time when it was received. There must
   * be no change that is not taken.
   */
  dump(page: number, afterPolicy: boolean, changesOf: ((receivedAt: Millis) => RouteChanges) | undefined): void {
    const { routes } = this;
    if (!routes.hasPage(page)) return;
    routes.eachRowOn(page, (slot, row) => {
      const set = afterPolicy ? this.#eligible(row) : routes.receivedOf(row);
      if (set === noSet) return;
      const pathId = routes.pathIdOf(row);
      if (afterPolicy) this.#dumped(slot, row, set);
      changesOf?.(routes.receivedAtOf(row)).add(slot, pathId, set);
    });
  }

  /** There is a reader after policy without a dump: it gets the end of every route. */
  learn(): void {
    if (!this.#isAfterPolicyWanted || this.#isLearned) return;
    for (let page = 0; page < this.routes.pageCount; page++) this.dump(page, true, undefined);
    this.#isLearned = true;
  }

  #dumped(slot: PrefixSlot, row: number, set: SetSlot): void {
    const { routes } = this, pathId = routes.pathIdOf(row);
    const before = routes.addPath ? this.#reportedPaths.get(slot, pathId) : this.#reported.get(slot);
    // A stale route of an earlier session: who has seen the Peer Up does not have it until it is announced again.
    const differs = before === severalSets || before === 0 && routes.isMarked(row);
    const now = differs ? severalSets : reportable(this.#sets.id(set));
    if (routes.addPath) this.#reportedPaths.set(slot, pathId, now);
    else this.#reported.set(slot, now);
  }

  #eligible(row: number): SetSlot {
    return row === -1 || this.routes.ineligibleOf(row) !== 0 ? noSet : this.routes.setOf(row);
  }

  #report(slot: PrefixSlot, set: SetSlot, changes: RouteChanges): void {
    const now = set === noSet ? 0 : reportable(this.#sets.id(set));
    if (this.#reported.get(slot) === now) return;
    this.#reported.set(slot, now);
    changes.add(slot, -1, set);
  }

  #reportPath(slot: PrefixSlot, row: number, changes: RouteChanges): void {
    const set = this.#eligible(row);
    if (set === noSet) return;
    const pathId = this.routes.pathIdOf(row), now = reportable(this.#sets.id(set));
    if (this.#reportedPaths.get(slot, pathId) === now) return;
    this.#reportedPaths.set(slot, pathId, now);
    changes.add(slot, pathId, set);
  }
}
