/**
 * One daemon per database: an exclusive lock on a file beside it, which also says whose it is. The kernel drops the lock with
 * its process, so not even `kill -9` leaves a stale one.
 */

import { StoreError } from "./errors.ts";

export interface Lock {
  release(): void;
}

/** Who only asks for the holder has the lock for a moment, too ({@link lockHolder}): so often is it tried, so many ms apart. */
const attempts = 20;
const attemptEveryMs = 5;

/** Takes the lock of a database. Throws {@link StoreError} where another daemon holds it, or the folder cannot be written. */
export function acquireLock(database: string, pid: number = Deno.pid): Lock {
  const path = `${database}.lock`;
  const file = openLockFile(database, path);
  if (!tryLock(file)) {
    const holder = readText(file).trim();
    file.close();
    throw new StoreError(`another bgpd${holder === "" ? "" : ` (pid ${holder})`} already uses ${database}`);
  }
  file.truncateSync(0);
  file.writeSync(new TextEncoder().encode(`${pid}\n`));
  let held = true;
  return {
    release() {
      if (!held) return;
      held = false;
      // The file stays: removing it would let two daemons lock two files of one name.
      file.truncateSync(0);
      file.unlockSync();
      file.close();
    },
  };
}

function tryLock(file: Deno.FsFile): boolean {
  const never = new Int32Array(new SharedArrayBuffer(4));
  for (let left = attempts; left > 0; left--) {
    if (file.tryLockSync(true)) return true;
    Atomics.wait(never, 0, 0, attemptEveryMs);
  }
  return false;
}

/** The process that uses a database, or `undefined` where none does. For commands that only read. */
export function lockHolder(database: string): number | undefined {
  let file: Deno.FsFile;
  try {
    file = Deno.openSync(`${database}.lock`, { read: true });
  } catch {
    return undefined;
  }
  try {
    if (file.tryLockSync(false)) return undefined;
    const pid = Number(readText(file).trim());
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  } finally {
    file.close();
  }
}

function openLockFile(database: string, path: string): Deno.FsFile {
  try {
    return Deno.openSync(path, { create: true, read: true, write: true });
  } catch (error) {
    throw new StoreError(`the database ${database} cannot be written: ${whyNot(error, path)}`, { cause: error });
  }
}

function whyNot(error: unknown, path: string): string {
  const slash = path.lastIndexOf("/");
  const folder = slash === -1 ? "the current folder" : `the folder ${slash === 0 ? "/" : path.slice(0, slash)}`;
  if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
    return `${folder} does not exist`;
  }
  if (error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotCapable) {
    return `${folder} or a file in it may not be written by this user`;
  }
  const text = error instanceof Error ? error.message : String(error);
  return /os error 30/.test(text) ? `${folder} is on a read-only file system` : text;
}

function readText(file: Deno.FsFile): string {
  const bytes = new Uint8Array(64);
  return new TextDecoder().decode(bytes.subarray(0, file.readSync(bytes) ?? 0));
}
