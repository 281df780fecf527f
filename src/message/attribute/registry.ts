/**
 * The registry of path attributes: one row each, from one file each. A new attribute is a file and a line here.
 *
 * Each row has its `onMalformed` from its RFC. The flags do not decide it: a malformed MULTI_EXIT_DISC, non-transitive,
 * is treat-as-withdraw; a malformed AGGREGATOR, transitive, is discarded.
 */

import { aggregator } from "./aggregator.ts";
import { aigp } from "./aigp.ts";
import { as4Aggregator } from "./as4_aggregator.ts";
import { as4Path } from "./as4_path.ts";
import { asPath } from "./as_path.ts";
import { atomicAggregate } from "./atomic_aggregate.ts";
import { attrSet } from "./attr_set.ts";
import { clusterList } from "./cluster_list.ts";
import { communities } from "./communities.ts";
import { extCommunities } from "./ext_communities.ts";
import { ipv6ExtCommunities } from "./ipv6_ext_communities.ts";
import { largeCommunities } from "./large_communities.ts";
import { linkState } from "./link_state.ts";
import { localPref } from "./local_pref.ts";
import { med } from "./med.ts";
import { mpReach } from "./mp_reach.ts";
import { mpUnreach } from "./mp_unreach.ts";
import { nextHop } from "./next_hop.ts";
import { nextHopCharacteristics } from "./next_hop_characteristics.ts";
import { origin } from "./origin.ts";
import { originatorId } from "./originator_id.ts";
import { otc } from "./otc.ts";
import { pmsiTunnel } from "./pmsi_tunnel.ts";
import { prefixSid } from "./prefix_sid.ts";
import type { AttributeRow } from "./row.ts";
import { tunnelEncapsulation } from "./tunnel_encapsulation.ts";

/** Ascending by code, which is the order of a canonical attribute set. */
export const attributeRows: readonly AttributeRow[] = [
  origin,
  asPath,
  nextHop,
  med,
  localPref,
  atomicAggregate,
  aggregator,
  communities,
  originatorId,
  clusterList,
  mpReach,
  mpUnreach,
  extCommunities,
  as4Path,
  as4Aggregator,
  pmsiTunnel,
  tunnelEncapsulation,
  ipv6ExtCommunities,
  aigp,
  linkState,
  largeCommunities,
  otc,
  nextHopCharacteristics,
  prefixSid,
  attrSet,
];

const byCode: (AttributeRow | undefined)[] = new Array(256).fill(undefined);
for (const row of attributeRows) byCode[row.code] = row;

/** The row of a type code, `undefined` for an attribute this speaker does not know. */
export function attributeRow(code: number): AttributeRow | undefined {
  return byCode[code];
}

/** `"AS_PATH"`, or `"attribute 77"`. */
export function attributeName(code: number): string {
  return byCode[code]?.name ?? `attribute ${code}`;
}
