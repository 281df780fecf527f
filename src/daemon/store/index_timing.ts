/**
 * When the indexes are made that wait for the first backlog (store/write/indexes.ts), and when they are given up for a while.
 *
 * To keep them while a full table arrives costs ten times what making them afterwards does. A silence is no sign that a table
 * is complete: a peer may pause. So they wait for the End-of-RIB of every session that is up, or, as not every speaker sends
 * one, for a long silence. Changes that go on all the time must not put them off for ever: what comes in small batches is no
 * table. Where a few routes were indexed and then a full table comes, indexes go and are made again.
 */

import type { FamilyMask } from "../../types/mod.ts";
import type { StoreBatch } from "../../rib/mod.ts";
import type { PeerState } from "../../store/mod.ts";

/** The backlog has drained: so long after the last row, where all End-of-RIBs have come, and where not. */
const settledMs = 20;
const unsettledMs = 5_000;
/** Indexes over so few prefixes are given up when more than that come at once: to make them again is quick. */
const fewPrefixes = 100_000;
const manyNewPrefixes = 40_000;
/** A batch with so many rows may be a part of a table. */
const tableRows = 1_000;

export class IndexTiming {
  /** Families of sessions whose End-of-RIB has not come. */
  readonly #awaited = new Map<number, FamilyMask>();
  /** Prefixes under the indexes when they were made; `undefined`: there are none. */
  #indexed: number | undefined;
  #prefixes: number;
  /** Since the last silence. */
  #newPrefixes = 0;
  #hasRows = false;
  /** When a session came up, or a part of a table. */
  #tableAt = -Infinity;

  /** `prefixes`: those of the last run. */
  constructor(prefixes: number, indexesStand: boolean) {
    this.#prefixes = prefixes;
    this.#hasRows = prefixes > 0;
    this.#indexed = indexesStand ? prefixes : undefined;
  }

  peerState(peerId: number, { state, families }: PeerState, now: number): void {
    // The families become known on the way to Established, a moment before the state does.
    if (families !== undefined) {
      this.#awaited.set(peerId, families);
      this.#tableAt = now;
    } else if (state !== "Established") this.#awaited.delete(peerId);
  }

  /** True where the indexes should be dropped now. */
  wrote(batch: StoreBatch, now: number): boolean {
    if (Math.max(batch.prefixCount, batch.routeCount) >= tableRows) this.#tableAt = now;
    for (const event of batch.events) {
      if (event.kind === "endOfRib") this.#endOfRib(event.peerId, event.family);
      if (event.kind === "reset") this.#prefixes = 0;
    }
    this.#hasRows ||= batch.prefixCount > 0;
    this.#prefixes += batch.prefixCount;
    this.#newPrefixes += batch.prefixCount;
    if (this.#indexed === undefined || this.#indexed > fewPrefixes) return false;
    if (this.#newPrefixes < Math.max(manyNewPrefixes, 2 * this.#indexed)) return false;
    this.#indexed = undefined;
    return true;
  }

  /** How long no row must have come before indexes are made; `undefined`: there is nothing to make. */
  get waitMs(): number | undefined {
    if (this.#indexed !== undefined || !this.#hasRows) return undefined;
    return this.#awaited.size === 0 ? settledMs : unsettledMs;
  }

  /** True where indexes should be made though changes go on. */
  isOverdue(now: number): boolean {
    return this.waitMs !== undefined && now - this.#tableAt >= unsettledMs;
  }

  /** No row came for a while. */
  silence(): void {
    this.#newPrefixes = 0;
  }

  /** The database was replaced by an empty one. */
  lost(): void {
    this.#indexed = undefined;
    this.#prefixes = 0;
    this.#hasRows = false;
  }

  /** Somebody took one away. */
  gone(): void {
    this.#indexed = undefined;
  }

  /** All of them stand now. */
  made(): void {
    this.#indexed = this.#prefixes;
    this.#newPrefixes = 0;
  }

  #endOfRib(peerId: number, family: number): void {
    const rest = (this.#awaited.get(peerId) ?? 0) & ~(1 << family);
    if (rest === 0) this.#awaited.delete(peerId);
    else this.#awaited.set(peerId, rest);
  }
}
