/** Addresses of sockets: with a port, with a zone (`fe80::1%eth0`), or with an IPv4 address inside an IPv6 address. */

import { canonicalAddress, canonicalZonedAddress, splitZone } from "../types/mod.ts";

/** `192.0.2.1:179`, `[2001:db8::1]:179`. */
export function formatEndpoint(address: string, port: number): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

/** The canonical text of a configured address, with its zone if it has one. */
export function zonedAddress(asked: string): string {
  return canonicalZonedAddress(asked) ?? peerAddress(asked);
}

/** The canonical text of an address a socket reported: no zone, and `::ffff:192.0.2.1` as `192.0.2.1`. */
export function peerAddress(reported: string): string {
  const { address } = splitZone(reported);
  return canonicalAddress(address) ?? address;
}

/** The text without port numbers: a peer connects from another port each time, and the reason is still the same. */
export function withoutPorts(text: string): string {
  return text.replaceAll(/(?<=[\d\]]):\d{1,5}\b/g, "");
}
