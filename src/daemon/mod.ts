/**
 * # daemon: everything wired together
 *
 * The pure rooms decide; this one has the threads, the sockets and the clock. Main thread: sockets, state machines, timers
 * (`peer.ts`, `link.ts`). RIB thread: every table and the decision process (`rib_host.ts`). Store thread: the only
 * connection that writes the database (`store_host.ts`). They talk in the words of `messages.ts`; whoever is busy takes no
 * more (`credits.ts` on the way in, lent batches on the way to disk, pulls on the way out), so nothing queues without bound.
 *
 * Start reading at `daemon.ts`, then `messages.ts`, `peer.ts`, `link.ts`.
 *
 * @module
 */

import { canonicalAddress } from "../types/mod.ts";
import { type Config, formatConfigError, parseConfig, type SocketAddress } from "../config/mod.ts";
import { TransportError } from "../transport/mod.ts";
import { Daemon, StartError } from "./daemon.ts";
import { openLog, type Verbosity } from "./log.ts";

export interface RunOptions {
  readonly configPath: string;
  /** `-a`: overrides the addresses of `bgp_socket`. */
  readonly address?: string;
  /** `-p`: overrides its ports, and is dialled where a peer names none. */
  readonly port?: number;
  readonly verbosity: Verbosity;
}

const defaultAddress = "127.0.0.1";
const defaultPort = 179;

/** Runs the daemon in the foreground until SIGINT or SIGTERM. Resolves to the exit code. */
export async function runDaemon(options: RunOptions): Promise<number> {
  const config = await readConfig(options.configPath);
  if (config === undefined) return 1;
  const log = await openLog(options.verbosity);
  const daemon = new Daemon(config, options.port ?? defaultPort, log);
  try {
    await daemon.start(listenOn(config, options));
  } catch (error) {
    daemon.terminate();
    if (error instanceof StartError || error instanceof TransportError) {
      console.error(`bgpd: ${error.message}`);
      return 1;
    }
    throw error;
  }
  const signal = untilSignal();
  try {
    await Promise.race([signal.received, daemon.failed]);
    await Promise.race([daemon.stop(), daemon.failed]);
    return 0;
  } catch (error) {
    log.error(error instanceof Error ? error.message : String(error));
    daemon.terminate();
    return 1;
  } finally {
    signal.forget();
  }
}

async function readConfig(path: string): Promise<Config | undefined> {
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    console.error(`bgpd: cannot read ${path}: ${error instanceof Error ? error.message : error}`);
    return undefined;
  }
  const result = parseConfig(text);
  if (result.kind === "config") return result.config;
  for (const error of result.errors) console.error(formatConfigError(error, path, text));
  return undefined;
}

function listenOn(config: Config, { address, port }: RunOptions): SocketAddress[] {
  const named = config.bgpSockets.length > 0 ? config.bgpSockets : [{ address: defaultAddress, port: defaultPort }];
  if (address === undefined) return named.map((socket) => ({ ...socket, port: port ?? socket.port }));
  return [{ address: canonicalAddress(address) ?? address, port: port ?? named[0]!.port }];
}

function untilSignal(): { received: Promise<void>; forget: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  const signals = ["SIGINT", "SIGTERM"] as const;
  for (const signal of signals) Deno.addSignalListener(signal, resolve);
  return {
    received: promise,
    forget: () => {
      for (const signal of signals) Deno.removeSignalListener(signal, resolve);
    },
  };
}
