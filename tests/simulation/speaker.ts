/**
 * One whole bgpd in one thread: the daemon's peers, its RIB and its store, joined by mailboxes in virtual time. A
 * {@link Mailbox} and a {@link Network} stand for the workers and the sockets of `daemon.ts`.
 */

import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { type PeerConfig, ribPeer, type StaticRoute } from "../../src/config/mod.ts";
import { cease } from "../../src/message/mod.ts";
import type { Origination, Rib } from "../../src/rib/mod.ts";
import type { PeerIdentity } from "../../src/store/mod.ts";
import { limits, parseIpv4Number } from "../../src/types/mod.ts";
import { type Clock, steadyWallClock } from "../../src/transport/mod.ts";
import { watchEveryMs } from "../../src/daemon/store/announcement_handler.ts";
import { CreditPool } from "../../src/daemon/peer/credits.ts";
import type { Log } from "../../src/daemon/log/log.ts";
import type {
  RibToMain,
  RibToStore,
  StoreToMain,
  StoreToRib,
  ToRib,
  ToStore,
} from "../../src/daemon/thread/messages.ts";
import { Peers } from "../../src/daemon/peer/peers.ts";
import { identityOf } from "../../src/daemon/peer/peer_identity.ts";
import { Restart } from "../../src/daemon/peer/restart.ts";
import { RibHost, type RibStart } from "../../src/daemon/rib/rib_host.ts";
import { StoreHost } from "../../src/daemon/store/store_host.ts";
import { type DatabaseView, readSqlite } from "./database.ts";
import type { WrittenPolicies } from "../unit/policy/reference.ts";
import { Mailbox } from "./mailbox.ts";
import { ModelDatabase, ModelStoreHost } from "./model_store.ts";
import type { Cut, Network } from "./network.ts";
import type { Random } from "./random.ts";
import { emptyWritten, policyTable } from "./random_policies.ts";
import type { Sabotage } from "./sabotage.ts";
import type { VirtualClock } from "./virtual_clock.ts";
import type { Witness } from "./witness.ts";
import { packOriginations } from "../../src/daemon/thread/origination_codec.ts";

/** How long routes of an earlier run may stay without being announced again, as `daemon.ts` has it. */
export const staleMs = 300_000;

/** What a speaker lives in. */
export interface Surroundings {
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly network: Network;
  /** A line for the log that a failure shows. */
  readonly note: (text: string) => void;
  /** Somebody broke a rule of the protocol, or of this harness. */
  readonly fail: (error: unknown) => void;
  readonly sabotage?: Sabotage | undefined;
  /** Writes down what the RIB of a speaker hears. */
  readonly witness?: Witness | undefined;
}

export interface SpeakerConfig {
  readonly name: string;
  readonly address: string;
  readonly asn: number;
  readonly peers: readonly PeerConfig[];
  /** Of a route reflector; `undefined`: the router id. */
  readonly clusterId?: number | undefined;
  /** Octets on their way from the RIB to a peer; `undefined`: as the daemon does. */
  readonly pullBytes?: number | undefined;
  /** Small, so that the RIB does its work in many steps. */
  readonly ribLimits?: Pick<RibStart, "ringBytes" | "decisionSlice"> | undefined;
  /** How long it waits for End-of-RIBs after a restart; `undefined`: as the daemon does. */
  readonly selectionDeferralSeconds?: number;
  /** What the import and export of its peers name. */
  readonly policies?: WrittenPolicies;
  /** A folder for SQLite files, or `undefined`: the model of a database. */
  readonly folder: string | undefined;
  readonly credits: number;
}

export class Speaker {
  readonly config: SpeakerConfig;
  readonly routerId: number;
  readonly #around: Surroundings;
  readonly #model = new ModelDatabase();
  /** How often the file moved: killed processes leave theirs behind. */
  #fileNumber = 0;
  /** The configuration of its peers, which may change while it runs. */
  readonly #peers: PeerConfig[];
  #policies: WrittenPolicies;
  /** What it originates by key; `peer`: to that address only. */
  readonly #originated = new Map<string, OwnRoute>();
  #life: Life | undefined;
  #unlock = () => {};

  constructor(config: SpeakerConfig, around: Surroundings) {
    this.config = config;
    this.routerId = parseIpv4Number(config.address)!;
    this.#around = around;
    this.#peers = [...config.peers];
    this.#policies = config.policies ?? emptyWritten;
  }

  /** The policies in force. */
  get policies(): WrittenPolicies {
    return this.#policies;
  }

  get witness(): Witness | undefined {
    return this.#around.witness;
  }

  /** Its AS as the neighbours have it, which may be a confederation. */
  get asn(): number {
    return this.#peers[0]?.confederation?.id ?? this.config.asn;
  }

  get peers(): readonly PeerConfig[] {
    return this.#peers;
  }

  get originated(): ReadonlyMap<string, OwnRoute> {
    return this.#originated;
  }

  get running(): boolean {
    return this.#life !== undefined;
  }

  get life(): Life {
    assert(this.#life !== undefined, `${this.config.name} does not run`);
    return this.#life;
  }

  start(): void {
    assert(this.#life === undefined);
    this.#unlock();
    const config = { ...this.config, peers: this.#peers };
    const life = new Life(
      config,
      () => this.#policies,
      this.#originated,
      this.routerId,
      this.#around,
      this.file ?? this.#model,
    );
    this.#life = life;
    this.#around.witness?.begins();
    life.start(() => {
      this.#around.network.listen(this.config.address, (connection) => life.peers.incoming.accept(connection));
    });
  }

  /** Another configuration of a peer, as a reload brings it; the session goes on. */
  configure(peer: PeerConfig & { kind: "address" }): void {
    this.#peers[this.#peers.findIndex(({ name }) => name === peer.name)] = peer;
    if (this.#life?.ready !== true) return;
    const running = this.#life.peers.find(peer.remoteIp);
    if (running !== undefined) this.#life.peers.configure(running, peer);
  }

  /** Other policies, and what some peers say of them now, as a reload brings them. */
  setPolicies(policies: WrittenPolicies, peers: readonly (PeerConfig & { kind: "address" })[]): void {
    this.#policies = policies;
    for (const peer of peers) this.#peers[this.#peers.findIndex(({ name }) => name === peer.name)] = peer;
    if (this.#life?.ready !== true) return;
    this.#life.peers.setPolicies(policyTable(policies), peers);
    for (const peer of peers) this.configure(peer);
  }

  /** The peer leaves the configuration. Not while the process starts. */
  removePeer(name: string): void {
    this.#peers.splice(this.#peers.findIndex((peer) => peer.name === name), 1);
    const peer = this.#life?.peers.find(name);
    if (peer !== undefined) this.life.peers.remove(peer, cease(3));
  }

  /** A peer comes into the configuration. Not while the process starts. */
  async addPeer(peer: PeerConfig & { kind: "address" }): Promise<void> {
    this.#peers.push(peer);
    const life = this.#life;
    await life?.peers.addLater(peer);
    life?.originate([...this.#originated].filter(([_, own]) => own.peer === peer.remoteIp));
  }

  originate(key: string, route: OwnRoute): void {
    this.#originated.set(key, route);
    if (this.#life?.ready === true) this.#life.originate([[key, route]]);
  }

  unoriginate(keys: readonly string[]): void {
    for (const key of keys) this.#originated.delete(key);
    if (this.#life?.ready === true) this.#life.unoriginate(keys);
  }

  /**
   * As `kill -9`, or a power cut. The files stay as they were at that moment; the kernel tells the peers, or nobody.
   */
  kill(how: Cut): void {
    this.#around.witness?.killed();
    const file = this.file;
    if (file !== undefined) {
      this.#fileNumber++;
      for (const end of ["", "-wal"]) copyIfThere(file + end, this.file! + end);
    }
    this.#leave(how);
  }

  /** As SIGTERM, or as `bgpd restart`, which takes no leave. Resolves when the last row is written. */
  async stop(restarts = false): Promise<void> {
    const life = this.life;
    this.#around.network.setListening(this.config.address, "refuse");
    await life.stop(restarts);
    if (this.#life === life) this.#leave("endOfStream");
  }

  /** Another process takes the write lock of the database; gives the way to release it. */
  lockDatabase(): (() => void) | undefined {
    const file = this.file;
    if (file === undefined || this.#life?.ready !== true) return undefined;
    const other = new DatabaseSync(file);
    try {
      // In a file that was removed, and is made anew by our own opening, there is nothing to lock.
      other.prepare("SELECT * FROM peers").all();
      other.exec("BEGIN IMMEDIATE");
    } catch {
      // Somebody has the lock already.
      other.close();
      return undefined;
    }
    let held = true;
    this.#unlock = () => {
      if (held) other.close();
      held = false;
    };
    return this.#unlock;
  }

  readDatabase(checkIntegrity: boolean): DatabaseView {
    const file = this.file;
    return file === undefined ? this.#model.view() : readSqlite(file, checkIntegrity);
  }

  #leave(how: Cut): void {
    this.#around.network.abandon(this.config.address, how);
    this.#around.network.setListening(this.config.address, how === "silent" ? "ignore" : "refuse");
    this.#life?.end();
    this.#life = undefined;
  }

  /** Where its database is; `undefined`: in the model. */
  get file(): string | undefined {
    const { folder, name } = this.config;
    return folder === undefined ? undefined : `${folder}/${name}-${this.#fileNumber}.db`;
  }
}

/** A route of the speaker's own; `peer`: the address of the only one to hear of it. */
export interface OwnRoute {
  readonly route: StaticRoute;
  readonly peer: string | undefined;
}

/** One run of the process, from start to stop or kill. */
export class Life {
  readonly peers: Peers;
  readonly restart: Restart;
  readonly credits: CreditPool;
  readonly #config: SpeakerConfig;
  readonly #policies: () => WrittenPolicies;
  readonly #originated: ReadonlyMap<string, OwnRoute>;
  readonly #routerId: number;
  readonly #around: Surroundings;
  readonly #database: string | ModelDatabase;
  readonly #store: StoreHost | ModelStoreHost;
  readonly #toRib: Mailbox<ToRib>;
  readonly #toStore: Mailbox<Exclude<ToStore, { kind: "join" }>>;
  readonly #ribToMain: Mailbox<RibToMain>;
  readonly #storeToMain: Mailbox<StoreToMain>;
  readonly #ribToStore: Mailbox<RibToStore>;
  readonly #storeToRib: Mailbox<StoreToRib>;
  readonly #idRequests = new Map<number, (peerId: number) => void>();
  #nextRequest = 1;
  /** How often the RIB had something to say to a peer. */
  outputs = 0;
  #listen = () => {};
  #rib: RibHost | undefined;
  #closing = false;
  #over = false;
  readonly #drained = Promise.withResolvers<void>();
  readonly #closed = Promise.withResolvers<void>();

  constructor(
    config: SpeakerConfig,
    policies: () => WrittenPolicies,
    originated: ReadonlyMap<string, OwnRoute>,
    routerId: number,
    around: Surroundings,
    database: string | ModelDatabase,
  ) {
    this.#config = config;
    this.#policies = policies;
    this.#originated = originated;
    this.#routerId = routerId;
    this.#around = around;
    this.#database = database;
    this.credits = new CreditPool(config.credits);
    const box = <M>(deliver: (message: M) => void) => new Mailbox<M>(around.clock, around.random.fork(), deliver);
    this.#toRib = box((message) => {
      around.witness?.heard(message);
      this.#rib!.fromMain(around.sabotage?.toRib(message) ?? message);
    });
    this.#toStore = box((message) => this.#store.fromMain(message));
    this.#ribToMain = box((message) => this.#fromRib(around.sabotage?.fromRib?.(message, config.name) ?? message));
    this.#storeToMain = box((message) => this.#fromStore(message));
    this.#ribToStore = box((message) => this.#store.fromRib(around.sabotage?.toStore(message) ?? message));
    this.#storeToRib = box((message) => this.#rib!.fromStore(message));
    const storePorts = {
      now: steadyWallClock(around.clock),
      monotonic: () => around.clock.monotonic(),
      toMain: this.#storeToMain.post,
      later: (step: () => void, ms: number) => this.#later(step, ms),
    };
    this.#store = typeof database === "string"
      ? new StoreHost(storePorts)
      : new ModelStoreHost(database, around.random.fork(), storePorts);
    this.restart = new Restart({
      clock: this.#clock(),
      log: this.#log(),
      toRib: (message) => this.#tellRib(message),
      done: () => this.peers.restartOver(),
    });
    this.peers = new Peers({
      clock: this.#clock(),
      restart: this.restart,
      random: around.random.fork().next,
      dial: (_peer, address, signal) => around.network.dial(config.address, address, signal),
      credits: this.credits,
      outputBytes: config.pullBytes,
      toRib: (message, transfer) => this.#tellRib(message, transfer),
      toStore: (message, transfer) => this.#toStore.post(message as Exclude<ToStore, { kind: "join" }>, transfer),
      log: this.#log(),
    }, (peer) => this.#identify(peer));
  }

  /** The database stands and the peers are started; the end has not begun. */
  get ready(): boolean {
    return this.#rib !== undefined && !this.#closing;
  }

  /** The tables of the RIB. */
  get rib(): Rib {
    return this.#rib!.rib;
  }

  /** All credits are home: nothing is on its way to the RIB, and none was lost. */
  get creditsAreHome(): boolean {
    const taken: { id: number; buffer: Uint8Array<ArrayBuffer> }[] = [];
    for (let i = 0; i < this.#config.credits; i++) {
      const id = -1 - Math.floor(i / limits.creditsPerPeer);
      const buffer = this.credits.trySpend(id) ? this.credits.buffer() : undefined;
      if (buffer !== undefined) taken.push({ id, buffer });
    }
    for (const { id, buffer } of taken) this.credits.giveBack(id, buffer);
    return taken.length === this.#config.credits;
  }

  /** `listen` is called when the database stands. */
  start(listen: () => void): void {
    this.#listen = listen;
    const peers = this.#config.peers.filter((peer) => peer.kind === "address");
    const networks = this.#config.peers.filter((peer) => peer.kind === "network");
    for (const network of networks) this.peers.networks.add(network);
    this.#toStore.post({
      kind: "open",
      database: typeof this.#database === "string" ? this.#database : "model",
      version: "simulation",
      peers: peers.map((peer) => identityOf(peer, peer.remoteIp)),
      networks: networks.map(({ remoteNetwork }) => remoteNetwork),
    });
  }

  originate(list: Iterable<readonly [string, OwnRoute]>): void {
    const originations = [...list].flatMap(([key, { route, peer }]): Origination[] => {
      const peerId = peer === undefined ? undefined : this.peers.find(peer)?.id;
      // Routes for a peer that is not configured wait until it is.
      return peer !== undefined && peerId === undefined ? [] : [{ key, peerId, route }];
    });
    if (originations.length > 0) this.#tellRib({ kind: "originate", packed: packOriginations(originations) });
  }

  unoriginate(keys: readonly string[]): void {
    this.#tellRib({ kind: "unoriginate", keys });
  }

  /** Asks a peer for its routes again, or tells it ours again. */
  refresh(address: string, direction: "in" | "out"): void {
    const peer = this.peers.find(address);
    // It may have left the configuration meanwhile.
    if (peer !== undefined) this.#tellRib({ kind: "refresh", peerId: peer.id, direction });
  }

  async stop(restarts: boolean): Promise<void> {
    this.#toRib.post({ kind: "drain" });
    this.#closing = true;
    const farewell = restarts ? this.peers.abandonAll() : this.peers.stopAll(cease(2));
    await Promise.all([farewell, this.#drained.promise]);
    this.#toStore.post({ kind: "close", restarts });
    await this.#closed.promise;
  }

  /** Nothing of this process happens any more. */
  end(): void {
    this.#over = true;
    for (
      const box of [
        this.#toRib,
        this.#toStore,
        this.#ribToMain,
        this.#storeToMain,
        this.#ribToStore,
        this.#storeToRib,
      ]
    ) box.discard();
    this.restart.stop();
    // Lets the file and its lock go; whoever starts next has a copy from before this.
    if (this.#store instanceof ModelStoreHost) this.#store.abandon();
    else this.#store.fromMain({ kind: "close", restarts: false });
  }

  /** The RIB's thread has no time, or the store's, or they have again. */
  stall(thread: "rib" | "store", stalled: boolean): void {
    if (thread === "rib") { for (const box of [this.#toRib, this.#storeToRib]) box.hold(stalled); }
    else for (const box of [this.#toStore, this.#ribToStore]) box.hold(stalled);
  }

  /** Somebody removes the file of the database. */
  loseDatabase(): void {
    if (this.#store instanceof ModelStoreHost) return this.#store.lose();
    for (const end of ["", "-wal", "-shm"]) removeIfThere(`${this.#database}${end}`);
  }

  /** The model refuses to write, or does so again. SQLite has real locks for that. */
  setBusy(busy: boolean): boolean {
    if (!(this.#store instanceof ModelStoreHost)) return false;
    this.#store.busy = busy;
    return true;
  }

  reportCounters(): void {
    this.#rib?.reportCounters();
    // Tables move to other memory, as in an idle daemon.
    this.#rib?.returnMemory();
  }

  /** A session that ends while the daemon stops must not take its rows out of the database. */
  #tellRib(message: ToRib, transfer: Transferable[] = []): void {
    if (!this.#closing) this.#toRib.post(message, transfer);
  }

  #clock(): Clock {
    const { clock } = this.#around;
    return {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      setTimer: (at, fire) => clock.setTimer(at, () => this.#over ? undefined : fire()),
    };
  }

  #later(step: () => void, ms: number): void {
    this.#around.clock.after(ms, () => this.#over ? undefined : step());
  }

  #log(): Log {
    const say = (level: string) => (text: string) =>
      this.#over ? undefined : this.#around.note(`${this.#config.name} ${level}: ${text}`);
    return { error: say("error"), warn: say("warn"), info: say("info"), debug() {}, trace() {}, tracing: false };
  }

  #opened({ peerIds: ids, members: found, earlier }: StoreToMain & { kind: "opened" }): void {
    const peers = this.#config.peers.filter((peer) => peer.kind === "address");
    const members = found.map((member) => ({ ...member, config: this.peers.networks.of(member.remoteIp)! }));
    const everyone = [...peers.map((config, i) => ({ id: ids[i]!, config })), ...members];
    const start: RibStart = {
      deferred: this.restart.begin(earlier, everyone, this.#config.selectionDeferralSeconds ?? 360),
      routerId: this.#routerId,
      clusterId: this.#config.clusterId,
      ...this.#config.ribLimits,
      policies: policyTable(this.#policies()),
      peers: [
        ...peers.map((peer, i) => ribPeer(ids[i]!, peer.remoteIp, peer)),
        ...members.map(({ id, remoteIp, config }) => ribPeer(id, remoteIp, config)),
      ],
    };
    this.#rib = new RibHost(this.#around.sabotage?.ribStart?.(start) ?? start, {
      now: steadyWallClock(this.#around.clock),
      monotonic: () => this.#around.clock.monotonic(),
      toMain: this.#ribToMain.post,
      toStore: this.#ribToStore.post,
      later: (step) => this.#later(step, 0.001),
    });
    this.#watch();
    this.#store.join(this.#storeToRib.post);
    this.#listen();
    peers.forEach((peer, i) => this.peers.add(ids[i]!, peer));
    for (const { id, remoteIp, config } of members) this.peers.addMember(id, remoteIp, config);
    this.originate(this.#originated);
  }

  /** As the store's worker does: is the file still there? */
  #watch(): void {
    if (!(this.#store instanceof StoreHost)) return;
    this.#store.watch();
    this.#later(() => this.#watch(), watchEveryMs);
  }

  #identify(peer: PeerIdentity): Promise<number> {
    const request = this.#nextRequest++;
    this.#toStore.post({ kind: "addPeer", request, peer });
    return new Promise((resolve) => this.#idRequests.set(request, resolve));
  }

  #fromRib(message: RibToMain): void {
    switch (message.kind) {
      case "ready":
        this.credits.open();
        return this.#later(() => this.peers.earlierRunOver(), staleMs);
      case "credit":
        return this.credits.giveBack(message.peerId, message.buffer);
      case "output":
        this.outputs++;
        return this.peers.get(message.peerId)?.output(message.epoch, message.bytes);
      case "fact":
        return this.peers.get(message.fact.peerId)?.fact(message.fact);
      case "counters":
        for (const { peerId, counters } of message.peers) {
          const peer = this.peers.get(peerId);
          if (peer !== undefined) peer.counters = counters;
          peer?.reportStatistics();
        }
        return;
      case "outcomes":
      case "page":
      case "pong":
      case "monitored":
      case "monitorLapped":
      case "routerCredit":
      case "routerFact":
      case "routerCounters":
        return;
      case "drained":
        return this.#drained.resolve();
      default:
        message satisfies never;
    }
  }

  #fromStore(message: StoreToMain): void {
    switch (message.kind) {
      case "opened":
        return this.#opened(message);
      case "refused":
        throw new Error(`${this.#config.name}: the database was refused: ${message.reason}`);
      case "peerId":
        this.#idRequests.get(message.request)?.(message.peerId);
        this.#idRequests.delete(message.request);
        return;
      case "announcements":
      case "answer":
      case "pong":
        return;
      case "failing":
        return;
      case "degraded":
        return this.#around.note(`${this.#config.name} degraded: ${message.reason ?? "no more"}`);
      case "note":
        return this.#around.note(`${this.#config.name} note: ${message.text}`);
      case "gaveUp":
        return this.#drained.resolve();
      case "closed":
        return this.#closed.resolve();
      default:
        message satisfies never;
    }
  }
}

function removeIfThere(path: string): void {
  ifThere(() => Deno.removeSync(path));
}

function copyIfThere(from: string, to: string): void {
  ifThere(() => Deno.copyFileSync(from, to));
}

function ifThere(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
