/** Routes of this speaker: `[[static_routes]]` for all peers, `[[peers.static_routes]]` and default routes for one. */

import { emptyAttributeSet } from "../../message/mod.ts";
import type { OriginatedRoute, RibPeer } from "../../rib/mod.ts";
import {
  type FamilyId,
  familyOf,
  formatPrefix,
  IPV4_UNICAST,
  IPV6_UNICAST,
  isUnicast,
  martianText,
  maskHas,
  type Prefix,
} from "../../types/mod.ts";
import { checkOffered, familyChoice } from "../keys/family_values.ts";
import { key, type KeyTable, setting, type SettingTable } from "../keys/key.ts";
import { prefix } from "../keys/network_values.ts";
import { nextHop } from "../keys/route_values.ts";
import { fault, type Given, type TableReader } from "../keys/table.ts";
import { tables } from "../keys/values.ts";
import type { SourcePosition } from "../toml/errors.ts";
import type { TomlTable } from "../toml/parse.ts";
import type { FamilySettings } from "./families.ts";
import type { InterAsSettings } from "./inter_as.ts";
import {
  allPeers,
  attributeKeys,
  attributesOf,
  checkAttributes,
  type Receiver,
  type StaticRoute,
} from "./originated.ts";
import type { FlowSettings } from "./static_flows.ts";

export interface SpeakerRouteSettings {
  /** Routes of this speaker, for every peer whose export allows them. */
  readonly staticRoutes: readonly StaticRoute[];
}

export interface RouteSettings {
  readonly staticRoutes: readonly StaticRoute[];
  /** Families in which a default route is announced to the peer. */
  readonly defaultOriginate: readonly FamilyId[];
}

export const speakerRouteKeys = {
  static_routes: setting({
    type: tables,
    doc: "routes of this speaker, announced to every peer whose export allows it; keys as in [[peers.static_routes]]",
    defaultText: "none",
    sets: { staticRoutes: "applies" },
  }),
} as const satisfies SettingTable;

export const peerRouteKeys = {
  default_originate: setting({
    type: familyChoice,
    doc: "announce a default route to the peer: true for each family, or a list of families",
    example: '["ipv4 unicast"]',
    default: [],
    defaultText: "false",
    sets: { defaultOriginate: "applies" },
  }),
  static_routes: setting({
    type: tables,
    doc: "routes announced to the peer; a peer's own list replaces the list of its group",
    defaultText: "none",
    sets: { staticRoutes: "applies" },
  }),
} as const satisfies SettingTable;

export const routeKeys = {
  prefix: key({ type: prefix, doc: "prefix to announce", example: '"203.0.113.0/24"', defaultText: "required" }),
  next_hop: key({ type: nextHop, doc: 'an address or "self"', example: '"192.0.2.1"', defaultText: '"self"' }),
  ...attributeKeys,
} as const satisfies KeyTable;

/**
 * Reads the routes for every peer. Each session leaves out routes of other families and next hops. A route may have an
 * AS_SET if one of `peers` accepts it.
 */
export function readSpeakerRoutes(
  { values }: Given<typeof speakerRouteKeys>,
  peers: readonly InterAsSettings[],
  reader: TableReader,
): SpeakerRouteSettings {
  return { staticRoutes: readRoutes(values.static_routes ?? [], "[[static_routes]]", allPeers(peers), reader) };
}

export function readPeerRoutes(
  given: Given<typeof peerRouteKeys>,
  peer: FamilySettings & InterAsSettings,
  reader: TableReader,
): RouteSettings {
  const { families } = peer;
  const { default_originate: choice = peerRouteKeys.default_originate.default, static_routes: nodes = [] } =
    given.values;
  const wanted = choice === "all" ? families : choice;
  checkOffered(given, "default_originate", wanted, families);
  return {
    staticRoutes: readRoutes(nodes, "[[peers.static_routes]]", peer, reader),
    // A default route is a unicast route: the other families have no use for one.
    defaultOriginate: wanted.filter(isUnicast),
  };
}

type PrefixRoute = StaticRoute & { readonly prefix: Prefix };

function readRoutes(
  nodes: readonly TomlTable[],
  tableName: string,
  receiver: Receiver,
  reader: TableReader,
): PrefixRoute[] {
  const routes: PrefixRoute[] = [];
  const places = new Map<string, SourcePosition>();
  for (const node of nodes) {
    const table = reader.read(node, routeKeys, tableName);
    const route = staticRoute(table, receiver);
    if (route === undefined) continue;
    const name = formatPrefix(route.prefix);
    const first = places.get(name);
    if (first === undefined) places.set(name, table.at("prefix"));
    else fault(table, "prefix", `prefix ${name} is already used ${reader.report.where(first)}`);
    routes.push(route);
  }
  return routes;
}

function staticRoute(table: Given<typeof routeKeys>, receiver: Receiver): PrefixRoute | undefined {
  const { values, report, start } = table;
  if (!table.has("prefix")) report.add(start, "prefix is missing: the prefix to announce");
  const { prefix } = values;
  if (prefix === undefined) return undefined;
  const id = prefix.octets.length === 4 ? IPV4_UNICAST : IPV6_UNICAST;
  checkPrefix(table, prefix, id, receiver);
  const octets = values.next_hop?.kind === "address" ? values.next_hop.octets : undefined;
  if (octets?.length === 4 && id === IPV6_UNICAST) {
    fault(table, "next_hop", "next_hop of an IPv6 prefix must be IPv6");
  } else if (octets?.length === 16 && id === IPV4_UNICAST && !maskHas(receiver.extendedNextHop, id)) {
    fault(table, "next_hop", "an IPv6 next_hop for an IPv4 prefix needs extended_next_hop = true (RFC 8950)");
  }
  const attributes = attributesOf(table, octets);
  checkAttributes(table, attributes, formatPrefix(prefix), receiver);
  return { family: id, prefix, attributes };
}

function checkPrefix(
  table: Given<typeof routeKeys>,
  prefix: Prefix,
  id: FamilyId,
  { families: offered }: Receiver,
): void {
  if (offered?.includes(id) === false) {
    fault(table, "prefix", `prefix is ${familyOf(id).name}, which is not in families of this peer`);
  }
  const martian = martianText(prefix);
  if (martian === undefined) return;
  const text = `prefix ${formatPrefix(prefix)} is ${martian} and cannot be announced (RFC 4271 §6.3)`;
  fault(table, "prefix", text);
}

export function routesForRib(settings: RouteSettings & FlowSettings): Partial<RibPeer> {
  // Of two routes for one prefix the later counts: a default route with attributes takes precedence over the plain one.
  return { originated: [...defaultRoutes(settings.defaultOriginate), ...ownRoutes(settings)] };
}

/** The routes and the rules of the top level, or of one peer. */
export function ownRoutes({ staticRoutes, staticFlows }: SpeakerRouteSettings & FlowSettings): readonly StaticRoute[] {
  return [...staticRoutes, ...staticFlows];
}

/** `default_originate`: a route like any of ours, for one peer. */
function defaultRoutes(families: readonly FamilyId[]): OriginatedRoute[] {
  return families.map((id) => ({
    family: id,
    prefix: { octets: new Uint8Array(familyOf(id).addressBytes), length: 0 },
    attributes: emptyAttributeSet(),
  }));
}
