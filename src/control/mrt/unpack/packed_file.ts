/**
 * Reads a file or standard input, and decompresses it on the way: plain, gzip or bzip2, detected by the first octets.
 */

import { bunzip, isBzip2 } from "./bunzip.ts";
import { gunzip, isGzip } from "./gunzip.ts";
import { OctetSource } from "./octet_source.ts";

const chunkBytes = 256 * 1024;

/** The path that means standard input. */
export const standardInput = "-";

/** A file as a stream of chunks. Memory use does not depend on the size of the file. */
export class PackedFile {
  /** The name for messages. */
  readonly name: string;
  /** Size on disk in octets; 0: not known. */
  size: number;
  /** How many octets of the file were read. */
  position = 0;
  readonly #path: string;
  /** False for standard input and pipes. */
  #canBeReadTwice: boolean;
  /** An unlinked copy of standard input or a pipe. */
  #copy: Deno.FsFile | undefined;

  /** Throws what `Deno.statSync` does. */
  constructor(path: string) {
    this.#path = path;
    this.name = path === standardInput ? "standard input" : path;
    if (path === standardInput) {
      this.size = 0;
      this.#canBeReadTwice = false;
      return;
    }
    const info = Deno.statSync(path);
    if (info.isDirectory) throw new Deno.errors.IsADirectory(path);
    this.size = info.size;
    this.#canBeReadTwice = info.isFile;
  }

  /**
   * Makes sure that the file can be read twice: standard input or a pipe is copied to a temporary file, still
   * compressed.
   */
  async makeRepeatable(): Promise<void> {
    if (this.#canBeReadTwice) return;
    const path = await Deno.makeTempFile({ prefix: "bgpd-mrt-" });
    const copy = await Deno.open(path, { read: true, write: true });
    // Unlinked: the copy disappears with this process, however it ends.
    await Deno.remove(path);
    this.size = 0;
    for await (const chunk of this.#readOnce()) {
      for (let at = 0; at < chunk.length;) at += await copy.write(chunk.subarray(at));
      this.size += chunk.length;
    }
    this.#copy = copy;
    this.#canBeReadTwice = true;
  }

  /**
   * Yields the decompressed octets. Throws if the data are damaged, after everything before the damage. The caller
   * owns the chunks.
   */
  async *chunks(): AsyncGenerator<Uint8Array> {
    this.position = 0;
    const source = new OctetSource(this.#read());
    try {
      await source.want(3);
      const begin = source.bytes.subarray(source.start, source.end);
      if (isGzip(begin)) yield* gunzip(source);
      else if (isBzip2(begin)) yield* bunzip(source);
      else yield* plain(source);
    } finally {
      await source.close();
    }
  }

  async *#read(): AsyncGenerator<Uint8Array> {
    if (this.#copy === undefined) return yield* this.#readOnce();
    await this.#copy.seek(0, Deno.SeekMode.Start);
    yield* this.#readAll(this.#copy);
  }

  async *#readOnce(): AsyncGenerator<Uint8Array> {
    if (this.#path === standardInput) return yield* this.#readAll(Deno.stdin);
    using file = await Deno.open(this.#path);
    yield* this.#readAll(file);
  }

  async *#readAll(file: { read(into: Uint8Array): Promise<number | null> }): AsyncGenerator<Uint8Array> {
    for (;;) {
      const chunk = new Uint8Array(chunkBytes);
      const length = await file.read(chunk);
      if (length === null) return;
      this.position += length;
      yield chunk.subarray(0, length);
    }
  }
}

async function* plain(source: OctetSource): AsyncGenerator<Uint8Array> {
  while (await source.want(1)) {
    yield source.bytes.subarray(source.start, source.end);
    // The caller owns the chunk now.
    source.bytes = new Uint8Array(0);
    source.start = source.end = 0;
  }
}
