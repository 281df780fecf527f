/**
 * Decides when to build the indexes that a first table would slow down (`src/store/indexes.ts`), and when to drop them
 * for a while.
 *
 * To maintain them while a full table arrives costs ten times as much as to build them afterwards. A short pause does
 * not mean that a table is complete. So they are built after the End-of-RIB of every Established session or, because
 * not every speaker sends one, after a long pause. Steady changes do not delay them forever: small batches are not a
 * table. If a full table comes after a few indexed routes, the indexes are dropped and built again.
 */

import type { FamilyMask } from "../../types/mod.ts";
import type { StoreBatch } from "../../rib/mod.ts";
import type { PeerState } from "../../store/mod.ts";

/** The backlog has drained: so long after the last row, where all End-of-RIBs have come, and where not. */
const settledMs = 20;
const unsettledMs = 5_000;
/** Indexes over so few prefixes are dropped when many new prefixes come at once: to build them again is quick. */
const fewPrefixes = 100_000;
const manyNewPrefixes = 40_000;
/** A batch with so many rows counts as a part of a table. */
const tableRows = 1_000;

export class IndexTiming {
  /** Families of sessions whose End-of-RIB has not come. */
  readonly #awaited = new Map<number, FamilyMask>();
  /** How many prefixes there were when the indexes were built; `undefined`: there are no indexes. */
  #indexed: number | undefined;
  #prefixes: number;
  /** Since the last pause. */
  #newPrefixes = 0;
  #hasRows = false;
  /** When a session was Established last, or a part of a table came. */
  #tableAt = -Infinity;

  /** `prefixes`: how many the last run left. `isIndexed`: all indexes exist. */
  constructor(prefixes: number, { isIndexed }: { readonly isIndexed: boolean }) {
    this.#prefixes = prefixes;
    this.#hasRows = prefixes > 0;
    this.#indexed = isIndexed ? prefixes : undefined;
  }

  peerState(peerId: number, { state, families }: PeerState, now: number): void {
    // The families are reported a moment before the state Established.
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

  /** How long the pause must be before indexes are built; `undefined`: none is missing. */
  get waitMs(): number | undefined {
    if (this.#indexed !== undefined || !this.#hasRows) return undefined;
    return this.#awaited.size === 0 ? settledMs : unsettledMs;
  }

  /** True if indexes should be built though changes go on. */
  isOverdue(now: number): boolean {
    return this.waitMs !== undefined && now - this.#tableAt >= unsettledMs;
  }

  /** There was a pause. */
  paused(): void {
    this.#newPrefixes = 0;
  }

  /** An empty database replaced the one before. */
  replaced(): void {
    this.#indexed = undefined;
    this.#prefixes = 0;
    this.#hasRows = false;
  }

  /** Somebody dropped an index. */
  dropped(): void {
    this.#indexed = undefined;
  }

  /** All indexes exist now. */
  built(): void {
    this.#indexed = this.#prefixes;
    this.#newPrefixes = 0;
  }

  #endOfRib(peerId: number, family: number): void {
    const rest = (this.#awaited.get(peerId) ?? 0) & ~(1 << family);
    if (rest === 0) this.#awaited.delete(peerId);
    else this.#awaited.set(peerId, rest);
  }
}
