/**
 * Edits the value of an AS_PATH on its way in or out: removes or replaces ASNs, and prepends them. The value is
 * canonical: an ASN has four octets.
 */

import { SegmentType } from "../../message/mod.ts";
import { readUint32, writeUint32 } from "../../types/mod.ts";

/** True for an ASN of the private ranges, which must not leave its network (RFC 6996 §5). */
export function isPrivateAsn(asn: number): boolean {
  return (asn >= 64_512 && asn <= 65_534) || (asn >= 4_200_000_000 && asn <= 4_294_967_294);
}

export class PathEditor {
  /** The edited value: the first {@link length} octets. */
  readonly bytes = new Uint8Array(66_560);
  length = 0;

  /** Begins with the value in `wire[start, end)`. */
  take(wire: Uint8Array, start: number, end: number): void {
    const { bytes } = this;
    for (let at = start; at < end; at++) bytes[at - start] = wire[at]!;
    this.length = end - start;
  }

  /** Removes the segments of a confederation, which must not leave it (RFC 5065 §4.1 c). */
  dropConfederation(): void {
    const { bytes } = this;
    let to = 0;
    for (let at = 0; at < this.length;) {
      const next = at + 2 + 4 * bytes[at + 1]!;
      if (bytes[at]! < SegmentType.confedSequence) {
        bytes.copyWithin(to, at, next);
        to += next - at;
      }
      at = next;
    }
    this.length = to;
  }

  /**
   * Removes private ASNs, except those in `kept`: the ASN of the receiver, which needs it to detect loops, and the ASN
   * that bgpd itself puts in front.
   */
  removePrivate(...kept: readonly number[]): void {
    const { bytes } = this;
    let to = 0;
    for (let at = 0; at < this.length;) {
      const next = at + 2 + 4 * bytes[at + 1]!;
      const header = to;
      bytes[to++] = bytes[at]!;
      to++;
      for (at += 2; at < next; at += 4) {
        const asn = readUint32(bytes, at);
        if (isPrivateAsn(asn) && !kept.includes(asn)) continue;
        bytes.copyWithin(to, at, at + 4);
        to += 4;
      }
      const count = (to - header - 2) >>> 2;
      if (count === 0) to = header;
      else bytes[header + 1] = count;
    }
    this.length = to;
  }

  /** Replaces private ASNs, except those in `kept`, by `asn`. The path keeps its length. */
  replacePrivate(asn: number, ...kept: readonly number[]): void {
    this.#replace((each) => isPrivateAsn(each) && !kept.includes(each), asn);
  }

  replace(asn: number, by: number): void {
    this.#replace((each) => each === asn, by);
  }

  /** Prepends an ASN in a segment of this type (RFC 4271 §5.1.2 b, RFC 5065 §4.1). */
  prepend(asn: number, type: SegmentType): void {
    const { bytes } = this;
    const begins = this.length > 0 && bytes[0] === type;
    // A segment holds at most 255 ASNs.
    const joins = begins && bytes[1]! < 255;
    const added = joins ? 4 : 6;
    bytes.copyWithin(added, 0, this.length);
    if (joins) bytes[1] = bytes[5]! + 1;
    else bytes[1] = 1;
    bytes[0] = type;
    writeUint32(bytes, 2, asn);
    this.length += added;
  }

  #replace(isReplaced: (asn: number) => boolean, by: number): void {
    const { bytes } = this;
    for (let at = 0; at < this.length;) {
      const next = at + 2 + 4 * bytes[at + 1]!;
      for (at += 2; at < next; at += 4) {
        if (isReplaced(readUint32(bytes, at))) writeUint32(bytes, at, by);
      }
    }
  }
}
