/**
 * An AS graph like the Internet's, drawn from the seed: carriers at the top that are peers, networks in the middle,
 * edges below, an exchange with a route server, a confederation; sessions with roles (RFC 9234), and policies at every
 * border.
 */

import type { Confederation, GracefulSettings, PeerSettings } from "../../src/config/mod.ts";
import type { RoleName } from "../../src/message/mod.ts";
import { familyMask, IPV4_UNICAST, IPV6_UNICAST } from "../../src/types/mod.ts";
import type { Random } from "./random.ts";
import { chainsFor, type Ground, randomPolicies } from "./random_policies.ts";
import { makePrefixes } from "./routes.ts";
import type { SpeakerConfig } from "./speaker.ts";
import { type FeederPlan, makeFeeder, speakerPeer, type Topology } from "./topology.ts";
import { linkWithin, type Member, type System } from "./transit_topology.ts";
import { Relations } from "./valleys.ts";

/** NO_EXPORT, NO_ADVERTISE, NO_EXPORT_SUBCONFED, BLACKHOLE, LLGR_STALE, and some that policies look at. */
const communities = [0xffffff01, 0xffffff02, 0xffffff03, 0xffff029a, 0xffff0006, 0xfde80001, 0xfde80002, 0xfde90007];

/** What the other side is, where we are this. */
const counterpart: Readonly<Record<RoleName, RoleName>> = {
  provider: "customer",
  customer: "provider",
  peer: "peer",
  rs: "rs-client",
  "rs-client": "rs",
};

const patient: GracefulSettings = {
  gracefulRestart: "full",
  restartSeconds: 120,
  staleRoutesSeconds: 200,
  longLived: familyMask([IPV4_UNICAST, IPV6_UNICAST]),
  longLivedSeconds: 200,
};

/** An AS to the others. */
interface Network {
  readonly asn: number;
  /** One, or those of a confederation. */
  readonly systems: readonly System[];
  readonly confederation: { readonly id: number; readonly members: readonly number[] } | undefined;
}

export function makeInternetTopology(random: Random, folder: string | undefined): Topology {
  const prefixes = new Map([
    [IPV4_UNICAST, makePrefixes(random, IPV4_UNICAST, random.between(4, 10))],
    [IPV6_UNICAST, makePrefixes(random, IPV6_UNICAST, 3)],
  ]);
  const builder = new Builder(random);
  builder.build();
  const { networks, relations } = builder;
  const members = networks.flatMap(({ systems }) => systems.flatMap((system) => system.members));
  const feeders = builder.feeders();
  const asns = networks.map(({ asn }) => asn);
  const grounds = new Map<string, Ground>();
  for (const { systems } of networks) {
    const withoutMed = systems.length > 1 || systems.some(({ shape }) => shape === "reflectors");
    for (const { address } of systems.flatMap((system) => system.members)) {
      grounds.set(address, { prefixes: [...prefixes.values()].flat(), asns, withoutMed });
    }
  }
  // SQLite for some of the speakers: it is the slow part.
  const onDisk = new Set(random.shuffled(members).slice(0, 4));
  const speakers = members.map((member, i): SpeakerConfig => ({
    name: `bgpd${i + 1}`,
    address: member.address,
    asn: member.asn,
    peers: member.peers,
    policies: randomPolicies(random, grounds.get(member.address)!),
    folder: onDisk.has(member) ? folder : undefined,
    clusterId: member.clusterId,
    credits: random.pick([1, 2, 8]),
    selectionDeferralSeconds: random.pick([5, 60, 360]),
    ribLimits: { ringBytes: random.pick([100, 1000, 1 << 20]), decisionSlice: random.pick([1, 3, 50_000]) },
    pullBytes: random.pick([200, 65_536]),
  }));
  return { speakers, feeders, prefixes, relations, grounds };
}

class Builder {
  readonly networks: Network[] = [];
  readonly relations = new Relations();
  readonly #random: Random;
  /** How each speaker goes about restarts, its own and those of others. */
  readonly #graceful = new Map<Member, GracefulSettings>();
  #speakers = 0;
  #nextAsn = 65_011;

  constructor(random: Random) {
    this.#random = random;
  }

  build(): void {
    const random = this.#random;
    const top = Array.from({ length: random.between(2, 3) }, () => this.#network(random.pick([1, 2, 3])));
    const middle = Array.from({ length: random.between(4, 5) }, () => this.#network(random.pick([1, 1, 2])));
    if (random.chance(0.5)) middle.push(this.#confederation());
    const edge = Array.from({ length: 3 }, () => this.#network(1));
    // At least twenty speakers.
    while (this.#speakers < 20) edge.push(this.#network(1));
    top.forEach((one, i) => top.slice(i + 1).forEach((other) => this.#connect(one, other, "peer")));
    for (const one of middle) for (const above of pickSome(random, top, 2)) this.#connect(above, one, "provider");
    middle.forEach((one, i) => {
      for (const other of middle.slice(i + 1)) if (random.chance(0.3)) this.#connect(one, other, "peer");
    });
    for (const one of edge) {
      for (const above of pickSome(random, [...middle, ...top], 2)) this.#connect(above, one, "provider");
    }
    if (random.chance(0.6)) this.#exchange(random.shuffled([...middle, ...edge]));
  }

  /** Networks at the edge of the world, that hear and speak. */
  feeders(): FeederPlan[] {
    const random = this.#random;
    const identifiers = random.shuffled(Array.from({ length: 20 }, (_, i) => 0x0a020001 + i));
    return Array.from({ length: random.between(5, 9) }, (_, i) => {
      const network = random.pick(this.networks.filter(({ asn }) => !this.relations.isExchange(asn)));
      const member = this.#border(network);
      const role = random.pick<RoleName>(["provider", "provider", "provider", "peer", "customer"]);
      const asn = 65_301 + i;
      const confederation = confederationOf(network, member);
      const { plan, peer } = makeFeeder(random, {
        name: `feeder${i + 1}`,
        address: `10.2.0.${i + 1}`,
        asn,
        routerId: identifiers[i]!,
        speaker: member.address,
        speakerAsn: network.asn,
        dials: random.pick(["feeder", "speaker", "both"]),
        communities,
        otc: [asn, network.asn, 64_500],
        // Who does not know of roles is treated by ours alone.
        role: random.chance(0.7) ? counterpart[role] : undefined,
        graceful: random.pick(["off", "endOfRib", "endOfRib", "full"]),
      });
      this.relations.add(network.asn, asn, role);
      this.relations.addEdge(asn);
      member.peers.push(speakerPeer(random, member.address, network.asn, plan.address, asn, {
        ...this.#terms(role, member),
        ...this.#restarts(member),
        ...this.#limits(0.4),
        confederation,
        ...peer,
      }));
      return plan;
    });
  }

  #network(size: number): Network {
    const asn = this.#random.chance(0.2) ? 200_100 + this.#nextAsn++ : this.#nextAsn++;
    const network: Network = { asn, systems: [this.#system(asn, size, undefined)], confederation: undefined };
    this.networks.push(network);
    return network;
  }

  #system(asn: number, size: number, confederation: Confederation | undefined): System {
    const random = this.#random;
    const reflectors = size > 1 && random.chance(0.5) ? random.between(1, Math.min(2, size - 1)) : 0;
    const shared = random.chance(0.5) ? 0x0d000000 + this.#speakers : undefined;
    const members = Array.from({ length: size }, (_, i): Member => {
      const number = ++this.#speakers;
      return {
        address: `10.1.0.${number}`,
        asn,
        nextHopIpv6: random.chance(0.8) ? `2001:db8:1::${number}` : undefined,
        clusterId: i < reflectors ? shared : undefined,
        routeServer: false,
        reflector: i < reflectors,
        peers: [],
      };
    });
    const system: System = { shape: reflectors > 0 ? "reflectors" : "mesh", members };
    linkWithin(random, system, (one, other) => {
      this.#link(one, asn, other, asn, (here, there) => ({
        ...this.#inside(),
        confederation,
        routeReflectorClient: here.reflector && !there.reflector,
      }));
    });
    return system;
  }

  /** RFC 5065: two member ASes, and one number to the others. */
  #confederation(): Network {
    const random = this.#random;
    const id = this.#nextAsn++;
    const numbers = [65_201, 65_202];
    const systems = numbers.map((memberAsn) => {
      const members = numbers.filter((asn) => asn !== memberAsn);
      return this.#system(memberAsn, random.pick([1, 2]), { id, memberAsn, members });
    });
    const network: Network = { asn: id, systems, confederation: { id, members: numbers } };
    const [one, other] = systems.map(({ members }) => random.pick(members));
    this.#link(one!, numbers[0]!, other!, numbers[1]!, (here) => ({
      ...this.#inside(),
      confederation: confederationOf(network, here),
    }));
    this.networks.push(network);
    return network;
  }

  /** A route server and clients of it, which have nothing to do with each other elsewhere. */
  #exchange(candidates: readonly Network[]): void {
    const server = this.#network(1);
    this.relations.addExchange(server.asn);
    const clients: Network[] = [];
    for (const network of candidates) {
      if (clients.length === 4 || clients.some(({ asn }) => this.relations.has(asn, network.asn))) continue;
      clients.push(network);
      this.#connect(server, network, "rs");
    }
    for (const one of clients) {
      for (const other of clients) if (one !== other) this.relations.add(one.asn, other.asn, "peer");
    }
  }

  /** Most keep what they can for as long as they can; some do not, or let it go soon. */
  #restarts(here: Member): GracefulSettings {
    const random = this.#random;
    const known = this.#graceful.get(here);
    if (known !== undefined) return known;
    const settings: GracefulSettings = random.chance(0.7) ? patient : {
      gracefulRestart: random.pick(["full", "helper", "off"]),
      restartSeconds: random.pick([5, 30]),
      staleRoutesSeconds: random.pick([10, 60]),
      longLived: random.chance(0.5) ? familyMask([IPV4_UNICAST, IPV6_UNICAST]) : 0,
      longLivedSeconds: random.pick([20, 200]),
    };
    this.#graceful.set(here, settings);
    return settings;
  }

  #limits(share: number): Partial<PeerSettings> {
    const random = this.#random;
    if (!random.chance(share)) return {};
    return {
      maxPrefixes: { [IPV4_UNICAST]: random.between(2, 8), ...random.chance(0.5) ? { [IPV6_UNICAST]: 2 } : {} },
      maxPrefixesAction: random.pick(["discard", "discard", "discard", "warn"]),
      maxPrefixesCount: random.pick(["received", "accepted"]),
    };
  }

  #border({ systems }: Network): Member {
    return this.#random.pick(this.#random.pick(systems).members);
  }

  /** `role`: what the first is to the second. */
  #connect(one: Network, other: Network, role: RoleName): void {
    const random = this.#random;
    this.relations.add(one.asn, other.asn, role);
    for (let links = random.pick([1, 1, 2]); links > 0; links--) {
      const here = this.#border(one);
      const there = this.#border(other);
      if (here.peers.some((peer) => peer.name === there.address)) continue;
      this.#link(here, one.asn, there, other.asn, (member) => ({
        ...this.#limits(0.1),
        ...this.#terms(member === here ? role : counterpart[role], member),
        confederation: member === here ? confederationOf(one, here) : confederationOf(other, there),
      }));
    }
  }

  /** How a speaker treats a neighbour of another AS. */
  #terms(role: RoleName, here: Member): Partial<PeerSettings> {
    const random = this.#random;
    return {
      ...chainsFor(random, role),
      role,
      roleStrict: false,
      nextHop: random.pick(["auto", "auto", "self", "unchanged"]),
      nextHopIpv6: here.nextHopIpv6,
      routeServerClient: role === "rs",
      advertisementIntervalSeconds: random.pick([0, 0, 0, 2]),
    };
  }

  /** How speakers of one AS or confederation treat each other. */
  #inside(): Partial<PeerSettings> {
    const random = this.#random;
    return random.chance(0.5) ? { import: "all", export: "all" } : chainsFor(random, undefined);
  }

  #link(
    one: Member,
    oneAsn: number,
    other: Member,
    otherAsn: number,
    terms: (here: Member, there: Member) => Partial<PeerSettings>,
  ): void {
    const random = this.#random;
    const dials = random.pick(["one", "other", "both"]);
    const families = random.pick([[IPV4_UNICAST, IPV6_UNICAST], [IPV4_UNICAST, IPV6_UNICAST], [IPV4_UNICAST]]);
    const sides = [[one, oneAsn, other, otherAsn, "other"], [other, otherAsn, one, oneAsn, "one"]] as const;
    for (const [here, asn, there, remoteAsn, caller] of sides) {
      here.peers.push(speakerPeer(random, here.address, asn, there.address, remoteAsn, {
        nextHopIpv6: here.nextHopIpv6,
        ...terms(here, there),
        ...this.#restarts(here),
        passive: dials === caller,
        families,
        addPathSend: random.chance(0.15) ? familyMask(families) : 0,
        addPathReceive: random.chance(0.5) ? familyMask(families) : 0,
        addPathSendMax: random.pick([Infinity, 2]),
      }));
    }
  }
}

function confederationOf({ confederation }: Network, { asn }: Member): Confederation | undefined {
  if (confederation === undefined) return undefined;
  const { id, members } = confederation;
  return { id, memberAsn: asn, members: members.filter((each) => each !== asn) };
}

/** One or some. */
function pickSome<T>(random: Random, values: readonly T[], most: number): T[] {
  return random.shuffled(values).slice(0, random.between(1, most));
}
