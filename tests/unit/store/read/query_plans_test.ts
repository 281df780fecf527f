/**
 * The queries that documentation shows, in Debian 12's sqlite3 (3.40): their plans, so that none of them reads a whole
 * table where an index answers, and that they work while the daemon writes.
 */

import assert from "node:assert/strict";
import { conditionsOf } from "../../../../src/store/read/route_query.ts";
import { mixedTable, smallTable, withWriter } from "../fixture.ts";

async function sqlite3(path: string, sql: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("sqlite3", { args: ["-cmd", ".timeout 5000", path, sql] })
    .output();
  const decoder = new TextDecoder();
  assert(success, decoder.decode(stderr));
  return decoder.decode(stdout).trimEnd();
}

function installed(): boolean {
  try {
    new Deno.Command("sqlite3", { args: ["--version"] }).outputSync();
    return true;
  } catch {
    if (Deno.env.get("BGPD_REQUIRE_PEERS") === "1") throw new Error("sqlite3 is required and not installed");
    console.log("SKIPPED: sqlite3 is not installed, so its query plans are not tested");
    return false;
  }
}

const ignore = !installed();

const lpm4 = `WITH q(j) AS (SELECT '['||replace('10.1.2.3','.',',')||']'),
 a(v) AS (SELECT (j->>0<<24)|(j->>1<<16)|(j->>2<<8)|(j->>3) FROM q),
 l(n) AS (VALUES(32) UNION ALL SELECT n-1 FROM l WHERE n>0)
SELECT r.prefix, r.peer, r.as_path FROM a, l
 CROSS JOIN prefixes x ON x.hi = (a.v >> (32-l.n)) << (32-l.n) AND x.lo=0 AND x.len=l.n AND x.family=1
 CROSS JOIN loc_rib r ON r.prefix_id = x.id
 ORDER BY l.n DESC LIMIT 1`;

/** What `show routes PREFIX --longer` asks of a view. */
function inside(view: string, prefix: string): string {
  const conditions = conditionsOf({ prefix, longer: true });
  const values = conditions.values.values();
  return `SELECT * FROM ${conditions.from(view)}${conditions.sql}`
    .replaceAll("?", () => String(values.next().value));
}

/** Queries, and how the tables that count are read in them. Nothing may be scanned but the tables named. */
const queries: { name: string; sql: string; reads: string[]; scans: string[] }[] = [
  {
    name: "one prefix",
    sql: "SELECT * FROM rib WHERE prefix = '10.0.0.0/8'",
    reads: [
      "SEARCH x USING INDEX prefixes_text (prefix=?)",
      "SEARCH r USING PRIMARY KEY (ANY(peer_id) AND prefix_id=?)",
    ],
    scans: [],
  },
  ...["10.0.0.0/8", "2001:db8::/32"].map((prefix) => ({
    name: `show routes ${prefix} --longer`,
    sql: inside("rib", prefix),
    reads: [
      "SEARCH prefixes USING COVERING INDEX prefixes_key (hi>? AND hi<?)",
      "SEARCH r USING PRIMARY KEY (ANY(peer_id) AND prefix_id=?)",
    ],
    scans: [],
  })),
  {
    name: "show routes 2001:d00::/24 --longer --best",
    sql: inside("loc_rib", "2001:d00::/24"),
    reads: [
      "SEARCH prefixes USING COVERING INDEX prefixes_key (hi>? AND hi<?)",
      "SEARCH b USING INTEGER PRIMARY KEY (rowid=?)",
    ],
    scans: [],
  },
  {
    name: "the best route of a prefix",
    sql: "SELECT * FROM loc_rib WHERE prefix = '10.0.0.0/8'",
    reads: [
      "SEARCH x USING INDEX prefixes_text (prefix=?)",
      "SEARCH b USING INTEGER PRIMARY KEY (rowid=?)",
      "SEARCH r USING PRIMARY KEY (peer_id=? AND prefix_id=? AND path_id=?)",
    ],
    scans: [],
  },
  {
    name: "all routes of an origin AS",
    sql: "SELECT prefix, peer FROM rib WHERE origin_as = 65010",
    reads: [
      "SEARCH a USING COVERING INDEX attributes_origin (origin_as=?)",
      "SEARCH r USING INDEX routes_attribute (attribute_id=?)",
    ],
    scans: [],
  },
  {
    name: "routes with a community",
    sql: "SELECT prefix, peer FROM rib WHERE attribute_id IN" +
      " (SELECT id FROM attributes WHERE instr(' ' || communities || ' ', ' 65001:99 '))",
    reads: ["SEARCH r USING INDEX routes_attribute (attribute_id=?)"],
    scans: ["attributes"],
  },
  {
    name: "all routes of a peer",
    sql: "SELECT prefix, as_path FROM rib WHERE peer = '192.0.2.1'",
    reads: [
      "SEARCH p USING COVERING INDEX sqlite_autoindex_peers_1 (name=?)",
      "SEARCH r USING PRIMARY KEY (peer_id=?)",
    ],
    scans: [],
  },
  {
    name: "what one peer has of an origin AS",
    sql: "SELECT prefix FROM rib WHERE origin_as = 65010 AND peer = '192.0.2.1'",
    reads: ["SEARCH r USING INDEX routes_attribute (attribute_id=? AND peer_id=?)"],
    scans: [],
  },
  {
    name: "every route",
    sql: "SELECT prefix, as_path, best FROM rib",
    reads: ["SCAN r", "SEARCH a USING INTEGER PRIMARY KEY (rowid=?)"],
    scans: ["r"],
  },
  {
    name: "every best route",
    sql: "SELECT prefix, as_path FROM loc_rib",
    reads: ["SCAN b", "SEARCH r USING PRIMARY KEY (peer_id=? AND prefix_id=? AND path_id=?)"],
    scans: ["b"],
  },
  {
    name: "one prefix before import policy",
    sql: "SELECT * FROM adj_rib_in WHERE prefix = '10.0.0.0/8'",
    reads: [
      "SEARCH x USING INDEX prefixes_text (prefix=?)",
      "SEARCH r USING PRIMARY KEY (ANY(peer_id) AND prefix_id=?)",
      "SEARCH a USING INTEGER PRIMARY KEY (rowid=?)",
    ],
    scans: [],
  },
  {
    name: "all routes of a peer before import policy",
    sql: "SELECT prefix, as_path, changed FROM adj_rib_in WHERE peer = '192.0.2.1'",
    reads: [
      "SEARCH p USING COVERING INDEX sqlite_autoindex_peers_1 (name=?)",
      "SEARCH r USING PRIMARY KEY (peer_id=?)",
    ],
    scans: [],
  },
  {
    name: "one prefix in every VPN",
    sql: "SELECT peer, rd, labels FROM vpn WHERE prefix = '10.0.0.0/8'",
    reads: [
      "SEARCH x USING INDEX nlri_prefix (prefix=?)",
      "SEARCH r USING PRIMARY KEY (ANY(peer_id) AND prefix_id=?)",
    ],
    scans: [],
  },
  {
    name: "all routes of one VPN",
    sql: "SELECT peer, prefix, labels FROM vpn WHERE rd = '65000:1'",
    reads: ["SEARCH x USING INDEX nlri_family (family=? AND rd=?)"],
    scans: [],
  },
  ...["vpn", "labeled"].map((view) => ({
    name: `all routes of the view ${view}`,
    sql: `SELECT peer, prefix, labels FROM ${view}`,
    reads: ["SEARCH x USING INDEX nlri_family (family=?)"],
    scans: [],
  })),
  {
    name: "VPN routes of an origin AS",
    sql: "SELECT peer, prefix FROM vpn WHERE origin_as = 65100",
    reads: [
      "SEARCH a USING COVERING INDEX attributes_origin (origin_as=?)",
      "SEARCH r USING INDEX routes_attribute (attribute_id=?)",
      "SEARCH x USING INTEGER PRIMARY KEY (rowid=?)",
    ],
    scans: [],
  },
  {
    name: "the history of a prefix in every family",
    sql: "SELECT family, valid_from, valid_to FROM rib_history WHERE prefix = '10.0.0.0/8'",
    reads: [
      "SEARCH x USING INDEX prefixes_text (prefix=?)",
      "SEARCH x USING INDEX nlri_prefix (prefix=?)",
      "SEARCH h USING INDEX history_prefix (prefix_id=?)",
    ],
    scans: ["nlri_history", "peer_families", "rib_history"],
  },
  {
    name: "the changes of a destination",
    sql: "SELECT at, kind, peer FROM updates WHERE nlri = '65000:1 10.0.0.0/8'",
    reads: [
      "SEARCH x USING INDEX nlri_text (nlri=?)",
      "SEARCH h USING INDEX history_prefix (prefix_id=?)",
    ],
    scans: ["lost_routes", "peer_families", "updates"],
  },
  {
    name: "longest match in plain SQL",
    sql: lpm4,
    reads: [
      "SEARCH x USING COVERING INDEX prefixes_key (hi=? AND lo=? AND len=? AND family=?)",
      "SEARCH b USING INTEGER PRIMARY KEY (rowid=?)",
      "SEARCH r USING PRIMARY KEY (peer_id=? AND prefix_id=? AND path_id=?)",
    ],
    scans: ["l", "q", "CONSTANT"],
  },
];

for (const { name, sql, reads, scans } of queries) {
  Deno.test({
    name: `sqlite3 answers by index: ${name}`,
    ignore,
    fn: () =>
      withWriter(async (writer, path) => {
        writer.apply(mixedTable().batch);
        writer.indexes.buildAll();
        const plan = (await sqlite3(path, `EXPLAIN QUERY PLAN ${sql}`)).split("\n")
          .map((line) => line.replace(/^[|` -]+/, "").replace(/ \(~.*\)$/, ""));
        for (const read of reads) assert(plan.includes(read), `${read}\nis not in\n${plan.join("\n")}`);
        const scanned = plan.map((line) => /^SCAN (\w+)/.exec(line)?.[1]).filter((table) => table !== undefined);
        assert.deepEqual([...new Set(scanned)].sort(), [...scans].sort(), plan.join("\n"));
        assert((await sqlite3(path, sql)).length > 0);
      }),
  });
}

Deno.test({
  name: "sqlite3 reads the views while the daemon has the database open",
  ignore,
  fn: () =>
    withWriter(async (writer, path) => {
      writer.apply(smallTable().batch);
      assert.equal(
        await sqlite3(path, "SELECT prefix, next_hop, as_path FROM rib WHERE best ORDER BY prefix"),
        "10.0.0.0/8|192.0.2.1|65001 3356 65010\n10.1.0.0/16|192.0.2.1|65001 3356 65010\n" +
          "2001:db8::/32|2001:db8::2|65002 {65020,65021}",
      );
      for (const view of ["rib", "adj_rib_in", "loc_rib", "rib_history", "updates", "peer_status"]) {
        assert.match(await sqlite3(path, `SELECT count(*) FROM ${view}`), /^[1-9]/, view);
      }
      assert.equal(await sqlite3(path, lpm4), "10.1.0.0/16|192.0.2.1|65001 3356 65010");
      assert.equal(await sqlite3(path, "PRAGMA integrity_check"), "ok");
    }),
});

Deno.test({
  name: "sqlite3 writes announcements while the daemon has the database open",
  ignore,
  fn: () =>
    withWriter(async (writer, path) => {
      await sqlite3(path, "INSERT INTO announcements(prefix, next_hop) VALUES('203.0.113.0/24', '192.0.2.1')");
      writer.apply(smallTable().batch);
      assert.equal(
        await sqlite3(path, "SELECT prefix, next_hop, error FROM announcements"),
        "203.0.113.0/24|192.0.2.1|",
      );
    }),
});
