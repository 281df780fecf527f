/** The set of prefixes that a peer of the bench holds, one bit each. */

import { AttributeCode } from "../../src/message/mod.ts";
import { find, type Table } from "./table.ts";

export class Sink {
  readonly #table: Table;
  readonly #held: Uint8Array;
  /** When each prefix changed first since the array was cleared; shared with whoever measures. */
  readonly #seenAt: Float64Array | undefined;
  held = 0;
  /** UPDATEs received. */
  updates = 0;
  /** When the last one came. */
  lastAt = 0;
  /** When the first route came. */
  firstAt = 0;

  constructor(table: Table, seenAt: Float64Array | undefined) {
    this.#table = table;
    this.#held = new Uint8Array(table.count);
    this.#seenAt = seenAt;
  }

  take(bytes: Uint8Array, start: number, end: number, at: number): void {
    this.updates++;
    this.lastAt = at;
    let offset = start + 19;
    const withdrawnEnd = offset + 2 + word(bytes, offset);
    this.#prefixes(true, bytes, offset + 2, withdrawnEnd, false, at);
    offset = withdrawnEnd + 2;
    const attributesEnd = offset + word(bytes, withdrawnEnd);
    while (offset < attributesEnd) {
      const long = (bytes[offset]! & 0x10) !== 0;
      const code = bytes[offset + 1]!;
      const value = offset + (long ? 4 : 3);
      const valueEnd = value + (long ? word(bytes, offset + 2) : bytes[offset + 2]!);
      const ipv4 = bytes[value + 1] === 1;
      if (code === AttributeCode.mpReachNlri) {
        this.#prefixes(ipv4, bytes, value + 5 + bytes[value + 3]!, valueEnd, true, at);
      } else if (code === AttributeCode.mpUnreachNlri) this.#prefixes(ipv4, bytes, value + 3, valueEnd, false, at);
      offset = valueEnd;
    }
    this.#prefixes(true, bytes, attributesEnd, end, true, at);
  }

  #prefixes(ipv4: boolean, bytes: Uint8Array, offset: number, end: number, reachable: boolean, at: number): void {
    while (offset < end) {
      const length = bytes[offset++]!;
      const octets = (length + 7) >> 3;
      let w0 = 0, w1 = 0;
      for (let i = 0; i < octets; i++) {
        if (i < 4) w0 |= bytes[offset + i]! << (24 - 8 * i);
        else w1 |= bytes[offset + i]! << (56 - 8 * i);
      }
      offset += octets;
      const place = find(this.#table, ipv4, w0, w1, length);
      if (place === -1) continue;
      if ((this.#held[place] === 1) !== reachable) {
        this.#held[place] = reachable ? 1 : 0;
        this.held += reachable ? 1 : -1;
        if (this.firstAt === 0) this.firstAt = at;
      }
      if (this.#seenAt !== undefined && this.#seenAt[place] === 0) this.#seenAt[place] = at;
    }
  }
}

function word(bytes: Uint8Array, at: number): number {
  return bytes[at]! << 8 | bytes[at + 1]!;
}
