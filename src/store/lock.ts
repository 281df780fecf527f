/**
 * One daemon per database. A lock on a file beside it says whose it is: that file is ours alone, so that nobody who may only
 * read keeps bgpd from starting. Another on the database itself holds whatever name leads there. The kernel drops both with
 * their process, so not even `kill -9` leaves a stale one.
 */

import { StoreError } from "./errors.ts";
import { whyNoFile } from "./files.ts";

/** What is known of locks beyond Deno's own: `transport/file_locks.ts`. Without it the lock beside the database has to do. */
export interface SystemLocks {
  /** Locks the file itself; `"held"`: somebody else has that lock, `undefined`: it is not to be had here. */
  lockFile(path: string): { release(): void } | "held" | undefined;
  locksOf(file: { dev: number; ino: number | null }): readonly {
    readonly pid: number;
    readonly kind: "flock" | "fcntl";
    readonly writes: boolean;
    readonly from: number;
    readonly to: number;
  }[];
  processName(pid: number): string | undefined;
}

export interface Lock {
  /** Holds the file that stands at the path now, too. Throws {@link StoreError} where another daemon has it. */
  follow(): void;
  /** Lets go of files that stood there before. SQLite has to be done with them. */
  forget(): void;
  release(): void;
}

/** Who only asks for the holder has the lock for a moment, too ({@link lockHolder}): so often is it tried, so many ms apart. */
const attempts = 20;
const attemptEveryMs = 5;
/** Nobody else is to open it: a lock on it is to be had by reading. */
const lockMode = 0o600;

/** Takes the lock of a database. Throws {@link StoreError} where another daemon holds it, or the folder cannot be written. */
export function acquireLock(database: string, system?: SystemLocks, pid: number = Deno.pid): Lock {
  let beside = takeBeside(database, system, pid);
  let held: { release(): void }[] = [];
  let inode: number | null = null;
  let isReleased = false;
  return {
    follow() {
      if (!isAt(beside, lockPath(database))) {
        const next = takeBeside(database, system, pid);
        beside.close();
        beside = next;
      }
      const { ino } = Deno.statSync(database);
      if (ino === inode) return;
      let lock = system?.lockFile(database);
      // A process that another thread of ours is about to start has it for a moment.
      for (let left = attempts; lock === "held" && left > 0; left--) {
        pause(attemptEveryMs);
        lock = system?.lockFile(database);
      }
      if (lock === "held") throw new StoreError(`another bgpd already uses the file ${database}, by another name`);
      if (lock !== undefined) held.push(lock);
      inode = ino;
    },
    forget() {
      for (const lock of held.slice(0, -1)) lock.release();
      held = held.slice(-1);
    },
    release() {
      if (isReleased) return;
      isReleased = true;
      for (const lock of held) lock.release();
      // The file stays: removing it would let two daemons lock two files of one name.
      beside.truncateSync(0);
      beside.unlockSync();
      beside.close();
    },
  };
}

/** The process that uses a database, or `undefined` where none does. For commands that only read. */
export function lockHolder(database: string, system?: SystemLocks): number | undefined {
  const path = lockPath(database);
  let file: Deno.FsFile;
  try {
    file = Deno.openSync(path, { read: true });
  } catch (error) {
    // Who may not open it asks the system.
    return error instanceof Deno.errors.PermissionDenied ? holderOf(path, system) : undefined;
  }
  try {
    if (file.tryLockSync(false)) return undefined;
    const pid = Number(readText(file).trim());
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  } finally {
    file.close();
  }
}

/**
 * Who keeps others from writing a database, in words: "process 4242 (sqlite3)"; `undefined` where the system does not say.
 * The lock of who writes stands on octet 120 of the shared memory, or on the database itself (sqlite.org/fileformat).
 */
export function whoLocks(database: string, system?: SystemLocks): string | undefined {
  const writer = 120, pending = 0x4000_0000, shared = 0x4000_0002;
  const others = [
    ...locksOn(`${database}-shm`, system).filter(({ from, to }) => from <= writer && to >= writer),
    ...locksOn(database, system).filter(({ from, to, writes }) =>
      from < shared && to >= pending || from >= pending && writes
    ),
  ];
  const pids = new Set(
    others.filter(({ kind, pid }) => kind === "fcntl" && pid > 0 && pid !== Deno.pid).map(({ pid }) => pid),
  );
  if (pids.size === 0) return undefined;
  return [...pids].map((pid) => processWords(pid, system)).join(" and ");
}

/** Beside the file itself, wherever a symbolic link to it stands. */
function lockPath(database: string): string {
  try {
    return `${Deno.realPathSync(database)}.lock`;
  } catch {
    return `${database}.lock`;
  }
}

/** Locks the file beside, which is a new one: what stood there may be open in other hands. */
function takeBeside(database: string, system: SystemLocks | undefined, pid: number): Deno.FsFile {
  const path = lockPath(database);
  const cannot = (why: string) => new StoreError(`the database ${database} cannot be written: ${why}`);
  try {
    for (let left = attempts; left > 0; left--) {
      const before = openOwn(path, cannot);
      if (!tryLock(before)) throw isInUse(database, path, before, system);
      // Another one was made meanwhile.
      if (!isAt(before, path)) {
        before.close();
        continue;
      }
      removeLeft(`${path}.new`);
      const file = Deno.openSync(`${path}.new`, { createNew: true, read: true, write: true, mode: lockMode });
      file.lockSync(true);
      file.writeSync(new TextEncoder().encode(`${pid}\n`));
      Deno.renameSync(`${path}.new`, path);
      before.close();
      return file;
    }
  } catch (error) {
    if (error instanceof StoreError) throw error;
    throw new StoreError(`the database ${database} cannot be written: ${whyNoFile(error, path)}`, { cause: error });
  }
  throw cannot(`${path} is replaced again and again`);
}

/** The lock file, which is made where there is none. Nothing is followed, and nothing is changed in what stands there. */
function openOwn(path: string, cannot: (why: string) => StoreError): Deno.FsFile {
  let info: Deno.FileInfo;
  try {
    info = Deno.lstatSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return Deno.openSync(path, { createNew: true, read: true, write: true, mode: lockMode });
  }
  if (!info.isFile) throw cannot(`${path} is ${info.isSymlink ? "a symbolic link" : "no file"}: remove it`);
  const file = Deno.openSync(path, { read: true, write: true });
  if (isSame(file.statSync(), info)) return file;
  file.close();
  throw cannot(`${path} was replaced while it was opened`);
}

function isInUse(database: string, path: string, file: Deno.FsFile, system: SystemLocks | undefined): StoreError {
  const named = readText(file).trim();
  file.close();
  const holder = holderOf(path, system);
  if (holder !== undefined && String(holder) !== named) {
    return new StoreError(`${processWords(holder, system)} holds ${path}, the lock of ${database}`);
  }
  return new StoreError(`another bgpd${named === "" ? "" : ` (pid ${named})`} already uses ${database}`);
}

function holderOf(path: string, system: SystemLocks | undefined): number | undefined {
  return locksOn(path, system).find(({ kind, pid }) => kind === "flock" && pid > 0)?.pid;
}

function locksOn(path: string, system: SystemLocks | undefined) {
  try {
    return system?.locksOf(Deno.statSync(path)) ?? [];
  } catch {
    return [];
  }
}

function processWords(pid: number, system: SystemLocks | undefined): string {
  const name = system?.processName(pid);
  return `process ${pid}${name === undefined ? "" : ` (${name})`}`;
}

function tryLock(file: Deno.FsFile): boolean {
  for (let left = attempts; left > 0; left--) {
    if (file.tryLockSync(true)) return true;
    pause(attemptEveryMs);
  }
  return false;
}

function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

function isAt(file: Deno.FsFile, path: string): boolean {
  try {
    return isSame(file.statSync(), Deno.lstatSync(path));
  } catch {
    return false;
  }
}

function isSame(one: Deno.FileInfo, other: Deno.FileInfo): boolean {
  return one.dev === other.dev && one.ino === other.ino;
}

function removeLeft(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

function readText(file: Deno.FsFile): string {
  const bytes = new Uint8Array(64);
  file.seekSync(0, Deno.SeekMode.Start);
  return new TextDecoder().decode(bytes.subarray(0, file.readSync(bytes) ?? 0));
}
