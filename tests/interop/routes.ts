/** The routes of the interop tests, and the comparison of two descriptions of one route. */
import type { PeerRoute } from "./peers/mod.ts";

/** One route of each family with communities of all three kinds; `third` of the prefix tells speakers apart. */
export function sampleRoutes(third: number, asn: number): readonly PeerRoute[] {
  const communities = { communities: [`${asn}:1`, `${asn}:99`], largeCommunities: [`${asn}:2:3`] };
  return [
    { prefix: `100.10.${third}.0/24`, nextHop: "198.51.100.1", ...communities, extCommunities: [`rt:${asn}:100`] },
    { prefix: `100.11.${third}.0/24`, nextHop: "198.51.100.2", ...communities, extCommunities: [`rt:${asn}:101`] },
    {
      prefix: `2001:db8:${third.toString(16)}::/48`,
      nextHop: "2001:db8::1",
      ...communities,
      extCommunities: [`rt:${asn}:102`],
    },
  ];
}

/** The part of a route both sides must agree on, as plain values in a fixed order. */
export function comparable(route: PeerRoute): PeerRoute & { readonly asPath: string } {
  const sorted = (values: readonly string[]) => [...values].sort();
  return {
    prefix: route.prefix,
    nextHop: route.nextHop,
    asPath: route.asPath ?? "",
    communities: sorted(route.communities),
    largeCommunities: sorted(route.largeCommunities),
    extCommunities: sorted(route.extCommunities),
  };
}
