/** The state of this machine that decides whether bgpd works: its clock, its disk, its sockets, its kernel. */

import { formatAddress, splitZone } from "../types/mod.ts";
import { requireTtl } from "./gtsm.ts";
import { lastErrorCode, libc, openLibc } from "./libc.ts";
import { setMd5Key } from "./md5.ts";
import { cString, listSystemFolder, processName, readSystemFile, readSystemLink } from "./proc.ts";
import { decodeSockaddr, encodeSockaddr, familyOf } from "./socket_address.ts";

const SOCK_STREAM = 1, SOCK_DGRAM = 2, SOCK_CLOEXEC = 0o2000000;

export interface ClockState {
  readonly isSynchronised: boolean;
  /** The kernel's bound for the error. */
  readonly maxErrorMs: number;
}

/** TIME_ERROR of adjtimex(2): nothing synchronises the clock. */
const timeError = 5;

/** What the kernel says about the clock; `undefined`: it does not tell (a container may forbid the call). */
export function clockState(): ClockState | undefined {
  const found = openLibc({ adjtimex: { parameters: ["buffer"], result: "i32" } });
  if (typeof found === "string") return undefined;
  // struct timex with no mode set: it is only read. `maxerror`, in microseconds, is its fourth word.
  const timex = new Uint8Array(256);
  const state = found.adjtimex(timex);
  if (state < 0) return undefined;
  const maxErrorMs = Number(new DataView(timex.buffer).getBigInt64(24, true)) / 1000;
  return { isSynchronised: state !== timeError, maxErrorMs };
}

export interface FileSpace {
  readonly totalBytes: number;
  /** For users other than root. */
  readonly freeBytes: number;
  /** 0: the file system does not count them. */
  readonly totalInodes: number;
  readonly freeInodes: number;
}

/** The room on the file system of a folder; `undefined`: unknown. */
export function fileSpace(folder: string): FileSpace | undefined {
  const found = openLibc({ statvfs: { parameters: ["buffer", "buffer"], result: "i32" } });
  if (typeof found === "string") return undefined;
  // struct statvfs: words for block size, fragment size, blocks, free, available; inodes, free, available.
  const words = new BigUint64Array(32);
  if (found.statvfs(cString(folder), words) !== 0) return undefined;
  const word = (at: number) => Number(words[at]);
  return {
    totalBytes: word(1) * word(2),
    freeBytes: word(1) * word(4),
    totalInodes: word(5),
    freeInodes: word(7),
  };
}

/** A socket that listens. */
export interface ListeningSocket {
  /** Canonical text. */
  readonly address: string;
  readonly port: number;
  readonly inode: string;
  readonly userId: number;
}

/** The text of /proc/net/tcp or tcp6 (proc(5)). */
export function parseListening(text: string): ListeningSocket[] {
  return parseSockets(text, "0A").map(({ local, inode, userId }) => ({ ...local, inode, userId }));
}

/** Both ends of a TCP connection. Addresses are canonical texts, those of IPv4 also where the socket is one of IPv6. */
export interface TcpConnection {
  readonly local: TcpEnd;
  readonly remote: TcpEnd;
}

interface TcpEnd {
  readonly address: string;
  readonly port: number;
}

/** The TCP connections of this machine, whichever program has them; `undefined`: unknown. */
export function tcpConnections(): TcpConnection[] | undefined {
  const texts = ["tcp", "tcp6"].map((name) => readSystemFile(`/proc/net/${name}`));
  if (texts[0] === undefined) return undefined;
  return texts.flatMap((text) => parseSockets(text ?? "", "01").map(({ local, remote }) => ({ local, remote })));
}

/** The sockets with this state, from the text of /proc/net/tcp or tcp6. */
function parseSockets(text: string, wanted: string): (TcpConnection & { inode: string; userId: number })[] {
  return text.split("\n").flatMap((line) => {
    const [, local = "", remote = "", state, , , , uid, , inode] = line.trim().split(/\s+/);
    const ends = [parseEnd(local), parseEnd(remote)] as const;
    if (state !== wanted || ends[0] === undefined || ends[1] === undefined || inode === undefined) return [];
    return [{ local: ends[0], remote: ends[1], inode, userId: Number(uid) }];
  });
}

/** An address and a port. Addresses are words of the processor, which is little-endian. */
function parseEnd(text: string): TcpEnd | undefined {
  const [hex = "", port = ""] = text.split(":");
  if (hex === "" || hex.length % 8 !== 0) return undefined;
  const octets = Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
  for (let at = 0; at < octets.length; at += 4) octets.subarray(at, at + 4).reverse();
  const isMapped = hex.startsWith("0000000000000000FFFF0000");
  return { address: formatAddress(isMapped ? octets.subarray(12) : octets), port: parseInt(port, 16) };
}

/**
 * Who listens on this address and port, or on one that excludes it: "bird (pid 812)", "a process of user 105";
 * `undefined`: unknown.
 */
export function whoListens(address: string, port: number): string | undefined {
  const all = ["tcp", "tcp6"].flatMap((name) => parseListening(readSystemFile(`/proc/net/${name}`) ?? ""));
  const bare = splitZone(address).address;
  const isAny = (text: string) => text === "0.0.0.0" || text === "::";
  const holder = all.find((socket) => socket.port === port && socket.address === bare) ??
    all.find((socket) => socket.port === port && (isAny(socket.address) || isAny(bare)));
  if (holder === undefined) return undefined;
  const pid = ownerOf(holder.inode);
  if (pid === undefined) return `a process of user ${holder.userId}`;
  return `${processName(pid) ?? "process"} (pid ${pid})`;
}

/** The process that has the socket open, among those whose descriptors we may see. */
function ownerOf(inode: string): number | undefined {
  const wanted = `socket:[${inode}]`;
  const processes = (listSystemFolder("/proc") ?? []).filter((name) => /^\d+$/.test(name));
  const owner = processes.find((pid) =>
    listSystemFolder(`/proc/${pid}/fd`)?.some((fd) => readSystemLink(`/proc/${pid}/fd/${fd}`) === wanted)
  );
  return owner === undefined ? undefined : Number(owner);
}

/** The limit of open files of a process; `undefined`: unknown. */
export function openFilesLimit(pid: number | "self", which: "soft" | "hard"): number | undefined {
  const [, soft, hard] = /^Max open files\s+(\d+)\s+(\d+)/m.exec(readSystemFile(`/proc/${pid}/limits`) ?? "") ?? [];
  const limit = which === "soft" ? soft : hard;
  return limit === undefined ? undefined : Number(limit);
}

/** The memory of a process that is in RAM (VmRSS), in octets; `undefined`: unknown. */
export function residentBytes(pid: number): number | undefined {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readSystemFile(`/proc/${pid}/status`) ?? "") ?? [];
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1_024;
}

/** The route of the kernel to an address: our address towards it, or the code of the error, such as `ENETUNREACH`. */
export type KernelRoute = { readonly kind: "route"; readonly from: string } | {
  readonly kind: "none";
  readonly code: string;
};

/** Asks the kernel; no packet is sent. Throws a `TransportError` where libc cannot be called. */
export function routeTo(address: string): KernelRoute {
  const { socket, connect, getsockname, close } = libc();
  const family = familyOf(splitZone(address).address);
  const fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return { kind: "none", code: lastErrorCode() };
  try {
    const remote = encodeSockaddr(family, address, 179)!;
    if (connect(fd, remote, remote.length) !== 0) return { kind: "none", code: lastErrorCode() };
    const name = new Uint8Array(128);
    const from = getsockname(fd, name, Uint32Array.of(name.length)) === 0 ? decodeSockaddr(name)?.address : undefined;
    return { kind: "route", from: from ?? "" };
  } finally {
    close(fd);
  }
}

/**
 * Tries on a socket of its own what protects the peers: why the kernel refuses TTL security, or the TCP-MD5 keys of
 * these addresses and networks. `undefined`: it takes all.
 */
export function protectionRefused(remotes: readonly string[], { ttl = true } = {}): string | undefined {
  try {
    for (const family of [2, 10] as const) {
      const fd = libc().socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
      if (fd < 0) continue;
      try {
        if (ttl) requireTtl({ fd, family }, 1);
        const own = remotes.filter((remote) => remote.includes(":") === (family === 10));
        for (const remote of own) setMd5Key({ fd, family }, remote, "a key");
      } finally {
        libc().close(fd);
      }
    }
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Segments that the kernel has dropped since its start because of TCP-MD5. */
export interface DroppedSegments {
  /** Without a signature, from an address with a key of ours. */
  readonly unsigned: number;
  /** With a signature, from an address without a key of ours. */
  readonly unexpected: number;
  /** With a wrong signature. */
  readonly wrong: number;
}

export function droppedByMd5(): DroppedSegments | undefined {
  const text = readSystemFile("/proc/net/netstat");
  return text === undefined ? undefined : parseDropped(text);
}

/** The text of /proc/net/netstat: a line of names, then a line of values. */
export function parseDropped(text: string): DroppedSegments | undefined {
  const [names, values] = text.split("\n").filter((line) => line.startsWith("TcpExt:")).map((line) => line.split(" "));
  const value = (name: string) => Number(values?.[names?.indexOf(name) ?? -1] ?? 0);
  if (names === undefined) return undefined;
  return {
    unsigned: value("TCPMD5NotFound"),
    unexpected: value("TCPMD5Unexpected"),
    wrong: value("TCPMD5Failure"),
  };
}
