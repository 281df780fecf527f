/** Sends datagrams to a Unix socket (unix(7)), for which Deno has no stable API. */

import { libc } from "./libc.ts";

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
/** Octets of `sun_path`. */
const longestPath = 108;

export interface DatagramSender {
  /** Never waits. False where the receiver has no room, or has gone. */
  send(text: string): boolean;
}

/**
 * `path`: of a socket in the file system; `@name` is a socket in the abstract name space. It may be opened only before
 * `giveUpLibraries`. Throws a `TransportError` where libc cannot be called or the socket cannot be opened, and an Error
 * where the path is too long.
 */
export function openDatagramSender(path: string): DatagramSender {
  const { socket, sendto } = libc();
  const address = unixAddress(path);
  const fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) throw new Error("a Unix socket cannot be opened");
  const encoder = new TextEncoder();
  return {
    send(text) {
      const bytes = encoder.encode(text);
      // The address with each datagram: a receiver that starts again has another socket at the same path.
      const flags = MSG_DONTWAIT | MSG_NOSIGNAL;
      return Number(sendto(fd, bytes, BigInt(bytes.length), flags, address, address.length)) === bytes.length;
    },
  };
}

/** `struct sockaddr_un`. The name of an abstract socket begins with a zero octet and has no end mark. */
export function unixAddress(path: string): Uint8Array<ArrayBuffer> {
  const isAbstract = path.startsWith("@");
  const name = new TextEncoder().encode(isAbstract ? `\0${path.slice(1)}` : `${path}\0`);
  if (name.length > longestPath) throw new Error(`the path of the Unix socket ${path} is too long`);
  const address = new Uint8Array(2 + name.length);
  new DataView(address.buffer).setUint16(0, AF_UNIX, true);
  address.set(name, 2);
  return address;
}
