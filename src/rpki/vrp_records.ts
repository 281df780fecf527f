/** VRPs as rows of integers, and ASPAs beside them: how changes go from thread to thread and to the store. */

import type { Asn } from "../types/mod.ts";
import type { Vrp } from "./vrp.ts";
import { prefixOfWords, wordOf } from "./prefix_words.ts";

/** Numbers of a VRP: 1 announced, 0 withdrawn; 1 IPv4, 0 IPv6; four words; prefix length; max length; AS. */
export const vrpStride = 9;

/** What a customer says from now on; `undefined`: nothing. */
export interface AspaChange {
  readonly customer: Asn;
  readonly providers: readonly Asn[] | undefined;
}

/** Rows of {@link vrpStride} numbers. */
export class VrpRecords {
  #rows = new Int32Array(64 * vrpStride);
  #end = 0;

  get count(): number {
    return this.#end / vrpStride;
  }

  push(
    isAnnounced: boolean,
    isIpv4: boolean,
    w0: number,
    w1: number,
    w2: number,
    w3: number,
    length: number,
    maxLength: number,
    asn: Asn,
  ): void {
    let at = this.#end;
    if (at === this.#rows.length) {
      const longer = new Int32Array(2 * at);
      longer.set(this.#rows);
      this.#rows = longer;
    }
    const rows = this.#rows;
    rows[at++] = isAnnounced ? 1 : 0;
    rows[at++] = isIpv4 ? 1 : 0;
    rows[at++] = w0;
    rows[at++] = w1;
    rows[at++] = w2;
    rows[at++] = w3;
    rows[at++] = length;
    rows[at++] = maxLength;
    rows[at++] = asn;
    this.#end = at;
  }

  pushVrp({ prefix: { octets, length }, maxLength, asn }: Vrp, isAnnounced = true): void {
    const [w0, w1, w2, w3] = [wordOf(octets, 0), wordOf(octets, 1), wordOf(octets, 2), wordOf(octets, 3)];
    this.push(isAnnounced, octets.length === 4, w0, w1, w2, w3, length, maxLength, asn);
  }

  /** The rows so far, in a buffer of their own. The list is empty then. */
  take(): Int32Array<ArrayBuffer> {
    const rows = this.#rows.slice(0, this.#end);
    this.#end = 0;
    this.#rows = new Int32Array(64 * vrpStride);
    return rows;
  }
}

/** The VRP in the row that begins at `at`. */
export function vrpAt(rows: Int32Array, at: number): Vrp {
  const prefix = prefixOfWords(
    rows[at + 1] === 1 ? 1 : 4,
    rows[at + 2]!,
    rows[at + 3]!,
    rows[at + 4]!,
    rows[at + 5]!,
    rows[at + 6]!,
  );
  return { prefix, maxLength: rows[at + 7]!, asn: rows[at + 8]! >>> 0 };
}
