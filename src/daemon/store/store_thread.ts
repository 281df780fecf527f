/**
 * Starts the store thread with the permissions that it needs: the folder of the database, and libc for locks, which the
 * thread gives up after it has opened the database. The thread survives a restart of the daemon, because the main
 * thread has given up the permission that a new one would need.
 */

import { libcPaths } from "../../transport/mod.ts";

export class StoreThread {
  #worker: Worker | undefined;
  #folders: readonly string[] = [];

  /** The thread for this database: that of the run before, if it may open the file. */
  open(database: string): Worker {
    const folders = foldersOf(database);
    if (this.#worker !== undefined && folders.every((folder) => this.#folders.includes(folder))) return this.#worker;
    this.terminate();
    this.#folders = folders;
    // The main thread can grant only what it may do itself.
    const ffi = libcPaths.filter((path) => Deno.permissions.querySync({ name: "ffi", path }).state === "granted");
    const permissions = { read: [...folders], write: [...folders], ffi };
    // `deno compile` finds the worker by this literal URL.
    const url = new URL("./store_worker.ts", import.meta.url);
    return this.#worker = new Worker(url, { type: "module", name: "store", deno: { permissions } });
  }

  terminate(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
  }
}

/** The folder of the database by its name, and the one behind symbolic links. Each ends with a slash. */
export function foldersOf(database: string): string[] {
  const names = [database];
  try {
    names.push(Deno.realPathSync(database));
  } catch {
    // The database does not exist yet.
  }
  return [...new Set(names.map((name) => name.includes("/") ? name.slice(0, name.lastIndexOf("/") + 1) : "./"))];
}
