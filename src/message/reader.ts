import { readUint16, readUint32 } from "../types/mod.ts";

/**
 * A cursor over octets from a peer that cannot leave its bounds. A read that would pass the end yields zero (or
 * nothing), marks the reader as failed and moves it to its end, so that a decoder reads all its fields first and asks
 * {@link Reader.ok} once, and a loop over `remaining` always ends.
 */
export class Reader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #offset: number;
  #failed = false;

  /** Reads `bytes` from `start` up to, not including, `end`. */
  constructor(bytes: Uint8Array, start = 0, end: number = bytes.length) {
    this.#bytes = bytes;
    this.#end = Math.min(end, bytes.length);
    this.#offset = Math.min(start, this.#end);
    this.#failed = end > bytes.length || start > end;
  }

  /** False from the first read on that wanted more than there was. */
  get ok(): boolean {
    return !this.#failed;
  }

  /** Octets not read yet. */
  get remaining(): number {
    return this.#end - this.#offset;
  }

  /** All of it was read, and nothing beyond. */
  get finished(): boolean {
    return !this.#failed && this.#offset === this.#end;
  }

  u8(): number {
    const at = this.#take(1);
    return at < 0 ? 0 : this.#bytes[at]!;
  }

  u16(): number {
    const at = this.#take(2);
    return at < 0 ? 0 : readUint16(this.#bytes, at);
  }

  u24(): number {
    return (this.u8() << 16) | this.u16();
  }

  /** As an unsigned number. */
  u32(): number {
    const at = this.#take(4);
    return at < 0 ? 0 : readUint32(this.#bytes, at);
  }

  /** A copy of the next octets: it outlives the buffer read from. */
  bytes(length: number): Uint8Array {
    const at = this.#take(length);
    return at < 0 ? new Uint8Array(0) : this.#bytes.slice(at, at + length);
  }

  /** A copy of everything left. */
  rest(): Uint8Array {
    return this.bytes(this.remaining);
  }

  /** A reader of its own for the next octets, which this one steps over. */
  sub(length: number): Reader {
    const at = this.#take(length);
    return at < 0 ? new Reader(this.#bytes, this.#end, this.#end) : new Reader(this.#bytes, at, at + length);
  }

  /** The offset of the next `length` octets, or -1 where there are not so many. */
  #take(length: number): number {
    const at = this.#offset;
    if (length > this.#end - at) {
      this.#failed = true;
      this.#offset = this.#end;
      return -1;
    }
    this.#offset = at + length;
    return at;
  }
}
