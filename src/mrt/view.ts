import type { Reader } from "../message/mod.ts";

/** The next octets of a reader over all of `bytes`, without a copy; empty where fewer remain. */
export function viewOf(reader: Reader, bytes: Uint8Array, length: number): Uint8Array {
  const start = bytes.length - reader.remaining;
  reader.sub(length);
  return bytes.subarray(start, reader.ok ? start + length : start);
}
