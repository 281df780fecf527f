/**
 * What the store does when the database fails: it waits where the failure may pass, repairs what it can, and otherwise
 * goes on in a new file. A failure is logged once, then at a slow pace.
 */

import {
  failureText,
  isTemporary,
  isUnusable,
  StoreBroken,
  StoreBusy,
  StoreError,
  StoreLocked,
  StoreRefusal,
  type StoreWriter,
} from "../../store/mod.ts";
import type { Post, StoreToMain } from "../thread/messages.ts";
import { WriteFailure } from "./write_failure.ts";

/** After a disk error that lasts so long, the file counts as broken: it may be truncated. */
const brokenMs = 5_000;
/** The pause between two new files, twice as long each time: the fault may be in every file. */
const firstPauseMs = 1_000;
const lastPauseMs = 600_000;

export interface RecoveryPorts {
  readonly monotonic: () => number;
  readonly toMain: Post<StoreToMain>;
  /** The writer of the database that is in use. */
  readonly writer: () => StoreWriter | undefined;
  /** Opens a new file in place of a lost one; throws where that fails. */
  readonly successor: (lost: StoreWriter, why: string | undefined) => StoreWriter;
  /** The run goes on with this writer. */
  readonly moveTo: (writer: StoreWriter) => void;
  /** A text about who locks the database at this path. */
  readonly whoLocks: (path: string) => string | undefined;
  /** The database was repaired. */
  readonly repaired: (writer: StoreWriter) => void;
}

interface AttemptOptions {
  /** Success shows that the database can be written. */
  readonly provesWrites?: boolean;
  readonly isQuestion?: boolean;
}

export class StoreRecovery {
  readonly #ports: RecoveryPorts;
  readonly #failure: WriteFailure;
  /** A new file cannot be made. */
  readonly #noNewFile: WriteFailure;
  #isLocked = false;
  #replacedAt = -Infinity;
  #pauseMs = firstPauseMs;

  constructor(ports: RecoveryPorts) {
    this.#ports = ports;
    const tell = (kind: "degraded" | "failing") => (reason: string | undefined) => {
      ports.toMain({ kind, reason: reason === undefined ? reason : reason + this.#whoLocks() });
    };
    this.#failure = new WriteFailure(ports.monotonic, tell("degraded"), tell("failing"));
    this.#noNewFile = new WriteFailure(ports.monotonic, (reason) => {
      if (reason !== undefined) this.#note(`bgpd cannot create a new database: ${reason}`);
    });
  }

  /** For how long nothing could be written; 0 where the last attempt succeeded. */
  get forMs(): number {
    return this.#failure.forMs;
  }

  get retryMs(): number {
    return this.#failure.retryMs;
  }

  /**
   * False where the database cannot be written now, or was replaced; a failure that lasts is logged, and so is its end.
   * `work` throws nothing else, unless it is a question (`isQuestion`) that no database could answer.
   */
  attempt(work: () => void, { provesWrites = true, isQuestion = false }: AttemptOptions = {}): boolean {
    const writer = this.#ports.writer();
    try {
      // Repaired first: what was a table may be a view now that never ends.
      if (writer?.file.isAltered === true) this.#repair(writer);
      work();
    } catch (error) {
      if (isTemporary(error)) this.#temporary(error);
      else if (isUnusable(error)) this.#unexpected(error, { isQuestion });
      else throw error;
      return false;
    }
    if (provesWrites) this.#failure.succeeded();
    return true;
  }

  /** False where `work` threw, whatever it was: the thread goes on. */
  safely(work: () => void): boolean {
    try {
      work();
      return true;
    } catch (error) {
      if (this.#ports.writer() === undefined) this.#note(`${failureText(error, "")}${codeLineOf(error)}`);
      else if (isTemporary(error)) this.#temporary(error);
      else this.#unexpected(error, { isQuestion: false });
      return false;
    }
  }

  /** The database could not be loaded: not now, or never, because of its contents. */
  unreadable(writer: StoreWriter, error: unknown): void {
    if (isTemporary(error)) return this.#temporary(error);
    this.#note(failureText(error, writer.path));
    this.replace(writer);
  }

  /** Goes on in a new file, now or after a pause. `why`: what is wrong with the file in use. */
  replace(lost: StoreWriter, why?: string): void {
    const now = this.#ports.monotonic();
    if (now - this.#replacedAt < this.#pauseMs) {
      if (why !== undefined) this.#failure.failed(why, { lasts: true });
      return;
    }
    this.#pauseMs = now - this.#replacedAt > lastPauseMs ? firstPauseMs : Math.min(2 * this.#pauseMs, lastPauseMs);
    this.#replacedAt = now;
    let writer: StoreWriter;
    try {
      writer = this.#ports.successor(lost, why);
    } catch (error) {
      return this.#noNewFile.failed(failureText(error, lost.path), { lasts: true });
    }
    this.#noNewFile.succeeded();
    this.#ports.moveTo(writer);
  }

  #temporary(error: StoreError): void {
    this.#isLocked = error instanceof StoreLocked;
    this.#failure.failed(error.message, { lasts: !(error instanceof StoreBusy) });
    const writer = this.#ports.writer();
    if (!(error instanceof StoreBroken) || this.forMs < brokenMs || writer === undefined) return;
    this.replace(writer, error.message);
  }

  /** The file does not contain what bgpd relies on. A repair keeps the history; a new file does not. */
  #unexpected(error: unknown, { isQuestion }: { readonly isQuestion: boolean }): void {
    const writer = this.#ports.writer();
    if (writer === undefined) throw error;
    let why = `${failureText(error, writer.path)}${codeLineOf(error)}`;
    try {
      if (this.#repair(writer)) return;
    } catch (worse) {
      if (isTemporary(worse)) return this.#temporary(worse);
      why = failureText(worse, writer.path);
    }
    if (isQuestion && error instanceof StoreRefusal) throw error;
    this.replace(writer, why);
  }

  /** False where there was nothing to repair. */
  #repair(writer: StoreWriter): boolean {
    const done = writer.file.repair();
    for (const text of done) this.#note(text);
    this.#ports.repaired(writer);
    return done.length > 0;
  }

  /** Who holds the lock, in brackets; empty where nobody is known to. */
  #whoLocks(): string {
    if (!this.#isLocked) return "";
    const who = this.#ports.whoLocks(this.#ports.writer()?.path ?? "");
    return who === undefined ? "" : ` (${who})`;
  }

  #note(text: string): void {
    this.#ports.toMain({ kind: "note", text });
  }
}

/** The line of the program that threw an error which the store does not expect, for whoever fixes it. */
function codeLineOf(error: unknown): string {
  if (error instanceof StoreError || !(error instanceof Error)) return "";
  const line = error.stack?.split("\n").find((text) => /^\s*at /.test(text));
  return line === undefined ? "" : ` (${line.trim()})`;
}
