/** The files of a database: creating, renaming and recognising them, and who may read and write them. */

import type { Millis } from "../types/mod.ts";
import { StoreError } from "./errors.ts";

/** A database file is at least this long: SQLite never makes a page smaller. */
const headerBytes = 512;

/** The open file of a writer, which was removed, replaced or is damaged. */
interface LostFile {
  /** True where the file at the path is still the one that the writer has open. */
  readonly isOurs: boolean;
  /** True where this inode is the log of the writer. */
  hasLog(inode: number | null): boolean;
}

/** True if both paths lead to the same file, and it exists. */
export function isSameFile(one: string, other: string): boolean {
  try {
    return Deno.realPathSync(one) === Deno.realPathSync(other);
  } catch {
    return false;
  }
}

/** Renames a database and its log; returns the new name, which contains `why` and the time. */
export function setAside(path: string, why: "corrupt" | "replaced", at: Millis): string {
  const time = new Date(at).toISOString().replace(/\.\d+Z$/, "Z").replaceAll(":", "");
  const aside = `${path}.${why}-${time}`;
  try {
    for (const end of ["-wal", "-shm"]) renameIfThere(path + end, aside + end);
    Deno.renameSync(path, aside);
  } catch (error) {
    throw new StoreError(`${path} cannot be renamed: ${error instanceof Error ? error.message : error}`);
  }
  return aside;
}

/** Undoes {@link setAside}. Deletes the file that took the place of the database. */
export function putBack(path: string, aside: string): void {
  for (const end of ["", "-wal", "-shm"]) {
    removeIfThere(path + end);
    renameIfThere(aside + end, path + end);
  }
}

/**
 * Renames the file at the path, so that a new database can be created there. Returns a sentence for the operator.
 * `why`: what is wrong with the file of the writer.
 */
export function clearTheWay(
  path: string,
  lost: LostFile,
  at: Millis,
  why = `the database ${path} is damaged`,
): string {
  const inode = inodeOf(path);
  const { isOurs } = lost;
  if (inode !== null && isOurs) {
    return `${why}: renamed to ${setAside(path, "corrupt", at)}, starting with an empty database`;
  }
  if (lost.hasLog(inodeOf(`${path}-wal`))) {
    for (const end of ["-wal", "-shm"]) removeIfThere(path + end);
  }
  if (inode === null) return `the database ${path} was removed: starting with an empty database`;
  const aside = setAside(path, "replaced", at);
  const what = `the database ${path} was replaced by another file: renamed that file to ${aside}`;
  return `${what}, starting with an empty database`;
}

/** Deletes the empty log that a reader leaves beside a database that it may not write. */
export function removeEmptyLog(path: string): void {
  ifThere(() => {
    if (Deno.statSync(`${path}-wal`).size === 0) { for (const end of ["-wal", "-shm"]) removeIfThere(path + end); }
  });
}

/**
 * Creates an empty log beside a database that its writer has closed. Without it, SQLite opens the database only
 * for users who may create it.
 */
export function leaveEmptyLog(path: string, access: FileAccess): void {
  try {
    for (const end of ["-wal", "-shm"]) makeFile(path + end, access);
  } catch (error) {
    // On a full disk: the database is closed, and that is what matters.
    if (!(error instanceof StoreError)) throw error;
  }
  grantAccess(path, access);
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

/** What another program did to an open database, as a sentence; `undefined` where nothing is wrong. */
export function damageTo(path: string, logInode: number | null): string | undefined {
  try {
    if (Deno.statSync(path).size < headerBytes) return `another program truncated the database ${path}`;
    if (logInode !== null && inodeOf(`${path}-wal`) !== logInode) return `another program removed the log ${path}-wal`;
  } catch {
    // The file disappeared meanwhile: the next check reports that.
  }
  return undefined;
}

/** Why a file in the folder of this path cannot be created or opened. */
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

/** Who may read and write a database and its log. */
export interface FileAccess {
  readonly mode: number;
  /** The number of a group; without it, the group of the process. */
  readonly groupId?: number | undefined;
}

export const defaultAccess: FileAccess = { mode: 0o640 };

/**
 * Creates an empty file where none exists. A file that SQLite creates would be readable by everyone for a moment.
 * Throws {@link StoreError} where the file cannot be created.
 */
export function makeFile(path: string, { mode }: FileAccess): void {
  try {
    Deno.openSync(path, { createNew: true, write: true, mode }).close();
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return;
    throw new StoreError(`the database ${path} cannot be written: ${whyNoFile(error, path)}`, { cause: error });
  }
}

/** Sets mode and group of the files of an open database. Returns a sentence for the operator where that fails. */
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
    return `mode and group of ${path} cannot be set: ${error instanceof Error ? error.message : error}`;
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

/** Octets; 0 for a missing file. */
export function fileSize(path: string): number {
  try {
    return Deno.statSync(path).size;
  } catch {
    return 0;
  }
}
