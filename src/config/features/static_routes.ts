/** Routes of this speaker: `[[static_routes]]` for all peers, `[[peers.static_routes]]` and default routes for one. */

import {
  asSetsRefused,
  type AttributeSet,
  emptyAttributeSet,
  encodeAttributeSet,
  hasAsSets,
  parseOrigin,
} from "../../message/mod.ts";
import type { OriginatedRoute, RibPeer } from "../../rib/mod.ts";
import {
  type FamilyId,
  type FamilyMask,
  familyMask,
  familyOf,
  formatPrefix,
  IPV4_UNICAST,
  IPV6_UNICAST,
  isUnicast,
  limits,
  martianText,
  maskHas,
  type Prefix,
} from "../../types/mod.ts";
import { checkOffered, familyChoice } from "../keys/family_values.ts";
import { key, type KeyTable, setting, type SettingTable } from "../keys/key.ts";
import { prefix } from "../keys/network_values.ts";
import { asPath, community, extCommunity, largeCommunity, nextHop } from "../keys/route_values.ts";
import { fault, type Given, type TableReader } from "../keys/table.ts";
import { integer, listOf, oneOf, tables } from "../keys/values.ts";
import type { SourcePosition } from "../toml/errors.ts";
import type { TomlTable } from "../toml/parse.ts";
import type { FamilySettings } from "./families.ts";
import type { InterAsSettings } from "./inter_as.ts";

/** A route that is announced to a peer when its session comes up. Without a next hop in `attributes`: next hop self. */
export interface StaticRoute {
  readonly family: FamilyId;
  readonly prefix: Prefix;
  readonly attributes: AttributeSet;
}

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

/** Who gets the routes: one peer, or all together. */
interface Receiver {
  readonly families: readonly FamilyId[];
  readonly extendedNextHop: FamilyMask;
  /** Peers with `reject_as_sets = false` take routes with AS_SETs. */
  readonly rejectAsSets: InterAsSettings["rejectAsSets"];
}

/**
 * Reads the routes for every peer. Each session leaves out routes of other families and next hops. A route may have an
 * AS_SET if one of `peers` accepts it.
 */
export function readSpeakerRoutes(
  { values }: Given<typeof speakerRouteKeys>,
  peers: readonly InterAsSettings[],
  reader: TableReader,
): SpeakerRouteSettings {
  const families = [IPV4_UNICAST, IPV6_UNICAST];
  const staticRoutes = readRoutes(values.static_routes ?? [], "[[static_routes]]", {
    families,
    extendedNextHop: familyMask(families),
    rejectAsSets: peers.some(({ rejectAsSets }) => rejectAsSets === "never") ? "never" : "always",
  }, reader);
  return { staticRoutes };
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

function readRoutes(
  nodes: readonly TomlTable[],
  tableName: string,
  receiver: Receiver,
  reader: TableReader,
): StaticRoute[] {
  const routes: StaticRoute[] = [];
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

function staticRoute(table: Given<typeof routeKeys>, receiver: Receiver): StaticRoute | undefined {
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
  if (receiver.rejectAsSets !== "never" && hasAsSets(values.as_path ?? [])) {
    fault(table, "as_path", `as_path has an AS_SET: ${asSetsRefused}`);
  }
  const attributes = attributesOf(table, octets);
  const size = encodeAttributeSet(attributes).length;
  if (size > limits.originatedBytes) {
    report.add(start, `the attributes of ${formatPrefix(prefix)} take ${size} octets, more than a message can hold`);
  }
  return { family: id, prefix, attributes };
}

function checkPrefix(
  table: Given<typeof routeKeys>,
  prefix: Prefix,
  id: FamilyId,
  { families: offered }: Receiver,
): void {
  if (!offered.includes(id)) {
    fault(table, "prefix", `prefix is ${familyOf(id).name}, which is not in families of this peer`);
  }
  const martian = martianText(prefix);
  if (martian === undefined) return;
  const text = `prefix ${formatPrefix(prefix)} is ${martian} and cannot be announced (RFC 4271 §6.3)`;
  fault(table, "prefix", text);
}

function attributesOf({ values }: Given<typeof routeKeys>, nextHop: Uint8Array | undefined): AttributeSet {
  return {
    ...emptyAttributeSet(),
    origin: parseOrigin(values.origin ?? routeKeys.origin.default),
    asPath: [...values.as_path ?? []],
    nextHop,
    localPref: values.local_pref,
    med: values.med,
    communities: [...values.communities ?? []],
    largeCommunities: (values.large_communities ?? []).map(([a, b, c]): [number, number, number] => [a, b, c]),
    extCommunities: [...values.ext_communities ?? []],
  };
}

export function routesForRib({ staticRoutes, defaultOriginate }: RouteSettings): Partial<RibPeer> {
  // Of two routes for one prefix the later counts: a default route with attributes takes precedence over the plain one.
  return { originated: [...defaultRoutes(defaultOriginate), ...staticRoutes] };
}

/** `default_originate`: a route like any of ours, for one peer. */
function defaultRoutes(families: readonly FamilyId[]): OriginatedRoute[] {
  return families.map((id) => ({
    family: id,
    prefix: { octets: new Uint8Array(familyOf(id).addressBytes), length: 0 },
    attributes: emptyAttributeSet(),
  }));
}
