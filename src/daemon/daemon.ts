/**
 * One run of the daemon, from start to end: it opens the database, starts the threads, listens, opens the API and
 * starts the peers; it puts another configuration in force; and on a signal it ends all sessions, writes the last rows
 * and stops.
 *
 * One file because the order of the steps at the start, at a reload and at the end depends on the same parts.
 */

import {
  addressOf,
  type Config,
  type ConfigFile,
  multipathForRib,
  ownRoutes,
  type PeerConfig,
  ribPeer,
  type RpkiCacheSettings,
  type SocketAddress,
  storedText,
  whatRuns,
} from "../config/mod.ts";
import {
  type ConfigurationTarget,
  ControlError,
  controlSocketPath,
  type HttpOptions,
  type HttpServer,
  liveSocketPath,
  loadHttp,
  readerSocketPath,
  type RestartReport,
} from "../control/mod.ts";
import { cease, CeaseCode } from "../message/mod.ts";
import { familyEntries, formatAddress, formatIpv4Number, type Millis } from "../types/mod.ts";
import type { ConfiguredPeer } from "../store/mod.ts";
import {
  type Connection,
  dial,
  formatEndpoint,
  giveUpLibraries,
  keepAlive,
  resolve,
  soleNeighbour,
  systemClock,
  type Timer,
} from "../transport/mod.ts";
import { version } from "./version.ts";
import type { Reconfigurable } from "./config/config_changes.ts";
import type { LoadedConfig } from "./config/configuration.ts";
import { Control } from "./control.ts";
import { CreditPool } from "./peer/credits.ts";
import type { Descriptors } from "./listen/descriptors.ts";
import { IdleMemory } from "./thread/idle_memory.ts";
import { Listeners, sameSockets } from "./listen/listeners.ts";
import type { Log } from "./log/log.ts";
import { LoopDelay } from "./thread/loop_delay.ts";
import type { Post, RibToMain, StoreAnswer, StoreToMain, ToRib, ToStore } from "./thread/messages.ts";
import { Originations } from "./rib/originations.ts";
import type { Peer } from "./peer/peer.ts";
import { Peers } from "./peer/peers.ts";
import { identityOf } from "./peer/peer_identity.ts";
import { takePrecedence } from "./thread/priority.ts";
import { findProgramPages } from "./thread/program_pages.ts";
import { Protection } from "./listen/protection.ts";
import { applyReload, type ReloadTarget } from "./config/reload.ts";
import { type PlannedStep, planReload, type ReloadOptions } from "./config/reload_plan.ts";
import { newSocketProblem } from "./config/preflight.ts";
import { Restart } from "./peer/restart.ts";
import { RibQueries } from "./rib/rib_queries.ts";
import type { RibStart } from "./rib/rib_host.ts";
import { RibThread } from "./rib/rib_thread.ts";
import type { Household } from "./peer/strangers.ts";
import { Rpki } from "./rpki/rpki.ts";
import { Routers } from "./routers/routers.ts";
import { Archives, startArchiveWorker } from "./archives/archives.ts";
import { MonitorFeeds } from "./stations/feeds.ts";
import { Stations } from "./stations/stations.ts";
import type { Secrets } from "./config/secrets.ts";
import { StoreClient } from "./store/store_client.ts";
import type { ServiceManager } from "./service/service_manager.ts";
import type { WatchedThread } from "./service/watchdog.ts";
import type { StoreThread } from "./store/store_thread.ts";

/** Credits of all peers together: at most 16 MiB wait for the RIB. */
const creditCapacity = 256;

/** How long stale routes of the last run stay in the database without a session that announces them again. */
const staleMs = 300_000;

/** How long an RPKI cache may take to accept a connection. */
const cacheDialMs = 10_000;

/** The same for a station, and for a router. */
const stationDialMs = 10_000;

/** How often counters are written to the database. */
const countersEveryMs = 1_000;

/** The threads, in messages and for the watchdog. */
const ribName = "RIB";
const storeName = "store";

/** A restart begins once fewer rows than these wait: they are written in a moment. */
const fewRows = 20_000;

/** A slow disk may hold up the store thread for so many periods of the watchdog: sessions do not wait for the disk. */
const storePeriods = 4;

/** How long SQLite may take for a step that cannot be interrupted and to close; then the process ends without it. */
const lastResortMs = 5_000;

/**
 * What one process has for all runs of the daemon in it: the options of the command line, and what exists once only.
 */
export interface ProcessScope {
  /** The sockets to listen on with this configuration. */
  readonly sockets: (config: Config) => readonly SocketAddress[];
  /** The port to dial for a peer whose configuration has none. */
  readonly defaultPort: number;
  readonly descriptors: Descriptors;
  readonly store: StoreThread;
  readonly service: ServiceManager;
}

interface EndOptions {
  readonly endSessions: () => Promise<void>;
  readonly seconds: number;
  readonly restarts: boolean;
}

/** Why the daemon does not start: one sentence for people. */
export class StartError extends Error {}

export class Daemon implements Reconfigurable {
  #config: Config;
  #secrets: Secrets;
  readonly #log: Log;
  readonly #scope: ProcessScope;
  readonly #store: Worker;
  readonly #rib: RibThread;
  readonly #credits: CreditPool;
  readonly #peers: Peers;
  readonly #protection = new Protection();
  readonly #listeners: Listeners;
  readonly #originations = new Originations((message) => this.#toRib(message));
  readonly #queries: RibQueries;
  readonly #loopDelay = new LoopDelay();
  readonly #idleMemory = new IdleMemory();
  readonly #idleProcess = new IdleMemory();
  readonly #descriptors: Descriptors;
  readonly #control: Control;
  #http: HttpServer | undefined;
  readonly #storeClient: StoreClient;
  readonly #rpki: Rpki;
  /** What stations and archives get of the RIB. */
  readonly #feeds: MonitorFeeds;
  readonly #stations: Stations;
  readonly #archives: Archives;
  readonly #routers: Routers;
  /** Where routers connect. */
  readonly #routerListeners: Listeners;
  #ready = false;
  #backlogRows: number | null = null;
  /** Why the database cannot be written; `undefined`: it can. */
  #databaseError: string | undefined;
  #closing = false;
  readonly #drained = Promise.withResolvers<void>();
  readonly #closed = Promise.withResolvers<void>();
  readonly #opened = Promise.withResolvers<StoreToMain & { kind: "opened" }>();
  readonly #restart: Restart;
  readonly #restartAsked = Promise.withResolvers<LoadedConfig>();
  #earlierRunTimer: Timer | undefined;
  /** Peers with counters that the database does not have yet. */
  readonly #uncounted = new Set<Peer>();
  #countersTimer: Timer | undefined;
  /** Resolves with the configuration of the next run when a command asks for a restart. */
  readonly restartAsked = this.#restartAsked.promise;
  readonly #loaded = Promise.withResolvers<void>();
  /** Resolves when the RIB has the routes of the last run. */
  readonly loaded = this.#loaded.promise;
  /** Rejects when a thread failed: the daemon cannot go on. */
  readonly failed: Promise<never>;

  /** `configuration`: changes of the configuration, which call {@link reload} and {@link restart}. */
  constructor(
    config: Config,
    secrets: Secrets,
    scope: ProcessScope,
    log: Log,
    configuration: ConfigurationTarget,
  ) {
    this.#config = config;
    this.#secrets = secrets;
    this.#scope = scope;
    this.#log = log;
    this.#descriptors = scope.descriptors;
    this.#store = scope.store.open(config.database);
    // Behind the start of the store thread, which keeps the normal priority.
    takePrecedence();
    this.#rib = new RibThread((message) => this.#fromRib(message));
    this.failed = failureOf([[storeName, this.#store], [ribName, this.#rib.worker]]);
    this.#store.onmessage = (event: MessageEvent<StoreToMain>) => this.#fromStore(event.data);
    this.#credits = new CreditPool(creditCapacity, (isAwaited) => this.#rib.creditsAreAwaited = isAwaited);
    const toStore = (message: ToStore) => this.#toStore(message);
    this.#storeClient = new StoreClient(toStore);
    this.#restart = new Restart({
      clock: systemClock,
      log,
      toRib: (message) => this.#toRib(message),
      done: () => this.#peers.restartOver(),
    });
    this.#peers = new Peers({
      clock: systemClock,
      random: Math.random,
      dial: (peer, address, signal) => this.#dial(peer, address, signal),
      neighbourOn: soleNeighbour,
      credits: this.#credits,
      toRib: (message, transfer) => this.#toRib(message, transfer),
      toStore,
      log,
      restart: this.#restart,
      household: () => this.#household(configuration.path),
      halfOpenMembers: this.#descriptors.plan.halfOpen,
    }, (peer) => this.#storeClient.identify(peer));
    this.#listeners = this.#createListeners();
    const toRib = (message: ToRib, transfer?: Transferable[]) => this.#toRib(message, transfer);
    this.#rpki = this.#createRpki(toRib, toStore);
    this.#feeds = new MonitorFeeds(toRib);
    this.#stations = this.#createStations();
    this.#archives = this.#createArchives();
    this.#routers = this.#createRouters(toRib);
    this.#routerListeners = new Listeners({ accept: this.#routers.accept, who: "routers", log });
    this.#queries = new RibQueries(toRib);
    this.#control = new Control({
      version,
      peers: this.#peers,
      originations: this.#originations,
      queries: this.#queries,
      loopDelay: this.#loopDelay,
      toRib,
      config: () => this.#config,
      ready: () => this.#ready,
      backlogRows: () => this.#backlogRows,
      rpkiCaches: () => this.#rpki.measurements,
      stations: () => this.#stations.status,
      routers: () => this.#routers.status,
      archives: () => this.#archives.status,
      databaseError: () => this.#databaseError,
      ask: (question) => this.#storeClient.ask(question),
      configuration,
    });
  }

  /**
   * Opens the database and the sockets, then starts the peers. Throws {@link StartError}, or a TransportError. False
   * where `stopped` resolved while the database was locked: nothing has started then.
   */
  async start(stopped: Promise<undefined> = new Promise(() => {})): Promise<boolean> {
    this.#protection.replace(this.#config.peers, this.#secrets.keys);
    const peers = this.#config.peers.filter((peer) => peer.kind !== "network");
    const networks = this.#config.peers.filter((peer) => peer.kind === "network");
    for (const network of networks) this.#peers.networks.add(network);
    this.#toStore({
      kind: "open",
      database: this.#config.database,
      version,
      peers: peers.map((peer) => identityOf(peer, addressOf(peer))),
      networks: networks.map(({ remoteNetwork }) => remoteNetwork),
      history: this.#config.history ?? false,
      access: { mode: this.#config.databaseMode, groupId: this.#secrets.databaseGroup },
    });
    const opened = await Promise.race([this.#opened.promise, this.failed, stopped]);
    if (opened === undefined) return false;
    const { peerIds: ids, members: found, earlier } = opened;
    const members = found.map((member) => ({ ...member, config: this.#peers.networks.of(member.remoteIp)! }));
    const everyone = [...peers.map((config, i) => ({ id: ids[i]!, config })), ...members];
    const shortage = this.#descriptors.shortage(this.#config.peers);
    if (shortage !== undefined) this.#log.warn(shortage);
    const { port1: store, port2: rib } = new MessageChannel();
    const start: RibStart = {
      deferred: this.#restart.begin(earlier, everyone, this.#config.selectionDeferralSeconds),
      routerId: this.#config.routerId,
      clusterId: this.#config.clusterId,
      ownAsn: this.#config.defaultAsn,
      ...this.#config.history === undefined ? { historyRows: 0 } : {},
      policies: this.#config.policies,
      multipath: multipathForRib(this.#config),
      peers: [
        ...peers.map((peer, i) => ribPeer(ids[i]!, addressOf(peer), peer)),
        ...members.map(({ id, remoteIp, config }) => ribPeer(id, remoteIp, config)),
      ],
    };
    this.#rib.start(start, store);
    this.#toStore({ kind: "join", rib, lane: this.#rib.lane }, [rib]);
    await this.#listeners.replace(this.#scope.sockets(this.#config));
    await this.#routerListeners.replace(this.#config.bmpSockets);
    await this.#serveHttp();
    findProgramPages();
    // Before the first peer: sockets and locks have loaded the functions of libc that they need.
    giveUpLibraries();
    this.#loopDelay.begin();
    this.#idleMemory.begin();
    this.#idleProcess.beginForProcess();
    peers.forEach((peer, i) => this.#peers.add(ids[i]!, peer));
    for (const { id, remoteIp, config } of members) this.#peers.addMember(id, remoteIp, config);
    this.#originations.configure(ownRoutes(this.#config));
    this.#rpki.start(this.#config, opened);
    this.#stations.configure(this.#config.stations);
    this.#archives.configure(this.#config.archives);
    this.#routers.configure(this.#config);
    this.#routerListeners.serve();
    // Last: scripts wait for the line "listening on", and then start peers and commands.
    this.#listeners.serve();
    return true;
  }

  /**
   * Puts another configuration in force; returns a line for each change. Throws {@link ControlError}: nothing changed.
   */
  async reload(loaded: LoadedConfig, options: ReloadOptions): Promise<string[]> {
    const { config, secrets, sources: { file: { files } } } = loaded;
    const before = this.#config;
    await this.#moveSockets(before, config);
    const keepsSockets = sameSockets(this.#scope.sockets(before), this.#scope.sockets(config));
    const target: ReloadTarget = {
      toRib: (message) => this.#toRib(message),
      peers: this.#peers,
      protection: this.#protection,
      originations: this.#originations,
      log: this.#log,
    };
    const done = applyReload(before, config, secrets.keys, target, { ...options, keepsSockets });
    const lines = await done.catch(async (error) => {
      if (error instanceof ControlError) await this.#moveSockets(config, before);
      throw error;
    });
    this.#config = whatRuns(before, config);
    this.#secrets = secrets;
    this.#rpki.configure(config);
    this.#stations.configure(config.stations);
    this.#archives.configure(config.archives);
    this.#routers.configure(config);
    this.storeConfiguration(files);
    return lines;
  }

  /** The threads that the watchdog asks, with its period in milliseconds. */
  watchedThreads(periodMs: Millis): WatchedThread[] {
    return [
      { name: ribName, patienceMs: 0, ask: () => this.#toRib({ kind: "ping" }) },
      { name: storeName, patienceMs: storePeriods * periodMs, ask: () => this.#toStore({ kind: "ping" }) },
    ];
  }

  /** How it goes, in one line. */
  get statusLine(): string {
    if (!this.#ready) return "loading the routes of the last run";
    const peers = [...this.#peers];
    const established = peers.filter(({ state }) => state === "Established").length;
    const routes = peers.flatMap(({ counters }) => familyEntries(counters?.routes ?? {}).map(([, count]) => count))
      .reduce((sum, count) => sum + count, 0);
    const line = `${established} of ${peers.length} peers Established, ${routes} routes received`;
    return this.#databaseError === undefined ? line : `${line}; the database cannot be written: ${this.#databaseError}`;
  }

  /** What {@link reload} would do now. Throws {@link ControlError} where a socket cannot be opened. */
  preview({ config, secrets }: LoadedConfig): { steps: readonly PlannedStep[]; established: number } {
    const before = this.#config;
    const [old, sockets] = [this.#scope.sockets(before), this.#scope.sockets(config)];
    const problem = newSocketProblem({ sockets: old, api: before.apiSocket }, { sockets, api: config.apiSocket });
    if (problem !== undefined) throw new ControlError("wrong", `a reload would be refused: ${problem}`);
    const present = { peers: this.#peers, protection: this.#protection };
    const plan = planReload(before, config, secrets.keys, present, { keepsSockets: sameSockets(old, sockets) });
    return { steps: plan.steps, established: [...this.#peers].filter(({ session }) => session !== undefined).length };
  }

  /** Writes the files of the configuration in force to the database. */
  storeConfiguration(files: readonly ConfigFile[]): void {
    this.#toStore({ kind: "configuration", text: storedText(files), ownAsn: this.#config.defaultAsn });
  }

  /** Opens the sockets of another configuration, all or none. Throws {@link ControlError}. */
  async #moveSockets(before: Config, after: Config): Promise<void> {
    try {
      await this.#listeners.replace(this.#scope.sockets(after));
      await this.#routerListeners.replace(after.bmpSockets);
      if (sameSockets([before.apiSocket], [after.apiSocket])) return;
      this.#http?.moveTcp(after.apiSocket);
      this.#logApi(after.apiSocket);
    } catch (error) {
      await this.#listeners.replace(this.#scope.sockets(before));
      await this.#routerListeners.replace(before.bmpSockets);
      throw new ControlError("wrong", error instanceof Error ? error.message : String(error));
    }
  }

  async keepPeer(peer: ConfiguredPeer): Promise<void> {
    this.#requireStored(await this.#storeClient.ask({ kind: "keepPeer", peer }));
  }

  async forgetPeer(name: string): Promise<void> {
    this.#requireStored(await this.#storeClient.ask({ kind: "forgetPeer", name }));
  }

  #requireStored(answer: StoreAnswer): void {
    if (answer.kind === "refused") throw new ControlError("unavailable", answer.reason);
  }

  /** Asks for a restart with this configuration: it begins when the current requests are answered. */
  restart(loaded: LoadedConfig): RestartReport {
    const sessions = [...this.#peers].filter(({ session }) => session !== undefined).map((peer) => ({
      peer: peer.name,
      keepsRoutes: peer.config.gracefulRestart === "full" && peer.session?.negotiated.graceful !== undefined,
    }));
    this.#restartAsked.resolve(loaded);
    return { pid: Deno.pid, startedAt: this.#control.status().startedAt, sessions };
  }

  /** Sends all peers a Cease and writes the last rows. The routes stay in the database for the next start. */
  async stop(): Promise<void> {
    this.#log.info("shutting down");
    const { stopSeconds } = this.#config;
    const end = this.#end({
      endSessions: () => this.#peers.stopAll(cease(CeaseCode.administrativeShutdown)),
      seconds: stopSeconds,
      restarts: false,
    });
    if (!await endsWithin(1000 * stopSeconds + lastResortMs, end)) {
      this.#log.error("the database does not close in time: bgpd ends, and the last rows are lost; raise stop_timeout");
    }
    this.terminate();
  }

  /**
   * As {@link stop}, but without a NOTIFICATION: the next run goes on from this one. Rows are written before the
   * connections close, so that the time without a daemon is short.
   */
  async stopForRestart(): Promise<void> {
    this.#log.info("restarting");
    this.#toStore({ kind: "catchUp" });
    const { stopSeconds } = this.#config;
    const endsAt = systemClock.monotonic() + 1000 * stopSeconds;
    while ((this.#backlogRows ?? 0) > fewRows && systemClock.monotonic() < endsAt) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await this.#end({
      endSessions: () => this.#peers.abandonAll(),
      seconds: Math.min(1, stopSeconds),
      restarts: true,
    });
    // The next run uses the same store thread.
    this.#release();
  }

  /** Rows that wait are written for `seconds` at most. `restarts`: another run goes on from this one. */
  async #end({ endSessions, seconds, restarts }: EndOptions): Promise<void> {
    this.#listeners.close();
    this.#routerListeners.close();
    this.#rpki.stop();
    this.#stations.stop();
    this.#routers.stop();
    // Before the lock of the database is released: then another daemon may use the same control socket.
    const httpClosed = this.#http?.close(), archived = this.#archives.stop();
    this.#toStore({ kind: "hurry", withinMs: 1000 * seconds });
    this.#toRib({ kind: "drain" });
    this.#closing = true;
    await Promise.all([endSessions(), this.#drained.promise, httpClosed, archived]);
    this.#toStore({ kind: "close", restarts });
    await this.#closed.promise;
  }

  terminate(): void {
    this.#release();
    this.#store.terminate();
  }

  #release(): void {
    this.#loopDelay.stop();
    this.#idleMemory.stop();
    this.#idleProcess.stop();
    this.#restart.stop();
    this.#rpki.stop();
    this.#stations.stop();
    this.#routers.stop();
    void this.#archives.stop();
    this.#earlierRunTimer?.clear();
    this.#countersTimer?.clear();
    this.#listeners.close();
    this.#routerListeners.close();
    // It never rejects.
    void this.#http?.close();
    this.#rib.terminate();
  }

  /** The stream for programs on this host: whoever reads the database may follow what changes in it. */
  #serveLive(listenUnix: Awaited<ReturnType<typeof loadHttp>>["listenUnix"]): void {
    const path = liveSocketPath(this.#config.database);
    const { control, readers = control } = this.#unixSockets();
    const socket = { ...readers, path };
    this.#stations.serveLive(path, () => listenUnix(socket, (why) => this.#log.warn(`live socket: ${why}`)));
  }

  async #serveHttp(): Promise<void> {
    const { HttpError, listenUnix, serveHttp } = await loadHttp();
    this.#serveLive(listenUnix);
    const { apiSocket } = this.#config;
    try {
      this.#http = serveHttp({
        target: this.#control,
        version,
        ...this.#unixSockets(),
        tcp: apiSocket,
        token: () => this.#secrets.apiToken,
        maxConnections: { unix: this.#descriptors.plan.control, tcp: this.#descriptors.plan.api },
        onError: (error) => this.#log.error(`API: ${error instanceof Error ? error.stack ?? error.message : error}`),
        warn: (text) => this.#log.warn(text),
      });
    } catch (error) {
      if (error instanceof HttpError) throw new StartError(error.message);
      throw error;
    }
    this.#logApi(apiSocket);
  }

  /** The control socket, and the one for everyone who may read the database. */
  #unixSockets(): Pick<HttpOptions, "control" | "readers"> {
    const { database, databaseMode, controlMode } = this.#config;
    const { databaseGroup, controlGroup } = this.#secrets;
    // To connect to a socket is to write to it.
    const readers = databaseMode & 0o044, mode = 0o600 | readers | readers >> 1;
    return {
      control: { path: controlSocketPath(database), mode: controlMode, groupId: controlGroup },
      readers: readers === 0 ? undefined : { path: readerSocketPath(database), mode, groupId: databaseGroup },
    };
  }

  #logApi(socket: SocketAddress | undefined): void {
    if (socket === undefined) return;
    this.#log.info(`API on ${formatEndpoint(socket.address, this.#http?.tcpPort ?? socket.port)}`);
  }

  #household(file: string): Household {
    const { database, defaultAsn } = this.#config;
    return { file, database: resolve(database), needsLocalAs: defaultAsn === undefined };
  }

  #dial(peer: PeerConfig, address: string, signal: AbortSignal): Promise<Connection> {
    return this.#descriptors.countDialled(dial({
      address,
      port: peer.port ?? this.#scope.defaultPort,
      signal,
      timeoutMs: peer.connectRetrySeconds * 1000,
      localAddress: peer.localIp,
      md5: this.#protection.keyOf(peer.name),
      ttlSecurity: peer.ttlSecurity,
    }));
  }

  #dialCache({ name, socket: { address, port } }: RpkiCacheSettings, signal: AbortSignal): Promise<Connection> {
    return dial({ address, port, signal, timeoutMs: cacheDialMs, md5: this.#secrets.cacheKeys.get(name) });
  }

  #createListeners(): Listeners {
    return new Listeners({
      protection: this.#protection,
      accept: (connection) => void this.#peers.incoming.accept(connection),
      share: this.#descriptors.peers,
      log: this.#log,
    });
  }

  #createArchives(): Archives {
    const { database } = this.#config;
    return new Archives({
      clock: systemClock,
      now: Date.now,
      log: this.#log,
      feeds: this.#feeds,
      database,
      startWorker: startArchiveWorker,
    });
  }

  #createStations(): Stations {
    return new Stations({
      clock: systemClock,
      log: this.#log,
      feeds: this.#feeds,
      dial: ({ name, socket: { address, port } }, signal) =>
        dial({ address, port, signal, timeoutMs: stationDialMs, md5: this.#secrets.stationKeys.get(name) }),
      name: hostName() ?? formatIpv4Number(this.#config.routerId),
      description: `bgpd ${version}`,
    });
  }

  #createRpki(toRib: Post<ToRib>, toStore: Post<ToStore>): Rpki {
    const dialCache = (cache: RpkiCacheSettings, signal: AbortSignal) => this.#dialCache(cache, signal);
    return new Rpki({ clock: systemClock, log: this.#log, toRib, toStore, dial: dialCache });
  }

  #createRouters(toRib: Post<ToRib>): Routers {
    return new Routers({
      clock: systemClock,
      log: this.#log,
      toRib,
      keepAlive: (connection) => void keepAlive(connection),
      mostConnections: this.#descriptors.plan.routers,
      dial: ({ network, port = 0 }, signal) =>
        dial({ address: formatAddress(network.octets), port, signal, timeoutMs: stationDialMs }),
    });
  }

  /**
   * While the daemon closes, the RIB gets no message: a session that ends must not remove its rows from the database.
   */
  #toRib(message: ToRib, transfer?: Transferable[]): void {
    if (!this.#closing) this.#rib.post(message, transfer);
  }

  #toStore(message: ToStore, transfer: Transferable[] = []): void {
    this.#store.postMessage(message, transfer);
  }

  #fromRib(message: RibToMain): void {
    switch (message.kind) {
      case "ready":
        this.#ready = true;
        this.#loaded.resolve();
        this.#credits.open();
        this.#earlierRunTimer = systemClock.setTimer(
          systemClock.monotonic() + staleMs,
          () => this.#peers.earlierRunOver(),
        );
        return;
      case "credit":
        return this.#credits.giveBack(message.peerId, message.buffer);
      case "output":
        return this.#peers.get(message.peerId)?.output(message.epoch, message.bytes);
      case "fact":
        return this.#peers.get(message.fact.peerId)?.fact(message.fact);
      case "routerCredit":
      case "routerFact":
      case "routerCounters":
        return this.#routers.handle(message);
      case "monitored":
      case "monitorLapped":
        return this.#feeds.handle(message);
      case "counters":
        return this.#statistics(message);
      case "page":
        return this.#queries.answer(message);
      case "outcomes":
        return this.#queries.answerOutcomes(message);
      case "drained":
        return this.#drained.resolve();
      case "pong":
        return this.#scope.service.answered(ribName);
      default:
        message satisfies never;
    }
  }

  #fromStore(message: StoreToMain): void {
    switch (message.kind) {
      case "opened":
        for (const note of message.notes) this.#log.warn(note);
        return this.#opened.resolve(message);
      case "refused":
        return this.#opened.reject(new StartError(message.reason));
      case "peerId":
        return this.#storeClient.onPeerId(message);
      case "announcements":
        return this.#originations.announce(message.changes);
      case "answer":
        return this.#storeClient.onAnswer(message);
      case "degraded":
        return this.#logDegraded(message.reason);
      case "failing":
        this.#databaseError = message.reason;
        return;
      case "note":
        return this.#log.warn(message.text);
      case "gaveUp":
        return this.#drained.resolve();
      case "closed":
        return this.#closed.resolve();
      case "pong":
        return this.#scope.service.answered(storeName);
      default:
        message satisfies never;
    }
  }

  #logDegraded(reason: string | undefined): void {
    if (reason !== undefined) {
      return this.#log.error(
        `the database cannot be written: ${reason}; changes wait in memory, sessions go on; see bgpd doctor`,
      );
    }
    this.#log.info("the database can be written again: bgpd writes the rows that wait");
  }

  /** The API shows counters at once; the database gets them once a second, because each time is a transaction. */
  #statistics({ peers, backlog }: RibToMain & { kind: "counters" }): void {
    this.#backlogRows = backlog;
    for (const { peerId, counters } of peers) {
      const peer = this.#peers.get(peerId);
      if (peer === undefined) continue;
      peer.counters = counters;
      this.#uncounted.add(peer);
    }
    this.#countersTimer ??= systemClock.setTimer(systemClock.monotonic() + countersEveryMs, () => {
      this.#countersTimer = undefined;
      const rows = this.#backlogRows ?? 0;
      this.#toStore({ kind: "backlog", rows, longestStallMs: this.#loopDelay.longestMs });
      for (const peer of this.#uncounted) peer.reportStatistics();
      this.#uncounted.clear();
    });
  }
}

/** `undefined`: bgpd may not know it. */
function hostName(): string | undefined {
  try {
    return Deno.hostname();
  } catch {
    return undefined;
  }
}

/** Rejects when one of these threads fails. */
function failureOf(threads: readonly (readonly [name: string, worker: Worker])[]): Promise<never> {
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => {});
  for (const [name, worker] of threads) {
    worker.onerror = (event) => {
      event.preventDefault();
      failed.reject(new Error(`the ${name} thread failed, so bgpd ends: ${event.message}`));
    };
  }
  return failed.promise;
}

/** False where the work takes longer. */
async function endsWithin(ms: number, work: Promise<void>): Promise<boolean> {
  const limit = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => limit.resolve(false), ms);
  try {
    return await Promise.race([work.then(() => true), limit.promise]);
  } finally {
    clearTimeout(timer);
  }
}
