/**
 * The few functions of libc this program calls, for what Deno has no API for: socket options of BGP security, the
 * sockets that need one before they connect, and on which link a link-local address is. Opened on first use only, so a daemon without such peers needs no
 * permission for it. What else is asked of libc, the daemon can do without: {@link openLibc}.
 *
 * The permission is `--allow-ffi=PATH` with the path of this machine's libc, one of {@link libcPaths}; a bare file name
 * would be resolved against the current folder.
 */

import { systemError, TransportError } from "./errors.ts";

/** Where libc stands: glibc in Debian's and Fedora's layout, musl as in Alpine. */
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

/**
 * Gives the permission to call libraries back, for all of this thread and for threads that it starts. What is open
 * stays: the functions named above can be called, and no others any more.
 */
export function giveUpLibraries(): void {
  opened ??= open();
  Deno.permissions.revokeSync({ name: "ffi" });
}

/** These functions of libc, for who can do without them: why they cannot be had is said in a word. */
export function openLibc<S extends Deno.ForeignLibraryInterface>(
  signatures: S,
): Deno.DynamicLibrary<S>["symbols"] | "forbidden" | "absent" {
  let answer: "forbidden" | "absent" = "forbidden";
  for (const path of libcPaths) {
    // Asking first: a call without permission would prompt on a terminal.
    if (Deno.permissions.querySync({ name: "ffi", path }).state !== "granted") continue;
    answer = "absent";
    try {
      return Deno.dlopen(path, signatures).symbols;
    } catch {
      // Not here: the next distribution's place. Or without one of the functions.
    }
  }
  return answer;
}

const uses = "TCP MD5, TTL security and connections from link-local addresses";

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
 * The error of the call just made. It is copied with memcpy because Deno's own way to read a pointer demands permission
 * for every library there is.
 */
export function lastErrorCode(): string {
  const { memcpy, __errno_location } = libc();
  memcpy(errnoCopy, __errno_location(), 4n);
  return codeOf(errnoCopy[0]!);
}

/** The result of a call, or its error thrown. */
export function checked(result: number, call: string): number {
  if (result >= 0) return result;
  throw systemError(lastErrorCode(), call);
}
