/**
 * After a restart of this speaker: which End-of-RIBs the decision process awaits before it runs (RFC 4724 §4.1). A
 * decision over half of the routes would withdraw routes from peers that still forward by them.
 */

import { type FamilyId, type FamilyMask, familyMask, maskHas } from "../types/mod.ts";
import type { Negotiated } from "./types.ts";

export class Deferral {
  /** Families whose decision process has not run yet. */
  #pending: FamilyMask;
  /** By peer: families whose End-of-RIB is awaited. */
  readonly #waiting: Map<number, FamilyMask>;

  /** `peers`: those that had a session when the last run ended, with the families they are configured for. */
  constructor(families: FamilyMask, peers: ReadonlyMap<number, FamilyMask>) {
    this.#pending = families;
    this.#waiting = new Map(peers);
  }

  get pending(): FamilyMask {
    return this.#pending;
  }

  /** Peers whose End-of-RIB is awaited. */
  get peers(): number[] {
    return [...this.#waiting].filter(([, families]) => (families & this.#pending) !== 0).map(([id]) => id);
  }

  /** Families whose last awaited End-of-RIB has arrived, each returned once. Call it at the start, too. */
  takeReady(): FamilyMask {
    let awaited = 0;
    for (const families of this.#waiting.values()) awaited |= families;
    const ready = this.#pending & ~awaited;
    this.#pending &= awaited;
    return ready;
  }

  /** A session is Established. A peer that sends no End-of-RIB, or itself awaits ours, is no longer awaited. */
  established(peerId: number, negotiated: Negotiated): void {
    const before = this.#waiting.get(peerId);
    if (before === undefined) return;
    // §4.1: "excluding the ones with the "Restart State" bit set in the received capability and excluding the ones that
    // do not advertise the graceful restart capability".
    const { graceful } = negotiated;
    const waits = graceful !== undefined && !graceful.restarting;
    this.#waiting.set(peerId, waits ? before & negotiated.families : 0);
  }

  endOfRib(peerId: number, family: FamilyId): void {
    const before = this.#waiting.get(peerId) ?? 0;
    if (maskHas(before, family)) this.#waiting.set(peerId, before & ~familyMask([family]));
  }

  /** The peer is disabled or removed. */
  forget(peerId: number): void {
    this.#waiting.delete(peerId);
  }

  /** The Selection_Deferral_Timer fired: no peer is awaited any longer. */
  expire(): FamilyMask {
    this.#waiting.clear();
    return this.takeReady();
  }
}
