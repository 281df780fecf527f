/**
 * Records: a header of 12 octets and a body (RFC 6396 §2), one after the other to the end of the file.
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

/** No record of a sound file is longer: the largest are PEER_INDEX_TABLEs and prefixes with thousands of entries. */
const maxBodyBytes = 16 * 1024 * 1024;

/** Types with microseconds before the body (RFC 6396 §3 and its registry). */
const extendedTimeTypes: ReadonlySet<number> = new Set([17, 33, 49]);

/** Where a file stopped making sense. */
export interface Tear {
  /** Offset of the record that is not whole. */
  readonly offset: number;
  readonly text: string;
}

/** Cuts a stream of octets into records. */
export class MrtFramer {
  #pending: Uint8Array = new Uint8Array(0);
  #at = 0;
  #offset = 0;
  #tear: Tear | undefined;

  /** Offset in the file up to which records were given out. */
  get offset(): number {
    return this.#offset;
  }

  /** Adds a chunk of the file. Records point into it: do not overwrite it. */
  push(chunk: Uint8Array): void {
    const left = this.#pending.length - this.#at;
    if (left === 0) {
      this.#pending = chunk;
    } else {
      const joined = new Uint8Array(left + chunk.length);
      joined.set(this.#pending.subarray(this.#at));
      joined.set(chunk, left);
      this.#pending = joined;
    }
    this.#at = 0;
  }

  /** The next whole record; `undefined` where more octets are needed, or where the file makes no sense any more. */
  next(): MrtRecord | undefined {
    const left = this.#pending.length - this.#at;
    if (this.#tear !== undefined || left < headerBytes) return undefined;
    const header = new DataView(this.#pending.buffer, this.#pending.byteOffset + this.#at, headerBytes);
    const length = header.getUint32(8);
    const type = header.getUint16(4);
    if (length > maxBodyBytes) {
      this.#tear = { offset: this.#offset, text: `a record claims to have ${length} octets` };
      return undefined;
    }
    if (left < headerBytes + length) return undefined;
    let body = this.#pending.subarray(this.#at + headerBytes, this.#at + headerBytes + length);
    let time = header.getUint32(0) * 1000;
    if (extendedTimeTypes.has(type) && length >= 4) {
      const microseconds = ((body[0]! << 24) | (body[1]! << 16) | (body[2]! << 8) | body[3]!) >>> 0;
      time += microseconds / 1000;
      body = body.subarray(4);
    }
    const record = { offset: this.#offset, time, type, subtype: header.getUint16(6), body };
    this.#at += headerBytes + length;
    this.#offset += headerBytes + length;
    return record;
  }

  /** At the end of the file: what is wrong with it, if anything. */
  end(): Tear | undefined {
    const left = this.#pending.length - this.#at;
    if (this.#tear !== undefined || left === 0) return this.#tear;
    return { offset: this.#offset, text: `the file ends ${left} octets into a record` };
  }
}

/** The header of a record with whole seconds. */
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
