/** What looks make of rows: sentences, subjects, rows of queries, numbers of routes; and when they look. */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { type AlertSettings, parseConfig } from "../../../../src/config/mod.ts";
import type { PeerFamily } from "../../../../src/store/mod.ts";
import type { Found } from "../../../../src/web/alerts/found.ts";
import { namesOf, upstreamIn } from "../../../../src/web/alerts/look.ts";
import { Looks } from "../../../../src/web/alerts/looks.ts";
import { RouteCounts } from "../../../../src/web/alerts/route_counts.ts";
import { rowsFound } from "../../../../src/web/alerts/sql_rows.ts";
import { attributes, Batch, noon, withWriter } from "../../store/fixture.ts";

Deno.test("the upstream is the AS before the origin, over prepending; sets and confederations hide it", () => {
  for (
    const [path, upstream] of [
      ["65001 3356 65010", 3356],
      ["65001 3356 65010 65010 65010", 3356],
      ["65010", undefined],
      ["65010 65010", undefined],
      ["", undefined],
      ["65001 {65010,65011}", undefined],
      ["65001 {65010,65011} 65020", undefined],
      ["(65100 65101) 65001 65010", 65001],
    ] as const
  ) assert.equal(upstreamIn(path), upstream, path);
});

Deno.test("many names are two and a number", () => {
  assert.deepEqual([namesOf(["a"]), namesOf(["a", "b"]), namesOf(["a", "b", "c", "d"])], [
    "a",
    "a and b",
    "a, b and 2 more",
  ]);
});

Deno.test("rows of a query: known columns are used; a subject is wrong once; too many rows say so", () => {
  const columns = ["n", "Subject", "peer", "origin_as", "since", "text"];
  const rows = [[1n, "x", "p", 65010n, "2026-01-01T12:00:00Z", "it is so"], [2n, "x", null, null, null, null]];
  assert.deepEqual(rowsFound({ columns, rows }, 10), {
    wrong: [{ subject: "x", text: "it is so", since: noon, prefix: null, peers: ["p"], origin: 65010, asPath: null }],
    unknown: [],
  });
  const plain = rowsFound({ columns: ["prefix", "hops"], rows: [["10.0.0.0/8", 3n], ["11.0.0.0/8", null]] }, 1);
  assert.deepEqual([plain.wrong.map(({ subject, text, prefix }) => [subject, text, prefix]), plain.unknown], [
    [["10.0.0.0/8", "prefix 10.0.0.0/8, hops 3", "10.0.0.0/8"]],
    "others",
  ]);
  const odd = rowsFound({ columns: ["x", "since"], rows: [[null, "never"], ["y".repeat(999), 5n]] }, 10).wrong;
  assert.deepEqual(odd.map(({ subject, since }) => [subject.length, since]), [[4, null], [200, 5]]);
});

function family(routes: number, more: Partial<PeerFamily> = {}): PeerFamily {
  return {
    ...{ peer: "p", peerAs: 65001, family: "ipv4 unicast", familyId: 1, routes, isEstablished: true, since: 0 },
    ...{ isComplete: true, sendsEndOfRib: true, ...more },
  };
}

Deno.test("route-count: a difference above the percentage is wrong, until it is that of a window ago", () => {
  const counts = new RouteCounts({ percent: 20, windowSeconds: 60 });
  const at = (seconds: number, routes: number) =>
    counts.take([family(routes)], seconds * 1000).found.wrong.map((w) => w.text);
  assert.deepEqual(at(0, 100), [], "there is nothing to compare with");
  assert.deepEqual(at(5, 80), [], "20 % is not more than 20 %");
  assert.deepEqual(at(10, 79), [
    "p (AS65001) has 79 routes of ipv4 unicast, 21 % less than the 100 of 10 seconds before",
  ]);
  assert.deepEqual(at(20, 121), [
    "p (AS65001) has 121 routes of ipv4 unicast, 21 % more than the 100 of 20 seconds before",
  ]);
  assert.equal(at(64, 121).length, 1);
  assert.deepEqual(at(90, 121), [], "a window ago, there were 121");
});

Deno.test("route-count: a session that is lost, or whose table still arrives, is not known", () => {
  const counts = new RouteCounts({ percent: 20, windowSeconds: 60 });
  counts.take([family(100)], 0);
  const look = (now: number, more: Partial<PeerFamily>) => counts.take([family(3, more)], now).found;
  assert.deepEqual(look(1_000, { isEstablished: false }), { wrong: [], unknown: ["p ipv4 unicast"] });
  const arriving = { isComplete: false, since: 2_000 };
  assert.deepEqual(look(3_000, arriving).unknown, ["p ipv4 unicast"]);
  assert.deepEqual(look(10_000, { ...arriving, sendsEndOfRib: false }).unknown, ["p ipv4 unicast"]);
  // Negative: after a minute, a peer that sends no End-of-RIB has sent its table.
  assert.equal(look(62_000, { ...arriving, sendsEndOfRib: false }).wrong.length, 1);
  assert.deepEqual(look(62_000, {}).unknown, []);
});

Deno.test("route-count: numbers of before a restart count, and few are kept", () => {
  const counts = new RouteCounts({ percent: 20, windowSeconds: 600 }, [{
    subject: "p ipv4 unicast",
    at: 0,
    routes: 100,
  }]);
  assert.equal(counts.take([family(3)], 5_000).found.wrong.length, 1);
  const samples = Array.from({ length: 1_000 }, (_, i) => counts.take([family(3)], 5_000 + i * 1_000).samples).flat();
  assert.equal(samples.length, 100, "one in ten seconds");
});

const lines = [
  '[[alerts]]\nname = "hijack"\nkind = "origin-change"\nprefixes = "10.0.0.0/8"\norigins = 65010\ninterval = 5\n',
  '[[alerts]]\nname = "query"\nsql = "SELECT colour FROM rib"\ninterval = 5\n',
];

function alerts(): readonly AlertSettings[] {
  const result = parseConfig(`router_id = "192.0.2.1"\ndefault_as = 65000\n${lines.join("")}`);
  assert.ok(result.kind === "config");
  return result.config.alerts;
}

Deno.test("looks come after changes, not more often than the interval, and never while the router is away", () =>
  withWriter((writer, path) => {
    writer.apply(new Batch().prefix(1, "10.0.0.0/8").set(1, attributes("65001 666")).route(1, 1, 1).batch);
    const db = new DatabaseSync(path);
    const change = (sql: string) => db.exec(sql);
    let now = 0, isWanted = false;
    const found: [string, Found][] = [], problems: (string | undefined)[] = [];
    const looks = new Looks(path, alerts(), {
      now: () => noon + now,
      monotonic: () => now,
      isWanted: (name) => isWanted && name === "hijack",
      found: (name, each) => void found.push([name, each]),
      problem: (_name, text) => void problems.push(text),
      keepCounts: () => {},
    });
    const tick = (ms: number) => {
      now += ms;
      found.length = 0;
      looks.tick();
      return found.map(([name]) => name);
    };
    try {
      change("DELETE FROM daemon WHERE key = 'pid'");
      assert.deepEqual(tick(0), [], "the router has not begun");
      change(`INSERT OR REPLACE INTO daemon(key, value) VALUES('pid', 1), ('alive_at', ${noon})`);
      assert.deepEqual(tick(200), ["hijack"]);
      assert.deepEqual(found[0]?.[1].wrong.map(({ text }) => text), [
        "AS666 originates 10.0.0.0/8, expected AS65010; announced by 192.0.2.1, AS path 65001 666",
      ]);
      assert.deepEqual(problems, [`the database ${path} failed: no such column: colour`]);
      assert.deepEqual(tick(10_000), [], "nothing has changed");
      isWanted = true;
      assert.deepEqual(tick(200), ["hijack"]);
      isWanted = false;
      change("UPDATE peers SET updates_received = 1");
      assert.deepEqual(tick(200), [], "the interval is not over");
      assert.deepEqual(tick(5_000), ["hijack"]);
      assert.equal(problems.length, 1, "a problem is reported once");
      change("UPDATE peers SET updates_received = 2");
      assert.deepEqual(tick(60_000), [], "the router was not alive for a minute");
      change(`UPDATE daemon SET value = ${noon + now} WHERE key = 'alive_at'`);
      assert.deepEqual(tick(200), ["hijack"]);
    } finally {
      looks.close();
      db.close();
    }
  }));

Deno.test("a database that is not there is a problem of each alert, and none any more when it is", () => {
  const problems: string[] = [];
  let now = 0;
  const looks = new Looks("/nonexistent/bgpd.db", alerts(), {
    ...{ now: () => now, monotonic: () => now, isWanted: () => false, found: () => {}, keepCounts: () => {} },
    problem: (name, text) => void problems.push(`${name}: ${text}`),
  });
  for (now = 0; now < 5_000; now += 200) looks.tick();
  const text = "there is no database /nonexistent/bgpd.db: a running bgpd creates it";
  assert.deepEqual(problems, [`hijack: ${text}`, `query: ${text}`]);
});
