/** The queries of examples/queries.sql by name: they ask what the file asks, in the same way. */

import assert from "node:assert/strict";
import { namedQueries, queryValues, runNamed } from "../../../../src/store/read/named_queries.ts";
import { StoreReader } from "../../../../src/store/mod.ts";
import { Database } from "../../../../src/store/sqlite.ts";
import { readQueries } from "../../../support/queries.ts";
import { noon, smallDatabase } from "../../control/cli/small_database.ts";
import { withFolder } from "../fixture.ts";

const now = Date.now();
const units: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000 };
/** -10m: relative to this test. */
const time = (text: string) => now - Number(text.slice(1, -1)) * units[text.at(-1)!]!;

async function withSmall(test: (path: string) => void | Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const writer = smallDatabase(`${folder}/bgpd.db`);
    try {
      writer.indexes.buildAll();
      await test(`${folder}/bgpd.db`);
    } finally {
      writer.close();
    }
  });
}

const examplesOf = (query: typeof namedQueries[number]) =>
  new Map(query.parameters.map(({ name, example }) => [name, example]));

/** The statements of the file that stand behind the names, in the same order. */
async function statements(): Promise<string[]> {
  return (await readQueries()).flatMap((query) => query.statements);
}

Deno.test("every statement of examples/queries.sql has one name, in the order of the file", async () => {
  assert.equal(namedQueries.length, (await statements()).length);
  assert.equal(new Set(namedQueries.map(({ name }) => name)).size, namedQueries.length);
  for (const { name } of namedQueries) assert.match(name, /^[a-z][a-z0-9-]+$/);
});

Deno.test("a parameter replaces every example of the file, and nothing else changes", async () => {
  for (const [i, text] of (await statements()).entries()) {
    const { name, sql, parameters } = namedQueries[i]!;
    for (const [n, { edits }] of parameters.entries()) {
      assert.match(sql, new RegExp(`\\?${n + 1}\\b`), name);
      for (const [from, to] of edits) assert.ok(to.includes(from) || !sql.includes(from), `${name} still has ${from}`);
    }
    if (parameters.length === 0) assert.equal(sql, text, name);
    else assert.doesNotMatch(sql, /198\.51|65010|3356|65001:99|rt:65000|-1 day|-1 hour|-10 minutes/, name);
  }
});

Deno.test("a named query has the plan and the rows of the file", () =>
  withSmall(async (path) => {
    const db = new Database(path, { readOnly: true });
    for (const [i, text] of (await statements()).entries()) {
      const query = namedQueries[i]!;
      const values = queryValues(query, examplesOf(query), time);
      const plan = (sql: string, ...given: typeof values) =>
        db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...given).map((row) => row[3]);
      assert.deepEqual(plan(query.sql, ...values), plan(text), query.name);
      const rows = db.prepare(text).useBigInts().all();
      assert.deepEqual(runNamed(db, query, values, 1_000).rows, rows, query.name);
    }
    db.close();
  }));

Deno.test("the parameters count: other values give other rows", () =>
  withSmall(async (path) => {
    const reader = new StoreReader(path);
    const ask = async (name: string, ...given: [string, string][]) =>
      (await reader.named(name, new Map(given), { limit: 10, time })).rows.map(([first]) => first);
    assert.deepEqual(await ask("longest-match-ipv4", ["address", "198.51.100.200"]), ["198.51.100.128/25"]);
    assert.deepEqual(await ask("longest-match-ipv4", ["address", "192.0.2.1"]), []);
    assert.deepEqual(await ask("longest-match-ipv6", ["address", "2001:DB8:1:0::9"]), ["2001:db8:1::/48"]);
    assert.deepEqual(await ask("more-specific-prefixes", ["prefix", "198.51.100.0/24"]), ["198.51.100.128/25"]);
    assert.deepEqual(await ask("more-specific-prefixes", ["prefix", "198.51.100.0/25"]), []);
    assert.deepEqual(await ask("originated-by", ["asn", "AS65011"]), []);
    assert.equal((await ask("prefix-routes", ["prefix", "198.51.100.0/24"])).length, 2);
    assert.deepEqual(await ask("upstreams", ["asn", "65010"]), ["3356"]);
    assert.deepEqual(await ask("prefix-history", ["prefix", "2001:db8:1::/48"]), [new Date(noon).toISOString()]);
    reader.close();
  }));

Deno.test("at most so many rows, and whether there are more", () =>
  withSmall(async (path) => {
    const reader = new StoreReader(path);
    const ask = async (limit: number) => {
      const { rows, truncated } = await reader.named("prefix-routes", new Map([["prefix", "198.51.100.0/24"]]), {
        limit,
        time,
      });
      return [rows.length, truncated];
    };
    assert.deepEqual(await ask(1), [1, true]);
    assert.deepEqual(await ask(2), [2, false]);
    reader.close();
  }));

Deno.test("what is wrong with a name or a parameter is said in words", () =>
  withSmall(async (path) => {
    const reader = new StoreReader(path);
    const ask = (name: string, ...given: [string, string][]) => reader.named(name, new Map(given), { limit: 1, time });
    await assert.rejects(ask("prefix-route"), /there is no query "prefix-route"; did you mean prefix-routes\?/);
    await assert.rejects(ask("prefix-routes"), /needs prefix: a prefix, such as 198\.51\.100\.0\/24/);
    await assert.rejects(
      ask("prefix-routes", ["prefix", "' OR 1"]),
      /prefix: "' OR 1" is not a prefix, such as 198\.51\.100\.0\/24/,
    );
    await assert.rejects(ask("flapping", ["prefix", "10.0.0.0/8"]), /no parameter "prefix"; it takes .*since/);
    await assert.rejects(ask("routers", ["a", "b"]), /takes no parameters/);
    reader.close();
  }));
