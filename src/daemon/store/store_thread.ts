/**
 * The store's thread, with the permissions it needs and no others: the folder of the database, and libc for locks,
 * which it gives back once it has opened it. It outlives a restart of the daemon, as the main thread has no
 * permission left to give to another.
 */

import { libcPaths } from "../../transport/mod.ts";

export class StoreThread {
  #worker: Worker | undefined;
  #folders: readonly string[] = [];

  /** The thread for this database: that of the run before where it may open it. */
  open(database: string): Worker {
    const folders = foldersOf(database);
    if (this.#worker !== undefined && folders.every((folder) => this.#folders.includes(folder))) return this.#worker;
    this.terminate();
    this.#folders = folders;
    // What this thread has no permission for, it cannot give.
    const ffi = libcPaths.filter((path) => Deno.permissions.querySync({ name: "ffi", path }).state === "granted");
    const permissions = { read: [...folders], write: [...folders], ffi };
    // The URL stands here as a literal so that `deno compile` finds the worker.
    const url = new URL("./store_worker.ts", import.meta.url);
    return this.#worker = new Worker(url, { type: "module", name: "store", deno: { permissions } });
  }

  terminate(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
  }
}

/** Where the database stands, by its name and, behind symbolic links, in truth. */
function foldersOf(database: string): string[] {
  const names = [database];
  try {
    names.push(Deno.realPathSync(database));
  } catch {
    // There is none yet.
  }
  return [...new Set(names.map((name) => name.includes("/") ? name.slice(0, name.lastIndexOf("/") + 1) : "../"))];
}
