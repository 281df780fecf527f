/**
 * # transport: TCP and time
 *
 * The only folder that uses TCP sockets: a {@link listen listener} and a {@link dial dialer}, which both give a {@link
 * Connection}. It transports octets, and does not interpret BGP messages. It also has the {@link Clock}, which is
 * passed as an argument, so that tests can use a clock of their own.
 *
 * There are two implementations of `Connection`. `Deno.TcpConn` reads faster (2.3 GB/s against 1.3 GB/s over loopback,
 * with 64 KiB buffers), but `Deno.connect` cannot choose the local address, and `node:net` can.
 *
 * bgpd calls libc for what Deno does not offer: TCP MD5 signatures (RFC 2385), GTSM (RFC 5082), the link over which a
 * link-local peer connected, and the neighbours on a link (`neighbours.ts`). The library is opened only for peers that
 * need one of these. File locks, CPU priority and limits use libc, too, and bgpd works without them.
 *
 * | file | what |
 * |---|---|
 * | `connection.ts`, `node_connection.ts` | a connection, over a socket of Deno and over one of `node:net` |
 * | `listener.ts`, `dialer.ts`, `raw_dial.ts` | accepting; dialling; dialling with options of the first packet |
 * | `md5.ts`, `gtsm.ts`, `socket_options.ts` | protection of connections, set by file descriptor |
 * | `keepalive.ts` | TCP keepalive of connections on which this side never sends |
 * | `endpoint.ts`, `socket_address.ts`, `neighbours.ts` | addresses as text and for the kernel; neighbours |
 * | `libc.ts`, `libraries.ts` | calls to libc; the end of the permission for them |
 * | `file_locks.ts`, `descriptors.ts` | locks of files; shares of file descriptors |
 * | `datagram.ts` | datagrams to a Unix socket, for the service manager |
 * | `path.ts`, `named_pipe.ts` | paths of files; named pipes |
 * | `host.ts`, `proc.ts` | the state of this machine; files of /proc |
 * | `http/` | HTTP/1.1 connections of servers, with time limits: of the API and of the web process |
 * | `errors.ts`, `clock.ts` | errors of sockets; time as an argument |
 *
 * Permissions: `--allow-net`; with MD5, GTSM or link-local peers also `--allow-ffi=` with one of the paths in
 * `libc.ts`, on Linux.
 *
 * Start reading at `connection.ts`, then `dialer.ts`.
 *
 * @module
 */
export { type Clock, steadyWallClock, systemClock, type Timer } from "./clock.ts";
export type { Connection } from "./connection.ts";
export { type DatagramSender, openDatagramSender } from "./datagram.ts";
export { type DescriptorPlan, DescriptorShare, planDescriptors, raiseDescriptorLimit } from "./descriptors.ts";
export { dial, type DialOptions } from "./dialer.ts";
export { formatEndpoint, withoutPorts } from "./endpoint.ts";
export { TransportError, type TransportErrorKind } from "./errors.ts";
export * as fileLocks from "./file_locks.ts";
export {
  type ClockState,
  clockState,
  droppedByMd5,
  type FileSpace,
  fileSpace,
  type KernelRoute,
  openFilesLimit,
  protectionRefused,
  residentBytes,
  routeTo,
  type TcpConnection,
  tcpConnections,
  whoListens,
} from "./host.ts";
export { type App, Endless, failureText, maxBodyBytes, type Patience, type Reply, Upgrade } from "./http/connection.ts";
export { clientHeader } from "./http/client_header.ts";
export { HttpListening, type ListeningOptions } from "./http/listening.ts";
export { keepAlive } from "./keepalive.ts";
export { anyAddressTakesIpv4, listen, type Listener, type ListenOptions } from "./listener.ts";
export { libcPaths, openLibc } from "./libc.ts";
export { giveUpLibraries } from "./libraries.ts";
export { soleNeighbour } from "./neighbours.ts";
export { makePipe } from "./named_pipe.ts";
export { md5KeyBytes } from "./md5.ts";
export { readSystemFile, readSystemLink } from "./proc.ts";
export * from "./path.ts";
