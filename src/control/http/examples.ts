/** Examples of answers, for the OpenAPI document and docs/api.md. Their types are those of the schemas. */

import type { AnnouncementJson } from "../schema/announcement.ts";
import type { ConfiguredPeerJson } from "../schema/configured_peer.ts";
import type { PeerJson } from "../schema/peer.ts";
import type { AdvertisedJson, RouteJson } from "../schema/route.ts";
import type { ReloadJson, ReloadPlanJson, RestartJson, StatusJson } from "../schema/speaker.ts";

export const statusExample: StatusJson = {
  version: "0.1.0",
  pid: 4211,
  router_id: "192.0.2.254",
  database: "/var/lib/bgpd/bgpd.db",
  configuration: "/etc/bgpd/bgpd.toml",
  started_at: "2026-01-31T12:00:00.000Z",
  uptime_seconds: 86400.5,
  ready: true,
  backlog_rows: 0,
  database_error: null,
  peers: 2,
  established: 1,
};

export const reloadExample: ReloadJson = {
  file: "/etc/bgpd/bgpd.toml",
  included_files: 1,
  changes: ["transit-a: hold_timer changed, session resets"],
};

export const reloadPlanExample: ReloadPlanJson = {
  file: "/etc/bgpd/bgpd.toml",
  included_files: 1,
  changes: [{
    text: "transit-a: hold_timer changed, session resets",
    peer: "transit-a",
    keys: [{ key: "hold_timer", before: null, after: "180", default: "90", items: [] }],
    sessions: [{ peer: "transit-a", effect: "resets" }],
    routes: [],
  }],
  warnings: [],
  established: 2,
};

export const restartExample: RestartJson = {
  pid: 4211,
  started_at: "2026-01-31T12:00:00.000Z",
  sessions: [{ peer: "transit-a", keeps_routes: true }],
};

export const peerExample: PeerJson = {
  peer: "transit-a",
  remote_ip: "192.0.2.1",
  peer_as: 64496,
  description: "transit A",
  group: "transit",
  router_id: "198.51.100.1",
  local_ip: "192.0.2.254",
  role: "customer",
  remote_role: "provider",
  hold_time_seconds: 90,
  capabilities: ["multiprotocol", "route refresh", "4-octet AS"],
  stale_until: null,
  updates_received: 184211,
  routes_announced: 1030001,
  routes_withdrawn: 512,
  treat_as_withdraw: 0,
  attribute_discards: 0,
  state: "Established",
  enabled: true,
  since: "2026-01-31T12:00:02.125Z",
  since_seconds: 86398.375,
  last_reason: null,
  drained_at: null,
  sessions: 1,
  local_as: 64500,
  families: ["ipv4 unicast"],
  open_sent: "ffffffffffffffffffffffffffffffff00250104fbf4005ac00002fe080206010400010001",
  open_received: "ffffffffffffffffffffffffffffffff00250104fbf0005ac6336401080206010400010001",
  messages_received: { open: 1, update: 184211, notification: 0, keepalive: 2880, route_refresh: 0 },
  messages_sent: { open: 1, update: 3, notification: 0, keepalive: 2881, route_refresh: 0 },
  paths_refused: 0,
  prefixes_received: [{ family: "ipv4 unicast", count: 1029489 }],
  prefixes_advertised: [{ family: "ipv4 unicast", count: 2 }],
  origin_states: [{ state: "valid", count: 1 }, { state: "invalid", count: 0 }, { state: "not-found", count: 0 }],
  path_states: [],
};

/** The attributes of the example routes. */
const attributes = {
  next_hop: "192.0.2.1",
  origin: "igp",
  med: null,
  local_pref: null,
  communities: ["64496:100"],
  large_communities: [],
  ext_communities: [],
};

export const routeExample: RouteJson = {
  peer: "transit-a",
  peer_as: 64496,
  prefix: "198.51.100.0/24",
  path_id: null,
  ...attributes,
  as_path: "64496 64511",
  origin_as: 64511,
  best: true,
  stale: false,
  received_at: "2026-01-31T12:00:03.250Z",
  best_reason: "only route",
  ineligible: null,
  multipath: false,
  family: "ipv4 unicast",
};

export const advertisedExample: AdvertisedJson = {
  prefix: "203.0.113.0/24",
  path_id: null,
  ...attributes,
  next_hop: "192.0.2.254",
  as_path: "64500",
  communities: [],
  state: "advertised",
  reason: null,
};

export const announcementExample: AnnouncementJson = {
  id: 7,
  prefix: "203.0.113.0/24",
  next_hop: "self",
  peer: null,
  as_path: null,
  origin: null,
  med: null,
  local_pref: null,
  communities: "64500:1",
  large_communities: null,
  ext_communities: null,
  family: "ipv4 unicast",
  rd: null,
  labels: null,
  rule: null,
  actions: null,
  nlri: null,
  expires_at: null,
  comment: null,
  source: "api",
  error: null,
  state: "announced",
  sent_to: 1,
  peers: 2,
  not_sent: [{ peer: "192.0.2.9", state: "down", reason: "no session" }],
};

export const configuredPeerExample: ConfiguredPeerJson = {
  peer: "192.0.2.9",
  remote_ip: "192.0.2.9",
  peer_as: 64499,
  description: null,
  group: null,
  source: "command",
  toml: 'remote_ip = "192.0.2.9"\nremote_as = 64499\npassive = true\n',
  error: null,
};
