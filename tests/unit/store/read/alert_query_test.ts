/** What alerts ask: which routes they find, and that SQLite reads no more of a full table than they need. */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { type AlertQueries, type SeenRoute, WebReader } from "../../../../src/store/mod.ts";
import { attributes, Batch, noon, withWriter } from "../fixture.ts";

const invalid = 2, avsInvalid = 2 << 2, otcLeak = 9;

function table(): Batch {
  return new Batch()
    .prefix(1, "10.0.0.0/8").prefix(2, "10.1.0.0/16").prefix(3, "2001:db8::/32").prefix(4, "10.1.2.0/24")
    .prefix(5, "11.0.0.0/8").prefix(6, "2001:db8:8000::/33").prefix(7, "10.2.0.0/16", 3)
    .set(1, attributes("65001 65010")).set(2, attributes("65002 64666")).set(3, attributes("65002 {65020,65021}"))
    .set(4, attributes("")).set(5, attributes("65001 64777"))
    .route(1, 1, 1).route(2, 1, 2, { validity: invalid }).route(1, 2, 1).route(2, 2, 3).route(1, 4, 4)
    .route(2, 3, 2).route(1, 6, 1, { validity: avsInvalid, at: noon + 5 }).route(2, 5, 2, { ineligible: otcLeak })
    .route(2, 4, 2, { ineligible: otcLeak, at: noon - 5 }).route(0, 1, 4).route(1, 7, 1)
    // Import policy wrote set 1; the peer announced set 5.
    .route(1, 5, 1, { receivedId: 5 });
}

function withTable(
  test: (queries: AlertQueries, path: string) => void,
  change = "",
): Promise<void> {
  return withWriter((writer, path) => {
    writer.apply(table().batch);
    writer.indexes.buildAll();
    if (change !== "") {
      const db = new DatabaseSync(path);
      db.exec(change);
      db.close();
    }
    const reader = new WebReader(path);
    try {
      test(reader.alerts, path);
    } finally {
      reader.close();
    }
  });
}

const shown = ({ peer, prefix, origin, asPath }: SeenRoute) => `${prefix} ${origin} ${peer} ${asPath}`;

Deno.test("routes of a prefix, inside it and longer than it, of unicast peers, as they were received", () =>
  withTable((queries) => {
    const peers = queries.watchedPeers(undefined);
    assert.deepEqual(peers.map(({ id }) => id), [1, 2], "not this speaker itself");
    const seen = (scope: "exact" | "inside" | "longer", prefix: string, notOrigins?: readonly number[]) =>
      queries.seenRoutes({ peers, scope, prefix, notOrigins, limit: 100 }).map(shown).toSorted();
    assert.deepEqual(seen("exact", "10.0.0.0/8"), [
      "10.0.0.0/8 64666 2001:db8::2 65002 64666",
      "10.0.0.0/8 65010 192.0.2.1 65001 65010",
    ]);
    assert.deepEqual(seen("exact", "10.0.0.0/8", [65010]), ["10.0.0.0/8 64666 2001:db8::2 65002 64666"]);
    // An AS set is no expected origin; the peer is the origin of an empty path.
    assert.deepEqual(seen("longer", "10.0.0.0/8", [65010]), [
      "10.1.0.0/16 null 2001:db8::2 65002 {65020,65021}",
      "10.1.2.0/24 64666 2001:db8::2 65002 64666",
      "10.1.2.0/24 65001 192.0.2.1 ",
    ]);
    assert.deepEqual(seen("inside", "2001:db8::/32"), [
      "2001:db8:8000::/33 65010 192.0.2.1 65001 65010",
      "2001:db8::/32 64666 2001:db8::2 65002 64666",
    ]);
    assert.deepEqual(seen("longer", "2001:db8::/32"), ["2001:db8:8000::/33 65010 192.0.2.1 65001 65010"]);
    assert.deepEqual(seen("exact", "11.0.0.0/8"), [
      "11.0.0.0/8 64666 2001:db8::2 65002 64666",
      "11.0.0.0/8 64777 192.0.2.1 65001 64777",
    ]);
    assert.deepEqual(seen("exact", "12.0.0.0/8"), []);
  }));

Deno.test("routes of a lost session do not count", () =>
  withTable(
    (queries) => {
      const peers = queries.watchedPeers(undefined);
      const seen = queries.seenRoutes({ peers, scope: "exact", prefix: "10.0.0.0/8", limit: 100 });
      assert.deepEqual(seen.map(({ peer }) => peer), ["192.0.2.1"]);
      const last = queries.lastSeen("2001:db8::/32", peers);
      assert.deepEqual(last, { peer: "2001:db8::2", asPath: "65002 64666", until: noon + 1 });
    },
    `INSERT OR REPLACE INTO peer_families(peer_id, family, flushed_at)
    VALUES(2, 1, ${noon + 1}), (2, 2, ${noon + 1})`,
  ));

Deno.test("RFC 6811: invalid routes, with and without prefixes; negative: the others", () =>
  withTable((queries) => {
    const peers = queries.watchedPeers(undefined);
    assert.deepEqual(queries.invalidRoutes(peers, 10).map(shown), ["10.0.0.0/8 64666 2001:db8::2 65002 64666"]);
    assert.deepEqual(queries.invalidRoutes(queries.watchedPeers(["192.0.2.1"]), 10), []);
    const inside = (prefix: string) =>
      queries.seenRoutes({ peers, scope: "inside", prefix, invalid: true, limit: 10 }).map(({ ovs }) => ovs);
    assert.deepEqual(inside("10.0.0.0/8"), ["invalid"]);
    assert.deepEqual(inside("11.0.0.0/8"), []);
  }));

Deno.test("RFC 9234 §5, ASPA: who leaks how many routes, and the oldest of them; negative: inside another prefix", () =>
  withTable((queries) => {
    const peers = queries.watchedPeers(undefined);
    const leaks = (prefix?: string) =>
      queries.leakingPeers(peers, prefix).map(({ peer, routes, prefix: oldest, avs }) => [peer, routes, oldest, avs]);
    assert.deepEqual(leaks(), [
      ["192.0.2.1", 1, "2001:db8:8000::/33", "invalid"],
      ["2001:db8::2", 2, "10.1.2.0/24", null],
    ]);
    assert.deepEqual(leaks("11.0.0.0/8"), [["2001:db8::2", 1, "11.0.0.0/8", null]]);
    assert.deepEqual(leaks("10.1.0.0/24"), []);
  }));

Deno.test("peers by name and by group; those without a session, except disabled ones", () =>
  withTable(
    (queries) => {
      assert.deepEqual(queries.watchedPeers(["ixp"]).map(({ name }) => name), ["2001:db8::2"]);
      assert.deepEqual(queries.watchedPeers(["192.0.2.1"]).map(({ id }) => id), [1]);
      assert.deepEqual(queries.watchedPeers(["nobody"]), []);
      const down = queries.downPeers(queries.watchedPeers(undefined));
      assert.deepEqual(down.map(({ peer, state, since, reason }) => [peer, state, since, reason]), [
        ["2001:db8::2", "Active", noon, "refused"],
      ]);
    },
    `UPDATE peers SET state = 'Disabled' WHERE id = 1;
    UPDATE peers SET state = 'Active', state_since = ${noon}, reason = 'refused', peer_group = 'all,ixp' WHERE id = 2`,
  ));

Deno.test("the router runs, unless it said goodbye or never began", async () => {
  const begun = `INSERT OR REPLACE INTO daemon(key, value) VALUES('pid', 7), ('alive_at', ${noon})`;
  await withTable((queries) => assert.equal(queries.routerAliveAt(), noon), begun);
  await withTable(
    (queries) => assert.equal(queries.routerAliveAt(), undefined),
    `${begun}; INSERT INTO daemon(key, value) VALUES('goodbye', ${noon})`,
  );
  await withTable(
    (queries) => assert.equal(queries.routerAliveAt(), undefined),
    "DELETE FROM daemon WHERE key = 'pid'",
  );
});

Deno.test("a query of an operator is one query that reads; anything else has a reason", () =>
  withTable((queries) => {
    const { columns, rows } = queries.queryRows("SELECT prefix, count(*) AS n FROM rib GROUP BY 1 ORDER BY 1; ", 2);
    assert.deepEqual(columns, ["prefix", "n"]);
    assert.deepEqual(rows.map((row) => [...row]), [["10.0.0.0/8", 3n], ["10.1.0.0/16", 2n]]);
    assert.equal(queries.mistakeIn("SELECT prefix FROM rib -- all of them"), undefined);
    assert.equal(queries.mistakeIn("SELECT colour FROM rib"), "no such column: colour");
    assert.equal(queries.mistakeIn("SELECT 1 FROM nowhere"), "no such table: nowhere");
    for (
      const text of ["SELECT 1; SELECT 2", "SELECT 1) ; DELETE FROM peers", "PRAGMA user_version", "DELETE FROM peers"]
    ) {
      assert.match(queries.mistakeIn(text) ?? "", /syntax error|no such table: PRAGMA/, text);
    }
  }));

/** How SQLite reads the tables whose rows are many, in every statement that `work` prepares. */
function plansOf(path: string, work: (queries: AlertQueries) => void): string[] {
  const statements: string[] = [];
  const reader = new WebReader(path);
  const prepare = DatabaseSync.prototype.prepare;
  DatabaseSync.prototype.prepare = function (sql) {
    statements.push(sql);
    return prepare.call(this, sql);
  };
  try {
    work(reader.alerts);
  } finally {
    DatabaseSync.prototype.prepare = prepare;
    reader.close();
  }
  const db = new DatabaseSync(path, { readOnly: true });
  const plans = statements.flatMap((sql) =>
    db.prepare(`EXPLAIN QUERY PLAN ${sql.replaceAll("?", "1")}`).all().map(({ detail }) => String(detail))
  );
  db.close();
  return plans.filter((detail) => /\b(r|x|h|prefixes|routes|history)\b/.test(detail.split(" ")[1] ?? ""));
}

const byPeer = "SEARCH r USING PRIMARY KEY (peer_id=? AND prefix_id=?)";

Deno.test("no look at prefixes walks over a table; a look at all routes walks over those of the peers once", () =>
  withTable((_queries, path) => {
    const all = (queries: AlertQueries) => queries.watchedPeers(undefined);
    const plans = (work: (queries: AlertQueries) => void) => [...new Set(plansOf(path, work))];
    const seen = (scope: "exact" | "inside", prefix: string) => (queries: AlertQueries) => {
      queries.seenRoutes({ peers: all(queries), scope, prefix, invalid: true, notOrigins: [1], limit: 9 });
    };
    assert.deepEqual(plans(seen("exact", "10.0.0.0/8")), [
      "SEARCH prefixes USING INDEX prefixes_text (prefix=?)",
      byPeer,
    ]);
    for (const prefix of ["10.0.0.0/8", "2001:db8::/32", "2001:db8::/96"]) {
      const [first, second] = plans(seen("inside", prefix));
      assert.match(first ?? "", /^SEARCH prefixes USING INDEX prefixes_key \(hi/);
      assert.equal(second, byPeer);
    }
    assert.deepEqual(plans((queries) => queries.leakingPeers(all(queries), "10.0.0.0/8")).at(-1), byPeer);
    for (
      const walk of [
        (queries: AlertQueries) => void queries.invalidRoutes(all(queries), 9),
        (queries: AlertQueries) => void queries.leakingPeers(all(queries), undefined),
      ]
    ) {
      assert.deepEqual(plans(walk), [
        "SEARCH r USING PRIMARY KEY (peer_id=?)",
        "SEARCH x USING INTEGER PRIMARY KEY (rowid=?)",
      ]);
    }
    assert.deepEqual(plans((queries) => queries.lastSeen("10.0.0.0/8", all(queries))), [
      "SEARCH x USING INDEX prefixes_text (prefix=?)",
      "SEARCH h USING INDEX history_prefix (prefix_id=?)",
      "SEARCH x USING INTEGER PRIMARY KEY (rowid=?)",
      byPeer,
    ]);
  }));
