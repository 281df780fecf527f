/**
 * What the store's thread does when a database fails it: it waits where that may pass, puts right what can be, and else goes
 * on in a new file. Each is said once, then at a slow pace.
 */

import {
  isPassing,
  isSurprise,
  StoreBroken,
  StoreBusy,
  StoreError,
  StoreLocked,
  StoreRefusal,
  type StoreWriter,
  wordsOf,
} from "../../store/mod.ts";
import type { Post, StoreToMain } from "../thread/messages.ts";
import { WriteTrouble } from "./write_failure.ts";

/** A disk that fails for longer than this may be a file that was cut off. */
const brokenMs = 5_000;
/** After a new file the next one waits for so long, twice as long each time, up to the last: a fault may be in all of them. */
const firstPauseMs = 1_000;
const lastPauseMs = 600_000;

export interface RecoveryPorts {
  readonly monotonic: () => number;
  readonly toMain: Post<StoreToMain>;
  /** The one of now. */
  readonly writer: () => StoreWriter | undefined;
  /** Opens a new file in place of a lost one; throws where that is not to be had. */
  readonly successor: (lost: StoreWriter, why: string | undefined) => StoreWriter;
  /** The run goes on there. */
  readonly moveTo: (writer: StoreWriter) => void;
  /** Who keeps us from writing the database at this path, in words. */
  readonly whoLocks: (path: string) => string | undefined;
  /** What somebody altered was put right. */
  readonly repaired: (writer: StoreWriter) => void;
}

export class StoreRecovery {
  readonly #ports: RecoveryPorts;
  readonly #trouble: WriteTrouble;
  /** A new file cannot be made. */
  readonly #stuck: WriteTrouble;
  #isLocked = false;
  #replacedAt = -Infinity;
  #pauseMs = firstPauseMs;

  constructor(ports: RecoveryPorts) {
    this.#ports = ports;
    this.#trouble = new WriteTrouble(ports.monotonic, (reason) => {
      ports.toMain({ kind: "degraded", reason: reason === undefined ? reason : reason + this.#whoLocks() });
    });
    this.#stuck = new WriteTrouble(ports.monotonic, (reason) => {
      if (reason !== undefined) this.#note(`no new database can be made: ${reason}`);
    });
  }

  /** For how long nothing could be written; 0 where the last attempt succeeded. */
  get forMs(): number {
    return this.#trouble.forMs;
  }

  get retryMs(): number {
    return this.#trouble.retryMs;
  }

  /**
   * False where the database could not be written now, or is another file now; says so once it lasts, and says when it is
   * over. `writes`: success says that the database can be written. `asked`: a question of somebody's, which may be one that
   * no database answers: then it throws.
   */
  attempt(work: () => void, writes = true, asked = false): boolean {
    const writer = this.#ports.writer();
    try {
      // What was a table may be a view without an end now.
      if (writer?.isAltered === true) this.#repair(writer);
      work();
    } catch (error) {
      if (isPassing(error)) this.#passing(error);
      else if (isSurprise(error)) this.#surprised(error, asked);
      else throw error;
      return false;
    }
    if (writes) this.#trouble.succeeded();
    return true;
  }

  /** False where it threw, whatever that was: the thread goes on. */
  safely(work: () => void): boolean {
    try {
      work();
      return true;
    } catch (error) {
      if (this.#ports.writer() === undefined) this.#note(`${wordsOf(error, "")}${placeOf(error)}`);
      else if (isPassing(error)) this.#passing(error);
      else this.#surprised(error, false);
      return false;
    }
  }

  /** It could not be loaded: now, or because of what stands in it. */
  unreadable(writer: StoreWriter, error: unknown): void {
    if (isPassing(error)) return this.#passing(error);
    this.#note(wordsOf(error, writer.path));
    this.replace(writer);
  }

  /** The run goes on in a new file, now or after a pause. `why`: what is wrong with the one there is. */
  replace(lost: StoreWriter, why?: string): void {
    const now = this.#ports.monotonic();
    if (now - this.#replacedAt < this.#pauseMs) {
      if (why !== undefined) this.#trouble.failed(why, true);
      return;
    }
    this.#pauseMs = now - this.#replacedAt > lastPauseMs ? firstPauseMs : Math.min(2 * this.#pauseMs, lastPauseMs);
    this.#replacedAt = now;
    let writer: StoreWriter;
    try {
      writer = this.#ports.successor(lost, why);
    } catch (error) {
      return this.#stuck.failed(wordsOf(error, lost.path), true);
    }
    this.#stuck.succeeded();
    this.#ports.moveTo(writer);
  }

  #passing(error: StoreError): void {
    this.#isLocked = error instanceof StoreLocked;
    this.#trouble.failed(error.message, !(error instanceof StoreBusy));
    const writer = this.#ports.writer();
    if (!(error instanceof StoreBroken) || this.forMs < brokenMs || writer === undefined) return;
    this.replace(writer, error.message);
  }

  /** The file does not hold what we rely on. What can be put right costs no history. */
  #surprised(error: unknown, asked: boolean): void {
    const writer = this.#ports.writer();
    if (writer === undefined) throw error;
    let why = `${wordsOf(error, writer.path)}${placeOf(error)}`;
    try {
      if (this.#repair(writer)) return;
    } catch (worse) {
      if (isPassing(worse)) return this.#passing(worse);
      why = wordsOf(worse, writer.path);
    }
    if (asked && error instanceof StoreRefusal) throw error;
    this.replace(writer, why);
  }

  /** False where nothing was to put right. */
  #repair(writer: StoreWriter): boolean {
    const done = writer.repair();
    for (const text of done) this.#note(text);
    this.#ports.repaired(writer);
    return done.length > 0;
  }

  /** A lock that lasts has somebody who holds it. */
  #whoLocks(): string {
    if (!this.#isLocked) return "";
    const who = this.#ports.whoLocks(this.#ports.writer()?.path ?? "");
    return who === undefined ? "" : ` (${who})`;
  }

  #note(text: string): void {
    this.#ports.toMain({ kind: "note", text });
  }
}

/** Of what is no word of the store's: where in the program it was thrown, for who mends it. */
function placeOf(error: unknown): string {
  if (error instanceof StoreError || !(error instanceof Error)) return "";
  const line = error.stack?.split("\n").find((text) => /^\s*at /.test(text));
  return line === undefined ? "" : ` (${line.trim()})`;
}
