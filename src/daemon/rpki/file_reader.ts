/** Reads RPKI files in a worker, and notices when one of them has changed. */

import type { AspaChange } from "../../rpki/mod.ts";

export interface FileQuestion {
  readonly paths: readonly string[];
  /** Entries that expired before this time, in seconds since 1970, are left out. */
  readonly nowSeconds: number;
}

export type FileAnswer =
  /** `vrps`: rows as in `rpki/vrp_records.ts`. `nextExpiry`: when an entry expires next, in seconds since 1970. */
  | {
    readonly kind: "read";
    readonly vrps: Int32Array<ArrayBuffer>;
    readonly aspas: readonly AspaChange[];
    readonly expired: number;
    readonly nextExpiry: number;
  }
  /** A sentence for each mistake. */
  | { readonly kind: "broken"; readonly problems: readonly string[] };

export function readRpkiFiles(question: FileQuestion): Promise<FileAnswer> {
  // `deno compile` finds the worker by this literal URL.
  const url = new URL("./file_worker.ts", import.meta.url);
  const worker = new Worker(url, { type: "module", name: "RPKI files", deno: { permissions: { read: true } } });
  const { promise, resolve } = Promise.withResolvers<FileAnswer>();
  worker.onmessage = ({ data }: MessageEvent<FileAnswer>) => resolve(data);
  worker.onerror = (event) => {
    event.preventDefault();
    resolve({ kind: "broken", problems: [`cannot read ${question.paths.join(", ")}: ${event.message}`] });
  };
  worker.postMessage(question);
  return promise.finally(() => worker.terminate());
}

/** Changes where one of the files changes: its times, its size and its identity. */
export async function stateOfFiles(paths: readonly string[]): Promise<string> {
  const states = paths.map(async (path) => {
    try {
      const { mtime, size, ino } = await Deno.stat(path);
      return `${mtime?.getTime()} ${size} ${ino}`;
    } catch (error) {
      return error instanceof Error ? error.name : "unknown";
    }
  });
  return (await Promise.all(states)).join("; ");
}
