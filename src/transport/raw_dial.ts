/** Dials with socket options that must be set before the first packet: the socket is made with calls to libc. */

import { isLinkLocal, parseZonedAddress, splitZone } from "../types/mod.ts";
import { systemError, TransportError } from "./errors.ts";
import { requireTtl, sendHighestTtl } from "./gtsm.ts";
import { checked, codeOf, lastErrorCode, libc } from "./libc.ts";
import { setMd5Key } from "./md5.ts";
import { NodeConnection } from "./node_connection.ts";
import { encodeSockaddr, familyOf, type SocketFamily } from "./socket_address.ts";
import { getOption, type SocketHandle, socketOption } from "./socket_options.ts";

export interface RawDial {
  readonly address: string;
  readonly port: number;
  readonly localAddress: string | undefined;
  readonly md5: string | undefined;
  readonly ttlSecurity: number | undefined;
}

const SOCK_STREAM = 1;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const POLLOUT = 4;

/** The socket is polled after 1 ms, 2 ms, 4 ms …: fast on a LAN, and seldom for a host that does not answer. */
const longestPollMs = 64;

export async function dialRaw(dial: RawDial, signal: AbortSignal): Promise<NodeConnection> {
  const { Socket } = await import("node:net");
  const family = familyOf(splitZone(dial.address).address);
  const fd = checked(libc().socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket");
  try {
    prepare({ fd, family }, dial);
    await connect(fd, socketAddress(family, dial.address, dial.port), signal);
    return new NodeConnection(new Socket({ fd, allowHalfOpen: true, readable: true, writable: true }), dial);
  } catch (error) {
    libc().close(fd);
    throw error;
  }
}

function prepare(socket: SocketHandle, dial: RawDial): void {
  if (dial.md5 !== undefined) setMd5Key(socket, dial.address, dial.md5);
  if (dial.ttlSecurity !== undefined) {
    sendHighestTtl(socket);
    requireTtl(socket, dial.ttlSecurity);
  }
  if (dial.localAddress !== undefined) {
    const local = socketAddress(socket.family, withZoneOf(dial.address, dial.localAddress), 0);
    checked(libc().bind(socket.fd, local, local.length), "bind");
  }
}

/** If both addresses are link-local, ours has the zone of the peer. */
function withZoneOf(remote: string, local: string): string {
  const { zone } = splitZone(remote);
  const octets = parseZonedAddress(local);
  return zone === "" || local.includes("%") || octets === undefined || !isLinkLocal(octets)
    ? local
    : `${local}%${zone}`;
}

async function connect(fd: number, remote: Uint8Array<ArrayBuffer>, signal: AbortSignal): Promise<void> {
  if (libc().connect(fd, remote, remote.length) === 0) return;
  const code = lastErrorCode();
  if (code !== "EINPROGRESS") throw systemError(code, "connect");
  const request = new Uint8Array(8);
  new DataView(request.buffer).setInt32(0, fd, true);
  request[4] = POLLOUT;
  for (
    let waitMs = 1;
    checked(libc().poll(request, 1n, 0), "poll") === 0;
    waitMs = Math.min(2 * waitMs, longestPollMs)
  ) {
    await sleep(waitMs, signal);
  }
  const error = getOption(fd, socketOption.error) ?? 0;
  if (error !== 0) throw systemError(codeOf(error), "connect");
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    signal.addEventListener("abort", onAbort, { once: true });
  });
}

function socketAddress(family: SocketFamily, address: string, port: number): Uint8Array<ArrayBuffer> {
  const bytes = encodeSockaddr(family, address, port);
  if (bytes === undefined) throw new TransportError("unsupported", `${address} is not an IPv4 address`);
  return bytes;
}
