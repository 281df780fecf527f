/** `bgpd sql`. */
import assert from "node:assert/strict";
import { withDatabase } from "../harness.ts";

Deno.test("sql: one query, with bars between columns; a table on a terminal; JSON", () =>
  withDatabase(async (run) => {
    const query = "SELECT prefix, next_hop, med FROM rib WHERE peer = '2001:db8::2' ORDER BY prefix";
    assert.deepEqual((await run(["sql", query])).lines, [
      "198.51.100.0/24|127.0.0.2|50",
      "2001:db8:1::/48|2001:db8::2|",
    ]);
    assert.deepEqual((await run(["sql", query, "--json"])).lines, [
      "[",
      '{"prefix":"198.51.100.0/24","next_hop":"127.0.0.2","med":50},',
      '{"prefix":"2001:db8:1::/48","next_hop":"2001:db8::2","med":null}',
      "]",
    ]);
    assert.match((await run(["sql", query], { isTerminal: true })).output, /prefix +next_hop +med/);
    assert.deepEqual((await run(["sql", "SELECT 1; SELECT x'beef', 9223372036854775807;"])).lines, [
      "1",
      "beef|9223372036854775807",
    ]);
    assert.equal(
      (await run(["sql", "--json", "SELECT 9223372036854775807 AS n"])).output,
      '[\n{"n":9223372036854775807}\n]\n',
    );
    assert.equal((await run(["sql", "--json", "SELECT 1 WHERE 0"])).output, "[]\n");
    assert.deepEqual((await run(["sql", "SELECT lpm('198.51.100.200')"])).lines, ["198.51.100.128/25"]);
  }));

Deno.test("sql cannot write, and an error is one sentence", () =>
  withDatabase(async (run) => {
    const queries = [
      "DELETE FROM routes",
      "DELETE FROM routes RETURNING 1",
      "ATTACH ':memory:' AS x",
      "PRAGMA query_only = 0",
      "SELEC 1",
      "SELECT * FROM nowhere",
      "SELECT abs(-9223372036854775807 - 1)",
      "",
      "; -- nothing",
    ];
    for (const query of queries) {
      const { code, output, messages } = await run(["sql", query]);
      assert.deepEqual([code, output], [1, ""], query);
      assert.match(messages, /^bgpd: [^\n]+$/);
    }
    assert.equal((await run(["sql", "SELECT nope FROM rib"])).messages, "bgpd: in the query: no such column: nope");
    assert.deepEqual((await run(["sql", "SELECT count(*) FROM routes"])).lines, ["4"]);
  }));

Deno.test("sql without a query reads statements from standard input and continues after an error", () =>
  withDatabase(async (run) => {
    const input = ["SELECT count(*)", "  FROM rib; SELECT 2;", "SELECT wrong;", "-- a comment;", ".tables", "SELECT 3"];
    const { code, lines, messages } = await run(["sql"], { input });
    assert.equal(code, 1);
    assert.deepEqual([lines[0], lines[1], lines.at(-1)], ["4", "2", "3"]);
    assert.ok(lines.includes("rib|view"));
    assert.match(messages, /wrong/);
    const shell = await run(["sql"], { input: ["SELECT 1", ";", ".quit", "SELECT 2;"], isTerminal: true });
    assert.equal(shell.code, 0);
    assert.match(shell.output, /bgpd> {3}\.\.\.> [^]*bgpd> $/);
  }));
