/**
 * The sockets of the API: two Unix sockets beside the database, one for its owner and one for its readers; and TCP, if
 * `api_socket` is configured.
 */

import type { SocketAddress } from "../../config/mod.ts";
import type { ControlTarget } from "../target.ts";
import { createApp } from "./app.ts";
import { type App, HttpListening, type Patience } from "../../transport/mod.ts";
import { publicReaders, Readers } from "./readers.ts";

export interface HttpOptions {
  readonly target: ControlTarget;
  readonly version: string;
  /** The control socket. The caller holds the lock of the database beside it. */
  readonly control: UnixSocket;
  /** A socket over which nothing can be changed; `undefined`: only the owner may read. */
  readonly readers?: UnixSocket | undefined;
  readonly tcp: SocketAddress | undefined;
  /** Called for each request over TCP that changes something. */
  readonly token: () => string | undefined;
  /** Limits on connections: each costs a file descriptor. */
  readonly maxConnections: { readonly unix: number; readonly tcp: number };
  readonly onError: (error: unknown) => void;
  /** Called with one sentence about a socket that does not work. The daemon goes on. */
  readonly warn: (text: string) => void;
}

export interface UnixSocket {
  readonly path: string;
  /** Permission bits: everyone who may write to a socket can connect. */
  readonly mode: number;
  /** The number of a group; without it, the group of the process. */
  readonly groupId?: number | undefined;
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
/** A socket without its group must not be open to another group. */
const ownerOnly = 0o600;

/** TCP clients have less time than the owner, whose commands may wait for the database. */
const publicPatience: Patience = { idleMs: 15_000, requestMs: 10_000, writeMs: 10_000, answerMs: 60_000 };
const ownPatience: Patience = { idleMs: 60_000, requestMs: 10_000, writeMs: 60_000, answerMs: 600_000 };

/** Of the owner, who may announce many routes in one request. */
const ownBodyBytes = 4 * 1024 * 1024;

export function serveHttp(options: HttpOptions): HttpServer {
  const { target, version, token, onError, warn, maxConnections } = options;
  // At most one warning a minute for each socket: the failure may last long.
  const warnedAt = new Map<string, number>();
  const listening = (
    listener: Deno.Listener,
    name: string,
    app: App,
    most: number,
    patience: Patience,
    maxBodyBytes?: number,
  ) => {
    const onFailure = (error: unknown) => {
      if (performance.now() - (warnedAt.get(name) ?? -Infinity) < failureEveryMs) return;
      warnedAt.set(name, performance.now());
      warn(`${name} cannot accept connections: ${reasonOf(error)}; bgpd keeps trying`);
    };
    return new HttpListening(listener, { app, maxConnections: most, patience, maxBodyBytes, onFailure });
  };
  // Everyone who may not change anything shares one limit, and so at most half of the main thread.
  const others = new Readers(publicReaders);
  const open: Open = { listenings: [], paths: [] };
  const openUnix = (socket: UnixSocket, name: string, kind: "owner" | "reader", patience: Patience) => {
    try {
      const limit = kind === "owner" ? {} : { readers: others };
      const app = createApp({ target, version, access: { kind }, onError, ...limit });
      const listener = listenUnix(socket, (why) => warn(`${name}: ${why}`));
      const bodyBytes = kind === "owner" ? ownBodyBytes : undefined;
      open.listenings.push(listening(listener, name, app, maxConnections.unix / 2, patience, bodyBytes));
      open.paths.push(socket.path);
    } catch (error) {
      warn(`no ${name}: ${reasonOf(error)}`);
    }
  };
  openUnix(options.control, "control socket", "owner", ownPatience);
  if (options.readers !== undefined) openUnix(options.readers, "socket for readers", "reader", publicPatience);
  const reader = createApp({ target, version, access: { kind: "token", token }, readers: others, onError });
  const openTcp = (tcp: SocketAddress) => {
    try {
      const listener = Deno.listen({ hostname: tcp.address, port: tcp.port });
      return listening(listener, "api_socket", reader, maxConnections.tcp, publicPatience);
    } catch (error) {
      throw new HttpError(`api_socket ${tcp.address} port ${tcp.port} cannot be opened: ${reasonOf(error)}`);
    }
  };
  let overTcp: HttpListening | undefined;
  try {
    if (options.tcp !== undefined) overTcp = openTcp(options.tcp);
  } catch (error) {
    void close(open);
    throw error;
  }
  return {
    get tcpPort() {
      const address = overTcp?.addr;
      return address?.transport === "tcp" ? address.port : undefined;
    },
    moveTcp(tcp) {
      const before = overTcp;
      overTcp = tcp === undefined ? undefined : openTcp(tcp);
      void before?.shutdown();
    },
    close: () => close({ ...open, listenings: [...open.listenings, ...overTcp === undefined ? [] : [overTcp]] }),
  };
}

/** What is open, and the paths of the Unix sockets. */
interface Open {
  readonly listenings: HttpListening[];
  readonly paths: string[];
}

/**
 * Between bind() and chmod() a socket has the permissions of the umask. So the socket is created in a folder that
 * only its owner can enter, and moved to its path when its permissions are set. This also replaces the socket of a
 * killed daemon.
 */
export function listenUnix({ path, mode, groupId }: UnixSocket, warn: (why: string) => void): Deno.Listener {
  if (isOtherFile(path)) throw new Error(`${path} exists and is not a socket`);
  const slash = path.lastIndexOf("/");
  let folder: string | undefined;
  let listener: Deno.Listener | undefined;
  try {
    folder = Deno.makeTempDirSync({ dir: slash === -1 ? "." : path.slice(0, slash + 1), prefix: ".bgpd-" });
    const born = `${folder}/s`;
    listener = Deno.listen({ transport: "unix", path: born });
    // A change of the group comes first: with another order the old group could connect for a moment.
    const refused = groupId === undefined ? undefined : whyNotGroup(born, groupId);
    if (refused !== undefined) warn(`${path} is for its owner only: ${refused}`);
    Deno.chmodSync(born, refused === undefined ? mode : ownerOnly);
    Deno.renameSync(born, path);
    return listener;
  } catch (error) {
    listener?.close();
    throw new Error(`${path} cannot be opened: ${reasonOf(error)}`);
  } finally {
    if (folder !== undefined) Deno.removeSync(folder, { recursive: true });
  }
}

/** Gives a file to a group; the reason where that is not allowed. */
function whyNotGroup(path: string, groupId: number): string | undefined {
  try {
    Deno.chownSync(path, null, groupId);
    return undefined;
  } catch (error) {
    if (!(error instanceof Deno.errors.PermissionDenied)) throw error;
    return `the user of bgpd is no member of the group ${groupId}; make it one, and start bgpd again`;
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
async function close({ listenings: servers, paths }: Open): Promise<void> {
  for (const path of paths) {
    try {
      Deno.removeSync(path);
    } catch {
      // The file is already gone.
    }
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
