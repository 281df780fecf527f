/**
 * What is known of a database that refuses to be written: since when, whether an operator was told, and how soon to try
 * again. A write lock is somebody's INSERT INTO announcements and soon gone; a full disk lasts.
 *
 * A line is for the first time. What fails and recovers again and again has one from time to time, and so has what lasts.
 */

const retrySoonMs = 20;
const retryLateMs = 1000;
/** What fails for longer than this is worth a line in the log. */
const worthSayingMs = 1000;
/** After it is over, the next line waits for so long; twice as long each time, up to {@link slowestMs}. */
const firstPauseMs = 10_000;
/** The slow pace. What did not fail for so long is new. */
const slowestMs = 600_000;

export class WriteTrouble {
  readonly #now: () => number;
  /** Says what is wrong; `undefined`: it is over. */
  readonly #say: (reason: string | undefined) => void;
  #since: number | undefined;
  #saidAt: number | undefined;
  #lasts = false;
  #quietUntil = -Infinity;
  #failedAt = -Infinity;
  #pauseMs = firstPauseMs;

  constructor(now: () => number, say: (reason: string | undefined) => void) {
    this.#now = now;
    this.#say = say;
  }

  /** `lasts`: it will not be over in a moment. */
  failed(reason: string, lasts: boolean): void {
    const now = this.#now();
    if (now - this.#failedAt > slowestMs) this.#pauseMs = firstPauseMs;
    this.#failedAt = now;
    this.#since ??= now;
    this.#lasts = lasts;
    if (!lasts && this.forMs < worthSayingMs || now < this.#quietUntil) return;
    this.#saidAt = now;
    this.#quietUntil = now + slowestMs;
    this.#say(reason);
  }

  succeeded(): void {
    this.#since = undefined;
    if (this.#saidAt === undefined) return;
    this.#saidAt = undefined;
    this.#quietUntil = this.#now() + this.#pauseMs;
    this.#pauseMs = Math.min(2 * this.#pauseMs, slowestMs);
    this.#say(undefined);
  }

  /** For how long nothing could be written; 0 where the last attempt succeeded. */
  get forMs(): number {
    return this.#since === undefined ? 0 : this.#now() - this.#since;
  }

  get retryMs(): number {
    return this.#lasts ? retryLateMs : retrySoonMs;
  }
}
