/**
 * Whether the daemon of a database still runs, and whether the file is still the one that is open. It costs the daemon
 * nothing: most checks read one row, and only after a silence the lock is tried.
 */

import { isTemporary, StoreError, StoreReader } from "../../../store/mod.ts";
import { isRunning } from "../show/last_run.ts";

/** A running daemon writes at least every five seconds that it is alive. */
const silenceMs = 12_000;
const fileEveryMs = 1_000;

export type Turn = "stopped" | "back" | "replaced";

export class DaemonWatch {
  readonly #path: string;
  #reader: StoreReader;
  readonly #first: StoreReader;
  #inode: number | null;
  #version = -1;
  #changedAt: number;
  #fileAt: number;
  #runs: boolean;

  /** `reader`: opened by the caller, who closes it. */
  constructor(reader: StoreReader, now: number) {
    this.#path = reader.path;
    this.#reader = this.#first = reader;
    this.#inode = inodeOf(this.#path);
    this.#changedAt = this.#fileAt = now;
    this.#runs = isRunning(reader);
  }

  get reader(): StoreReader {
    return this.#reader;
  }

  get runs(): boolean {
    return this.#runs;
  }

  /** True if the database changed since the last call, or is another file. `turn`: what became of the daemon. */
  check(now: number): { readonly isChanged: boolean; readonly turn: Turn | undefined } {
    if (now - this.#fileAt >= fileEveryMs) {
      this.#fileAt = now;
      if (this.#reopen(now)) return { isChanged: true, turn: "replaced" };
    }
    const version = this.#reader.dataVersion;
    const isChanged = version !== this.#version;
    this.#version = version;
    if (isChanged) this.#changedAt = now;
    return { isChanged, turn: this.#turn(isChanged, now) };
  }

  close(): void {
    if (this.#reader !== this.#first) this.#reader.close();
  }

  #turn(isChanged: boolean, now: number): Turn | undefined {
    // The row of the process id is deleted at a proper end, and a killed daemon falls silent.
    const hasPid = isChanged ? this.#reader.lastRun().leftOver : this.#runs;
    const isSilent = now - this.#changedAt >= silenceMs;
    if (this.#runs && (!hasPid || isSilent)) {
      this.#changedAt = now;
      if (isRunning(this.#reader)) return undefined;
      this.#runs = false;
      return "stopped";
    }
    if (this.#runs || !isChanged || !hasPid || !isRunning(this.#reader)) return undefined;
    this.#runs = true;
    return "back";
  }

  /** A daemon that lost its file writes a new one. */
  #reopen(now: number): boolean {
    const inode = inodeOf(this.#path);
    if (inode === null || inode === this.#inode) return false;
    let reader: StoreReader;
    try {
      reader = new StoreReader(this.#path);
    } catch (error) {
      // The file is not complete yet.
      if (error instanceof StoreError) return false;
      throw error;
    }
    this.close();
    this.#reader = reader;
    this.#inode = inode;
    this.#version = -1;
    this.#changedAt = now;
    this.#runs = isRunning(reader);
    return true;
  }
}

/** Runs a step that reads the database; `undefined`: another process locks it for now. */
export async function whenFree<T>(step: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await step();
  } catch (error) {
    if (isTemporary(error)) return undefined;
    throw error;
  }
}

function inodeOf(path: string): number | null {
  try {
    return Deno.statSync(path).ino;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
