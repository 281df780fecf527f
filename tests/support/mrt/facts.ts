/**
 * The peers and routes of the project's own MRT files. They are computed from numbers and are the same in every run.
 */
import type { RouteFacts } from "./octets.ts";

export interface PeerFacts {
  readonly address: string;
  readonly asn: number;
}

/** Peers of one collector: 2-octet and 4-octet ASNs, IPv4 and IPv6. */
export const collector: PeerFacts = { address: "192.0.2.254", asn: 64999 };
export const peers: readonly PeerFacts[] = [
  { address: "192.0.2.1", asn: 64501 },
  { address: "192.0.2.2", asn: 64502 },
  { address: "192.0.2.3", asn: 4200000003 },
  { address: "2001:db8:ffff::4", asn: 64504 },
  { address: "2001:db8:ffff::5", asn: 4200000005 },
];

export function isIpv6(text: string): boolean {
  return text.includes(":");
}

/** Peers whose ASN fits two octets: those of the old record types. */
export const oldPeers: readonly PeerFacts[] = peers.filter(({ asn }) => asn < 65536);

/** Scatters small numbers over 32 bits. */
function scattered(n: number): number {
  return Math.imul(n + 1, 0x9e3779b1) >>> 0;
}

/** Prefix `n` of a family; lengths vary, and each `n` has a prefix of its own. */
export function prefixOf(isV6: boolean, n: number): string {
  if (n === 0) return isV6 ? "::/0" : "0.0.0.0/0";
  if (isV6) return n % 3 === 0 ? `2001:db8:${n.toString(16)}::/48` : `2001:db8:${n.toString(16)}:8000::/${49 + n % 16}`;
  const third = n & 255, second = n >> 8;
  const lengths = [24, 25, 32, 28, 24, 24];
  return `10.${second}.${third}.0/${lengths[n % lengths.length]}`;
}

/** Route `n` of a peer. Peers agree on prefixes and differ in paths. */
export function routeOf(peer: PeerFacts, n: number, options: { isV6: boolean; asnBytes: 2 | 4 }): RouteFacts {
  const bits = scattered(n * 31 + peer.asn % 97);
  const wide = (asn: number) => options.asnBytes === 4 ? 4200001000 + asn : 64600 + asn;
  const has = (bit: number) => (bits >>> bit & 1) === 1;
  return {
    prefix: prefixOf(options.isV6, n),
    asPath: [peer.asn, ...Array.from({ length: bits % 5 }, (_, i) => wide(bits + i & 63))],
    asSet: bits % 41 === 0 ? [wide(1), wide(2)] : [],
    origin: ([0, 0, 0, 0, 1, 2] as const)[bits % 6]!,
    nextHop: options.isV6 ? `2001:db8:fffe::${(1 + bits % 9).toString(16)}` : `198.51.100.${1 + bits % 99}`,
    localPref: has(9) ? 100 + bits % 100 : undefined,
    med: has(10) ? bits % 1000 : undefined,
    communities: [
      ...has(11) ? [[64600, bits % 1000] as const] : [],
      ...has(12) ? [[64601, bits % 77] as const] : [],
      ...bits % 29 === 0 ? [[65535, 65281] as const] : [],
    ],
    isAggregate: bits % 17 === 0,
    aggregator: bits % 17 === 0 ? [wide(bits & 7), "198.51.100.254"] : undefined,
  };
}
