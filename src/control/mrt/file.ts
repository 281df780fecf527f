/** Octets of a file, unpacked as they are read: plain, gzip or bzip2, told by how they begin. */

import { pipeline, Readable } from "node:stream";
import { constants, createGunzip } from "node:zlib";
import { bunzip } from "./bunzip.ts";

const chunkBytes = 256 * 1024;
/** Where packed data are damaged, what zlib holds back is lost: less than this. */
const unpackedBytes = 64 * 1024;

/** A file as a stream of chunks. Memory does not depend on its size. */
export class PackedFile {
  readonly path: string;
  /** Octets on disk. */
  readonly size: number;
  /** False of a pipe, whose octets are there once only. */
  readonly canBeReadTwice: boolean;
  /** Of those, the ones read. */
  position = 0;

  /** Throws what `Deno.statSync` does. */
  constructor(path: string) {
    this.path = path;
    const info = Deno.statSync(path);
    if (info.isDirectory) throw new Deno.errors.IsADirectory(path);
    this.size = info.size;
    this.canBeReadTwice = info.isFile;
  }

  /** The unpacked octets. Throws where they are damaged, behind all that could be unpacked. */
  async *chunks(): AsyncGenerator<Uint8Array> {
    this.position = 0;
    const packed = this.#read();
    const first = await packed.next();
    if (first.done === true) return;
    const all = joined(first.value, packed);
    const [a, b, c] = first.value;
    if (a === 0x1f && b === 0x8b) yield* gunzip(all);
    else if (a === 0x42 && b === 0x5a && c === 0x68) yield* bunzip(all);
    else yield* all;
  }

  async *#read(): AsyncGenerator<Uint8Array> {
    using file = await Deno.open(this.path);
    for (;;) {
      const chunk = new Uint8Array(chunkBytes);
      const length = await file.read(chunk);
      if (length === null) return;
      this.position += length;
      yield chunk.subarray(0, length);
    }
  }
}

async function* joined(first: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first;
  yield* rest;
}

/**
 * Collectors append gzip members to one file, which `DecompressionStream` takes for damage: so zlib. With this flush a
 * file that is cut off yields all that is in it; that it ends inside a record is found later.
 */
async function* gunzip(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const unpacked = createGunzip({ chunkSize: unpackedBytes, finishFlush: constants.Z_SYNC_FLUSH });
  pipeline(Readable.from(chunks), unpacked, () => {});
  for await (const chunk of unpacked) yield chunk;
}
