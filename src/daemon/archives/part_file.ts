/**
 * From a part to a whole file. Whenever the program is killed, each record of a part is in the whole file once: the
 * names of the files say how far the step came.
 *
 * 1. `X.part` has the records, and `X.tmp` is begun: only the part counts.
 * 2. `X.tmp` is whole and on the disk; `X.part` is called `X.packed`: only `X.tmp` counts.
 * 3. `X.tmp` is called `X`, and `X.packed` goes.
 */

import { createReadStream, createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { createGzip, createZstdCompress } from "node:zlib";

export const part = ".part", packed = ".packed", temporary = ".tmp";

const recordHeaderBytes = 12;
const chunkBytes = 1 << 16;

/** Where the lengths in the headers of records stand. */
const lengthAt = 8;

/**
 * Goes on from the step that the names say. `continues`: records of an older file with this name stay, before the new
 * ones. Returns the octets of the file; `undefined`: there is no part.
 */
export async function complete(target: string, continues: boolean): Promise<number | undefined> {
  const octets = settle(target);
  if (!isThere(target + part)) return octets;
  try {
    await compress(target, continues);
    using file = Deno.openSync(target + temporary, { read: true });
    file.syncSync();
  } catch (error) {
    removeIfThere(target + temporary);
    throw error;
  }
  Deno.renameSync(target + part, target + packed);
  return settle(target);
}

/** The third step, where the second is done; otherwise what the first one began goes. */
export function settle(target: string): number | undefined {
  if (!isThere(target + packed)) {
    removeIfThere(target + temporary);
    return undefined;
  }
  if (isThere(target + temporary)) Deno.renameSync(target + temporary, target);
  removeIfThere(target + packed);
  return Deno.statSync(target).size;
}

/** Members of gzip and frames of zstd stand one behind the other, as plain records do. */
async function compress(target: string, continues: boolean): Promise<void> {
  const continued = continues && isThere(target);
  if (continued) Deno.copyFileSync(target, target + temporary);
  const source = createReadStream(target + part, { highWaterMark: chunkBytes });
  const sink = createWriteStream(target + temporary, { flags: continued ? "a" : "w" });
  if (target.endsWith(".gz")) await pipeline(source, createGzip(), sink);
  else if (target.endsWith(".zst")) await pipeline(source, createZstdCompress(), sink);
  else await pipeline(source, sink);
}

/** A run that ended may leave a piece of a record at the end, and a loss of power may leave zeros. */
export function cutToRecords(path: string): void {
  using file = Deno.openSync(path, { read: true, write: true });
  const { size } = file.statSync(), header = new Uint8Array(recordHeaderBytes), view = new DataView(header.buffer);
  let at = 0;
  while (at + recordHeaderBytes <= size) {
    file.seekSync(at, Deno.SeekMode.Start);
    if (file.readSync(header) !== recordHeaderBytes || header.every((octet) => octet === 0)) break;
    const end = at + recordHeaderBytes + view.getUint32(lengthAt);
    if (end > size) break;
    at = end;
  }
  if (at < size) file.truncateSync(at);
}

/** The place of each record in records back to back. */
export function* recordsIn(records: Uint8Array, from: number): Generator<{ at: number; seconds: number }> {
  const view = new DataView(records.buffer, records.byteOffset, records.length);
  for (let at = from; at < records.length; at += recordHeaderBytes + view.getUint32(at + lengthAt)) {
    yield { at, seconds: view.getUint32(at) };
  }
}

export function isThere(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

export function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
