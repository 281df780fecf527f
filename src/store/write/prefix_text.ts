/** The text of prefixes from their 32-bit words: 1.2M of them in a full table, so IPv4 is put together from ready parts. */

import { formatAddress } from "../../types/mod.ts";

const dotted = Array.from({ length: 256 }, (_, octet) => `${octet}.`);
const slashed = Array.from({ length: 256 }, (_, octet) => Array.from({ length: 33 }, (_, n) => `${octet}/${n}`));
const octets = new Uint8Array(16);

/** `"192.0.2.0/24"` of one word. */
export function ipv4PrefixText(word: number, length: number): string {
  return dotted[word >>> 24]! + dotted[(word >>> 16) & 255]! + dotted[(word >>> 8) & 255]! +
    slashed[word & 255]![length]!;
}

/** `"2001:db8::/32"` of four words. */
export function ipv6PrefixText(w0: number, w1: number, w2: number, w3: number, length: number): string {
  // Nearly every prefix ends within its first half with more than two zero groups: then RFC 5952 shortens the tail,
  // unless an equally long or longer run of zeroes stands before it.
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
