/**
 * All peers of this speaker: the configured ones, and those that a configured network let in. Decides whose an incoming
 * connection is.
 *
 * One file because who is configured, who came from a network and whose a connection is are answers from one table.
 */

import { parseZonedAddress, prefixContains, splitZone } from "../../types/mod.ts";
import {
  addressOf,
  type NamedPeer,
  type PeerConfig,
  PeerDirectory,
  type PeerSearch,
  type SinglePeerConfig,
} from "../../config/mod.ts";
import { cease, CeaseCode, type Notification } from "../../message/mod.ts";
import type { PolicyBook } from "../../policy/mod.ts";
import type { MultipathChoice } from "../../rib/mod.ts";
import type { PeerIdentity } from "../../store/mod.ts";
import type { Connection } from "../../transport/mod.ts";
import { acceptingPeer, whyNoneAccepts } from "./acceptance.ts";
import { Allowance } from "../log/rate_limiter.ts";
import { HalfOpenMembers, usualHalfOpen } from "./half_open.ts";
import { refuse } from "./link.ts";
import { MemberSweep } from "./member_sweep.ts";
import { Peer } from "./peer.ts";
import type { PeerServices } from "./peer_services.ts";
import { identityOf, ribPeer, takesAsSets } from "./peer_mapping.ts";

/** Lines about connections that nobody is configured for. */
const refusalsAtOnce = 50;
const refusalsPerSecond = 1;

export class Peers {
  readonly #services: PeerServices;
  /** Gives the database's id of a peer, making one where it is new. */
  readonly #identify: (peer: PeerIdentity) => Promise<number>;
  readonly #byId = new Map<number, Peer>();
  readonly #directory = new PeerDirectory<Peer>();
  #networks: (PeerConfig & { kind: "network" })[] = [];
  /** The highest epoch of those that were removed: should one come back, nothing of then is taken for now. */
  #lastEpoch = 0;
  /** Members of networks whose id is being asked for, so that a second connection waits for the first. */
  readonly #joining = new Map<string, Promise<Peer | undefined>>();
  readonly #sweep: MemberSweep;
  readonly #halfOpen: HalfOpenMembers;
  readonly #mostJoining: number;
  readonly #refusals: Allowance;
  /** Refused connections since the last line about one. */
  #untold = 0;
  /** Members that no earlier run left behind. */
  readonly #strangers = new WeakSet<Peer>();

  constructor(services: PeerServices, identify: (peer: PeerIdentity) => Promise<number>) {
    this.#services = { ...services, opened: (peerId) => this.#opened(peerId) };
    this.#identify = identify;
    this.#mostJoining = services.halfOpenMembers ?? usualHalfOpen;
    this.#halfOpen = new HalfOpenMembers(this.#mostJoining, (oldest) => this.#makeRoom(oldest));
    this.#refusals = new Allowance(refusalsAtOnce, refusalsPerSecond, services.clock.monotonic());
    this.#sweep = new MemberSweep(services.clock, {
      members: () => [...this].filter(({ config }) => config.kind === "network"),
      isStranger: (member) => member.sessions === 0 && this.#strangers.has(member),
      forget: (member) => {
        services.log.info(`${member.name}: forgotten, it has been away for long`);
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

  /** Whom a word means: a name, or an address or a description that one peer alone has. */
  search(word: string): PeerSearch<Peer> {
    return this.#directory.find(word);
  }

  /** Likewise; `undefined` where it means nobody, or several. */
  find(word: string): Peer | undefined {
    const search = this.search(word);
    return search.kind === "found" ? search.peer : undefined;
  }

  /** Those that this entry of the configuration is about: one, or the members of a network. */
  of(config: PeerConfig): Peer[] {
    return [...this].filter((peer) => peer.config.name === config.name);
  }

  /** Takes a configured peer in, which the RIB knows already, and, where it is enabled, starts its session. */
  add(id: number, config: SinglePeerConfig): void {
    const peer = this.#enter(id, addressOf(config), config);
    if (config.enabled) peer.start();
  }

  addNetwork(config: PeerConfig & { kind: "network" }): void {
    this.#networks.push(config);
    // The most specific network that holds an address decides.
    this.#networks.sort((a, b) => b.remoteNetwork.length - a.remoteNetwork.length);
  }

  /** The network whose member this address would be. */
  networkOf(address: string): (PeerConfig & { kind: "network" }) | undefined {
    const octets = parseZonedAddress(address);
    return octets && this.#networks.find((network) => prefixContains(network.remoteNetwork, octets));
  }

  /** Members of other networks that one of these holds more closely, with that one: as a start would have it. */
  closerTo(added: readonly PeerConfig[]): { readonly member: Peer; readonly network: PeerConfig }[] {
    const networks = added.filter((config) => config.kind === "network")
      .toSorted((a, b) => b.remoteNetwork.length - a.remoteNetwork.length);
    return [...this].flatMap((member) => {
      const { address, config } = member;
      if (config.kind !== "network") return [];
      const octets = parseZonedAddress(address!)!;
      const network = networks.find(({ remoteNetwork }) => prefixContains(remoteNetwork, octets));
      const isCloser = network !== undefined && network.remoteNetwork.length > config.remoteNetwork.length;
      return isCloser ? [{ member, network }] : [];
    });
  }

  /** Takes in a member of a network, which the RIB knows already. */
  addMember(id: number, address: string, config: PeerConfig & { kind: "network" }, isNew = false): Peer {
    const peer = this.#enter(id, address, config);
    if (isNew) this.#strangers.add(peer);
    // One that the store itself knew of a last run is known to it by its address only.
    else if (takesAsSets(peer)) this.#identify(identityOf(config, address));
    this.#sweep.watch();
    if (config.enabled) peer.start();
    return peer;
  }

  /** Takes a peer in at run time. A member of a network that now stands in the configuration itself begins anew. */
  async addLater(config: SinglePeerConfig): Promise<void> {
    const address = addressOf(config);
    const id = await this.#identify(identityOf(config, address));
    const member = this.#byId.get(id);
    if (member !== undefined) return this.configure(member, config, true);
    // A member of a network that now stands in the configuration under a name of its own is another peer.
    for (const other of address === undefined ? [] : this.#directory.at(address)) {
      if (other.config.kind === "network") this.remove(other, cease(CeaseCode.peerDeconfigured));
    }
    this.#services.toRib({ kind: "addPeer", peer: ribPeer(id, address, config) });
    this.add(id, config);
  }

  /** Another configuration for a peer that is there. */
  configure(peer: Peer, config: PeerConfig, reset: boolean): void {
    this.#identify(identityOf(config, peer.address));
    // First what ends the session, if it is to end, then what the RIB is to know of the next one.
    peer.drain.cancel();
    const rib = { kind: "updatePeer", peer: ribPeer(peer.id, peer.address, config) } as const;
    peer.configure(
      config,
      reset,
      (negotiated) => this.#services.toRib(negotiated === undefined ? rib : { ...rib, negotiated }),
    );
    this.#directory.set(namesOf(peer), peer);
  }

  /**
   * Other policies, and what peers whose sessions go on say of them now: all at once, so that no route is judged by the one
   * without the other.
   */
  setPolicies(book: PolicyBook, configs: readonly PeerConfig[]): void {
    const peers = configs.flatMap((config) =>
      this.of(config).map((peer) => ({ ...ribPeer(peer.id, peer.address, config), ...drained(peer) }))
    );
    this.#services.toRib({ kind: "policies", book, peers });
  }

  setMultipath(choice: MultipathChoice): void {
    this.#services.toRib({ kind: "multipath", choice });
  }

  /** Another configuration for a network; its members are configured one by one. */
  configureNetwork(config: PeerConfig & { kind: "network" }): void {
    this.#networks = this.#networks.map((network) => network.name === config.name ? config : network);
  }

  removeNetwork(config: PeerConfig): void {
    this.#networks = this.#networks.filter((network) => network.name !== config.name);
  }

  /** Tells the peer that our routes are about to go (RFC 8326), and disables it after a while. */
  drain(peer: Peer, waitMs: number, communication?: string): void {
    peer.drain.begin(waitMs, () => {
      peer.disable(communication);
      this.#tellRib(peer);
    });
    this.#tellRib(peer);
  }

  /** A drain that has begun is called off: our routes are as they were. */
  callOffDrain(peer: Peer): void {
    if (peer.drain.cancel()) this.#tellRib(peer);
  }

  #tellRib(peer: Peer): void {
    const { id, address, config } = peer;
    this.#services.toRib({ kind: "updatePeer", peer: { ...ribPeer(id, address, config), ...drained(peer) } });
  }

  /** Ends the session with this NOTIFICATION; the peer's routes go, and so does the peer. */
  remove(peer: Peer, notification: Notification): void {
    this.#byId.delete(peer.id);
    this.#directory.delete(peer.name);
    this.#halfOpen.delete(peer);
    peer.drain.cancel();
    peer.stop(notification);
    peer.forget();
    this.#lastEpoch = Math.max(this.#lastEpoch, peer.epoch);
    this.#services.toRib({ kind: "removePeer", peerId: peer.id });
    this.#services.toStore({ kind: "removePeer", peerId: peer.id, at: Math.floor(this.#services.clock.now()) });
  }

  /** Brings an incoming connection to its peer, or refuses it with a line that says what to configure. */
  async accept(connection: Connection): Promise<void> {
    const { remoteAddress } = connection;
    const there = this.#candidates(remoteAddress);
    const known = acceptingPeer(there, connection);
    if (known === undefined && there.length > 0) {
      this.#sayRefused(remoteAddress, whyNoneAccepts(there, connection));
      return refuse(connection, cease(CeaseCode.connectionRejected));
    }
    if (known?.config.kind === "interface") {
      const before = known.address;
      if (!known.meet(remoteAddress)) {
        this.#sayRefused(
          remoteAddress,
          `${known.name} is ${before}; another neighbour there needs [[peers]] of its own`,
        );
        return refuse(connection, cease(CeaseCode.connectionRejected));
      }
      this.#directory.set(namesOf(known), known);
    }
    const network = known === undefined ? this.networkOf(remoteAddress) : undefined;
    // Nobody becomes a member of a network that is disabled: it would cost a peer for each who tries.
    const isOpen = network?.enabled === true;
    const home = known === undefined ? network : networkOfMember(known);
    if (home?.enabled === true && !(known !== undefined && hasPlace(known)) && this.#isFull(home)) {
      this.#sayRefused(remoteAddress, fullText(home));
      // RFC 4486 §4: "a BGP speaker runs out of resources".
      return refuse(connection, cease(CeaseCode.outOfResources));
    }
    // While the database takes its time to give ids, those who wait for one hold their connections.
    if (known === undefined && isOpen && this.#joining.size >= this.#mostJoining) {
      this.#sayRefused(remoteAddress, "too many new members wait for the database");
      return refuse(connection, cease(CeaseCode.outOfResources));
    }
    const peer = known ?? (isOpen ? await this.#join(remoteAddress, network) : undefined);
    if (peer?.enabled === true) {
      if (peer.config.kind === "network" && !isNegotiated(peer)) this.#halfOpen.add(peer);
      return peer.accept(connection);
    }
    this.#sayRefused(
      remoteAddress,
      peer === undefined && (network === undefined || isOpen)
        ? `no such peer; to accept it add [[peers]] remote_ip = "${remoteAddress}"`
        : "the peer is disabled",
    );
    refuse(connection, cease(CeaseCode.connectionRejected));
  }

  /** Who may be at this address: peers that are configured there, or else the one neighbour on its link. */
  #candidates(address: string): Peer[] {
    const there = this.#directory.at(address);
    const own = there.filter(({ config }) => config.kind !== "interface");
    const { zone } = splitZone(address);
    if (own.length > 0 || zone === "") return own;
    return [...this.#byId.values()].filter(({ config }) => config.kind === "interface" && config.interface === zone);
  }

  /** Anyone may connect as often as he likes: not each time is worth a line. */
  #sayRefused(address: string, why: string): void {
    const { clock, log } = this.#services;
    if (!this.#refusals.take(clock.monotonic())) {
      this.#untold++;
      return;
    }
    const before = this.#untold === 0 ? "" : ` (and ${this.#untold} others before, not logged one by one)`;
    this.#untold = 0;
    log.warn(`refused a connection from ${address}: ${why}${before}`);
  }

  /** Every place of the network is taken, `but` not counted. */
  #isFull(network: PeerConfig & { kind: "network" }, but?: Peer): boolean {
    let taken = 0;
    for (const peer of this.#byId.values()) {
      if (peer !== but && peer.config.name === network.name && hasPlace(peer)) taken++;
    }
    return taken >= network.maxMembers;
  }

  /** Its OPEN was accepted: a member takes a place now, unless others were faster. */
  #opened(peerId: number): void {
    const peer = this.#byId.get(peerId);
    if (peer === undefined) return;
    // Where it is may have been found out by dialling.
    if (peer.config.kind === "interface") this.#directory.set(namesOf(peer), peer);
    this.#halfOpen.delete(peer);
    const network = networkOfMember(peer);
    if (network === undefined || !this.#isFull(network, peer)) return;
    this.#sayRefused(peer.name, fullText(network));
    // Not in the middle of what the session is doing.
    queueMicrotask(() => this.#turnAway(peer));
  }

  /** The oldest of those that have not said who they are. */
  #makeRoom(oldest: Peer): void {
    this.#sayRefused(oldest.name, "its OPEN did not come before too many others connected");
    this.#turnAway(oldest);
  }

  /** Members that had a session and are away are remembered for their time, but no more of them than there are places. */
  #forgetLongestAway(network: PeerConfig & { kind: "network" }): void {
    const away = this.of(network).filter((peer) => peer.sessions > 0 && peer.awaySince !== undefined);
    if (away.length < network.maxMembers) return;
    const longest = away.reduce((a, b) => b.awaySince! < a.awaySince! ? b : a);
    this.#services.log.info(`${longest.name}: forgotten, too many others have come and gone since`);
    this.remove(longest, cease(CeaseCode.peerDeconfigured));
  }

  /** Ends the connection of a member that has no place; one that never had a session is forgotten. */
  #turnAway(member: Peer): void {
    if (this.#byId.get(member.id) !== member) return;
    const notification = cease(CeaseCode.outOfResources);
    if (member.sessions === 0 && this.#strangers.has(member)) this.remove(member, notification);
    else member.reset(notification);
  }

  /** The restart of this speaker is over: the next OPENs say so. */
  restartOver(): void {
    for (const peer of this) peer.restartChanged();
  }

  /** Every connection ends without a word. */
  async abandonAll(): Promise<void> {
    this.#closeNetworks();
    await Promise.all([...this].map((peer) => peer.abandon()));
  }

  /** What an earlier run left of peers that have no session by now is given up. */
  earlierRunOver(): void {
    for (const peer of this) peer.earlierRunOver();
  }

  /** Sends every peer this NOTIFICATION and resolves when all connections are closed. */
  async stopAll(notification: Notification): Promise<void> {
    this.#closeNetworks();
    await Promise.all([...this].map((peer) => peer.stop(notification)));
  }

  /** Nobody joins any more, and nobody is forgotten. */
  #closeNetworks(): void {
    this.#sweep.stop();
    this.#networks = [];
  }

  #join(address: string, config: PeerConfig & { kind: "network" }): Promise<Peer | undefined> {
    let joining = this.#joining.get(address);
    if (joining === undefined) {
      joining = this.#identify(identityOf(config, address)).then((id) => {
        this.#joining.delete(address);
        // Meanwhile the address may have become a peer of its own, and its network another or none.
        const [known] = this.#directory.at(address);
        const network = this.networkOf(address);
        if (known !== undefined || network === undefined) return known;
        this.#forgetLongestAway(network);
        this.#services.toRib({ kind: "addPeer", peer: ribPeer(id, address, network) });
        return this.addMember(id, address, network, true);
      });
      this.#joining.set(address, joining);
    }
    return joining;
  }

  #enter(id: number, address: string | undefined, config: PeerConfig): Peer {
    const peer = new Peer(id, address, config, this.#services, this.#lastEpoch);
    this.#byId.set(id, peer);
    this.#directory.set(namesOf(peer), peer);
    return peer;
  }
}

function networkOfMember({ config }: Peer): (PeerConfig & { kind: "network" }) | undefined {
  return config.kind === "network" ? config : undefined;
}

function isNegotiated({ state }: Peer): boolean {
  return state === "OpenConfirm" || state === "Established";
}

/** It counts among the members of its network: it has a session, or will be back for the routes that wait for it. */
function hasPlace(peer: Peer): boolean {
  return isNegotiated(peer) || peer.held || peer.staleUntil !== undefined;
}

function fullText({ name, maxMembers }: PeerConfig & { kind: "network" }): string {
  return `${name} has ${maxMembers} members, its max_members`;
}

function namesOf({ name, address, config }: Peer): NamedPeer {
  return { name, remoteIp: address, description: config.description };
}

/** What the RIB has to know beside the configuration. */
function drained({ drain }: Peer): { gracefulShutdown: boolean } {
  return { gracefulShutdown: drain.endsAt !== undefined };
}
