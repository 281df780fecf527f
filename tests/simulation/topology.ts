/**
 * The members of a simulated network: speakers, their static routes, and the feeders around them; all drawn from the
 * seed.
 */

import assert from "node:assert/strict";
import {
  type GracefulSettings,
  parseConfig,
  type PeerConfig,
  type PeerSettings,
  type StaticRoute,
  tomlLines,
} from "../../src/config/mod.ts";
import {
  type AttributeSet,
  type Capability,
  emptyAttributeSet,
  formatDestination,
  type RoleName,
  SegmentType,
} from "../../src/message/mod.ts";
import type { SessionConfig } from "../../src/session/mod.ts";
import {
  type FamilyId,
  type FamilyMask,
  familyMask,
  familyOf,
  IPV4_UNICAST,
  IPV6_UNICAST,
  parseAddress,
  parseIpv4Number,
  parsePrefix,
} from "../../src/types/mod.ts";
import type { FeederConfig } from "./feeder.ts";
import type { Random } from "./random.ts";
import { makePrefixes, type Route, type Sender } from "./routes.ts";
import type { Ground } from "./random_policies.ts";
import type { SpeakerConfig } from "./speaker.ts";
import type { Relations } from "./valleys.ts";

/** A feeder, and what it may announce. */
export interface FeederPlan extends FeederConfig {
  readonly sender: Sender;
  readonly families: readonly FamilyId[];
  /** Families of which it announces several paths (RFC 7911). */
  readonly addPath: FamilyMask;
}

export interface Topology {
  readonly speakers: readonly SpeakerConfig[];
  readonly feeders: readonly FeederPlan[];
  /** Prefixes of each family that everybody announces. */
  readonly prefixes: ReadonlyMap<FamilyId, readonly string[]>;
  /** Who is whose provider, where that is said. */
  readonly relations?: Relations;
  /** By speaker's address: what its random policies talk about. */
  readonly grounds?: ReadonlyMap<string, Ground>;
}

/** `remoteAsn` of speakers: those of one AS are iBGP. */
const speakerAsns = [65000, 65000, 65100, 200_100];

/** Members of it may connect without being configured. */
const openNetwork = parsePrefix("10.3.0.0/16")!;

/** A session between every two speakers. */
function linkSpeakers(
  random: Random,
  addresses: readonly string[],
  asns: readonly number[],
  peers: readonly PeerConfig[][],
  prefixes: Topology["prefixes"],
): void {
  for (let i = 0; i < addresses.length; i++) {
    for (let j = i + 1; j < addresses.length; j++) {
      const dials = random.pick(["i", "j", "both"]);
      const staticRoutes = () => makeStatics(random, prefixes);
      const common = { holdTimeSeconds: random.pick([9, 30, 90]) };
      peers[i]!.push(speakerPeer(random, addresses[i]!, asns[i]!, addresses[j]!, asns[j]!, {
        ...common,
        passive: dials === "j",
        staticRoutes: staticRoutes(),
      }));
      peers[j]!.push(speakerPeer(random, addresses[j]!, asns[j]!, addresses[i]!, asns[i]!, {
        ...common,
        passive: dials === "i",
        staticRoutes: staticRoutes(),
      }));
    }
  }
}

/** `small`: for networks in which much happens. */
export function makeTopology(random: Random, folder: string | undefined, small = false): Topology {
  const size = small ? random.between(10, 30) : random.chance(0.1) ? 600 : random.between(3, 60);
  const prefixes = new Map([
    [IPV4_UNICAST, makePrefixes(random, IPV4_UNICAST, size)],
    [IPV6_UNICAST, makePrefixes(random, IPV6_UNICAST, Math.ceil(size / 3))],
  ]);
  const count = small ? 1 : random.pick([1, 1, 2, 3]);
  const addresses = Array.from({ length: count }, (_, i) => `10.1.0.${i + 1}`);
  const asns = addresses.map(() => random.pick(speakerAsns));
  const peers: PeerConfig[][] = addresses.map(() => []);

  linkSpeakers(random, addresses, asns, peers, prefixes);
  const identifiers = random.shuffled(Array.from({ length: 20 }, (_, i) => 0x0a020001 + i));
  const feeders: FeederPlan[] = [];
  const feederCount = random.between(2, 7);
  for (let i = 0; i < feederCount; i++) {
    const at = random.between(0, count - 1);
    const asn = random.pick([asns[at]!, 65001, 65001, 65002, 65003]);
    const isOpen = random.chance(0.25);
    const feeder = makeFeeder(random, {
      name: `feeder${i + 1}`,
      address: `10.${isOpen ? 3 : 2}.0.${i + 1}`,
      asn,
      routerId: identifiers[i]!,
      speaker: addresses[at]!,
      speakerAsn: asns[at]!,
      dials: isOpen ? "feeder" : random.pick(["feeder", "speaker", "both"]),
    });
    feeders.push(feeder.plan);
    if (!isOpen) {
      const staticRoutes = makeStatics(random, prefixes);
      peers[at]!.push(
        speakerPeer(random, addresses[at]!, asns[at]!, feeder.plan.address, asn, { ...feeder.peer, staticRoutes }),
      );
    }
  }
  for (let at = 0; at < count; at++) {
    const { kind: _, ...settings } = speakerPeer(random, addresses[at]!, asns[at]!, "10.3.0.0", asns[at]!, {
      remoteAsn: undefined,
      passive: true,
      addPathReceive: familyMask([IPV4_UNICAST, IPV6_UNICAST]),
      extendedNextHop: familyMask([IPV4_UNICAST]),
    });
    peers[at]!.push({ ...settings, kind: "network", remoteNetwork: openNetwork });
  }

  const speakers = addresses.map((address, i): SpeakerConfig => ({
    name: `bgpd${i + 1}`,
    address,
    asn: asns[i]!,
    peers: peers[i]!,
    folder,
    // Few of them, so that they run out.
    credits: random.pick([1, 2, 8, 64]),
  }));
  return { speakers, feeders, prefixes };
}

export interface FeederPlace {
  readonly name: string;
  readonly address: string;
  readonly asn: number;
  readonly routerId: number;
  readonly speaker: string;
  readonly speakerAsn: number;
  readonly dials: "feeder" | "speaker" | "both";
  /** It takes several paths of a prefix. */
  readonly receivesPaths?: boolean;
  readonly communities?: readonly number[];
  readonly withoutMed?: boolean;
  readonly otc?: readonly number[];
  /** What it says it is to the speaker. */
  readonly role?: RoleName | undefined;
  /** What it says of restarts (RFC 4724): nothing, that its End-of-RIB comes, or that its routes may stay. */
  readonly graceful?: "off" | "endOfRib" | "full";
}

export function makeFeeder(random: Random, place: FeederPlace): { plan: FeederPlan; peer: Partial<PeerSettings> } {
  const families = random.pick([[IPV4_UNICAST], [IPV4_UNICAST, IPV6_UNICAST], [IPV4_UNICAST, IPV6_UNICAST]]);
  const addPath = random.chance(0.3) ? familyMask(families) : 0;
  const twoOctets = place.asn < 65536 && random.chance(0.15);
  const extendedNextHop = random.chance(0.2) ? familyMask([IPV4_UNICAST]) : 0;
  const session: SessionConfig = {
    localAsn: place.asn,
    remoteAsn: place.speakerAsn,
    routerId: place.routerId,
    holdTimeSeconds: random.pick([9, 30, 90]),
    connectRetrySeconds: random.pick([2, 5, 20]),
    idleHoldSeconds: 1,
    idleHoldMaxSeconds: 10,
    sendHoldSeconds: random.pick([0, 30]),
    passive: place.dials === "speaker",
    delayOpenSeconds: random.pick([0, 0, 0, 1]),
    families,
    addPathReceive: place.receivesPaths === true ? familyMask(families) : 0,
    addPathSend: addPath,
    extendedNextHop,
    role: place.role,
    roleStrict: false,
    extraCapabilities: place.graceful === undefined
      ? makeGraceful(random, families)
      : gracefulCapabilities(random, place.graceful, families),
  };
  const plan: FeederPlan = {
    name: place.name,
    address: place.address,
    speaker: place.speaker,
    session,
    twoOctets,
    families,
    addPath,
    sender: {
      internal: place.asn === place.speakerAsn,
      asn: place.asn,
      speakerAsn: place.speakerAsn,
      speakerAddress: place.speaker,
      speakerRouterId: parseIpv4Number(place.speaker)!,
      extendedNextHop: extendedNextHop !== 0,
      ...place.communities === undefined ? {} : { communities: place.communities },
      ...place.withoutMed === undefined ? {} : { withoutMed: place.withoutMed },
      ...place.otc === undefined ? {} : { otc: place.otc },
    },
  };
  return { plan, peer: { passive: place.dials === "feeder", addPathReceive: addPath, extendedNextHop } };
}

/**
 * Of a feeder that need not be helpful: RFC 4724, RFC 9494 beside it, or neither; not every family stays, nor for long.
 */
function makeGraceful(random: Random, families: readonly FamilyId[]): Capability[] {
  if (random.chance(0.5)) return [];
  const listed = random.some(families, 0.8).map((id) => ({ ...familyOf(id), forwarding: random.chance(0.8) }));
  const restart: Capability = {
    kind: "gracefulRestart",
    restarting: false,
    notification: random.chance(0.5),
    restartSeconds: random.pick([0, 5, 40]),
    families: listed,
  };
  if (random.chance(0.5)) return [restart];
  const long = listed.map((each) => ({ ...each, staleSeconds: random.pick([0, 10, 100]) }));
  return [restart, { kind: "longLivedGracefulRestart", families: long }];
}

/** What a speaker keeps of a peer that restarts, and asks of it. */
function makeRetention(random: Random, families: readonly FamilyId[]): GracefulSettings {
  const gracefulRestart = random.pick(["helper", "full", "full", "off"] as const);
  return {
    gracefulRestart,
    restartSeconds: random.pick([5, 40]),
    staleRoutesSeconds: random.pick([20, 60]),
    longLived: gracefulRestart === "off" || random.chance(0.5) ? 0 : familyMask(families),
    longLivedSeconds: 30,
  };
}

function gracefulCapabilities(
  random: Random,
  graceful: FeederPlace["graceful"],
  families: readonly FamilyId[],
): Capability[] {
  if (graceful === "off") return [];
  const listed = graceful === "endOfRib" ? [] : families.map((id) => ({ ...familyOf(id), forwarding: true }));
  const longLived = listed.map((each) => ({ ...each, staleSeconds: random.pick([20, 200]) }));
  return [
    {
      kind: "gracefulRestart",
      restarting: false,
      notification: random.chance(0.5),
      restartSeconds: random.pick([5, 30]),
      families: listed,
    },
    ...random.chance(0.6) ? [{ kind: "longLivedGracefulRestart" as const, families: longLived }] : [],
  ];
}

export function speakerPeer(
  random: Random,
  address: string,
  asn: number,
  remoteIp: string,
  remoteAsn: number,
  settings: Partial<PeerSettings>,
): PeerConfig & { kind: "address" } {
  return {
    ...defaultPeer(asn, remoteIp, remoteAsn),
    localIp: address,
    routerId: parseIpv4Number(address)!,
    holdTimeSeconds: random.pick([9, 30, 90]),
    sendHoldSeconds: random.pick([0, 30]),
    connectRetrySeconds: random.pick([2, 5, 20]),
    delayOpenSeconds: random.pick([0, 0, 0, 1]),
    rejectAsSets: "never",
    ...makeRetention(random, settings.families ?? [IPV4_UNICAST, IPV6_UNICAST]),
    ...settings,
  };
}

/** A peer for which the configuration says nothing but where it is, and whose AS is whose. */
function defaultPeer(asn: number, remoteIp: string, remoteAsn: number): PeerConfig & { kind: "address" } {
  const keys = { remote_ip: remoteIp, remote_as: remoteAsn, local_as: asn };
  const result = parseConfig(`router_id = "0.0.0.1"\n[[peers]]\n${tomlLines(keys)}`);
  const peer = result.kind === "config" ? result.config.peers[0] : undefined;
  assert.ok(peer?.kind === "address", JSON.stringify(result));
  return peer;
}

function makeStatics(random: Random, prefixes: ReadonlyMap<FamilyId, readonly string[]>): StaticRoute[] {
  return random.some(prefixes.get(IPV4_UNICAST)!.slice(0, 20), random.pick([0, 0.3])).map((prefix) => ({
    family: IPV4_UNICAST,
    prefix: parsePrefix(prefix)!,
    attributes: {
      ...emptyAttributeSet(),
      med: random.pick([undefined, 5]),
      communities: random.some([0xfde80063], 0.5),
    },
  }));
}

/** What the peer of a speaker receives from it: RFC 4271 §5.1 for routes of its own. */
export function heardFrom(config: SpeakerConfig, peer: PeerSettings, remoteAsn: number): Route[] {
  const internal = peer.localAsn === remoteAsn;
  return peer.staticRoutes.map((route) => {
    const { family, attributes } = route;
    const set: AttributeSet = {
      ...attributes,
      origin: 0,
      nextHop: parseAddress(config.address)!,
      asPath: internal ? [] : [{ type: SegmentType.sequence, asns: [peer.localAsn] }],
      localPref: internal ? 100 : undefined,
    };
    return { family, prefix: formatDestination(family, route), pathId: -1, attributes: set };
  });
}
