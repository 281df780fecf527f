/** Time as an argument: whoever measures or waits is handed a {@link Clock}; tests hand in one that they turn. */

/** Milliseconds. */
export type Millis = number;

export interface Clock {
  /** Wall time, milliseconds since 1970: for people and the database. It may jump. */
  now(): Millis;
  /** Never jumps; only differences mean something: for timers and durations. */
  monotonic(): Millis;
  /** Calls `fire` once, as soon as `monotonic() >= at`, never earlier and never within this call. */
  setTimer(at: Millis, fire: () => void): Timer;
}

export interface Timer {
  /** Stops the timer. Does nothing where it fired or was cleared already. */
  clear(): void;
}

/** `setTimeout` fires at once for delays that 31 bits cannot hold. */
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
    // Runtimes round timeouts down to whole milliseconds, so a timer may come a fraction early: wait the rest.
    const expire = () => performance.now() >= at ? fire() : arm();
    arm();
    return { clear: () => clearTimeout(handle) };
  },
};

/**
 * Wall-clock time in whole milliseconds that never goes back: where somebody sets the clock back, it stands still until the
 * wall has caught up, so that no interval in the history ends before it began. Whoever waits needs another clock.
 */
export function steadyWallClock(clock: Clock): () => number {
  let last = 0;
  return () => last = Math.max(last, Math.floor(clock.now()));
}
