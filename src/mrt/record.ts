/**
 * Records: a header of 12 octets and a body (RFC 6396 §2), back to back to the end of the file.
 */

/** One record, its microseconds (BGP4MP_ET, §3) already part of `time`. */
export interface MrtRecord {
  /** Offset of its header in the file. */
  readonly offset: number;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly type: number;
  readonly subtype: number;
  readonly body: Uint8Array;
}

const headerBytes = 12;

/** No record of a valid file is longer: the largest are PEER_INDEX_TABLEs and prefixes with thousands of entries. */
const maxBodyBytes = 16 * 1024 * 1024;

/** Types with microseconds before the body (RFC 6396 §3 and its registry). */
const extendedTimeTypes: ReadonlySet<number> = new Set([17, 33, 49]);

/** Where a file becomes unreadable. */
export interface FileDamage {
  /** Offset of the record that is not whole. */
  readonly offset: number;
  readonly text: string;
}

/**
 * Splits a stream of octets into records. A record that spans several chunks is copied into a buffer. The buffer grows
 * with the octets that arrive, not with the length that the record claims: the work is linear in the file.
 */
export class MrtFramer {
  #chunk: Uint8Array = new Uint8Array(0);
  #at = 0;
  /** An incomplete record: the first {@link #started} octets. */
  #beginning: Uint8Array = new Uint8Array(0);
  #started = 0;
  #offset = 0;
  #tear: FileDamage | undefined;

  /** Offset in the file after the last record returned. */
  get offset(): number {
    return this.#offset;
  }

  /** The file is damaged: no record follows. */
  get isTorn(): boolean {
    return this.#tear !== undefined;
  }

  /**
   * Adds a chunk of the file, after {@link next} has returned `undefined`. Records point into it: do not overwrite it.
   */
  push(chunk: Uint8Array): void {
    this.#chunk = chunk;
    this.#at = 0;
  }

  /** The next whole record; `undefined` where more octets are needed, or where the file is damaged. */
  next(): MrtRecord | undefined {
    if (this.#tear !== undefined) return undefined;
    if (this.#started === 0 && this.#left >= headerBytes) {
      const size = this.#sizeAt(this.#chunk, this.#at);
      if (size === undefined) return undefined;
      if (this.#left >= size) {
        this.#at += size;
        return this.#record(this.#chunk.subarray(this.#at - size, this.#at));
      }
    }
    if (!this.#collect(headerBytes)) return undefined;
    const size = this.#sizeAt(this.#beginning, 0);
    if (size === undefined || !this.#collect(size)) return undefined;
    const bytes = this.#beginning.subarray(0, size);
    this.#beginning = new Uint8Array(0);
    this.#started = 0;
    return this.#record(bytes);
  }

  /** At the end of the file: its damage, if any. */
  end(): FileDamage | undefined {
    if (this.#tear !== undefined || this.#started === 0) return this.#tear;
    return { offset: this.#offset, text: `the file ends ${this.#started} octets into a record` };
  }

  get #left(): number {
    return this.#chunk.length - this.#at;
  }

  /** Length of the record with the header at `at`; `undefined`: the header is damaged. */
  #sizeAt(bytes: Uint8Array, at: number): number | undefined {
    const length = new DataView(bytes.buffer, bytes.byteOffset + at, headerBytes).getUint32(8);
    if (length <= maxBodyBytes) return headerBytes + length;
    this.#tear = { offset: this.#offset, text: `a record claims to have ${length} octets, more than any has` };
    return undefined;
  }

  /** Copies octets of the chunk until the incomplete record has `size`; false where the chunk has too few. */
  #collect(size: number): boolean {
    const count = Math.min(size - this.#started, this.#left);
    if (count > 0) {
      const end = this.#started + count;
      if (end > this.#beginning.length) {
        const grown = new Uint8Array(Math.max(end, 2 * this.#beginning.length));
        grown.set(this.#beginning.subarray(0, this.#started));
        this.#beginning = grown;
      }
      this.#beginning.set(this.#chunk.subarray(this.#at, this.#at + count), this.#started);
      this.#started = end;
      this.#at += count;
    }
    return this.#started >= size;
  }

  #record(bytes: Uint8Array): MrtRecord {
    const header = new DataView(bytes.buffer, bytes.byteOffset, headerBytes);
    const type = header.getUint16(4);
    let body = bytes.subarray(headerBytes);
    let time = header.getUint32(0) * 1000;
    if (extendedTimeTypes.has(type) && body.length >= 4) {
      time += new DataView(body.buffer, body.byteOffset, 4).getUint32(0) / 1000;
      body = body.subarray(4);
    }
    const record = { offset: this.#offset, time, type, subtype: header.getUint16(6), body };
    this.#offset += bytes.length;
    return record;
  }
}

/** A record whose time has whole seconds. */
export function encodeRecord(timeMs: number, type: number, subtype: number, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(headerBytes + body.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, Math.floor(timeMs / 1000));
  view.setUint16(4, type);
  view.setUint16(6, subtype);
  view.setUint32(8, body.length);
  bytes.set(body, headerBytes);
  return bytes;
}
