/** `bgpd show history` and `bgpd show routes --at`. */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { routeChangeSchema, routeStateSchema } from "../../../../../src/control/schema/route.ts";
import { z } from "../../../../../src/control/schema/schema.ts";
import { withHistory } from "../harness.ts";
import { noon } from "../small_database.ts";

const minute = 60_000;

Deno.test("show history: the states of a prefix, the newest last, + for current ones, and gaps", () =>
  withHistory(async (run) => {
    const { code, lines, messages } = await run(["show", "history", "198.51.100.0/24"]);
    assert.equal(code, 0);
    assert.deepEqual(lines, [
      " From                      To                          Lasted  Received From  Next Hop     " +
      "Ended By   AS Path              Communities",
      " 2024-01-01T11:20:00.000Z  2024-01-01T11:30:00.000Z  00:10:00  127.0.0.2      2001:db8::2  " +
      "replaced   65002 {65011,65012}",
      " 2024-01-01T11:30:00.000Z  2024-01-01T11:40:00.000Z  00:10:00  127.0.0.2      127.0.0.2    " +
      "withdrawn  65001 3356 65010     65001:99 65001:1:2",
      "+2024-01-01T12:00:00.000Z                            00:01:30  2001:db8::2    127.0.0.2               " +
      "65001 3356 65010     65001:99 65001:1:2",
      "+2024-01-01T12:00:00.000Z                            00:01:30  127.0.0.2      127.0.0.2               " +
      "65001 3356 65010     65001:99 65001:1:2",
    ]);
    assert.equal(
      messages,
      "bgpd: the history is incomplete: 3 entries that ended between 2024-01-01T11:34:00.000Z and" +
        " 2024-01-01T11:36:00.000Z may be missing",
    );
  }));

Deno.test("show history --peer, --limit, --changes and --json", () =>
  withHistory(async (run) => {
    const json = async (...args: string[]) =>
      JSON.parse((await run(["show", "history", "198.51.100.0/24", ...args, "--json"])).lines.join(""));
    const states = z.array(routeStateSchema).parse(await json("--peer", "first", "--limit", "2"));
    assert.deepEqual(
      states.map((state) => [state.valid_from, state.valid_to, state.ended_by, state.communities]),
      [
        ["2024-01-01T11:30:00.000Z", "2024-01-01T11:40:00.000Z", "withdrawn", ["65001:99"]],
        ["2024-01-01T12:00:00.000Z", null, null, ["65001:99"]],
      ],
    );
    assert.equal(z.array(routeChangeSchema).parse(await json("--changes", "--limit", "3")).length, 3);
    const { lines } = await run(["show", "history", "198.51.100.0/24", "--peer", "127.0.0.2", "--changes"]);
    assert.deepEqual(lines.map((line) => line.split("  ").slice(0, 2).map((text) => text.trim())), [
      ["At", ""],
      ["+2024-01-01T11:20:00.000Z", "announce"],
      ["+2024-01-01T11:30:00.000Z", "announce"],
      ["-2024-01-01T11:40:00.000Z", "withdraw"],
      ["+2024-01-01T12:00:00.000Z", "announce"],
    ]);
    const none = await run(["show", "history", "203.0.113.0/24"]);
    assert.deepEqual([none.code, none.lines], [0, []]);
    assert.match(none.messages, /^no history$/m);
    assert.equal((await run(["show", "history", "203.0.113.9"])).code, 2);
    assert.equal((await run(["show", "history"])).code, 2);
  }));

Deno.test("show routes --at: the routes of a past time, by prefix, address and filter", () =>
  withHistory(async (run) => {
    assert.deepEqual(
      (await run(["show", "routes", "--at", "2024-01-01T11:28:00Z"])).lines,
      [
        "IPv4 / Unicast",
        " Received From  Prefix           Next Hop          Age  Origin  Local Pref  Metric  AS Path              " +
        "Communities",
        " 127.0.0.2      198.51.100.0/24  2001:db8::2  00:08:00  igp                         65002 {65011,65012}",
        "",
        "IPv6 / Unicast",
        " Received From  Prefix           Next Hop          Age  Origin  Local Pref  Metric  AS Path              " +
        "Communities",
      ].slice(0, 3),
    );
    const at = async (...args: string[]) => {
      const { lines, code, messages } = await run(["show", "routes", ...args, "--json"]);
      assert.equal(code, messages.replace(/^.* is .* ago$/m, "") === "" ? 0 : 1, messages);
      return JSON.parse(lines.join("")).map((state: Record<string, unknown>) => `${state["peer"]} ${state["prefix"]}`)
        .sort();
    };
    assert.deepEqual(await at("--at", "2024-01-01 11:29"), ["127.0.0.2 198.51.100.0/24"]);
    assert.deepEqual(
      await at("--at", "2024-01-01T11:31:00+00:00"),
      [
        "127.0.0.2 198.51.100.0/24",
        "2001:db8::2 2001:db8:1::/48",
      ].sort(),
    );
    assert.deepEqual(await at("198.51.100.200", "--at", "-25m"), ["127.0.0.2 198.51.100.0/24"], "no /25 then");
    assert.deepEqual(await at("198.51.100.200", "--at", "-1m"), ["127.0.0.2 198.51.100.128/25"]);
    assert.deepEqual(await at("198.51.100.0/24", "--at", "-10m"), []);
    assert.deepEqual(await at("--origin-as", "65010", "--at", "-25m"), ["127.0.0.2 198.51.100.0/24"]);
    assert.deepEqual(await at("--community", "65001:99", "--at", "-35m"), []);
    assert.deepEqual(await at("--peer", "2001:db8::2", "--at", "-27m"), ["2001:db8::2 2001:db8:1::/48"]);
    const inGap = await run(["show", "routes", "--at", "2024-01-01T11:35:00Z"]);
    assert.match(inGap.messages, /3 entries that ended between .* may be missing/);
    assert.equal(inGap.code, 1);
    assert.equal((await run(["show", "routes", "--at", "2024-01-01T11:28:00Z"])).messages, "");
    assert.equal((await run(["show", "routes", "--at", "-5m", "--best"])).code, 2);
    assert.equal((await run(["show", "routes", "--at", "yesterday"])).code, 2);
  }));

Deno.test("show routes --at a time after bgpd stopped: nothing is known about it, exit code 1", () =>
  withHistory(async (run, _, daemon) => {
    daemon.close();
    const before = await run(["show", "routes", "--at", "2024-01-01T11:28:00Z"]);
    assert.deepEqual([before.code, before.messages], [0, ""]);
    const { code, messages, lines } = await run(["show", "routes", "--at", "2024-01-01T12:01:00Z"]);
    assert.equal(code, 1);
    assert.match(
      messages,
      /^bgpd: nothing is known about 2024-01-01T12:01:00.000Z: bgpd stopped at 2024-01-01T12:00:00/,
    );
    assert.ok(lines.length > 2, "the routes of the last run");
  }));

Deno.test("show routes --at with --longer and --limit; what the history does not record is refused", () =>
  withHistory(async (run) => {
    const past = ["show", "routes", "--at", "2024-01-01T11:28:00Z"];
    assert.equal((await run([...past, "198.51.0.0/16", "--longer"])).lines.length, 3);
    assert.equal((await run([...past, "198.52.0.0/16", "--longer"])).messages, "no routes");
    const all = await run(["show", "routes", "--at", "2024-01-01T11:31:00Z", "--limit", "1"]);
    assert.match(all.messages, /^there are more routes: these are the first 1 \(--limit\)/);
    for (const option of ["--best", "--rejected", "--received"]) {
      const { code, messages } = await run([...past, option]);
      assert.deepEqual([code, messages.includes(`${option} cannot be combined with --at`)], [2, true]);
    }
  }));

Deno.test("deleted history and gaps are reported for a time, and for a prefix without history", () =>
  withHistory(async (run, folder) => {
    const db = new DatabaseSync(`${folder}/bgpd.db`);
    db.exec(`INSERT INTO daemon(key, value) VALUES('history_from', ${noon - 60 * minute})`);
    db.exec(`INSERT INTO history_gaps(from_at, to_at, changes, began_at) VALUES(${noon}, 253402300799999, 0, ${noon})`);
    db.close();
    const past = await run(["show", "routes", "--at", "2024-01-01T10:59:59Z"]);
    assert.deepEqual([past.code, past.lines], [1, []]);
    assert.match(
      past.messages,
      /has no history for 2024-01-01T10:59:59\.000Z: .*begins at 2024-01-01T11:00:00\.000Z; history_days and/,
    );
    assert.equal((await run(["show", "routes", "--at", "2024-01-01T11:00:00Z"])).messages, "no routes");
    const none = await run(["show", "history", "10.99.0.0/16"]);
    assert.match(none.messages, /^no history\nbgpd: the history is incomplete: 3 entries that ended between/);
    assert.match(
      none.messages,
      /an unknown number of entries that ended since 2024-01-01T12:00:00.000Z may be missing$/,
    );
  }));

Deno.test("an invalid time, a future time, and a time before the history: one sentence and an exit code", () =>
  withHistory(async (run, folder) => {
    for (const day of ["2023-02-30", "2023-02-29", "2023-13-01", "2023-04-31T12:00:00Z", "2023-00-10"]) {
      const { code, messages } = await run(["show", "routes", "--at", day]);
      assert.equal(code, 2, day);
      assert.match(messages, /is not a time: \S+ does not exist$/);
    }
    assert.notEqual((await run(["show", "routes", "--at", "2024-02-29"])).code, 0, "in the future of the test");
    for (const time of ["9999-01-01", "2024-01-01T12:02:00Z"]) {
      const { code, messages } = await run(["show", "routes", "--at", time]);
      assert.equal(code, 2);
      assert.match(messages, /is in the future/);
    }
    const file = `${folder}/past.mrt`;
    for (const command of [["show", "routes"], ["mrt", "export", file]]) {
      const before = await run([...command, "--at", "2023-01-01"]);
      assert.deepEqual([before.code, before.lines], [1, []]);
      assert.match(before.messages, /has no history for 2023-01-01T00:00:00\.000Z: its history begins at /);
    }
    assert.throws(() => Deno.statSync(file), Deno.errors.NotFound, "no file of nothing");
    const inGap = await run(["mrt", "export", file, "--at", "2024-01-01T11:35:00Z"]);
    assert.equal(inGap.code, 1);
    assert.match(inGap.messages, /may be missing/);
    assert.equal((await run(["mrt", "export", file, "--at", "2024-01-01T11:28:00Z"])).code, 0);
  }));
