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

export function inodeOf(path: string): number | null {
  try {
    return Deno.statSync(path).ino;
  } catch {
    return null;
  }
}
