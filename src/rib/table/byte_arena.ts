/**
 * Short byte strings, stored one after the other in large chunks. A number, the *place*, says where a string begins.
 * The room of a freed string serves the next string of the same size (rounded up to 8 octets). Strings never move, and
 * the garbage collector has nothing to do.
 */

const chunkBits = 20;
const chunkBytes = 1 << chunkBits;
const chunkMask = chunkBytes - 1;

export class ByteArena {
  /** `undefined`: the memory of the chunk went back to the system. */
  readonly #chunks: (Uint8Array | undefined)[] = [];
  /** How many strings each chunk holds. */
  readonly #held: number[] = [];
  /** The numbers of chunks without memory. */
  readonly #vacant: number[] = [];
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
    const units = unitsOf(length);
    (this.#free[units] ??= []).push(place);
    this.#held[place >>> chunkBits]!--;
  }

  /** Gives the memory of chunks without strings back to the system. */
  returnMemory(): void {
    const open = this.#end === 0 ? -1 : (this.#end - 1) >>> chunkBits;
    if (open !== -1 && this.#held[open] === 0) this.#next = this.#end = 0;
    for (let number = 0; number < this.#chunks.length; number++) {
      if (this.#held[number] !== 0 || this.#chunks[number] === undefined) continue;
      this.#chunks[number] = undefined;
      this.#vacant.push(number);
    }
    for (let units = 0; units < this.#free.length; units++) {
      const left = this.#free[units]?.filter((place) => this.#chunks[place >>> chunkBits] !== undefined);
      this.#free[units] = left === undefined || left.length === 0 ? undefined : left;
    }
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
    return (this.#chunks.length - this.#vacant.length) * chunkBytes;
  }

  #place(length: number): number {
    const units = unitsOf(length);
    const reused = this.#free[units]?.pop();
    if (reused !== undefined) {
      this.#held[reused >>> chunkBits]!++;
      return reused;
    }
    const size = units << 3;
    if (size > chunkBytes) throw new RangeError(`${length} octets are too many for one string`);
    if (this.#next + size > this.#end) {
      // The rest of the old chunk, shorter than one string, stays unused.
      const number = this.#vacant.pop() ?? this.#chunks.length;
      this.#chunks[number] = new Uint8Array(chunkBytes);
      this.#held[number] = 0;
      this.#next = number * chunkBytes;
      this.#end = this.#next + chunkBytes;
    }
    const place = this.#next;
    this.#held[place >>> chunkBits]!++;
    this.#next += size;
    return place;
  }
}

/** The room of a string in units of 8 octets. */
function unitsOf(length: number): number {
  return Math.max(1, (length + 7) >>> 3);
}
