import { limits, writeUint16, writeUint32 } from "../types/mod.ts";

/**
 * Writes octets into a buffer that grows as needed. Where a length is known only later, write a zero first and replace
 * it with one of the `patch` functions.
 */
export class Writer {
  #bytes: Uint8Array;
  #length = 0;

  constructor(capacity = 64) {
    this.#bytes = new Uint8Array(capacity);
  }

  /** Octets written so far: the offset of the next one. */
  get length(): number {
    return this.#length;
  }

  u8(value: number): void {
    const at = this.#claim(1); // First, for it may replace #bytes.
    this.#bytes[at] = value;
  }

  u16(value: number): void {
    this.patchU16(this.#claim(2), value);
  }

  u24(value: number): void {
    this.u8(value >>> 16);
    this.u16(value & 0xffff);
  }

  u32(value: number): void {
    const at = this.#claim(4); // First, for it may replace #bytes.
    writeUint32(this.#bytes, at, value);
  }

  bytes(octets: Uint8Array): void {
    const at = this.#claim(octets.length);
    this.#bytes.set(octets, at);
  }

  patchU8(offset: number, value: number): void {
    this.#bytes[offset] = value;
  }

  patchU16(offset: number, value: number): void {
    writeUint16(this.#bytes, offset, value);
  }

  /** A copy of what was written. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #claim(count: number): number {
    const at = this.#length;
    const length = at + count;
    if (length > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(length, 2 * this.#bytes.length));
      grown.set(this.#bytes.subarray(0, at));
      this.#bytes = grown;
    }
    this.#length = length;
    return at;
  }
}

/** A writer that begins with the header of a message (RFC 4271 §4.1). {@link finishMessage} sets its length. */
export function beginMessage(type: number, capacity = 64): Writer {
  const writer = new Writer(Math.max(capacity, limits.headerBytes));
  for (let i = 0; i < 4; i++) writer.u32(0xffffffff);
  writer.u16(0);
  writer.u8(type);
  return writer;
}

/** The whole message. Throws where it is longer than `maxLength`: that is a mistake of this program. */
export function finishMessage(writer: Writer, maxLength: number = limits.messageBytes): Uint8Array {
  if (writer.length > maxLength) throw new RangeError(`a message of ${writer.length} octets passes ${maxLength}`);
  writer.patchU16(16, writer.length);
  return writer.finish();
}
