/**
 * Every key of the configuration, one row each: its type, what it means, and what holds without it. Unknown keys are
 * errors, so this table is the whole language. `bgpd check --keys` prints it.
 */

import { IPV4_UNICAST, IPV6_UNICAST } from "../types/mod.ts";
import { roleNames } from "../message/mod.ts";
import { policyChoice } from "./policy/choice.ts";
import { policySections } from "./policy/keys.ts";
import type { Elsewhere, Key, KeyTable } from "./keys/table.ts";
import { prefixLimitKeys } from "./features/prefix_limits.ts";
import { gracefulKeys } from "./features/restart_keys.ts";
import { speakerTradeKeys, tradeKeys } from "./features/inter_as_keys.ts";
import { interfaceName, peerName, remote } from "./keys/peer_values.ts";
import * as type from "./keys/values.ts";
import { asPath, community, extCommunity, largeCommunity, nextHop } from "./keys/route_values.ts";

function key<T>(row: Key<T>): Key<T> {
  return row;
}

export const topKeys = {
  router_id: key({ type: type.routerId, doc: "BGP Identifier of this speaker", defaultText: "required" }),
  cluster_id: key({
    type: type.routerId,
    doc: "of this route reflector (RFC 4456); the same on reflectors that share their clients",
    defaultText: "router_id",
  }),
  default_as: key({ type: type.asn, doc: "local_as of peers that name none" }),
  bgp_socket: key({
    type: type.listOf(type.socket(179)),
    doc: "where to listen, one or a list; -a and -p of the command line override",
    defaultText: '"127.0.0.1:179"',
  }),
  api_socket: key({ type: type.socket(undefined), doc: "HTTP API and metrics", defaultText: "none" }),
  api_token_file: key({
    type: type.text,
    doc: "file with the token that requests on api_socket must bring to change anything; without it they only read",
    defaultText: "none",
  }),
  database: key({ type: type.text, doc: "file of the database, relative to the current folder", default: "bgpd.db" }),
  database_mode: key({
    type: type.fileMode,
    doc: "permissions of the database's files; who may write them may write `announcements`",
    default: 0o640,
    defaultText: '"0640"',
  }),
  database_group: key({
    type: type.text,
    doc: "group of the database's files, name or number",
    defaultText: "that of the process",
  }),
  stop_timeout: key({
    type: type.integer(0, 3600, "seconds"),
    doc: "how long rows that wait are written when bgpd stops or restarts; the rest is left, as after a crash",
    default: 10,
  }),
  history: key({
    type: type.boolean,
    doc: "keep states of routes that ended, so that the table at any time can be asked for",
    default: true,
  }),
  history_days: key({ type: type.integer(1, 36_500, "days"), doc: "how long they are kept", default: 30 }),
  history_max_mb: key({
    type: type.integer(1, 10_000_000, "MiB"),
    doc: "about how much of the database they may fill; the oldest go first",
    default: 8192,
  }),
  poll_interval: key({
    type: type.integer(1, 3600, "seconds"),
    doc: "between attempts to connect to an idle peer",
    default: 5,
  }),
  selection_deferral_time: key({
    type: type.integer(1, 3600, "seconds"),
    doc:
      "after a graceful restart: the longest wait for the End-of-RIBs of peers before routes are chosen and announced",
    default: 240,
  }),
  rfc8212: key({
    type: type.oneOf("accept", "strict"),
    doc:
      "routes of eBGP peers that do not say `import`: accept them, or as RFC 8212 asks leave them out of the decision",
    default: "accept",
  }),
  static_routes: key({
    type: type.tables,
    doc: "routes of this speaker, announced to every peer whose export allows; keys as in [[peers.static_routes]]",
    defaultText: "none",
  }),
  ...speakerTradeKeys,
  prefix_sets: key({ type: type.tables, doc: "prefixes that rules of policies ask for by name", defaultText: "none" }),
  as_sets: key({ type: type.tables, doc: "AS numbers, likewise", defaultText: "none" }),
  as_path_sets: key({ type: type.tables, doc: "AS path patterns, likewise", defaultText: "none" }),
  community_sets: key({ type: type.tables, doc: "communities of all kinds, likewise", defaultText: "none" }),
  policies: key({ type: type.tables, doc: "what import and export of peers name", defaultText: "none" }),
  groups: key({ type: type.tables, doc: "defaults for many peers", defaultText: "none" }),
  peers: key({ type: type.tables, doc: "the peers", defaultText: "none" }),
} as const satisfies KeyTable;

/** Keys that a peer may have and its group too. */
const sharedKeys = {
  description: key({ type: type.text, doc: "for people", defaultText: "none" }),
  remote_as: key({
    type: type.asn,
    doc: "AS of the peer; a network and an interface may leave it out: any AS",
    defaultText: "required",
  }),
  local_as: key({ type: type.asn, doc: "our AS towards this peer", defaultText: "default_as" }),
  local_ip: key({ type: type.address, doc: "our address of the connection", defaultText: "any" }),
  dest_port: key({ type: type.integer(1, 65535), doc: "port to dial", defaultText: "-p of the command line, or 179" }),
  router_id: key({
    type: type.routerId,
    doc: "our BGP Identifier towards this peer",
    defaultText: "the global router_id",
    aliases: ["local_router_id"],
  }),
  hold_timer: key({ type: type.holdTime, doc: "proposed hold time; 0: no keepalives", default: 90 }),
  send_hold_timer: key({
    type: type.integer(0, 65535, "seconds"),
    doc: "close a session that takes no bytes of ours for so long (RFC 9687); 0: never",
    defaultText: "the larger of 480 and twice hold_timer",
  }),
  connect_retry: key({
    type: type.integer(1, 3600, "seconds"),
    doc: "between attempts to connect",
    defaultText: "poll_interval",
  }),
  delay_open: key({
    type: type.integer(0, 240, "seconds"),
    doc: "wait for the peer's OPEN before sending ours (RFC 4271 §8.1.1)",
    default: 0,
  }),
  enabled: key({ type: type.boolean, doc: "false: no session, but the peer's place is kept", default: true }),
  passive: key({ type: type.boolean, doc: "never dial, wait for the peer", default: false }),
  dial_only: key({
    type: type.boolean,
    doc: "never accept a connection of the peer: of peers with one remote_ip and one local_ip all but one need it",
    default: false,
  }),
  password_file: key({ type: type.text, doc: "file with the TCP-MD5 key (RFC 2385)", defaultText: "none" }),
  ttl_security: key({
    type: type.integer(1, 254, "hops"),
    doc: "GTSM: the peer is at most so many hops away (RFC 5082)",
    defaultText: "off",
  }),
  families: key({
    type: type.familyList,
    doc: "address families offered",
    default: [IPV4_UNICAST, IPV6_UNICAST],
    defaultText: '["ipv4 unicast", "ipv6 unicast"]',
  }),
  add_path: key({
    type: type.addPath,
    doc: "several paths for a prefix (RFC 7911)",
    default: { kind: "all", mode: "none" },
    defaultText: '"none"',
  }),
  extended_next_hop: key({
    type: type.extendedNextHop,
    doc: "IPv4 routes with IPv6 next hops (RFC 8950)",
    default: { kind: "all", enabled: false },
    defaultText: "false",
  }),
  enforce_first_as: key({
    type: type.boolean,
    doc: "an eBGP peer's own AS must stand first in AS_PATH; false for peers that are route servers",
    default: false,
  }),
  import: key({
    type: policyChoice(["all", "none"], "all"),
    doc:
      "routes of the peer that take part in the decision, or policies that say so; the others are only kept to be seen",
    defaultText: 'all; of eBGP peers none with rfc8212 = "strict"',
  }),
  export: key({
    type: policyChoice(["none", "local", "all"], "none"),
    doc:
      "learned routes announced to the peer: none, those of our own AS, or all, or policies that say so; what is originated here always is, where no policy rejects it",
    default: { choice: "none", names: [] },
    defaultText: '"none"',
  }),
  next_hop: key({
    type: type.oneOf("auto", "self", "unchanged"),
    doc: "NEXT_HOP of routes announced; auto: self to eBGP peers, unchanged to iBGP peers and route server clients",
    default: "auto",
  }),
  next_hop_ipv4: key({
    type: type.ipv4NextHop,
    doc: "next hop self of IPv4 routes where the session is over IPv6",
    defaultText: "none",
  }),
  next_hop_ipv6: key({
    type: type.ipv6NextHop,
    doc: "next hop self of IPv6 routes where the session is over IPv4; between link-local addresses beside ours there",
    defaultText: "none",
  }),
  route_reflector_client: key({
    type: type.boolean,
    doc: "the iBGP peer's routes are reflected, and routes are reflected to it (RFC 4456)",
    default: false,
  }),
  role: key({
    type: type.oneOf(...roleNames),
    doc:
      "what we are to the eBGP peer (RFC 9234): its provider, route server (rs) or that one's client, customer, or peer",
    defaultText: "none",
  }),
  role_strict: key({
    type: type.boolean,
    doc: "refuse a peer that does not announce its role (RFC 9234 §4.2)",
    default: false,
  }),
  route_server_client: key({
    type: type.boolean,
    doc: "AS_PATH, NEXT_HOP and MED go to the eBGP peer unchanged (RFC 7947)",
    default: false,
  }),
  export_selection: key({
    type: type.oneOf("best", "per-client"),
    doc:
      "announce the best route or nothing; or the best of those that export lets through to the peer (RFC 7947 §2.3.2)",
    defaultText: '"per-client" with `route_server_client`, else "best"',
  }),
  add_path_send: key({
    type: type.pathCount,
    doc: "with add_path: announce all paths of a prefix, or the best so many that export lets through",
    default: Infinity,
    defaultText: '"all"',
  }),
  add_path_max_paths: key({
    type: type.integer(0, 1_000_000),
    doc: "with add_path: how many paths of one prefix the peer may have; more are not stored; 0: any number",
    default: 64,
  }),
  max_attribute_bytes: key({
    type: type.integer(0, 65_535, "octets"),
    doc: "what the path attributes of one route may have; a route with more is treated as withdrawn; 0: any number",
    default: 0,
  }),
  min_route_advertisement_interval: key({
    type: type.integer(0, 600, "seconds"),
    doc: "between announcements of changes (RFC 4271 §9.2.1.1); 0: at once",
    default: 0,
  }),
  ...prefixLimitKeys,
  ...tradeKeys,
  ...gracefulKeys,
  max_members: key({
    type: type.integer(1, 100_000),
    doc: "of a network: how many peers inside it there may be at a time; whoever has gone for an hour is not counted",
    default: 1000,
  }),
  static_routes: key({
    type: type.tables,
    doc: "routes announced to the peer; a peer's own list stands in place of its group's",
    defaultText: "none",
  }),
} as const satisfies KeyTable;

export const groupKeys = {
  name: key({ type: type.text, doc: "what peers write as group", defaultText: "required" }),
  group: key({
    type: type.listOf(type.text),
    doc: "groups whose defaults this one has, too; its own word counts more",
    defaultText: "none",
  }),
  ...sharedKeys,
} as const satisfies KeyTable;

export const peerKeys = {
  name: key({
    type: peerName,
    doc: "what commands, the API, announcements and the column peer call it; no two peers have the same",
    defaultText: "remote_ip",
  }),
  remote_ip: key({
    type: remote,
    doc:
      'address of the peer, a link-local one with our interface, as "fe80::1%eth0"; or a network: passive, accepts any peer inside it',
    defaultText: "required, or interface",
  }),
  interface: key({
    type: interfaceName,
    doc:
      "our interface to a link-local remote_ip without a zone; alone: the peer is whoever is the only neighbour there",
    defaultText: "none",
  }),
  group: key({
    type: type.listOf(type.text),
    doc: "name of the [[groups]] with this peer's defaults, or a list: the first that says something counts",
    defaultText: "none",
  }),
  ...sharedKeys,
} as const satisfies KeyTable;

export const routeKeys = {
  prefix: key({ type: type.prefix, doc: "what to announce", defaultText: "required" }),
  next_hop: key({ type: nextHop, doc: 'an address or "self"', defaultText: '"self"' }),
  origin: key({ type: type.oneOf("igp", "egp", "incomplete"), doc: "ORIGIN", default: "igp" }),
  as_path: key({
    type: asPath,
    doc:
      'AS numbers (65000, "65000", "1.10"), before our own is prepended; sets ("{1,2}") for peers that take them only',
    defaultText: "empty",
  }),
  local_pref: key({ type: type.integer(0, 4294967295), doc: "LOCAL_PREF, iBGP only", defaultText: "100" }),
  med: key({
    type: type.integer(0, 4294967295),
    doc: "MULTI_EXIT_DISC",
    defaultText: "none",
    aliases: ["multi_exit_disc"],
  }),
  communities: key({ type: type.listOf(community), doc: 'as "65000:99"', defaultText: "none" }),
  large_communities: key({ type: type.listOf(largeCommunity), doc: 'as "65000:1:2"', defaultText: "none" }),
  ext_communities: key({ type: type.listOf(extCommunity), doc: 'as "rt:65000:100"', defaultText: "none" }),
} as const satisfies KeyTable;

export const sections = [
  { name: "top level", keys: topKeys },
  { name: "[[peers]]", keys: peerKeys },
  { name: "[[groups]]", keys: { name: groupKeys.name, group: groupKeys.group } },
  { name: "[[peers.static_routes]]", keys: routeKeys },
  ...policySections,
] as const satisfies readonly { name: string; keys: KeyTable }[];

/** Keys of the original bgpd that have no meaning here, and why. */
const refused: ReadonlyMap<string, string> = new Map([
  ["advertise_sources", 'not a key here; static_routes are always announced, learned routes where export = "all"'],
  ["static_flows", "flow specification is not supported"],
]);

/** What to answer when a key stands in the wrong table. */
export function elsewhereFrom(tableName: string): Elsewhere {
  const belongsTo = new Map<string, string>();
  for (const section of sections.toReversed()) {
    for (const [name, row] of Object.entries<Key<unknown>>(section.keys)) {
      for (const spelling of [name, ...row.aliases ?? []]) belongsTo.set(spelling, section.name);
    }
  }
  for (const [spelling, owner] of belongsTo) if (owner === tableName) belongsTo.delete(spelling);
  return { belongsTo, refused };
}
