-- The tables and views of schema version 10 (PRAGMA user_version), without comments.

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

CREATE TABLE configured_peers(
  name TEXT PRIMARY KEY,
  toml TEXT NOT NULL,
  added_at INTEGER NOT NULL
);

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

CREATE TABLE flushes(
  peer_id INTEGER NOT NULL,
  family INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY(peer_id, family, at)
) WITHOUT ROWID;

CREATE TABLE peer_events(
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  peer TEXT,
  kind TEXT NOT NULL,
  text TEXT NOT NULL,
  hex TEXT
);

CREATE TABLE families(id INTEGER PRIMARY KEY, name TEXT NOT NULL);

CREATE TABLE prefixes(
  id INTEGER PRIMARY KEY,
  family INTEGER NOT NULL,
  hi INTEGER NOT NULL,
  lo INTEGER NOT NULL,
  len INTEGER NOT NULL,
  prefix TEXT NOT NULL
);

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

CREATE TABLE best(
  prefix_id INTEGER PRIMARY KEY,
  peer_id INTEGER NOT NULL,
  path_id INTEGER NOT NULL,
  step INTEGER NOT NULL,
  since INTEGER NOT NULL
);

CREATE TABLE multipath(
  prefix_id INTEGER NOT NULL,
  peer_id INTEGER NOT NULL,
  path_id INTEGER NOT NULL,
  rank INTEGER NOT NULL,
  PRIMARY KEY(prefix_id, peer_id, path_id)
) WITHOUT ROWID;

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

CREATE TABLE history_gaps(
  from_at INTEGER NOT NULL,
  to_at INTEGER NOT NULL,
  changes INTEGER NOT NULL,
  began_at INTEGER NOT NULL DEFAULT 0,
  peer_id INTEGER
);

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

CREATE TABLE aspa_intervals(
  customer INTEGER NOT NULL,
  from_ms INTEGER NOT NULL,
  to_ms INTEGER NOT NULL,
  providers TEXT NOT NULL,
  run INTEGER NOT NULL,
  PRIMARY KEY(customer, from_ms)
) WITHOUT ROWID;

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

CREATE TABLE announcements_expired(id INTEGER PRIMARY KEY, expires_at TEXT, at INTEGER NOT NULL);

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

CREATE TABLE announced(id INTEGER PRIMARY KEY, outcome_id INTEGER NOT NULL);

CREATE TABLE outcomes(id INTEGER PRIMARY KEY, state TEXT NOT NULL, sent_to INTEGER NOT NULL);

CREATE TABLE outcome_peers(
  outcome_id INTEGER NOT NULL,
  peer_id INTEGER NOT NULL,
  state TEXT NOT NULL,
  reason TEXT,
  PRIMARY KEY(outcome_id, peer_id)
) WITHOUT ROWID;

CREATE TABLE words(kind TEXT NOT NULL, id INTEGER NOT NULL, word TEXT NOT NULL, PRIMARY KEY(kind, id)) WITHOUT ROWID;

CREATE TABLE daemon(key TEXT PRIMARY KEY, value) WITHOUT ROWID;

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

CREATE VIEW vpn AS
SELECT peer, peer_as, rd, prefix, path_id, labels,
  (SELECT group_concat(value, ' ') FROM json_each('["' || replace(ext_communities, ' ', '","') || '"]')
    WHERE value LIKE 'rt:%') AS route_targets,
  next_hop, as_path, origin_as, origin, med, local_pref,
  communities, large_communities, ext_communities, best, stale, received_at, best_reason, ineligible, multipath,
  peer_id, prefix_id, attribute_id, family, family_id
FROM nlri_rib WHERE family_id IN (7, 8);

CREATE VIEW labeled AS
SELECT peer, peer_as, rd, prefix, path_id, labels,
  next_hop, as_path, origin_as, origin, med, local_pref,
  communities, large_communities, ext_communities, best, stale, received_at, best_reason, ineligible, multipath,
  peer_id, prefix_id, attribute_id, family, family_id
FROM nlri_rib WHERE family_id IN (5, 6);

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

CREATE VIEW other_routes AS
SELECT peer, peer_as, rd, prefix, nlri, path_id, labels, fields,
  next_hop, as_path, origin_as, origin, med, local_pref,
  communities, large_communities, ext_communities, best, stale, received_at, best_reason, ineligible, multipath,
  peer_id, prefix_id, attribute_id, family, family_id
FROM nlri_rib WHERE family_id NOT BETWEEN 5 AND 13;

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

CREATE VIEW vrps AS
SELECT prefix, max_length, asn, strftime('%Y-%m-%dT%H:%M:%fZ', from_ms / 1000.0, 'unixepoch') AS since,
  CASE family WHEN 1 THEN 'ipv4 unicast' ELSE 'ipv6 unicast' END AS family, hi, lo, len, family AS family_id
FROM vrp_intervals WHERE to_ms = 253402300799999;

CREATE VIEW vrp_history AS
SELECT prefix, max_length, asn, strftime('%Y-%m-%dT%H:%M:%fZ', from_ms / 1000.0, 'unixepoch') AS valid_from,
  strftime('%Y-%m-%dT%H:%M:%fZ', to_ms / 1000.0, 'unixepoch') AS valid_to,
  CASE family WHEN 1 THEN 'ipv4 unicast' ELSE 'ipv6 unicast' END AS family, hi, lo, len, family AS family_id,
  from_ms, to_ms
FROM vrp_intervals;

CREATE VIEW aspas AS
SELECT customer, providers, strftime('%Y-%m-%dT%H:%M:%fZ', from_ms / 1000.0, 'unixepoch') AS since
FROM aspa_intervals WHERE to_ms = 253402300799999;

CREATE VIEW aspa_history AS
SELECT customer, providers, strftime('%Y-%m-%dT%H:%M:%fZ', from_ms / 1000.0, 'unixepoch') AS valid_from,
  strftime('%Y-%m-%dT%H:%M:%fZ', to_ms / 1000.0, 'unixepoch') AS valid_to, from_ms, to_ms
FROM aspa_intervals;

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

CREATE VIEW announcement_peers AS
SELECT w.id, p.name AS peer, s.state = 'sent' AS sent, s.reason, s.state
FROM announced w
JOIN announcements a ON a.id = w.id AND a.error IS NULL
JOIN outcome_peers s ON s.outcome_id = w.outcome_id
JOIN peers p ON p.id = s.peer_id;
