-- The database of bgpd, schema version 11 (PRAGMA user_version).
--
-- The daemon is the only writer of every table except `announcements`, which anyone may write.
-- People query the views at the end of this file: the names and columns of those views are stable.
-- Tables hold times as integers: milliseconds since 1970 (UTC). Views show times as ISO 8601 text.
--
-- The comment above a table or view has three parts: what it holds, for people who query it; an indented line with the
-- meaning of each column; and why it is so, for people who change bgpd. `deno task reference` writes docs/sql.md and
-- bgpd-sql(7) from the first two. A view that shows the columns of another one names it: "The columns of `rib`".

-- One row for each peer that was ever configured.
--   id: number of the peer in other tables; 0 is this speaker, the peer of the routes that it originates
--   name: unique name; `local` is this speaker
--   remote_ip: address; a link-local one has its zone (fe80::1%eth0); several peers may have the same address
--   remote_as: AS of the peer; NULL: not known yet
--   description: text of the configuration
--   peer_group: groups of the configuration, separated by commas
--   router_id: BGP Identifier of the peer; NULL: there was no session yet
--   local_ip: our address of the session
--   local_as: our AS towards the peer; of `local`, the AS of the routes that it originates
--   hold_time: negotiated hold time in seconds
--   capabilities: capabilities that the peer announced, separated by commas
--   role: our role towards the peer (RFC 9234)
--   remote_role: the role that the peer announced in its OPEN
--   state: state of the session (Idle, Connect, Active, OpenSent, OpenConfirm, Established), Disabled, Held or Removed
--   state_since: start of the session, or of the time without a session
--   reason: why there is no session, or until when the peer is drained (RFC 8326)
--   stale_until: the latest time at which stale routes of a lost session are deleted (RFC 4724, RFC 9494)
--   messages_received: messages received in the session
--   messages_sent: messages sent in the session
--   updates_received: UPDATEs received in the session
--   routes_announced: routes that the peer announced in the session
--   routes_withdrawn: routes that the peer withdrew in the session
--   treat_as_withdraw: malformed UPDATEs that were treated as withdraw (RFC 7606)
--   attribute_discards: malformed attributes that were discarded (RFC 7606)
CREATE TABLE peers(
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  remote_ip TEXT,
  remote_as INTEGER,
  description TEXT,
  peer_group TEXT,
  router_id TEXT,
  local_ip TEXT,
  local_as INTEGER,
  hold_time INTEGER,
  capabilities TEXT,
  role TEXT,
  remote_role TEXT,
  state TEXT NOT NULL DEFAULT 'Idle',
  state_since INTEGER,
  reason TEXT,
  stale_until INTEGER,
  messages_received INTEGER NOT NULL DEFAULT 0,
  messages_sent INTEGER NOT NULL DEFAULT 0,
  updates_received INTEGER NOT NULL DEFAULT 0,
  routes_announced INTEGER NOT NULL DEFAULT 0,
  routes_withdrawn INTEGER NOT NULL DEFAULT 0,
  treat_as_withdraw INTEGER NOT NULL DEFAULT 0,
  attribute_discards INTEGER NOT NULL DEFAULT 0
);

-- Peers and networks that `bgpd peer add` created. A peer of the configuration file with the same name takes
-- precedence.
--   name: name of the peer
--   toml: the content of its table [[peers]]
--   added_at: when the peer was added
CREATE TABLE configured_peers(
  name TEXT PRIMARY KEY,
  toml TEXT NOT NULL,
  added_at INTEGER NOT NULL
);

-- The state of one family of one peer.
--   peer_id: peers.id, or router_peer_states.id
--   family: families.id
--   negotiated: 1: the session has negotiated the family
--   routes: routes of the peer that bgpd holds in memory
--   eor_at: when End-of-RIB arrived; NULL: not yet
--   flushed_at: routes received before this time are gone; the views hide them at once
--   cleaned_at: the last flushed_at whose routes are deleted from the table
--   stale_before: routes received before this time are stale, except those with a newer confirmed_at
--   lag: prefixes whose last change is not written yet
--   accepted: routes of the peer that are eligible, after import policy
--   sent: routes that are advertised to the peer
-- A lost session and a stale table are one UPDATE here, however many routes there are. Cleanup deletes the routes
-- later and then sets cleaned_at to flushed_at.
CREATE TABLE peer_families(
  peer_id INTEGER NOT NULL,
  family INTEGER NOT NULL,
  negotiated INTEGER NOT NULL DEFAULT 0,
  routes INTEGER NOT NULL DEFAULT 0,
  eor_at INTEGER,
  flushed_at INTEGER NOT NULL DEFAULT 0,
  cleaned_at INTEGER NOT NULL DEFAULT 0,
  stale_before INTEGER NOT NULL DEFAULT 0,
  lag INTEGER NOT NULL DEFAULT 0,
  accepted INTEGER NOT NULL DEFAULT 0,
  sent INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY(peer_id, family)
) WITHOUT ROWID;

-- Every loss of a session whose routes are not cleaned up yet. Usually this table is empty.
--   peer_id: peers.id, or router_peer_states.id
--   family: families.id
--   at: when the session was lost
-- A session can be lost again before cleanup is done: a row of `routes` was valid until the first loss after
-- received_at.
CREATE TABLE flushes(
  peer_id INTEGER NOT NULL,
  family INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY(peer_id, family, at)
) WITHOUT ROWID;

-- The log of peers: sessions up and down, NOTIFICATIONs, malformed messages. bgpd keeps the last 10,000 events.
--   id: number of the event; a later event has a higher one
--   at: when it happened
--   peer: name of the peer; NULL: a connection of no peer
--   kind: state (a session came up or ended), connect, down, notification, sessionReset, familyDisable,
--     treatAsWithdraw, attributeDiscard, faults, stale, longLivedStale or staleGone
--   text: what happened, in a sentence
--   hex: the whole message as hexadecimal digits, if the event is about a message
CREATE TABLE peer_events(
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  peer TEXT,
  kind TEXT NOT NULL,
  text TEXT NOT NULL,
  hex TEXT
);

-- Address families.
--   id: number of the family in other tables
--   name: such as `ipv4 unicast`
CREATE TABLE families(id INTEGER PRIMARY KEY, name TEXT NOT NULL);

-- One row for each prefix of a unicast or multicast family.
--   id: number of the prefix in other tables; it is never used again
--   family: families.id
--   hi: IPv4: the address as a number; IPv6: the first half of the address as a signed 64-bit number
--   lo: IPv4: 0; IPv6: the second half of the address as a signed 64-bit number
--   len: prefix length
--   prefix: the prefix as text
-- Ids follow the order of arrival, so that new rows are appended. Index prefixes_key (hi, lo, len, family) answers a
-- longest match with 33 (IPv4) or 129 (IPv6) lookups. The indexes of indexes.ts are created after the first backlog is
-- written. For 1.2M rows that takes 0.8 s; keeping such an index up to date while the rows arrive in random order took
-- 9.4 s.
CREATE TABLE prefixes(
  id INTEGER PRIMARY KEY,
  family INTEGER NOT NULL,
  hi INTEGER NOT NULL,
  lo INTEGER NOT NULL,
  len INTEGER NOT NULL,
  prefix TEXT NOT NULL
);

-- One row for each destination of every other family: VPN, FlowSpec, EVPN and so on.
--   id: number in columns `prefix_id` of other tables; no prefix has the same one, and it is never used again
--   family: families.id
--   key: the octets that identify the destination
--   nlri: the destination as text
--   rd: Route Distinguisher, such as 65000:1; NULL: the family has none
--   hi: the address of the prefix as a number, as in `prefixes`; NULL: there is no prefix
--   lo: the second half of an IPv6 address, as in `prefixes`
--   len: prefix length
--   prefix: the prefix as text
--   fields: the other fields of the key as a JSON object; NULL: there are none
--   retired_at: since when no route has this destination; such rows are deleted once the history does not need them
-- Labels, ESI and gateway are not part of a destination: they are in `attribute_details`. Ids come from the same
-- counter as those of `prefixes`, so that routes, decisions and history have one column for both.
CREATE TABLE nlri(
  id INTEGER PRIMARY KEY,
  family INTEGER NOT NULL,
  key BLOB NOT NULL,
  nlri TEXT NOT NULL,
  rd TEXT,
  hi INTEGER,
  lo INTEGER,
  len INTEGER,
  prefix TEXT,
  fields TEXT,
  retired_at INTEGER
);
CREATE INDEX nlri_retired ON nlri(retired_at) WHERE retired_at IS NOT NULL;

-- Attribute sets: one row, however many routes share the set. The columns of `rib` from next_hop to ext_communities,
-- and:
--   id: number of the set in other tables; it is never used again
--   wire: the attributes in their canonical encoding
--   retired_at: since when no route has this set; such rows are deleted later
-- wire needs no unique index, because memory interns the sets. `src/message` defines the canonical encoding.
CREATE TABLE attributes(
  id INTEGER PRIMARY KEY,
  wire BLOB NOT NULL,
  origin_as INTEGER,
  next_hop TEXT,
  as_path TEXT,
  origin TEXT,
  med INTEGER,
  local_pref INTEGER,
  communities TEXT,
  large_communities TEXT,
  ext_communities TEXT,
  retired_at INTEGER
);
CREATE INDEX attributes_retired ON attributes(retired_at) WHERE retired_at IS NOT NULL;

-- Values of attribute sets that few sets have: a set without any of them has no row.
--   id: attributes.id
--   labels: MPLS labels or VNIs, separated by spaces
--   esi: Ethernet Segment Identifier (RFC 7432)
--   gateway: gateway address of an IP prefix route (RFC 9136)
--   actions: what FlowSpec does with the packets (RFC 8955)
--   aigp: accumulated IGP metric (RFC 7311)
--   pmsi: PMSI tunnel (RFC 6514)
--   prefix_sid: Prefix-SID (RFC 8669)
--   tunnel_encapsulation: tunnel encapsulation (RFC 9012)
CREATE TABLE attribute_details(
  id INTEGER PRIMARY KEY,
  labels TEXT,
  esi TEXT,
  gateway TEXT,
  actions TEXT,
  aigp INTEGER,
  pmsi TEXT,
  prefix_sid TEXT,
  tunnel_encapsulation TEXT
);

-- The received routes (Adj-RIB-In), with references to prefixes and attribute sets.
--   peer_id: peers.id
--   prefix_id: prefixes.id or nlri.id
--   path_id: path identifier (RFC 7911); -1: the route has none
--   attribute_id: attributes.id of the set after import policy
--   received_id: attributes.id of the set before import policy; NULL: import policy changed nothing
--   ineligible: why the route cannot be the best one (words.id of the kind `ineligible`); 0: it can
--   received_at: when the route was received in this form
--   confirmed_at: the stale_before of the moment when the peer announced a stale route again unchanged
--   validity: what RPKI data say of the route before import policy: the state of the origin (0 none, 1 valid, 2
--     invalid, 3 not found) + 4 times the state of the path (0 none, 1 valid, 2 invalid, 3 unknown); NULL: nothing
-- The key begins with the peer: the RIB delivers routes peer by peer, and a query for one prefix looks that prefix up
-- under each peer. A reason below 64 is one of a fixed list. A higher number is the hash of "policy X, rule Y", so
-- that the number is the same in every run.
CREATE TABLE routes(
  peer_id INTEGER NOT NULL,
  prefix_id INTEGER NOT NULL,
  path_id INTEGER NOT NULL,
  attribute_id INTEGER NOT NULL,
  received_id INTEGER,
  ineligible INTEGER NOT NULL DEFAULT 0,
  received_at INTEGER NOT NULL,
  confirmed_at INTEGER,
  validity INTEGER,
  PRIMARY KEY(peer_id, prefix_id, path_id)
) WITHOUT ROWID;

CREATE INDEX routes_received ON routes(received_id) WHERE received_id IS NOT NULL;

-- The best route of each prefix or other destination.
--   prefix_id: prefixes.id or nlri.id
--   peer_id: peers.id of the best route
--   path_id: path identifier of the best route; -1: it has none
--   step: the step of the decision process that selected it (words.id of the kind `step`)
--   since: since when the route is the best one
-- A table of its own, because a decision then rewrites one narrow row.
CREATE TABLE best(
  prefix_id INTEGER PRIMARY KEY,
  peer_id INTEGER NOT NULL,
  path_id INTEGER NOT NULL,
  step INTEGER NOT NULL,
  since INTEGER NOT NULL
);

-- The routes of a prefix that tie with the best one, and the best one itself. Empty unless the configuration sets
-- `multipath`.
--   prefix_id: prefixes.id or nlri.id
--   peer_id: peers.id
--   path_id: path identifier; -1: the route has none
--   rank: 1 is the best route
CREATE TABLE multipath(
  prefix_id INTEGER NOT NULL,
  peer_id INTEGER NOT NULL,
  path_id INTEGER NOT NULL,
  rank INTEGER NOT NULL,
  PRIMARY KEY(prefix_id, peer_id, path_id)
) WITHOUT ROWID;

-- Ended states of routes. The current state of a route is in `routes` only.
--   valid_to: when the state ended
--   seq: distinguishes entries with the same valid_to
--   valid_from: when the state began
--   peer_id: peers.id, or router_peer_states.id
--   prefix_id: prefixes.id or nlri.id
--   path_id: path identifier; -1: the route had none
--   attribute_id: attributes.id of the set before import policy
--   ended_by: how the state ended (words.id of the kind `ended`); 0: another announcement replaced it, otherwise the
--     route is gone
-- The current state is elsewhere, so that a first table writes no history. Entries of lost sessions have a seq from
-- 2^24 on. The key begins with valid_to, so that trimming deletes rows from the front.
CREATE TABLE history(
  valid_to INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  valid_from INTEGER NOT NULL,
  peer_id INTEGER NOT NULL,
  prefix_id INTEGER NOT NULL,
  path_id INTEGER NOT NULL,
  attribute_id INTEGER NOT NULL,
  ended_by INTEGER NOT NULL,
  PRIMARY KEY(valid_to, seq)
) WITHOUT ROWID;

-- Times for which the history is incomplete. The table at a time T is complete if T is before began_at or after to_at.
--   from_at: when the first missing entry ended
--   to_at: when the last missing entry ended; the end of year 9999 while bgpd runs without history
--   changes: how many entries are missing; 0: not known
--   began_at: when the oldest of the missing states began
--   peer_id: peers.id: only the history of this peer has the gap; NULL: the history of every peer has it
-- A run with the history off is one gap. It ends when a run with history begins.
CREATE TABLE history_gaps(
  from_at INTEGER NOT NULL,
  to_at INTEGER NOT NULL,
  changes INTEGER NOT NULL,
  began_at INTEGER NOT NULL DEFAULT 0,
  peer_id INTEGER
);

-- VRPs: which AS may originate a prefix (RFC 6811), and when they counted. Queries of people use the views `vrps` and
-- `vrp_history`.
--   hi: the address as in `prefixes`
--   lo: the second half of an IPv6 address, as in `prefixes`
--   len: prefix length
--   family: families.id: 1 IPv4, 2 IPv6
--   asn: the AS; 0: no AS may originate the prefix
--   max_length: the longest prefix that the AS may originate
--   from_ms: since when the VRP counted, in milliseconds since 1970
--   to_ms: when it ceased to count; 253402300799999: it counts now
--   prefix: the prefix as text
--   run: the run of the daemon in which a source announced the VRP last, which tells what
--     a restart has not brought again
-- The key finds the VRPs that cover a prefix with one look-up for each length. What caches and files say together, with
-- the local exceptions, counts.
CREATE TABLE vrp_intervals(
  hi INTEGER NOT NULL,
  lo INTEGER NOT NULL,
  len INTEGER NOT NULL,
  family INTEGER NOT NULL,
  asn INTEGER NOT NULL,
  max_length INTEGER NOT NULL,
  from_ms INTEGER NOT NULL,
  to_ms INTEGER NOT NULL,
  prefix TEXT NOT NULL,
  run INTEGER NOT NULL,
  PRIMARY KEY(hi, lo, len, family, asn, max_length, from_ms)
) WITHOUT ROWID;
CREATE INDEX vrp_intervals_asn ON vrp_intervals(asn);

-- ASPAs: the providers of an AS, and when they counted. Queries of people use the views `aspas` and `aspa_history`.
--   customer: the AS
--   from_ms: since when the ASPA counted, in milliseconds since 1970
--   to_ms: when it ceased to count; 253402300799999: it counts now
--   providers: the ASes, separated by spaces; 0: the AS has no provider
--   run: as in `vrp_intervals`
CREATE TABLE aspa_intervals(
  customer INTEGER NOT NULL,
  from_ms INTEGER NOT NULL,
  to_ms INTEGER NOT NULL,
  providers TEXT NOT NULL,
  run INTEGER NOT NULL,
  PRIMARY KEY(customer, from_ms)
) WITHOUT ROWID;

-- Where VRPs and ASPAs come from, and how these sources are. `data` lets a restart go on where the last run ended (RFC
-- 8210, Serial Query).
--   name: name of the cache, or path of the file
--   kind: cache, file, or exceptions (SLURM, RFC 8416)
--   address: address and port of a cache
--   state: of a cache stopped, waiting, connecting, asking, receiving or idle (in sync); of a file read or broken
--   version: version of the RTR protocol; NULL: there was no session yet
--   session_id: Session ID of the data; NULL: there are none
--   serial: Serial Number of the data
--   refresh: how often the cache is asked, in seconds
--   retry: how long to wait after a failure, in seconds
--   expire: for how long the data count when the cache is gone, in seconds
--   vrps: how many VRPs the source has; of files, all files together
--   aspas: how many ASPAs, likewise
--   in_use: 1: its data count; 0: those of a preferred cache do
--   refreshed_at: when the data were in sync, or the file was read last
--   expires_at: when the data no longer count unless the cache is in sync again
--   error: why the last session failed, or what is wrong with the file; NULL: nothing
--   error_at: when that was
--   data: the data that belong to session_id and serial, for bgpd itself
CREATE TABLE rpki_sources(
  name TEXT PRIMARY KEY,
  kind TEXT NOT NULL DEFAULT 'cache',
  address TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL DEFAULT 'stopped',
  version INTEGER,
  session_id INTEGER,
  serial INTEGER,
  refresh INTEGER,
  retry INTEGER,
  expire INTEGER,
  vrps INTEGER NOT NULL DEFAULT 0,
  aspas INTEGER NOT NULL DEFAULT 0,
  in_use INTEGER NOT NULL DEFAULT 0,
  refreshed_at INTEGER,
  expires_at INTEGER,
  error TEXT,
  error_at INTEGER,
  data BLOB
);

-- Routers that report their peers by BMP. Queries of people use the view `routers`.
--   id: number of the router in other tables
--   name: unique name: of the configuration, or as the router says, with its address where two say the same
--   sys_name: the name that the router says
--   address: address of the router
--   description: how the router describes itself
--   is_up: 1: its connection is up
--   since: since when the connection is up or down
--   reason: why the connection is down; NULL: it is up
CREATE TABLE router_states(
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  sys_name TEXT NOT NULL,
  address TEXT NOT NULL,
  description TEXT NOT NULL,
  is_up INTEGER NOT NULL,
  since INTEGER NOT NULL,
  reason TEXT
);

-- The tables that routers report, one row for each peer and RIB kind. Queries of people use the view `router_peers`.
--   id: number of the table in columns peer_id; it is at least 1000000, and so is no id of `peers`
--   router_id: router_states.id
--   peer: address of the peer, behind the Route Distinguisher of its VRF; `loc-rib` and the name of the table
--   rib_kind: adj-in, adj-in-post (after import policy), loc, adj-out or adj-out-post (after export policy)
--   peer_as: AS of the peer
--   bgp_id: BGP Identifier of the peer, as a number
--   is_up: 1: the peer is up
--   since: since when the peer is up or down
--   reason: why the peer is down; NULL: it is up
--   statistics: the last Statistics Report about the peer as a JSON object; NULL: there was none
--   peer_type: 0 a global instance, 1 one with a Route Distinguisher, 2 a local instance, 3 a Loc-RIB (RFC 7854, 9069)
--   distinguisher: Peer Distinguisher as a decimal number
--   address: address of the peer
CREATE TABLE router_peer_states(
  id INTEGER PRIMARY KEY,
  router_id INTEGER NOT NULL,
  peer TEXT NOT NULL,
  rib_kind TEXT NOT NULL,
  peer_as INTEGER NOT NULL,
  bgp_id INTEGER NOT NULL,
  is_up INTEGER NOT NULL,
  since INTEGER NOT NULL,
  reason TEXT,
  statistics TEXT,
  peer_type INTEGER NOT NULL,
  distinguisher TEXT NOT NULL,
  address TEXT NOT NULL
);

-- The routes that routers report. The columns of `routes`; peer_id is router_peer_states.id.
-- A table of their own: queries about our own sessions cost the same, however many routers report.
CREATE TABLE router_routes(
  peer_id INTEGER NOT NULL,
  prefix_id INTEGER NOT NULL,
  path_id INTEGER NOT NULL,
  attribute_id INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  confirmed_at INTEGER,
  PRIMARY KEY(peer_id, prefix_id, path_id)
) WITHOUT ROWID;

-- The log of routers and their peers. bgpd keeps the last 10,000 events.
--   id: number of the event; a later event has a higher one
--   at: when it happened
--   router_id: router_states.id
--   peer: the peer that the event is about; NULL: it is about the router
--   kind: up, down, peerUp, peerDown, malformed, mirrored (a message that the router mirrored) or skipped
--   text: what happened
--   hex: the whole message as hexadecimal digits, if the event is about a message
CREATE TABLE router_events(
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  router_id INTEGER NOT NULL,
  peer TEXT,
  kind TEXT NOT NULL,
  text TEXT NOT NULL,
  hex TEXT
);

-- Routes to announce. Use INSERT, UPDATE and DELETE here with any SQLite client.
--   id: number of the row; it is never used again
--   prefix: the prefix, with its length; NULL: `rule` or `nlri` says what to announce
--   next_hop: an address, or `self`
--   peer: announce to this peer only: a name, or an address or description that no other peer has; NULL: to all peers
--   as_path: AS numbers after our own, separated by spaces; NULL: none
--   origin: igp, egp or incomplete; NULL: igp
--   med: MULTI_EXIT_DISC
--   local_pref: LOCAL_PREF, for iBGP peers only
--   communities: communities, separated by spaces
--   large_communities: large communities, separated by spaces
--   ext_communities: extended communities, separated by spaces
--   error: the daemon writes here why it does not announce the row
--   source: command, api or exabgp:NAME on rows that bgpd wrote, otherwise sql
--   family: such as `ipv4 vpn`; NULL: unicast for a prefix, FlowSpec for a rule
--   rd: Route Distinguisher such as `65000:1`, of VPN and FlowSpec VPN routes
--   labels: MPLS labels, separated by spaces
--   rule: FlowSpec rule such as `destination 192.0.2.0/24 protocol =udp`
--   actions: actions of the rule such as `discard` or `rate-limit 9600`
--   nlri: the destination of any other family, in the form of the column nlri of `rib_history`
--   expires_at: when bgpd withdraws the route by itself, as ISO 8601 text; without a time zone it is UTC; NULL: never
--   comment: text for people
-- The daemon writes the outcome of a row into tables of its own and never changes a column that people write. The view
-- announcement_status joins both. (A view with triggers in place of this table would not support RETURNING, upsert,
-- changes() and last_insert_rowid().)
CREATE TABLE announcements(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  prefix TEXT,
  next_hop TEXT NOT NULL DEFAULT 'self',
  peer TEXT,
  as_path TEXT,
  origin TEXT,
  med INTEGER,
  local_pref INTEGER,
  communities TEXT,
  large_communities TEXT,
  ext_communities TEXT,
  error TEXT,
  source TEXT NOT NULL DEFAULT 'sql',
  family TEXT,
  rd TEXT,
  labels TEXT,
  rule TEXT,
  actions TEXT,
  nlri TEXT,
  expires_at TEXT,
  comment TEXT
);

-- Rows of `announcements` that bgpd has withdrawn because their time was over. bgpd deletes such rows after a week.
--   id: announcements.id
--   expires_at: the time that was over; a row with another expires_at is announced again
--   at: when bgpd withdrew the route
-- A table of its own, so that a row stays expired when somebody sets the clock back, also over a restart.
CREATE TABLE announcements_expired(id INTEGER PRIMARY KEY, expires_at TEXT, at INTEGER NOT NULL);

-- Every change of `announcements`: who changed what, when and from where. bgpd keeps the last 200,000 changes. A row
-- has the announcement as it was after the change; after `delete` and `expire`, as it was before. The columns of
-- `announcements`, and:
--   id: number of the change; a later change has a higher one
--   at: when it happened
--   action: add, change, delete or expire
--   source: sql, command, api, exabgp:NAME, or bgpd where bgpd acted by itself
--   client: who asked for it: the user of a command, or the address of a client of the API; NULL: not known
--   announcement_id: announcements.id
-- Triggers write this log, so that it has the changes of every SQLite client, also while no daemon runs. The daemon
-- reads from it which rows changed.
CREATE TABLE announcements_log(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at TEXT NOT NULL,
  action TEXT NOT NULL,
  source TEXT NOT NULL,
  client TEXT,
  announcement_id INTEGER NOT NULL,
  family TEXT,
  prefix TEXT,
  rd TEXT,
  rule TEXT,
  nlri TEXT,
  peer TEXT,
  next_hop TEXT,
  as_path TEXT,
  origin TEXT,
  med INTEGER,
  local_pref INTEGER,
  communities TEXT,
  large_communities TEXT,
  ext_communities TEXT,
  labels TEXT,
  actions TEXT,
  expires_at TEXT,
  comment TEXT
);

-- Who changes `announcements` in the transaction under way, for the log. Empty outside of bgpd's own transactions.
--   source: as in `announcements_log`
--   client: as in `announcements_log`
CREATE TABLE announcements_writer(source TEXT NOT NULL, client TEXT);

CREATE TRIGGER announcements_added AFTER INSERT ON announcements BEGIN
  INSERT INTO announcements_log(at, action, source, client, announcement_id,
    family, prefix, rd, rule, nlri, peer, next_hop, as_path, origin, med, local_pref, communities, large_communities,
    ext_communities, labels, actions, expires_at, comment)
  SELECT strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 'add', coalesce(w.source, 'sql'), w.client, NEW.id,
    NEW.family, NEW.prefix, NEW.rd, NEW.rule, NEW.nlri, NEW.peer, NEW.next_hop, NEW.as_path, NEW.origin, NEW.med,
    NEW.local_pref, NEW.communities, NEW.large_communities, NEW.ext_communities, NEW.labels, NEW.actions,
    NEW.expires_at, NEW.comment
  FROM (SELECT 1) LEFT JOIN announcements_writer w;
END;

CREATE TRIGGER announcements_changed AFTER UPDATE OF
  family, prefix, rd, rule, nlri, peer, next_hop, as_path, origin, med, local_pref, communities, large_communities,
  ext_communities, labels, actions, expires_at, comment
ON announcements
WHEN (OLD.family, OLD.prefix, OLD.rd, OLD.rule, OLD.nlri, OLD.peer, OLD.next_hop, OLD.as_path, OLD.origin, OLD.med,
    OLD.local_pref, OLD.communities, OLD.large_communities, OLD.ext_communities, OLD.labels, OLD.actions,
    OLD.expires_at, OLD.comment)
  IS NOT (NEW.family, NEW.prefix, NEW.rd, NEW.rule, NEW.nlri, NEW.peer, NEW.next_hop, NEW.as_path, NEW.origin, NEW.med,
    NEW.local_pref, NEW.communities, NEW.large_communities, NEW.ext_communities, NEW.labels, NEW.actions,
    NEW.expires_at, NEW.comment)
BEGIN
  INSERT INTO announcements_log(at, action, source, client, announcement_id,
    family, prefix, rd, rule, nlri, peer, next_hop, as_path, origin, med, local_pref, communities, large_communities,
    ext_communities, labels, actions, expires_at, comment)
  SELECT strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 'change', coalesce(w.source, 'sql'), w.client, NEW.id,
    NEW.family, NEW.prefix, NEW.rd, NEW.rule, NEW.nlri, NEW.peer, NEW.next_hop, NEW.as_path, NEW.origin, NEW.med,
    NEW.local_pref, NEW.communities, NEW.large_communities, NEW.ext_communities, NEW.labels, NEW.actions,
    NEW.expires_at, NEW.comment
  FROM (SELECT 1) LEFT JOIN announcements_writer w;
END;

CREATE TRIGGER announcements_deleted AFTER DELETE ON announcements BEGIN
  DELETE FROM announcements_expired WHERE id = OLD.id;
  INSERT INTO announcements_log(at, action, source, client, announcement_id,
    family, prefix, rd, rule, nlri, peer, next_hop, as_path, origin, med, local_pref, communities, large_communities,
    ext_communities, labels, actions, expires_at, comment)
  SELECT strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 'delete', coalesce(w.source, 'sql'), w.client, OLD.id,
    OLD.family, OLD.prefix, OLD.rd, OLD.rule, OLD.nlri, OLD.peer, OLD.next_hop, OLD.as_path, OLD.origin, OLD.med,
    OLD.local_pref, OLD.communities, OLD.large_communities, OLD.ext_communities, OLD.labels, OLD.actions,
    OLD.expires_at, OLD.comment
  FROM (SELECT 1) LEFT JOIN announcements_writer w;
END;

-- The outcome of each row of `announcements`. Empty while no daemon runs.
--   id: announcements.id
--   outcome_id: outcomes.id
-- Rows that were sent to the same peers share an outcome: 100,000 rows and 100 peers take 100,000 numbers.
CREATE TABLE announced(id INTEGER PRIMARY KEY, outcome_id INTEGER NOT NULL);

-- Outcomes that rows of `announcements` share. Empty while no daemon runs.
--   id: number of the outcome
--   state: announced, pending or withheld
--   sent_to: how many peers have the route
CREATE TABLE outcomes(id INTEGER PRIMARY KEY, state TEXT NOT NULL, sent_to INTEGER NOT NULL);

-- The outcome for each peer. Empty while no daemon runs.
--   outcome_id: outcomes.id
--   peer_id: peers.id
--   state: sent, waiting, withheld, or down (no session)
--   reason: why the route was not sent
CREATE TABLE outcome_peers(
  outcome_id INTEGER NOT NULL,
  peer_id INTEGER NOT NULL,
  state TEXT NOT NULL,
  reason TEXT,
  PRIMARY KEY(outcome_id, peer_id)
) WITHOUT ROWID;

-- The texts of numbers in other tables.
--   kind: `step` (best.step), `ineligible` (routes.ineligible) or `ended` (history.ended_by)
--   id: the number
--   word: its text
CREATE TABLE words(kind TEXT NOT NULL, id INTEGER NOT NULL, word TEXT NOT NULL, PRIMARY KEY(kind, id)) WITHOUT ROWID;

-- Values of the daemon: started_at; pid; version; configuration, the text of the file in force; backlog, rows in
-- memory that are not written yet, and backlog_at, when that was; longest_stall_ms, the longest time in which the main
-- thread did not respond; history_from: history entries that ended before this time are deleted; written_to: every
-- change of a route up to this time is in the database, and later ones may be, in any order.
--   key: name of the value
--   value: the value
CREATE TABLE daemon(key TEXT PRIMARY KEY, value) WITHOUT ROWID;

-- Every received route of the unicast and multicast families, with the values after import policy.
--   peer: name of the peer that announced the route; `local`: a route of this speaker for all peers
--   peer_as: AS of the peer
--   prefix: the prefix, such as 192.0.2.0/24
--   path_id: path identifier (RFC 7911); NULL: the route has none
--   next_hop: NEXT_HOP; of IPv6, the global address
--   as_path: AS_PATH, separated by spaces; an AS_SET is {65001,65002}, a confederation segment is (65001 65002)
--   origin_as: the last AS of the path; NULL: the path is empty or ends in a set
--   origin: ORIGIN: igp, egp or incomplete
--   med: MULTI_EXIT_DISC; NULL: the route has none
--   local_pref: LOCAL_PREF; NULL: the route has none
--   communities: communities such as 65000:99, separated by spaces
--   large_communities: large communities such as 65000:1:2, separated by spaces
--   ext_communities: extended communities such as rt:65000:100, separated by spaces
--   best: 1: the route is the best one of its prefix
--   stale: 1: the route is from an earlier session, and the peer has not announced it again (RFC 4724)
--   received_at: when the route was received in this form
--   best_reason: the step of the decision process that selected the route; NULL: it is not the best one
--   ineligible: why the route cannot be the best one; NULL: it can
--   multipath: 1: the route ties with the best one (`multipath` in the configuration)
--   peer_id: peers.id
--   prefix_id: prefixes.id or nlri.id
--   attribute_id: attributes.id of the attributes that the row shows
--   family: such as `ipv4 unicast`
--   family_id: families.id
--   ovs: state of the origin: valid, invalid or not-found (RFC 6811); NULL: there are no RPKI data
--   avs: state of the path by ASPAs: valid, invalid or unknown; NULL: there are no ASPAs, or the session has no role
CREATE VIEW rib AS
SELECT p.name AS peer, p.remote_as AS peer_as, x.prefix, nullif(r.path_id, -1) AS path_id,
  a.next_hop, a.as_path, a.origin_as, a.origin, a.med, a.local_pref,
  a.communities, a.large_communities, a.ext_communities,
  b.peer_id IS r.peer_id AND b.path_id IS r.path_id AS best,
  coalesce(r.confirmed_at, r.received_at) < coalesce(f.stale_before, 0) AS stale,
  strftime('%Y-%m-%dT%H:%M:%fZ', r.received_at / 1000.0, 'unixepoch') AS received_at,
  CASE WHEN b.peer_id IS r.peer_id AND b.path_id IS r.path_id
    THEN (SELECT word FROM words WHERE kind = 'step' AND id = b.step) END AS best_reason,
  CASE WHEN r.ineligible <> 0
    THEN coalesce((SELECT word FROM words WHERE kind = 'ineligible' AND id = r.ineligible), r.ineligible)
    END AS ineligible,
  EXISTS(SELECT 1 FROM multipath m
    WHERE m.prefix_id = r.prefix_id AND m.peer_id = r.peer_id AND m.path_id = r.path_id) AS multipath,
  r.peer_id, r.prefix_id, r.attribute_id,
  CASE x.family WHEN 1 THEN 'ipv4 unicast' WHEN 2 THEN 'ipv6 unicast'
    ELSE (SELECT name FROM families WHERE id = x.family) END AS family, x.family AS family_id,
  CASE r.validity & 3 WHEN 1 THEN 'valid' WHEN 2 THEN 'invalid' WHEN 3 THEN 'not-found' END AS ovs,
  CASE r.validity >> 2 WHEN 1 THEN 'valid' WHEN 2 THEN 'invalid' WHEN 3 THEN 'unknown' END AS avs
FROM routes r
JOIN prefixes x ON x.id = r.prefix_id
JOIN peers p ON p.id = r.peer_id
JOIN attributes a ON a.id = r.attribute_id
LEFT JOIN peer_families f ON f.peer_id = r.peer_id AND f.family = x.family
LEFT JOIN best b ON b.prefix_id = r.prefix_id
WHERE r.received_at >= coalesce(f.flushed_at, 0);

-- Every received route of the unicast and multicast families, with the values before import policy. The columns of
-- `rib`, and:
--   changed: 1: import policy changed the route
--   attribute_id: attributes.id of the set before import policy
CREATE VIEW adj_rib_in AS
SELECT p.name AS peer, p.remote_as AS peer_as, x.prefix, nullif(r.path_id, -1) AS path_id,
  a.next_hop, a.as_path, a.origin_as, a.origin, a.med, a.local_pref,
  a.communities, a.large_communities, a.ext_communities,
  b.peer_id IS r.peer_id AND b.path_id IS r.path_id AS best,
  coalesce(r.confirmed_at, r.received_at) < coalesce(f.stale_before, 0) AS stale,
  strftime('%Y-%m-%dT%H:%M:%fZ', r.received_at / 1000.0, 'unixepoch') AS received_at,
  CASE WHEN b.peer_id IS r.peer_id AND b.path_id IS r.path_id
    THEN (SELECT word FROM words WHERE kind = 'step' AND id = b.step) END AS best_reason,
  CASE WHEN r.ineligible <> 0
    THEN coalesce((SELECT word FROM words WHERE kind = 'ineligible' AND id = r.ineligible), r.ineligible)
    END AS ineligible,
  EXISTS(SELECT 1 FROM multipath m
    WHERE m.prefix_id = r.prefix_id AND m.peer_id = r.peer_id AND m.path_id = r.path_id) AS multipath,
  r.peer_id, r.prefix_id, coalesce(r.received_id, r.attribute_id) AS attribute_id,
  CASE x.family WHEN 1 THEN 'ipv4 unicast' WHEN 2 THEN 'ipv6 unicast'
    ELSE (SELECT name FROM families WHERE id = x.family) END AS family, x.family AS family_id,
  CASE r.validity & 3 WHEN 1 THEN 'valid' WHEN 2 THEN 'invalid' WHEN 3 THEN 'not-found' END AS ovs,
  CASE r.validity >> 2 WHEN 1 THEN 'valid' WHEN 2 THEN 'invalid' WHEN 3 THEN 'unknown' END AS avs,
  r.received_id IS NOT NULL AS changed
FROM routes r
JOIN prefixes x ON x.id = r.prefix_id
JOIN peers p ON p.id = r.peer_id
JOIN attributes a ON a.id = coalesce(r.received_id, r.attribute_id)
LEFT JOIN peer_families f ON f.peer_id = r.peer_id AND f.family = x.family
LEFT JOIN best b ON b.prefix_id = r.prefix_id
WHERE r.received_at >= coalesce(f.flushed_at, 0);

-- The best routes of the unicast and multicast families (Loc-RIB). The columns of `rib`.
-- The query begins at the table `best`, which `rib` cannot do.
CREATE VIEW loc_rib AS
SELECT p.name AS peer, p.remote_as AS peer_as, x.prefix, nullif(r.path_id, -1) AS path_id,
  a.next_hop, a.as_path, a.origin_as, a.origin, a.med, a.local_pref,
  a.communities, a.large_communities, a.ext_communities,
  1 AS best,
  coalesce(r.confirmed_at, r.received_at) < coalesce(f.stale_before, 0) AS stale,
  strftime('%Y-%m-%dT%H:%M:%fZ', r.received_at / 1000.0, 'unixepoch') AS received_at,
  (SELECT word FROM words WHERE kind = 'step' AND id = b.step) AS best_reason,
  NULL AS ineligible,
  EXISTS(SELECT 1 FROM multipath m
    WHERE m.prefix_id = r.prefix_id AND m.peer_id = r.peer_id AND m.path_id = r.path_id) AS multipath,
  r.peer_id, r.prefix_id, r.attribute_id,
  CASE x.family WHEN 1 THEN 'ipv4 unicast' WHEN 2 THEN 'ipv6 unicast'
    ELSE (SELECT name FROM families WHERE id = x.family) END AS family, x.family AS family_id,
  CASE r.validity & 3 WHEN 1 THEN 'valid' WHEN 2 THEN 'invalid' WHEN 3 THEN 'not-found' END AS ovs,
  CASE r.validity >> 2 WHEN 1 THEN 'valid' WHEN 2 THEN 'invalid' WHEN 3 THEN 'unknown' END AS avs
FROM best b
JOIN routes r ON r.peer_id = b.peer_id AND r.prefix_id = b.prefix_id AND r.path_id = b.path_id
JOIN prefixes x ON x.id = b.prefix_id
JOIN peers p ON p.id = b.peer_id
JOIN attributes a ON a.id = r.attribute_id
LEFT JOIN peer_families f ON f.peer_id = r.peer_id AND f.family = x.family
WHERE r.received_at >= coalesce(f.flushed_at, 0);

-- Every received route of the other families (VPN, FlowSpec, EVPN and so on), with the values after import policy. The
-- columns of `rib`, and:
--   prefix: the prefix of the destination; NULL: it has none
--   nlri: the destination as text
--   rd: Route Distinguisher, such as 65000:1; NULL: the family has none
--   labels: MPLS labels or VNIs, separated by spaces
--   esi: Ethernet Segment Identifier of the route; NULL: it has none, or the ESI is part of the destination
--   gateway: gateway address of an IP prefix route (RFC 9136)
--   actions: what FlowSpec does with the packets (RFC 8955)
--   fields: the other fields of the destination as a JSON object
-- The views `vpn`, `labeled`, `flowspec`, `evpn` and `other_routes` show the same routes by kind, with columns for what
-- the kind has.
CREATE VIEW nlri_rib AS
SELECT p.name AS peer, p.remote_as AS peer_as, x.rd, x.prefix, x.nlri, nullif(r.path_id, -1) AS path_id,
  d.labels, d.esi, d.gateway, d.actions,
  a.next_hop, a.as_path, a.origin_as, a.origin, a.med, a.local_pref,
  a.communities, a.large_communities, a.ext_communities,
  b.peer_id IS r.peer_id AND b.path_id IS r.path_id AS best,
  coalesce(r.confirmed_at, r.received_at) < coalesce(f.stale_before, 0) AS stale,
  strftime('%Y-%m-%dT%H:%M:%fZ', r.received_at / 1000.0, 'unixepoch') AS received_at,
  CASE WHEN b.peer_id IS r.peer_id AND b.path_id IS r.path_id
    THEN (SELECT word FROM words WHERE kind = 'step' AND id = b.step) END AS best_reason,
  CASE WHEN r.ineligible <> 0
    THEN coalesce((SELECT word FROM words WHERE kind = 'ineligible' AND id = r.ineligible), r.ineligible)
    END AS ineligible,
  EXISTS(SELECT 1 FROM multipath m
    WHERE m.prefix_id = r.prefix_id AND m.peer_id = r.peer_id AND m.path_id = r.path_id) AS multipath,
  r.peer_id, r.prefix_id, r.attribute_id,
  (SELECT name FROM families WHERE id = x.family) AS family, x.family AS family_id, x.fields
FROM nlri x
JOIN routes r ON r.prefix_id = x.id
JOIN peers p ON p.id = r.peer_id
JOIN attributes a ON a.id = r.attribute_id
LEFT JOIN attribute_details d ON d.id = r.attribute_id
LEFT JOIN peer_families f ON f.peer_id = r.peer_id AND f.family = x.family
LEFT JOIN best b ON b.prefix_id = r.prefix_id
WHERE r.received_at >= coalesce(f.flushed_at, 0);

-- Every received route of the other families, with the values before import policy. The columns of `nlri_rib`, and:
--   changed: 1: import policy changed the route
--   attribute_id: attributes.id of the set before import policy
CREATE VIEW nlri_adj_rib_in AS
SELECT p.name AS peer, p.remote_as AS peer_as, x.rd, x.prefix, x.nlri, nullif(r.path_id, -1) AS path_id,
  d.labels, d.esi, d.gateway, d.actions,
  a.next_hop, a.as_path, a.origin_as, a.origin, a.med, a.local_pref,
  a.communities, a.large_communities, a.ext_communities,
  b.peer_id IS r.peer_id AND b.path_id IS r.path_id AS best,
  coalesce(r.confirmed_at, r.received_at) < coalesce(f.stale_before, 0) AS stale,
  strftime('%Y-%m-%dT%H:%M:%fZ', r.received_at / 1000.0, 'unixepoch') AS received_at,
  CASE WHEN b.peer_id IS r.peer_id AND b.path_id IS r.path_id
    THEN (SELECT word FROM words WHERE kind = 'step' AND id = b.step) END AS best_reason,
  CASE WHEN r.ineligible <> 0
    THEN coalesce((SELECT word FROM words WHERE kind = 'ineligible' AND id = r.ineligible), r.ineligible)
    END AS ineligible,
  EXISTS(SELECT 1 FROM multipath m
    WHERE m.prefix_id = r.prefix_id AND m.peer_id = r.peer_id AND m.path_id = r.path_id) AS multipath,
  r.peer_id, r.prefix_id, coalesce(r.received_id, r.attribute_id) AS attribute_id,
  (SELECT name FROM families WHERE id = x.family) AS family, x.family AS family_id, x.fields,
  r.received_id IS NOT NULL AS changed
FROM nlri x
JOIN routes r ON r.prefix_id = x.id
JOIN peers p ON p.id = r.peer_id
JOIN attributes a ON a.id = coalesce(r.received_id, r.attribute_id)
LEFT JOIN attribute_details d ON d.id = coalesce(r.received_id, r.attribute_id)
LEFT JOIN peer_families f ON f.peer_id = r.peer_id AND f.family = x.family
LEFT JOIN best b ON b.prefix_id = r.prefix_id
WHERE r.received_at >= coalesce(f.flushed_at, 0);

-- Routes of virtual private networks (RFC 4364, RFC 4659): families `ipv4 vpn` and `ipv6 vpn`. The columns of `rib`,
-- and:
--   rd: Route Distinguisher, such as 65000:1
--   labels: MPLS labels, separated by spaces
--   route_targets: the route targets among the extended communities, separated by spaces
CREATE VIEW vpn AS
SELECT peer, peer_as, rd, prefix, path_id, labels,
  (SELECT group_concat(value, ' ') FROM json_each('["' || replace(ext_communities, ' ', '","') || '"]')
    WHERE value LIKE 'rt:%') AS route_targets,
  next_hop, as_path, origin_as, origin, med, local_pref,
  communities, large_communities, ext_communities, best, stale, received_at, best_reason, ineligible, multipath,
  peer_id, prefix_id, attribute_id, family, family_id
FROM nlri_rib WHERE family_id IN (7, 8);

-- Labelled routes (RFC 8277): families `ipv4 labeled` and `ipv6 labeled`. The columns of `rib`, and:
--   rd: NULL: these families have none
--   labels: MPLS labels, separated by spaces
CREATE VIEW labeled AS
SELECT peer, peer_as, rd, prefix, path_id, labels,
  next_hop, as_path, origin_as, origin, med, local_pref,
  communities, large_communities, ext_communities, best, stale, received_at, best_reason, ineligible, multipath,
  peer_id, prefix_id, attribute_id, family, family_id
FROM nlri_rib WHERE family_id IN (5, 6);

-- FlowSpec rules (RFC 8955, RFC 8956). The columns of `rib`, and:
--   rd: Route Distinguisher of the families `ipv4 flowspec-vpn` and `ipv6 flowspec-vpn`; NULL: the family has none
--   rule: the rule as text, which `bgpd announce flow` takes
--   destination: prefix of the destination; this column and the next ones are NULL where the rule does not name them
--   source: prefix of the source
--   protocol: IP protocol or next header
--   port: source or destination port
--   destination_port: destination port
--   source_port: source port
--   icmp_type: ICMP type
--   icmp_code: ICMP code
--   tcp_flags: TCP flags
--   packet_length: packet length
--   dscp: DSCP
--   fragment: fragment bits
--   flow_label: flow label of IPv6
--   precedence: the order of rules (RFC 8955 section 5.1): of two rules that a packet matches, the lower one applies
--   actions: what to do with the packets; NULL: forward them
CREATE VIEW flowspec AS
SELECT peer, peer_as, rd, nlri AS rule, path_id,
  fields ->> '$.destination' AS destination, fields ->> '$.source' AS source, fields ->> '$.protocol' AS protocol,
  fields ->> '$.port' AS port, fields ->> '$.destination_port' AS destination_port,
  fields ->> '$.source_port' AS source_port, fields ->> '$.icmp_type' AS icmp_type,
  fields ->> '$.icmp_code' AS icmp_code, fields ->> '$.tcp_flags' AS tcp_flags,
  fields ->> '$.packet_length' AS packet_length, fields ->> '$.dscp' AS dscp, fields ->> '$.fragment' AS fragment,
  fields ->> '$.flow_label' AS flow_label, fields ->> '$.precedence' AS precedence, actions,
  next_hop, as_path, origin_as, origin, med, local_pref,
  communities, large_communities, ext_communities, best, stale, received_at, best_reason, ineligible, multipath,
  peer_id, prefix_id, attribute_id, family, family_id
FROM nlri_rib WHERE family_id IN (9, 10, 11, 12);

-- Routes of Ethernet VPNs (RFC 7432, RFC 9136): family `evpn`. The columns of `rib`, and:
--   rd: Route Distinguisher, such as 65000:1
--   route_type: type of the route: 1 Ethernet auto-discovery, 2 MAC/IP advertisement, 3 inclusive multicast, 4 Ethernet
--     segment, 5 IP prefix
--   esi: Ethernet Segment Identifier
--   ethernet_tag: Ethernet Tag
--   mac: MAC address of a MAC/IP advertisement
--   ip: IP address of a MAC/IP advertisement
--   prefix: prefix of an IP prefix route
--   gateway: gateway address of an IP prefix route
--   labels: MPLS labels or VNIs, separated by spaces
--   originator: address of the originating router: of an inclusive multicast or Ethernet segment route
--   route_targets: the route targets among the extended communities, separated by spaces
--   nlri: the destination as text
CREATE VIEW evpn AS
SELECT peer, peer_as, fields ->> '$.route_type' AS route_type, rd, coalesce(fields ->> '$.esi', esi) AS esi,
  fields ->> '$.ethernet_tag' AS ethernet_tag, fields ->> '$.mac' AS mac, fields ->> '$.ip' AS ip,
  coalesce(prefix, fields ->> '$.prefix') AS prefix, gateway, labels, fields ->> '$.originator' AS originator,
  (SELECT group_concat(value, ' ') FROM json_each('["' || replace(ext_communities, ' ', '","') || '"]')
    WHERE value LIKE 'rt:%') AS route_targets,
  nlri, path_id,
  next_hop, as_path, origin_as, origin, med, local_pref,
  communities, large_communities, ext_communities, best, stale, received_at, best_reason, ineligible, multipath,
  peer_id, prefix_id, attribute_id, family, family_id
FROM nlri_rib WHERE family_id = 13;

-- Routes of all families that have no view of their own, such as route target constraints and BGP-LS. The columns of
-- `rib`, and:
--   rd: Route Distinguisher; NULL: the family or the route has none
--   nlri: the destination as text
--   labels: MPLS labels, separated by spaces
--   fields: the other fields of the destination as a JSON object
CREATE VIEW other_routes AS
SELECT peer, peer_as, rd, prefix, nlri, path_id, labels, fields,
  next_hop, as_path, origin_as, origin, med, local_pref,
  communities, large_communities, ext_communities, best, stale, received_at, best_reason, ineligible, multipath,
  peer_id, prefix_id, attribute_id, family, family_id
FROM nlri_rib WHERE family_id NOT BETWEEN 5 AND 13;

-- Routes of lost sessions that cleanup has not moved from `routes` to `history` yet, of the unicast and multicast
-- families, with the values before import policy. The columns of `lost_routes`.
-- The views of the history are built on this view and the next two; queries of people have no need of them.
-- peer_id IN (...) keeps a query from a walk over all routes, because mostly no peer has lost routes. CROSS JOIN keeps
-- it from a walk over all peers.
CREATE VIEW lost_prefixes AS
SELECT p.name AS peer, p.remote_as AS peer_as, x.prefix, nullif(r.path_id, -1) AS path_id,
  a.next_hop, a.as_path, a.origin_as, a.origin, a.med, a.local_pref,
  a.communities, a.large_communities, a.ext_communities,
  r.received_at AS from_ms,
  coalesce((SELECT min(l.at) FROM flushes l
    WHERE l.peer_id = r.peer_id AND l.family = x.family AND l.at > r.received_at), f.flushed_at) AS to_ms,
  r.peer_id, r.prefix_id, a.id AS attribute_id,
  CASE x.family WHEN 1 THEN 'ipv4 unicast' WHEN 2 THEN 'ipv6 unicast'
    ELSE (SELECT name FROM families WHERE id = x.family) END AS family, x.family AS family_id,
  CAST(NULL AS TEXT) AS rd, CAST(NULL AS TEXT) AS labels, x.prefix AS nlri
FROM peer_families f
JOIN routes r ON r.peer_id = f.peer_id
JOIN prefixes x ON x.id = r.prefix_id AND x.family = f.family
CROSS JOIN peers p ON p.id = r.peer_id
JOIN attributes a ON a.id = coalesce(r.received_id, r.attribute_id)
WHERE f.cleaned_at < f.flushed_at AND r.received_at < f.flushed_at
  AND r.peer_id IN (SELECT peer_id FROM peer_families WHERE cleaned_at < flushed_at);

-- Routes of lost sessions as in `lost_prefixes`, of all other families. The columns of `lost_routes`.
CREATE VIEW lost_nlri AS
SELECT p.name AS peer, p.remote_as AS peer_as, x.prefix, nullif(r.path_id, -1) AS path_id,
  a.next_hop, a.as_path, a.origin_as, a.origin, a.med, a.local_pref,
  a.communities, a.large_communities, a.ext_communities,
  r.received_at AS from_ms,
  coalesce((SELECT min(l.at) FROM flushes l
    WHERE l.peer_id = r.peer_id AND l.family = x.family AND l.at > r.received_at), f.flushed_at) AS to_ms,
  r.peer_id, r.prefix_id, a.id AS attribute_id,
  (SELECT name FROM families WHERE id = x.family) AS family, x.family AS family_id,
  x.rd AS rd, d.labels AS labels, x.nlri AS nlri
FROM peer_families f
JOIN routes r ON r.peer_id = f.peer_id
JOIN nlri x ON x.id = r.prefix_id AND x.family = f.family
CROSS JOIN peers p ON p.id = r.peer_id
JOIN attributes a ON a.id = coalesce(r.received_id, r.attribute_id)
LEFT JOIN attribute_details d ON d.id = coalesce(r.received_id, r.attribute_id)
WHERE f.cleaned_at < f.flushed_at AND r.received_at < f.flushed_at
  AND r.peer_id IN (SELECT peer_id FROM peer_families WHERE cleaned_at < flushed_at);

-- Routes of lost sessions that cleanup has not moved from `routes` to `history` yet, with the values before import
-- policy. The columns of `rib_history` except valid_from, valid_to and ended_by.
CREATE VIEW lost_routes AS
SELECT peer, peer_as, prefix, path_id, next_hop, as_path, origin_as, origin, med, local_pref,
  communities, large_communities, ext_communities,
  from_ms, to_ms, peer_id, prefix_id, attribute_id, family, family_id, rd, labels, nlri
FROM lost_prefixes
UNION ALL
SELECT peer, peer_as, prefix, path_id, next_hop, as_path, origin_as, origin, med, local_pref,
  communities, large_communities, ext_communities,
  from_ms, to_ms, peer_id, prefix_id, attribute_id, family, family_id, rd, labels, nlri
FROM lost_nlri;

-- States of routes of all families except unicast and multicast, from their beginning to their end: what `rib_history`
-- shows of these families, without a walk over the prefixes of a full table. The columns of `rib_history`.
CREATE VIEW nlri_history AS
SELECT p.name AS peer, p.remote_as AS peer_as, x.prefix, nullif(r.path_id, -1) AS path_id,
  a.next_hop, a.as_path, a.origin_as, a.origin, a.med, a.local_pref,
  a.communities, a.large_communities, a.ext_communities,
  strftime('%Y-%m-%dT%H:%M:%fZ', r.received_at / 1000.0, 'unixepoch') AS valid_from,
  '9999-12-31T23:59:59.999Z' AS valid_to,
  NULL AS ended_by,
  r.received_at AS from_ms,
  253402300799999 AS to_ms,
  r.peer_id, r.prefix_id, a.id AS attribute_id,
  (SELECT name FROM families WHERE id = x.family) AS family, x.family AS family_id,
  x.rd AS rd, d.labels AS labels, x.nlri AS nlri
FROM nlri x
JOIN routes r ON r.prefix_id = x.id
JOIN peers p ON p.id = r.peer_id
JOIN attributes a ON a.id = coalesce(r.received_id, r.attribute_id)
LEFT JOIN attribute_details d ON d.id = coalesce(r.received_id, r.attribute_id)
LEFT JOIN peer_families f ON f.peer_id = r.peer_id AND f.family = x.family
WHERE r.received_at >= coalesce(f.flushed_at, 0)
UNION ALL
SELECT peer, peer_as, prefix, path_id, next_hop, as_path, origin_as, origin, med, local_pref,
  communities, large_communities, ext_communities,
  strftime('%Y-%m-%dT%H:%M:%fZ', from_ms / 1000.0, 'unixepoch'),
  strftime('%Y-%m-%dT%H:%M:%fZ', to_ms / 1000.0, 'unixepoch'),
  'session lost',
  from_ms,
  to_ms,
  peer_id, prefix_id, attribute_id, family, family_id, rd, labels, nlri
FROM lost_nlri
UNION ALL
SELECT p.name, p.remote_as, x.prefix, nullif(h.path_id, -1),
  a.next_hop, a.as_path, a.origin_as, a.origin, a.med, a.local_pref,
  a.communities, a.large_communities, a.ext_communities,
  strftime('%Y-%m-%dT%H:%M:%fZ', h.valid_from / 1000.0, 'unixepoch'),
  strftime('%Y-%m-%dT%H:%M:%fZ', h.valid_to / 1000.0, 'unixepoch'),
  (SELECT word FROM words WHERE kind = 'ended' AND id = h.ended_by),
  h.valid_from,
  h.valid_to,
  h.peer_id, h.prefix_id, h.attribute_id,
  (SELECT name FROM families WHERE id = x.family), x.family,
  x.rd, d.labels, x.nlri
FROM history h
JOIN nlri x ON x.id = h.prefix_id
JOIN peers p ON p.id = h.peer_id
JOIN attributes a ON a.id = h.attribute_id
LEFT JOIN attribute_details d ON d.id = h.attribute_id;

-- States of routes of every family from their beginning to their end, with the values before import policy: the table
-- at a time T is `from_ms <= T AND to_ms > T`. Conditions on to_ms, prefix and nlri use an index, conditions on other
-- texts read the whole history; `nlri_history` has VPN, FlowSpec, EVPN and so on alone. The columns of `rib`, and:
--   prefix: the prefix; NULL: the destination has none
--   valid_from: when the state began
--   valid_to: when the state ended; the end of year 9999: it is the current one
--   ended_by: how the state ended; NULL: it is the current one
--   from_ms: valid_from in milliseconds since 1970
--   to_ms: valid_to in milliseconds since 1970
--   rd: Route Distinguisher; NULL: the family has none
--   labels: MPLS labels or VNIs, separated by spaces
--   nlri: the destination as text; of unicast and multicast families, the prefix
CREATE VIEW rib_history AS
SELECT p.name AS peer, p.remote_as AS peer_as, x.prefix, nullif(r.path_id, -1) AS path_id,
  a.next_hop, a.as_path, a.origin_as, a.origin, a.med, a.local_pref,
  a.communities, a.large_communities, a.ext_communities,
  strftime('%Y-%m-%dT%H:%M:%fZ', r.received_at / 1000.0, 'unixepoch') AS valid_from,
  '9999-12-31T23:59:59.999Z' AS valid_to,
  NULL AS ended_by,
  r.received_at AS from_ms,
  253402300799999 AS to_ms,
  r.peer_id, r.prefix_id, a.id AS attribute_id,
  CASE x.family WHEN 1 THEN 'ipv4 unicast' WHEN 2 THEN 'ipv6 unicast'
    ELSE (SELECT name FROM families WHERE id = x.family) END AS family, x.family AS family_id,
  CAST(NULL AS TEXT) AS rd, CAST(NULL AS TEXT) AS labels, x.prefix AS nlri
FROM routes r
JOIN prefixes x ON x.id = r.prefix_id
JOIN peers p ON p.id = r.peer_id
JOIN attributes a ON a.id = coalesce(r.received_id, r.attribute_id)
LEFT JOIN peer_families f ON f.peer_id = r.peer_id AND f.family = x.family
WHERE r.received_at >= coalesce(f.flushed_at, 0)
UNION ALL
SELECT peer, peer_as, prefix, path_id, next_hop, as_path, origin_as, origin, med, local_pref,
  communities, large_communities, ext_communities,
  strftime('%Y-%m-%dT%H:%M:%fZ', from_ms / 1000.0, 'unixepoch'),
  strftime('%Y-%m-%dT%H:%M:%fZ', to_ms / 1000.0, 'unixepoch'),
  'session lost',
  from_ms,
  to_ms,
  peer_id, prefix_id, attribute_id, family, family_id, rd, labels, nlri
FROM lost_prefixes
UNION ALL
SELECT p.name, p.remote_as, x.prefix, nullif(h.path_id, -1),
  a.next_hop, a.as_path, a.origin_as, a.origin, a.med, a.local_pref,
  a.communities, a.large_communities, a.ext_communities,
  strftime('%Y-%m-%dT%H:%M:%fZ', h.valid_from / 1000.0, 'unixepoch'),
  strftime('%Y-%m-%dT%H:%M:%fZ', h.valid_to / 1000.0, 'unixepoch'),
  (SELECT word FROM words WHERE kind = 'ended' AND id = h.ended_by),
  h.valid_from,
  h.valid_to,
  h.peer_id, h.prefix_id, h.attribute_id,
  CASE x.family WHEN 1 THEN 'ipv4 unicast' WHEN 2 THEN 'ipv6 unicast'
    ELSE (SELECT name FROM families WHERE id = x.family) END, x.family,
  CAST(NULL AS TEXT), CAST(NULL AS TEXT), x.prefix
FROM history h
JOIN prefixes x ON x.id = h.prefix_id
JOIN peers p ON p.id = h.peer_id
JOIN attributes a ON a.id = h.attribute_id
UNION ALL
SELECT peer, peer_as, prefix, path_id, next_hop, as_path, origin_as, origin, med, local_pref,
  communities, large_communities, ext_communities,
  valid_from, valid_to, ended_by, from_ms, to_ms,
  peer_id, prefix_id, attribute_id, family, family_id, rd, labels, nlri
FROM nlri_history;

-- The states of `rib_history` as a log of announcements and withdrawals, the newest last. The changes since a time T
-- are `at_ms > T AND until_ms > T`, which uses an index. The columns of `rib_history`, and:
--   at: when the route was announced or withdrawn
--   kind: announce; or withdraw, with the attributes that ended
--   at_ms: the same time in milliseconds since 1970
--   until_ms: when the announced state ended, in milliseconds since 1970; never before at_ms
CREATE VIEW updates AS
SELECT strftime('%Y-%m-%dT%H:%M:%fZ', r.received_at / 1000.0, 'unixepoch') AS at, 'announce' AS kind,
  p.name AS peer, p.remote_as AS peer_as, x.prefix, nullif(r.path_id, -1) AS path_id,
  a.next_hop, a.as_path, a.origin_as, a.origin, a.med, a.local_pref,
  a.communities, a.large_communities, a.ext_communities,
  r.received_at AS at_ms, 253402300799999 AS until_ms,
  CASE x.family WHEN 1 THEN 'ipv4 unicast' WHEN 2 THEN 'ipv6 unicast'
    ELSE (SELECT name FROM families WHERE id = x.family) END AS family, x.family AS family_id,
  CAST(NULL AS TEXT) AS rd, CAST(NULL AS TEXT) AS labels, x.prefix AS nlri
FROM routes r
JOIN prefixes x ON x.id = r.prefix_id
JOIN peers p ON p.id = r.peer_id
JOIN attributes a ON a.id = coalesce(r.received_id, r.attribute_id)
UNION ALL
SELECT strftime('%Y-%m-%dT%H:%M:%fZ', h.valid_from / 1000.0, 'unixepoch'), 'announce',
  p.name, p.remote_as, x.prefix, nullif(h.path_id, -1),
  a.next_hop, a.as_path, a.origin_as, a.origin, a.med, a.local_pref,
  a.communities, a.large_communities, a.ext_communities,
  h.valid_from, h.valid_to,
  CASE x.family WHEN 1 THEN 'ipv4 unicast' WHEN 2 THEN 'ipv6 unicast'
    ELSE (SELECT name FROM families WHERE id = x.family) END, x.family,
  CAST(NULL AS TEXT), CAST(NULL AS TEXT), x.prefix
FROM history h
JOIN prefixes x ON x.id = h.prefix_id
JOIN peers p ON p.id = h.peer_id
JOIN attributes a ON a.id = h.attribute_id
UNION ALL
SELECT strftime('%Y-%m-%dT%H:%M:%fZ', h.valid_to / 1000.0, 'unixepoch'), 'withdraw',
  p.name, p.remote_as, x.prefix, nullif(h.path_id, -1),
  a.next_hop, a.as_path, a.origin_as, a.origin, a.med, a.local_pref,
  a.communities, a.large_communities, a.ext_communities,
  h.valid_to, h.valid_to,
  CASE x.family WHEN 1 THEN 'ipv4 unicast' WHEN 2 THEN 'ipv6 unicast'
    ELSE (SELECT name FROM families WHERE id = x.family) END, x.family,
  CAST(NULL AS TEXT), CAST(NULL AS TEXT), x.prefix
FROM history h
JOIN prefixes x ON x.id = h.prefix_id
JOIN peers p ON p.id = h.peer_id
JOIN attributes a ON a.id = h.attribute_id
WHERE h.ended_by <> 0
UNION ALL
SELECT strftime('%Y-%m-%dT%H:%M:%fZ', r.received_at / 1000.0, 'unixepoch'), 'announce',
  p.name, p.remote_as, x.prefix, nullif(r.path_id, -1),
  a.next_hop, a.as_path, a.origin_as, a.origin, a.med, a.local_pref,
  a.communities, a.large_communities, a.ext_communities,
  r.received_at, 253402300799999,
  (SELECT name FROM families WHERE id = x.family), x.family,
  x.rd, d.labels, x.nlri
FROM nlri x
JOIN routes r ON r.prefix_id = x.id
JOIN peers p ON p.id = r.peer_id
JOIN attributes a ON a.id = coalesce(r.received_id, r.attribute_id)
LEFT JOIN attribute_details d ON d.id = coalesce(r.received_id, r.attribute_id)
UNION ALL
SELECT strftime('%Y-%m-%dT%H:%M:%fZ', h.valid_from / 1000.0, 'unixepoch'), 'announce',
  p.name, p.remote_as, x.prefix, nullif(h.path_id, -1),
  a.next_hop, a.as_path, a.origin_as, a.origin, a.med, a.local_pref,
  a.communities, a.large_communities, a.ext_communities,
  h.valid_from, h.valid_to,
  (SELECT name FROM families WHERE id = x.family), x.family,
  x.rd, d.labels, x.nlri
FROM history h
JOIN nlri x ON x.id = h.prefix_id
JOIN peers p ON p.id = h.peer_id
JOIN attributes a ON a.id = h.attribute_id
LEFT JOIN attribute_details d ON d.id = h.attribute_id
UNION ALL
SELECT strftime('%Y-%m-%dT%H:%M:%fZ', h.valid_to / 1000.0, 'unixepoch'), 'withdraw',
  p.name, p.remote_as, x.prefix, nullif(h.path_id, -1),
  a.next_hop, a.as_path, a.origin_as, a.origin, a.med, a.local_pref,
  a.communities, a.large_communities, a.ext_communities,
  h.valid_to, h.valid_to,
  (SELECT name FROM families WHERE id = x.family), x.family,
  x.rd, d.labels, x.nlri
FROM history h
JOIN nlri x ON x.id = h.prefix_id
JOIN peers p ON p.id = h.peer_id
JOIN attributes a ON a.id = h.attribute_id
LEFT JOIN attribute_details d ON d.id = h.attribute_id
WHERE h.ended_by <> 0
UNION ALL
SELECT strftime('%Y-%m-%dT%H:%M:%fZ', to_ms / 1000.0, 'unixepoch'), 'withdraw',
  peer, peer_as, prefix, path_id, next_hop, as_path, origin_as, origin, med, local_pref,
  communities, large_communities, ext_communities,
  to_ms, to_ms,
  family, family_id, rd, labels, nlri
FROM lost_routes
ORDER BY at_ms;

-- The VRPs that count now: which AS may originate which prefix (RFC 6811).
--   prefix: the prefix, such as 192.0.2.0/24
--   max_length: the longest prefix that the AS may originate
--   asn: the AS; 0: no AS may originate the prefix
--   since: since when the VRP counts
--   family: `ipv4 unicast` or `ipv6 unicast`
--   hi: the address as a number, as in `prefixes`
--   lo: the second half of an IPv6 address, as in `prefixes`
--   len: prefix length
--   family_id: families.id
CREATE VIEW vrps AS
SELECT prefix, max_length, asn, strftime('%Y-%m-%dT%H:%M:%fZ', from_ms / 1000.0, 'unixepoch') AS since,
  CASE family WHEN 1 THEN 'ipv4 unicast' ELSE 'ipv6 unicast' END AS family, hi, lo, len, family AS family_id
FROM vrp_intervals WHERE to_ms = 253402300799999;

-- Every VRP that counts or counted: at a time T the VRPs are `from_ms <= T AND to_ms > T`. The columns of `vrps`, and:
--   valid_from: since when the VRP counted
--   valid_to: when it ceased to count; the end of year 9999: it counts now
--   from_ms: valid_from in milliseconds since 1970
--   to_ms: valid_to in milliseconds since 1970
CREATE VIEW vrp_history AS
SELECT prefix, max_length, asn, strftime('%Y-%m-%dT%H:%M:%fZ', from_ms / 1000.0, 'unixepoch') AS valid_from,
  strftime('%Y-%m-%dT%H:%M:%fZ', to_ms / 1000.0, 'unixepoch') AS valid_to,
  CASE family WHEN 1 THEN 'ipv4 unicast' ELSE 'ipv6 unicast' END AS family, hi, lo, len, family AS family_id,
  from_ms, to_ms
FROM vrp_intervals;

-- The ASPAs that count now: the providers of an AS.
--   customer: the AS
--   providers: the ASes, separated by spaces; 0: the AS has no provider
--   since: since when the ASPA counts
CREATE VIEW aspas AS
SELECT customer, providers, strftime('%Y-%m-%dT%H:%M:%fZ', from_ms / 1000.0, 'unixepoch') AS since
FROM aspa_intervals WHERE to_ms = 253402300799999;

-- Every ASPA that counts or counted. The columns of `aspas`, and:
--   valid_from: since when the ASPA counted
--   valid_to: when it ceased to count; the end of year 9999: it counts now
--   from_ms: valid_from in milliseconds since 1970
--   to_ms: valid_to in milliseconds since 1970
CREATE VIEW aspa_history AS
SELECT customer, providers, strftime('%Y-%m-%dT%H:%M:%fZ', from_ms / 1000.0, 'unixepoch') AS valid_from,
  strftime('%Y-%m-%dT%H:%M:%fZ', to_ms / 1000.0, 'unixepoch') AS valid_to, from_ms, to_ms
FROM aspa_intervals;

-- The routers that report by BMP, and those that did.
--   router: name of the router
--   address: address of the router
--   sys_name: the name that the router says
--   description: how the router describes itself
--   state: up or down
--   since: since when the connection is up or down
--   reason: why the connection is down; NULL: it is up
--   peers: how many peers are up, a Loc-RIB included
--   routes: how many routes the router reports, over all RIB kinds
--   lag: prefixes whose last change is not written yet
--   router_id: router_states.id
CREATE VIEW routers AS
SELECT r.name AS router, r.address, r.sys_name, r.description, iif(r.is_up, 'up', 'down') AS state,
  strftime('%Y-%m-%dT%H:%M:%fZ', r.since / 1000.0, 'unixepoch') AS since, r.reason,
  (SELECT count(DISTINCT peer) FROM router_peer_states p WHERE p.router_id = r.id AND p.is_up) AS peers,
  coalesce((SELECT sum(f.routes) FROM router_peer_states p JOIN peer_families f ON f.peer_id = p.id
    WHERE p.router_id = r.id), 0) AS routes,
  coalesce((SELECT sum(f.lag) FROM router_peer_states p JOIN peer_families f ON f.peer_id = p.id
    WHERE p.router_id = r.id), 0) AS lag,
  r.id AS router_id
FROM router_states r;

-- The tables that routers report: one row for each peer and RIB kind.
--   router: name of the router
--   peer: address of the peer, behind the Route Distinguisher of its VRF; `loc-rib` and the name of the table
--   rib_kind: adj-in, adj-in-post (after import policy), loc, adj-out or adj-out-post (after export policy)
--   peer_as: AS of the peer
--   bgp_id: BGP Identifier of the peer
--   state: up or down
--   since: since when the peer is up or down
--   reason: why the peer is down; NULL: it is up
--   routes: how many routes the table has
--   eor_at: when End-of-RIB of a family arrived last; NULL: none did since the connection is up
--   lag: prefixes whose last change is not written yet
--   statistics: the last Statistics Report about the peer as a JSON object; NULL: there was none
--   peer_id: router_peer_states.id
--   router_id: router_states.id
CREATE VIEW router_peers AS
SELECT r.name AS router, p.peer, p.rib_kind, p.peer_as,
  (p.bgp_id >> 24) || '.' || (p.bgp_id >> 16 & 255) || '.' || (p.bgp_id >> 8 & 255) || '.' || (p.bgp_id & 255)
    AS bgp_id,
  iif(p.is_up, 'up', 'down') AS state, strftime('%Y-%m-%dT%H:%M:%fZ', p.since / 1000.0, 'unixepoch') AS since, p.reason,
  coalesce((SELECT sum(routes) FROM peer_families WHERE peer_id = p.id), 0) AS routes,
  (SELECT strftime('%Y-%m-%dT%H:%M:%fZ', max(eor_at) / 1000.0, 'unixepoch')
    FROM peer_families WHERE peer_id = p.id) AS eor_at,
  coalesce((SELECT sum(lag) FROM peer_families WHERE peer_id = p.id), 0) AS lag,
  p.statistics, p.id AS peer_id, p.router_id
FROM router_peer_states p
JOIN router_states r ON r.id = p.router_id;

-- The routes of the unicast and multicast families that routers report by BMP. The columns of `rib` that do not come
-- from a decision of ours, and:
--   router: name of the router
--   rib_kind: which table of the router: adj-in, adj-in-post, loc, adj-out or adj-out-post
--   peer: the peer of the router, as in `router_peers`
--   peer_as: AS of that peer
--   stale: 1: the connection of the router was lost, and the router has not reported the route again
--   peer_id: router_peer_states.id
CREATE VIEW monitored_rib AS
SELECT t.name AS router, p.rib_kind, p.peer, p.peer_as, x.prefix, nullif(r.path_id, -1) AS path_id,
  a.next_hop, a.as_path, a.origin_as, a.origin, a.med, a.local_pref,
  a.communities, a.large_communities, a.ext_communities,
  coalesce(r.confirmed_at, r.received_at) < coalesce(f.stale_before, 0) AS stale,
  strftime('%Y-%m-%dT%H:%M:%fZ', r.received_at / 1000.0, 'unixepoch') AS received_at,
  r.peer_id, r.prefix_id, r.attribute_id,
  CASE x.family WHEN 1 THEN 'ipv4 unicast' WHEN 2 THEN 'ipv6 unicast'
    ELSE (SELECT name FROM families WHERE id = x.family) END AS family, x.family AS family_id
FROM router_routes r
JOIN prefixes x ON x.id = r.prefix_id
JOIN router_peer_states p ON p.id = r.peer_id
JOIN router_states t ON t.id = p.router_id
JOIN attributes a ON a.id = r.attribute_id
LEFT JOIN peer_families f ON f.peer_id = r.peer_id AND f.family = x.family
WHERE r.received_at >= coalesce(f.flushed_at, 0);

-- The routes of all other families that routers report by BMP. The columns of `monitored_rib`, and:
--   prefix: the prefix of the destination; NULL: it has none
--   nlri: the destination as text
--   rd: Route Distinguisher, such as 65000:1; NULL: the family has none
--   labels: MPLS labels or VNIs, separated by spaces
--   esi: Ethernet Segment Identifier of the route
--   gateway: gateway address of an IP prefix route (RFC 9136)
--   actions: what FlowSpec does with the packets (RFC 8955)
--   fields: the other fields of the destination as a JSON object
CREATE VIEW monitored_nlri AS
SELECT t.name AS router, p.rib_kind, p.peer, p.peer_as, x.rd, x.prefix, x.nlri, nullif(r.path_id, -1) AS path_id,
  d.labels, d.esi, d.gateway, d.actions,
  a.next_hop, a.as_path, a.origin_as, a.origin, a.med, a.local_pref,
  a.communities, a.large_communities, a.ext_communities,
  coalesce(r.confirmed_at, r.received_at) < coalesce(f.stale_before, 0) AS stale,
  strftime('%Y-%m-%dT%H:%M:%fZ', r.received_at / 1000.0, 'unixepoch') AS received_at,
  r.peer_id, r.prefix_id, r.attribute_id,
  (SELECT name FROM families WHERE id = x.family) AS family, x.family AS family_id, x.fields
FROM nlri x
JOIN router_routes r ON r.prefix_id = x.id
JOIN router_peer_states p ON p.id = r.peer_id
JOIN router_states t ON t.id = p.router_id
JOIN attributes a ON a.id = r.attribute_id
LEFT JOIN attribute_details d ON d.id = r.attribute_id
LEFT JOIN peer_families f ON f.peer_id = r.peer_id AND f.family = x.family
WHERE r.received_at >= coalesce(f.flushed_at, 0);

-- What import policy of a router made of each route, for peers whose adj-in and adj-in-post the router reports: the
-- values before import policy, and the effect. The columns of `monitored_rib`, and:
--   effect: dropped, changed or unchanged
--   post_attribute_id: attributes.id of the set after import policy; NULL: the route was dropped
--   post_peer_id: router_peer_states.id of the table after import policy
CREATE VIEW policy_effect AS
SELECT t.name AS router, p.peer, p.peer_as, x.prefix, nullif(r.path_id, -1) AS path_id,
  CASE WHEN s.attribute_id IS NULL THEN 'dropped' WHEN s.attribute_id <> r.attribute_id THEN 'changed'
    ELSE 'unchanged' END AS effect,
  a.next_hop, a.as_path, a.origin_as, a.origin, a.med, a.local_pref,
  a.communities, a.large_communities, a.ext_communities,
  r.peer_id, r.prefix_id, r.attribute_id, s.attribute_id AS post_attribute_id, q.id AS post_peer_id,
  CASE x.family WHEN 1 THEN 'ipv4 unicast' WHEN 2 THEN 'ipv6 unicast'
    ELSE (SELECT name FROM families WHERE id = x.family) END AS family, x.family AS family_id
FROM router_peer_states p
JOIN router_states t ON t.id = p.router_id
JOIN router_peer_states q ON q.router_id = p.router_id AND q.peer_type = p.peer_type
  AND q.distinguisher = p.distinguisher AND q.address = p.address AND q.rib_kind = 'adj-in-post'
CROSS JOIN router_routes r ON r.peer_id = p.id
JOIN prefixes x ON x.id = r.prefix_id
JOIN attributes a ON a.id = r.attribute_id
LEFT JOIN peer_families f ON f.peer_id = r.peer_id AND f.family = x.family
LEFT JOIN peer_families g ON g.peer_id = q.id AND g.family = x.family
LEFT JOIN router_routes s ON s.peer_id = q.id AND s.prefix_id = r.prefix_id AND s.path_id = r.path_id
  AND s.received_at >= coalesce(g.flushed_at, 0)
WHERE p.rib_kind = 'adj-in' AND r.received_at >= coalesce(f.flushed_at, 0);

-- States of routes that routers report, from their beginning to their end, of every family. The columns of
-- `rib_history`, and:
--   router: name of the router
--   rib_kind: which table of the router: adj-in, adj-in-post, loc, adj-out or adj-out-post
--   peer: the peer of the router, as in `router_peers`
--   peer_as: AS of that peer
--   peer_id: router_peer_states.id
CREATE VIEW monitored_history AS
SELECT t.name AS router, p.rib_kind, p.peer, p.peer_as, x.prefix, nullif(r.path_id, -1) AS path_id,
  a.next_hop, a.as_path, a.origin_as, a.origin, a.med, a.local_pref,
  a.communities, a.large_communities, a.ext_communities,
  strftime('%Y-%m-%dT%H:%M:%fZ', r.received_at / 1000.0, 'unixepoch') AS valid_from,
  strftime('%Y-%m-%dT%H:%M:%fZ', iif(r.received_at >= coalesce(f.flushed_at, 0), 253402300799999,
    coalesce((SELECT min(l.at) FROM flushes l
    WHERE l.peer_id = r.peer_id AND l.family = x.family AND l.at > r.received_at), f.flushed_at)) / 1000.0,
    'unixepoch') AS valid_to,
  iif(r.received_at >= coalesce(f.flushed_at, 0), NULL, 'session lost') AS ended_by,
  r.received_at AS from_ms,
  iif(r.received_at >= coalesce(f.flushed_at, 0), 253402300799999,
    coalesce((SELECT min(l.at) FROM flushes l
    WHERE l.peer_id = r.peer_id AND l.family = x.family AND l.at > r.received_at), f.flushed_at)) AS to_ms,
  r.peer_id, r.prefix_id, r.attribute_id,
  (SELECT name FROM families WHERE id = x.family) AS family, x.family AS family_id,
  CAST(NULL AS TEXT) AS rd, CAST(NULL AS TEXT) AS labels, x.prefix AS nlri
FROM prefixes x
JOIN router_routes r ON r.prefix_id = x.id
JOIN router_peer_states p ON p.id = r.peer_id
JOIN router_states t ON t.id = p.router_id
JOIN attributes a ON a.id = r.attribute_id
LEFT JOIN peer_families f ON f.peer_id = r.peer_id AND f.family = x.family
UNION ALL
SELECT t.name, p.rib_kind, p.peer, p.peer_as, x.prefix, nullif(h.path_id, -1),
  a.next_hop, a.as_path, a.origin_as, a.origin, a.med, a.local_pref,
  a.communities, a.large_communities, a.ext_communities,
  strftime('%Y-%m-%dT%H:%M:%fZ', h.valid_from / 1000.0, 'unixepoch'),
  strftime('%Y-%m-%dT%H:%M:%fZ', h.valid_to / 1000.0, 'unixepoch'),
  (SELECT word FROM words WHERE kind = 'ended' AND id = h.ended_by),
  h.valid_from,
  h.valid_to,
  h.peer_id, h.prefix_id, h.attribute_id, (SELECT name FROM families WHERE id = x.family), x.family,
  CAST(NULL AS TEXT), CAST(NULL AS TEXT), x.prefix
FROM prefixes x
JOIN history h ON h.prefix_id = x.id
JOIN router_peer_states p ON p.id = h.peer_id
JOIN router_states t ON t.id = p.router_id
JOIN attributes a ON a.id = h.attribute_id
UNION ALL
SELECT t.name, p.rib_kind, p.peer, p.peer_as, x.prefix, nullif(r.path_id, -1),
  a.next_hop, a.as_path, a.origin_as, a.origin, a.med, a.local_pref,
  a.communities, a.large_communities, a.ext_communities,
  strftime('%Y-%m-%dT%H:%M:%fZ', r.received_at / 1000.0, 'unixepoch'),
  strftime('%Y-%m-%dT%H:%M:%fZ', iif(r.received_at >= coalesce(f.flushed_at, 0), 253402300799999,
    coalesce((SELECT min(l.at) FROM flushes l
    WHERE l.peer_id = r.peer_id AND l.family = x.family AND l.at > r.received_at), f.flushed_at)) / 1000.0,
    'unixepoch'),
  iif(r.received_at >= coalesce(f.flushed_at, 0), NULL, 'session lost'),
  r.received_at,
  iif(r.received_at >= coalesce(f.flushed_at, 0), 253402300799999,
    coalesce((SELECT min(l.at) FROM flushes l
    WHERE l.peer_id = r.peer_id AND l.family = x.family AND l.at > r.received_at), f.flushed_at)),
  r.peer_id, r.prefix_id, r.attribute_id, (SELECT name FROM families WHERE id = x.family), x.family,
  x.rd, d.labels, x.nlri
FROM nlri x
JOIN router_routes r ON r.prefix_id = x.id
JOIN router_peer_states p ON p.id = r.peer_id
JOIN router_states t ON t.id = p.router_id
JOIN attributes a ON a.id = r.attribute_id
LEFT JOIN attribute_details d ON d.id = r.attribute_id
LEFT JOIN peer_families f ON f.peer_id = r.peer_id AND f.family = x.family
UNION ALL
SELECT t.name, p.rib_kind, p.peer, p.peer_as, x.prefix, nullif(h.path_id, -1),
  a.next_hop, a.as_path, a.origin_as, a.origin, a.med, a.local_pref,
  a.communities, a.large_communities, a.ext_communities,
  strftime('%Y-%m-%dT%H:%M:%fZ', h.valid_from / 1000.0, 'unixepoch'),
  strftime('%Y-%m-%dT%H:%M:%fZ', h.valid_to / 1000.0, 'unixepoch'),
  (SELECT word FROM words WHERE kind = 'ended' AND id = h.ended_by),
  h.valid_from,
  h.valid_to,
  h.peer_id, h.prefix_id, h.attribute_id, (SELECT name FROM families WHERE id = x.family), x.family,
  x.rd, d.labels, x.nlri
FROM nlri x
JOIN history h ON h.prefix_id = x.id
JOIN router_peer_states p ON p.id = h.peer_id
JOIN router_states t ON t.id = p.router_id
JOIN attributes a ON a.id = h.attribute_id
LEFT JOIN attribute_details d ON d.id = h.attribute_id;

-- The state of each peer, and whether its routes here are complete and fresh. The columns of `peers`, and:
--   peer: name of the peer
--   peer_as: AS of the peer; NULL: not known yet
--   group: groups of the configuration, separated by commas
--   since: start of the session, or of the time without a session
--   stale_until: the latest time at which stale routes of a lost session are deleted (RFC 4724, RFC 9494)
--   routes: routes of the peer that bgpd holds in memory
--   eor_at: when End-of-RIB of the last negotiated family arrived; NULL: one is missing
--   lag: prefixes whose last change is not written yet
--   accepted: routes of the peer that are eligible, after import policy
--   sent: routes that are advertised to the peer
--   peer_id: peers.id
CREATE VIEW peer_status AS
SELECT p.name AS peer, p.remote_as AS peer_as, p.description, p.peer_group AS "group", p.router_id, p.state,
  strftime('%Y-%m-%dT%H:%M:%fZ', p.state_since / 1000.0, 'unixepoch') AS since,
  p.messages_received, p.messages_sent, p.updates_received, p.routes_announced, p.routes_withdrawn,
  p.treat_as_withdraw, p.attribute_discards,
  coalesce((SELECT sum(routes) FROM peer_families WHERE peer_id = p.id), 0) AS routes,
  (SELECT CASE WHEN count(*) = count(eor_at)
    THEN strftime('%Y-%m-%dT%H:%M:%fZ', max(eor_at) / 1000.0, 'unixepoch') END
   FROM peer_families WHERE peer_id = p.id AND (negotiated OR routes > 0 OR eor_at IS NOT NULL)) AS eor_at,
  coalesce((SELECT sum(lag) FROM peer_families WHERE peer_id = p.id), 0) AS lag,
  p.id AS peer_id, p.remote_ip, p.local_ip, p.local_as, p.hold_time, p.capabilities, p.role, p.remote_role, p.reason,
  strftime('%Y-%m-%dT%H:%M:%fZ', p.stale_until / 1000.0, 'unixepoch') AS stale_until,
  coalesce((SELECT sum(accepted) FROM peer_families WHERE peer_id = p.id), 0) AS accepted,
  coalesce((SELECT sum(sent) FROM peer_families WHERE peer_id = p.id), 0) AS sent
FROM peers p WHERE p.id <> 0;

-- The rows of `announcements` and what became of them. The columns of `announcements`, and:
--   state: announced (sent_to peers have the route), pending (the route waits, or no session is up), withheld
--     (sessions are up and none gets the route), refused (see error) or expired (its time is over)
--   sent_to: how many peers have the route
CREATE VIEW announcement_status AS
SELECT a.id, a.prefix, a.next_hop, a.peer, a.as_path, a.origin, a.med, a.local_pref, a.communities, a.large_communities,
  a.ext_communities, a.source,
  CASE WHEN e.id IS NOT NULL THEN 'expired' WHEN a.error IS NOT NULL THEN 'refused'
    ELSE coalesce(o.state, iif(julianday(a.expires_at) <= julianday('now'), 'expired', 'pending')) END AS state,
  CASE WHEN e.id IS NULL AND a.error IS NULL THEN coalesce(o.sent_to, 0) ELSE 0 END AS sent_to,
  a.error, a.family, a.rd, a.labels, a.rule, a.actions, a.nlri, a.expires_at, a.comment
FROM announcements a
LEFT JOIN announcements_expired e ON e.id = a.id AND e.expires_at IS a.expires_at
LEFT JOIN announced w ON w.id = a.id
LEFT JOIN outcomes o ON o.id = w.outcome_id;

-- What became of each row of `announcements` at each peer to which it applies.
--   id: announcements.id
--   peer: name of the peer
--   sent: 1: the route was written to the session
--   reason: why the route was not sent
--   state: sent, waiting, withheld, or down (no session)
CREATE VIEW announcement_peers AS
SELECT w.id, p.name AS peer, s.state = 'sent' AS sent, s.reason, s.state
FROM announced w
JOIN announcements a ON a.id = w.id AND a.error IS NULL
JOIN outcome_peers s ON s.outcome_id = w.outcome_id
JOIN peers p ON p.id = s.peer_id;
