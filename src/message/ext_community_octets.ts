/** Extended communities from their parts: 8 octets (RFC 4360 §2), or 20 with an IPv6 address (RFC 5701 §2). */

import { writeUint16, writeUint32 } from "../types/mod.ts";

/** Type and subtype, then two octets and four. */
export function withNumbers(type: number, high: number, low: number): Uint8Array {
  const octets = new Uint8Array(8);
  writeUint16(octets, 0, type);
  writeUint16(octets, 2, high);
  writeUint32(octets, 4, low);
  return octets;
}

/** Type and subtype, then six octets. */
export function withOctets(type: number, value: ArrayLike<number>): Uint8Array {
  const octets = new Uint8Array(8);
  writeUint16(octets, 0, type);
  octets.set(value, 2);
  return octets;
}

/** Type and subtype, an IPv6 address, and two octets. */
export function withIpv6(type: number, address: Uint8Array, local: number): Uint8Array {
  const octets = new Uint8Array(20);
  writeUint16(octets, 0, type);
  octets.set(address, 2);
  writeUint16(octets, 18, local);
  return octets;
}
