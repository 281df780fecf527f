/** The sockets of the API: a Unix socket beside the database for its owner, and TCP where it is configured. */

import type { SocketAddress } from "../../config/mod.ts";
import type { ControlTarget } from "../target.ts";
import { createApp } from "./app.ts";
import { metrics } from "./metrics.ts";

export interface HttpOptions {
  readonly target: ControlTarget;
  readonly version: string;
  /** Path of the Unix socket. The caller holds the lock of the database it belongs to. */
  readonly socketPath: string;
  readonly tcp: SocketAddress | undefined;
  /** Asked for each request over TCP that would change something. */
  readonly token: () => string | undefined;
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

export function serveHttp(options: HttpOptions): HttpServer {
  const { target, version, socketPath, token, onError, warn } = options;
  const owner = createApp({ target, metrics, version, access: { kind: "owner" }, onError });
  let own: Deno.HttpServer<Deno.Addr> | undefined;
  try {
    own = serveUnix(socketPath, owner);
  } catch (error) {
    warn(`no control socket: ${reasonOf(error)}`);
  }
  const ownSocket = own === undefined ? undefined : socketPath;
  const openTcp = (tcp: SocketAddress) => {
    const reader = createApp({ target, metrics, version, access: { kind: "token", token }, onError });
    try {
      return Deno.serve({ hostname: tcp.address, port: tcp.port, onListen() {} }, reader);
    } catch (error) {
      throw new HttpError(`api_socket ${tcp.address} port ${tcp.port} cannot be opened: ${reasonOf(error)}`);
    }
  };
  const list = (...servers: (Deno.HttpServer<Deno.Addr> | undefined)[]) => servers.filter((each) => each !== undefined);
  let open: Deno.HttpServer<Deno.NetAddr> | undefined;
  try {
    if (options.tcp !== undefined) open = openTcp(options.tcp);
  } catch (error) {
    close(list(own), ownSocket);
    throw error;
  }
  return {
    get tcpPort() {
      return open?.addr.port;
    },
    moveTcp(tcp) {
      const before = open;
      open = tcp === undefined ? undefined : openTcp(tcp);
      before?.shutdown();
    },
    close: () => close(list(own, open), ownSocket),
  };
}

/**
 * Between bind and chmod a socket has the rights of the umask, so it is born in a folder that only its owner can enter and
 * moved to its place when its own rights are right. That also replaces what a killed daemon left there.
 */
function serveUnix(path: string, app: (request: Request) => Response | Promise<Response>): Deno.HttpServer<Deno.Addr> {
  if (isOtherFile(path)) throw new Error(`${path} is another file`);
  const slash = path.lastIndexOf("/");
  let folder: string | undefined;
  let server: Deno.HttpServer<Deno.Addr> | undefined;
  try {
    folder = Deno.makeTempDirSync({ dir: slash === -1 ? "." : path.slice(0, slash + 1), prefix: ".bgpd-" });
    const place = `${folder}/s`;
    server = Deno.serve({ path: place, onListen() {} }, app);
    Deno.chmodSync(place, 0o600);
    Deno.renameSync(place, path);
    return server;
  } catch (error) {
    server?.shutdown();
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

async function close(servers: readonly Deno.HttpServer<Deno.Addr>[], socketPath?: string): Promise<void> {
  try {
    if (socketPath !== undefined) Deno.removeSync(socketPath);
  } catch {
    // Somebody tidied up before us.
  }
  let timer: ReturnType<typeof setTimeout> | undefined;
  const grace = new Promise<void>((resolve) => timer = setTimeout(resolve, graceMs));
  await Promise.race([Promise.all(servers.map((server) => server.shutdown())), grace]);
  clearTimeout(timer);
}

function reasonOf(error: unknown): string {
  if (error instanceof Deno.errors.AddrInUse) return "it is already in use";
  const text = error instanceof Error ? error.message : String(error);
  return /SUN_LEN/.test(text) ? "its path is too long" : text;
}
