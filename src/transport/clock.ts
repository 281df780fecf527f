/** Time as an argument: code that measures or waits takes a {@link Clock}, and tests pass one that they control. */

import type { Millis } from "../types/mod.ts";

export interface Clock {
  /** Wall-clock time, milliseconds since 1970: for people and the database. It may jump. */
  now(): Millis;
  /** Monotonic time, milliseconds from an arbitrary start: for timers and durations. It never jumps. */
  monotonic(): Millis;
  /** Calls `fire` once, as soon as `monotonic() >= at`, never earlier and never within this call. */
  setTimer(at: Millis, fire: () => void): Timer;
}

export interface Timer {
  /** Stops the timer, unless it has fired or was cleared. */
  clear(): void;
}

/** For a longer delay, `setTimeout` fires at once. */
const longestDelayMs = 2 ** 31 - 1;

/** The clock of this machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimer(at, fire) {
    let handle: ReturnType<typeof setTimeout>;
    const arm = () => {
      const delay = Math.ceil(at - performance.now());
      handle = setTimeout(expire, Math.min(Math.max(delay, 0), longestDelayMs));
    };
    // Runtimes round a timeout down to whole milliseconds, so it may fire a fraction early: then wait for the rest.
    const expire = () => performance.now() >= at ? fire() : arm();
    arm();
    return { clear: () => clearTimeout(handle) };
  },
};

/**
 * Wall-clock time for rows, in whole milliseconds, which never goes back: after somebody set the clock back, it stands
 * still until the system clock has caught up. So no interval of the history ends before it begins. Do not wait by this
 * clock.
 */
export function steadyWallClock(clock: Clock): () => number {
  let last = 0;
  return () => last = Math.max(last, Math.floor(clock.now()));
}
