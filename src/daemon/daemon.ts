/**
 * The life of one daemon: read the configuration, open the database, start the threads, listen, start the peers; and, on a
 * signal, say goodbye to every peer, write the last rows and end.
 */

import type { Config, PeerConfig, SocketAddress } from "../config/mod.ts";
import { cease } from "../message/mod.ts";
import type { PeerIdentity } from "../store/mod.ts";
import { dial, formatEndpoint, listen, type Listener, systemClock } from "../transport/mod.ts";
import { version } from "./version.ts";
import { CreditPool } from "./credits.ts";
import type { Log } from "./log.ts";
import type { RibToMain, StoreToMain, ToRib, ToStore } from "./messages.ts";
import { identityOf, Peers, ribPeer } from "./peers.ts";
import type { RibWorkerStart } from "./rib_worker.ts";

/** Credits for all peers together: what the RIB may have before it, 16 MiB. */
const creditCapacity = 256;

/** How long routes of the last run may stand in the database without being announced again. */
const staleMs = 300_000;

/** Cease subcode Administrative Shutdown (RFC 4486 §3). */
const administrativeShutdown = 2;

/** A reason not to start, for people: one sentence. */
export class StartError extends Error {}

export class Daemon {
  readonly #config: Config;
  readonly #log: Log;
  readonly #defaultPort: number;
  readonly #store: Worker;
  readonly #rib: Worker;
  readonly #credits = new CreditPool(creditCapacity);
  readonly #peers: Peers;
  readonly #listeners: Listener[] = [];
  /** TCP-MD5 keys, by the peer's name. */
  readonly #keys = new Map<string, string>();
  readonly #idRequests = new Map<number, (peerId: number) => void>();
  #nextRequest = 1;
  #closing = false;
  readonly #drained = Promise.withResolvers<void>();
  readonly #closed = Promise.withResolvers<void>();
  readonly #opened = Promise.withResolvers<number[]>();
  /** Rejects when a thread died: nothing can go on then. */
  readonly failed: Promise<never>;

  constructor(config: Config, defaultPort: number, log: Log) {
    this.#config = config;
    this.#defaultPort = defaultPort;
    this.#log = log;
    const failed = Promise.withResolvers<never>();
    this.failed = failed.promise;
    this.failed.catch(() => {});
    // The URLs stand here as literals so that `deno compile` finds the workers.
    this.#store = new Worker(new URL("./store_worker.ts", import.meta.url), { type: "module", name: "store" });
    this.#rib = new Worker(new URL("./rib_worker.ts", import.meta.url), { type: "module", name: "rib" });
    for (const [name, worker] of [["store", this.#store], ["RIB", this.#rib]] as const) {
      worker.onerror = (event) => {
        event.preventDefault();
        failed.reject(new Error(`the ${name} thread failed: ${event.message}`));
      };
    }
    this.#store.onmessage = (event: MessageEvent<StoreToMain>) => this.#fromStore(event.data);
    this.#rib.onmessage = (event: MessageEvent<RibToMain>) => this.#fromRib(event.data);
    this.#peers = new Peers({
      clock: systemClock,
      random: Math.random,
      dial: (peer, address, signal) => this.#dial(peer, address, signal),
      credits: this.#credits,
      toRib: (message, transfer) => this.#toRib(message, transfer),
      toStore: (message) => this.#toStore(message),
      log,
    }, (peer) => this.#identify(peer));
  }

  /** Opens the database and the sockets, then starts the peers. Throws {@link StartError}, or a TransportError. */
  async start(sockets: readonly SocketAddress[]): Promise<void> {
    for (const peer of this.#config.peers) await this.#readKey(peer);
    const peers = this.#config.peers.filter((peer) => peer.kind === "address");
    this.#toStore({
      kind: "open",
      database: this.#config.database,
      version,
      peers: peers.map((peer) => identityOf(peer, peer.remoteIp)),
    });
    const ids = await Promise.race([this.#opened.promise, this.failed]);
    const { port1: store, port2: rib } = new MessageChannel();
    const start: RibWorkerStart = {
      routerId: this.#config.routerId,
      peers: peers.map((peer, i) => ribPeer(ids[i]!, peer.remoteIp, peer)),
      store,
    };
    this.#rib.postMessage(start, [store]);
    this.#toStore({ kind: "join", rib }, [rib]);
    for (const { address, port } of sockets) {
      const listener = listen({ address, port, onTrouble: (error) => this.#log.error(error.message) });
      this.#listeners.push(listener);
      for (const peer of this.#config.peers) this.#protect(listener, peer);
      this.#serve(listener);
      this.#log.info(`listening on ${formatEndpoint(address, listener.port)}`);
    }
    peers.forEach((peer, i) => this.#peers.add(ids[i]!, peer));
    for (const peer of this.#config.peers) if (peer.kind === "network") this.#peers.addNetwork(peer);
  }

  /** Cease to all peers, the last rows to disk. The routes stay in the database for the next start. */
  async stop(): Promise<void> {
    this.#log.info("shutting down");
    for (const listener of this.#listeners) listener.close();
    this.#toRib({ kind: "drain" });
    this.#closing = true;
    await Promise.all([this.#peers.stopAll(cease(administrativeShutdown)), this.#drained.promise]);
    this.#toStore({ kind: "close" });
    await this.#closed.promise;
    this.terminate();
  }

  terminate(): void {
    for (const listener of this.#listeners) listener.close();
    this.#rib.terminate();
    this.#store.terminate();
  }

  async #serve(listener: Listener): Promise<void> {
    for await (const connection of listener.accept()) this.#peers.accept(connection);
  }

  #dial(peer: PeerConfig, address: string, signal: AbortSignal) {
    return dial({
      address,
      port: peer.port ?? this.#defaultPort,
      signal,
      timeoutMs: peer.connectRetrySeconds * 1000,
      localAddress: peer.localIp,
      md5: this.#keys.get(peer.name),
      ttlSecurity: peer.ttlSecurity,
    });
  }

  async #readKey({ name, passwordFile }: PeerConfig): Promise<void> {
    if (passwordFile === undefined) return;
    try {
      this.#keys.set(name, (await Deno.readTextFile(passwordFile)).trimEnd());
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new StartError(`cannot read the password file ${passwordFile} of peer ${name}: ${reason}`);
    }
  }

  /** TCP-MD5 (RFC 2385) and GTSM (RFC 5082) for connections that the peer opens. */
  #protect(listener: Listener, peer: PeerConfig): void {
    if (peer.name.includes(":") !== listener.address.includes(":") && listener.address !== "::") return;
    const key = this.#keys.get(peer.name);
    if (key !== undefined) listener.setMd5(peer.name, key);
    if (peer.ttlSecurity !== undefined) listener.setTtlSecurity(peer.name, peer.ttlSecurity);
  }

  /** Once closing, nothing reaches the RIB any more: a lost session must not take its rows out of the database. */
  #toRib(message: ToRib, transfer: Transferable[] = []): void {
    if (!this.#closing) this.#rib.postMessage(message, transfer);
  }

  #toStore(message: ToStore, transfer: Transferable[] = []): void {
    this.#store.postMessage(message, transfer);
  }

  #identify(peer: PeerIdentity): Promise<number> {
    const request = this.#nextRequest++;
    this.#toStore({ kind: "addPeer", request, peer });
    return new Promise((resolve) => this.#idRequests.set(request, resolve));
  }

  #fromRib(message: RibToMain): void {
    switch (message.kind) {
      case "ready":
        this.#credits.open();
        systemClock.setTimer(systemClock.monotonic() + staleMs, () => this.#expireStale());
        return;
      case "credit":
        return this.#credits.giveBack(message.peerId, message.buffer);
      case "output":
        return this.#peers.get(message.peerId)?.output(message.epoch, message.bytes);
      case "fact":
        return this.#peers.get(message.fact.peerId)?.fact(message.fact);
      case "counters":
        return this.#statistics(message);
      case "drained":
        return this.#drained.resolve();
      default:
        message satisfies never;
    }
  }

  #fromStore(message: StoreToMain): void {
    switch (message.kind) {
      case "opened":
        for (const note of message.notes) this.#log.warn(note);
        return this.#opened.resolve(message.peerIds);
      case "refused":
        return this.#opened.reject(new StartError(message.reason));
      case "peerId":
        this.#idRequests.get(message.request)?.(message.peerId);
        this.#idRequests.delete(message.request);
        return;
      case "degraded":
        if (message.reason === undefined) this.#log.info("the database can be written again; catching up");
        else this.#log.error(`the database cannot be written: ${message.reason}; routes wait in memory`);
        return;
      case "note":
        return this.#log.info(message.text);
      case "closed":
        return this.#closed.resolve();
      default:
        message satisfies never;
    }
  }

  /** Whoever has not refreshed what the last run knew of it will hardly do so any more. */
  #expireStale(): void {
    for (const peer of this.#peers) this.#toRib({ kind: "expireStale", peerId: peer.id });
  }

  #statistics({ peers, backlog }: RibToMain & { kind: "counters" }): void {
    this.#toStore({ kind: "backlog", rows: backlog });
    for (const { peerId, counters } of peers) this.#peers.get(peerId)?.reportStatistics(counters);
  }
}
