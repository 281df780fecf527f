/**
 * # transport: TCP and time
 *
 * The only folder that touches sockets: a {@link listen listener}, a {@link dial dialer} and the one {@link Connection}
 * both give out. Bytes in, bytes out; nothing here knows what a BGP message is. Time has its seam here too: a
 * {@link Clock} is handed to whoever needs one, so that tests bring their own.
 *
 * Two implementations of `Connection` exist because `Deno.TcpConn` reads faster (over loopback 2.3 GB/s against 1.3 with
 * 64 KiB buffers), but `Deno.connect` cannot choose the local address; `node:net` can.
 *
 * Socket options of BGP security, TCP MD5 signatures (RFC 2385) and GTSM (RFC 5082), are set with calls to libc.
 * So is what Deno does not tell of links: over which one a link-local peer connected, and who else is there (`neighbours.ts`).
 * For those it is opened only when a peer asks for one of them; what else the daemon asks of libc, it can do without. See
 * `libc.ts` for the permission that takes.
 *
 * Permissions: `--allow-net`; with MD5, GTSM or link-local peers also `--allow-ffi=` one of the paths in `libc.ts`. Linux for those.
 *
 * Start reading at `connection.ts`, then `dialer.ts`.
 *
 * @module
 */
export { type Clock, type Millis, steadyWallClock, systemClock, type Timer } from "./clock.ts";
export type { Connection } from "./connection.ts";
export { DescriptorShare, raiseDescriptorLimit } from "./descriptors.ts";
export { dial, type DialOptions } from "./dialer.ts";
export { formatEndpoint, withoutPorts } from "./endpoint.ts";
export { TransportError, type TransportErrorKind } from "./errors.ts";
export * as fileLocks from "./file_locks.ts";
export { anyAddressTakesIpv4, listen, type Listener, type ListenOptions } from "./listener.ts";
export { giveUpLibraries, libcPaths, openLibc } from "./libc.ts";
export { soleNeighbour } from "./neighbours.ts";
export { md5KeyBytes } from "./md5.ts";
