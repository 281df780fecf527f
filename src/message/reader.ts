import { readUint16, readUint32 } from "../types/mod.ts";

/**
 * A cursor over octets from a peer that stays within its bounds. A read beyond the end returns zero (or no octets),
 * marks the reader as failed and moves it to its end. A decoder can therefore read all fields first and check {@link
 * Reader.ok} once, and a loop over `remaining` always ends.
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

  /** False once a read went beyond the end. */
  get ok(): boolean {
    return !this.#failed;
  }

  /** Octets not read yet. */
  get remaining(): number {
    return this.#end - this.#offset;
  }

  /** Everything was read, and no read went beyond the end. */
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

  /** A copy of the next octets. */
  bytes(length: number): Uint8Array {
    const at = this.#take(length);
    return at < 0 ? new Uint8Array(0) : this.#bytes.slice(at, at + length);
  }

  /** A copy of the remaining octets. */
  rest(): Uint8Array {
    return this.bytes(this.remaining);
  }

  /** A separate reader for the next octets, which this one skips. */
  sub(length: number): Reader {
    const at = this.#take(length);
    return at < 0 ? new Reader(this.#bytes, this.#end, this.#end) : new Reader(this.#bytes, at, at + length);
  }

  /** The offset of the next `length` octets, or -1 where fewer remain. */
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
