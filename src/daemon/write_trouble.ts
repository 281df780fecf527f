/**
 * What is known of a database that refuses to be written: since when, whether an operator was told, and how soon to try
 * again. A write lock is somebody's INSERT INTO announcements and soon gone; a full disk lasts.
 */

const retrySoonMs = 20;
const retryLateMs = 1000;
/** What fails for longer than this is worth a line in the log. */
const worthSayingMs = 1000;

export class WriteTrouble {
  readonly #now: () => number;
  /** Says what is wrong; `undefined`: it is over. */
  readonly #say: (reason: string | undefined) => void;
  #since: number | undefined;
  #said = false;
  #lasts = false;

  constructor(now: () => number, say: (reason: string | undefined) => void) {
    this.#now = now;
    this.#say = say;
  }

  /** `lasts`: it will not be over in a moment. */
  failed(reason: string, lasts: boolean): void {
    this.#since ??= this.#now();
    this.#lasts = lasts;
    if (this.#said || !lasts && this.forMs < worthSayingMs) return;
    this.#said = true;
    this.#say(reason);
  }

  succeeded(): void {
    this.#since = undefined;
    if (!this.#said) return;
    this.#said = false;
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
