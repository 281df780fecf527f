/**
 * # daemon: the running process
 *
 * The pure folders decide; this one has the threads, the sockets and the clock, and connects everything.
 *
 * | Thread | What it does | Start reading at |
 * |---|---|---|
 * | main | sockets, one state machine per peer, timers, the API | `daemon.ts`, `peer/peer_session.ts`, `peer/link.ts` |
 * | RIB | all tables of routes and the decision process | `rib/rib_host.ts` |
 * | store | the only connection that writes the database | `store/store_host.ts` |
 *
 * The threads exchange the messages of `thread/messages.ts`. Each consumer takes no more than it can handle, so no
 * queue grows without bound: credits limit what goes to the RIB (`peer/credits.ts`), lent batches what goes to the
 * store, and pulls what goes to the sockets (`peer/output_window.ts`).
 *
 * | Folder | Contents |
 * |---|---|
 * | `log/` | the log, and limits for what peers can make it write |
 * | `thread/` | what all threads share: messages, CPU priority, memory |
 * | `service/` | what the service manager (systemd) gets to know: sd_notify, watchdog |
 * | `store/` | the store thread: start, writes, recovery, announcements |
 * | `rib/` | the RIB thread: start, messages, queries, routes of this speaker |
 * | `listen/` | listening sockets, their TCP-MD5 keys and TTL security, file descriptors |
 * | `peer/` | peers (`peers.ts`, `peer.ts`), sessions (`peer_session.ts`) and connections (`link.ts`) |
 * | `config/` | loading, checks before a start, reload |
 *
 * A folder imports only from those above it in this list; the files beside this one may import from all. Lint enforces
 * it. `control.ts`, `announcement_control.ts` and `route_views.ts` answer the API; `version.ts` is for all.
 *
 * @module
 */

import { canonicalZonedAddress } from "../types/mod.ts";
import { type Config, formatErrorOf, type SocketAddress } from "../config/mod.ts";
import { TransportError } from "../transport/mod.ts";
import { keepMemoryTight } from "./thread/allocator.ts";
import { ConfigChangeHandler } from "./config/config_changes.ts";
import type { CheckReport, RunOptions } from "../control/mod.ts";
import { alertQueryErrors } from "./config/alert_queries.ts";
import { Configuration, type LoadResult, refused } from "./config/configuration.ts";
import { Descriptors } from "./listen/descriptors.ts";
import { Daemon, type ProcessScope, StartError } from "./daemon.ts";
import { StoreThread } from "./store/store_thread.ts";
import { openLog } from "./log/log.ts";
import { ServiceManager } from "./service/service_manager.ts";
import { startProblems } from "./config/preflight.ts";

/** The web process takes these by their doors: this page loads the whole daemon. */
export { openLog } from "./log/log.ts";
export { yieldPrecedence } from "./thread/priority.ts";
export { version } from "./version.ts";

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
  for (const warning of loaded.warnings) log.warn(warning);
  for (const { line } of loaded.unusable) log.error(line);
  // Before the start, so that a signal during the start waits until it is complete.
  const signal = untilSignal();
  const service = new ServiceManager(log);
  const scope: ProcessScope = {
    service,
    sockets,
    defaultPort: options.port ?? defaultPort,
    descriptors: new Descriptors(),
    store: new StoreThread(),
  };
  let running: Daemon | undefined;
  let reloadWaits = false;
  const changes = new ConfigChangeHandler(configuration, () => running, log, service);
  const onHangup = () => {
    reloadWaits = running === undefined;
    // A refused configuration rejects; the log has the reasons already.
    if (!reloadWaits) changes.reload().catch(() => {});
  };
  Deno.addSignalListener("SIGHUP", onHangup);
  let daemon: Daemon | undefined;
  service.describe(() => daemon?.statusLine ?? "starting");
  try {
    for (let next: typeof loaded | undefined = loaded; next !== undefined;) {
      const { config, secrets }: typeof loaded = next;
      configuration.use(next);
      daemon = new Daemon(config, secrets, scope, log, changes);
      if (!await daemon.start(signal.received)) {
        daemon.terminate();
        break;
      }
      running = daemon;
      const started = daemon;
      void started.loaded.then(() => {
        if (running !== started) return;
        service.watch(started.watchedThreads(service.watchdogMs ?? 0));
        service.ready();
      });
      daemon.storeConfiguration(next.sources.file.files);
      if (reloadWaits) onHangup();
      next = await Promise.race([signal.received, daemon.restartAsked, daemon.failed]);
      running = undefined;
      service.watch([]);
      if (next === undefined) service.stopping();
      else service.restarting();
      await Promise.race([next === undefined ? daemon.stop() : daemon.stopForRestart(), daemon.failed]);
    }
    return 0;
  } catch (error) {
    daemon?.terminate();
    if (error instanceof StartError || error instanceof TransportError) console.error(`bgpd: ${error.message}`);
    else log.error(error instanceof Error ? error.message : String(error));
    return 1;
  } finally {
    service.close();
    signal.forget();
    Deno.removeSignalListener("SIGHUP", onHangup);
  }
}

/** Loads the configuration, and refuses it where a check before the start fails. */
async function loadForStart(
  configuration: Configuration,
  sockets: (config: Config) => readonly SocketAddress[],
): Promise<LoadResult> {
  const loaded = await configuration.load();
  const { config } = loaded;
  if (config === undefined) return loaded;
  const problems = await startProblems({
    config,
    sockets: sockets(config),
    keys: loaded.kind === "loaded" ? loaded.secrets.keys : new Map(),
    configuration: configuration.absolutePath,
  });
  if (problems.length === 0) return loaded;
  const more = refused(...problems);
  if (loaded.kind === "loaded") return { ...more, config, files: loaded.sources.file.files.map(({ path }) => path) };
  return {
    ...loaded,
    texts: [...loaded.texts, ...more.texts],
    lines: [...loaded.lines, ...more.lines],
    errors: [...loaded.errors, ...more.errors],
  };
}

/** The checks of {@link runDaemon} before the start: `bgpd check`. */
export async function checkStart(configPath: string): Promise<CheckReport> {
  const options = { configPath, verbosity: 0 } as const;
  const sockets = (config: Config) => listenOn(config, options);
  const configuration = new Configuration(configPath, sockets);
  const loaded = await loadForStart(configuration, sockets);
  const { config } = loaded;
  const start = config && { config, sockets: sockets(config) };
  if (loaded.kind === "refused") {
    const { texts, errors, files } = loaded;
    return { kind: "refused", start, texts, errors, files: files.length === 0 ? [configPath] : files };
  }
  const { files } = loaded.sources.file;
  // The router itself ignores alerts.
  const errors = alertQueryErrors(configuration.written(loaded), loaded.config.database);
  const paths = files.map(({ path }) => path);
  if (errors.length > 0) {
    return { kind: "refused", start, files: paths, errors, texts: errors.map((error) => formatErrorOf(error, files)) };
  }
  return {
    kind: "ok",
    start,
    files: paths,
    peers: loaded.config.peers.length,
    warnings: [...loaded.warnings, ...loaded.unusable.map(({ line }) => line)],
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
