/** A stream of octets → whole PDUs. A length that no PDU of its type has ends the stream before any of it is kept. */

import { ArrivedOctets } from "../../types/mod.ts";
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

/** Collects chunks of a stream and returns whole PDUs. */
export class RtrFramer {
  readonly #octets = new ArrivedOctets(4096);
  #broken = false;

  /** Takes the next octets of the stream. They are copied: the caller may reuse the chunk. */
  push(chunk: Uint8Array): void {
    if (!this.#broken) this.#octets.push(chunk);
  }

  /** The next whole PDU, or the fault that ends the stream; `undefined` where more octets are needed. */
  next(): RtrFrame | undefined {
    const { bytes, start: at, length: have } = this.#octets;
    if (this.#broken || have < headerBytes) return undefined;
    const length = pduLength(bytes, at);
    const fault = lengthFault(bytes[at]!, bytes[at + 1]!, length);
    if (fault !== undefined) {
      this.#broken = true;
      return { kind: "broken", bytes: bytes.slice(at, at + headerBytes), fault };
    }
    if (have < length) return undefined;
    return { kind: "pdu", bytes: this.#octets.take(length) };
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
