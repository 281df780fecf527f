/** Helpers of the transport tests: pairs of connections, and sockets that behave badly on purpose. */

import assert from "node:assert/strict";
import {
  type Connection,
  dial,
  type DialOptions,
  listen,
  type Listener,
  TransportError,
  type TransportErrorKind,
} from "../../../src/transport/mod.ts";
import { libcPaths } from "../../../src/transport/libc.ts";

/** Where this machine's libc is, if the tests may call it. */
export const libcPath: string | undefined = Deno.build.os === "linux"
  ? libcPaths.find((path) => Deno.permissions.querySync({ name: "ffi", path }).state === "granted" && opens(path))
  : undefined;

function opens(path: string): boolean {
  try {
    Deno.dlopen(path, {}).close();
    return true;
  } catch {
    return false;
  }
}

/** Says on the terminal why tests are skipped, so that nobody takes them for passed. */
export function skipLoudly(reason: string | undefined): boolean {
  if (reason !== undefined) console.warn(`SKIPPED: ${reason}`);
  return reason !== undefined;
}

export const withoutLibc = libcPath === undefined
  ? "these tests call libc: Linux and --allow-ffi=<path of libc.so.6> are needed"
  : undefined;

/** The two ways to dial, and so the two implementations of Connection. */
export const ways: readonly { name: string; options: Partial<DialOptions> }[] = [
  { name: "Deno.TcpConn", options: {} },
  { name: "node:net", options: { localAddress: "127.0.0.5" } },
];

export interface Pair {
  readonly dialled: Connection;
  readonly accepted: Connection;
}

/** A connection and the other end of it, over loopback; closed afterwards. */
export async function withPair(options: Partial<DialOptions>, body: (pair: Pair) => Promise<void>): Promise<void> {
  await withListener("127.0.0.1", async (listener) => {
    const accepting = next(listener);
    const dialled = await dial({ address: "127.0.0.1", port: listener.port, timeoutMs: 15_000, ...options });
    const accepted = await accepting;
    try {
      await body({ dialled, accepted });
    } finally {
      dialled.close();
      accepted.close();
      await Promise.all([dialled.closed, accepted.closed]);
    }
  });
}

export async function withListener(address: string, body: (listener: Listener) => Promise<void>): Promise<void> {
  const listener = listen({ address, port: 0 });
  try {
    await body(listener);
  } finally {
    listener.close();
  }
}

/** The next connection that comes in. */
export async function next(listener: Listener): Promise<Connection> {
  for await (const connection of listener.accept()) return connection;
  throw new Error("the listener was closed");
}

/** Reads until this many octets came, or the end. */
export async function readAll(connection: Connection, length = Infinity, bufferBytes = 65_536): Promise<Uint8Array> {
  const chunks: number[] = [];
  const buffer = new Uint8Array(bufferBytes);
  while (chunks.length < length) {
    const n = await connection.read(buffer);
    if (n === null) break;
    for (let i = 0; i < n; i++) chunks.push(buffer[i]!);
  }
  return Uint8Array.from(chunks);
}

export async function close(...connections: Connection[]): Promise<void> {
  for (const connection of connections) connection.close();
  await Promise.all(connections.map((connection) => connection.closed));
}

export async function rejectsWith(kind: TransportErrorKind, text: RegExp, work: Promise<unknown>): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(error instanceof TransportError, `not a TransportError: ${error}`);
    assert.equal(error.kind, kind, error.message);
    assert.match(error.message, text);
    return true;
  });
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Settled within this time? Tells "it waits" from "it is done". */
export async function settles(work: Promise<unknown>, withinMs: number): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<boolean>((resolve) => timer = setTimeout(() => resolve(false), withinMs));
  const done = work.then(() => true, () => true);
  try {
    return await Promise.race([done, late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * A port of 127.0.0.1 that swallows connection attempts, as a firewall does: a listening socket that nobody accepts
 * from, with its short queue filled.
 */
export async function withBlackHole(body: (port: number) => Promise<void>): Promise<void> {
  const libc = Deno.dlopen(libcPath!, {
    socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
    bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },
    listen: { parameters: ["i32", "i32"], result: "i32" },
    getsockname: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
    close: { parameters: ["i32"], result: "i32" },
  });
  const { socket, bind, listen, getsockname, close } = libc.symbols;
  const fd = socket(2, 1, 0);
  const fillers: Deno.TcpConn[] = [];
  try {
    const name = Uint8Array.of(2, 0, 0, 0, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0);
    assert.equal(bind(fd, name, name.length), 0);
    assert.equal(listen(fd, 0), 0);
    getsockname(fd, name, Uint32Array.of(16));
    const port = name[2]! * 256 + name[3]!;
    fillers.push(await Deno.connect({ hostname: "127.0.0.1", port }));
    await body(port);
  } finally {
    for (const filler of fillers) filler.close();
    close(fd);
    libc.close();
  }
}

/** How many descriptors this process has open. */
export function openDescriptors(): number {
  const libc = Deno.dlopen(libcPath!, { fcntl: { parameters: ["i32", "i32"], result: "i32" } });
  let count = 0;
  for (let fd = 0; fd < 4096; fd++) if (libc.symbols.fcntl(fd, 1) !== -1) count++;
  libc.close();
  return count;
}
