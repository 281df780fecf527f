/**
 * After a restart of this speaker: whose End-of-RIB is waited for before routes are chosen and announced (RFC 4724 §4.1).
 * Chosen too soon, a table of half its routes would have neighbours withdraw what they still forward by.
 */

import { type FamilyId, type FamilyMask, familyMask, maskHas } from "../types/mod.ts";
import type { Negotiated } from "./types.ts";

export class Deferral {
  /** Families that are not chosen yet. */
  #pending: FamilyMask;
  /** By peer: families whose End-of-RIB is to come. */
  readonly #waiting: Map<number, FamilyMask>;

  /** `peers`: those that had a session when the last run ended, and the families they may speak. */
  constructor(families: FamilyMask, peers: ReadonlyMap<number, FamilyMask>) {
    this.#pending = families;
    this.#waiting = new Map(peers);
  }

  get pending(): FamilyMask {
    return this.#pending;
  }

  /** Peers that are waited for. */
  get peers(): number[] {
    return [...this.#waiting].filter(([, families]) => (families & this.#pending) !== 0).map(([id]) => id);
  }

  /** Families that nothing is waited for any more, each once. Also to be asked in the beginning. */
  takeReady(): FamilyMask {
    let awaited = 0;
    for (const families of this.#waiting.values()) awaited |= families;
    const ready = this.#pending & ~awaited;
    this.#pending &= awaited;
    return ready;
  }

  /** A session is up: who sends no End-of-RIB, or waits for ours himself, is not waited for. */
  established(peerId: number, negotiated: Negotiated): void {
    const before = this.#waiting.get(peerId);
    if (before === undefined) return;
    // §4.1: "excluding the ones with the "Restart State" bit set in the received capability and excluding the ones that do
    // not advertise the graceful restart capability".
    const { graceful } = negotiated;
    const waits = graceful !== undefined && !graceful.restarting;
    this.#waiting.set(peerId, waits ? before & negotiated.families : 0);
  }

  endOfRib(peerId: number, family: FamilyId): void {
    const before = this.#waiting.get(peerId) ?? 0;
    if (maskHas(before, family)) this.#waiting.set(peerId, before & ~familyMask([family]));
  }

  /** The peer is disabled, or not there any more. */
  forget(peerId: number): void {
    this.#waiting.delete(peerId);
  }

  /** The Selection_Deferral_Timer fired: nobody is waited for. */
  expire(): FamilyMask {
    this.#waiting.clear();
    return this.takeReady();
  }
}
