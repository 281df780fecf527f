/**
 * Short byte strings end to end in large chunks: one number says where a string stands. A freed string leaves its room
 * to the next one of the same size (rounded up to 8), so nothing ever moves and no garbage arises.
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

  /** Stores a copy of `source[start, start + length)` and says where. At most 1 MiB. */
  store(source: Uint8Array, start: number, length: number): number {
    const place = this.#place(length);
    const chunk = this.#chunks[place >>> chunkBits]!;
    let to = place & chunkMask;
    for (let from = start, end = start + length; from < end; from++) chunk[to++] = source[from]!;
    return place;
  }

  /** Gives the room of a string of this length back. */
  free(place: number, length: number): void {
    const units = (length + 7) >>> 3;
    (this.#free[units] ??= []).push(place);
  }

  /** The chunk that holds the string at `place`; {@link offset} is where in it. */
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
      // The rest of the old chunk, at most one string long, stays unused.
      this.#next = this.#chunks.length * chunkBytes;
      this.#end = this.#next + chunkBytes;
      this.#chunks.push(new Uint8Array(chunkBytes));
    }
    const place = this.#next;
    this.#next += size;
    return place;
  }
}
