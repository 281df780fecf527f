/**
 * A speaker with another configuration, in memory: the routes of the database and those that the configuration
 * originates go through the RIB as they would in the daemon. The RIB answers what the speaker would advertise to a
 * peer, so policies, decisions, reflection, roles, next hops and selection per client are all part of it.
 */

import {
  addressOf,
  type Config,
  multipathForRib,
  ownRoutes,
  type PeerConfig,
  ribPeer,
  sessionConfig,
} from "../../config/mod.ts";
import {
  type Capability,
  capabilityName,
  formatDestination,
  type Open,
  roleNames,
  UpdateEncoder,
} from "../../message/mod.ts";
import { type AdvertisedQuestion, type AdvertisedRoute, type Origination, Rib } from "../../rib/mod.ts";
import { localOpen, negotiate, type Negotiated } from "../../session/mod.ts";
import {
  announcementColumns,
  readAnnouncement,
  type ReceivedRoute,
  type ReceivedRoutes,
  type StoredPeer,
} from "../../store/mod.ts";
import {
  familyByCode,
  type FamilyMask,
  maskHas,
  parseIpv4Number,
  parseZonedAddress,
  type PeerId,
} from "../../types/mod.ts";
import type { ConfigPeers } from "./config_peers.ts";

/** A configuration, and the peers with which it has sessions. */
export interface SpeakerTrial {
  readonly config: Config;
  readonly peers: ConfigPeers;
}

/** A peer that may have a session: one of the database, or one that only a configuration has. */
export interface TrialPeer extends StoredPeer {
  /** The families that bgpd offers the peer now; `undefined`: it has no session. */
  readonly offered: readonly number[] | undefined;
}

/** Octets of routes that are handed to the RIB at a time, and of messages that are taken from it. */
const batchBytes = 1 << 20;

/** Not an address of anybody: our address on a session of which nothing else is known. */
const unknownAddress = { v4: "203.0.113.254", v6: "2001:db8:ffff:ffff::fe" };

export class TrialSpeaker {
  readonly #rib: Rib;
  readonly #sessions = new Map<number, Negotiated>();
  #now = 1;

  /** `hasLearned`: whether routes of peers matter; without them the trial takes no time and no memory. */
  constructor(
    { config, peers: configured }: SpeakerTrial,
    stored: ReceivedRoutes,
    peers: readonly TrialPeer[],
    hasLearned: boolean,
  ) {
    this.#rib = new Rib({
      routerId: config.routerId,
      clusterId: config.clusterId,
      ownAsn: config.defaultAsn,
      now: () => this.#now,
      historyRows: 0,
    });
    this.#rib.setPolicies(config.policies);
    this.#rib.setMultipath(multipathForRib(config));
    for (const peer of peers) this.#open(peer, configured.find(peer.name));
    this.#validate(stored);
    this.#originate(config, stored, peers);
    if (hasLearned) this.#learn(stored);
    for (const peerId of this.#sessions.keys()) this.#send(peerId);
  }

  /** False: in this configuration there is no session with the peer. */
  has(peerId: number): boolean {
    return this.#sessions.has(peerId);
  }

  *advertised(
    peerId: number,
    which: AdvertisedQuestion["which"] = { kind: "all" },
    states: AdvertisedQuestion["states"] = "written",
  ): Generator<AdvertisedRoute, void, undefined> {
    for (const route of this.#rib.advertised(peerId, { which, states })) if (route !== undefined) yield route;
  }

  #open(peer: TrialPeer, config: PeerConfig | undefined): void {
    const address = peer.address ?? undefined;
    const remote = address === undefined ? undefined : parseZonedAddress(address);
    if (config === undefined || !config.enabled || remote === undefined) return;
    const negotiated = negotiatedWith(peer, config);
    if (negotiated === undefined) return;
    const local = config.localIp ?? peer.localAddress ?? unknownAddress[remote.length === 4 ? "v4" : "v6"];
    this.#rib.addPeer(ribPeer(peer.id, address, config));
    this.#rib.sessionUp(peer.id, 1, {
      negotiated,
      localAddress: parseZonedAddress(local) ?? remote,
      remoteAddress: remote,
    });
    this.#sessions.set(peer.id, negotiated);
  }

  /** As in the daemon, a row takes precedence over a route of the configuration for the same prefix. */
  #originate(config: Config, stored: ReceivedRoutes, peers: readonly TrialPeer[]): void {
    const list = new Map<string, Origination>();
    const add = (route: Origination["route"], peerId: number | undefined) => {
      const key = `${formatDestination(route.family, route)} ${peerId ?? ""}`;
      list.set(key, { key, peerId, route });
    };
    for (const route of ownRoutes(config)) add(route, undefined);
    for (const values of stored.announcements(announcementColumns)) {
      const read = readAnnouncement(values);
      if (read.kind === "wrong") continue;
      const { route, peer } = read;
      if (peer === undefined) {
        add(route, undefined);
        continue;
      }
      const found = peers.find(({ name, address, description }) => [name, address, description].includes(peer));
      if (found !== undefined) add(route, found.id);
    }
    this.#rib.originate([...list.values()]);
    this.#settle();
  }

  /** The RPKI data of the database: policies and `rpki` may look at them. */
  #validate(stored: ReceivedRoutes): void {
    const { vrps, aspas } = stored.rpki();
    if (vrps.length === 0 && aspas.length === 0) return;
    this.#rib.changeRpki({ kind: "records", source: "caches", vrps, aspas });
    this.#rib.changeRpki({ kind: "end", source: "caches" });
    this.#settle();
  }

  /** The best routes first: where a decision depends on which route came first, it is as it is now (RFC 5004). */
  #learn(stored: ReceivedRoutes): void {
    const feeds = new Map([...this.#sessions].map(([id, negotiated]) => [id, new Feed(negotiated)]));
    const give = (peerId: number, feed: Feed) => {
      const bytes = feed.take();
      if (bytes !== undefined) this.#rib.ingest(peerId, 1, bytes);
    };
    for (const route of stored.best()) {
      const feed = feeds.get(route.peerId);
      if (feed === undefined) continue;
      feed.add(route, stored);
      if (feed.isFull) give(route.peerId, feed);
    }
    for (const [peerId, feed] of feeds) give(peerId, feed);
    this.#settle();
    for (const [peerId, feed] of feeds) {
      for (const route of stored.of(peerId)) {
        feed.add(route, stored);
        if (feed.isFull) give(peerId, feed);
      }
      give(peerId, feed);
    }
    this.#settle();
  }

  #settle(): void {
    while (this.#rib.decide());
  }

  /** Takes everything that the RIB sends to the peer. No interval between advertisements holds routes back. */
  #send(peerId: number): void {
    do this.#now += 3_600_000; while (this.#rib.pull(peerId, 1, batchBytes) !== undefined);
  }
}

/** The routes of one peer as UPDATEs, as the peer would send them. */
class Feed {
  readonly #encoder: UpdateEncoder;
  readonly #families: FamilyMask;
  #set = "";
  #octets = 0;

  constructor(negotiated: Negotiated) {
    // The direction of ADD-PATH is the peer's.
    this.#encoder = new UpdateEncoder({ ...negotiated, addPathSend: negotiated.addPathReceive });
    this.#families = negotiated.families;
  }

  add({ family, receivedId, words, length, pathId }: ReceivedRoute, stored: ReceivedRoutes): void {
    if (!maskHas(this.#families, family)) return;
    const set = `${family} ${receivedId}`;
    if (set !== this.#set) this.#encoder.begin(stored.wire(receivedId), family);
    this.#set = set;
    this.#encoder.add(...words, length, pathId);
    this.#octets += 8 + (length >> 3);
  }

  get isFull(): boolean {
    return this.#octets >= batchBytes;
  }

  /** `undefined`: no route was added since the last call. */
  take(): Uint8Array | undefined {
    if (this.#octets === 0) return undefined;
    this.#encoder.finish();
    this.#set = "";
    this.#octets = 0;
    return this.#encoder.take();
  }
}

const restart = { restarting: false, forwarding: false };

/**
 * What a session with the peer would negotiate. The database knows which capabilities the peer has, and not what is in
 * them: the peer is taken to offer what fits ours. `undefined`: there would be no session.
 */
function negotiatedWith(peer: TrialPeer, config: PeerConfig): Negotiated | undefined {
  const asn = config.remoteAsn ?? peer.asn;
  if (asn === null) return undefined;
  const ours = sessionConfig(config, restart);
  const local = localOpen(ours);
  const remote: Open = {
    version: 4,
    asn,
    holdTimeSeconds: local.holdTimeSeconds,
    // Another id for each peer whose own is not known.
    routerId: parseIpv4Number(peer.routerId ?? "") ?? 0x7f000000 + peer.id,
    capabilities: local.capabilities.filter((capability) => hasCapability(peer, capability)).map((each) =>
      turned(each, asn)
    ),
  };
  const outcome = negotiate(ours, local, remote);
  return outcome.kind === "agreed" ? outcome.negotiated : undefined;
}

function hasCapability({ capabilities, families, offered }: TrialPeer, capability: Capability): boolean {
  if (capabilities === null) return true;
  if (capability.kind !== "multiprotocol") return capabilities.includes(capabilityName(capability));
  const family = familyByCode(capability.afi, capability.safi)?.id;
  // Whether the peer supports a family that bgpd has never offered it is not known.
  return family === undefined || families.includes(family) || offered?.includes(family) !== true;
}

/** The capability as the other side announces it. */
function turned(capability: Capability, asn: number): Capability {
  switch (capability.kind) {
    case "fourOctetAs":
      return { ...capability, asn };
    case "addPath":
      return {
        ...capability,
        families: capability.families.map(({ receive, send, ...family }) => ({
          ...family,
          receive: send,
          send: receive,
        })),
      };
    case "role": {
      const other = roleNames[capability.role];
      return { ...capability, role: other === undefined ? capability.role : roleNames.indexOf(counterpart[other]) };
    }
    default:
      return capability;
  }
}

/** RFC 9234 §4.2. */
const counterpart = {
  "provider": "customer",
  "customer": "provider",
  "rs": "rs-client",
  "rs-client": "rs",
  "peer": "peer",
} as const;

/** Peers that only one of the configurations has, with ids above those of the database. */
export function newPeers(peers: ConfigPeers, stored: readonly StoredPeer[]): TrialPeer[] {
  const names = new Set(stored.map(({ name }) => name));
  const highest = Math.max(0, ...stored.map(({ id }) => id));
  return peers.all.filter((peer) => peer.kind === "address" && !names.has(peer.name)).map((peer, i): TrialPeer => ({
    id: (highest + 1 + i) as PeerId,
    name: peer.name,
    address: addressOf(peer) ?? null,
    asn: peer.remoteAsn ?? null,
    description: peer.description ?? null,
    localAddress: peer.localIp ?? null,
    routerId: null,
    capabilities: null,
    families: [],
    offered: undefined,
  }));
}
