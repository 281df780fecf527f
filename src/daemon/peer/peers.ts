/** All peers of this speaker: the configured ones, and the members that connected from a configured network. */

import {
  addressOf,
  type NamedPeer,
  type PeerConfig,
  PeerDirectory,
  type PeerSearch,
  ribPeer,
  type SinglePeerConfig,
} from "../../config/mod.ts";
import { cease, CeaseCode, type Notification } from "../../message/mod.ts";
import type { PolicyTable } from "../../policy/mod.ts";
import type { PeerIdentity } from "../../store/mod.ts";
import { IncomingConnections } from "./incoming_connections.ts";
import { MemberSweep } from "./member_sweep.ts";
import { mostSpecific, type NetworkConfig, Networks } from "./networks.ts";
import { Peer } from "./peer.ts";
import { identityOf, takesAsSets } from "./peer_identity.ts";
import type { PeerServices } from "./peer_services.ts";

export class Peers {
  readonly networks = new Networks();
  readonly incoming: IncomingConnections;
  readonly #services: PeerServices;
  /** Gives the id of a peer in the database, a new one where the peer is new. Never rejects. */
  readonly #identify: (peer: PeerIdentity) => Promise<number>;
  readonly #byId = new Map<number, Peer>();
  readonly #directory = new PeerDirectory<Peer>();
  /** The highest epoch of removed peers: should one come back, nothing of its earlier sessions counts for a new one. */
  #lastEpoch = 0;
  /** Members whose id the database is being asked for, by address: a second connection waits for the first. */
  readonly #joining = new Map<string, Promise<Peer | undefined>>();
  readonly #sweep: MemberSweep;
  /** Members that no earlier run left behind: those that never had a session are not worth a row. */
  readonly #strangers = new WeakSet<Peer>();

  constructor(services: PeerServices, identify: (peer: PeerIdentity) => Promise<number>) {
    this.#services = { ...services, opened: (peerId) => this.#opened(peerId) };
    this.#identify = identify;
    this.incoming = new IncomingConnections({
      networks: this.networks,
      at: (address) => this.#directory.at(address),
      moved: (peer) => this.#directory.set(namesOf(peer), peer),
      join: (address, network) => this.#join(address, network),
      joining: () => this.#joining.size,
      turnAway: (member) => this.#turnAway(member),
      [Symbol.iterator]: () => this.#byId.values(),
    }, services);
    this.#sweep = new MemberSweep(services.clock, {
      members: () => [...this].filter(({ config }) => config.kind === "network"),
      isStranger: (member) => this.#isStranger(member),
      remove: (member) => {
        services.log.info(`${member.name}: removed: this member of a network has had no session for long`);
        this.remove(member, cease(CeaseCode.peerDeconfigured));
      },
    });
  }

  get(id: number): Peer | undefined {
    return this.#byId.get(id);
  }

  [Symbol.iterator](): IterableIterator<Peer> {
    return this.#byId.values();
  }

  /** The peer that a word names: by its name, or by an address or a description that one peer alone has. */
  search(word: string): PeerSearch<Peer> {
    return this.#directory.find(word);
  }

  /** Likewise; `undefined` where the word names nobody, or several peers. */
  find(word: string): Peer | undefined {
    const search = this.search(word);
    return search.kind === "found" ? search.peer : undefined;
  }

  /** The peers of this entry of the configuration: one, or the members of a network. */
  of(config: PeerConfig): Peer[] {
    return [...this].filter((peer) => peer.config.name === config.name);
  }

  /** Members of other networks to which one of these is more specific, with that one: as a start would place them. */
  inMoreSpecific(added: readonly PeerConfig[]): { readonly member: Peer; readonly network: PeerConfig }[] {
    return [...this].flatMap((member) => {
      const { address, config } = member;
      if (config.kind !== "network") return [];
      const network = mostSpecific(added, address!);
      const isCloser = network !== undefined && network.remoteNetwork.length > config.remoteNetwork.length;
      return isCloser ? [{ member, network }] : [];
    });
  }

  /** Adds a configured peer, which the RIB knows already, and starts its session where it is enabled. */
  add(id: number, config: SinglePeerConfig): void {
    const peer = this.#enter(id, addressOf(config), config);
    if (config.enabled) peer.start();
  }

  /** Adds a member of a network, which the RIB knows already. `isNew`: no earlier run left it behind. */
  addMember(id: number, address: string, config: NetworkConfig, { isNew = false } = {}): Peer {
    const peer = this.#enter(id, address, config);
    if (isNew) this.#strangers.add(peer);
    // The store knows a member of an earlier run by its address only.
    else if (takesAsSets(peer)) void this.#identify(identityOf(config, address));
    this.#sweep.watch();
    if (config.enabled) peer.start();
    return peer;
  }

  /** Adds a peer at run time. A member of a network that the configuration names itself now begins anew. */
  async addLater(config: SinglePeerConfig): Promise<void> {
    const address = addressOf(config);
    const id = await this.#identify(identityOf(config, address));
    const member = this.#byId.get(id);
    if (member !== undefined) return this.configure(member, config, { reset: true });
    // With a name of its own it is another peer than the member at this address.
    for (const other of address === undefined ? [] : this.#directory.at(address)) {
      if (other.config.kind === "network") this.remove(other, cease(CeaseCode.peerDeconfigured));
    }
    this.#services.toRib({ kind: "addPeer", peer: ribPeer(id, address, config) });
    this.add(id, config);
  }

  /** Another configuration for a peer of the table. */
  configure(peer: Peer, config: PeerConfig, { reset = false }: { readonly reset?: boolean } = {}): void {
    void this.#identify(identityOf(config, peer.address));
    peer.drain.cancel();
    const update = { kind: "updatePeer", peer: ribPeer(peer.id, peer.address, config) } as const;
    peer.configure(config, {
      reset,
      // The RIB gets it behind the end of the session, if that ends, and before the next one.
      between: (negotiated) => this.#services.toRib(negotiated === undefined ? update : { ...update, negotiated }),
    });
    this.#directory.set(namesOf(peer), peer);
  }

  /**
   * Other policies, with the configuration of the peers whose sessions go on: one message, so that no route is
   * evaluated by the new policies and the old chains.
   */
  setPolicies(table: PolicyTable, configs: readonly PeerConfig[]): void {
    const peers = configs.flatMap((config) =>
      this.of(config).map((peer) => ({ ...ribPeer(peer.id, peer.address, config), ...drained(peer) }))
    );
    this.#services.toRib({ kind: "policies", table, peers });
  }

  /** Asks the peer to prefer other routes over ours (RFC 8326), and disables the peer after a while. */
  drain(peer: Peer, waitMs: number, communication?: string): void {
    peer.drain.begin(waitMs, () => {
      peer.disable(communication);
      this.#updateRib(peer);
    });
    this.#updateRib(peer);
  }

  /** Ends a drain before its time: our routes are as they were. */
  cancelDrain(peer: Peer): void {
    if (peer.drain.cancel()) this.#updateRib(peer);
  }

  #updateRib(peer: Peer): void {
    const { id, address, config } = peer;
    this.#services.toRib({ kind: "updatePeer", peer: { ...ribPeer(id, address, config), ...drained(peer) } });
  }

  /** Ends the session with this NOTIFICATION; the peer and its routes go. */
  remove(peer: Peer, notification: Notification): void {
    this.#byId.delete(peer.id);
    this.#directory.delete(peer.name);
    this.incoming.forget(peer);
    peer.drain.cancel();
    void peer.stop(notification);
    peer.forget();
    this.#lastEpoch = Math.max(this.#lastEpoch, peer.epoch);
    this.#services.toRib({ kind: "removePeer", peerId: peer.id });
    this.#services.toStore({ kind: "removePeer", peerId: peer.id, at: Math.floor(this.#services.clock.now()) });
  }

  /** The restart of this speaker is over: the next OPENs say so. */
  restartOver(): void {
    for (const peer of this) peer.restartChanged();
  }

  /** The time for routes of an earlier run is over: those of peers without a session go. */
  earlierRunOver(): void {
    for (const peer of this) peer.earlierRunOver();
  }

  /** Sends every peer this NOTIFICATION; resolves when all connections are closed. */
  async stopAll(notification: Notification): Promise<void> {
    this.#closeNetworks();
    await Promise.all([...this].map((peer) => peer.stop(notification)));
  }

  /** Closes every connection without a NOTIFICATION. */
  async abandonAll(): Promise<void> {
    this.#closeNetworks();
    await Promise.all([...this].map((peer) => peer.abandon()));
  }

  /** No member joins any more, and none is removed. */
  #closeNetworks(): void {
    this.#sweep.stop();
    this.networks.close();
  }

  #opened(peerId: number): void {
    const peer = this.#byId.get(peerId);
    if (peer !== undefined) this.incoming.opened(peer);
  }

  #join(address: string, config: NetworkConfig): Promise<Peer | undefined> {
    let joining = this.#joining.get(address);
    if (joining === undefined) {
      joining = this.#identify(identityOf(config, address)).then((id) => {
        this.#joining.delete(address);
        // Meanwhile the address may have become a peer of its own, and its network another one or none.
        const [known] = this.#directory.at(address);
        const network = this.networks.of(address);
        if (known !== undefined || network === undefined) return known;
        this.#removeLongestAway(network);
        this.#services.toRib({ kind: "addPeer", peer: ribPeer(id, address, network) });
        return this.addMember(id, address, network, { isNew: true });
      });
      this.#joining.set(address, joining);
    }
    return joining;
  }

  /** Members that had a session and are away stay for a while, but no more of them than `max_members`. */
  #removeLongestAway(network: NetworkConfig): void {
    const away = this.of(network).filter((peer) => peer.sessions > 0 && peer.awaySince !== undefined);
    if (away.length < network.maxMembers) return;
    const longest = away.reduce((a, b) => b.awaySince! < a.awaySince! ? b : a);
    this.#services.log.info(`${longest.name}: removed: max_members other members of ${network.name} have no session`);
    this.remove(longest, cease(CeaseCode.peerDeconfigured));
  }

  /** Ends the connection of a member that has no place; a stranger is removed. */
  #turnAway(member: Peer): void {
    if (this.#byId.get(member.id) !== member) return;
    const notification = cease(CeaseCode.outOfResources);
    if (this.#isStranger(member)) this.remove(member, notification);
    else member.reset(notification);
  }

  /** True of a member that never had a session, in this run or an earlier one. */
  #isStranger(member: Peer): boolean {
    return member.sessions === 0 && this.#strangers.has(member);
  }

  #enter(id: number, address: string | undefined, config: PeerConfig): Peer {
    const peer = new Peer(id, address, config, this.#services, this.#lastEpoch);
    this.#byId.set(id, peer);
    this.#directory.set(namesOf(peer), peer);
    return peer;
  }
}

function namesOf({ name, address, config }: Peer): NamedPeer {
  return { name, remoteIp: address, description: config.description };
}

/** What the RIB needs to know beside the configuration. */
function drained({ drain }: Peer): { gracefulShutdown: boolean } {
  return { gracefulShutdown: drain.endsAt !== undefined };
}
