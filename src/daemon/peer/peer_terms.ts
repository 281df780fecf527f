/** A peer's configuration in the terms of the database and of the RIB. */

import type { PeerConfig } from "../../config/mod.ts";
import type { RibPeer } from "../../rib/mod.ts";
import type { PeerIdentity } from "../../store/mod.ts";
import { parseAddress, parseZonedAddress } from "../../types/mod.ts";
import { prefixLimits } from "./prefix_limits.ts";
import { defaultRoutes, ribTrade } from "./inter_as.ts";

/** What a peer is called: the member of a network by its address. */
export function nameOf(config: PeerConfig, address: string | undefined): string {
  return config.kind === "network" ? address ?? config.name : config.name;
}

/** Routes of ours with AS_SETs may go to it (RFC 9774). */
export function takesAsSets({ config }: { readonly config: PeerConfig }): boolean {
  return config.rejectAsSets === "never";
}

/** What the database keeps of a peer's configuration. */
export function identityOf(config: PeerConfig, address: string | undefined): PeerIdentity {
  return {
    name: nameOf(config, address),
    remoteIp: address,
    localAs: config.localAsn,
    localIp: config.localIp,
    remoteAs: config.remoteAsn,
    description: config.description,
    group: config.group,
    role: config.role,
    takesAsSets: takesAsSets({ config }),
  };
}

/** What the RIB has to know of a peer. */
export function ribPeer(id: number, address: string | undefined, config: PeerConfig): RibPeer {
  const { nextHopIpv4, nextHopIpv6 } = config;
  return {
    id,
    // The session knows it, where it is not known before.
    address: parseZonedAddress(address ?? "::")!,
    // Of two for one prefix the later counts: a default route with attributes of its own goes before the plain one.
    originated: [...defaultRoutes(config), ...config.staticRoutes],
    ...ribTrade(config),
    groups: config.groups,
    import: config.import,
    maxPrefixes: prefixLimits(config),
    export: config.export,
    nextHop: config.nextHop,
    nextHopIpv4: nextHopIpv4 === undefined ? undefined : parseAddress(nextHopIpv4),
    nextHopIpv6: nextHopIpv6 === undefined ? undefined : parseAddress(nextHopIpv6),
    routeReflectorClient: config.routeReflectorClient,
    routeServerClient: config.routeServerClient,
    exportSelection: config.exportSelection,
    maxPaths: config.addPathMaxPaths,
    maxAttributeBytes: config.maxAttributeBytes,
    addPathSendMax: config.addPathSendMax,
    advertisementIntervalMs: 1000 * config.advertisementIntervalSeconds,
  };
}
