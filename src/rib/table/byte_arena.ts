/**
 * Short byte strings, stored one after the other in large chunks. A number, the *place*, says where a string begins.
 * The room of a freed string serves the next string of the same size (rounded up to 8 octets). Strings never move, and
 * the garbage collector has nothing to do.
 */

const chunkBits = 20;
const chunkBytes = 1 << chunkBits;
const chunkMask = chunkBytes - 1;

export class ByteArena {
  readonly #chunks: Uint8Array[] = [];
  /** Free places by size in units of 8 octets. */
  readonly #free: (number[] | undefined)[] = [];
  #next = 0;
  #end = 0;

  /** Stores a copy of `source[start, start + length)`, at most 1 MiB, and returns its place. */
  store(source: Uint8Array, start: number, length: number): number {
    const place = this.#place(length);
    const chunk = this.#chunks[place >>> chunkBits]!;
    let to = place & chunkMask;
    for (let from = start, end = start + length; from < end; from++) chunk[to++] = source[from]!;
    return place;
  }

  /** Frees the room of a string of this length. */
  free(place: number, length: number): void {
    const units = (length + 7) >>> 3;
    (this.#free[units] ??= []).push(place);
  }

  /** The chunk that holds the string at `place`. The string begins at {@link offset}. */
  chunk(place: number): Uint8Array {
    return this.#chunks[place >>> chunkBits]!;
  }

  offset(place: number): number {
    return place & chunkMask;
  }

  equals(place: number, bytes: Uint8Array, length: number): boolean {
    const chunk = this.#chunks[place >>> chunkBits]!;
    let at = place & chunkMask;
    for (let i = 0; i < length; i++) if (chunk[at++] !== bytes[i]) return false;
    return true;
  }

  get bytes(): number {
    return this.#chunks.length * chunkBytes;
  }

  #place(length: number): number {
    const units = (length + 7) >>> 3;
    const reused = this.#free[units]?.pop();
    if (reused !== undefined) return reused;
    const size = units << 3;
    if (size > chunkBytes) throw new RangeError(`${length} octets are too many for one string`);
    if (this.#next + size > this.#end) {
      // The rest of the old chunk, shorter than one string, stays unused.
      this.#next = this.#chunks.length * chunkBytes;
      this.#end = this.#next + chunkBytes;
      this.#chunks.push(new Uint8Array(chunkBytes));
    }
    const place = this.#next;
    this.#next += size;
    return place;
  }
}
