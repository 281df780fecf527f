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

import { canonicalZonedAddress } from "../types/mod.ts";
import type { Config, SocketAddress } from "../config/mod.ts";
import { TransportError } from "../transport/mod.ts";
import { keepMemoryTight } from "./thread/allocator.ts";
import { ConfigDesk } from "./config/config_changes.ts";
import type { CheckReport } from "../control/mod.ts";
import { Configuration, type LoadedConfig, refused } from "./config/configuration.ts";
import { Descriptors } from "./listen/descriptors.ts";
import { Daemon, type ProcessScope, StartError } from "./daemon.ts";
import { StoreThread } from "./store/store_thread.ts";
import { openLog, type Verbosity } from "./log/log.ts";
import { startProblems } from "./config/preflight.ts";

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

/** Runs the daemon in the foreground until SIGINT or SIGTERM; SIGHUP reloads. Resolves to the exit code. */
export async function runDaemon(options: RunOptions): Promise<number> {
  const sockets = (config: Config) => listenOn(config, options);
  const configuration = new Configuration(options.configPath, sockets);
  const loaded = await loadForStart(configuration, sockets);
  if (loaded.kind === "refused") {
    for (const text of loaded.texts) console.error(text);
    return 1;
  }
  keepMemoryTight();
  const log = await openLog(options.verbosity);
  for (const note of loaded.notes) log.warn(note);
  for (const { line } of loaded.troubles) log.error(line);
  // Before the start: a signal that comes in the middle of it waits, and does not leave things half done.
  const signal = untilSignal();
  const scope: ProcessScope = {
    sockets,
    defaultPort: options.port ?? defaultPort,
    descriptors: new Descriptors(),
    store: new StoreThread(),
  };
  let running: Daemon | undefined;
  let reloadWaits = false;
  const changes = new ConfigDesk(configuration, () => running, log);
  const onHangup = () => {
    reloadWaits = running === undefined;
    // Who sends a signal reads the log; why a configuration was refused stands there already.
    if (!reloadWaits) changes.reload().catch(() => {});
  };
  Deno.addSignalListener("SIGHUP", onHangup);
  let daemon: Daemon | undefined;
  try {
    for (let next: typeof loaded | undefined = loaded; next !== undefined;) {
      const { config, secrets }: typeof loaded = next;
      configuration.hold(next);
      daemon = new Daemon(config, secrets, scope, log, changes);
      if (!await daemon.start(signal.received)) {
        daemon.terminate();
        break;
      }
      running = daemon;
      daemon.keepText(next.sources.file.text);
      if (reloadWaits) onHangup();
      next = await Promise.race([signal.received, daemon.restartAsked, daemon.failed]);
      running = undefined;
      await Promise.race([next === undefined ? daemon.stop() : daemon.stopForRestart(), daemon.failed]);
    }
    return 0;
  } catch (error) {
    daemon?.terminate();
    if (error instanceof StartError || error instanceof TransportError) console.error(`bgpd: ${error.message}`);
    else log.error(error instanceof Error ? error.message : String(error));
    return 1;
  } finally {
    signal.forget();
    Deno.removeSignalListener("SIGHUP", onHangup);
  }
}

/** The configuration, where nothing stands in the way of a start with it. */
async function loadForStart(
  configuration: Configuration,
  sockets: (config: Config) => readonly SocketAddress[],
): Promise<LoadedConfig> {
  const loaded = await configuration.load();
  const { config } = loaded;
  const problems = config === undefined ? [] : startProblems(config, sockets(config));
  if (problems.length === 0) return loaded;
  const more = refused(...problems);
  if (loaded.kind === "loaded") return more;
  const { texts, lines, errors } = loaded;
  return {
    kind: "refused",
    texts: [...texts, ...more.texts],
    lines: [...lines, ...more.lines],
    errors: [...errors, ...more.errors],
  };
}

/** What {@link runDaemon} would say before it begins: `bgpd check`. */
export async function checkStart(configPath: string): Promise<CheckReport> {
  const options = { configPath, verbosity: 0 } as const;
  const sockets = (config: Config) => listenOn(config, options);
  const loaded = await loadForStart(new Configuration(configPath, sockets), sockets);
  return loaded.kind === "refused" ? { kind: "refused", texts: loaded.texts, errors: loaded.errors } : {
    kind: "ok",
    peers: loaded.config.peers.length,
    warnings: [...loaded.notes, ...loaded.troubles.map(({ line }) => line)],
  };
}

function listenOn(config: Config, { address, port }: RunOptions): SocketAddress[] {
  const named = config.bgpSockets.length > 0 ? config.bgpSockets : [{ address: defaultAddress, port: defaultPort }];
  if (address === undefined) return named.map((socket) => ({ ...socket, port: port ?? socket.port }));
  return [{ address: canonicalZonedAddress(address) ?? address, port: port ?? named[0]!.port }];
}

function untilSignal(): { received: Promise<undefined>; forget: () => void } {
  const { promise, resolve: received } = Promise.withResolvers<undefined>();
  const resolve = () => received(undefined);
  const signals = ["SIGINT", "SIGTERM"] as const;
  for (const signal of signals) Deno.addSignalListener(signal, resolve);
  return {
    received: promise,
    forget: () => {
      for (const signal of signals) Deno.removeSignalListener(signal, resolve);
    },
  };
}
