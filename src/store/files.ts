/** The files of a database: out of the way, gone, or still the same. */

import type { Millis } from "../session/mod.ts";
import { StoreError } from "./errors.ts";

/** Where a database file says that it is one. */
const headerBytes = 512;

/** A writer whose file is not where it should be, or is damaged. */
interface LostFile {
  fileIsOurs(): boolean;
  logIsOurs(inode: number | null): boolean;
}

/** Gives a database another name, its log with it; gives the new name. `why` is a word in it. */
export function setAside(path: string, why: "corrupt" | "replaced", at: Millis): string {
  const time = new Date(at).toISOString().replace(/\.\d+Z$/, "Z").replaceAll(":", "");
  const aside = `${path}.${why}-${time}`;
  try {
    for (const end of ["-wal", "-shm"]) renameIfThere(path + end, aside + end);
    Deno.renameSync(path, aside);
  } catch (error) {
    throw new StoreError(`${path} cannot be moved aside: ${error instanceof Error ? error.message : error}`);
  }
  return aside;
}

/** Undoes {@link setAside}: what took the database's place is removed. */
export function putBack(path: string, aside: string): void {
  for (const end of ["", "-wal", "-shm"]) {
    removeIfThere(path + end);
    renameIfThere(aside + end, path + end);
  }
}

/**
 * Leaves no file of this name: ours is damaged or gone, another one is not ours to write. Gives what to tell people. `why`:
 * what is wrong with ours.
 */
export function clearTheWay(
  path: string,
  lost: LostFile,
  at: Millis,
  why = `the database ${path} is damaged`,
): string {
  const inode = inodeOf(path);
  const isOurs = lost.fileIsOurs();
  if (inode !== null && isOurs) {
    return `${why}: moved aside to ${setAside(path, "corrupt", at)}, starting with an empty one`;
  }
  if (lost.logIsOurs(inodeOf(`${path}-wal`))) {
    for (const end of ["-wal", "-shm"]) removeIfThere(path + end);
  }
  if (inode === null) return `the database ${path} was removed: starting with an empty one`;
  const aside = setAside(path, "replaced", at);
  return `the database ${path} was replaced by another file: moved that aside to ${aside}, starting with an empty one`;
}

/** What a reader leaves beside a database that it may not write. */
export function removeEmptyLog(path: string): void {
  ifThere(() => {
    if (Deno.statSync(`${path}-wal`).size === 0) { for (const end of ["-wal", "-shm"]) removeIfThere(path + end); }
  });
}

function renameIfThere(from: string, to: string): void {
  ifThere(() => Deno.renameSync(from, to));
}

export function removeIfThere(path: string): void {
  ifThere(() => Deno.removeSync(path));
}

function ifThere(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** What SQLite cannot have done to a database that is open: words for it, or `undefined`. */
export function whatBefell(path: string, logInode: number | null): string | undefined {
  try {
    if (Deno.statSync(path).size < headerBytes) return `somebody cut off the database ${path}`;
    if (logInode !== null && inodeOf(`${path}-wal`) !== logInode) return `somebody removed the log ${path}-wal`;
  } catch {
    // Gone while we looked: the next look tells.
  }
  return undefined;
}

/** Why a file in the folder of this one cannot be made or opened. */
export function whyNoFile(error: unknown, path: string): string {
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

/** Who may read and write a database and what belongs to it. */
export interface FileAccess {
  readonly mode: number;
  /** A group's number; without it that of the process. */
  readonly groupId?: number | undefined;
}

export const defaultAccess: FileAccess = { mode: 0o640 };

/**
 * Makes an empty file where there is none: SQLite's own would be open to all for a moment. Throws {@link StoreError} where
 * that cannot be.
 */
export function makeFile(path: string, { mode }: FileAccess): void {
  try {
    Deno.openSync(path, { createNew: true, write: true, mode }).close();
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return;
    throw new StoreError(`the database ${path} cannot be written: ${whyNoFile(error, path)}`, { cause: error });
  }
}

/** For the files of an open database, whoever made them; gives what an operator should know. */
export function grantAccess(path: string, { mode, groupId }: FileAccess): string | undefined {
  try {
    for (const end of ["", "-wal", "-shm"]) {
      ifThere(() => {
        const info = Deno.statSync(path + end);
        if (groupId !== undefined && info.gid !== groupId) Deno.chownSync(path + end, null, groupId);
        if (info.mode !== null && (info.mode & 0o777) !== mode) Deno.chmodSync(path + end, mode);
      });
    }
  } catch (error) {
    return `mode and group of ${path} stay as they are: ${error instanceof Error ? error.message : error}`;
  }
  return undefined;
}

export function inodeOf(path: string): number | null {
  try {
    return Deno.statSync(path).ino;
  } catch {
    return null;
  }
}
