/**
 * File locks that Deno has no API for, and which process holds which lock. Deno locks with flock(2), which any reader
 * of the file can do; a write lock of fcntl(2) needs the permission to write.
 */

import { openLibc } from "./libc.ts";
import { cString, readSystemFile } from "./proc.ts";

export { processName } from "./proc.ts";

const signatures = {
  open: { parameters: ["buffer", "i32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
  fcntl: { parameters: ["i32", "i32", "buffer"], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;

type Symbols = Deno.DynamicLibrary<typeof signatures>["symbols"];

/** Linux, on all processors that Deno runs on: open(2), fcntl(2). */
const readWrite = 2, closeOnExec = 0o2000000, noBlock = 0o4000;
/** F_OFD_SETLK: the lock belongs to the open file, and is released when that is closed. */
const setLock = 37;
const writeLock = 1;
/** An octet far behind all data of the file and all locks of SQLite. */
const lockedOctet = 0x6267_7064_0000n;

/** A line of /proc/locks. */
export interface HeldLock {
  /** 0 or less: unknown. */
  readonly pid: number;
  readonly kind: "flock" | "fcntl";
  readonly writes: boolean;
  readonly device: string;
  readonly inode: number;
  /** The octets; `to` may be Infinity. */
  readonly from: number;
  readonly to: number;
}

let opened: Symbols | undefined | null = null;

function symbols(): Symbols | undefined {
  if (opened !== null) return opened;
  const found = Deno.build.os === "linux" ? openLibc(signatures) : "absent";
  return opened = typeof found === "string" ? undefined : found;
}

/**
 * Locks a file until `release`; a rename of the file does not matter. `"held"`: another process has the lock.
 * `undefined`: the lock is not available, on another system or without the permission to call libc.
 *
 * `release` drops all locks of this process on the file (fcntl(2)): close the database before.
 */
export function lockFile(path: string): { release(): void } | "held" | undefined {
  const libc = symbols();
  if (libc === undefined) return undefined;
  const file = libc.open(cString(path), readWrite | closeOnExec | noBlock);
  if (file < 0) return undefined;
  const lock = new DataView(new ArrayBuffer(32));
  lock.setInt16(0, writeLock, true);
  lock.setBigInt64(8, lockedOctet, true);
  lock.setBigInt64(16, 1n, true);
  const release = () => void libc.close(file);
  if (libc.fcntl(file, setLock, lock) === 0) return { release };
  release();
  // A read lock there belongs to a program that may only read, not to another daemon.
  const { dev, ino } = Deno.statSync(path);
  const others = locksOf({ dev, ino }).filter(({ from }) => BigInt(from) === lockedOctet);
  return others.length > 0 && others.every(({ writes }) => !writes) ? undefined : "held";
}

/** The locks on a file, of all processes that this one may see. */
export function locksOf({ dev, ino }: { dev: number; ino: number | null }): HeldLock[] {
  const all = parseLocks(readSystemFile("/proc/locks") ?? "").filter(({ inode }) => inode === ino);
  // Some file systems have another device number here than in stat(2).
  const here = all.filter(({ device }) => device === deviceName(dev));
  return here.length > 0 ? here : all;
}

/** The text of /proc/locks (proc(5)). */
export function parseLocks(text: string): HeldLock[] {
  const line = /^\d+: (FLOCK|POSIX|OFDLCK) +\w+ +(READ|WRITE) +(-?\d+) +([0-9a-f]+:[0-9a-f]+):(\d+) +(\d+) +(\d+|EOF)$/;
  return text.split("\n").flatMap((row) => {
    const found = line.exec(row.trim());
    if (found === null) return [];
    const [, kind, mode, pid, device, inode, from, to] = found;
    return [{
      pid: Number(pid),
      kind: kind === "FLOCK" ? "flock" : "fcntl",
      writes: mode === "WRITE",
      device: device!,
      inode: Number(inode),
      from: Number(from),
      to: to === "EOF" ? Infinity : Number(to),
    }];
  });
}

function deviceName(dev: number): string {
  const number = BigInt(dev);
  const major = (number >> 8n & 0xfffn) | (number >> 32n & ~0xfffn),
    minor = (number & 0xffn) | (number >> 12n & ~0xffn);
  return [major, minor].map((part) => part.toString(16).padStart(2, "0")).join(":");
}
