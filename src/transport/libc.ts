/**
 * The functions of libc that bgpd calls because Deno has no API for them: socket options of BGP security, sockets that
 * need such an option before they connect, the link of a link-local address, and datagrams to a Unix socket. libc is
 * opened on first use, so a daemon that needs none of these needs no permission. Other uses of libc are optional:
 * {@link openLibc}.
 *
 * The permission is `--allow-ffi=PATH` with the path of the libc of this machine, one of {@link libcPaths}; Deno would
 * resolve a bare file name against the current folder.
 */

import { systemError, TransportError } from "./errors.ts";

/** The paths of libc: glibc as in Debian and in Fedora, musl as in Alpine. */
export const libcPaths: readonly string[] = Deno.build.arch === "aarch64"
  ? [
    "/lib/aarch64-linux-gnu/libc.so.6",
    "/lib64/libc.so.6",
    "/usr/lib64/libc.so.6",
    "/usr/lib/libc.so.6",
    "/lib/ld-musl-aarch64.so.1",
  ]
  : [
    "/lib/x86_64-linux-gnu/libc.so.6",
    "/lib64/libc.so.6",
    "/usr/lib64/libc.so.6",
    "/usr/lib/libc.so.6",
    "/lib/ld-musl-x86_64.so.1",
  ];

const signatures = {
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  connect: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  poll: { parameters: ["buffer", "usize", "i32"], result: "i32" },
  send: { parameters: ["i32", "buffer", "usize", "i32"], result: "isize" },
  sendto: { parameters: ["i32", "buffer", "usize", "i32", "buffer", "u32"], result: "isize" },
  recv: { parameters: ["i32", "buffer", "usize", "i32"], result: "isize" },
  close: { parameters: ["i32"], result: "i32" },
  getsockname: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  getpeername: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  getsockopt: { parameters: ["i32", "i32", "i32", "buffer", "buffer"], result: "i32" },
  setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
  ioctl: { parameters: ["i32", "u64", "buffer"], result: "i32" },
  if_nametoindex: { parameters: ["buffer"], result: "u32" },
  if_indextoname: { parameters: ["u32", "buffer"], result: "pointer" },
  __errno_location: { parameters: [], result: "pointer" },
  memcpy: { parameters: ["buffer", "pointer", "usize"], result: "void" },
} as const satisfies Deno.ForeignLibraryInterface;

export type Libc = Deno.DynamicLibrary<typeof signatures>["symbols"];

let opened: Libc | TransportError | undefined;

/** Opens libc on the first call. Throws a {@link TransportError} that says which permission is missing. */
export function libc(): Libc {
  opened ??= open();
  if (opened instanceof TransportError) throw opened;
  return opened;
}

/** Opens libc now, where that is possible, so that {@link libc} works without the permission later. */
export function openLibcNow(): void {
  opened ??= open();
}

/** Opens these functions of libc for an optional use; otherwise the reason why that is not possible. */
export function openLibc<S extends Deno.ForeignLibraryInterface>(
  signatures: S,
): Deno.DynamicLibrary<S>["symbols"] | "forbidden" | "absent" {
  let answer: "forbidden" | "absent" = "forbidden";
  for (const path of libcPaths) {
    // A call without the permission would prompt on a terminal.
    if (Deno.permissions.querySync({ name: "ffi", path }).state !== "granted") continue;
    answer = "absent";
    try {
      return Deno.dlopen(path, signatures).symbols;
    } catch {
      // Not at this path, or without one of the functions: try the next path.
    }
  }
  return answer;
}

const uses = "TCP MD5, TTL security, connections from link-local addresses and messages to a service manager";

function open(): Libc | TransportError {
  if (Deno.build.os !== "linux") {
    return new TransportError("unsupported", `${uses} need Linux, this is ${Deno.build.os}`);
  }
  const symbols = openLibc(signatures);
  if (typeof symbols === "object") return symbols;
  return symbols === "forbidden"
    ? new TransportError(
      "permission",
      `${uses} call libc: run with --allow-ffi=${libcPaths.join(",")}`,
    )
    : new TransportError(
      "unsupported",
      `${uses} call libc, and none of ${libcPaths.join(", ")} opens`,
    );
}

/** Error numbers of Linux that sockets give, as the codes Deno and `node:net` use for them. */
const codes: Readonly<Record<number, string>> = {
  1: "EPERM",
  2: "ENOENT",
  12: "ENOMEM",
  13: "EACCES",
  22: "EINVAL",
  23: "ENFILE",
  24: "EMFILE",
  32: "EPIPE",
  92: "ENOPROTOOPT",
  97: "EAFNOSUPPORT",
  98: "EADDRINUSE",
  99: "EADDRNOTAVAIL",
  100: "ENETDOWN",
  101: "ENETUNREACH",
  103: "ECONNABORTED",
  104: "ECONNRESET",
  105: "ENOBUFS",
  110: "ETIMEDOUT",
  111: "ECONNREFUSED",
  112: "EHOSTDOWN",
  113: "EHOSTUNREACH",
  115: "EINPROGRESS",
};

export function codeOf(errorNumber: number): string {
  return codes[errorNumber] ?? `errno ${errorNumber}`;
}

const errnoCopy = new Int32Array(1);

/**
 * The error code of the last call. It is copied with memcpy, because reading a pointer with Deno needs the permission
 * for all libraries.
 */
export function lastErrorCode(): string {
  const { memcpy, __errno_location } = libc();
  memcpy(errnoCopy, __errno_location(), 4n);
  return codeOf(errnoCopy[0]!);
}

/** The result of a call; throws its error where it failed. */
export function checked(result: number, call: string): number {
  if (result >= 0) return result;
  throw systemError(lastErrorCode(), call);
}
