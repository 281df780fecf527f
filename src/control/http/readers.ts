/**
 * Those who read over HTTP: so many at a time, so many behind them, and each with a turn of some milliseconds after
 * which the sessions have theirs. Whoever comes when all places are taken is refused (503 with
 * Retry-After).
 */

import { ControlError } from "../target.ts";

export interface ReaderLimits {
  /** Questions that are being answered. */
  readonly running: number;
  /** Questions that wait for one of those to end, and for how long they may. */
  readonly waiting: number;
  readonly waitMs: number;
  /**
   * Where set, answers may take half of the time of this thread: what readers took longer than this, they pay back by
   * waiting.
   */
  readonly debtMs?: number;
}

/** Strangers, over TCP. */
export const publicReaders: ReaderLimits = { running: 8, waiting: 32, waitMs: 2_000, debtMs: 5 };
/** Whoever may open the Unix socket. */
export const ownReaders: ReaderLimits = { running: 16, waiting: 64, waitMs: 10_000 };

/** All places are taken. */
export class TooManyReaders extends ControlError {
  readonly retryAfterSeconds = 1;

  constructor() {
    super("unavailable", "too many questions are being answered at the moment: ask again in a second");
  }
}

interface Waiting {
  start(): void;
  refuse(reason: unknown): void;
}

export class Readers {
  readonly #limits: ReaderLimits;
  readonly #waiting = new Set<Waiting>();
  #running = 0;
  #debtMs = 0;
  #debtAt = 0;

  constructor(limits: ReaderLimits) {
    this.#limits = limits;
  }

  /** Resolves when a place is free; the caller gives it back with {@link leave}. Throws {@link TooManyReaders}. */
  async enter(signal: AbortSignal): Promise<void> {
    const { running, waiting, waitMs } = this.#limits;
    signal.throwIfAborted();
    if (this.#running < running) return void this.#running++;
    if (this.#waiting.size >= waiting) throw new TooManyReaders();
    await new Promise<void>((resolve, reject) => {
      const finish = (then: () => void) => {
        clearTimeout(timer);
        signal.removeEventListener("abort", onAbort);
        this.#waiting.delete(me);
        then();
      };
      const me: Waiting = {
        start: () => finish(resolve),
        refuse: (reason) => finish(() => reject(reason)),
      };
      const onAbort = () => me.refuse(signal.reason);
      const timer = setTimeout(() => me.refuse(new TooManyReaders()), waitMs);
      signal.addEventListener("abort", onAbort, { once: true });
      this.#waiting.add(me);
    });
  }

  /** Gives the place to who waits for longest. */
  leave(): void {
    const [next] = this.#waiting;
    if (next === undefined) this.#running--;
    else next.start();
  }

  /** Does a piece of work when it is the readers' turn. Work that waits for another thread counts until it waits. */
  async turn<T>(work: () => T): Promise<T> {
    for (let wait = this.#waitMs(); wait > 0; wait = this.#waitMs()) {
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
    const began = performance.now();
    try {
      return work();
    } finally {
      this.#debtAt = performance.now();
      this.#debtMs += this.#debtAt - began;
    }
  }

  /** What readers took is paid back by as much time without them. */
  #waitMs(): number {
    const { debtMs } = this.#limits;
    if (debtMs === undefined) return 0;
    const now = performance.now();
    this.#debtMs = Math.max(0, this.#debtMs - (now - this.#debtAt));
    this.#debtAt = now;
    return Math.max(0, this.#debtMs - debtMs);
  }
}
