/** Sets options on sockets by file descriptor, and finds the descriptor of a socket that Deno opened. */

import { TransportError } from "./errors.ts";
import { lastErrorCode, libc } from "./libc.ts";
import { splitZone } from "../types/mod.ts";
import { decodeSockaddr, type Sockaddr, type SocketFamily, zoneIndex } from "./socket_address.ts";

/** A socket by its descriptor, with the family that options depend on. */
export interface SocketHandle {
  readonly fd: number;
  readonly family: SocketFamily;
}

/** Option numbers of Linux (`linux/in.h`, `linux/in6.h`, `linux/tcp.h`, `asm-generic/socket.h`). */
export const socketOption = {
  listening: { level: 1, name: 30, text: "SO_ACCEPTCONN" },
  error: { level: 1, name: 4, text: "SO_ERROR" },
  keepAlive: { level: 1, name: 9, text: "SO_KEEPALIVE" },
  keepIdle: { level: 6, name: 4, text: "TCP_KEEPIDLE" },
  keepInterval: { level: 6, name: 5, text: "TCP_KEEPINTVL" },
  keepCount: { level: 6, name: 6, text: "TCP_KEEPCNT" },
  ttl: { level: 0, name: 2, text: "IP_TTL" },
  minimumTtl: { level: 0, name: 21, text: "IP_MINTTL" },
  hopLimit: { level: 41, name: 16, text: "IPV6_UNICAST_HOPS" },
  minimumHopLimit: { level: 41, name: 73, text: "IPV6_MINHOPCOUNT" },
  saveSyn: { level: 6, name: 27, text: "TCP_SAVE_SYN" },
  savedSyn: { level: 6, name: 28, text: "TCP_SAVED_SYN" },
  md5: { level: 6, name: 14, text: "TCP_MD5SIG" },
  md5Prefix: { level: 6, name: 32, text: "TCP_MD5SIG_EXT" },
} as const;

export interface SocketOption {
  readonly level: number;
  readonly name: number;
  readonly text: string;
}

/** Sets an option; returns the error code of the system, or `undefined`. */
export function trySetOption(fd: number, option: SocketOption, value: Uint8Array<ArrayBuffer>): string | undefined {
  return libc().setsockopt(fd, option.level, option.name, value, value.length) === 0 ? undefined : lastErrorCode();
}

/** Sets an option whose value is a number, or throws. */
export function setOption(fd: number, option: SocketOption, value: number): void {
  const code = trySetOption(fd, option, new Uint8Array(Int32Array.of(value).buffer));
  if (code !== undefined) throw new TransportError("unsupported", `the kernel refused ${option.text}: ${code}`);
}

export function getOption(fd: number, option: SocketOption): number | undefined {
  const value = new Int32Array(1);
  const length = Uint32Array.of(4);
  return libc().getsockopt(fd, option.level, option.name, value, length) === 0 ? value[0] : undefined;
}

/** An option whose value is octets; `undefined`: the kernel has none. */
export function getOctets(fd: number, option: SocketOption, most: number): Uint8Array | undefined {
  const value = new Uint8Array(most);
  const length = Uint32Array.of(most);
  const isThere = libc().getsockopt(fd, option.level, option.name, value, length) === 0 && length[0]! > 0;
  return isThere ? value.subarray(0, length[0]!) : undefined;
}

/** How many octets have arrived on a socket and were not read yet (FIONREAD). */
export function octetsWaiting(fd: number): number {
  const value = new Int32Array(1);
  return libc().ioctl(fd, fionread, value) === 0 ? value[0]! : 0;
}

const fionread = 0x541bn;

/** Finds a listening socket by its address, with zone, and port. Deno gives no descriptors, so all are compared. */
export function findListener(text: string, port: number): SocketHandle | undefined {
  const { address, zone } = splitZone(text);
  const scope = zone === "" ? 0 : zoneIndex(zone);
  return findSocket((fd, local) =>
    local.port === port && local.address === address && local.scope === scope &&
    getOption(fd, socketOption.listening) === 1
  );
}

/** Both ends of a connection, addresses without zones. */
export interface Ends {
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
}

/** Finds a connected socket by both its ends. `but`: descriptors that are skipped. */
export function findConnection(ends: Ends, but?: ReadonlySet<number>): SocketHandle | undefined {
  const remoteAddress = splitZone(ends.remoteAddress).address;
  return findSocket((fd, local) => {
    if (local.port !== ends.localPort || local.address !== ends.localAddress || but?.has(fd) === true) return false;
    const remote = nameOf(libc().getpeername, fd);
    return remote?.port === ends.remotePort && remote.address === remoteAddress;
  });
}

/** The number of the interface that a connection between link-local addresses runs over. */
export function scopeOf({ fd }: SocketHandle): number {
  return nameOf(libc().getpeername, fd)?.scope ?? 0;
}

/** The search ends here. A call with a descriptor that is no socket costs well under a microsecond. */
const highestDescriptor = 65_536;

function findSocket(matches: (fd: number, local: Sockaddr) => boolean): SocketHandle | undefined {
  const { getsockname } = libc();
  for (let fd = 3; fd < highestDescriptor; fd++) {
    const local = nameOf(getsockname, fd);
    if (local !== undefined && matches(fd, local)) return { fd, family: local.family };
  }
  return undefined;
}

const name = new Uint8Array(128);
const nameLength = new Uint32Array(1);

function nameOf(
  ask: (fd: number, name: Uint8Array<ArrayBuffer>, length: Uint32Array<ArrayBuffer>) => number,
  fd: number,
): Sockaddr | undefined {
  nameLength[0] = name.length;
  return ask(fd, name, nameLength) === 0 ? decodeSockaddr(name) : undefined;
}
