/** What routes and FlowSpec rules of this speaker have in common: their path attributes, and who gets them. */

import {
  asSetsRefused,
  type AttributeSet,
  emptyAttributeSet,
  encodeAttributeSet,
  hasAsSets,
  parseOrigin,
} from "../../message/mod.ts";
import { type Destination, type FamilyId, type FamilyMask, familyMask, IPV4_UNICAST, limits } from "../../types/mod.ts";
import { key, type KeyTable } from "../keys/key.ts";
import { asPath, community, extCommunity, largeCommunity } from "../keys/route_values.ts";
import { fault, type Given } from "../keys/table.ts";
import { integer, listOf, oneOf } from "../keys/values.ts";
import type { InterAsSettings } from "./inter_as.ts";

/**
 * A route of this speaker, for one peer or for all. Without a next hop in `attributes`: next hop self, in families
 * that have one.
 */
export type StaticRoute = Destination & {
  readonly family: FamilyId;
  readonly attributes: AttributeSet;
};

/** Who gets the routes: one peer, or all together. */
export interface Receiver {
  /** `undefined`: all families; each session leaves out those that it does not have. */
  readonly families: readonly FamilyId[] | undefined;
  readonly extendedNextHop: FamilyMask;
  /** Peers with `reject_as_sets = false` take routes with AS_SETs. */
  readonly rejectAsSets: InterAsSettings["rejectAsSets"];
}

/** A route for every peer may have what one of them takes. */
export function allPeers(peers: readonly InterAsSettings[]): Receiver {
  return {
    families: undefined,
    extendedNextHop: familyMask([IPV4_UNICAST]),
    rejectAsSets: peers.some(({ rejectAsSets }) => rejectAsSets === "never") ? "never" : "always",
  };
}

export const attributeKeys = {
  origin: key({
    type: oneOf("igp", "egp", "incomplete"),
    doc: "ORIGIN of the route",
    example: '"incomplete"',
    default: "igp",
  }),
  as_path: key({
    type: asPath,
    doc: 'AS numbers (65000, "1.10") after our own; AS_SETs ("{1,2}") only for peers with reject_as_sets = false',
    example: "[65000, 500]",
    defaultText: "empty",
  }),
  local_pref: key({
    type: integer(0, 4294967295),
    doc: "LOCAL_PREF of the route, for iBGP peers only",
    example: "200",
    defaultText: "100",
  }),
  med: key({
    type: integer(0, 4294967295),
    doc: "MULTI_EXIT_DISC of the route",
    example: "50",
    defaultText: "none",
    aliases: ["multi_exit_disc"],
  }),
  communities: key({
    type: listOf(community),
    doc: "communities of the route, also by name",
    example: '["65000:99", "no-export"]',
    defaultText: "none",
  }),
  large_communities: key({
    type: listOf(largeCommunity),
    doc: "large communities of the route",
    example: '["65000:1:2"]',
    defaultText: "none",
  }),
  ext_communities: key({
    type: listOf(extCommunity),
    doc: "extended communities of the route: rt: route target, ro: route origin",
    example: '["rt:65000:100"]',
    defaultText: "none",
  }),
} as const satisfies KeyTable;

/** The attributes that a table gives. */
export function attributesOf(
  { values }: Given<typeof attributeKeys>,
  nextHop: Uint8Array | undefined,
): AttributeSet {
  return {
    ...emptyAttributeSet(),
    origin: parseOrigin(values.origin ?? attributeKeys.origin.default),
    asPath: [...values.as_path ?? []],
    nextHop,
    localPref: values.local_pref,
    med: values.med,
    communities: [...values.communities ?? []],
    largeCommunities: (values.large_communities ?? []).map(([a, b, c]): [number, number, number] => [a, b, c]),
    extCommunities: [...values.ext_communities ?? []],
  };
}

/** Reports attributes that no peer could get. `what`: the prefix or the rule. */
export function checkAttributes(
  table: Given<typeof attributeKeys>,
  attributes: AttributeSet,
  what: string,
  receiver: Receiver,
): void {
  if (receiver.rejectAsSets !== "never" && hasAsSets(table.values.as_path ?? [])) {
    fault(table, "as_path", `as_path has an AS_SET: ${asSetsRefused}`);
  }
  const size = encodeAttributeSet(attributes).length;
  if (size > limits.originatedBytes) {
    table.report.add(table.start, `the attributes of ${what} take ${size} octets, more than a message can hold`);
  }
}
