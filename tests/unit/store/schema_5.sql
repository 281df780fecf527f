-- The database of bgpd, version 5 (PRAGMA user_version). The daemon is the only writer of all tables but `announcements`,
-- which is for everyone. What people query are the views at the end: their names and columns stay.
--
-- Times in tables are integer milliseconds since 1970 (UTC), in views ISO 8601 text.

-- Every peer ever configured, by name; state 'Removed' is one that is not any more. id 0 is this speaker, 'local': the peer of
-- routes that it originates. remote_ip: its address, a link-local one with its zone (fe80::1%eth0); several peers may have the same.
-- role: what we are to the peer (RFC 9234), remote_role what it said it is to us. reason: why there is no session,
-- or until when it is drained (RFC 8326). stale_until: routes of a lost session stay until then at the most (RFC 4724, 9494).
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

-- Peers (and networks) that `bgpd peer add` made: what their table [[peers]] would say in the configuration, which goes before.
CREATE TABLE configured_peers(
  name TEXT PRIMARY KEY,
  toml TEXT NOT NULL,
  added_at INTEGER NOT NULL
);

-- The loss of a session, and staleness, are one row here: routes received before flushed_at are gone (the views hide them at
-- once, cleanup deletes them later and then sets cleaned_at), routes received before stale_before are stale but for those
-- announced again just as they were (routes.confirmed_at). routes: held in memory; lag: those of them that wait to be written.
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

-- Losses of sessions whose rows are not cleaned up yet, all of them: a peer may come and go faster than that. A row of
-- `routes` was valid until the first of them after it was received. Empty most of the time.
CREATE TABLE flushes(
  peer_id INTEGER NOT NULL,
  family INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY(peer_id, family, at)
) WITHOUT ROWID;

-- What happened to peers: sessions up and down, NOTIFICATIONs, malformed messages (hex holds the whole message).
CREATE TABLE peer_events(
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  peer TEXT,
  kind TEXT NOT NULL,
  text TEXT NOT NULL,
  hex TEXT
);

CREATE TABLE families(id INTEGER PRIMARY KEY, name TEXT NOT NULL);

-- Ids in order of arrival, so that rows append. IPv4: hi is the address, lo is 0. IPv6: the two halves as signed 64-bit
-- numbers. Index prefixes_key (family, hi, lo, len) answers a longest match with 33 or 129 probes.
-- A live index in random order cost 9.4 s for 1.2M rows, built afterwards 0.8 s: this one, prefixes_text,
-- attributes_origin, routes_attribute and history_prefix are created when the first backlog has drained (indexes.ts).
CREATE TABLE prefixes(
  id INTEGER PRIMARY KEY,
  family INTEGER NOT NULL,
  hi INTEGER NOT NULL,
  lo INTEGER NOT NULL,
  len INTEGER NOT NULL,
  prefix TEXT NOT NULL
);

-- Attribute sets, one row however many routes share it. wire is the canonical form of message/. No unique index on wire:
-- memory interns. retired_at marks sets that no route refers to any more.
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

-- Adj-RIB-In. Peer first: sequential as the RIB is pulled; a prefix is found by probing each peer. path_id -1: none.
-- attribute_id: the set after import policy. received_id: the one before, where it is another. ineligible: 0, or a reason in
-- `words`: below 64 one of a fixed list, above it the hash of "policy X, rule Y", so that it is the same in every run.
-- confirmed_at: where the route had become stale and was announced again unchanged, that row's `stale_before` of then.
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

-- The best route of a prefix and the step of the decision process that made it so (`words`). Its own table: a decision
-- rewrites one narrow row.
CREATE TABLE best(
  prefix_id INTEGER PRIMARY KEY,
  peer_id INTEGER NOT NULL,
  path_id INTEGER NOT NULL,
  step INTEGER NOT NULL,
  since INTEGER NOT NULL
);

-- Routes as good as the best one of their prefix, itself among them, where `multipath` of the configuration asks for them;
-- rank 1 is the best. Empty while nobody asks.
CREATE TABLE multipath(
  prefix_id INTEGER NOT NULL,
  peer_id INTEGER NOT NULL,
  path_id INTEGER NOT NULL,
  rank INTEGER NOT NULL,
  PRIMARY KEY(prefix_id, peer_id, path_id)
) WITHOUT ROWID;

-- States of routes that ended, so that a first table costs nothing. ended_by 0: replaced by another announcement; other
-- numbers: gone (`words`). Trimming takes the front of the key. attribute_id: as received, before import policy. seq tells
-- apart what ended in the same millisecond; rows of lost sessions have those from 2^24 on.
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

-- Times in which more changed than could be written: `changes` states (0: nobody knows) that ended in them are not in
-- `history`. The first of these began at began_at, so that the RIB is complete at a time T outside of began_at to to_at.
-- peer_id: the gap is in the history of this peer, which has much more of it than others; else in that of all.
-- A run without a history is one that lasts until the next with one, to the end of year 9999 while it goes on.
CREATE TABLE history_gaps(
  from_at INTEGER NOT NULL,
  to_at INTEGER NOT NULL,
  changes INTEGER NOT NULL,
  began_at INTEGER NOT NULL DEFAULT 0,
  peer_id INTEGER
);

-- Routes to announce: INSERT, UPDATE and DELETE here with any SQLite client. The daemon fills `error` where a row is wrong.
-- peer: the only peer to announce it to, by its name, or by an address or a description that is no other peer's. source:
-- 'command' and 'api' where bgpd wrote the row. An id is never used again.
-- What became of a row stands in tables of its own, so that the daemon overwrites nothing of what people write: see the view
-- announcement_status. (A view in place of this table, with triggers, would take RETURNING, upsert, changes() and
-- last_insert_rowid() away from those who write.)
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

-- What became of announcements: rows that went to the same peers share an outcome, so that 100,000 rows and 100 peers are
-- 100,000 numbers. All three are empty while no daemon runs.
CREATE TABLE announced(id INTEGER PRIMARY KEY, outcome_id INTEGER NOT NULL);

CREATE TABLE outcomes(id INTEGER PRIMARY KEY, state TEXT NOT NULL, sent_to INTEGER NOT NULL);

CREATE TABLE outcome_peers(
  outcome_id INTEGER NOT NULL,
  peer_id INTEGER NOT NULL,
  state TEXT NOT NULL,
  reason TEXT,
  PRIMARY KEY(outcome_id, peer_id)
) WITHOUT ROWID;

-- Names of numbers: kind 'step' (best.step), 'ineligible' (routes.ineligible), 'ended' (history.ended_by).
CREATE TABLE words(kind TEXT NOT NULL, id INTEGER NOT NULL, word TEXT NOT NULL, PRIMARY KEY(kind, id)) WITHOUT ROWID;

-- The daemon about itself: started_at, pid, version, backlog (rows in memory that are not written yet), backlog_at,
-- configuration (the text of the file in force), longest_stall_ms (how long its main thread once did not answer), history_from (states that ended before are trimmed).
CREATE TABLE daemon(key TEXT PRIMARY KEY, value) WITHOUT ROWID;

-- Every received route, values after import policy.
CREATE VIEW rib AS
SELECT p.name AS peer, p.remote_as AS peer_as, x.prefix, nullif(r.path_id, -1) AS path_id,
  a.next_hop, a.as_path, a.origin_as, a.origin, a.med, a.local_pref, a.communities, a.large_communities, a.ext_communities,
  b.peer_id IS r.peer_id AND b.path_id IS r.path_id AS best,
  coalesce(r.confirmed_at, r.received_at) < coalesce(f.stale_before, 0) AS stale,
  strftime('%Y-%m-%dT%H:%M:%fZ', r.received_at / 1000.0, 'unixepoch') AS received_at,
  CASE WHEN b.peer_id IS r.peer_id AND b.path_id IS r.path_id
    THEN (SELECT word FROM words WHERE kind = 'step' AND id = b.step) END AS best_reason,
  CASE WHEN r.ineligible <> 0
    THEN coalesce((SELECT word FROM words WHERE kind = 'ineligible' AND id = r.ineligible), r.ineligible) END AS ineligible,
  EXISTS(SELECT 1 FROM multipath m WHERE m.prefix_id = r.prefix_id AND m.peer_id = r.peer_id AND m.path_id = r.path_id) AS multipath,
  r.peer_id, r.prefix_id, r.attribute_id, x.family
FROM routes r
JOIN prefixes x ON x.id = r.prefix_id
JOIN peers p ON p.id = r.peer_id
JOIN attributes a ON a.id = r.attribute_id
LEFT JOIN peer_families f ON f.peer_id = r.peer_id AND f.family = x.family
LEFT JOIN best b ON b.prefix_id = r.prefix_id
WHERE r.received_at >= coalesce(f.flushed_at, 0);

-- Every received route, values before import policy; the same columns, and whether policy changed it. attribute_id is the set
-- as it was received.
CREATE VIEW adj_rib_in AS
SELECT p.name AS peer, p.remote_as AS peer_as, x.prefix, nullif(r.path_id, -1) AS path_id,
  a.next_hop, a.as_path, a.origin_as, a.origin, a.med, a.local_pref, a.communities, a.large_communities, a.ext_communities,
  b.peer_id IS r.peer_id AND b.path_id IS r.path_id AS best,
  coalesce(r.confirmed_at, r.received_at) < coalesce(f.stale_before, 0) AS stale,
  strftime('%Y-%m-%dT%H:%M:%fZ', r.received_at / 1000.0, 'unixepoch') AS received_at,
  CASE WHEN b.peer_id IS r.peer_id AND b.path_id IS r.path_id
    THEN (SELECT word FROM words WHERE kind = 'step' AND id = b.step) END AS best_reason,
  CASE WHEN r.ineligible <> 0
    THEN coalesce((SELECT word FROM words WHERE kind = 'ineligible' AND id = r.ineligible), r.ineligible) END AS ineligible,
  EXISTS(SELECT 1 FROM multipath m WHERE m.prefix_id = r.prefix_id AND m.peer_id = r.peer_id AND m.path_id = r.path_id) AS multipath,
  r.peer_id, r.prefix_id, coalesce(r.received_id, r.attribute_id) AS attribute_id, x.family,
  r.received_id IS NOT NULL AS changed
FROM routes r
JOIN prefixes x ON x.id = r.prefix_id
JOIN peers p ON p.id = r.peer_id
JOIN attributes a ON a.id = coalesce(r.received_id, r.attribute_id)
LEFT JOIN peer_families f ON f.peer_id = r.peer_id AND f.family = x.family
LEFT JOIN best b ON b.prefix_id = r.prefix_id
WHERE r.received_at >= coalesce(f.flushed_at, 0);

-- The best routes, same columns.
CREATE VIEW loc_rib AS
SELECT p.name AS peer, p.remote_as AS peer_as, x.prefix, nullif(r.path_id, -1) AS path_id,
  a.next_hop, a.as_path, a.origin_as, a.origin, a.med, a.local_pref, a.communities, a.large_communities, a.ext_communities,
  1 AS best,
  coalesce(r.confirmed_at, r.received_at) < coalesce(f.stale_before, 0) AS stale,
  strftime('%Y-%m-%dT%H:%M:%fZ', r.received_at / 1000.0, 'unixepoch') AS received_at,
  (SELECT word FROM words WHERE kind = 'step' AND id = b.step) AS best_reason,
  NULL AS ineligible,
  EXISTS(SELECT 1 FROM multipath m WHERE m.prefix_id = r.prefix_id AND m.peer_id = r.peer_id AND m.path_id = r.path_id) AS multipath,
  r.peer_id, r.prefix_id, r.attribute_id, x.family
FROM best b
JOIN routes r ON r.peer_id = b.peer_id AND r.prefix_id = b.prefix_id AND r.path_id = b.path_id
JOIN prefixes x ON x.id = b.prefix_id
JOIN peers p ON p.id = b.peer_id
JOIN attributes a ON a.id = r.attribute_id
LEFT JOIN peer_families f ON f.peer_id = r.peer_id AND f.family = x.family
WHERE r.received_at >= coalesce(f.flushed_at, 0);

-- States as intervals: the RIB at T is valid_from <= T AND valid_to > T. What still holds is valid to the end of year 9999 and
-- has no ended_by. from_ms and to_ms are the same instants as numbers: conditions on to_ms are answered by the key of
-- `history`, those on prefix by an index, those on the texts by a walk over all of it.
CREATE VIEW rib_history AS
SELECT p.name AS peer, p.remote_as AS peer_as, x.prefix, nullif(r.path_id, -1) AS path_id,
  a.next_hop, a.as_path, a.origin_as, a.origin, a.med, a.local_pref, a.communities, a.large_communities, a.ext_communities,
  strftime('%Y-%m-%dT%H:%M:%fZ', r.received_at / 1000.0, 'unixepoch') AS valid_from,
  strftime('%Y-%m-%dT%H:%M:%fZ', CASE WHEN r.received_at < coalesce(f.flushed_at, 0) THEN coalesce((SELECT min(l.at) FROM flushes l
    WHERE l.peer_id = r.peer_id AND l.family = x.family AND l.at > r.received_at), f.flushed_at) ELSE 253402300799999 END / 1000.0, 'unixepoch') AS valid_to,
  CASE WHEN r.received_at < coalesce(f.flushed_at, 0) THEN 'session lost' END AS ended_by,
  r.received_at AS from_ms,
  CASE WHEN r.received_at < coalesce(f.flushed_at, 0) THEN coalesce((SELECT min(l.at) FROM flushes l
    WHERE l.peer_id = r.peer_id AND l.family = x.family AND l.at > r.received_at), f.flushed_at) ELSE 253402300799999 END AS to_ms,
  r.peer_id, r.prefix_id, coalesce(r.received_id, r.attribute_id) AS attribute_id, x.family
FROM routes r
JOIN prefixes x ON x.id = r.prefix_id
JOIN peers p ON p.id = r.peer_id
JOIN attributes a ON a.id = coalesce(r.received_id, r.attribute_id)
LEFT JOIN peer_families f ON f.peer_id = r.peer_id AND f.family = x.family
UNION ALL
SELECT p.name AS peer, p.remote_as AS peer_as, x.prefix, nullif(h.path_id, -1) AS path_id,
  a.next_hop, a.as_path, a.origin_as, a.origin, a.med, a.local_pref, a.communities, a.large_communities, a.ext_communities,
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

-- The same as a log of changes, newest last. kind: 'announce' or 'withdraw' (with the attributes that ended). until_ms: when
-- the state in question ended, never before at_ms: whoever asks for the changes since T says `at_ms > T AND until_ms > T`,
-- and the key of `history` answers.
CREATE VIEW updates AS
SELECT strftime('%Y-%m-%dT%H:%M:%fZ', r.received_at / 1000.0, 'unixepoch') AS at, 'announce' AS kind,
  p.name AS peer, p.remote_as AS peer_as, x.prefix, nullif(r.path_id, -1) AS path_id,
  a.next_hop, a.as_path, a.origin_as, a.origin, a.med, a.local_pref, a.communities, a.large_communities, a.ext_communities,
  r.received_at AS at_ms, 253402300799999 AS until_ms, x.family
FROM routes r
JOIN prefixes x ON x.id = r.prefix_id
JOIN peers p ON p.id = r.peer_id
JOIN attributes a ON a.id = coalesce(r.received_id, r.attribute_id)
UNION ALL
SELECT strftime('%Y-%m-%dT%H:%M:%fZ', h.valid_from / 1000.0, 'unixepoch'), 'announce',
  p.name AS peer, p.remote_as AS peer_as, x.prefix, nullif(h.path_id, -1) AS path_id,
  a.next_hop, a.as_path, a.origin_as, a.origin, a.med, a.local_pref, a.communities, a.large_communities, a.ext_communities,
  h.valid_from, h.valid_to, x.family
FROM history h
JOIN prefixes x ON x.id = h.prefix_id
JOIN peers p ON p.id = h.peer_id
JOIN attributes a ON a.id = h.attribute_id
UNION ALL
SELECT strftime('%Y-%m-%dT%H:%M:%fZ', h.valid_to / 1000.0, 'unixepoch'), 'withdraw',
  p.name AS peer, p.remote_as AS peer_as, x.prefix, nullif(h.path_id, -1) AS path_id,
  a.next_hop, a.as_path, a.origin_as, a.origin, a.med, a.local_pref, a.communities, a.large_communities, a.ext_communities,
  h.valid_to, h.valid_to, x.family
FROM history h
JOIN prefixes x ON x.id = h.prefix_id
JOIN peers p ON p.id = h.peer_id
JOIN attributes a ON a.id = h.attribute_id
WHERE h.ended_by <> 0
UNION ALL
SELECT strftime('%Y-%m-%dT%H:%M:%fZ', coalesce((SELECT min(l.at) FROM flushes l
    WHERE l.peer_id = r.peer_id AND l.family = x.family AND l.at > r.received_at), f.flushed_at) / 1000.0, 'unixepoch'), 'withdraw',
  p.name AS peer, p.remote_as AS peer_as, x.prefix, nullif(r.path_id, -1) AS path_id,
  a.next_hop, a.as_path, a.origin_as, a.origin, a.med, a.local_pref, a.communities, a.large_communities, a.ext_communities,
  coalesce((SELECT min(l.at) FROM flushes l
    WHERE l.peer_id = r.peer_id AND l.family = x.family AND l.at > r.received_at), f.flushed_at), coalesce((SELECT min(l.at) FROM flushes l
    WHERE l.peer_id = r.peer_id AND l.family = x.family AND l.at > r.received_at), f.flushed_at), x.family
FROM peer_families f
JOIN routes r ON r.peer_id = f.peer_id
JOIN prefixes x ON x.id = r.prefix_id AND x.family = f.family
JOIN peers p ON p.id = r.peer_id
JOIN attributes a ON a.id = coalesce(r.received_id, r.attribute_id)
WHERE f.cleaned_at < f.flushed_at AND r.received_at < f.flushed_at
ORDER BY at_ms;

-- Peers: is this table complete and fresh? routes: how many are held. eor_at: when every negotiated family had its End-of-RIB.
-- lag: how many of its prefixes were not written yet when its last rows were.
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

-- Announcements, and what became of them. state: 'announced' (sent_to peers have it), 'pending' (it waits for all of them, or
-- there is no session), 'withheld' (no session that is up is to have it), 'refused' (see error).
CREATE VIEW announcement_status AS
SELECT a.id, a.prefix, a.next_hop, a.peer, a.as_path, a.origin, a.med, a.local_pref, a.communities, a.large_communities,
  a.ext_communities, a.source,
  CASE WHEN a.error IS NULL THEN coalesce(o.state, 'pending') ELSE 'refused' END AS state,
  CASE WHEN a.error IS NULL THEN coalesce(o.sent_to, 0) ELSE 0 END AS sent_to,
  a.error
FROM announcements a
LEFT JOIN announced w ON w.id = a.id
LEFT JOIN outcomes o ON o.id = w.outcome_id;

-- … and peer by peer. state: 'sent', 'waiting', 'withheld', 'down' (no session); reason: why it was not sent.
CREATE VIEW announcement_peers AS
SELECT w.id, p.name AS peer, s.state = 'sent' AS sent, s.reason, s.state
FROM announced w
JOIN announcements a ON a.id = w.id AND a.error IS NULL
JOIN outcome_peers s ON s.outcome_id = w.outcome_id
JOIN peers p ON p.id = s.peer_id;
