/** A stream of octets → whole PDUs. A length that no PDU of its type has ends the stream before any of it is kept. */

import { PduType } from "./code_points.ts";
import { badLength, fixedLength, headerBytes, longestPdu, pduLength, type RtrFault } from "./pdu.ts";

export type RtrFrame =
  /** A whole PDU. `bytes` is a view, valid until the next {@link RtrFramer.push}. */
  | { readonly kind: "pdu"; readonly bytes: Uint8Array }
  /** The stream is broken: no PDU follows. `bytes`: the header. */
  | { readonly kind: "broken"; readonly bytes: Uint8Array; readonly fault: RtrFault };

/** Shortest of the PDUs whose length varies. */
const leastLength: Readonly<Record<number, number>> = {
  [PduType.routerKey]: 32,
  [PduType.errorReport]: 16,
  [PduType.aspa]: 12,
};

/**
 * Collects chunks of a stream. Each octet is copied once when it arrives. An incomplete PDU moves to the front only
 * after at least as many octets before it were consumed, so the work stays linear for any chunks.
 */
export class RtrFramer {
  #buffer = new Uint8Array(4096);
  #start = 0;
  #end = 0;
  #broken = false;

  /** Takes the next octets of the stream. They are copied: the caller may reuse the chunk. */
  push(chunk: Uint8Array): void {
    if (this.#broken) return;
    this.#makeRoom(chunk.length);
    this.#buffer.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /** The next whole PDU, or the fault that ends the stream; `undefined` where more octets are needed. */
  next(): RtrFrame | undefined {
    const at = this.#start, have = this.#end - at;
    if (this.#broken || have < headerBytes) return undefined;
    const length = pduLength(this.#buffer, at);
    const fault = lengthFault(this.#buffer[at]!, this.#buffer[at + 1]!, length);
    if (fault !== undefined) {
      this.#broken = true;
      return { kind: "broken", bytes: this.#buffer.slice(at, at + headerBytes), fault };
    }
    if (have < length) return undefined;
    this.#start = at + length;
    return { kind: "pdu", bytes: this.#buffer.subarray(at, at + length) };
  }

  #makeRoom(count: number): void {
    const live = this.#end - this.#start;
    if (live === 0) this.#start = this.#end = 0;
    if (this.#end + count <= this.#buffer.length) return;
    if (live + count <= this.#buffer.length && this.#start >= live) {
      this.#buffer.copyWithin(0, this.#start, this.#end);
    } else {
      const grown = new Uint8Array(Math.max(live + count, 2 * this.#buffer.length));
      grown.set(this.#buffer.subarray(this.#start, this.#end));
      this.#buffer = grown;
    }
    this.#start = 0;
    this.#end = live;
  }
}

/** A header is checked as soon as it is whole. Of a version that is unknown, only the bounds are known. */
function lengthFault(version: number, type: number, length: number): RtrFault | undefined {
  if (length < headerBytes || length > longestPdu) return badLength(type, length);
  if (version > 2) return undefined;
  const fixed = fixedLength(version, type);
  return fixed === undefined
    ? length < (leastLength[type] ?? headerBytes) ? badLength(type, length) : undefined
    : length === fixed
    ? undefined
    : badLength(type, length);
}
