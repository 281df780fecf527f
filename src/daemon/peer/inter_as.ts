/** What a peer's settings about ASes and paths mean to the RIB. */

import type { Config, PeerConfig } from "../../config/mod.ts";
import { emptyAttributeSet } from "../../message/mod.ts";
import type { MultipathChoice, OriginatedRoute, RibPeer } from "../../rib/mod.ts";
import { family as familyRow } from "../../types/mod.ts";

export function ribTrade(config: PeerConfig): Partial<RibPeer> {
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

export function multipathOf({ multipath, multipathRelax }: Config): MultipathChoice {
  return { limit: multipath, relax: multipathRelax };
}

/** `default_originate`: a route like any of ours, to this peer only. */
export function defaultRoutes({ defaultOriginate }: PeerConfig): OriginatedRoute[] {
  return defaultOriginate.map((family) => ({
    family,
    prefix: { octets: new Uint8Array(familyRow(family).addressBytes), length: 0 },
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
