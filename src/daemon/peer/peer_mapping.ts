/** Maps the configuration of a peer to what the RIB (`RibPeer`) and the database (`PeerIdentity`) need of it. */

import type { Config, PeerConfig } from "../../config/mod.ts";
import { emptyAttributeSet } from "../../message/mod.ts";
import type { MultipathChoice, OriginatedRoute, PrefixLimit, RibPeer } from "../../rib/mod.ts";
import type { PeerIdentity } from "../../store/mod.ts";
import { type ByFamily, familyOf, parseAddress, parseZonedAddress } from "../../types/mod.ts";

/** The name of a peer. A member of a configured network is called by its address. */
export function nameOf(config: PeerConfig, address: string | undefined): string {
  return config.kind === "network" ? address ?? config.name : config.name;
}

/** True where our routes with an AS_SET may be advertised to the peer (RFC 9774). */
export function takesAsSets({ config }: { readonly config: PeerConfig }): boolean {
  return config.rejectAsSets === "never";
}

/** What the database stores of the configuration of a peer. */
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

/** What the RIB needs to know of a peer. */
export function ribPeer(id: number, address: string | undefined, config: PeerConfig): RibPeer {
  const { nextHopIpv4, nextHopIpv6 } = config;
  return {
    id,
    // `sessionUp` brings the address of a peer whose address is unknown until it connects.
    address: parseZonedAddress(address ?? "::")!,
    // The later of two routes for one prefix counts: a configured default route takes precedence over the plain one.
    originated: [...defaultRoutes(config), ...config.staticRoutes],
    ...interAsSettings(config),
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

/** The settings about AS numbers and AS paths, and the limits of what is advertised. */
export function interAsSettings(config: PeerConfig): Partial<RibPeer> {
  const { confederation, realAsn, localAsn, localAsNoPrepend, localAsReplaceAs } = config;
  return {
    ...ownAsns(config),
    memberAsn: confederation?.memberAsn,
    allowedLoops: config.allowasIn,
    rejectAsSets: config.rejectAsSets,
    prependsIn: realAsn !== undefined && realAsn !== localAsn && !localAsNoPrepend,
    prependAsn: localAsReplaceAs ? undefined : realAsn,
    asOverride: config.asOverride,
    removePrivateAs: config.removePrivateAs,
    prefixesOut: Object.fromEntries(
      Object.entries(config.maxPrefixesOut).map(([id, max]) => [id, { max, action: config.maxPrefixesOutAction }]),
    ),
  };
}

/** Which routes count as multipath in the Loc-RIB. */
export function multipathOf({ multipath, multipathRelax }: Config): MultipathChoice {
  return { limit: multipath, relax: multipathRelax };
}

/** The routes of `default_originate`: routes of this speaker that go to this peer only. */
export function defaultRoutes({ defaultOriginate }: PeerConfig): OriginatedRoute[] {
  return defaultOriginate.map((family) => ({
    family,
    prefix: { octets: new Uint8Array(familyOf(family).addressBytes), length: 0 },
    attributes: emptyAttributeSet(),
  }));
}

function ownAsns({ confederation, realAsn, localAsn }: PeerConfig): Partial<RibPeer> {
  if (confederation !== undefined) {
    // RFC 5065 §4: the confederation's number in a plain segment is a loop, the member's in one of the confederation.
    const { id, memberAsn } = confederation;
    return { ownAsns: localAsn === memberAsn || localAsn === id ? [id] : [id, localAsn] };
  }
  return realAsn === undefined ? {} : { ownAsns: [localAsn, realAsn] };
}

/** How many routes the peer may announce, by family. */
export function prefixLimits(config: PeerConfig): ByFamily<PrefixLimit> {
  const minutes = config.maxPrefixesRestartMinutes;
  const rest = {
    warningPercent: config.maxPrefixesWarningPercent,
    action: config.maxPrefixesAction,
    counts: config.maxPrefixesCount,
    restartSeconds: minutes === 0 ? undefined : 60 * minutes,
  };
  return Object.fromEntries(Object.entries(config.maxPrefixes).map(([family, limit]) => [family, { limit, ...rest }]));
}
