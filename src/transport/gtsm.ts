/**
 * The Generalized TTL Security Mechanism (RFC 5082): we send with the highest TTL there is, and the kernel drops what
 * arrives with less than a neighbour `hops` away can have left of it. Nobody further off can forge that.
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
/** What Linux starts with, for sockets that are to be protected no longer. */
const noMinimum = 0;

/** RFC 5082 §3: a neighbour one hop away must arrive with 255, each further hop allows one less. */
export function minimumTtl(hops: number): number {
  return highestTtl + 1 - hops;
}

/** Sends with TTL 255, so that a peer which uses GTSM takes our packets. */
export function sendHighestTtl(socket: SocketHandle): void {
  setOption(socket.fd, socketOption.ttl, highestTtl);
  if (socket.family === AF_INET6) setOption(socket.fd, socketOption.hopLimit, highestTtl);
}

/** Drops what comes from further away than `hops`; `undefined` lets everything in. */
export function requireTtl(socket: SocketHandle, hops: number | undefined): void {
  const minimum = hops === undefined ? noMinimum : minimumTtl(hops);
  // An IPv6 socket may carry IPv4 (mapped addresses), so both minimums are set.
  setOption(socket.fd, socketOption.minimumTtl, minimum);
  if (socket.family !== AF_INET) setOption(socket.fd, socketOption.minimumHopLimit, minimum);
}

/**
 * From now on the kernel keeps the SYN of each connection of this listening socket. False: this kernel cannot (it is
 * Linux 4.3 that began), and {@link cameFromFurther} has octets to go by only.
 */
export function keepSyns(listening: SocketHandle): boolean {
  return trySetOption(listening.fd, socketOption.saveSyn, new Uint8Array(Int32Array.of(1).buffer)) === undefined;
}

/** An IPv6 header and the longest TCP header; of IPv4 both at their longest. */
const synBytes = 120;

/**
 * Whether an accepted connection was opened from further away than `hops`, after {@link requireTtl}: what came in
 * before that call the kernel did not check. The TTL of the SYN tells; where it was not kept (SYN cookies), octets
 * that wait already are too many.
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
