/** Prefixes: an address and a length, host bits zero. Text form `"192.0.2.0/24"`. */

import { formatAddress, parseAddress } from "./address.ts";

export interface Prefix {
  /** 4 or 16 octets, bits beyond `length` zero. */
  readonly octets: Uint8Array;
  /** Length in bits, 0 to 32 or 128. */
  readonly length: number;
}

/**
 * Parses `"192.0.2.0/24"`. An address without a length is a host prefix. `undefined` where host bits are set, so that a
 * typing error is noticed; {@link maskPrefix} clears them.
 */
export function parsePrefix(text: string): Prefix | undefined {
  const slash = text.indexOf("/");
  const octets = parseAddress(slash === -1 ? text : text.slice(0, slash));
  if (octets === undefined) return undefined;
  const bits = octets.length * 8;
  const lengthText = slash === -1 ? String(bits) : text.slice(slash + 1);
  if (!/^\d{1,3}$/.test(lengthText) || Number(lengthText) > bits) return undefined;
  const length = Number(lengthText);
  return hasHostBits(octets, length) ? undefined : { octets, length };
}

export function formatPrefix(prefix: Prefix): string {
  return `${formatAddress(prefix.octets)}/${prefix.length}`;
}

/** The prefix of this length that holds the address. */
export function maskPrefix(address: Uint8Array, length: number): Prefix {
  const octets = address.slice();
  for (let i = 0; i < octets.length; i++) {
    const bits = Math.min(8, Math.max(0, length - 8 * i));
    octets[i] = octets[i]! & (0xff00 >> bits) & 255;
  }
  return { octets, length };
}

/** True where the address, or all of the other prefix, lies inside `outer`. */
export function prefixContains(outer: Prefix, octets: Uint8Array, length = octets.length * 8): boolean {
  if (outer.octets.length !== octets.length || outer.length > length) return false;
  const whole = outer.length >> 3;
  for (let i = 0; i < whole; i++) if (octets[i] !== outer.octets[i]) return false;
  const mask = 0xff00 >> (outer.length & 7) & 255;
  return mask === 0 || ((octets[whole]! ^ outer.octets[whole]!) & mask) === 0;
}

/** True where a bit behind the length is set. */
export function hasHostBits(octets: Uint8Array, length: number): boolean {
  for (let i = length >> 3, mask = 255 >> (length & 7); i < octets.length; i++, mask = 255) {
    if ((octets[i]! & mask) !== 0) return true;
  }
  return false;
}
