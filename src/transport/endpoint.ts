/** Addresses as sockets name them: with a port, a zone (`fe80::1%eth0`), or an IPv4 address inside an IPv6 one. */

import { canonicalAddress, canonicalZonedAddress, splitZone } from "../types/mod.ts";

/** `192.0.2.1:179`, `[2001:db8::1]:179`. */
export function formatEndpoint(address: string, port: number): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

/** The canonical text of an address that was asked for, with its zone where it has one. */
export function zonedAddress(asked: string): string {
  return canonicalZonedAddress(asked) ?? peerAddress(asked);
}

/** The canonical text of an address a socket reported: no zone, and `::ffff:192.0.2.1` as `192.0.2.1`. */
export function peerAddress(reported: string): string {
  const { address } = splitZone(reported);
  return canonicalAddress(address) ?? address;
}

/** A peer that connects comes from another port each time, and that is no other reason. */
export function withoutPorts(text: string): string {
  return text.replaceAll(/(?<=[\d\]]):\d{1,5}\b/g, "");
}
