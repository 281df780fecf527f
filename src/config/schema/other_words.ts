/**
 * Words of BIRD, FRR, GoBGP, ExaBGP and OpenBGPD, and hasty spellings, with the key that does the same here. An
 * unknown key, and a line that is not TOML, are answered from this table.
 */

import type { KnownWord } from "../keys/table.ts";

/** A row. `words`: in small letters, parts joined by `_`, separated by spaces. */
interface Row {
  readonly words: string;
  /** Our key and its table; without it, bgpd has no such key. */
  readonly key?: string;
  readonly table?: string;
  /** After the name of the key: what is different here. Without a key: a whole sentence, what to do instead. */
  readonly hint?: string;
  /** A command that the hint names. */
  readonly command?: string;
}

const top = "the top level", peer = "[[peers]]", route = "[[static_routes]]", rules = "[[policies.rules]]";

const always = "bgpd always does this; remove the line";

export const otherWords: readonly Row[] = [
  // Who the speaker is.
  { words: "routerid router_id bgp_router_id bgp_identifier id local_id", key: "router_id", table: top },
  { words: "as asn my_as my_asn autonomous_system own_as router_bgp local_as", key: "default_as", table: top },
  { words: "rr_cluster_id route_reflector_cluster_id bgp_cluster_id", key: "cluster_id", table: top },
  {
    words: "confederation confederation_identifier bgp_confederation_identifier",
    key: "confederation_id",
    table: top,
  },
  {
    words: "confederation_peers bgp_confederation_peers confederation_member_as member_as_list",
    key: "confederation_members",
    table: top,
  },
  {
    words:
      "listen listen_on listen_addr listen_address listen_addresses local_address_list listen_port bgp_port port " +
      "bind bind_address tcp_bind tcp_port bgp_listenon",
    key: "bgp_socket",
    table: top,
    hint: ', address and port: "0.0.0.0:179"',
  },
  {
    words: "api grpc http http_port api_hosts api_listen api_address prometheus metrics socket",
    key: "api_socket",
    table: top,
    hint: ', address and port: "127.0.0.1:8179"',
  },
  { words: "db db_path db_file database_file database_path sqlite", key: "database", table: top },
  {
    words: "maximum_paths max_paths merge_paths ecmp use_multiple_paths bgp_maximum_paths",
    key: "multipath",
    table: top,
  },
  {
    words: "as_path_multipath_relax bestpath_as_path_multipath_relax bgp_bestpath_as_path_multipath_relax",
    key: "multipath_relax",
    table: top,
  },
  {
    words: "ebgp_requires_policy bgp_ebgp_requires_policy",
    key: "rfc8212",
    table: top,
    hint: ': "strict" or "accept"',
  },
  { words: "update_delay bgp_update_delay deferral_time", key: "selection_deferral_time", table: top },
  { words: "scan_time", key: "poll_interval", table: top },
  {
    words: "log log_file log_level log_updates logging syslog debug",
    hint: "bgpd logs to standard error: run it with -v or -vv for more, and let the service manager keep the log",
  },
  {
    words: "fib_update kernel zebra install_routes nexthop_self_all redistribute",
    hint: "bgpd neither reads nor writes the kernel's routes; announce routes with [[static_routes]]",
  },
  {
    words: "mrtdump mrt_dump dump dump_bgp",
    hint: "bgpd keeps routes and their history in the database; write an MRT file with: bgpd mrt export FILE",
    command: "bgpd mrt export FILE",
  },
  { words: "rtr rpki_cache rpki_server rpki_servers rpki_server_list rtr_servers", key: "rpki_caches", table: top },
  { words: "roa_table roa_set roa_file roas aspa_set", key: "rpki_files", table: top },
  { words: "slurm slurm_file rpki_slurm", key: "rpki_exceptions", table: top },
  {
    words: "bmp bmp_servers",
    hint: "bgpd does not send BMP; read the database instead: bgpd sql",
    command: "bgpd sql",
  },
  { words: "bfd bfd_strict", hint: "bgpd does not speak BFD; use a shorter hold_timer" },
  { words: "vrf table rdomain rtable", hint: "bgpd has one table, without VRFs" },

  { words: "global global_config", hint: "write router_id and default_as at the top level, without a table" },

  // Who the peer is.
  {
    words: "neighbor neighbour neighbor_address neighbor_ip neighbour_ip peer_address peer_ip remote_address " +
      "remote_addr remote_ip_address address ip host peer",
    key: "remote_ip",
    table: peer,
  },
  {
    words: "neighbor_range neighbour_range listen_range bgp_listen_range dynamic_neighbors range",
    key: "remote_ip",
    table: peer,
    hint: ' with a network, such as "192.0.2.0/24": every peer inside it may connect',
  },
  { words: "peer_as peer_asn remote_asn neighbor_as neighbour_as neighbor_remote_as", key: "remote_as", table: peer },
  { words: "local_asn my_as_number", key: "local_as", table: peer },
  { words: "descr desc comment", key: "description", table: peer },
  { words: "peer_group peergroup template inherit from", key: "group", table: peer },
  {
    words: "update_source source_address source_ip local_address local_addr local bind_ip",
    key: "local_ip",
    table: peer,
    hint: ", our address of the connection",
  },
  { words: "remote_port neighbor_port peer_port connect", key: "dest_port", table: peer },
  { words: "passive_mode passive_listen", key: "passive", table: peer },
  {
    words: "shutdown admin_down down disabled admin_state",
    key: "enabled",
    table: peer,
    hint: " = false; or end a session now with: bgpd peer disable PEER",
  },

  // The connection.
  {
    words: "password md5 md5_password auth_password authentication tcp_md5 md5sig md5_key tcp_md5_key",
    key: "password_file",
    table: peer,
    hint: ": the path of a file with the TCP-MD5 key",
  },
  { words: "ttl_security_hops gtsm ttl_min incoming_ttl", key: "ttl_security", table: peer, hint: " = HOPS" },
  {
    words: "ebgp_multihop multihop multihop_ttl outgoing_ttl ttl disable_connected_check direct",
    hint: "no key is needed: a peer may be any number of hops away; ttl_security = HOPS limits them",
  },
  { words: "holdtime hold_time hold holdtime_min min_hold_time timers", key: "hold_timer", table: peer },
  {
    words: "keepalive keepalive_time keepalive_interval keepalive_timer",
    key: "hold_timer",
    table: peer,
    hint: ": bgpd sends a KEEPALIVE three times in the hold time",
  },
  {
    words: "connect_retry_time connect_retry_timer timers_connect connect_time idle_hold_time error_wait_time",
    key: "connect_retry",
    table: peer,
  },
  { words: "connect_delay_time delayopen timers_delayopen", key: "delay_open", table: peer },
  {
    words: "advertisement_interval mrai",
    key: "min_route_advertisement_interval",
    table: peer,
  },

  // Families and capabilities.
  {
    words: "afi_safi afi_safis afi_safi_name address_family address_families family activate channel ipv4 ipv6 " +
      "ipv4_unicast ipv6_unicast multiprotocol",
    key: "families",
    table: peer,
    hint: ', a list: ["ipv4 unicast", "ipv6 unicast"]',
  },
  {
    words: "addpath add_paths addpaths addpath_tx_all_paths addpath_tx_bestpath_per_as",
    key: "add_path",
    table: peer,
    hint: ': "receive", "send" or "both"',
  },
  {
    words: "extended_nexthop capability_extended_nexthop extended_next_hop_encoding",
    key: "extended_next_hop",
    table: peer,
  },
  { words: "graceful_restart_time bgp_graceful_restart_restart_time", key: "restart_time", table: peer },
  {
    words: "stale_time stalepath_time graceful_restart_stalepath_time bgp_graceful_restart_stalepath_time",
    key: "stale_routes_time",
    table: peer,
  },
  { words: "llgr long_lived long_lived_graceful", key: "long_lived_graceful_restart", table: peer },
  { words: "long_lived_stale_time", key: "llgr_stale_time", table: peer },
  { words: "local_role bgp_role", key: "role", table: peer },
  { words: "strict_mode role_strict_mode require_roles", key: "role_strict", table: peer },
  {
    words: "enable_as4 as4 asn4 four_octet_as capability_route_refresh enable_route_refresh route_refresh " +
      "extended_messages enable_extended_messages capability capability_dynamic",
    hint: always,
  },

  // What is imported and exported.
  {
    words: "route_map route_map_in filter filter_list filter_in import_filter import_policy in_policy policy_in " +
      "distribute_list prefix_list_in allow_from apply_policy",
    key: "import",
    table: peer,
    hint: ', the name of one of [[policies]], "all" or "none"',
  },
  {
    words: "route_map_out filter_out export_filter export_policy out_policy policy_out allow_to prefix_list_out " +
      "manual_eor adj_rib_out",
    key: "export",
    table: peer,
    hint: ', the name of one of [[policies]], "all", "local" or "none"',
  },
  { words: "next_hop_self nexthop_self nexthop", key: "next_hop", table: peer, hint: ' = "self"' },
  {
    words: "next_hop_keep next_hop_unchanged attribute_unchanged nexthop_unchanged",
    key: "next_hop",
    table: peer,
    hint: ' = "unchanged"',
  },
  {
    words: "rr_client route_reflector route_reflector_mode reflector_client",
    key: "route_reflector_client",
    table: peer,
    hint: " = true",
  },
  { words: "rs_client route_server transparent_as", key: "route_server_client", table: peer, hint: " = true" },
  { words: "default_information_originate originate_default", key: "default_originate", table: peer },
  {
    words: "maximum_prefix max_prefix prefix_limit import_limit receive_limit maxprefix",
    key: "max_prefixes",
    table: peer,
  },
  {
    words: "maximum_prefix_out max_prefix_out export_limit",
    key: "max_prefixes_out",
    table: peer,
  },
  {
    words: "allow_local_as allowas allow_own_as loop_detection as_loop",
    key: "allowas_in",
    table: peer,
    hint: " = TIMES",
  },
  { words: "override_as", key: "as_override", table: peer, hint: " = true" },
  { words: "remove_private remove_private_as_all", key: "remove_private_as", table: peer, hint: ' = "all"' },
  { words: "enforce_neighbor_as enforce_first_as_number", key: "enforce_first_as", table: peer, hint: " = true" },
  { words: "reject_as_set", key: "reject_as_sets", table: peer },
  {
    words:
      "soft_reconfiguration soft_reconfiguration_inbound import_table adj_rib_in keep_filtered import_keep_filtered",
    hint: "bgpd always keeps the routes as received, and a changed policy applies to them at once; remove the line",
  },
  {
    words: "send_community send_communities send_community_extended send_community_large send_ext_community",
    hint: always,
  },
  {
    words: "network networks announce advertise aggregate_address static route",
    key: "prefix",
    table: route,
    hint: "; or announce at run time: bgpd announce PREFIX",
    command: "bgpd announce PREFIX",
  },

  // In rules of policies.
  {
    words: "local_preference localpref bgp_local_pref default_local_preference default_local_pref set_local_preference",
    key: "local_pref",
    table: `set of ${rules}`,
  },
  {
    words: "weight",
    key: "local_pref",
    table: `set of ${rules}`,
    hint: ", which iBGP peers receive, too",
  },
  { words: "metric bgp_med set_metric default_metric", key: "med", table: `set of ${rules}` },
  {
    words: "as_path_prepend set_as_path_prepend prepend_as prepend_self bgp_path_prepend",
    key: "prepend",
    table: `set of ${rules}`,
  },
  {
    words: "set_community add_community bgp_community_add",
    key: "add_communities",
    table: `set of ${rules}`,
  },
  {
    words: "match_ip_address match_prefix_list prefix_set net",
    key: "prefix",
    table: `match of ${rules}`,
  },
  { words: "match_as_path aspath bgp_path", key: "as_path", table: `match of ${rules}` },
  { words: "match_community bgp_community", key: "community", table: `match of ${rules}` },
];

const byWord: ReadonlyMap<string, readonly Row[]> = Map.groupBy(
  otherWords.flatMap((row) => row.words.split(" ").map((word) => ({ word, row }))),
  ({ word }) => word,
).entries().reduce((map, [word, rows]) => map.set(word, rows.map(({ row }) => row)), new Map<string, readonly Row[]>());

/** `Hold-Time` and `hold time` are `hold_time`. */
function normal(spelling: string): string {
  return spelling.toLowerCase().replaceAll(/[-\s.]+/g, "_");
}

/** What to write instead of `spelling` in this table; `undefined`: the word is not known. */
export function otherWord(spelling: string, tableName: string): KnownWord | undefined {
  const rows = byWord.get(normal(spelling));
  const row = rows?.find(({ table }) => table === undefined || isSameTable(table, tableName)) ?? rows?.[0];
  if (row === undefined) return undefined;
  const { key, table, hint = "" } = row;
  if (key === undefined || table === undefined) return { text: hint };
  if (isSameTable(table, tableName)) return hint === "" ? { key } : { text: `use ${key}${hint}`, key };
  return { text: `use ${key} of ${table}${hint}` };
}

/** A group has the keys of a peer, and each list of static routes has the same keys. */
function isSameTable(table: string, tableName: string): boolean {
  if (table === tableName) return true;
  return table === peer ? tableName === "[[groups]]" : table === route && tableName.endsWith("static_routes]]");
}

/** Words at the start of a line of another program, beside those above. */
const statements: ReadonlyMap<string, string> = new Map([
  ["protocol", "bird"],
  ["template", "bird"],
  ["frr_version", "frr"],
  ["frr_defaults", "frr"],
  ["hostname", "frr"],
  ["service", "frr"],
  ["line_vty", "frr"],
  ["router_bgp", "frr"],
  ["address_family", "frr"],
  ["exit_address_family", "frr"],
  ["ip_prefix_list", "frr"],
  ["route_map", "frr"],
  ["neighbor", "frr"],
  ["no", "frr"],
]);

/**
 * What to do about a line that is not TOML; `undefined`: it is not known as a line of another program. Addresses,
 * numbers and texts in quotes of the line do not matter.
 */
export function otherLine(line: string): string | undefined {
  if (/^\s*["'[\]]|=/.test(line)) return undefined;
  const words = line.replace(/[;{}#].*$/, "").trim().split(/\s+/).filter((word) => /^[a-z][a-z0-9_-]*$/i.test(word));
  // Between its sections, `show running-config` prints lines that begin like this.
  if (/^\s*!/.test(line)) return notToml("frr");
  if (words.length === 0) return undefined;
  const tries = [words, words.slice(1)].flatMap((from) => [4, 3, 2, 1].map((n) => normal(from.slice(0, n).join(" "))));
  const program = [2, 1].map((n) => statements.get(normal(words.slice(0, n).join(" ")))).find((each) =>
    each !== undefined
  );
  const known = tries.find((word) => byWord.has(word));
  const ours = known === undefined ? undefined : otherWord(known, peer);
  if (program === undefined && ours === undefined) return undefined;
  return notToml(
    program ?? "bird|frr",
    ours === undefined ? "" : "text" in ours ? `${ours.text}; ` : `use ${ours.key} = … of ${peer}; `,
  );
}

function notToml(program: string, instead = ""): string {
  return `this line is not TOML, but of another program: ${instead}translate a whole file with: ` +
    `bgpd convert ${program} FILE`;
}
