/**
 * The Generalized TTL Security Mechanism (RFC 5082): we send with the highest TTL there is, and the kernel drops what
 * arrives with less than a neighbour `hops` away can have left of it. Nobody further off can forge that.
 */

import { AF_INET, AF_INET6 } from "./socket_address.ts";
import { setOption, type SocketHandle, socketOption } from "./socket_options.ts";

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
