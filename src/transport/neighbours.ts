/**
 * Reads the neighbour table of the kernel over a routing socket (rtnetlink(7)): the neighbours on a link that the
 * kernel has seen. A neighbour is marked as a router once its Router Advertisement came (RFC 4861 §7.3.3).
 */

import { formatAddress, isLinkLocal } from "../types/mod.ts";
import { checked, libc } from "./libc.ts";
import { zoneIndex } from "./socket_address.ts";

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0o2000000;
const MSG_DONTWAIT = 0x40;
const RTM_NEWNEIGH = 28;
const RTM_GETNEIGH = 30;
const REQUEST_DUMP = 0x301;
const NLMSG_DONE = 3;
const NLMSG_ERROR = 2;
const NDA_DST = 1;
/** NUD_REACHABLE, STALE, DELAY, PROBE, PERMANENT: the hardware address is known. */
const known = 0x02 | 0x04 | 0x08 | 0x10 | 0x80;
const NTF_ROUTER = 0x80;
const AF_INET6 = 10;

interface Neighbour {
  readonly address: string;
  readonly isRouter: boolean;
}

/**
 * The one router on the link, or the one neighbour where none is marked as a router. `undefined`: there is none, there
 * are several, or the kernel does not answer.
 */
export function soleNeighbour(link: string): string | undefined {
  let all: Neighbour[];
  try {
    all = neighboursOn(zoneIndex(link));
  } catch {
    // Not permitted, or there is no such link: a neighbour can still connect to us.
    return undefined;
  }
  const routers = all.filter(({ isRouter }) => isRouter);
  const [one, ...others] = routers.length > 0 ? routers : all;
  return one === undefined || others.length > 0 ? undefined : `${one.address}%${link}`;
}

function neighboursOn(link: number): Neighbour[] {
  const { socket, send, recv, close } = libc();
  const fd = checked(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0), "socket");
  try {
    const request = new Uint8Array(28);
    const view = new DataView(request.buffer);
    view.setUint32(0, request.length, true);
    view.setUint16(4, RTM_GETNEIGH, true);
    view.setUint16(6, REQUEST_DUMP, true);
    request[16] = AF_INET6;
    checked(Number(send(fd, request, BigInt(request.length), 0)), "send");
    const found: Neighbour[] = [];
    const buffer = new Uint8Array(32_768);
    // The kernel writes the next piece while this one is read, so nothing waits.
    for (let more = true; more;) {
      const length = checked(Number(recv(fd, buffer, BigInt(buffer.length), MSG_DONTWAIT)), "recv");
      more = readMessages(buffer.subarray(0, length), link, found);
    }
    return found;
  } finally {
    close(fd);
  }
}

/** False after the last message. */
function readMessages(bytes: Uint8Array, link: number, found: Neighbour[]): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at + 16 <= bytes.length;) {
    const length = view.getUint32(at, true), type = view.getUint16(at + 4, true);
    if (type === NLMSG_DONE || type === NLMSG_ERROR || length < 16) return false;
    if (type === RTM_NEWNEIGH && length >= 28) {
      const isThere = view.getInt32(at + 20, true) === link && (view.getUint16(at + 24, true) & known) !== 0;
      const address = isThere ? destination(view, at + 28, Math.min(at + length, bytes.length)) : undefined;
      if (address !== undefined && isLinkLocal(address)) {
        found.push({ address: formatAddress(address), isRouter: (bytes[at + 26]! & NTF_ROUTER) !== 0 });
      }
    }
    at += (length + 3) & ~3;
  }
  return bytes.length > 0;
}

function destination(view: DataView, start: number, end: number): Uint8Array | undefined {
  for (let at = start; at + 4 <= end;) {
    const length = view.getUint16(at, true);
    if (length < 4 || at + length > end) return undefined;
    if (view.getUint16(at + 2, true) === NDA_DST && length === 20) {
      return new Uint8Array(view.buffer, view.byteOffset + at + 4, 16);
    }
    at += (length + 3) & ~3;
  }
  return undefined;
}
