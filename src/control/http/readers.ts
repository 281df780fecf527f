/**
 * Clients that read over HTTP: a limited number runs, a limited number waits. Further clients are refused (503 with
 * Retry-After). Each client works in pieces of some milliseconds, between which BGP sessions get the main thread.
 */

import { ControlError } from "../target.ts";

export interface ReaderLimits {
  /** How many requests may run. */
  readonly running: number;
  /** How many requests may wait, and for how long. */
  readonly waiting: number;
  readonly waitMs: number;
  /**
   * If set, readers get at most half of the main thread: after a piece of work that is longer than this, readers wait
   * for the same time.
   */
  readonly debtMs?: number;
}

/** For TCP, where everyone may read. */
export const publicReaders: ReaderLimits = { running: 8, waiting: 32, waitMs: 2_000, debtMs: 5 };
/** For the Unix socket, which only its owner can open. */
export const ownReaders: ReaderLimits = { running: 16, waiting: 64, waitMs: 10_000 };

/** The limits are reached. */
export class TooManyReaders extends ControlError {
  readonly retryAfterSeconds = 1;

  constructor() {
    super("unavailable", "too many requests at the moment; try again in a second");
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

  /** Resolves when a place is free. The caller must call {@link leave} afterwards. Throws {@link TooManyReaders}. */
  async enter(signal: AbortSignal): Promise<void> {
    const { running, waiting, waitMs } = this.#limits;
    signal.throwIfAborted();
    if (this.#running < running) {
      this.#running++;
      return;
    }
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

  /** Gives the place to the client that has waited for longest. */
  leave(): void {
    const [next] = this.#waiting;
    if (next === undefined) this.#running--;
    else next.start();
  }

  /** Runs a piece of work when readers may use the main thread. Only the synchronous part of the work counts. */
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

  /** How long readers must wait now, in milliseconds. */
  #waitMs(): number {
    const { debtMs } = this.#limits;
    if (debtMs === undefined) return 0;
    const now = performance.now();
    this.#debtMs = Math.max(0, this.#debtMs - (now - this.#debtAt));
    this.#debtAt = now;
    return Math.max(0, this.#debtMs - debtMs);
  }
}
