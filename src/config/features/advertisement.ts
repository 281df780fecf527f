/** How routes are advertised to a peer: next hops (RFC 4271 §5.1.3) and the pace (§9.2.1.1). */

import { parseAddress, writtenHopFault } from "../../types/mod.ts";
import type { RibPeer } from "../../rib/mod.ts";
import { filled, setting, type SettingTable } from "../keys/key.ts";
import { address } from "../keys/network_values.ts";
import type { Given } from "../keys/table.ts";
import { fail, type ValueType } from "../keys/value_type.ts";
import { integer, oneOf } from "../keys/values.ts";

export interface AdvertisementSettings {
  readonly nextHop: "auto" | "self" | "unchanged";
  /** Canonical text: next hop self where the session is over the other family. */
  readonly nextHopIpv4: string | undefined;
  readonly nextHopIpv6: string | undefined;
  readonly advertisementIntervalSeconds: number;
}

/** An address of one family that may be a next hop. */
function nextHopOf(octets: 4 | 16): ValueType<string> {
  const name = octets === 4 ? "IPv4" : "IPv6";
  return {
    name: `${name} address`,
    parse(node, key, report) {
      const value = address.parse(node, key, report);
      if (value === undefined) return undefined;
      const parsed = parseAddress(value)!;
      if (parsed.length !== octets) return fail(node, `${key} must be an ${name} address, not ${value}`, report);
      const fault = writtenHopFault(parsed);
      return fault === undefined ? value : fail(node, `${key} cannot be ${value}${fault}`, report);
    },
  };
}

export const advertisementKeys = {
  next_hop: setting({
    type: oneOf("auto", "self", "unchanged"),
    doc: "NEXT_HOP of announced routes; auto: self to eBGP peers, unchanged to iBGP peers and route server clients",
    example: '"self"',
    default: "auto",
    sets: { nextHop: "applies" },
  }),
  next_hop_ipv4: setting({
    type: nextHopOf(4),
    doc: "our next hop of IPv4 routes on a session over IPv6",
    example: '"192.0.2.1"',
    defaultText: "none",
    sets: { nextHopIpv4: "applies" },
  }),
  next_hop_ipv6: setting({
    type: nextHopOf(16),
    doc: "our next hop of IPv6 routes on a session over IPv4; on a link-local session, our global next hop",
    example: '"2001:db8::1"',
    defaultText: "none",
    sets: { nextHopIpv6: "applies" },
  }),
  min_route_advertisement_interval: setting({
    type: integer(0, 600, "seconds"),
    doc: "time between announcements of changes (RFC 4271 §9.2.1.1); 0: announce at once",
    example: "5",
    default: 0,
    sets: { advertisementIntervalSeconds: "applies" },
  }),
} as const satisfies SettingTable;

export function readAdvertisement(given: Given<typeof advertisementKeys>): AdvertisementSettings {
  const values = filled(advertisementKeys, given.values);
  return {
    nextHop: values.next_hop,
    nextHopIpv4: values.next_hop_ipv4,
    nextHopIpv6: values.next_hop_ipv6,
    advertisementIntervalSeconds: values.min_route_advertisement_interval,
  };
}

export function advertisementForRib(settings: AdvertisementSettings): Partial<RibPeer> {
  const { nextHop, nextHopIpv4, nextHopIpv6, advertisementIntervalSeconds } = settings;
  return {
    nextHop,
    nextHopIpv4: nextHopIpv4 === undefined ? undefined : parseAddress(nextHopIpv4),
    nextHopIpv6: nextHopIpv6 === undefined ? undefined : parseAddress(nextHopIpv6),
    advertisementIntervalMs: 1000 * advertisementIntervalSeconds,
  };
}
