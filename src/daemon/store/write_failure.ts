/**
 * The state of a database that cannot be written: since when, whether the log says so, and when to try again. A lock is
 * often an INSERT of another program and soon over; a full disk lasts.
 *
 * The first failure is logged. A failure that lasts, or that comes and goes, is logged from time to time.
 */

const retrySoonMs = 20;
const retryLateMs = 1000;
/** A failure that lasts longer than this is logged. */
const logAfterMs = 1000;
/**
 * After a failure is over, the next one is not logged for so long: twice as long each time, up to {@link slowestMs}.
 */
const firstPauseMs = 10_000;
/** The longest pause between two lines. After so long without a failure, the next one is new. */
const slowestMs = 600_000;

export class WriteFailure {
  readonly #now: () => number;
  /** Gets the reason to log; `undefined`: the failure is over. */
  readonly #report: (reason: string | undefined) => void;
  /** Gets every change: the reason of a failure that lasts; `undefined`: it is over. */
  readonly #changed: (reason: string | undefined) => void;
  #isFailing = false;
  #since: number | undefined;
  #loggedAt: number | undefined;
  #lasts = false;
  #quietUntil = -Infinity;
  #failedAt = -Infinity;
  #pauseMs = firstPauseMs;

  constructor(
    now: () => number,
    report: (reason: string | undefined) => void,
    changed: (reason: string | undefined) => void = () => {},
  ) {
    this.#now = now;
    this.#report = report;
    this.#changed = changed;
  }

  /** `lasts`: the failure will not be over in a moment. */
  failed(reason: string, { lasts }: { readonly lasts: boolean }): void {
    const now = this.#now();
    if (now - this.#failedAt > slowestMs) this.#pauseMs = firstPauseMs;
    this.#failedAt = now;
    this.#since ??= now;
    this.#lasts = lasts;
    if (!lasts && this.forMs < logAfterMs) return;
    if (!this.#isFailing) this.#changed(reason);
    this.#isFailing = true;
    if (now < this.#quietUntil) return;
    this.#loggedAt = now;
    this.#quietUntil = now + slowestMs;
    this.#report(reason);
  }

  succeeded(): void {
    this.#since = undefined;
    if (this.#isFailing) this.#changed(undefined);
    this.#isFailing = false;
    if (this.#loggedAt === undefined) return;
    this.#loggedAt = undefined;
    this.#quietUntil = this.#now() + this.#pauseMs;
    this.#pauseMs = Math.min(2 * this.#pauseMs, slowestMs);
    this.#report(undefined);
  }

  /** For how long nothing could be written; 0 where the last attempt succeeded. */
  get forMs(): number {
    return this.#since === undefined ? 0 : this.#now() - this.#since;
  }

  get retryMs(): number {
    return this.#lasts ? retryLateMs : retrySoonMs;
  }
}
