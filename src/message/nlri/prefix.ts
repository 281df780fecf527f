/**
 * NLRI of IP prefixes (RFC 4271 §4.3, RFC 4760 §5): a length in bits and as many octets as that needs, preceded by a
 * path identifier where ADD-PATH is negotiated (RFC 7911 §3).
 *
 * A full table is 1.2 million prefixes, so they are read as 32-bit words, without an object for each.
 */

import { type FamilyId, familyOf, readInt32, readUint32, writeUint32 } from "../../types/mod.ts";

/**
 * True where every prefix from `start` has a length that its address can have, and the last one ends exactly at `end`
 * (RFC 7606 §5.3). A cursor may walk such a block without further checks.
 */
export function checkNlri(
  bytes: Uint8Array,
  start: number,
  end: number,
  addressBits: number,
  addPath: boolean,
): boolean {
  const skip = addPath ? 4 : 0;
  let at = start;
  while (at < end) {
    at += skip;
    if (at >= end) return false;
    const length = bytes[at]!;
    if (length > addressBits) return false;
    at += 1 + ((length + 7) >> 3);
  }
  return at === end;
}

/** Walks a block that {@link checkNlri} accepted. One cursor serves many blocks. */
export class NlriCursor {
  /** The prefix as signed 32-bit words in network order, bits beyond `length` zero. IPv4 uses `w0` only. */
  w0 = 0;
  w1 = 0;
  w2 = 0;
  w3 = 0;
  /** In bits. */
  length = 0;
  /** Unsigned; -1 where the block carries none. */
  pathId = -1;

  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #end = 0;
  #wide = false;
  #addPath = false;

  reset(bytes: Uint8Array, start: number, end: number, family: FamilyId, addPath: boolean): void {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
    this.#wide = familyOf(family).addressBytes === 16;
    this.#addPath = addPath;
    this.pathId = -1;
  }

  /** Reads the next prefix into the fields; false at the end of the block. */
  next(): boolean {
    let at = this.#at;
    if (at >= this.#end) return false;
    const bytes = this.#bytes;
    if (this.#addPath) {
      this.pathId = readUint32(bytes, at);
      at += 4;
    }
    const length = bytes[at++]!;
    this.length = length;
    if (this.#wide) {
      this.#at = this.#readWide(bytes, at, length);
      return true;
    }
    let word = 0;
    if (length > 24) {
      word = readInt32(bytes, at);
      at += 4;
    } else if (length > 16) {
      word = (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8);
      at += 3;
    } else if (length > 8) {
      word = (bytes[at]! << 24) | (bytes[at + 1]! << 16);
      at += 2;
    } else if (length > 0) {
      word = bytes[at]! << 24;
      at += 1;
    }
    // RFC 4271 §4.3: "the value of trailing bits is irrelevant".
    this.w0 = length === 0 ? 0 : word & (-1 << (32 - length));
    this.#at = at;
    return true;
  }

  #readWide(bytes: Uint8Array, at: number, length: number): number {
    const end = at + ((length + 7) >> 3);
    this.w0 = length >= 32 ? readInt32(bytes, at) : partialWord(bytes, at, end, length);
    this.w1 = length >= 64 ? readInt32(bytes, at + 4) : partialWord(bytes, at + 4, end, length - 32);
    this.w2 = length >= 96 ? readInt32(bytes, at + 8) : partialWord(bytes, at + 8, end, length - 64);
    this.w3 = length >= 128 ? readInt32(bytes, at + 12) : partialWord(bytes, at + 12, end, length - 96);
    return end;
  }
}

/** The first `bits` of the word at `at`, of which only the octets before `end` exist. */
function partialWord(bytes: Uint8Array, at: number, end: number, bits: number): number {
  if (bits <= 0) return 0;
  let value = bytes[at]! << 24;
  if (at + 1 < end) value |= bytes[at + 1]! << 16;
  if (at + 2 < end) value |= bytes[at + 2]! << 8;
  if (at + 3 < end) value |= bytes[at + 3]!;
  return value & (-1 << (32 - bits));
}

/** The octets that {@link writeNlri} writes. */
export function nlriSize(length: number, pathId: number): number {
  return (pathId === -1 ? 1 : 5) + ((length + 7) >> 3);
}

/** Writes one prefix, with its path identifier unless that is -1; returns the offset after it. */
export function writeNlri(
  target: Uint8Array,
  offset: number,
  w0: number,
  w1: number,
  w2: number,
  w3: number,
  length: number,
  pathId: number,
): number {
  if (pathId !== -1) {
    writeUint32(target, offset, pathId);
    offset += 4;
  }
  target[offset++] = length;
  for (let bits = length, shift = 24, index = 0, value = w0; bits > 0; bits -= 8) {
    target[offset++] = value >>> shift;
    shift -= 8;
    if (shift < 0) {
      shift = 24;
      index++;
      value = index === 1 ? w1 : index === 2 ? w2 : w3;
    }
  }
  return offset;
}
