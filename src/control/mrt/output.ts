/** Writes a file chunk by chunk, compressed if its name ends in .gz. The file gets its name when it is complete. */

import { createWriteStream, renameSync, rmSync } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";

const chunkBytes = 64 * 1024;

export async function writePackedFile(path: string, parts: Iterable<Uint8Array>): Promise<void> {
  const unfinished = `${path}.part`;
  const source = Readable.from(chunked(parts), { objectMode: false, highWaterMark: chunkBytes });
  const target = createWriteStream(unfinished);
  try {
    if (path.endsWith(".gz")) await pipeline(source, createGzip(), target);
    else await pipeline(source, target);
    renameSync(unfinished, path);
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw error;
  }
}

/** Joins small records to large pieces. */
function* chunked(parts: Iterable<Uint8Array>): Generator<Uint8Array> {
  let chunk = new Uint8Array(chunkBytes);
  let used = 0;
  for (const part of parts) {
    if (used + part.length > chunk.length) {
      yield chunk.subarray(0, used);
      chunk = new Uint8Array(Math.max(chunkBytes, part.length));
      used = 0;
    }
    chunk.set(part, used);
    used += part.length;
  }
  yield chunk.subarray(0, used);
}
