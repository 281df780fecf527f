/**
 * Incoming connections: which peer each one belongs to, and why one is refused. Anyone may connect as often as he
 * likes, so the number of strangers that wait, and of the lines about them, is bounded.
 */

import { splitZone } from "../../types/mod.ts";
import { cease, CeaseCode } from "../../message/mod.ts";
import type { Connection } from "../../transport/mod.ts";
import { RateLimiter } from "../log/rate_limiter.ts";
import { acceptingPeer, whyNoneAccepts } from "./acceptance.ts";
import { HalfOpenMembers, usualHalfOpen } from "./half_open.ts";
import { refuse } from "./link.ts";
import type { NetworkConfig, Networks } from "./networks.ts";
import type { Peer } from "./peer.ts";
import type { PeerServices } from "./peer_services.ts";
import { introduction, Strangers } from "./strangers.ts";

/** Lines about refused connections: so many at once, then so many a second. */
const refusalsAtOnce = 50;
const refusalsPerSecond = 1;

/** The part of the table of peers that incoming connections need. */
export interface PeerTable extends Iterable<Peer> {
  readonly networks: Networks;
  /** The peers that are known to have this address. */
  at(address: string): readonly Peer[];
  /** The address of the peer is known now, or another one. */
  moved(peer: Peer): void;
  /** Makes a member of the network out of who connects from this address, once the database has an id for it. */
  join(address: string, network: NetworkConfig): Promise<Peer | undefined>;
  /** How many addresses wait in {@link join}. */
  joining(): number;
  /** Ends the connection of a member that has no place; a member that never had a session is removed. */
  turnAway(member: Peer): void;
}

export class IncomingConnections {
  readonly #peers: PeerTable;
  readonly #services: PeerServices;
  readonly #halfOpen: HalfOpenMembers;
  readonly #mostJoining: number;
  readonly #refusals: RateLimiter;
  readonly #strangers: Strangers;
  /** Refused connections since the last line about one. */
  #unloggedRefusals = 0;

  constructor(peers: PeerTable, services: PeerServices) {
    this.#peers = peers;
    this.#services = services;
    this.#mostJoining = services.halfOpenMembers ?? usualHalfOpen;
    this.#halfOpen = new HalfOpenMembers(this.#mostJoining, (oldest) => this.#makeRoom(oldest));
    this.#strangers = new Strangers(services.clock);
    this.#refusals = new RateLimiter(refusalsAtOnce, refusalsPerSecond, services.clock.monotonic());
  }

  /** Brings a connection to its peer, or refuses it with a line that says what to configure. Never rejects. */
  async accept(connection: Connection): Promise<void> {
    const { remoteAddress } = connection;
    const there = this.#candidates(remoteAddress);
    const known = acceptingPeer(there, connection);
    if (known === undefined && there.length > 0) {
      return this.#refuse(connection, whyNoneAccepts(there, connection));
    }
    if (known?.config.kind === "interface") {
      const before = known.address;
      if (!known.meet(remoteAddress)) {
        return this.#refuse(
          connection,
          `${known.name} has the neighbour ${before} on this link already; add [[peers]] for another one`,
        );
      }
      this.#peers.moved(known);
    }
    const network = known === undefined ? this.#peers.networks.of(remoteAddress) : undefined;
    const home = known === undefined ? network : networkOfMember(known);
    if (home?.enabled === true && !(known !== undefined && hasPlace(known)) && this.#isFull(home)) {
      return this.#refuse(connection, fullText(home), CeaseCode.outOfResources);
    }
    // Nobody becomes a member of a network that is disabled: it would cost a peer for each who tries.
    const isOpen = network?.enabled === true;
    // While the database is slow to give ids, those who wait for one hold their connections.
    if (known === undefined && isOpen && this.#peers.joining() >= this.#mostJoining) {
      return this.#refuse(connection, "too many new members wait for the database", CeaseCode.outOfResources);
    }
    const peer = known ?? (isOpen ? await this.#peers.join(remoteAddress, network) : undefined);
    if (peer?.enabled === true) {
      if (peer.config.kind === "network" && !isNegotiated(peer)) this.#halfOpen.add(peer);
      return peer.accept(connection);
    }
    if (peer === undefined && (network === undefined || isOpen)) return this.#refuseStranger(connection);
    this.#refuse(connection, whyDisabled(peer, network));
  }

  /** The OPEN of the peer was accepted: a member takes a place of its network now, unless others were faster. */
  opened(peer: Peer): void {
    // A dial may have found out its address.
    if (peer.config.kind === "interface") this.#peers.moved(peer);
    this.#halfOpen.delete(peer);
    const network = networkOfMember(peer);
    if (network === undefined || !this.#isFull(network, peer)) return;
    this.#logRefusal(peer.name, fullText(network));
    // Not while the session still carries out its effects.
    queueMicrotask(() => this.#peers.turnAway(peer));
  }

  /** The peer is gone. */
  forget(peer: Peer): void {
    this.#halfOpen.delete(peer);
  }

  /** The peers that may be at this address: those that are configured there, or else the one neighbour on its link. */
  #candidates(address: string): readonly Peer[] {
    const own = this.#peers.at(address).filter(({ config }) => config.kind !== "interface");
    const { zone } = splitZone(address);
    if (own.length > 0 || zone === "") return own;
    return [...this.#peers].filter(({ config }) => config.kind === "interface" && config.interface === zone);
  }

  /** `subcode` of the Cease; RFC 4486 §4: Out of Resources where "a BGP speaker runs out of resources". */
  #refuse(connection: Connection, why: string, subcode: number = CeaseCode.connectionRejected): void {
    this.#logRefusal(connection.remoteAddress, why);
    refuse(connection, cease(subcode));
  }

  /** The first time, after its OPEN, so that the log knows its AS. */
  async #refuseStranger(connection: Connection): Promise<void> {
    const { remoteAddress } = connection;
    if (this.#strangers.isNew(remoteAddress)) {
      const asn = await this.#strangers.asOf(connection);
      const { text, lines } = introduction(remoteAddress, asn, this.#services.household?.());
      this.#logRefusal(remoteAddress, text, lines);
    } else this.#unloggedRefusals++;
    refuse(connection, cease(CeaseCode.connectionRejected));
  }

  /** `lines`: for the configuration. */
  #logRefusal(address: string, why: string, lines: readonly string[] = []): void {
    const { clock, log } = this.#services;
    if (!this.#refusals.take(clock.monotonic())) {
      this.#unloggedRefusals++;
      return;
    }
    const before = this.#unloggedRefusals === 0
      ? ""
      : ` (${this.#unloggedRefusals} earlier refusals are not logged one by one)`;
    this.#unloggedRefusals = 0;
    log.warn(`refused a connection from ${address}: ${why}${before}`, lines);
  }

  /** Every place of the network is taken, without counting `but`. */
  #isFull(network: NetworkConfig, but?: Peer): boolean {
    let taken = 0;
    for (const peer of this.#peers) {
      if (peer !== but && peer.config.name === network.name && hasPlace(peer)) taken++;
    }
    return taken >= network.maxMembers;
  }

  /** `oldest` has been connected for longest without an OPEN. */
  #makeRoom(oldest: Peer): void {
    this.#logRefusal(oldest.name, "it had sent no OPEN when too many others were connected");
    this.#peers.turnAway(oldest);
  }
}

function networkOfMember({ config }: Peer): NetworkConfig | undefined {
  return config.kind === "network" ? config : undefined;
}

function isNegotiated({ state }: Peer): boolean {
  return state === "OpenConfirm" || state === "Established";
}

/** True of a member that counts against `max_members`: it has a session, or its routes wait for it to come back. */
function hasPlace(peer: Peer): boolean {
  return isNegotiated(peer) || peer.held || peer.staleUntil !== undefined;
}

function fullText({ name, maxMembers }: NetworkConfig): string {
  return `${name} has ${maxMembers} members already, which is its max_members: raise max_members`;
}

/** `peer` is disabled, or else the network that it would be a member of. */
function whyDisabled(peer: Peer | undefined, network: NetworkConfig | undefined): string {
  if (peer?.config.enabled === true) return `the peer is disabled; to enable it: bgpd peer enable ${peer.name}`;
  const name = peer?.name ?? network?.name ?? "the peer";
  return `${name} has enabled = false in the configuration; remove that line and run \`bgpd reload\``;
}
