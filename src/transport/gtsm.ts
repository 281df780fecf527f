/**
 * The Generalized TTL Security Mechanism (RFC 5082): bgpd sends packets with the highest TTL, and the kernel drops
 * packets that arrive with a lower TTL than a neighbour `hops` away can leave. A sender farther away cannot forge it.
 */

import { AF_INET, AF_INET6 } from "./socket_address.ts";
import {
  getOctets,
  octetsWaiting,
  setOption,
  type SocketHandle,
  socketOption,
  trySetOption,
} from "./socket_options.ts";

const highestTtl = 255;
/** The default of Linux, for sockets that are not protected any more. */
const noMinimum = 0;

/** RFC 5082 §3: a neighbour one hop away must arrive with 255, each further hop allows one less. */
export function minimumTtl(hops: number): number {
  return highestTtl + 1 - hops;
}

/** Sends packets with TTL 255, so that a peer with GTSM accepts them. */
export function sendHighestTtl(socket: SocketHandle): void {
  setOption(socket.fd, socketOption.ttl, highestTtl);
  if (socket.family === AF_INET6) setOption(socket.fd, socketOption.hopLimit, highestTtl);
}

/** Drops packets from farther away than `hops`; `undefined` accepts all. */
export function requireTtl(socket: SocketHandle, hops: number | undefined): void {
  const minimum = hops === undefined ? noMinimum : minimumTtl(hops);
  // An IPv6 socket may carry IPv4 (mapped addresses), so both minimums are set.
  setOption(socket.fd, socketOption.minimumTtl, minimum);
  if (socket.family !== AF_INET) setOption(socket.fd, socketOption.minimumHopLimit, minimum);
}

/**
 * From now on the kernel keeps the SYN of each connection of this listening socket, for {@link cameFromFurther}. False:
 * the kernel does not support it (Linux before 4.3).
 */
export function keepSyns(listening: SocketHandle): boolean {
  return trySetOption(listening.fd, socketOption.saveSyn, new Uint8Array(Int32Array.of(1).buffer)) === undefined;
}

/** The size of an IPv6 header and the longest TCP header, or of the longest headers of IPv4. */
const synBytes = 120;

/**
 * True if an accepted connection was opened from farther away than `hops`. Call it after {@link requireTtl}, because
 * the kernel did not check packets that came before that. It compares the TTL of the SYN; if the kernel did not keep
 * the SYN (SYN cookies), octets that have arrived already count as too far.
 */
export function cameFromFurther(socket: SocketHandle, hops: number): boolean {
  const ttl = ttlOf(getOctets(socket.fd, socketOption.savedSyn, synBytes));
  return ttl === undefined ? octetsWaiting(socket.fd) > 0 : ttl < minimumTtl(hops);
}

/** TTL or Hop Limit of a packet that begins with its IP header. */
function ttlOf(packet: Uint8Array | undefined): number | undefined {
  if (packet === undefined) return undefined;
  return packet[0]! >> 4 === 4 ? packet[8] : packet[7];
}
