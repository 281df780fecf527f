/** The members of a network in which routes are passed on, all drawn from the seed. */

import type { PeerConfig, PeerSettings } from "../../src/config/mod.ts";
import { familyMask, IPV4_UNICAST, IPV6_UNICAST } from "../../src/types/mod.ts";
import type { Random } from "./random.ts";
import { makePrefixes } from "./routes.ts";
import type { SpeakerConfig } from "./speaker.ts";
import { type FeederPlan, makeFeeder, speakerPeer, type Topology } from "./topology.ts";

/** NO_EXPORT, NO_ADVERTISE, NO_EXPORT_SUBCONFED, BLACKHOLE, GRACEFUL_SHUTDOWN, and one of nobody's concern. */
const communities = [0xffffff01, 0xffffff02, 0xffffff03, 0xffff029a, 0xffff0000, 0xfde80001];

/** How the speakers of one AS are linked with each other. */
type Shape = "mesh" | "reflectors";

/** A speaker among others. */
export interface Member {
  readonly address: string;
  readonly asn: number;
  readonly nextHopIpv6: string | undefined;
  readonly clusterId: number | undefined;
  /** A route server: it stands between the ASes of its clients without being one of their paths. */
  readonly routeServer: boolean;
  /** Its AS has reflectors, and this is one. */
  readonly reflector: boolean;
  readonly peers: PeerConfig[];
}

/** An AS, or a member of a confederation. */
export interface System {
  readonly shape: Shape;
  readonly members: Member[];
}

export function makeTransitTopology(random: Random, folder: string | undefined): Topology {
  const size = random.between(3, 24);
  const prefixes = new Map([
    [IPV4_UNICAST, makePrefixes(random, IPV4_UNICAST, size)],
    [IPV6_UNICAST, makePrefixes(random, IPV6_UNICAST, Math.ceil(size / 3))],
  ]);
  const systems = makeSystems(random);
  for (const system of systems) linkWithin(random, system, (one, other) => link(random, one, other));
  linkBetween(random, systems);
  const members = systems.flatMap((system) => system.members);
  // RFC 3345: where reflectors hide routes from each other, MED may keep them from ever agreeing.
  const withoutMed = systems.some(({ shape }) => shape === "reflectors");
  const feeders = makeFeeders(random, members, withoutMed);
  const speakers = members.map(({ address, asn, peers, clusterId }, i): SpeakerConfig => ({
    name: `bgpd${i + 1}`,
    address,
    asn,
    peers,
    folder,
    clusterId,
    credits: random.pick([1, 2, 8]),
    // A few messages of a few routes fill it: slow readers fall off, and read from bits.
    ribLimits: { ringBytes: random.pick([100, 1000, 1 << 20]), decisionSlice: random.pick([1, 3, 50_000]) },
    pullBytes: random.pick([1, 200, 65_536]),
  }));
  return { speakers, feeders, prefixes };
}

function makeSystems(random: Random): System[] {
  let number = 0;
  const count = random.pick([1, 2, 2, 3, 3]);
  const asns = random.shuffled([65000, 65100, 200_100]).slice(0, count);
  return asns.map((asn, i) => {
    const routeServer = count === 3 && i === 0 && random.chance(0.6);
    const shape = random.pick<Shape>(["mesh", "reflectors"]);
    const size = routeServer ? 1 : count === 1 ? random.between(2, 5) : random.pick([1, 1, 2, 3]);
    const reflectors = shape === "reflectors" && size > 1 ? random.between(1, Math.min(2, size - 1)) : 0;
    // Two reflectors of one cluster, or each with its own.
    const shared = random.chance(0.5) ? 0x0d000001 : undefined;
    const members = Array.from({ length: size }, (_, j): Member => {
      number++;
      return {
        address: `10.1.0.${number}`,
        asn,
        nextHopIpv6: random.chance(0.8) ? `2001:db8:1::${number}` : undefined,
        clusterId: j < reflectors ? shared : undefined,
        routeServer,
        reflector: j < reflectors,
        peers: [],
      };
    });
    return { shape: reflectors > 0 ? "reflectors" : "mesh", members };
  });
}

export function linkWithin(
  random: Random,
  { shape, members }: System,
  connect: (one: Member, other: Member) => void,
): void {
  members.forEach((one, i) => {
    for (const other of members.slice(i + 1)) {
      // Clients hear each other through reflectors: through the first, and mostly through the second too.
      if (shape === "reflectors" && !one.reflector) continue;
      if (shape === "reflectors" && !other.reflector && i > 0 && random.chance(0.2)) continue;
      connect(one, other);
    }
  });
}

function linkBetween(random: Random, systems: readonly System[]): void {
  systems.forEach((system, i) => {
    for (const other of systems.slice(i + 1)) {
      for (let links = random.pick([1, 1, 1, 2]); links > 0; links--) {
        const one = random.pick(system.members);
        const there = random.pick(other.members);
        if (one.peers.some((peer) => peer.name === there.address)) continue;
        link(random, one, there);
      }
    }
  });
}

function link(random: Random, one: Member, other: Member): void {
  const dials = random.pick(["one", "other", "both"]);
  const families = random.pick([[IPV4_UNICAST, IPV6_UNICAST], [IPV4_UNICAST, IPV6_UNICAST], [IPV4_UNICAST]]);
  const extendedNextHop = random.chance(0.3) ? familyMask([IPV4_UNICAST]) : 0;
  for (const [here, there, passive] of [[one, other, dials === "other"], [other, one, dials === "one"]] as const) {
    // What one of both does not offer is not negotiated.
    const several = random.chance(0.3) ? familyMask(families) : 0;
    here.peers.push(speakerPeer(random, here.address, here.asn, there.address, there.asn, {
      ...makePolicy(random, here, there.asn === here.asn, !there.reflector),
      passive,
      families,
      extendedNextHop,
      addPathSend: several,
      addPathReceive: random.chance(0.6) ? familyMask(families) : 0,
    }));
  }
}

/** How a speaker treats a neighbour. */
function makePolicy(random: Random, here: Member, internal: boolean, mayBeClient: boolean): Partial<PeerSettings> {
  const selects = !internal && random.chance(here.routeServer ? 0.7 : 0.3);
  return {
    export: random.pick(["all", "all", "all", "all", "all", "local", "none"]),
    nextHop: random.pick(["auto", "auto", "auto", "self", "unchanged"]),
    nextHopIpv6: here.nextHopIpv6,
    routeReflectorClient: internal && here.reflector && mayBeClient,
    routeServerClient: !internal && here.routeServer,
    exportSelection: selects ? "per-client" : "best",
    addPathSendMax: random.pick([Infinity, Infinity, 1, 2]),
    advertisementIntervalSeconds: random.pick([0, 0, 0, 0, 2]),
  };
}

/** What an operator may do about ASNs and numbers of routes towards another AS. */
function makeInterAs(random: Random, asn: number, singlePaths: boolean): Partial<PeerSettings> {
  const other = random.chance(0.3) ? { localAsn: random.pick([64_500, 65_400]), realAsn: asn } : {};
  return {
    ...other,
    localAsNoPrepend: random.chance(0.5),
    localAsReplaceAs: random.chance(0.5),
    allowasIn: random.pick([0, 0, 0, 1, 2]),
    asOverride: random.chance(0.2),
    removePrivateAs: random.pick(["none", "none", "all", "replace"]),
    rejectAsSets: random.pick(["never", "external", "always"]),
    defaultOriginate: random.chance(0.2) ? [IPV4_UNICAST] : [],
    ...singlePaths && random.chance(0.3)
      ? {
        maxPrefixesOut: { [IPV4_UNICAST]: random.between(1, 8) },
        maxPrefixesOutAction: random.pick(["stop", "warn"] as const),
      }
      : {},
  };
}

function makeFeeders(random: Random, members: readonly Member[], withoutMed: boolean): FeederPlan[] {
  const identifiers = random.shuffled(Array.from({ length: 20 }, (_, i) => 0x0a020001 + i));
  return Array.from({ length: random.between(2, 6) }, (_, i) => {
    const at = random.pick(members);
    const internal = !at.routeServer && random.chance(0.4);
    const asn = internal ? at.asn : random.pick([65001, 65002, 65003]);
    const receivesPaths = random.chance(0.3);
    const interAs = internal ? {} : makeInterAs(random, at.asn, !receivesPaths);
    const speakerAsn = interAs.localAsn ?? at.asn;
    const { plan, peer } = makeFeeder(random, {
      name: `feeder${i + 1}`,
      address: `10.2.0.${i + 1}`,
      asn,
      routerId: identifiers[i]!,
      speaker: at.address,
      speakerAsn,
      dials: random.pick(["feeder", "speaker", "both"]),
      receivesPaths,
      communities,
      withoutMed,
    });
    at.peers.push(speakerPeer(random, at.address, speakerAsn, plan.address, asn, {
      ...makePolicy(random, at, internal, true),
      ...interAs,
      ...peer,
      addPathSend: receivesPaths ? familyMask(plan.families) : 0,
    }));
    return plan;
  });
}
