/**
 * Routes that outlive their session: which families of a peer are stale, and until when. It stands beside the state
 * machine; the shell reports what happens to it and carries out the actions it returns.
 *
 * | phase of a family | begins | ends |
 * |---|---|---|
 * | waiting for the session | session lost | session Established; or end of the Restart Time: expiry or LLGR |
 * | long-lived stale (RFC 9494) | Restart Time over | End-of-RIB; or the Long-Lived Stale Time is over |
 * | waiting for End-of-RIB | session Established | End-of-RIB; or `staleRoutesSeconds` are over |
 *
 * A refresh of RFC 7313 that has begun waits for its end in the same way. So do routes of an earlier run, which stand
 * in the database only, once a session is Established.
 */

import { type FamilyId, type FamilyMask, familyMask, maskHas, maskIds, type Millis } from "../types/mod.ts";
import { isGraceful } from "./graceful.ts";
import type { DownReason, Negotiated } from "./types.ts";

/** What the configuration says about stale routes. */
export interface RetentionPolicy {
  /** The longest wait for a session, and the longest wait for its End-of-RIB after it. */
  readonly staleRoutesSeconds: number;
  /** Families that may be long-lived stale, and for how long at most (RFC 9494 §5: only families that are named). */
  readonly longLived: FamilyMask;
  readonly longLivedSeconds: number;
}

export type RetentionAction =
  /** Remove the stale routes of these families. */
  | { readonly kind: "expire"; readonly families: FamilyMask }
  /** Mark the stale routes of these families as long-lived stale. */
  | { readonly kind: "longLived"; readonly families: FamilyMask };

interface StaleFamily {
  /** The family has routes of a lost session. */
  kept: boolean;
  /** Deadline for a new session. */
  sessionBy: Millis | undefined;
  /** Deadline for End-of-RIB, or for the end of a refresh. */
  endBy: Millis | undefined;
  /**
   * End of the Long-Lived Stale Time. It starts with the end of the Restart Time and holds until End-of-RIB (RFC 9494
   * §4.2).
   */
  longLivedBy: Millis | undefined;
  /** How long LLGR lasts once it begins. */
  longLivedMs: Millis;
  /**
   * The Long-Lived Stale Time ended while a session was up: the next loss of the session removes the routes at once.
   */
  spent: boolean;
}

export class Retention {
  policy: RetentionPolicy;
  readonly #entries = new Map<FamilyId, StaleFamily>();

  constructor(policy: RetentionPolicy) {
    this.policy = policy;
  }

  /** Families with routes of a lost session. */
  get families(): FamilyMask {
    return familyMask([...this.#entries].filter(([, { kept }]) => kept).map(([id]) => id));
  }

  /** When the last of them expire if the peer does not return. */
  get until(): Millis | undefined {
    let last: Millis | undefined;
    for (const { kept, sessionBy, endBy, longLivedBy, longLivedMs } of this.#entries.values()) {
      if (!kept) continue;
      const end = endBy ?? longLivedBy ?? (sessionBy ?? 0) + longLivedMs;
      if (last === undefined || end > last) last = end;
    }
    return last;
  }

  /** When to call {@link tick} next. */
  get nextDeadline(): Millis | undefined {
    let first: Millis | undefined;
    for (const entry of this.#entries.values()) {
      for (const deadline of [entry.sessionBy, entry.endBy, entry.longLivedBy]) {
        if (deadline !== undefined && (first === undefined || deadline < first)) first = deadline;
      }
    }
    return first;
  }

  /** The session ended. Returns the families whose routes stay; those of other families are flushed. */
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
      // RFC 9494 §4.2: a family that RFC 4724's capability does not list has no Restart Time. Where the Long-Lived
      // Stale Time has ended, routes are removed at once if the session is lost again before End-of-RIB.
      const waitMs = isListed ? restartMs : 0;
      if (spent || waitMs + longLivedMs === 0) continue;
      this.#entries.set(id, { ...noTimes, kept: true, sessionBy: now + waitMs, longLivedMs, longLivedBy });
    }
    return this.families;
  }

  /**
   * A session is Established. Returns the families whose stale routes may stay; those of other families expire at once.
   */
  established(negotiated: Negotiated, now: Millis): FamilyMask {
    const terms = negotiated.graceful;
    let kept = 0;
    for (const [id, entry] of this.#entries) {
      // RFC 4724 §4.2: the F bit of the new capability; RFC 9494 §4.2: that of LLGR, once its period has begun.
      const forwarding = entry.longLivedBy === undefined ? terms?.forwarding : terms?.longLived?.forwarding;
      if (!maskHas(forwarding ?? 0, id)) this.#entries.delete(id);
      else kept |= familyMask([id]);
    }
    // Also where nothing is stale: routes of an earlier run, in the database only, wait for End-of-RIB in the same way.
    for (const id of maskIds(negotiated.families)) {
      const entry = this.#entries.get(id) ?? { ...noTimes };
      this.#entries.set(id, { ...entry, sessionBy: undefined, endBy: now + this.#endMs });
    }
    return kept;
  }

  /** BoRR (RFC 7313 §4): the peer advertises the whole family again and must finish before the deadline. */
  refreshBegan(family: FamilyId, now: Millis): void {
    const entry = this.#entries.get(family) ?? { ...noTimes };
    this.#entries.set(family, { ...entry, endBy: now + this.#endMs });
  }

  /** End-of-RIB or EoRR: the RIB has removed what was still stale. */
  ended(family: FamilyId): void {
    this.#entries.delete(family);
  }

  /** Forgets all stale families; returns them. */
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
        // RFC 9494 §4.2: with a new session the routes stay until they are refreshed or that session is lost.
        entry.longLivedBy = undefined;
        entry.spent = true;
        if (waits) expired |= bit;
      } else if (isOver(entry.sessionBy, now)) {
        if (entry.longLivedBy === undefined && entry.longLivedMs === 0) expired |= bit;
        else {
          longLived |= bit;
          // From now on only the Long-Lived Stale Time ends the wait.
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

  /** RFC 9494 §4.2: the peer's Long-Lived Stale Time, which local configuration may reduce. */
  #longLivedMs({ graceful }: Negotiated, id: FamilyId): Millis {
    if (!maskHas(this.policy.longLived, id)) return 0;
    return 1000 * Math.min(graceful?.longLived?.staleSeconds[id] ?? 0, this.policy.longLivedSeconds);
  }
}

const noTimes: Readonly<StaleFamily> = {
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
