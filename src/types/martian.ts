/**
 * Prefixes that are no destination of unicast routing: a route to one is "semantically incorrect" (RFC 4271 §6.3),
 * whoever announces it. Which blocks these are is said by RFC 6890 §2.2 and RFC 4291 §2.4; private and reserved ones
 * are left to policies, as somebody uses them.
 */

import { parsePrefix, type Prefix, prefixContains } from "./prefix.ts";

/** A block, and what stands in it, to follow "is". */
interface MartianBlock {
  readonly prefix: Prefix;
  readonly text: string;
}

const blocks: readonly MartianBlock[] = ([
  // The default route and its halves are shorter, and destinations of their own.
  ["0.0.0.0/8", '"this network" (RFC 1122)'],
  ["127.0.0.0/8", "loopback"],
  ["224.0.0.0/4", "multicast"],
  ["255.255.255.255/32", "the broadcast address"],
  ["::/128", "the unspecified address"],
  ["::1/128", "loopback"],
  ["fe80::/10", "link-local"],
  ["ff00::/8", "multicast"],
] as const).map(([prefix, text]) => ({ prefix: parsePrefix(prefix)!, text }));

/** What the prefix is, to follow "is": `"multicast"`. `undefined`: a destination. */
export function martianText({ octets, length }: Prefix): string | undefined {
  return blocks.find(({ prefix }) => prefixContains(prefix, octets, length))?.text;
}

/** The same question about a prefix in words, as the RIB has it; IPv4 is `w0` alone. Asked once for each new prefix. */
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
