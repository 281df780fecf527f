/**
 * DEFLATE (RFC 1951), piece by piece. Everything up to the end of the data, or up to the damage, is delivered, and
 * octets after the end are left in the source. Libraries keep the octets before an error to themselves, and do not
 * report how much input is left.
 */

import { type OctetSource, PackedError } from "./octet_source.ts";

const windowBytes = 32 * 1024;
/** About the size of a piece; a match of 258 octets may exceed it. */
const pieceBytes = 128 * 1024;
const bufferBytes = windowBytes + pieceBytes + 258;
/** While more input may follow, a symbol is only read if that many octets are available. */
const mostSymbolBytes = 12;
const longestCode = 15;
/** The code lengths of a dynamic block: 14 bits, 19 × 3 bits, and at most 320 lengths of 7 + 7 bits. */
const mostTableBytes = 600;

const lengthBase = new Uint16Array(29), lengthExtra = new Uint8Array(29);
const distanceBase = new Uint16Array(30), distanceExtra = new Uint8Array(30);
for (let i = 0, base = 3; i < 28; i++) {
  lengthExtra[i] = i < 8 ? 0 : (i >> 2) - 1;
  lengthBase[i] = base;
  base += 1 << lengthExtra[i]!;
}
lengthBase[28] = 258;
for (let i = 0, base = 1; i < 30; i++) {
  distanceExtra[i] = i < 4 ? 0 : (i >> 1) - 1;
  distanceBase[i] = base;
  base += 1 << distanceExtra[i]!;
}
/** The order of the lengths of the code for lengths (RFC 1951 §3.2.7). */
const lengthOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** A Huffman code as a table indexed by the next bits: symbol × 16 + length; 0: no code begins with these bits. */
interface Code {
  readonly table: Uint16Array;
  readonly mask: number;
}

function makeCode(lengths: Uint8Array): Code {
  const counts = new Uint16Array(longestCode + 1);
  let bits = 1;
  for (const length of lengths) {
    counts[length]!++;
    if (length > bits) bits = length;
  }
  counts[0] = 0;
  const next = new Uint16Array(longestCode + 2);
  let left = 1;
  for (let length = 1; length <= longestCode; length++) {
    left = 2 * left - counts[length]!;
    if (left < 0) throw broken("a code has too many words");
    next[length + 1] = (next[length]! + counts[length]!) << 1;
  }
  const size = 1 << bits;
  const table = new Uint16Array(size);
  for (let symbol = 0; symbol < lengths.length; symbol++) {
    const length = lengths[symbol]!;
    if (length === 0) continue;
    let reversed = 0;
    for (let i = 0, code = next[length]!++; i < length; i++, code >>= 1) reversed = (reversed << 1) | (code & 1);
    for (let at = reversed; at < size; at += 1 << length) table[at] = (symbol << 4) | length;
  }
  return { table, mask: size - 1 };
}

const fixedLengths = new Uint8Array(288).fill(8, 0, 144).fill(9, 144, 256).fill(7, 256, 280).fill(8, 280);
const fixedLiterals = makeCode(fixedLengths);
const fixedDistances = makeCode(new Uint8Array(30).fill(5));

type Stop = "blockEnd" | "needsInput" | "full" | "endsEarly" | "broken";

export class Inflater {
  readonly #source: OctetSource;
  readonly #out = new Uint8Array(bufferBytes);
  /** How many octets of {@link #out} are filled, and how many of them were delivered. */
  #size = 0;
  #given = 0;
  /** Bits that were taken from the source and not read yet; the next bit is the lowest. */
  #bits = 0;
  #bitCount = 0;
  /** How many octets of {@link #bits} are zeroes after the end of the source. */
  #missing = 0;
  #literals = fixedLiterals;
  #distances = fixedDistances;

  constructor(source: OctetSource) {
    this.#source = source;
  }

  /**
   * Yields the octets of one stream. Afterwards the source is at the end of the stream. A piece is valid until the next
   * one.
   */
  async *pieces(): AsyncGenerator<Uint8Array> {
    try {
      for (let isLast = false; !isLast;) {
        await this.#source.want(mostTableBytes);
        isLast = this.#read(1) === 1;
        const type = this.#read(2);
        if (type === 0) yield* this.#stored();
        else if (type === 3) throw broken("a block has an unknown type");
        else {
          if (type === 1) [this.#literals, this.#distances] = [fixedLiterals, fixedDistances];
          else this.#readCodes();
          for (let stop: Stop = "full"; stop !== "blockEnd";) {
            stop = this.#decode();
            if (stop === "needsInput") await this.#source.want(pieceBytes);
            else if (stop === "full") yield this.#give();
            else if (stop === "endsEarly") throw endsEarly();
            else if (stop === "broken") throw broken("an unknown code");
          }
        }
      }
    } finally {
      if (this.#size > this.#given) yield this.#give();
    }
    this.#giveBack();
  }

  async *#stored(): AsyncGenerator<Uint8Array> {
    this.#drop(this.#bitCount & 7);
    const length = this.#read(16);
    if ((this.#read(16) ^ 0xffff) !== length) throw broken("a stored block has a wrong length");
    this.#giveBack();
    const source = this.#source;
    for (let left = length; left > 0;) {
      if (!await source.want(1)) throw endsEarly();
      const count = Math.min(left, source.available, bufferBytes - this.#size);
      this.#out.set(source.bytes.subarray(source.start, source.start + count), this.#size);
      this.#size += count;
      source.start += count;
      left -= count;
      if (this.#size >= windowBytes + pieceBytes) yield this.#give();
    }
  }

  /** Returns whole octets of {@link #bits} to the source. */
  #giveBack(): void {
    this.#source.start -= (this.#bitCount >> 3) - this.#missing;
    this.#bits = this.#bitCount = this.#missing = 0;
  }

  /** The octets that were not delivered yet. The last 32 KiB stay, because matches refer to them. */
  #give(): Uint8Array {
    const piece = this.#out.slice(this.#given, this.#size);
    if (this.#size > windowBytes) {
      this.#out.copyWithin(0, this.#size - windowBytes, this.#size);
      this.#size = windowBytes;
    }
    this.#given = this.#size;
    return piece;
  }

  #readCodes(): void {
    const literalCount = this.#read(5) + 257;
    const distanceCount = this.#read(5) + 1;
    const lengthCount = this.#read(4) + 4;
    if (literalCount > 286 || distanceCount > 30) throw broken("a block has too many symbols");
    const lengthLengths = new Uint8Array(19);
    for (let i = 0; i < lengthCount; i++) lengthLengths[lengthOrder[i]!] = this.#read(3);
    const code = makeCode(lengthLengths);
    const lengths = new Uint8Array(literalCount + distanceCount);
    for (let at = 0; at < lengths.length;) {
      const symbol = this.#symbol(code);
      if (symbol < 16) {
        lengths[at++] = symbol;
        continue;
      }
      const value = symbol === 16 ? lengths[at - 1] : 0;
      const count = symbol === 16 ? 3 + this.#read(2) : symbol === 17 ? 3 + this.#read(3) : 11 + this.#read(7);
      if (value === undefined || at + count > lengths.length) throw broken("a code has a wrong length");
      lengths.fill(value, at, at + count);
      at += count;
    }
    if (lengths[256] === 0) throw broken("a block has no end");
    this.#literals = makeCode(lengths.subarray(0, literalCount));
    this.#distances = makeCode(lengths.subarray(literalCount));
  }

  /**
   * Decodes until the block ends, input is missing or a piece is full. Hot path: all state is in local variables.
   */
  #decode(): Stop {
    const source = this.#source;
    const { table: literals, mask: literalMask } = this.#literals;
    const { table: distances, mask: distanceMask } = this.#distances;
    const { bytes, end } = source;
    const out = this.#out;
    const enough = source.isAtEnd ? end : end - mostSymbolBytes;
    let at = source.start, bits = this.#bits, count = this.#bitCount, size = this.#size, missing = this.#missing;
    let stop: Stop | undefined;
    while (stop === undefined) {
      if (size >= windowBytes + pieceBytes) stop = "full";
      else if (at > enough) stop = "needsInput";
      if (stop !== undefined) break;
      for (; count <= 24; count += 8) at < end ? bits |= bytes[at++]! << count : missing++;
      let entry = literals[bits & literalMask]!;
      bits >>>= entry & 15;
      count -= entry & 15;
      if (missing !== 0 && count < 8 * missing) stop = "endsEarly";
      else if (entry < 256 << 4) {
        if (entry === 0) stop = "broken";
        else out[size++] = entry >> 4;
      } else if (entry >> 4 === 256) stop = "blockEnd";
      else if (entry >> 4 > 285) stop = "broken";
      else {
        const symbol = (entry >> 4) - 257;
        const more = lengthExtra[symbol]!;
        const length = lengthBase[symbol]! + (bits & ((1 << more) - 1));
        bits >>>= more;
        count -= more;
        for (; count <= 24; count += 8) at < end ? bits |= bytes[at++]! << count : missing++;
        entry = distances[bits & distanceMask]!;
        bits >>>= entry & 15;
        count -= entry & 15;
        for (; count <= 24; count += 8) at < end ? bits |= bytes[at++]! << count : missing++;
        const far = distanceExtra[entry >> 4]!;
        const distance = distanceBase[entry >> 4]! + (bits & ((1 << far) - 1));
        bits >>>= far;
        count -= far;
        if (missing !== 0 && count < 8 * missing) stop = "endsEarly";
        else if (entry === 0 || !(distance <= size)) stop = "broken";
        else if (length > 31 && distance >= length) {
          out.copyWithin(size, size - distance, size - distance + length);
          size += length;
        } else for (const until = size + length; size < until; size++) out[size] = out[size - distance]!;
      }
    }
    source.start = at;
    this.#bits = bits;
    this.#bitCount = count;
    this.#size = size;
    this.#missing = missing;
    return stop;
  }

  #symbol({ table, mask }: Code): number {
    this.#fill(longestCode);
    const entry = table[this.#bits & mask]!;
    if (entry === 0) throw this.#missing > 0 ? endsEarly() : broken("an unknown code");
    this.#drop(entry & 15);
    return entry >> 4;
  }

  #read(count: number): number {
    this.#fill(count);
    const value = this.#bits & ((1 << count) - 1);
    this.#drop(count);
    return value;
  }

  #fill(count: number): void {
    const source = this.#source;
    for (; this.#bitCount < count; this.#bitCount += 8) {
      if (source.start < source.end) this.#bits |= source.bytes[source.start++]! << this.#bitCount;
      else this.#missing++;
    }
  }

  #drop(count: number): void {
    this.#bits >>>= count;
    this.#bitCount -= count;
    if (this.#missing > 0 && this.#bitCount < 8 * this.#missing) throw endsEarly();
  }
}

function broken(what: string): PackedError {
  return new PackedError(`its gzip data are damaged: ${what}`);
}

function endsEarly(): PackedError {
  return new PackedError("its gzip data end early");
}
