/** The UPDATEs that announce a table, encoded in advance, so that sending costs only the writes. */

import {
  type AttributeSet,
  emptyAttributeSet,
  encodeAttributeSet,
  SegmentType,
  type UpdateContext,
  UpdateEncoder,
} from "../../src/message/mod.ts";
import { familyMask, IPV4_UNICAST, IPV6_UNICAST } from "../../src/types/mod.ts";
import { asnAt } from "./generator.ts";
import { Random } from "./random.ts";
import { isIpv4, type Table } from "./table.ts";

/** Weights of the lengths 2 to 8: 4.3 on average. */
const pathLengths = [7, 22, 31, 22, 10, 5, 3];
/** Weights of 0 to 12 communities: 3.3 on average. */
const communityCounts = [25, 10, 12, 12, 10, 8, 6, 5, 4, 3, 2, 2, 1];
const transit = [174, 3356, 1299, 2914, 3257, 6939, 6453, 6461, 3491, 5511, 1273, 7018, 701, 3320, 12956, 9002];
const octetsPerChunk = 1 << 20;

/** Next hops that lead nowhere: no traffic goes there. */
const ipv4NextHop = Uint8Array.of(192, 0, 2, 1);
const ipv6NextHop = Uint8Array.of(0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);

export function updateContext(localAsn: number): UpdateContext {
  return {
    internal: false,
    fourOctetAs: true,
    families: familyMask([IPV4_UNICAST, IPV6_UNICAST]),
    addPathReceive: 0,
    addPathSend: 0,
    extendedNextHop: 0,
    maxMessageBytes: 4096,
    localAsn,
    remoteAsn: 0,
  };
}

/** The attribute set of a group as this AS announces it. Other versions are other routes. */
export function attributesOf(table: Table, group: number, asn: number, version = 0): AttributeSet {
  const random = new Random(asn, group, version);
  const origin = table.origins[group]!;
  const asns = pathOf(random, asn, origin);
  const communities = new Set<number>();
  for (let left = random.weighted(communityCounts); left > 0; left--) {
    const high = asns[random.below(asns.length)]! & 0xffff;
    communities.add(((high << 16) | (random.chance(75) ? 100 * random.below(60) : random.below(65_000))) >>> 0);
  }
  // Different from every other version, whatever chance says.
  if (version > 0) communities.add(((64_999 << 16) | (version & 0xffff)) >>> 0);
  const large = random.chance(12) ? 1 + random.below(4) : 0;
  return {
    ...emptyAttributeSet(),
    origin: random.chance(90) ? 0 : random.chance(90) ? 2 : 1,
    asPath: [{ type: SegmentType.sequence, asns }],
    nextHop: isIpv4(table, table.groups[group]!) ? ipv4NextHop : ipv6NextHop,
    med: random.chance(30) ? random.below(5000) : undefined,
    atomicAggregate: random.chance(5),
    aggregator: random.chance(7) ? { asn: origin, address: 0x05000000 + random.below(1 << 24) } : undefined,
    communities: [...communities].sort((a, b) => a - b),
    largeCommunities: Array.from({ length: large }, (_, i) => [origin, i + 1, random.below(5000)]),
    extCommunities: random.chance(3) ? [Uint8Array.of(0, 2, 0x0b, 0x62, 0, 0, random.below(256), 1)] : [],
  };
}

function pathOf(random: Random, asn: number, origin: number): number[] {
  const length = 2 + random.weighted(pathLengths);
  const asns = [asn];
  const prepended = length >= 4 && random.chance(14) ? 1 + random.below(length - 3) : 0;
  while (asns.length < length - 1 - prepended) {
    const chance = random.next();
    const next = asns.length === 1 || random.chance(30)
      ? transit[Math.floor(chance ** 2 * transit.length)]!
      : asnAt(Math.floor(4000 * chance ** 2));
    if (next !== origin && !asns.includes(next)) asns.push(next);
  }
  while (asns.length < length) asns.push(origin);
  return asns;
}

/** The first `ipv4` and `ipv6` prefixes of each family, with End-of-RIB, in chunks of whole messages. */
export function encodeTable(table: Table, asn: number, ipv4: number, ipv6: number): Uint8Array[] {
  const encoder = new UpdateEncoder(updateContext(asn));
  const chunks: Uint8Array[] = [];
  for (let group = 0; group < table.origins.length; group++) {
    const first = table.groups[group]!;
    const isV4 = isIpv4(table, first);
    const limit = isV4 ? ipv4 : table.ipv4Count + ipv6;
    const end = Math.min(table.groups[group + 1]!, limit);
    if (first >= end) continue;
    encoder.begin(encodeAttributeSet(attributesOf(table, group, asn)), isV4 ? IPV4_UNICAST : IPV6_UNICAST);
    for (let at = first; at < end; at++) addPrefix(encoder, table, at);
    encoder.finish();
    if (encoder.size >= octetsPerChunk) chunks.push(encoder.take());
  }
  encoder.endOfRib(IPV4_UNICAST);
  encoder.endOfRib(IPV6_UNICAST);
  chunks.push(encoder.take());
  return chunks;
}

/** One prefix announced anew, or withdrawn. */
export function encodeChange(
  encoder: UpdateEncoder,
  table: Table,
  at: number,
  group: number,
  asn: number,
  version: number,
): void {
  const family = isIpv4(table, at) ? IPV4_UNICAST : IPV6_UNICAST;
  if (version === withdrawn) encoder.beginWithdraw(family);
  else encoder.begin(encodeAttributeSet(attributesOf(table, group, asn, version)), family);
  addPrefix(encoder, table, at);
  encoder.finish();
}

export const withdrawn = -1;

function addPrefix(encoder: UpdateEncoder, table: Table, at: number): void {
  encoder.add(table.words[2 * at]!, table.words[2 * at + 1]!, 0, 0, table.lengths[at]!, -1);
}
