/**
 * The sockets of the API: the Unix socket beside the database, for its owner; and TCP, if `api_socket` is configured.
 */

import type { SocketAddress } from "../../config/mod.ts";
import type { ControlTarget } from "../target.ts";
import { createApp } from "./app.ts";
import type { App, Patience } from "./connection.ts";
import { HttpListening } from "./listening.ts";
import { metrics } from "./metrics.ts";

export interface HttpOptions {
  readonly target: ControlTarget;
  readonly version: string;
  /** Path of the Unix socket. The caller holds the lock of the database beside it. */
  readonly socketPath: string;
  readonly tcp: SocketAddress | undefined;
  /** Called for each request over TCP that changes something. */
  readonly token: () => string | undefined;
  /** Limits on connections: each costs a file descriptor. */
  readonly maxConnections: { readonly unix: number; readonly tcp: number };
  readonly onError: (error: unknown) => void;
  /** Called with one sentence about a socket that does not work. The daemon goes on. */
  readonly warn: (text: string) => void;
}

export interface HttpServer {
  /** The port of the TCP socket. */
  readonly tcpPort: number | undefined;
  /**
   * Replaces the TCP socket by another one, or by none. Answers in progress on the old one are finished. Throws
   * {@link HttpError} if the new socket cannot be opened; the old one stays then.
   */
  moveTcp(tcp: SocketAddress | undefined): void;
  /** Gives answers in progress a short time, then closes all connections. Never rejects. */
  close(): Promise<void>;
}

/** `api_socket` cannot be opened: one sentence. */
export class HttpError extends Error {}

/** How long answers in progress may take when the daemon stops. */
const graceMs = 200;
const failureEveryMs = 60_000;

/** TCP clients have less time than the owner, whose commands may wait for the database. */
const publicPatience: Patience = { idleMs: 15_000, requestMs: 10_000, writeMs: 10_000, answerMs: 60_000 };
const ownPatience: Patience = { idleMs: 60_000, requestMs: 10_000, writeMs: 60_000, answerMs: 600_000 };

export function serveHttp(options: HttpOptions): HttpServer {
  const { target, version, socketPath, token, onError, warn, maxConnections } = options;
  // At most one warning a minute for each socket: the failure may last long.
  const warnedAt = new Map<string, number>();
  const listening = (listener: Deno.Listener, name: string, app: App, most: number, patience: Patience) => {
    const onFailure = (error: unknown) => {
      if (performance.now() - (warnedAt.get(name) ?? -Infinity) < failureEveryMs) return;
      warnedAt.set(name, performance.now());
      warn(`${name} cannot accept connections: ${reasonOf(error)}; bgpd keeps trying`);
    };
    return new HttpListening(listener, { app, maxConnections: most, patience, onFailure });
  };
  const owner = createApp({ target, metrics, version, access: { kind: "owner" }, onError });
  let own: HttpListening | undefined;
  try {
    own = listening(listenUnix(socketPath), "the control socket", owner, maxConnections.unix, ownPatience);
  } catch (error) {
    warn(`no control socket: ${reasonOf(error)}`);
  }
  const ownSocket = own === undefined ? undefined : socketPath;
  // All TCP sockets share one app, and so one limit on readers.
  const reader = createApp({ target, metrics, version, access: { kind: "token", token }, onError });
  const openTcp = (tcp: SocketAddress) => {
    try {
      const listener = Deno.listen({ hostname: tcp.address, port: tcp.port });
      return listening(listener, "api_socket", reader, maxConnections.tcp, publicPatience);
    } catch (error) {
      throw new HttpError(`api_socket ${tcp.address} port ${tcp.port} cannot be opened: ${reasonOf(error)}`);
    }
  };
  const list = (...servers: (HttpListening | undefined)[]) => servers.filter((each) => each !== undefined);
  let open: HttpListening | undefined;
  try {
    if (options.tcp !== undefined) open = openTcp(options.tcp);
  } catch (error) {
    void close(list(own), ownSocket);
    throw error;
  }
  return {
    get tcpPort() {
      const address = open?.addr;
      return address?.transport === "tcp" ? address.port : undefined;
    },
    moveTcp(tcp) {
      const before = open;
      open = tcp === undefined ? undefined : openTcp(tcp);
      void before?.shutdown();
    },
    close: () => close(list(own, open), ownSocket),
  };
}

/**
 * Between bind() and chmod() a socket has the permissions of the umask. So the socket is created in a folder that
 * only its owner can enter, and moved to its path when its permissions are set. This also replaces the socket of a
 * killed daemon.
 */
function listenUnix(path: string): Deno.Listener {
  if (isOtherFile(path)) throw new Error(`${path} exists and is not a socket`);
  const slash = path.lastIndexOf("/");
  let folder: string | undefined;
  let listener: Deno.Listener | undefined;
  try {
    folder = Deno.makeTempDirSync({ dir: slash === -1 ? "." : path.slice(0, slash + 1), prefix: ".bgpd-" });
    const born = `${folder}/s`;
    listener = Deno.listen({ transport: "unix", path: born });
    Deno.chmodSync(born, 0o600);
    Deno.renameSync(born, path);
    return listener;
  } catch (error) {
    listener?.close();
    throw new Error(`${path} cannot be opened: ${reasonOf(error)}`);
  } finally {
    if (folder !== undefined) Deno.removeSync(folder, { recursive: true });
  }
}

function isOtherFile(path: string): boolean {
  try {
    return Deno.lstatSync(path).isSocket !== true;
  } catch {
    return false;
  }
}

/** Never rejects. */
async function close(servers: readonly HttpListening[], socketPath?: string): Promise<void> {
  try {
    if (socketPath !== undefined) Deno.removeSync(socketPath);
  } catch {
    // The file is already gone.
  }
  let timer: ReturnType<typeof setTimeout> | undefined;
  const grace = new Promise<void>((resolve) => timer = setTimeout(resolve, graceMs));
  await Promise.race([Promise.all(servers.map((server) => server.shutdown())), grace]);
  clearTimeout(timer);
  for (const server of servers) server.destroy();
}

function reasonOf(error: unknown): string {
  if (error instanceof Deno.errors.AddrInUse) return "it is already in use";
  const text = error instanceof Error ? error.message : String(error);
  return /SUN_LEN/.test(text) ? "its path is too long" : text;
}
