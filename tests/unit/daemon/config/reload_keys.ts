/**
 * What a reload does with each key of the configuration, one row each: whether a session that is up resets or stays,
 * and what then holds. `reload_keys_test.ts` plays every row, and fails where the schema has a key without one.
 */
import assert from "node:assert/strict";
import type { PeerConfig } from "../../../../src/config/mod.ts";
import type { ToRib } from "../../../../src/daemon/thread/messages.ts";
import type { Capability, Open } from "../../../../src/message/mod.ts";
import type { RibPeer } from "../../../../src/rib/mod.ts";

/** What is seen of a peer after the reload. */
export interface Seen {
  readonly config: PeerConfig;
  /** What the RIB received of it. */
  readonly rib: RibPeer;
  /** Our OPEN of the session that follows; the old one's where that goes on. */
  readonly open: Open;
}

export interface KeyRow {
  /** Values in TOML; without `from` the key is new. */
  readonly from?: string;
  readonly to: string;
  /** Other keys of the peer, before and after. */
  readonly with?: Readonly<Record<string, string>>;
  /** ASN of the peer, 65001 where nothing is said, and the one that it has when it comes again. */
  readonly asn?: number;
  readonly asnThen?: number;
  /** The peer is the member of a network. */
  readonly member?: boolean;
  /** A group has no such key, or it means another thing there. */
  readonly ownOnly?: boolean;
  readonly session: "resets" | "stays" | "ends";
  /** It is not the OPEN that is another one, but the connection, or who may be the peer. */
  readonly connection?: boolean;
  /** The session goes on, and the peer is asked for its routes again. */
  readonly asksAgain?: boolean;
  /** The TCP-MD5 key that comes with it. */
  readonly key?: string;
  /** How the next session begins, where it does not. */
  readonly refused?: string;
  readonly then: (seen: Seen) => void;
}

type Kind = Capability["kind"];

function capability<K extends Kind>(open: Open, kind: K): Extract<Capability, { kind: K }> | undefined {
  return open.capabilities.find((each): each is Extract<Capability, { kind: K }> => each.kind === kind);
}

/** The daemon goes by it from now on. */
function configures(field: keyof PeerConfig, value: unknown): (seen: Seen) => void {
  return ({ config }) => assert.deepEqual(config[field], value);
}

/** The RIB receives it. */
function tells(field: keyof RibPeer, value: unknown): (seen: Seen) => void {
  return ({ rib }) => assert.deepEqual(rib[field], value);
}

/** Our OPEN says so. */
function announces<K extends Kind>(kind: K, value: Partial<Extract<Capability, { kind: K }>>): (seen: Seen) => void {
  return ({ open }) => {
    const found = capability(open, kind);
    assert.ok(found !== undefined, `no ${kind} in OPEN`);
    assert.deepEqual({ ...found, ...value }, found);
  };
}

const limit = { max_prefixes: "10" };
const full = { graceful_restart: '"full"' };

export const peerRows: Readonly<Record<string, KeyRow>> = {
  description: { to: '"x"', session: "stays", then: configures("description", "x") },
  group: { to: '"empty"', session: "stays", ownOnly: true, then: configures("groups", ["empty"]) },
  remote_as: {
    from: "65001",
    to: "65002",
    asnThen: 65002,
    session: "resets",
    connection: true,
    then: configures("remoteAsn", 65002),
  },
  local_as: { to: "65010", session: "resets", then: ({ open }) => assert.equal(open.asn, 65010) },
  local_ip: { to: '"192.0.2.9"', session: "resets", connection: true, then: configures("localIp", "192.0.2.9") },
  dest_port: { to: "1179", session: "stays", then: configures("port", 1179) },
  router_id: { to: '"0.0.0.9"', session: "resets", then: ({ open }) => assert.equal(open.routerId, 9) },
  hold_timer: { to: "30", session: "resets", then: ({ open }) => assert.equal(open.holdTimeSeconds, 30) },
  send_hold_timer: { to: "600", session: "stays", then: configures("sendHoldSeconds", 600) },
  connect_retry: { to: "60", session: "stays", then: configures("connectRetrySeconds", 60) },
  delay_open: { to: "5", session: "stays", then: configures("delayOpenSeconds", 5) },
  enabled: { to: "false", session: "ends", refused: "6/5", then: configures("enabled", false) },
  dial_only: { to: "true", with: { passive: "false" }, session: "stays", then: configures("dialOnly", true) },
  passive: { from: "true", to: "false", session: "stays", then: configures("passive", false) },
  password_file: {
    to: '"peer.key"',
    key: "secret",
    session: "resets",
    connection: true,
    then: configures("passwordFile", "peer.key"),
  },
  ttl_security: { to: "1", session: "resets", connection: true, then: configures("ttlSecurity", 1) },
  families: {
    to: '["ipv4 unicast"]',
    session: "resets",
    then: ({ open }) => assert.equal(open.capabilities.filter(({ kind }) => kind === "multiprotocol").length, 1),
  },
  add_path: {
    to: '{ "ipv4 unicast" = "both" }',
    session: "resets",
    then: announces("addPath", { families: [{ afi: 1, safi: 1, receive: true, send: true }] }),
  },
  extended_next_hop: {
    to: "true",
    session: "resets",
    then: announces("extendedNextHop", { entries: [{ afi: 1, safi: 1, nextHopAfi: 2 }] }),
  },
  enforce_first_as: { to: "true", session: "stays", asksAgain: true, then: configures("enforceFirstAs", true) },
  import: { to: '"none"', session: "stays", then: tells("import", "none") },
  export: { to: '"all"', session: "stays", then: tells("export", "all") },
  next_hop: { to: '"self"', session: "stays", then: tells("nextHop", "self") },
  next_hop_ipv4: { to: '"192.0.2.9"', session: "stays", then: tells("nextHopIpv4", Uint8Array.of(192, 0, 2, 9)) },
  next_hop_ipv6: {
    to: '"2001:db8::9"',
    session: "stays",
    then: ({ rib }) => assert.equal(rib.nextHopIpv6?.at(-1), 9),
  },
  route_reflector_client: {
    to: "true",
    with: { remote_as: "65000" },
    asn: 65000,
    session: "stays",
    then: tells("routeReflectorClient", true),
  },
  role: { to: '"provider"', session: "resets", then: announces("role", { role: 0 }) },
  role_strict: {
    to: "true",
    with: { role: '"provider"' },
    session: "resets",
    refused: "2/11",
    then: configures("roleStrict", true),
  },
  route_server_client: {
    to: "true",
    with: { export_selection: '"best"' },
    session: "stays",
    then: tells("routeServerClient", true),
  },
  rpki: { to: '"reject-invalid"', session: "stays", then: tells("rejectsInvalidOrigins", true) },
  aspa: { to: '"reject-invalid"', session: "stays", then: tells("rejectsInvalidPaths", true) },
  rpki_community: {
    with: { remote_as: "65000" },
    asn: 65000,
    to: '"both"',
    session: "stays",
    then: tells("acceptsOriginStates", true),
  },
  flowspec_validation: { to: "false", session: "stays", then: tells("validatesFlows", false) },
  export_selection: { to: '"per-client"', session: "stays", then: tells("exportSelection", "per-client") },
  max_attribute_bytes: { to: "2048", session: "stays", then: tells("maxAttributeBytes", 2048) },
  add_path_max_paths: { to: "5", session: "stays", then: tells("maxPaths", 5) },
  add_path_send: { to: "2", session: "stays", then: tells("addPathSendMax", 2) },
  min_route_advertisement_interval: { to: "5", session: "stays", then: tells("advertisementIntervalMs", 5000) },
  max_members: { to: "7", member: true, session: "stays", then: configures("maxMembers", 7) },
  static_routes: {
    to: '[{ prefix = "9.9.9.0/24" }]',
    session: "stays",
    then: ({ rib }) => assert.equal(rib.originated?.length, 1),
  },
  static_flows: {
    to: '[{ rule = "port 80", actions = "discard" }]',
    with: { families: '["ipv4 unicast", "ipv4 flowspec"]' },
    session: "stays",
    then: ({ rib }) => assert.equal(rib.originated?.length, 1),
  },
  graceful_restart: {
    to: '"full"',
    session: "resets",
    then: ({ open }) => assert.ok((capability(open, "gracefulRestart")?.families.length ?? 0) > 0),
  },
  restart_time: { to: "77", with: full, session: "resets", then: announces("gracefulRestart", { restartSeconds: 77 }) },
  stale_routes_time: { to: "77", session: "stays", then: configures("staleRoutesSeconds", 77) },
  long_lived_graceful_restart: {
    to: "true",
    session: "resets",
    then: ({ open }) => assert.ok(capability(open, "longLivedGracefulRestart") !== undefined),
  },
  llgr_stale_time: {
    to: "777",
    with: { ...full, long_lived_graceful_restart: "true" },
    session: "resets",
    then: ({ open }) =>
      assert.deepEqual(capability(open, "longLivedGracefulRestart")?.families.map((each) => each.staleSeconds), [
        777,
        777,
      ]),
  },
  max_prefixes: { to: "10", session: "stays", then: ({ rib }) => assert.equal(rib.maxPrefixes?.[1]?.limit, 10) },
  max_prefixes_action: {
    to: '"warn"',
    with: limit,
    session: "stays",
    then: ({ rib }) => assert.equal(rib.maxPrefixes?.[1]?.action, "warn"),
  },
  max_prefixes_count: {
    to: '"accepted"',
    with: limit,
    session: "stays",
    then: ({ rib }) => assert.equal(rib.maxPrefixes?.[1]?.counts, "accepted"),
  },
  max_prefixes_warning: {
    to: "50",
    with: limit,
    session: "stays",
    then: ({ rib }) => assert.equal(rib.maxPrefixes?.[1]?.warningPercent, 50),
  },
  max_prefixes_restart: {
    to: "5",
    with: limit,
    session: "stays",
    then: ({ rib }) => assert.equal(rib.maxPrefixes?.[1]?.restartSeconds, 300),
  },
  local_as_no_prepend: {
    to: "false",
    with: { local_as: "65010", local_as_replace_as: "false" },
    session: "stays",
    then: tells("prependsIn", true),
  },
  local_as_replace_as: {
    to: "false",
    with: { local_as: "65010", local_as_no_prepend: "false" },
    session: "stays",
    then: tells("prependAsn", 65000),
  },
  allowas_in: { to: "2", session: "stays", then: tells("allowedLoops", 2) },
  as_override: { to: "true", session: "stays", then: tells("asOverride", true) },
  remove_private_as: { to: '"all"', session: "stays", then: tells("removePrivateAs", "all") },
  default_originate: {
    to: "true",
    session: "stays",
    then: ({ rib }) => assert.deepEqual(rib.originated?.map(({ prefix }) => prefix!.length), [0, 0]),
  },
  reject_as_sets: { to: "true", session: "stays", then: tells("rejectAsSets", "always") },
  aigp: { to: "true", session: "stays", asksAgain: true, then: configures("aigp", true) },
  max_prefixes_out: { to: "5", session: "stays", then: ({ rib }) => assert.equal(rib.prefixesOut?.[1]?.max, 5) },
  max_prefixes_out_action: {
    to: '"warn"',
    with: { max_prefixes_out: "5" },
    session: "stays",
    then: ({ rib }) => assert.equal(rib.prefixesOut?.[1]?.action, "warn"),
  },
};

/** Keys of `[[peers.static_routes]]`, as a change of the only route: the RIB has it as it is now. */
export const routeRows: Readonly<
  Record<string, { to: string; then: (route: NonNullable<RibPeer["originated"]>[number]) => void }>
> = {
  prefix: { to: '"9.9.8.0/24"', then: ({ prefix }) => assert.equal(prefix!.octets[2], 8) },
  next_hop: { to: '"192.0.2.9"', then: ({ attributes }) => assert.equal(attributes.nextHop?.[3], 9) },
  origin: { to: '"egp"', then: ({ attributes }) => assert.equal(attributes.origin, 1) },
  as_path: { to: "[65009]", then: ({ attributes }) => assert.deepEqual(attributes.asPath[0]?.asns, [65009]) },
  local_pref: { to: "200", then: ({ attributes }) => assert.equal(attributes.localPref, 200) },
  med: { to: "5", then: ({ attributes }) => assert.equal(attributes.med, 5) },
  communities: { to: '["0:5"]', then: ({ attributes }) => assert.deepEqual(attributes.communities, [5]) },
  large_communities: {
    to: '["1:2:3"]',
    then: ({ attributes }) => assert.deepEqual(attributes.largeCommunities, [[1, 2, 3]]),
  },
  ext_communities: { to: '["rt:1:2"]', then: ({ attributes }) => assert.equal(attributes.extCommunities.length, 1) },
};

/** A key of the top level: what is said of it, and of both peers, and what else then is different. */
export interface TopRow {
  readonly to: string;
  readonly with?: Readonly<Record<string, string>>;
  /** The line about the key, behind `KEY changed`; `undefined`: it has none. */
  readonly says?: string;
  /** The name it goes by there, where that is another one. */
  readonly name?: string;
  /** What is said of each peer; without it nothing, and nothing happens to it. */
  readonly peers?: string;
  /** What the RIB receives, once for all peers. */
  readonly rib?: ToRib["kind"];
}

const nextStart = ", which takes effect at the next start";
const evaluated = { name: "policies", says: ", routes are re-evaluated, sessions stay", rib: "policies" } as const;

export const topRows: Readonly<Record<string, TopRow>> = {
  router_id: {
    to: '"0.0.0.2"',
    says: ", for sessions now, for route reflection at the next start",
    peers: "router_id changed, session resets",
  },
  cluster_id: { to: '"0.0.0.2"', says: nextStart },
  default_as: { to: "65100", says: "", peers: "local_as changed, session resets" },
  bgp_socket: { to: '"127.0.0.1:1179"', says: ", sessions stay" },
  api_socket: { to: '"127.0.0.1:8179"', says: "" },
  api_token_file: { to: '"token"', says: "" },
  control_mode: { to: '"0660"', says: nextStart },
  control_group: { to: '"0"', says: nextStart },
  database: { to: '"other.db"', says: nextStart },
  database_mode: { to: '"0600"', says: nextStart },
  database_group: { to: '"0"', says: nextStart },
  stop_timeout: { to: "5", says: "" },
  history: { to: "false", says: nextStart },
  history_days: { to: "5", name: "history", says: nextStart },
  history_max_mb: { to: "5", name: "history", says: nextStart },
  poll_interval: { to: "9", says: "", peers: "connect_retry changed, session stays" },
  selection_deferral_time: { to: "5", says: nextStart },
  rpki_caches: { to: '[{ address = "127.0.0.1:3323" }]', says: "" },
  bmp_socket: { to: '"127.0.0.1:11020"', says: "" },
  bmp_unknown_routers: { to: "true", says: "" },
  routers: { to: '[{ address = "192.0.2.1" }]', says: "" },
  web: { to: '{ title = "lab" }', says: "" },
  alerts: { to: '[{ name = "down", kind = "peer-down" }]', says: "" },
  archives: { to: '[{ path = "u.%Y%m%d.%H%M" }]', says: "" },
  stations: { to: '[{ address = "127.0.0.1:11019" }]', says: "" },
  rpki_files: { to: '["vrps.json"]', says: "" },
  rpki_exceptions: { to: '"slurm.json"', says: "" },
  rpki: { to: '"reject-invalid"', peers: "rpki changed, session stays" },
  aspa: { to: '"reject-invalid"', peers: "aspa changed, session stays" },
  rfc8212: { to: '"strict"', says: "", peers: "import changed, session stays" },
  static_routes: { to: '[{ prefix = "9.9.9.0/24" }]', says: "", rib: "originate" },
  static_flows: { to: '[{ rule = "port 80", actions = "discard" }]', says: "", rib: "originate" },
  prefix_sets: { to: '[{ name = "x", prefixes = ["10.0.0.0/8"] }]', ...evaluated },
  as_sets: { to: '[{ name = "x", asns = [65001] }]', ...evaluated },
  as_path_sets: { to: '[{ name = "x", patterns = ["_65001_"] }]', ...evaluated },
  community_sets: { to: '[{ name = "x", communities = ["65001:1"] }]', ...evaluated },
  policies: { to: '[{ name = "x", default = "accept" }]', ...evaluated },
  confederation_id: {
    to: "65500",
    with: { confederation_id: "65400", confederation_members: "[65000]" },
    // To peers outside the confederation it is our AS.
    peers: "local_as, confederation_id changed, session resets",
  },
  confederation_members: {
    to: "[65000, 65003]",
    with: { confederation_id: "65500" },
    peers: "confederation_id changed, session stays",
  },
  multipath: { to: "4", says: "", rib: "multipath" },
  multipath_relax: { to: "true", with: { multipath: "4" }, says: "", rib: "multipath" },
};
