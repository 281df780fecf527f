/** Walks blocks of NLRI that a codec reads; blocks of plain prefixes have a cursor of their own (`prefix.ts`). */

import { readUint32 } from "../../types/mod.ts";
import type { Nlri, NlriCodec } from "./codec.ts";

/** Octets of a path identifier (RFC 7911 §3). */
const PATH_ID_BYTES = 4;
const nothing: Nlri = { key: new Uint8Array(0), value: new Uint8Array(0) };

/**
 * Why the octets `[start, end)` are no list of valid NLRI, to follow "an NLRI "; `undefined`: they are one. A cursor
 * may walk such a block without further checks.
 */
export function codecNlriFault(
  codec: NlriCodec,
  bytes: Uint8Array,
  start: number,
  end: number,
  addPath: boolean,
  withdrawn: boolean,
): string | undefined {
  for (let at = start; at < end;) {
    if (addPath) at += PATH_ID_BYTES;
    const size = at < end ? codec.size(bytes, at, end) : -1;
    if (size <= 0 || at + size > end) return "that ends after the attribute";
    const fault = codec.fault(bytes, at, at + size, withdrawn);
    if (fault !== undefined) return fault;
    at += size;
  }
  return undefined;
}

/** Walks a block that {@link codecNlriFault} accepted. One cursor serves many blocks. */
export class CodecCursor {
  key: Uint8Array = nothing.key;
  /** The octets of `value.ts`. */
  value: Uint8Array = nothing.value;
  /** Unsigned; -1 where the block carries none. */
  pathId = -1;

  #codec: NlriCodec | undefined;
  #bytes: Uint8Array = nothing.key;
  #at = 0;
  #end = 0;
  #addPath = false;
  #withdrawn = false;

  reset(
    codec: NlriCodec,
    bytes: Uint8Array,
    start: number,
    end: number,
    addPath: boolean,
    withdrawn: boolean,
  ): void {
    this.#codec = codec;
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
    this.#addPath = addPath;
    this.#withdrawn = withdrawn;
    this.pathId = -1;
  }

  /** Reads the next NLRI into the fields; false at the end of the block. */
  next(): boolean {
    let at = this.#at;
    if (at >= this.#end) return false;
    if (this.#addPath) {
      this.pathId = readUint32(this.#bytes, at);
      at += PATH_ID_BYTES;
    }
    const next = at + this.#codec!.size(this.#bytes, at, this.#end);
    const { key, value } = this.#codec!.split(this.#bytes, at, next, this.#withdrawn);
    this.key = key;
    this.value = value;
    this.#at = next;
    return true;
  }
}
