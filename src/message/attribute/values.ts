/** Forms of values that several attributes share: numbers, lists of items of one size, and TLVs. */

import { readUint16, readUint32, writeUint32 } from "../../types/mod.ts";

/** The value of an attribute that is one 32-bit number. */
export function encodeUint32(value: number | undefined): Uint8Array | undefined {
  return value === undefined ? undefined : encodeUint32List([value]);
}

/** The value of an attribute that is a list of 32-bit numbers; none for an empty list. */
export function encodeUint32List(values: readonly number[]): Uint8Array | undefined {
  if (values.length === 0) return undefined;
  const bytes = new Uint8Array(4 * values.length);
  values.forEach((value, i) => writeUint32(bytes, 4 * i, value));
  return bytes;
}

export function decodeUint32List(bytes: Uint8Array, start: number, end: number): number[] {
  const values: number[] = [];
  for (let at = start; at < end; at += 4) values.push(readUint32(bytes, at));
  return values;
}

/** Items of `size` octets, back to back. */
export function decodeChunks(bytes: Uint8Array, start: number, end: number, size: number): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let at = start; at < end; at += size) chunks.push(bytes.slice(at, at + size));
  return chunks;
}

export function encodeChunks(chunks: readonly Uint8Array[], size: number): Uint8Array | undefined {
  if (chunks.length === 0) return undefined;
  const bytes = new Uint8Array(size * chunks.length);
  chunks.forEach((chunk, i) => bytes.set(chunk, size * i));
  return bytes;
}

/** True where `bytes[start, end)` is a list of TLVs, each with two octets of type and two of length. */
export function isTlvList(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start;
  while (at + 4 <= end) at += 4 + readUint16(bytes, at + 2);
  return at === end;
}
