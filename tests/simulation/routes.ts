/** Routes of a simulation: few prefixes and few values, so that peers compete for the same prefixes and often tie. */

import {
  type AttributeSet,
  emptyAttributeSet,
  encodeAttributeSet,
  type Origin,
  SegmentType,
} from "../../src/message/mod.ts";
import {
  type FamilyId,
  formatPrefix,
  IPV4_UNICAST,
  IPV6_UNICAST,
  maskPrefix,
  parseAddress,
  parsePrefix,
} from "../../src/types/mod.ts";
import type { Random } from "./random.ts";

export interface Route {
  readonly family: FamilyId;
  readonly prefix: string;
  /** -1: none. */
  readonly pathId: number;
  readonly attributes: AttributeSet;
}

/** What tells the routes of one peer apart. */
export function keyOf({ prefix, pathId }: { readonly prefix: string; readonly pathId: number }): string {
  return `${prefix} ${pathId}`;
}

/** A prefix as the encoder takes it. */
export function wordsOf(text: string): [number, number, number, number, number] {
  const { octets, length } = parsePrefix(text)!;
  const view = new DataView(octets.buffer, octets.byteOffset, octets.length);
  const word = (at: number) => at < octets.length ? view.getInt32(at) : 0;
  return [word(0), word(4), word(8), word(12), length];
}

/** Prefixes that contain each other, with the shortest and the longest there are among them. */
export function makePrefixes(random: Random, family: FamilyId, count: number): string[] {
  const prefixes = new Set(family === IPV4_UNICAST ? ["0.0.0.0/0", "10.0.0.1/32"] : ["::/0", "2001:db8::1/128"]);
  while (prefixes.size < count) {
    const octets = parseAddress(family === IPV4_UNICAST ? "10.0.0.0" : "2001:db8::")!;
    for (let i = 1; i < octets.length; i++) {
      if (i > 3 || family === IPV4_UNICAST) octets[i] = random.between(0, 255);
    }
    const length = family === IPV4_UNICAST ? random.between(9, 32) : random.between(33, 128);
    prefixes.add(formatPrefix(maskPrefix(octets, length)));
  }
  return [...prefixes];
}

/** Who announces to whom. */
export interface Sender {
  readonly internal: boolean;
  readonly asn: number;
  readonly speakerAsn: number;
  readonly speakerAddress: string;
  readonly speakerRouterId: number;
  /** Families whose IPv4 routes may have IPv6 next hops. */
  readonly extendedNextHop: boolean;
  /** Communities that it may attach. */
  readonly communities?: readonly number[];
  /** True: it attaches no MULTI_EXIT_DISC. */
  readonly withoutMed?: boolean;
  /** Marks of RFC 9234 that its routes may have. */
  readonly otc?: readonly number[];
}

/** Two of nobody's concern, and NO_EXPORT. */
const usualCommunities: readonly number[] = [0xfde80001, 0xfde80002, 0xffffff01];

/** An attribute set that a sender may announce, just as the receiver is to keep it. */
export function makeAttributes(random: Random, sender: Sender, family: FamilyId): AttributeSet {
  const { internal } = sender;
  const set = emptyAttributeSet();
  set.origin = random.pick<Origin>([0, 0, 0, 1, 2]);
  set.asPath = makePath(random, sender);
  set.nextHop = makeNextHop(random, sender, family);
  if (random.chance(0.5) && sender.withoutMed !== true) set.med = random.pick([0, 10, 20]);
  if (internal) set.localPref = random.pick([100, 100, 100, 200]);
  if (random.chance(0.3)) set.communities = random.some(sender.communities ?? usualCommunities, 0.6);
  if (random.chance(0.1)) set.largeCommunities = [[sender.asn, 1, random.between(1, 3)]];
  if (random.chance(0.1)) set.extCommunities = [Uint8Array.of(0, 2, 0xfd, 0xe8, 0, 0, 0, random.between(1, 3))];
  if (random.chance(0.1)) set.aggregator = { asn: random.pick([64500, 200_001]), address: 0x0a000001 };
  if (random.chance(0.1)) set.atomicAggregate = true;
  if (random.chance(0.05)) set.unknown.push({ flags: 0xe0, code: 200, value: Uint8Array.of(random.between(0, 3)) });
  // A set that needs the extended length, and fills a message fast.
  if (random.chance(0.02)) set.communities = Array.from({ length: 100 }, (_, i) => 0xfde90000 + i);
  if (sender.otc !== undefined && random.chance(0.15)) set.otc = random.pick(sender.otc);
  if (internal && random.chance(0.4)) reflect(random, sender, set);
  return set;
}

/** As a route reflector passes on; sometimes our own reflection. */
function reflect(random: Random, { speakerRouterId }: Sender, set: AttributeSet): void {
  const own = random.chance(0.1) ? [speakerRouterId] : [];
  set.originatorId = random.pick([0x0b000001, 0x0b000002, ...own]);
  set.clusterList = random.some([0x0c000001, 0x0c000002, ...(own.length > 0 ? own : [0x0c000003])], 0.5);
}

function makePath(random: Random, { internal, asn, speakerAsn }: Sender): AttributeSet["asPath"] {
  const asns = internal ? [] : [random.chance(0.5) ? asn : 64500];
  const others = [64500, 64501, 64502, 200_001];
  for (let i = random.between(0, 2); i > 0; i--) asns.push(random.pick(others));
  // A loop: kept for people to see, never used.
  if (random.chance(0.05)) asns.push(speakerAsn);
  const path: AttributeSet["asPath"] = asns.length === 0 ? [] : [{ type: SegmentType.sequence, asns }];
  if (random.chance(0.1)) path.push({ type: SegmentType.set, asns: random.some(others, 0.7).concat(64510) });
  return path;
}

function makeNextHop(random: Random, sender: Sender, family: FamilyId): Uint8Array {
  const own = parseAddress(sender.speakerAddress)!;
  if (family === IPV6_UNICAST || (sender.extendedNextHop && random.chance(0.3))) {
    const global = parseAddress(random.pick(["2001:db8:ffff::1", "2001:db8:ffff::2"]))!;
    if (random.chance(0.7)) return global;
    return Uint8Array.of(...global, ...parseAddress("fe80::1")!);
  }
  return random.chance(0.05) ? own : parseAddress(random.pick(["192.0.2.1", "192.0.2.2"]))!;
}

export function wireOf(route: Route): Uint8Array {
  return encodeAttributeSet(route.attributes);
}
