/** Typed arrays that grow, and bits in typed arrays: every table of the RIB is made of them. */

/**
 * The next capacity that holds `needed` rows. It grows by half: a large table never doubles its memory for one more
 * row.
 */
export function nextCapacity(capacity: number, needed: number): number {
  let next = Math.max(1024, capacity);
  while (next < needed) next = (next + (next >>> 1) + 1023) & ~1023;
  return next;
}

/** The same column with room for `capacity` elements. New elements are zero, and the old array is detached. */
export function growInt32(column: Int32Array, capacity: number): Int32Array<ArrayBuffer> {
  return new Int32Array(moved(column, capacity * 4));
}

export function growUint32(column: Uint32Array, capacity: number): Uint32Array<ArrayBuffer> {
  return new Uint32Array(moved(column, capacity * 4));
}

export function growUint16(column: Uint16Array, capacity: number): Uint16Array<ArrayBuffer> {
  return new Uint16Array(moved(column, capacity * 2));
}

export function growUint8(column: Uint8Array, capacity: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(moved(column, capacity));
}

export function growFloat64(column: Float64Array, capacity: number): Float64Array<ArrayBuffer> {
  return new Float64Array(moved(column, capacity * 8));
}

/** A column of one of these types. */
export type Column = Int32Array | Uint32Array | Uint16Array | Uint8Array | Float64Array;
/** Gives the same column in other memory. The old array is detached. A table applies it to each of its columns. */
export type ColumnMove = <C extends Column>(column: C) => C;

/** A move to columns with room for `capacity` elements. New elements are zero. */
export function grownTo(capacity: number): ColumnMove {
  return (column) => sameType(column, moved(column, capacity * column.BYTES_PER_ELEMENT));
}

/** Rows in a stretch of a column, the unit of {@link keptStretches}. */
export const stretchRows = 1024;

/**
 * A move to columns with room for `capacity` elements, in which the stretches without a bit in `kept` are zero. Nothing
 * is written there, and the system gives memory to a page only when something is written to it.
 */
export function keptStretches(kept: Int32Array, capacity: number): ColumnMove {
  return (column) => {
    const copy = sameType(column, new ArrayBuffer(capacity * column.BYTES_PER_ELEMENT));
    for (let stretch = nextBit(kept, 0); stretch !== -1; stretch = nextBit(kept, stretch + 1)) {
      const from = stretch * stretchRows;
      copy.set(column.subarray(from, Math.min(from + stretchRows, capacity)), from);
    }
    moved(column, 0);
    return copy;
  };
}

function sameType<C extends Column>(column: C, buffer: ArrayBuffer): C {
  return new (column.constructor as new (buffer: ArrayBuffer) => C)(buffer);
}

/** `transfer` lets JavaScript extend the block in place where the allocator can, and frees the old one at once. */
function moved(column: ArrayBufferView, bytes: number): ArrayBuffer {
  return (column.buffer as ArrayBuffer).transfer(bytes);
}

/**
 * Milliseconds since 1970 take 41 bits. A column of times has the low 32 bits in one array and the others in a second
 * one: 6 octets for each time in place of the 8 of a double.
 */
export function timeAt(low: Uint32Array, high: Uint16Array, index: number): number {
  return high[index]! * 2 ** 32 + low[index]!;
}

export function setTime(low: Uint32Array, high: Uint16Array, index: number, time: number): void {
  low[index] = time;
  high[index] = time / 2 ** 32;
}

/** The number of 32-bit words that hold `bits` bits. */
export function wordsFor(bits: number): number {
  return (bits + 31) >>> 5;
}

export function setBit(words: Int32Array, index: number): void {
  words[index >>> 5]! |= 1 << (index & 31);
}

export function clearBit(words: Int32Array, index: number): void {
  words[index >>> 5]! &= ~(1 << (index & 31));
}

export function hasBit(words: Int32Array, index: number): boolean {
  return (words[index >>> 5]! & (1 << (index & 31))) !== 0;
}

/** The first set bit at or after `from`, or -1. */
export function nextBit(words: Int32Array, from: number): number {
  let word = from >>> 5;
  if (word >= words.length) return -1;
  let bits = words[word]! & (-1 << (from & 31));
  while (bits === 0) {
    if (++word === words.length) return -1;
    bits = words[word]!;
  }
  return (word << 5) + 31 - Math.clz32(bits & -bits);
}

/** How many bits are set. */
export function countBits(words: Int32Array): number {
  let count = 0;
  for (let i = 0; i < words.length; i++) {
    let word = words[i]!;
    if (word === 0) continue;
    word -= (word >>> 1) & 0x55555555;
    word = (word & 0x33333333) + ((word >>> 2) & 0x33333333);
    count += Math.imul((word + (word >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
  }
  return count;
}
