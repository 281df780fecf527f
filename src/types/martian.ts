/**
 * Martian prefixes, which are not a destination of unicast routing: a route to one is "semantically incorrect" (RFC
 * 4271 §6.3). RFC 6890 §2.2 and RFC 4291 §2.4 define the blocks. Private and reserved blocks are in use somewhere, so
 * they are left to policies.
 */

import { parsePrefix, type Prefix, prefixContains } from "./prefix.ts";

/** A block, and the text for its prefixes, to follow "is". */
interface MartianBlock {
  readonly prefix: Prefix;
  readonly text: string;
}

const blocks: readonly MartianBlock[] = ([
  // The default route and its halves are shorter than these blocks, and valid destinations.
  ["0.0.0.0/8", '"this network" (RFC 1122)'],
  ["127.0.0.0/8", "loopback"],
  ["224.0.0.0/4", "multicast"],
  ["255.255.255.255/32", "the broadcast address"],
  ["::/128", "the unspecified address"],
  ["::1/128", "loopback"],
  ["fe80::/10", "link-local"],
  ["ff00::/8", "multicast"],
] as const).map(([prefix, text]) => ({ prefix: parsePrefix(prefix)!, text }));

/** Why the prefix is martian, to follow "is": `"multicast"`. `undefined`: it is a valid destination. */
export function martianText({ octets, length }: Prefix): string | undefined {
  return blocks.find(({ prefix }) => prefixContains(prefix, octets, length))?.text;
}

/** The same for a prefix in 32-bit words, as the RIB stores it; IPv4 is `w0` alone. Called once for each new prefix. */
export function isMartian(
  addressBytes: 4 | 16,
  w0: number,
  w1: number,
  w2: number,
  w3: number,
  length: number,
): boolean {
  const first = w0 >>> 24;
  if (addressBytes === 4) {
    return length >= 4 && first >>> 4 === 0xe || length >= 8 && (first === 127 || first === 0) ||
      length === 32 && w0 === -1;
  }
  return length >= 8 && first === 0xff || length >= 10 && w0 >>> 22 === 0x3fa ||
    length === 128 && (w0 | w1 | w2) === 0 && w3 >>> 1 === 0;
}
