/**
 * All peers of this speaker: the configured ones, and those that a configured network let in. Decides whose an incoming
 * connection is.
 */

import { parseAddress, prefixContains } from "../types/mod.ts";
import type { PeerConfig } from "../config/mod.ts";
import { cease, type Notification } from "../message/mod.ts";
import type { RibPeer } from "../rib/mod.ts";
import type { PeerIdentity } from "../store/mod.ts";
import type { Connection } from "../transport/mod.ts";
import { refuse } from "./link.ts";
import { Peer, type PeerServices } from "./peer.ts";

/** Cease subcode Connection Rejected (RFC 4486 §3). */
const connectionRejected = 5;

export class Peers {
  readonly #services: PeerServices;
  /** Gives the database's id of a peer, making one where it is new. */
  readonly #identify: (peer: PeerIdentity) => Promise<number>;
  readonly #byId = new Map<number, Peer>();
  readonly #byAddress = new Map<string, Peer>();
  readonly #networks: (PeerConfig & { kind: "network" })[] = [];
  /** Members of networks whose id is being asked for, so that a second connection waits for the first. */
  readonly #joining = new Map<string, Promise<Peer>>();

  constructor(services: PeerServices, identify: (peer: PeerIdentity) => Promise<number>) {
    this.#services = services;
    this.#identify = identify;
  }

  get(id: number): Peer | undefined {
    return this.#byId.get(id);
  }

  [Symbol.iterator](): IterableIterator<Peer> {
    return this.#byId.values();
  }

  /** Takes a configured peer in, which the RIB knows already, and, where it is enabled, starts its session. */
  add(id: number, config: PeerConfig & { kind: "address" }): void {
    const peer = this.#enter(id, config.remoteIp, config);
    if (config.enabled) peer.start();
  }

  addNetwork(config: PeerConfig & { kind: "network" }): void {
    this.#networks.push(config);
    // The most specific network that holds an address decides.
    this.#networks.sort((a, b) => b.remoteNetwork.length - a.remoteNetwork.length);
  }

  /** Brings an incoming connection to its peer, or refuses it with a line that says what to configure. */
  async accept(connection: Connection): Promise<void> {
    const { remoteAddress } = connection;
    const peer = this.#byAddress.get(remoteAddress) ?? await this.#join(remoteAddress);
    if (peer !== undefined && peer.config.enabled) return peer.accept(connection);
    this.#services.log.warn(
      peer === undefined
        ? `refused a connection from ${remoteAddress}: no such peer; to accept it add [[peers]] remote_ip = "${remoteAddress}"`
        : `refused a connection from ${remoteAddress}: the peer is disabled`,
    );
    refuse(connection, cease(connectionRejected));
  }

  /** Sends every peer this NOTIFICATION and resolves when all connections are closed. */
  async stopAll(notification: Notification): Promise<void> {
    await Promise.all([...this].map((peer) => peer.stop(notification)));
  }

  #join(address: string): Promise<Peer> | undefined {
    const octets = parseAddress(address);
    if (octets === undefined) return undefined;
    const config = this.#networks.find((network) => prefixContains(network.remoteNetwork, octets));
    if (config === undefined) return undefined;
    let joining = this.#joining.get(address);
    if (joining === undefined) {
      joining = this.#identify(identityOf(config, address)).then((id) => {
        this.#joining.delete(address);
        this.#services.toRib({ kind: "addPeer", peer: ribPeer(id, address, config) });
        const peer = this.#enter(id, address, config);
        if (config.enabled) peer.start();
        return peer;
      });
      this.#joining.set(address, joining);
    }
    return joining;
  }

  #enter(id: number, address: string, config: PeerConfig): Peer {
    const peer = new Peer(id, address, config, this.#services);
    this.#byId.set(id, peer);
    this.#byAddress.set(address, peer);
    return peer;
  }
}

/** What the database keeps of a peer's configuration. */
export function identityOf(config: PeerConfig, address: string): PeerIdentity {
  return {
    remoteIp: address,
    remoteAs: config.remoteAsn,
    description: config.description,
    group: config.group,
  };
}

/** What the RIB has to know of a peer. */
export function ribPeer(id: number, address: string, config: PeerConfig): RibPeer {
  return { id, address: parseAddress(address)!, originated: config.staticRoutes };
}
