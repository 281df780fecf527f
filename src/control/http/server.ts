/** The sockets of the API: a Unix socket beside the database for its owner, and TCP where it is configured. */

import type { SocketAddress } from "../../config/mod.ts";
import type { ControlTarget } from "../target.ts";
import { createApp } from "./app.ts";
import type { App, Patience } from "./connection.ts";
import { HttpListening } from "./listening.ts";
import { metrics } from "./metrics.ts";

export interface HttpOptions {
  readonly target: ControlTarget;
  readonly version: string;
  /** Path of the Unix socket. The caller holds the lock of the database it belongs to. */
  readonly socketPath: string;
  readonly tcp: SocketAddress | undefined;
  /** Asked for each request over TCP that would change something. */
  readonly token: () => string | undefined;
  /** Connections at a time: each costs a file descriptor. */
  readonly maxConnections: { readonly unix: number; readonly tcp: number };
  readonly onError: (error: unknown) => void;
  /** The Unix socket cannot be had: one sentence. Everything else goes on. */
  readonly warn: (text: string) => void;
}

export interface HttpServer {
  /** The port of the TCP socket. */
  readonly tcpPort: number | undefined;
  /**
   * Another TCP socket, or none, in place of the one there is, on which what is being answered is finished. Throws
   * {@link HttpError} where it is not to be had, and then the old one stays.
   */
  moveTcp(tcp: SocketAddress | undefined): void;
  /** Finishes what is being answered, for a moment, then closes. */
  close(): Promise<void>;
}

/** `api_socket` cannot be had: one sentence. */
export class HttpError extends Error {}

/** Requests that are being answered get so long when the daemon stops. */
const graceMs = 200;
const troubleEveryMs = 60_000;

/** Strangers have less time than the owner, whose commands may wait for the database. */
const publicPatience: Patience = { idleMs: 15_000, requestMs: 10_000, writeMs: 10_000, answerMs: 60_000 };
const ownPatience: Patience = { idleMs: 60_000, requestMs: 10_000, writeMs: 60_000, answerMs: 600_000 };

export function serveHttp(options: HttpOptions): HttpServer {
  const { target, version, socketPath, token, onError, warn, maxConnections } = options;
  // A word once, and then once a minute: it may go on for long.
  const troubles = new Map<string, number>();
  const listening = (listener: Deno.Listener, name: string, app: App, most: number, patience: Patience) => {
    const onTrouble = (error: unknown) => {
      if (performance.now() - (troubles.get(name) ?? -Infinity) < troubleEveryMs) return;
      troubles.set(name, performance.now());
      warn(`${name} takes no connection at the moment: ${reasonOf(error)}; it tries again`);
    };
    return new HttpListening(listener, { app, maxConnections: most, patience, onTrouble });
  };
  const owner = createApp({ target, metrics, version, access: { kind: "owner" }, onError });
  let own: HttpListening | undefined;
  try {
    own = listening(listenUnix(socketPath), "the control socket", owner, maxConnections.unix, ownPatience);
  } catch (error) {
    warn(`no control socket: ${reasonOf(error)}`);
  }
  const ownSocket = own === undefined ? undefined : socketPath;
  // One for all sockets there will be: who asks on the old one and on the new one is counted once.
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
      return open === undefined ? undefined : (open.addr as Deno.NetAddr).port;
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
 * Between bind and chmod a socket has the rights of the umask, so it is born in a folder that only its owner can enter and
 * moved to its place when its own rights are right. That also replaces what a killed daemon left there.
 */
function listenUnix(path: string): Deno.Listener {
  if (isOtherFile(path)) throw new Error(`${path} is another file`);
  const slash = path.lastIndexOf("/");
  let folder: string | undefined;
  let listener: Deno.Listener | undefined;
  try {
    folder = Deno.makeTempDirSync({ dir: slash === -1 ? "." : path.slice(0, slash + 1), prefix: ".bgpd-" });
    const place = `${folder}/s`;
    listener = Deno.listen({ transport: "unix", path: place });
    Deno.chmodSync(place, 0o600);
    Deno.renameSync(place, path);
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
    // Somebody tidied up before us.
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
