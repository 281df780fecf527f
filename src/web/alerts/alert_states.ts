/**
 * Which subjects of one alert are pending and which fire: a pure state machine.
 *
 *     fine ── wrong ──► pending ── for hold_down ──► firing ── right for recovery ──► fine
 *               right again: fine ◄─┘                  ▲──┘ wrong again: it goes on firing
 *
 * Times are those of a clock that never goes back.
 */

import type { Millis } from "../../types/mod.ts";

export interface AlertTimes {
  readonly holdDownMs: Millis;
  readonly recoveryMs: Millis;
}

/** What a look at the database found. */
export interface Looked {
  /** The subjects with which something is wrong. */
  has(subject: string): boolean;
  /** False: nothing is known of the subject now, so that it stays as it is. */
  isKnown(subject: string): boolean;
  subjects(): Iterable<string>;
}

export interface Turned {
  readonly fired: readonly string[];
  readonly ended: readonly string[];
}

export class AlertStates {
  readonly #times: AlertTimes;
  /** Since when a pending subject is wrong. */
  readonly #pending = new Map<string, Millis>();
  /** Since when a firing subject is right again; `undefined`: it is wrong. */
  readonly #firing = new Map<string, Millis | undefined>();

  /** `firing`: the subjects that fired before a restart. */
  constructor(times: AlertTimes, firing: Iterable<string> = []) {
    this.#times = times;
    for (const subject of firing) this.#firing.set(subject, undefined);
  }

  isFiring(subject: string): boolean {
    return this.#firing.has(subject);
  }

  /** How many subjects are wrong, but not for long enough. */
  get pending(): number {
    return this.#pending.size;
  }

  /** Takes what a look found at this time. */
  take(looked: Looked, now: Millis): Turned {
    for (const subject of looked.subjects()) {
      if (!this.#firing.has(subject) && !this.#pending.has(subject)) this.#pending.set(subject, now);
    }
    for (const subject of this.#pending.keys()) {
      if (!looked.has(subject) && looked.isKnown(subject)) this.#pending.delete(subject);
    }
    for (const [subject, rightSince] of this.#firing) {
      if (looked.has(subject)) this.#firing.set(subject, undefined);
      else if (looked.isKnown(subject)) this.#firing.set(subject, rightSince ?? now);
    }
    return this.#turn(looked, now);
  }

  #turn(looked: Looked, now: Millis): Turned {
    const { holdDownMs, recoveryMs } = this.#times;
    const fired: string[] = [], ended: string[] = [];
    for (const [subject, since] of this.#pending) {
      // What is not known to be wrong now does not fire.
      if (now - since < holdDownMs || !looked.has(subject)) continue;
      this.#pending.delete(subject);
      this.#firing.set(subject, undefined);
      fired.push(subject);
    }
    for (const [subject, rightSince] of this.#firing) {
      if (rightSince === undefined || now - rightSince < recoveryMs || !looked.isKnown(subject)) continue;
      this.#firing.delete(subject);
      ended.push(subject);
    }
    return { fired, ended };
  }

  /** When time alone changes a state, where the next look finds the same; `undefined`: never. */
  get nextAt(): Millis | undefined {
    const { holdDownMs, recoveryMs } = this.#times;
    let next = Infinity;
    for (const since of this.#pending.values()) next = Math.min(next, since + holdDownMs);
    for (const rightSince of this.#firing.values()) {
      if (rightSince !== undefined) next = Math.min(next, rightSince + recoveryMs);
    }
    return next === Infinity ? undefined : next;
  }
}
