/** Pages of whole tables: what they have, their plans, and that no statement is open between two of them. */
import assert from "node:assert/strict";
import { type PageFilter, RoutePages } from "../../../../src/store/read/route_pages.ts";
import { TableFacts } from "../../../../src/store/read/table_facts.ts";
import { Database, type Statement } from "../../../../src/store/sqlite.ts";
import { IPV4_UNICAST, IPV6_UNICAST, parsePrefix } from "../../../../src/types/mod.ts";
import { attributes, Batch, query, withWriter } from "../fixture.ts";

const both = [IPV4_UNICAST, IPV6_UNICAST];
const all: PageFilter = { peerIds: [0, 1, 2], families: both };

/** A database that remembers what it was asked. */
class Recorder extends Database {
  readonly asked = new Set<string>();

  override prepare(sql: string): Statement {
    this.asked.add(sql);
    return super.prepare(sql);
  }
}

/** Several pages: 1,600 IPv4 prefixes of peer 1, of which peer 2 has every other one, and a few of IPv6. */
function table(): Batch {
  const batch = new Batch(6000);
  batch.set(1, attributes("65001 65010")).set(2, attributes("65002 65020")).set(3, attributes("65002 65010"));
  for (let i = 1; i <= 1600; i++) {
    batch.prefix(i, `10.${i >> 8}.${i & 255}.0/24`).route(1, i, 1, i % 7 === 0 ? { ineligible: 1 } : {});
    if (i % 2 === 0) batch.route(2, i, i % 4 === 0 ? 2 : 3, i % 14 === 0 ? { receivedId: 1, ineligible: 6 } : {});
    if (i % 7 !== 0) batch.best(i, 1);
  }
  for (let i = 1601; i <= 1610; i++) batch.prefix(i, `2001:db8:${i}::/48`).route(2, i, 2).best(i, 2);
  return batch;
}

function withPages(test: (pages: RoutePages, db: Recorder, path: string) => void): Promise<void> {
  return withWriter((writer, path) => {
    writer.apply(table().batch);
    writer.indexes.buildAll();
    const db = new Recorder(path, { readOnly: true });
    try {
      test(new RoutePages(db), db, path);
    } finally {
      db.close();
    }
  });
}

/** The sets that a search finds. */
function found(search: Generator<void, Set<number>>): Set<number> {
  for (;;) {
    const step = search.next();
    if (step.done === true) return step.value;
  }
}

const names = (pages: RoutePages, filter: PageFilter) =>
  [...pages.pages(filter)].flat().map(({ peerId, prefix, setId }) => `${peerId} ${prefix} ${setId}`).sort();

Deno.test("pages have every route once, whatever the conditions are: as the views do", () =>
  withPages((pages, _db, path) => {
    const from = (view: string, where: string) =>
      query(path, `SELECT peer_id || ' ' || prefix || ' ' || attribute_id FROM ${view} WHERE ${where}`)
        .map(([name]) => String(name)).sort();
    const sets = found(pages.sets({ originAs: 65010 }));
    assert.deepEqual([...sets].sort(), [1, 3]);
    const eligible = { ...all, which: "eligible" } as const;
    assert.deepEqual(names(pages, eligible), from("rib", "ineligible IS NULL"));
    assert.deepEqual(names(pages, { ...all, which: "ineligible" }), from("adj_rib_in", "ineligible IS NOT NULL"));
    assert.deepEqual(names(pages, { ...all, received: true }), from("adj_rib_in", "1"));
    assert.deepEqual(names(pages, { ...all, families: [IPV6_UNICAST] }), from("rib", "family_id = 2"));
    assert.deepEqual(names(pages, { ...all, peerIds: [2], best: true }), from("loc_rib", "peer_id = 2"));
    assert.deepEqual(names(pages, { ...eligible, sets }), from("rib", "origin_as = 65010 AND ineligible IS NULL"));
    const refused = from("adj_rib_in", "origin_as = 65010 AND ineligible IS NOT NULL");
    assert.deepEqual(names(pages, { ...all, which: "ineligible", sets }), refused, "by the set that was received");
    assert.ok(refused.some((name) => name.startsWith("2 ")));
    const prefix = parsePrefix("10.3.0.0/16")!;
    assert.deepEqual(
      names(pages, { ...eligible, among: { kind: "inside", prefix } }),
      from("rib", "prefix LIKE '10.3.%' AND ineligible IS NULL"),
    );
    assert.deepEqual(names(pages, { ...all, reasons: [6] }), from("adj_rib_in", "ineligible = 'import policy'"));
    assert.equal(pages.bestOf(["10.0.1.0/24", "10.9.9.0/24"], both).length, 1);
  }));

Deno.test("every query is by key or index: no table of routes is scanned for a page", () =>
  withPages((pages, db) => {
    const sets = found(pages.sets({ communities: ["65001:*"] }));
    found(pages.sets({ originAs: 65010 }));
    const prefix = parsePrefix("10.3.0.0/16")!;
    const filters: PageFilter[] = [
      all,
      { ...all, which: "ineligible", received: true, ovs: [1], avs: [0, 3] },
      { ...all, best: true },
      { ...all, sets: new Set([...sets, 1]) },
      { ...all, among: { kind: "exact", prefix } },
      { ...all, among: { kind: "covering", prefix } },
      { ...all, among: { kind: "inside", prefix } },
      { ...all, among: { kind: "longest", address: "10.3.1.1" } },
    ];
    for (const filter of filters) for (const _page of pages.pages(filter));
    pages.bestOf(["10.0.1.0/24"], both);
    pages.attributes(1);
    const facts = new TableFacts(db);
    for (const _page of facts.bestCounts());
    for (const _page of facts.nextHops());
    const large = /\bSCAN (r|x|b|a|routes|prefixes|best|attributes|nlri)\b/;
    for (const sql of db.asked) {
      if (sql.startsWith("EXPLAIN") || sql.includes("sqlite_schema")) continue;
      const plan = db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all().map((row) => String(row[3]));
      assert.ok(!plan.some((line) => large.test(line)), `${sql}\n${plan.join("\n")}`);
      // The lengths of a longest match are 129 at most.
      const sorts = !sql.includes("l(n)") && plan.some((line) => line.includes("TEMP B-TREE FOR ORDER BY"));
      assert.ok(!sorts, `${sql}\n${plan.join("\n")}`);
    }
    const texts = [...db.asked].join("\n");
    for (const table of ["FROM routes", "FROM best", "FROM prefixes", "FROM attributes"]) {
      assert.ok(texts.includes(table), `${table} was asked`);
    }
    const bySet = [...db.asked].find((sql) => sql.includes("r.attribute_id = ?1 AND") && sql.includes("x.prefix"))!;
    const plan = db.prepare(`EXPLAIN QUERY PLAN ${bySet}`).all().map((row) => String(row[3]));
    const index = "SEARCH r USING INDEX routes_attribute (attribute_id=? AND peer_id=?";
    assert.ok(plan.some((line) => line.startsWith(index)), plan.join("\n"));
  }));

Deno.test("negative: a search in the whole table would be found", () =>
  withPages((_pages, db) => {
    const plan = db.prepare("EXPLAIN QUERY PLAN SELECT * FROM routes r WHERE r.received_at = 5").all();
    assert.match(String(plan[0]![3]), /\bSCAN r\b/);
  }));
