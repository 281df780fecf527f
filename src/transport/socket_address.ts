/** `struct sockaddr_in` and `sockaddr_in6` of Linux, as bytes. Every platform Deno runs on is little-endian. */

import { formatAddress, parseAddress, splitZone } from "../types/mod.ts";
import { peerAddress } from "./endpoint.ts";
import { libc } from "./libc.ts";
import { TransportError } from "./errors.ts";

export const AF_INET = 2;
export const AF_INET6 = 10;

export type SocketFamily = typeof AF_INET | typeof AF_INET6;

export interface Sockaddr {
  readonly family: SocketFamily;
  /** Canonical, as {@link peerAddress} gives it. */
  readonly address: string;
  /** The number of our interface for a link-local address; else 0. */
  readonly scope: number;
  readonly port: number;
}

/** The family of sockets for an address. */
export function familyOf(address: string): SocketFamily {
  return address.includes(":") ? AF_INET6 : AF_INET;
}

/**
 * Encodes an address for sockets of this family: an IPv4 address for an IPv6 socket becomes `::ffff:192.0.2.1`.
 * `undefined` for an IPv6 address and an IPv4 socket.
 */
export function encodeSockaddr(
  family: SocketFamily,
  text: string,
  port: number,
): Uint8Array<ArrayBuffer> | undefined {
  const { address, zone } = splitZone(text);
  const octets = parseAddress(address);
  if (octets === undefined) throw new TransportError("unsupported", `${text} is not an IP address`);
  if (family === AF_INET) {
    if (octets.length !== 4) return undefined;
    const bytes = new Uint8Array(16);
    start(bytes, family, port);
    bytes.set(octets, 4);
    return bytes;
  }
  const bytes = new Uint8Array(28);
  start(bytes, family, port);
  if (octets.length === 4) {
    bytes.fill(0xff, 18, 20);
    bytes.set(octets, 20);
  } else {
    bytes.set(octets, 8);
  }
  if (zone !== "") new DataView(bytes.buffer).setUint32(24, zoneIndex(zone), true);
  return bytes;
}

export function decodeSockaddr(bytes: Uint8Array): Sockaddr | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const family = view.getUint16(0, true);
  const port = view.getUint16(2);
  if (family === AF_INET) return { family, address: formatAddress(bytes.subarray(4, 8)), scope: 0, port };
  if (family !== AF_INET6) return undefined;
  return { family, address: peerAddress(formatAddress(bytes.subarray(8, 24))), scope: view.getUint32(24, true), port };
}

function start(bytes: Uint8Array, family: SocketFamily, port: number): void {
  const view = new DataView(bytes.buffer);
  view.setUint16(0, family, true);
  view.setUint16(2, port);
}

/** The name of an interface by its number; `undefined`: there is none with this number any more. */
export function zoneName(index: number): string | undefined {
  const name = new Uint8Array(16);
  if (libc().if_indextoname(index, name) === null) return undefined;
  return new TextDecoder().decode(name.subarray(0, name.indexOf(0)));
}

/** The number of the interface that a zone names, by name or number (RFC 4007 §11.2). */
export function zoneIndex(zone: string): number {
  if (/^\d+$/.test(zone)) return Number(zone);
  const index = libc().if_nametoindex(new TextEncoder().encode(`${zone}\0`));
  if (index === 0) throw new TransportError("unsupported", `there is no network interface ${zone}`);
  return index;
}
