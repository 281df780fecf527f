/**
 * The text of a prefix from its 32-bit address words. A full table has 1.2M prefixes, so the text of IPv4 is
 * concatenated from prepared parts.
 */

import { formatAddress } from "../../types/mod.ts";

const dotted = Array.from({ length: 256 }, (_, octet) => `${octet}.`);
const slashed = Array.from({ length: 256 }, (_, octet) => Array.from({ length: 33 }, (_, n) => `${octet}/${n}`));
const octets = new Uint8Array(16);

/** `"192.0.2.0/24"` from one address word. */
export function ipv4PrefixText(word: number, length: number): string {
  return dotted[word >>> 24]! + dotted[(word >>> 16) & 255]! + dotted[(word >>> 8) & 255]! +
    slashed[word & 255]![length]!;
}

/** `"2001:db8::/32"` from four address words. */
export function ipv6PrefixText(w0: number, w1: number, w2: number, w3: number, length: number): string {
  // Nearly every prefix has more than two zero groups at its end. RFC 5952 shortens these, unless an earlier run of
  // zero groups is at least as long.
  if (w2 === 0 && w3 === 0 && (w0 & 0xffff) !== 0) {
    const head = `${(w0 >>> 16).toString(16)}:${(w0 & 0xffff).toString(16)}`;
    if (w1 === 0) return `${head}::/${length}`;
    const third = (w1 >>> 16).toString(16);
    const fourth = w1 & 0xffff;
    return fourth === 0 ? `${head}:${third}::/${length}` : `${head}:${third}:${fourth.toString(16)}::/${length}`;
  }
  put(0, w0);
  put(4, w1);
  put(8, w2);
  put(12, w3);
  return `${formatAddress(octets)}/${length}`;
}

function put(at: number, word: number): void {
  octets[at] = word >>> 24;
  octets[at + 1] = word >>> 16;
  octets[at + 2] = word >>> 8;
  octets[at + 3] = word;
}
