-- Queries for the database of bgpd, for sqlite3 3.40 or later. They work with and without a running bgpd. To run all:
--
--   sqlite3 -box -cmd '.timeout 5000' bgpd.db < examples/queries.sql
--
-- Or paste one of them. Replace the example addresses, AS numbers and times. A time is in milliseconds (UTC):
-- strftime('%s', 'now', '-10 minutes') * 1000 is ten minutes ago, strftime('%s', '2026-01-31 12:00') * 1000 is noon.
-- "(by index)": an index answers the query, so a large table does not make it slow.

-- 1. Which prefix is the longest match of an IPv4 address, and what is its best route? (by index)
WITH RECURSIVE
  octet(n) AS (SELECT '[' || replace('198.51.100.7', '.', ',') || ']'),
  address(n) AS (SELECT (n ->> 0 << 24) | (n ->> 1 << 16) | (n ->> 2 << 8) | (n ->> 3) FROM octet),
  length(n) AS (VALUES(32) UNION ALL SELECT n - 1 FROM length WHERE n > 0)
SELECT r.prefix, r.peer, r.next_hop, r.as_path
FROM address CROSS JOIN length
  CROSS JOIN prefixes x ON x.family = 1 AND x.hi = (address.n >> (32 - length.n)) << (32 - length.n)
    AND x.lo = 0 AND x.len = length.n
  CROSS JOIN loc_rib r ON r.prefix_id = x.id
ORDER BY length.n DESC LIMIT 1;

-- 2. Which prefix is the longest match of an IPv6 address, and what is its best route? (by index)
WITH RECURSIVE
  text(t) AS (SELECT lower('2001:db8:1::7')),
  whole(t) AS (SELECT CASE WHEN instr(t, '::') = 0 THEN t ELSE CASE WHEN t LIKE '::%' THEN '0' ELSE '' END ||
    replace(t, '::', ':' || substr('0:0:0:0:0:0:0:0:', 1, 2 * (8 - (length(t) - length(replace(t, ':', '')))))) ||
    CASE WHEN t LIKE '%::' THEN '0' ELSE '' END END FROM text),
  group4(k, h) AS (SELECT key, substr('000' || value, -4)
    FROM whole, json_each('["' || replace(whole.t, ':', '","') || '"]')),
  word(k, v) AS (SELECT k, (instr('0123456789abcdef', substr(h, 1, 1)) - 1 << 12)
    | (instr('0123456789abcdef', substr(h, 2, 1)) - 1 << 8) | (instr('0123456789abcdef', substr(h, 3, 1)) - 1 << 4)
    | (instr('0123456789abcdef', substr(h, 4, 1)) - 1) FROM group4),
  address(hi, lo) AS (SELECT sum(CASE WHEN k < 4 THEN v << (48 - 16 * k) ELSE 0 END),
    sum(CASE WHEN k > 3 THEN v << (112 - 16 * k) ELSE 0 END) FROM word),
  length(n) AS (VALUES(128) UNION ALL SELECT n - 1 FROM length WHERE n > 0)
SELECT r.prefix, r.peer, r.next_hop, r.as_path
FROM address CROSS JOIN length
  CROSS JOIN prefixes x ON x.family = 2 AND x.hi = address.hi & (-1 << max(64 - length.n, 0))
    AND x.lo = address.lo & (-1 << min(128 - length.n, 64)) AND x.len = length.n
  CROSS JOIN loc_rib r ON r.prefix_id = x.id
ORDER BY length.n DESC LIMIT 1;

-- 3. Which peers announce a prefix, which route is the best one, and why? (by index)
SELECT peer, next_hop, as_path, local_pref, best, best_reason, ineligible, received_at
FROM rib WHERE prefix = '198.51.100.0/24';

-- 4. Which prefixes contain an IPv4 prefix? The longest first (by index)
WITH RECURSIVE
  given(hi, len) AS (SELECT hi, len FROM prefixes WHERE prefix = '198.51.100.0/24' LIMIT 1),
  length(n) AS (SELECT len - 1 FROM given UNION ALL SELECT n - 1 FROM length WHERE n > 0)
SELECT r.prefix, r.peer, r.as_path
FROM given CROSS JOIN length
  CROSS JOIN prefixes x ON x.family = 1 AND x.hi = (given.hi >> (32 - length.n)) << (32 - length.n)
    AND x.lo = 0 AND x.len = length.n
  CROSS JOIN loc_rib r ON r.prefix_id = x.id
ORDER BY length.n DESC;

-- 5. Which more specific prefixes does 198.51.0.0/16 contain? The /16 itself may be missing (by index)
SELECT r.prefix, r.peer, r.as_path
FROM (SELECT (198 << 24) | (51 << 16) AS hi, 16 AS len) AS given
  CROSS JOIN prefixes x ON x.family = 1 AND x.hi >= given.hi AND x.hi < given.hi + (1 << (32 - given.len))
    AND x.len > given.len
  CROSS JOIN loc_rib r ON r.prefix_id = x.id
ORDER BY x.hi, x.len;

-- 6. Which prefixes does an AS originate? (by index)
SELECT prefix, peer, as_path, best FROM rib WHERE origin_as = 65010 ORDER BY prefix;

-- 7. Which routes have an AS anywhere in their path? (walks over the attribute sets)
SELECT prefix, peer, as_path FROM rib
WHERE attribute_id IN (SELECT id FROM attributes WHERE instr(' ' || as_path || ' ', ' 3356 '));

-- 8. Which routes have a community? (walks over the attribute sets)
SELECT prefix, peer, communities FROM rib
WHERE attribute_id IN (SELECT id FROM attributes WHERE instr(' ' || communities || ' ', ' 65001:99 '));

-- 9. Which prefixes have several origin ASes (MOAS), and which ASes are they?
-- The subquery finds the few prefixes from numbers alone; only these go through the view.
SELECT prefix, group_concat(DISTINCT origin_as) AS origins, count(DISTINCT peer) AS peers
FROM (SELECT r.prefix_id FROM routes r CROSS JOIN attributes a ON a.id = r.attribute_id
    GROUP BY r.prefix_id HAVING min(a.origin_as) < max(a.origin_as)) several
  CROSS JOIN rib USING (prefix_id)
WHERE origin_as IS NOT NULL GROUP BY prefix_id HAVING count(DISTINCT origin_as) > 1;

-- 10. Which prefixes does one peer announce that another peer does not?
-- Routes of a lost session stay in the table for a moment: the other peer does not announce them either.
WITH lacks(prefix_id) AS (
  SELECT prefix_id FROM routes WHERE peer_id = (SELECT id FROM peers WHERE name = '192.0.2.1')
  EXCEPT SELECT prefix_id FROM routes WHERE peer_id = (SELECT id FROM peers WHERE name = '192.0.2.2')
  UNION SELECT prefix_id FROM lost_routes WHERE peer = '192.0.2.2')
SELECT prefix, as_path FROM lacks CROSS JOIN rib USING (prefix_id) WHERE peer = '192.0.2.1';

-- 11. How many best routes have which path length? Prepended ASNs count
-- The routes of each attribute set are counted first, so that each text is looked at once.
SELECT length(as_path) - length(replace(as_path, ' ', '')) + 1 AS hops, sum(n) AS routes
FROM (SELECT r.attribute_id, count(*) AS n FROM routes r
    CROSS JOIN best b ON b.prefix_id = r.prefix_id AND b.peer_id = r.peer_id AND b.path_id = r.path_id
    GROUP BY r.attribute_id)
  CROSS JOIN attributes a ON a.id = attribute_id
WHERE as_path <> '' GROUP BY hops ORDER BY hops;

-- 12. What changed in the last ten minutes? The newest last (by index, except for a walk over the routes)
SELECT at, kind, peer, nlri, as_path FROM updates
WHERE at_ms > strftime('%s', 'now', '-10 minutes') * 1000 AND until_ms > strftime('%s', 'now', '-10 minutes') * 1000;

-- 13. Which prefixes flap: which had the most changes in the last hour? (by index)
-- The plus signs keep sqlite3 from reading the whole history in the order of another index.
SELECT x.prefix, p.name AS peer, h.changes, h.withdraws
FROM (SELECT prefix_id, peer_id, count(*) AS changes, sum(ended_by <> 0) AS withdraws FROM history
    WHERE valid_to > strftime('%s', 'now', '-1 hour') * 1000
    GROUP BY +prefix_id, +peer_id ORDER BY changes DESC, withdraws DESC LIMIT 20) h
  CROSS JOIN prefixes x ON x.id = h.prefix_id CROSS JOIN peers p ON p.id = h.peer_id
ORDER BY h.changes DESC, h.withdraws DESC;

-- 14. What was announced for a prefix, from when until when, and why did it end? (by index)
SELECT valid_from, valid_to, peer, as_path, ended_by FROM rib_history
WHERE prefix = '198.51.100.0/24' AND family = 'ipv4 unicast' ORDER BY from_ms, to_ms;

-- 15. What was the whole table at a time, here ten minutes ago? Does the history have a gap there?
SELECT peer, nlri, next_hop, as_path FROM rib_history
WHERE from_ms <= strftime('%s', 'now', '-10 minutes') * 1000 AND to_ms > strftime('%s', 'now', '-10 minutes') * 1000;
SELECT from_at, to_at, changes FROM history_gaps
WHERE strftime('%s', 'now', '-10 minutes') * 1000 BETWEEN began_at AND to_at;

-- 16. Which known prefixes got an origin AS in the last ten minutes that the history does not know for them?
SELECT x.prefix, p.name AS peer, a.origin_as, a.as_path
FROM routes r CROSS JOIN attributes a ON a.id = r.attribute_id
  CROSS JOIN prefixes x ON x.id = r.prefix_id CROSS JOIN peers p ON p.id = r.peer_id
WHERE r.received_at > strftime('%s', 'now', '-10 minutes') * 1000 AND a.origin_as IS NOT NULL
  AND EXISTS (SELECT 1 FROM history h WHERE h.prefix_id = r.prefix_id)
  AND NOT EXISTS (SELECT 1 FROM history h CROSS JOIN attributes b ON b.id = h.attribute_id
    WHERE h.prefix_id = r.prefix_id AND b.origin_as = a.origin_as)
  AND NOT EXISTS (SELECT 1 FROM rib b WHERE b.prefix_id = r.prefix_id AND b.origin_as = a.origin_as
    AND b.received_at < strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-10 minutes'));

-- 17. Which attribute sets have the most routes?
SELECT routes, a.as_path, a.communities
FROM (SELECT attribute_id, count(*) AS routes FROM routes GROUP BY attribute_id ORDER BY routes DESC LIMIT 10)
  CROSS JOIN attributes a ON a.id = attribute_id ORDER BY routes DESC;

-- 18. Which peers are incomplete: not established, without End-of-RIB, or with rows that are not written yet?
SELECT peer, peer_as, state, since, routes, eor_at, lag FROM peer_status
WHERE state <> 'Established' OR eor_at IS NULL OR lag > 0;

-- 19. Which ASes originate the most prefixes?
SELECT origin_as, sum(n) AS prefixes
FROM (SELECT r.attribute_id, count(*) AS n FROM routes r
    CROSS JOIN best b ON b.prefix_id = r.prefix_id AND b.peer_id = r.peer_id AND b.path_id = r.path_id
    GROUP BY r.attribute_id)
  CROSS JOIN attributes a ON a.id = attribute_id
WHERE origin_as IS NOT NULL GROUP BY origin_as ORDER BY prefixes DESC LIMIT 10;

-- 20. How many prefixes of each length does each family have?
-- Both tables have the same key, and a walk over the wider one looks the narrower one up. One number sorts fast.
SELECT f.name AS family, key & 255 AS len, prefixes
FROM (SELECT x.family << 8 | x.len AS key, count(*) AS prefixes
    FROM prefixes x NOT INDEXED CROSS JOIN best b ON b.prefix_id = x.id GROUP BY key)
  JOIN families f ON f.id = key >> 8 ORDER BY key;

-- 21. How many best routes did each step of the decision process select?
SELECT w.word AS step, count(*) AS prefixes FROM best b JOIN words w ON w.kind = 'step' AND w.id = b.step
GROUP BY b.step ORDER BY prefixes DESC;

-- 22. Which ASes are upstreams of an AS: directly before it in paths? (walks over the attribute sets)
WITH hop(path, i, asn) AS (
  SELECT a.as_path, j.key, j.value FROM attributes a, json_each('["' || replace(a.as_path, ' ', '","') || '"]') j
  WHERE instr(' ' || a.as_path || ' ', ' 65010 ') AND a.retired_at IS NULL)
SELECT b.asn AS upstream, count(*) AS sets FROM hop a JOIN hop b ON b.path = a.path AND b.i = a.i - 1
WHERE a.asn = '65010' AND b.asn <> '65010' GROUP BY b.asn ORDER BY sets DESC;

-- 23. What happened to peers last: sessions up and down, NOTIFICATIONs, malformed messages? (column hex: the message)
SELECT strftime('%Y-%m-%dT%H:%M:%fZ', at / 1000.0, 'unixepoch') AS at, peer, kind, text FROM peer_events
ORDER BY id DESC LIMIT 20;

-- 24. For which prefixes did one step select the best route, here the AS path length?
SELECT prefix, peer, as_path, best_reason FROM loc_rib WHERE best_reason = 'AS path length' ORDER BY prefix;

-- 25. How many routes are ineligible, by reason and peer, for example loops or import policy? (walks over the routes)
SELECT ineligible AS why, peer, count(*) AS routes, min(prefix) AS example FROM rib
WHERE ineligible IS NOT NULL GROUP BY ineligible, peer_id ORDER BY routes DESC;

-- 26. What did import policy change? Received values beside the values of the decision process (by index)
SELECT x.prefix, p.name AS peer, o.as_path AS received_path, a.as_path, o.local_pref AS received_pref, a.local_pref,
  o.communities AS received_communities, a.communities
FROM routes r CROSS JOIN attributes o ON o.id = r.received_id CROSS JOIN attributes a ON a.id = r.attribute_id
  CROSS JOIN prefixes x ON x.id = r.prefix_id CROSS JOIN peers p ON p.id = r.peer_id
WHERE r.received_id IS NOT NULL ORDER BY x.prefix LIMIT 100;

-- 27. What is the longest match of an IPv4 address in each VPN, and where does its best route lead? (by index)
WITH RECURSIVE
  octet(n) AS (SELECT '[' || replace('198.51.100.7', '.', ',') || ']'),
  address(n) AS (SELECT (n ->> 0 << 24) | (n ->> 1 << 16) | (n ->> 2 << 8) | (n ->> 3) FROM octet),
  length(n) AS (VALUES(32) UNION ALL SELECT n - 1 FROM length WHERE n > 0)
SELECT r.rd, r.prefix, r.peer, r.labels, r.next_hop, max(x.len) AS len
FROM address CROSS JOIN length
  CROSS JOIN nlri x ON x.family = 7 AND x.hi = (address.n >> (32 - length.n)) << (32 - length.n)
    AND x.lo = 0 AND x.len = length.n
  CROSS JOIN vpn r ON r.prefix_id = x.id
WHERE r.best GROUP BY r.rd;

-- 28. Which VPN routes have a route target? (walks over the attribute sets)
SELECT family, rd, prefix, peer, labels, next_hop FROM vpn
WHERE best AND attribute_id IN (SELECT id FROM attributes WHERE instr(' ' || ext_communities || ' ', ' rt:65000:100 '))
ORDER BY family_id, rd, prefix;

-- 29. Which FlowSpec rules are in force, what do they do, and since when? In the order in which routers apply them
SELECT family, rule, actions, peer, received_at FROM flowspec WHERE best ORDER BY family_id, precedence;

-- 30. Which EVPN routes does a MAC address have, and behind which router is it? (walks over the EVPN routes)
SELECT rd, ip, labels, next_hop, peer, best, received_at FROM evpn WHERE mac = '00:00:5e:00:53:01' ORDER BY best DESC;

-- 31. Which FlowSpec rules were there since yesterday, from when until when, and who announced them? (by index)
SELECT valid_from, valid_to, peer, nlri AS rule, ended_by FROM nlri_history
WHERE family_id IN (9, 10) AND to_ms > strftime('%s', 'now', '-1 day') * 1000
ORDER BY from_ms, to_ms;

-- 32. Which routes have an invalid origin now, and who announces them? (walks over the routes)
SELECT prefix, peer, origin_as, as_path, best, received_at FROM rib WHERE ovs = 'invalid' ORDER BY prefix, peer;

-- 33. Who may originate an IPv4 prefix: which VRPs cover it? (by index)
WITH RECURSIVE
  octet(n) AS (SELECT '[' || replace('198.51.100.0', '.', ',') || ']'),
  given(hi, len) AS (SELECT (n ->> 0 << 24) | (n ->> 1 << 16) | (n ->> 2 << 8) | (n ->> 3), 24 FROM octet),
  length(n) AS (VALUES(0) UNION ALL SELECT n + 1 FROM length WHERE n < 32)
SELECT v.prefix, v.max_length, v.asn, v.since
FROM given CROSS JOIN length CROSS JOIN vrps v ON v.hi = (given.hi >> (32 - length.n)) << (32 - length.n)
  AND v.lo = 0 AND v.len = length.n AND v.family_id = 1
WHERE length.n <= given.len ORDER BY v.len, v.asn;

-- 34. Which routes of the last day were invalid when they were announced, and for how long? (walks over the history)
WITH RECURSIVE
  length(n) AS (VALUES(0) UNION ALL SELECT n + 1 FROM length WHERE n < 128),
  mask(family, n, hi, lo) AS MATERIALIZED (
    SELECT 1, n, -1 << (32 - n), -1 FROM length WHERE n <= 32
    UNION ALL SELECT 2, n, -1 << max(64 - n, 0), -1 << (128 - n) FROM length),
  announced AS MATERIALIZED (
    SELECT h.valid_from, h.valid_to, h.peer, h.prefix, h.origin_as, h.from_ms, h.to_ms, h.peer_id, h.path_id,
      x.id, x.family, x.hi, x.lo, x.len, coalesce(h.origin_as, iif(h.as_path LIKE '%}', 0, p.local_as)) AS origin
    FROM rib_history h JOIN prefixes x ON x.id = h.prefix_id JOIN peers p ON p.id = h.peer_id
    WHERE h.to_ms > strftime('%s', 'now', '-1 day') * 1000),
  said AS (
    SELECT a.*, max(v.asn <> 0 AND v.asn = a.origin AND a.len <= v.max_length) AS matches
    FROM announced a CROSS JOIN mask m ON m.family = a.family AND m.n <= a.len
      CROSS JOIN vrp_history v ON v.hi = a.hi & m.hi AND v.lo = a.lo & m.lo AND v.len = m.n AND v.family_id = a.family
        AND v.from_ms <= a.from_ms AND v.to_ms > a.from_ms
    GROUP BY a.peer_id, a.id, a.path_id, a.from_ms, a.to_ms)
SELECT valid_from, valid_to, peer, prefix, origin_as FROM said WHERE NOT matches ORDER BY valid_from, prefix, peer;

-- 35. Which routes became invalid since yesterday by a new VRP, and by which? (walks over the routes)
WITH RECURSIVE
  length(n) AS (VALUES(0) UNION ALL SELECT n + 1 FROM length WHERE n < 128),
  mask(family, n, hi, lo) AS MATERIALIZED (
    SELECT 1, n, -1 << (32 - n), -1 FROM length WHERE n <= 32
    UNION ALL SELECT 2, n, -1 << max(64 - n, 0), -1 << (128 - n) FROM length),
  covered AS MATERIALIZED (
    SELECT r.prefix, r.peer, r.origin_as, v.prefix AS vrp, v.asn, v.max_length, v.since, x.family, x.hi, x.lo, x.len,
      coalesce(r.origin_as, iif(r.as_path LIKE '%}', 0, p.local_as)) AS origin
    FROM rib r JOIN prefixes x ON x.id = r.prefix_id JOIN peers p ON p.id = r.peer_id
      CROSS JOIN mask m ON m.family = x.family AND m.n <= x.len
      CROSS JOIN vrps v ON v.hi = x.hi & m.hi AND v.lo = x.lo & m.lo AND v.len = m.n AND v.family_id = x.family
    WHERE r.ovs = 'invalid' AND v.since > r.received_at AND v.since > strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-1 day'))
SELECT prefix, peer, origin_as, vrp, asn, max_length, since FROM covered c
-- Before, no VRP covered the prefix, or one allowed the route.
WHERE coalesce((SELECT max(v.asn <> 0 AND v.asn = c.origin AND c.len <= v.max_length)
  FROM mask m CROSS JOIN vrp_history v
  ON v.hi = c.hi & m.hi AND v.lo = c.lo & m.lo AND v.len = m.n AND v.family_id = c.family
  WHERE m.family = c.family AND m.n <= c.len AND v.valid_from < c.since AND v.valid_to >= c.since), 1)
ORDER BY prefix, peer, since;

-- 36. What would be lost without the invalid routes: which prefixes have no other eligible route? (walks over routes)
SELECT prefix, group_concat(peer, ' ') AS peers, min(as_path) AS as_path FROM rib WHERE ineligible IS NULL
GROUP BY prefix_id HAVING min(ovs IS 'invalid') = 1 ORDER BY prefix;

-- 37. Which prefixes may nobody originate (VRPs of AS 0), and who does? (by index)
WITH RECURSIVE
  length(n) AS (VALUES(0) UNION ALL SELECT n + 1 FROM length WHERE n < 128),
  mask(family, n, hi, lo) AS MATERIALIZED (
    SELECT 1, n, -1 << (32 - n), -1 FROM length WHERE n <= 32
    UNION ALL SELECT 2, n, -1 << max(64 - n, 0), -1 << (128 - n) FROM length)
SELECT v.prefix AS vrp, r.prefix, r.peer, r.origin_as
FROM vrps v CROSS JOIN mask m ON m.family = v.family_id AND m.n = v.len
  CROSS JOIN prefixes x ON x.hi BETWEEN v.hi AND v.hi | ~m.hi AND x.lo & m.lo = v.lo AND x.family = v.family_id
    AND x.len >= v.len
  CROSS JOIN rib r ON r.prefix_id = x.id
WHERE v.asn = 0 ORDER BY r.prefix, r.peer;

-- 38. Which prefixes of an AS have no ROA? Routes without a path are ours (walks over the best routes)
SELECT l.prefix, l.as_path, l.peer FROM loc_rib l JOIN peers p ON p.id = l.peer_id
WHERE coalesce(l.origin_as, iif(l.as_path LIKE '%}', 0, p.local_as)) = 65010 AND l.ovs = 'not-found'
ORDER BY l.prefix;

-- 39. Which VRPs of an AS have no route: prefixes that are not announced, or not by this AS? (by index)
WITH RECURSIVE
  length(n) AS (VALUES(0) UNION ALL SELECT n + 1 FROM length WHERE n < 128),
  mask(family, n, hi, lo) AS MATERIALIZED (
    SELECT 1, n, -1 << (32 - n), -1 FROM length WHERE n <= 32
    UNION ALL SELECT 2, n, -1 << max(64 - n, 0), -1 << (128 - n) FROM length)
SELECT v.prefix, v.max_length, v.since
FROM vrps v CROSS JOIN mask m ON m.family = v.family_id AND m.n = v.len
WHERE v.asn = 65010 AND NOT EXISTS (
  SELECT 1 FROM prefixes x CROSS JOIN rib r ON r.prefix_id = x.id JOIN peers p ON p.id = r.peer_id
  WHERE x.hi BETWEEN v.hi AND v.hi | ~m.hi AND x.lo & m.lo = v.lo AND x.family = v.family_id
    AND x.len BETWEEN v.len AND v.max_length
    AND coalesce(r.origin_as, iif(r.as_path LIKE '%}', 0, p.local_as)) = v.asn)
ORDER BY v.family_id, v.hi, v.lo, v.len;

-- 40. Which neighbours leak routes, as ASPAs show it, and how many? (walks over the routes)
SELECT peer, peer_as, count(*) AS routes, min(prefix) AS example FROM rib WHERE avs = 'invalid'
GROUP BY peer_id ORDER BY routes DESC;

-- 41. Which routes were valid when announced and are invalid now, and which VRP ended? (walks over the routes)
WITH RECURSIVE
  length(n) AS (VALUES(0) UNION ALL SELECT n + 1 FROM length WHERE n < 128),
  mask(family, n, hi, lo) AS MATERIALIZED (
    SELECT 1, n, -1 << (32 - n), -1 FROM length WHERE n <= 32
    UNION ALL SELECT 2, n, -1 << max(64 - n, 0), -1 << (128 - n) FROM length)
SELECT r.prefix, r.peer, r.origin_as, r.received_at, v.prefix AS vrp, v.max_length, v.valid_to
FROM rib r JOIN prefixes x ON x.id = r.prefix_id JOIN peers p ON p.id = r.peer_id
  CROSS JOIN mask m ON m.family = x.family AND m.n <= x.len
  CROSS JOIN vrp_history v ON v.hi = x.hi & m.hi AND v.lo = x.lo & m.lo AND v.len = m.n AND v.family_id = x.family
    AND v.asn = coalesce(r.origin_as, iif(r.as_path LIKE '%}', 0, p.local_as)) AND v.max_length >= x.len
WHERE r.ovs = 'invalid' AND v.asn <> 0 AND v.valid_from <= r.received_at AND v.valid_to > r.received_at
ORDER BY r.prefix, r.peer, v.valid_to;

-- 42. Which routers report by BMP, since when, and what is wrong with the others?
SELECT router, state, since, peers, routes, reason FROM routers ORDER BY state, router;

-- 43. Who announces a prefix to which router, and what did each table of the router make of it? (by index)
SELECT router, rib_kind, peer, next_hop, as_path, local_pref, med FROM monitored_rib WHERE prefix = '198.51.100.0/24'
ORDER BY router, rib_kind, peer;

-- 44. Which routes did the import policy of a router drop or change? (walks over the routes of routers)
SELECT router, peer, effect, prefix, as_path FROM policy_effect WHERE effect <> 'unchanged'
ORDER BY router, peer, prefix;

-- 45. What happened to a prefix at the routers? (by index)
SELECT valid_from, valid_to, router, rib_kind, peer, as_path, ended_by FROM monitored_history
WHERE prefix = '198.51.100.0/24' ORDER BY from_ms, router, rib_kind;

-- 46. Which prefixes do peers of our routers announce that no session of ours has? (walks over the routes of routers)
SELECT m.prefix, min(m.router) AS router, count(DISTINCT m.router) AS routers FROM monitored_rib m
WHERE NOT EXISTS (SELECT 1 FROM rib r WHERE r.prefix_id = m.prefix_id) GROUP BY m.prefix_id ORDER BY m.prefix;
