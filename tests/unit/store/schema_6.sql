-- The database of bgpd, schema version 6 (PRAGMA user_version).
--
-- The daemon is the only writer of every table except `announcements`, which anyone may write.
-- People query the views at the end of this file: the names and columns of those views are stable.
-- Tables hold times as integers: milliseconds since 1970 (UTC). Views show times as ISO 8601 text.

-- One row for each peer that was ever configured. A peer that left the configuration has the state 'Removed'.
-- id 0, named 'local', is this speaker: the peer of the routes that it originates.
-- name: the key. remote_ip: the address; a link-local address has its zone (fe80::1%eth0); peers may share an address.
-- role: our role towards the peer (RFC 9234). remote_role: the role that the peer sent in its OPEN.
-- reason: why there is no session, or until when the peer is drained (RFC 8326).
-- stale_until: the latest time at which stale routes of a lost session are deleted (RFC 4724, RFC 9494).
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

-- Peers and networks that `bgpd peer add` created. toml: the content of their table in the configuration.
-- The configuration file takes precedence over a row with the same name.
CREATE TABLE configured_peers(
  name TEXT PRIMARY KEY,
  toml TEXT NOT NULL,
  added_at INTEGER NOT NULL
);

-- The state of one family of one peer. A lost session and a stale table are one UPDATE here, however many routes there
-- are. flushed_at: routes received before it are gone. The views hide them at once; cleanup deletes them later and
-- then sets cleaned_at to flushed_at.
-- stale_before: routes received before it are stale, except those that the peer announced again unchanged
-- (routes.confirmed_at).
-- routes: the number held in memory. lag: how many of these are not written yet.
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
  PRIMARY KEY(peer_id, family)
) WITHOUT ROWID;

-- Every loss of a session whose rows are not cleaned up yet. A session can be lost again before cleanup is done: a row
-- of `routes` was valid until the first loss after received_at. Usually this table is empty.
CREATE TABLE flushes(
  peer_id INTEGER NOT NULL,
  family INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY(peer_id, family, at)
) WITHOUT ROWID;

-- The log of peers: sessions up and down, NOTIFICATIONs, malformed messages. hex: the whole message.
CREATE TABLE peer_events(
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  peer TEXT,
  kind TEXT NOT NULL,
  text TEXT NOT NULL,
  hex TEXT
);

CREATE TABLE families(id INTEGER PRIMARY KEY, name TEXT NOT NULL);

-- One row for each prefix. Ids follow the order of arrival, so that new rows are appended.
-- IPv4: hi is the address, lo is 0. IPv6: hi and lo are the two halves of the address as signed 64-bit numbers.
-- Index prefixes_key (family, hi, lo, len) answers a longest match with 33 (IPv4) or 129 (IPv6) lookups.
-- Five indexes are created after the first backlog is written (write/indexes.ts): prefixes_key, prefixes_text,
-- attributes_origin, routes_attribute and history_prefix. For 1.2M rows that takes 0.8 s; keeping such an index up to
-- date while the rows arrive in random order took 9.4 s.
CREATE TABLE prefixes(
  id INTEGER PRIMARY KEY,
  family INTEGER NOT NULL,
  hi INTEGER NOT NULL,
  lo INTEGER NOT NULL,
  len INTEGER NOT NULL,
  prefix TEXT NOT NULL
);

-- Attribute sets: one row, however many routes share the set. wire: the canonical encoding (src/message).
-- wire needs no unique index, because memory interns the sets.
-- retired_at: since when no route has this set. Cleanup deletes such rows.
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

-- Adj-RIB-In. The key begins with the peer: the RIB delivers routes peer by peer, and a query for one prefix looks that
-- prefix up under each peer. path_id: -1 is a route without a path identifier (RFC 7911).
-- attribute_id: the set after import policy. received_id: the set before import policy, where it differs.
-- ineligible: 0, or the reason why the route cannot be the best one (table `words`). A reason below 64 is one of a
-- fixed list. A higher number is the hash of "policy X, rule Y", so that the number is the same in every run.
-- confirmed_at: set where the peer announced a stale route again unchanged: the stale_before of that time.
CREATE TABLE routes(
  peer_id INTEGER NOT NULL,
  prefix_id INTEGER NOT NULL,
  path_id INTEGER NOT NULL,
  attribute_id INTEGER NOT NULL,
  received_id INTEGER,
  ineligible INTEGER NOT NULL DEFAULT 0,
  received_at INTEGER NOT NULL,
  confirmed_at INTEGER,
  PRIMARY KEY(peer_id, prefix_id, path_id)
) WITHOUT ROWID;

CREATE INDEX routes_received ON routes(received_id) WHERE received_id IS NOT NULL;

-- The best route of each prefix. step: the step of the decision process that selected it (table `words`).
-- A table of its own, because a decision then rewrites one narrow row.
CREATE TABLE best(
  prefix_id INTEGER PRIMARY KEY,
  peer_id INTEGER NOT NULL,
  path_id INTEGER NOT NULL,
  step INTEGER NOT NULL,
  since INTEGER NOT NULL
);

-- The multipath routes of a prefix: the best route and those that tie with it. rank 1 is the best route.
-- Empty unless the configuration sets `multipath`.
CREATE TABLE multipath(
  prefix_id INTEGER NOT NULL,
  peer_id INTEGER NOT NULL,
  path_id INTEGER NOT NULL,
  rank INTEGER NOT NULL,
  PRIMARY KEY(prefix_id, peer_id, path_id)
) WITHOUT ROWID;

-- History entries: ended states of routes. The current state stands in `routes` only, so that a first table writes no
-- history. ended_by: 0 is "replaced by another announcement"; any other number means that the route is gone (table
-- `words`). attribute_id: the set before import policy.
-- seq distinguishes entries with the same valid_to. Entries of lost sessions have numbers from 2^24 on.
-- The key begins with valid_to, so that trimming deletes rows from the front.
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

-- Gaps of the history. `changes` entries that ended from from_at to to_at are missing (0: the number is unknown). The
-- oldest of these states began at began_at: the RIB at a time T is complete where T is before began_at or after to_at.
-- peer_id: only the history of this peer has the gap. NULL: the history of every peer has it.
-- A run with the history off is one gap. It ends when a run with history begins; until then to_at is the end of year
-- 9999.
CREATE TABLE history_gaps(
  from_at INTEGER NOT NULL,
  to_at INTEGER NOT NULL,
  changes INTEGER NOT NULL,
  began_at INTEGER NOT NULL DEFAULT 0,
  peer_id INTEGER
);

-- Routes to announce. Use INSERT, UPDATE and DELETE here with any SQLite client. The daemon sets `error` on a row that
-- it cannot announce.
-- peer: announce the route to this peer only. A name, or an address or a description that no other peer has.
-- source: 'command' or 'api' on rows that bgpd wrote. An id is never used again.
-- The daemon writes the outcome of a row into tables of its own and never changes a column that people write. The view
-- announcement_status joins both. (A view with triggers in place of this table would not support RETURNING, upsert,
-- changes() and last_insert_rowid().)
CREATE TABLE announcements(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  prefix TEXT NOT NULL,
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
  source TEXT NOT NULL DEFAULT 'sql'
);

-- Outcomes of announcements. Rows that were sent to the same peers share an outcome: 100,000 rows and 100 peers take
-- 100,000 numbers. These three tables are empty while no daemon runs.
CREATE TABLE announced(id INTEGER PRIMARY KEY, outcome_id INTEGER NOT NULL);

CREATE TABLE outcomes(id INTEGER PRIMARY KEY, state TEXT NOT NULL, sent_to INTEGER NOT NULL);

CREATE TABLE outcome_peers(
  outcome_id INTEGER NOT NULL,
  peer_id INTEGER NOT NULL,
  state TEXT NOT NULL,
  reason TEXT,
  PRIMARY KEY(outcome_id, peer_id)
) WITHOUT ROWID;

-- The text of a number: kind 'step' (best.step), 'ineligible' (routes.ineligible), 'ended' (history.ended_by).
CREATE TABLE words(kind TEXT NOT NULL, id INTEGER NOT NULL, word TEXT NOT NULL, PRIMARY KEY(kind, id)) WITHOUT ROWID;

-- Values of the daemon. started_at, pid, version; configuration: the text of the file in force;
-- backlog: rows in memory that are not written yet, and backlog_at: when that was;
-- longest_stall_ms: the longest time in which the main thread did not respond;
-- history_from: history entries that ended before this time are deleted.
CREATE TABLE daemon(key TEXT PRIMARY KEY, value) WITHOUT ROWID;

-- Every received route, with the values after import policy.
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
  r.peer_id, r.prefix_id, r.attribute_id, x.family
FROM routes r
JOIN prefixes x ON x.id = r.prefix_id
JOIN peers p ON p.id = r.peer_id
JOIN attributes a ON a.id = r.attribute_id
LEFT JOIN peer_families f ON f.peer_id = r.peer_id AND f.family = x.family
LEFT JOIN best b ON b.prefix_id = r.prefix_id
WHERE r.received_at >= coalesce(f.flushed_at, 0);

-- Every received route, with the values before import policy. The columns of `rib`, and changed: 1 where import policy
-- changed the route. attribute_id: the set before import policy.
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
  r.peer_id, r.prefix_id, coalesce(r.received_id, r.attribute_id) AS attribute_id, x.family,
  r.received_id IS NOT NULL AS changed
FROM routes r
JOIN prefixes x ON x.id = r.prefix_id
JOIN peers p ON p.id = r.peer_id
JOIN attributes a ON a.id = coalesce(r.received_id, r.attribute_id)
LEFT JOIN peer_families f ON f.peer_id = r.peer_id AND f.family = x.family
LEFT JOIN best b ON b.prefix_id = r.prefix_id
WHERE r.received_at >= coalesce(f.flushed_at, 0);

-- The best routes. The columns of `rib`. The query begins at the table `best`, which `rib` cannot do.
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
  r.peer_id, r.prefix_id, r.attribute_id, x.family
FROM best b
JOIN routes r ON r.peer_id = b.peer_id AND r.prefix_id = b.prefix_id AND r.path_id = b.path_id
JOIN prefixes x ON x.id = b.prefix_id
JOIN peers p ON p.id = b.peer_id
JOIN attributes a ON a.id = r.attribute_id
LEFT JOIN peer_families f ON f.peer_id = r.peer_id AND f.family = x.family
WHERE r.received_at >= coalesce(f.flushed_at, 0);

-- Routes of lost sessions that cleanup has not moved from `routes` to `history` yet. to_ms: when the session was lost.
-- The views rib_history and updates are built on this view; queries of people have no need of it.
CREATE VIEW lost_routes AS
SELECT p.name AS peer, p.remote_as AS peer_as, x.prefix, nullif(r.path_id, -1) AS path_id,
  a.next_hop, a.as_path, a.origin_as, a.origin, a.med, a.local_pref,
  a.communities, a.large_communities, a.ext_communities,
  r.received_at AS from_ms,
  coalesce((SELECT min(l.at) FROM flushes l
    WHERE l.peer_id = r.peer_id AND l.family = x.family AND l.at > r.received_at), f.flushed_at) AS to_ms,
  r.peer_id, r.prefix_id, a.id AS attribute_id, x.family
FROM peer_families f
JOIN routes r ON r.peer_id = f.peer_id
JOIN prefixes x ON x.id = r.prefix_id AND x.family = f.family
JOIN peers p ON p.id = r.peer_id
JOIN attributes a ON a.id = coalesce(r.received_id, r.attribute_id)
WHERE f.cleaned_at < f.flushed_at AND r.received_at < f.flushed_at;

-- States of routes as intervals: the RIB at time T is valid_from <= T AND valid_to > T. A current state is valid until
-- the end of year 9999 and its ended_by is NULL. from_ms and to_ms are the same times as numbers: the key of `history`
-- answers conditions on to_ms, an index those on prefix; conditions on the texts read the whole history.
CREATE VIEW rib_history AS
SELECT p.name AS peer, p.remote_as AS peer_as, x.prefix, nullif(r.path_id, -1) AS path_id,
  a.next_hop, a.as_path, a.origin_as, a.origin, a.med, a.local_pref,
  a.communities, a.large_communities, a.ext_communities,
  strftime('%Y-%m-%dT%H:%M:%fZ', r.received_at / 1000.0, 'unixepoch') AS valid_from,
  '9999-12-31T23:59:59.999Z' AS valid_to,
  NULL AS ended_by,
  r.received_at AS from_ms,
  253402300799999 AS to_ms,
  r.peer_id, r.prefix_id, a.id AS attribute_id, x.family
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
  peer_id, prefix_id, attribute_id, family
FROM lost_routes
UNION ALL
SELECT p.name, p.remote_as, x.prefix, nullif(h.path_id, -1),
  a.next_hop, a.as_path, a.origin_as, a.origin, a.med, a.local_pref,
  a.communities, a.large_communities, a.ext_communities,
  strftime('%Y-%m-%dT%H:%M:%fZ', h.valid_from / 1000.0, 'unixepoch'),
  strftime('%Y-%m-%dT%H:%M:%fZ', h.valid_to / 1000.0, 'unixepoch'),
  (SELECT word FROM words WHERE kind = 'ended' AND id = h.ended_by),
  h.valid_from,
  h.valid_to,
  h.peer_id, h.prefix_id, h.attribute_id, x.family
FROM history h
JOIN prefixes x ON x.id = h.prefix_id
JOIN peers p ON p.id = h.peer_id
JOIN attributes a ON a.id = h.attribute_id;

-- The same states as a log of changes, the newest last. kind: 'announce', or 'withdraw' with the attributes that ended.
-- at_ms: the time of the change as a number. until_ms: when the state ended, never before at_ms. For the changes since
-- T use `at_ms > T AND until_ms > T`: the key of `history` answers that.
CREATE VIEW updates AS
SELECT strftime('%Y-%m-%dT%H:%M:%fZ', r.received_at / 1000.0, 'unixepoch') AS at, 'announce' AS kind,
  p.name AS peer, p.remote_as AS peer_as, x.prefix, nullif(r.path_id, -1) AS path_id,
  a.next_hop, a.as_path, a.origin_as, a.origin, a.med, a.local_pref,
  a.communities, a.large_communities, a.ext_communities,
  r.received_at AS at_ms, 253402300799999 AS until_ms, x.family
FROM routes r
JOIN prefixes x ON x.id = r.prefix_id
JOIN peers p ON p.id = r.peer_id
JOIN attributes a ON a.id = coalesce(r.received_id, r.attribute_id)
UNION ALL
SELECT strftime('%Y-%m-%dT%H:%M:%fZ', h.valid_from / 1000.0, 'unixepoch'), 'announce',
  p.name, p.remote_as, x.prefix, nullif(h.path_id, -1),
  a.next_hop, a.as_path, a.origin_as, a.origin, a.med, a.local_pref,
  a.communities, a.large_communities, a.ext_communities,
  h.valid_from, h.valid_to, x.family
FROM history h
JOIN prefixes x ON x.id = h.prefix_id
JOIN peers p ON p.id = h.peer_id
JOIN attributes a ON a.id = h.attribute_id
UNION ALL
SELECT strftime('%Y-%m-%dT%H:%M:%fZ', h.valid_to / 1000.0, 'unixepoch'), 'withdraw',
  p.name, p.remote_as, x.prefix, nullif(h.path_id, -1),
  a.next_hop, a.as_path, a.origin_as, a.origin, a.med, a.local_pref,
  a.communities, a.large_communities, a.ext_communities,
  h.valid_to, h.valid_to, x.family
FROM history h
JOIN prefixes x ON x.id = h.prefix_id
JOIN peers p ON p.id = h.peer_id
JOIN attributes a ON a.id = h.attribute_id
WHERE h.ended_by <> 0
UNION ALL
SELECT strftime('%Y-%m-%dT%H:%M:%fZ', to_ms / 1000.0, 'unixepoch'), 'withdraw',
  peer, peer_as, prefix, path_id, next_hop, as_path, origin_as, origin, med, local_pref,
  communities, large_communities, ext_communities,
  to_ms, to_ms, family
FROM lost_routes
ORDER BY at_ms;

-- The state of each peer, and whether its routes here are complete and fresh.
-- routes: how many are held in memory. lag: how many prefixes were not yet written at the last report.
-- eor_at: when End-of-RIB of the last negotiated family arrived; NULL while one is missing.
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
  strftime('%Y-%m-%dT%H:%M:%fZ', p.stale_until / 1000.0, 'unixepoch') AS stale_until
FROM peers p WHERE p.id <> 0;

-- Announcements and their outcome. state: 'announced' (sent_to peers have the route), 'pending' (the route waits for
-- every peer, or no session is up), 'withheld' (no peer whose session is up may get the route), 'refused' (see error).
CREATE VIEW announcement_status AS
SELECT a.id, a.prefix, a.next_hop, a.peer, a.as_path, a.origin, a.med, a.local_pref, a.communities, a.large_communities,
  a.ext_communities, a.source,
  CASE WHEN a.error IS NULL THEN coalesce(o.state, 'pending') ELSE 'refused' END AS state,
  CASE WHEN a.error IS NULL THEN coalesce(o.sent_to, 0) ELSE 0 END AS sent_to,
  a.error
FROM announcements a
LEFT JOIN announced w ON w.id = a.id
LEFT JOIN outcomes o ON o.id = w.outcome_id;

-- The outcome of an announcement for each peer. state: 'sent', 'waiting', 'withheld', 'down' (no session).
-- reason: why the route was not sent.
CREATE VIEW announcement_peers AS
SELECT w.id, p.name AS peer, s.state = 'sent' AS sent, s.reason, s.state
FROM announced w
JOIN announcements a ON a.id = w.id AND a.error IS NULL
JOIN outcome_peers s ON s.outcome_id = w.outcome_id
JOIN peers p ON p.id = s.peer_id;
