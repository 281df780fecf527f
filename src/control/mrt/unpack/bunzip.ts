/**
 * bzip2, the format of RouteViews files: any number of streams, each of blocks with a checksum. A block is delivered
 * in pieces: 45 octets can hold 900 kB, and five octets a run of 255. It refuses what `bzip2 -t` refuses, after all
 * complete blocks.
 */

import { type OctetSource, PackedError } from "./octet_source.ts";

/** The greatest size of a compressed block: 900,000 symbols of 20 bits, and its tables. */
const mostBlockBytes = 2_600_000;
const pieceBytes = 128 * 1024;
const groupSymbols = 50;
const longestCode = 20;
const [runA, runB] = [0, 1];

const blockMagic = "314159265359", endMagic = "177245385090";

/** CRC-32, most significant bit first. */
const crcTable = Int32Array.from({ length: 256 }, (_, octet) => {
  let crc = octet << 24;
  for (let bit = 0; bit < 8; bit++) crc = crc < 0 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
  return crc;
});

/** True if the octets begin a bzip2 stream. */
export function isBzip2(octets: Uint8Array): boolean {
  return octets[0] === 0x42 && octets[1] === 0x5a && octets[2] === 0x68;
}

/** Decompresses streams one after the other. */
export async function* bunzip(source: OctetSource): AsyncGenerator<Uint8Array> {
  while (await source.want(1)) {
    await source.want(4);
    const level = source.bytes[source.start + 3]! - 0x30;
    const isStream = isBzip2(source.bytes.subarray(source.start, source.end));
    if (!isStream || !(level >= 1 && level <= 9)) throw new PackedError("other data follow its bzip2 data");
    source.start += 4;
    yield* new Stream(source, level * 100_000).pieces();
  }
}

/** A Huffman code by length: for each length the greatest code word, and the offset to its symbol. */
interface Code {
  readonly least: number;
  readonly limits: Int32Array;
  readonly bases: Int32Array;
  readonly symbols: Uint16Array;
}

class Stream {
  readonly #source: OctetSource;
  /** The block before the last step: the octet in the low 8 bits, the index of its successor above. */
  readonly #block: Int32Array;
  #bits = 0;
  #bitCount = 0;
  #crc = 0;

  constructor(source: OctetSource, blockBytes: number) {
    this.#source = source;
    this.#block = new Int32Array(blockBytes);
  }

  async *pieces(): AsyncGenerator<Uint8Array> {
    for (let crc = 0;;) {
      await this.#source.want(mostBlockBytes);
      const magic = this.#read(24).toString(16).padStart(6, "0") + this.#read(24).toString(16).padStart(6, "0");
      const expected = this.#read32();
      if (magic === endMagic) {
        if (expected !== crc) throw broken("the checksum of the stream is wrong");
        this.#source.start -= this.#bitCount >> 3;
        return;
      }
      if (magic !== blockMagic) throw broken("a block is missing");
      yield* this.#blockPieces();
      if (this.#crc !== expected) throw broken("the checksum of a block is wrong");
      crc = ((crc << 1) | (crc >>> 31)) ^ this.#crc;
    }
  }

  *#blockPieces(): Generator<Uint8Array> {
    if (this.#read(1) !== 0) throw broken("a randomised block, which bzip2 has not written since 1997");
    const origin = this.#read(24);
    const count = this.#readBlock();
    if (origin >= count) throw broken("a block has a wrong origin");
    const block = this.#block;
    // The inverse Burrows-Wheeler transform: above each octet, the index of its successor.
    const places = new Int32Array(257);
    for (let i = 0; i < count; i++) places[(block[i]! & 255) + 1]!++;
    for (let octet = 0; octet < 256; octet++) places[octet + 1]! += places[octet]!;
    for (let i = 0; i < count; i++) {
      const octet = block[i]! & 255;
      const place = places[octet]!;
      places[octet] = place + 1;
      block[place] = block[place]! | (i << 8);
    }
    yield* this.#runs(count, origin);
  }

  /** Run-length decoding: four equal octets are followed by the number of further ones. */
  *#runs(count: number, origin: number): Generator<Uint8Array> {
    const block = this.#block;
    let piece = new Uint8Array(pieceBytes + 256);
    let size = 0, crc = -1, run = 0, last = -1;
    let next = block[origin]! >>> 8;
    for (let left = count; left > 0; left--) {
      const entry = block[next]!;
      const octet = entry & 255;
      next = entry >>> 8;
      if (run === 4) {
        for (let more = octet; more > 0; more--) {
          piece[size++] = last;
          crc = (crc << 8) ^ crcTable[(crc >>> 24) ^ last]!;
        }
        run = 0;
        last = -1;
      } else {
        run = octet === last ? run + 1 : 1;
        last = octet;
        piece[size++] = octet;
        crc = (crc << 8) ^ crcTable[(crc >>> 24) ^ octet]!;
      }
      if (size < pieceBytes) continue;
      yield piece.subarray(0, size);
      piece = new Uint8Array(pieceBytes + 256);
      size = 0;
    }
    this.#crc = ~crc;
    if (size > 0) yield piece.subarray(0, size);
  }

  /** Fills the block. Returns the number of octets. */
  #readBlock(): number {
    const alphabet = this.#readAlphabet();
    const symbolCount = alphabet.length + 2;
    const tableCount = this.#read(3);
    const selectorCount = this.#read(15);
    if (tableCount < 2 || tableCount > 6 || selectorCount === 0) throw broken("a block has a wrong number of tables");
    const selectors = new Uint8Array(selectorCount);
    const order = [0, 1, 2, 3, 4, 5];
    for (let i = 0; i < selectorCount; i++) {
      let place = 0;
      while (this.#read(1) === 1) {
        if (++place >= tableCount) throw broken("a block selects a table that does not exist");
      }
      const table = order[place]!;
      order.splice(place, 1);
      order.unshift(table);
      selectors[i] = table;
    }
    const codes = Array.from({ length: tableCount }, () => this.#readCode(symbolCount));
    return this.#readSymbols(alphabet, codes, selectors);
  }

  /** The octets that occur in the block. */
  #readAlphabet(): Uint8Array {
    const groups = this.#read(16);
    const found: number[] = [];
    for (let group = 0; group < 16; group++) {
      if ((groups & (0x8000 >> group)) === 0) continue;
      const members = this.#read(16);
      for (let i = 0; i < 16; i++) if ((members & (0x8000 >> i)) !== 0) found.push(group * 16 + i);
    }
    if (found.length === 0) throw broken("a block is empty");
    return Uint8Array.from(found);
  }

  #readCode(symbolCount: number): Code {
    const lengths = new Uint8Array(symbolCount);
    let length = this.#read(5);
    for (let symbol = 0; symbol < symbolCount; symbol++) {
      while (this.#read(1) === 1) length += this.#read(1) === 0 ? 1 : -1;
      if (length < 1 || length > longestCode) throw broken("a code has a wrong length");
      lengths[symbol] = length;
    }
    const limits = new Int32Array(longestCode + 2).fill(-1);
    const bases = new Int32Array(longestCode + 2);
    const symbols: number[] = [];
    let word = 0;
    let least = 0;
    for (let bits = 1; bits <= longestCode; bits++, word <<= 1) {
      bases[bits] = symbols.length - word;
      for (let symbol = 0; symbol < symbolCount; symbol++) if (lengths[symbol] === bits) symbols.push(symbol);
      const count = symbols.length - (bases[bits]! + word);
      if (count === 0) continue;
      least ||= bits;
      word += count;
      limits[bits] = word - 1;
    }
    return { least, limits, bases, symbols: Uint16Array.from(symbols) };
  }

  /** Decodes Huffman codes, runs and move-to-front. */
  #readSymbols(alphabet: Uint8Array, codes: readonly Code[], selectors: Uint8Array): number {
    const block = this.#block;
    const front = alphabet.slice();
    const end = alphabet.length + 1;
    let count = 0, run = 0, weight = 1;
    for (let group = 0;; group++) {
      if (group === selectors.length) throw broken("a block has no end");
      const code = codes[selectors[group]!]!;
      for (let i = 0; i < groupSymbols; i++) {
        const symbol = this.#symbol(code);
        if (symbol === runA || symbol === runB) {
          run += weight << symbol;
          weight <<= 1;
          if (run > block.length) throw broken("a block is too long");
          continue;
        }
        if (run > 0) {
          if (count + run > block.length) throw broken("a block is too long");
          block.fill(front[0]!, count, count += run);
          run = 0;
          weight = 1;
        }
        if (symbol === end) return count;
        if (count === block.length) throw broken("a block is too long");
        const octet = front[symbol - 1]!;
        front.copyWithin(1, 0, symbol - 1);
        front[0] = octet;
        block[count++] = octet;
      }
    }
  }

  #symbol({ least, limits, bases, symbols }: Code): number {
    let word = this.#read(least);
    for (let bits = least; bits <= longestCode; bits++) {
      if (word <= limits[bits]!) return symbols[word + bases[bits]!]!;
      word = (word << 1) | this.#read(1);
    }
    throw broken("an unknown code");
  }

  #read32(): number {
    return (this.#read(16) << 16) | this.#read(16);
  }

  /** Reads up to 24 bits. */
  #read(count: number): number {
    while (this.#bitCount < count) {
      const source = this.#source;
      if (source.start === source.end) throw new PackedError("its bzip2 data end early");
      this.#bits = (this.#bits << 8) | source.bytes[source.start++]!;
      this.#bitCount += 8;
    }
    this.#bitCount -= count;
    return (this.#bits >>> this.#bitCount) & ((1 << count) - 1);
  }
}

function broken(what: string): PackedError {
  return new PackedError(`its bzip2 data are damaged: ${what}`);
}
