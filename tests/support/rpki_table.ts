/** A small table of routes and VRPs from a seed, and what plain SQL says of their states: the rule of RFC 6811 §2. */

import { emptyAttributeSet, encodeAttributeSet, SegmentType, UpdateEncoder } from "../../src/message/mod.ts";
import { familyMask, IPV4_UNICAST, IPV6_UNICAST, parseAddress, parsePrefix } from "../../src/types/mod.ts";
import { wordOf } from "../../src/rpki/prefix_words.ts";
import { testContext } from "./update_view.ts";

export interface SeededRandom {
  below(limit: number): number;
}

export function seededRandom(seed: number): SeededRandom {
  let state = seed >>> 0;
  return {
    below(limit) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((state / 2 ** 32) * limit);
    },
  };
}

export interface TestVrp {
  readonly prefix: string;
  readonly maxLength: number;
  readonly asn: number;
}

export interface TestRoute {
  readonly prefix: string;
  /** 0: the path ends in an AS_SET. */
  readonly origin: number;
}

function prefixOf(random: SeededRandom): string {
  if (random.below(4) === 0) {
    const length = 32 + random.below(17);
    const third = length > 32 ? random.below(2 ** Math.min(16, length - 32)) << (48 - Math.max(length, 32)) : 0;
    return `2001:${(0xdb0 + random.below(4)).toString(16)}:${(third & 0xffff).toString(16)}::/${length}`;
  }
  const length = 14 + random.below(11);
  const address = (random.below(4) + 20 << 24 | random.below(2 ** 20) << 4) & (-1 << (32 - length));
  return `${address >>> 24}.${address >>> 16 & 255}.${address >>> 8 & 255}.${address & 255}/${length}`;
}

const ases = [64496, 64497, 64498, 64499, 64500];

export function randomRoutes(random: SeededRandom, count: number): TestRoute[] {
  const routes = new Map<string, TestRoute>();
  while (routes.size < count) {
    const prefix = prefixOf(random);
    if (parsePrefix(prefix) === undefined) continue;
    routes.set(prefix, { prefix, origin: random.below(10) === 0 ? 0 : ases[random.below(ases.length)]! });
  }
  return [...routes.values()];
}

export function randomVrps(random: SeededRandom, count: number): TestVrp[] {
  const vrps = new Map<string, TestVrp>();
  while (vrps.size < count) {
    const prefix = prefixOf(random);
    const parsed = parsePrefix(prefix);
    if (parsed === undefined) continue;
    const longest = 8 * parsed.octets.length;
    const maxLength = Math.min(longest, parsed.length + random.below(6));
    const asn = random.below(20) === 0 ? 0 : ases[random.below(ases.length)]!;
    vrps.set(`${prefix} ${maxLength} ${asn}`, { prefix, maxLength, asn });
  }
  return [...vrps.values()];
}

/** UPDATEs that announce these routes from a peer of this AS. */
export function updatesOf(routes: readonly TestRoute[], asn: number, nextHop: string): Uint8Array {
  const encoder = new UpdateEncoder({
    internal: false,
    fourOctetAs: true,
    families: familyMask([IPV4_UNICAST, IPV6_UNICAST]),
    addPathReceive: 0,
    addPathSend: 0,
    extendedNextHop: 0,
    maxMessageBytes: 4096,
    localAsn: asn,
    remoteAsn: 0,
  });
  for (const { prefix, origin } of routes) {
    const { octets, length } = parsePrefix(prefix)!;
    const isIpv4 = octets.length === 4;
    const set = encodeAttributeSet({
      ...emptyAttributeSet(),
      origin: 0,
      asPath: [
        { type: SegmentType.sequence, asns: origin === 0 ? [asn] : [asn, origin] },
        ...origin === 0 ? [{ type: SegmentType.set, asns: ases }] : [],
      ],
      nextHop: parseAddress(isIpv4 ? nextHop : "2001:db8::1"),
    });
    encoder.begin(set, isIpv4 ? IPV4_UNICAST : IPV6_UNICAST);
    encoder.add(wordOf(octets, 0), wordOf(octets, 1), wordOf(octets, 2), wordOf(octets, 3), length, -1);
    encoder.finish();
  }
  return encoder.take();
}

/** UPDATEs that withdraw IPv4 routes. */
export function withdrawalsOf(prefixes: readonly string[]): Uint8Array {
  const encoder = new UpdateEncoder(testContext({ families: familyMask([IPV4_UNICAST]), maxMessageBytes: 4096 }));
  encoder.beginWithdraw(IPV4_UNICAST);
  for (const prefix of prefixes) {
    const { octets, length } = parsePrefix(prefix)!;
    encoder.add(wordOf(octets, 0), 0, 0, 0, length, -1);
  }
  encoder.finish();
  return encoder.take();
}

/** As relying parties write VRPs. */
export function vrpFile(vrps: readonly TestVrp[]): string {
  return JSON.stringify({
    metadata: { buildtime: "2026-01-01T00:00:00Z", vrps: vrps.length },
    roas: vrps.map((vrp) => ({ ...vrp, ta: "test", expires: 4_000_000_000 })),
  });
}

/**
 * Rows (peer, prefix, state) of every route by comparing it with every VRP: no index, no trie, nothing of bgpd's rules.
 */
export const naiveStates = `
WITH route AS (
  SELECT r.peer, r.prefix, r.origin_as, x.hi, x.lo, x.len, x.family
  FROM rib r JOIN prefixes x ON x.id = r.prefix_id
), covering AS (
  SELECT route.peer, route.prefix,
    max(vrps.asn <> 0 AND vrps.asn IS route.origin_as AND route.len <= vrps.max_length) AS matches
  FROM route JOIN vrps ON vrps.family_id = route.family AND vrps.len <= route.len
    AND CASE WHEN route.family = 1 THEN route.hi >> (32 - vrps.len) = vrps.hi >> (32 - vrps.len)
      WHEN vrps.len <= 64 THEN vrps.len = 0 OR (route.hi >> (64 - vrps.len)) = (vrps.hi >> (64 - vrps.len))
      ELSE route.hi = vrps.hi AND (route.lo >> (128 - vrps.len)) = (vrps.lo >> (128 - vrps.len)) END
  GROUP BY route.peer, route.prefix
)
SELECT route.peer, route.prefix,
  CASE covering.matches WHEN 1 THEN 'valid' WHEN 0 THEN 'invalid' ELSE 'not-found' END AS state
FROM route LEFT JOIN covering ON covering.peer = route.peer AND covering.prefix = route.prefix`;
