/**
 * One daemon per database. The first lock is on a file beside the database (`bgpd.db.lock`): only the user of the
 * daemon may open it, so that a user who may only read the database cannot keep bgpd from starting. The second lock is
 * on the database itself, so that it holds under every name of the file. The kernel releases both when the process
 * ends, even by `kill -9`.
 */

import { StoreError } from "./errors.ts";
import { whyNoFile } from "./files.ts";

/** Locks of the operating system (`transport/file_locks.ts`). Without it only the lock beside the database is used. */
export interface SystemLocks {
  /** Locks a file. `"held"`: another process holds the lock. `undefined`: this system has no such lock. */
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
  /** Locks the file that is at the path now, too. Throws {@link StoreError} where another daemon has locked it. */
  follow(): void;
  /** Releases the files that were at the path before. SQLite must have closed them. */
  forget(): void;
  release(): void;
}

/** {@link lockHolder} takes the lock for a moment. So the lock is tried this many times, this many ms apart. */
const attempts = 20;
const attemptEveryMs = 5;
/** No other user may open the lock file: read access is enough to lock it. */
const lockMode = 0o600;

/**
 * Takes the lock of a database. Throws {@link StoreError} where another daemon holds it, or where the folder cannot be
 * written.
 */
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
      // A child process that another thread starts holds the lock for a moment.
      for (let left = attempts; lock === "held" && left > 0; left--) {
        pause(attemptEveryMs);
        lock = system?.lockFile(database);
      }
      if (lock === "held") throw new StoreError(`another bgpd already uses the file ${database} under another name`);
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
      // The file stays. If it were removed, two daemons could lock two files of the same name.
      beside.truncateSync(0);
      beside.unlockSync();
      beside.close();
    },
  };
}

/** Why the lock file of a database cannot be used; `undefined`: it can. Changes nothing. */
export function lockProblem(database: string): string | undefined {
  const path = lockPath(database);
  try {
    const { isFile, isSymlink } = Deno.lstatSync(path);
    if (!isFile) return unwritable(database, `${path} is ${isSymlink ? "a symbolic link" : "not a file"}: remove it`);
    Deno.openSync(path, { read: true, write: true }).close();
    return undefined;
  } catch (error) {
    return error instanceof Deno.errors.NotFound ? undefined : unwritable(database, whyNoFile(error, path));
  }
}

function unwritable(database: string, why: string): string {
  return `the database ${database} cannot be written: ${why}`;
}

/** The process that uses a database; `undefined`: none. For commands that only read. */
export function lockHolder(database: string, system?: SystemLocks): number | undefined {
  const path = lockPath(database);
  let file: Deno.FsFile;
  try {
    file = Deno.openSync(path, { read: true });
  } catch (error) {
    // A user who may not open the lock file asks the operating system.
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
 * The process that holds the write lock of a database, as text: "process 4242 (sqlite3)"; `undefined`: unknown. A
 * writer locks octet 120 of the shared memory, or the database itself (sqlite.org/fileformat).
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
  return [...pids].map((pid) => processText(pid, system)).join(" and ");
}

/** The lock file: beside the database itself, not beside a symbolic link to it. */
function lockPath(database: string): string {
  try {
    return `${Deno.realPathSync(database)}.lock`;
  } catch {
    return `${database}.lock`;
  }
}

/** Creates and locks a new lock file: another process may have the old one open. */
function takeBeside(database: string, system: SystemLocks | undefined, pid: number): Deno.FsFile {
  const path = lockPath(database);
  const cannot = (why: string) => new StoreError(unwritable(database, why));
  try {
    for (let left = attempts; left > 0; left--) {
      const before = openOwn(path, cannot);
      if (!tryLock(before)) throw isInUse(database, path, before, system);
      // Another process created a new one meanwhile.
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
    throw new StoreError(unwritable(database, whyNoFile(error, path)), { cause: error });
  }
  throw cannot(`another process keeps replacing ${path}`);
}

/** Opens the lock file, or creates it. Follows no symbolic link and changes nothing in an existing file. */
function openOwn(path: string, cannot: (why: string) => StoreError): Deno.FsFile {
  let info: Deno.FileInfo;
  try {
    info = Deno.lstatSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return Deno.openSync(path, { createNew: true, read: true, write: true, mode: lockMode });
  }
  if (!info.isFile) throw cannot(`${path} is ${info.isSymlink ? "a symbolic link" : "not a file"}: remove it`);
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
    return new StoreError(`${processText(holder, system)} holds ${path}, the lock of ${database}`);
  }
  const who = `another bgpd${named === "" ? "" : ` (pid ${named})`}`;
  return new StoreError(`${who} already uses ${database}: stop it first, or apply the configuration with bgpd reload`);
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

function processText(pid: number, system: SystemLocks | undefined): string {
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
