/** `bgpd sql`. */
import assert from "node:assert/strict";
import { fakeTerminal } from "../fake_terminal.ts";
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
    assert.equal(
      (await run(["sql", "SELECT nope FROM rib"])).messages,
      "bgpd: in the query, column 8: no such column: nope",
    );
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
  }));

Deno.test("the shell of sql edits lines, keeps a history and gives the terminal back", () =>
  withDatabase(async (run) => {
    const terminal = fakeTerminal([
      "SELECT 1",
      "\r",
      ";\r",
      "SELECT wrong;\r",
      // The third line again, with another word.
      "\x1b[A\x1b[D\x17prefix FROM rib LIMIT 1;\x0b\r",
      "dropped\x03",
      "SELECT\t8\tAS\tfrom_paste\n\tFROM\trib LIMIT 1;\r",
      ".mode csv\r.headers on\rSELECT 7 AS seven;\r",
      ".quit\r",
      "SELECT 2;\r",
    ]);
    const { code, output, messages } = await run(["sql"], { isTerminal: true, terminal, columns: 80 });
    assert.equal(code, 0);
    assert.match(output, /\.help/);
    assert.match(output, /^ 1\n/m);
    assert.match(output, /prefix[^]*198\.51\.100\.0\/24/m);
    // A pasted Tab is a blank; alone, it completes a word.
    assert.match(output, /^ 8\n/m);
    assert.match(output, /^seven\n7\n/m);
    assert.doesNotMatch(output, /^ 2\n/m);
    assert.equal(
      messages,
      "bgpd: in the query, column 8: no such column: wrong\n  SELECT wrong\n         ^",
    );
    const screen = terminal.written.join("");
    assert.match(screen, /bgpd> SELECT 1[^]* {2}\.\.\.> ;[^]*\^C/);
    assert.ok(terminal.isClosed);
  }));

Deno.test("the shell of sql also takes exit, quit and help without the dot, but not within a statement", () =>
  withDatabase(async (run) => {
    for (const word of ["exit", "quit;", "EXIT"]) {
      const { code, output, lines } = await run(["sql"], { input: ["help", word, "SELECT 2;"] });
      assert.equal(code, 0, word);
      assert.match(output, /\.tables/);
      assert.ok(!lines.includes("2"), word);
    }
    const alias = await run(["sql"], { input: ["SELECT 1 AS", "exit", ";", "SELECT 2;"] });
    assert.deepEqual([alias.code, alias.lines], [0, ["1", "2"]]);
  }));

Deno.test("sql shows where the error is, and names what may be meant", () =>
  withDatabase(async (run) => {
    const messageOf = async (query: string) => (await run(["sql", query])).messages.replace("bgpd: in the query", "");
    assert.equal(await messageOf("SELECT 1 FORM rib"), ', column 15: syntax error near "rib"');
    // The second "FROM" is the wrong one.
    assert.equal(await messageOf("SELECT prefix FROM FROM rib"), ', column 20: syntax error near "FROM"');
    assert.equal(
      await messageOf("SELECT prefix\nFROM rip"),
      ", line 2, column 6: no such table: rip; did you mean rib?",
    );
    assert.equal(
      await messageOf("SELECT r.nexthop FROM rib r"),
      ", column 10: no such column: r.nexthop; did you mean next_hop?",
    );
    assert.equal(await messageOf("SELECT nofunction(1)"), ", column 8: no such function: nofunction");
    const chinese = await run(["sql", "SELECT '中', wrong"], { isTerminal: true, columns: 80 });
    assert.match(chinese.messages, /\n {2}SELECT '中', wrong\n {15}\^$/);
    assert.equal(await messageOf("SELECT (1"), ", column 10: the statement is incomplete");
  }));

Deno.test("sql: modes, headers and dot commands work in a pipe", () =>
  withDatabase(async (run) => {
    const query = "SELECT 'a,\"b' AS x, NULL AS y";
    assert.equal((await run(["sql", "--mode", "csv", "--header", query])).output, 'x,y\n"a,""b",\n');
    assert.equal((await run(["sql", "--header", query])).output, 'x|y\na,"b|\n');
    assert.equal((await run(["sql", "--mode", "html", query])).code, 2);
    assert.equal((await run(["sql", "--mode", "csv", "--json", query])).code, 2);
    const schema = await run(["sql"], { input: [".schema announced"] });
    assert.deepEqual(schema.lines, ["CREATE TABLE announced(id INTEGER PRIMARY KEY, outcome_id INTEGER NOT NULL);"]);
    const wrong = await run(["sql"], { input: [".schema rip", ".tabels", ".mode xml", ".headers", ".mode"] });
    assert.equal(wrong.code, 1);
    assert.equal(
      wrong.messages,
      "bgpd: there is no table or view rip; did you mean rib?\n" +
        'bgpd: unknown command ".tabels"; did you mean .tables?\n' +
        'bgpd: unknown mode "xml"; the modes are table, list, csv, json\n' +
        "bgpd: write .headers on or .headers off",
    );
    assert.equal(wrong.output, "list\n");
    assert.match((await run(["sql"], { input: [".help"] })).output, /\.tables/);
  }));
