/**
 * Routes that outlive their session: which families of a peer are stale, and until when. A pure clockwork beside the state
 * machine; the shell tells it what happens and carries out what it says.
 *
 * | phase of a family | begins | ends |
 * |---|---|---|
 * | waiting for the session | session lost | it is back; or the Restart Time is over: routes go, or LLGR begins |
 * | long-lived stale (RFC 9494) | Restart Time over | End-of-RIB; or the Long-Lived Stale Time is over |
 * | waiting for End-of-RIB | session back | End-of-RIB; or `staleRoutesSeconds` are over |
 *
 * A refresh of RFC 7313 that has begun waits for its end in the same way, and so do, with any session, routes of an earlier
 * run, which are in the database only.
 */

import { type FamilyId, type FamilyMask, familyMask, maskHas, maskIds } from "../types/mod.ts";
import { isGraceful } from "./graceful.ts";
import type { DownReason, Millis, Negotiated } from "./types.ts";

/** What configuration says about it. */
export interface RetentionPolicy {
  /** The longest wait for a session, and then for its End-of-RIB. */
  readonly staleRoutesSeconds: number;
  /** Families that may be long-lived stale, and how long at the most (RFC 9494 §5: none but those that are named). */
  readonly longLived: FamilyMask;
  readonly longLivedSeconds: number;
}

export type RetentionAction =
  /** What is stale of these families goes. */
  | { readonly kind: "expire"; readonly families: FamilyMask }
  /** What is stale of these becomes long-lived stale. */
  | { readonly kind: "longLived"; readonly families: FamilyMask };

interface Entry {
  /** There are routes of a lost session. */
  kept: boolean;
  /** The session must be back by then. */
  sessionBy: Millis | undefined;
  /** End-of-RIB, or the end of a refresh, must be there by then. */
  endBy: Millis | undefined;
  /** LLST: starts when the wait for the session is over, and is not changed until the peer is back in step (RFC 9494 §4.2). */
  longLivedBy: Millis | undefined;
  /** How long LLGR will last, where it comes to that. */
  longLivedMs: Millis;
  /** The Long-Lived Stale Time ended while a session is up: no further loss leaves anything. */
  spent: boolean;
}

export class Retention {
  policy: RetentionPolicy;
  readonly #entries = new Map<FamilyId, Entry>();

  constructor(policy: RetentionPolicy) {
    this.policy = policy;
  }

  /** Families with routes of a lost session. */
  get families(): FamilyMask {
    return familyMask([...this.#entries].filter(([, { kept }]) => kept).map(([id]) => id));
  }

  /** When the last of them go, should nothing more be heard of the peer. */
  get until(): Millis | undefined {
    let last: Millis | undefined;
    for (const { kept, sessionBy, endBy, longLivedBy, longLivedMs } of this.#entries.values()) {
      if (!kept) continue;
      const end = endBy ?? longLivedBy ?? (sessionBy ?? 0) + longLivedMs;
      if (last === undefined || end > last) last = end;
    }
    return last;
  }

  /** When {@link tick} has something to do. */
  get nextDeadline(): Millis | undefined {
    let first: Millis | undefined;
    for (const entry of this.#entries.values()) {
      for (const deadline of [entry.sessionBy, entry.endBy, entry.longLivedBy]) {
        if (deadline !== undefined && (first === undefined || deadline < first)) first = deadline;
      }
    }
    return first;
  }

  /** The session is over. Gives the families whose routes stay; the others are flushed. */
  down(negotiated: Negotiated, reason: DownReason, now: Millis): FamilyMask {
    const terms = negotiated.graceful;
    const before = new Map(this.#entries);
    this.#entries.clear();
    if (terms === undefined || !isGraceful(negotiated, reason)) return 0;
    // RFC 4724 §4.2: "within the "Restart Time" that the peer advertised previously".
    const restartMs = 1000 * Math.min(terms.restartSeconds, this.policy.staleRoutesSeconds);
    for (const id of maskIds(negotiated.families)) {
      const isListed = maskHas(terms.families, id);
      const longLivedMs = this.#longLivedMs(negotiated, id);
      const { longLivedBy, spent } = before.get(id) ?? noTimes;
      // RFC 9494 §4.2: a family that RFC 4724's capability does not list has no Restart Time. And: what the LLST has ended
      // for goes at once where the session is lost again before it is in step.
      const waitMs = isListed ? restartMs : 0;
      if (spent || waitMs + longLivedMs === 0) continue;
      this.#entries.set(id, { ...noTimes, kept: true, sessionBy: now + waitMs, longLivedMs, longLivedBy });
    }
    return this.families;
  }

  /** A session is up. Gives the families whose stale routes may stay; those of others go at once. */
  established(negotiated: Negotiated, now: Millis): FamilyMask {
    const terms = negotiated.graceful;
    let kept = 0;
    for (const [id, entry] of this.#entries) {
      // RFC 4724 §4.2: the F bit of the new capability; RFC 9494 §4.2: that of LLGR, once its period has begun.
      const forwarding = entry.longLivedBy === undefined ? terms?.forwarding : terms?.longLived?.forwarding;
      if (!maskHas(forwarding ?? 0, id)) this.#entries.delete(id);
      else kept |= familyMask([id]);
    }
    // Also where nothing is stale: routes of an earlier run are in the database only, and wait for End-of-RIB like these.
    for (const id of maskIds(negotiated.families)) {
      const entry = this.#entries.get(id) ?? { ...noTimes };
      this.#entries.set(id, { ...entry, sessionBy: undefined, endBy: now + this.#endMs });
    }
    return kept;
  }

  /** BoRR (RFC 7313 §4): the peer tells all of the family again, and has so long for it. */
  refreshBegan(family: FamilyId, now: Millis): void {
    const entry = this.#entries.get(family) ?? { ...noTimes };
    this.#entries.set(family, { ...entry, endBy: now + this.#endMs });
  }

  /** End-of-RIB, or EoRR: the RIB has swept what was stale. */
  ended(family: FamilyId): void {
    this.#entries.delete(family);
  }

  /** Nothing is to be stale any more; gives the families that were. */
  clear(): FamilyMask {
    const { families } = this;
    this.#entries.clear();
    return families;
  }

  tick(now: Millis): RetentionAction[] {
    let expired = 0;
    let longLived = 0;
    for (const [id, entry] of this.#entries) {
      const bit = familyMask([id]);
      const waits = entry.sessionBy !== undefined;
      if (isOver(entry.longLivedBy, now)) {
        // RFC 9494 §4.2: with the session back they stay until they are refreshed, or it is lost again.
        entry.longLivedBy = undefined;
        entry.spent = true;
        if (waits) expired |= bit;
      } else if (isOver(entry.sessionBy, now)) {
        if (entry.longLivedBy === undefined && entry.longLivedMs === 0) expired |= bit;
        else {
          longLived |= bit;
          // Waits on, for the LLST only.
          entry.sessionBy = Infinity;
          entry.longLivedBy ??= now + entry.longLivedMs;
        }
      } else if (isOver(entry.endBy, now)) expired |= bit;
    }
    for (const id of maskIds(expired)) this.#entries.delete(id);
    const actions: RetentionAction[] = [];
    if (expired !== 0) actions.push({ kind: "expire", families: expired });
    if (longLived !== 0) actions.push({ kind: "longLived", families: longLived });
    return actions;
  }

  get #endMs(): Millis {
    return 1000 * this.policy.staleRoutesSeconds;
  }

  /** RFC 9494 §4.2: the peer's LLST, which local configuration may reduce. */
  #longLivedMs({ graceful }: Negotiated, id: FamilyId): Millis {
    if (!maskHas(this.policy.longLived, id)) return 0;
    return 1000 * Math.min(graceful?.longLived?.staleSeconds[id] ?? 0, this.policy.longLivedSeconds);
  }
}

const noTimes: Readonly<Entry> = {
  kept: false,
  sessionBy: undefined,
  endBy: undefined,
  longLivedBy: undefined,
  longLivedMs: 0,
  spent: false,
};

function isOver(deadline: Millis | undefined, now: Millis): boolean {
  return deadline !== undefined && deadline <= now;
}
