import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { backupCommand } from "../../../../../src/control/cli/database/backup.ts";
import { UsageError } from "../../../../../src/control/cli/command.ts";
import { mrtCommand } from "../../../../../src/control/cli/mrt/mrt.ts";
import { runProgram } from "../../../../../src/control/cli/program.ts";
import { showCommand } from "../../../../../src/control/cli/show/show.ts";
import { parseTime } from "../../../../../src/control/cli/text/time.ts";
import { routeChangeSchema, routeStateSchema } from "../../../../../src/control/schema/route.ts";
import { z } from "../../../../../src/control/schema/schema.ts";
import { createStoreBatch, EndedBy, stride } from "../../../../../src/rib/mod.ts";
import type { StoreWriter } from "../../../../../src/store/mod.ts";
import { fakeIo } from "../fake_io.ts";
import { noon, smallDatabase } from "../small_database.ts";

const info = { name: "bgpd", summary: "", version: "0", commands: [showCommand, backupCommand, mrtCommand] };
const minute = 60_000;

/**
 * 198.51.100.0/24 of peer 1 had set 2 from 40 to 20 minutes before noon, then nothing until noon; one of peer 2 was
 * lost.
 */
async function withHistory(
  work: (
    run: (...args: string[]) => Promise<{ code: number; lines: string[]; messages: string }>,
    folder: string,
    daemon: StoreWriter,
  ) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "bgpd-test-" });
  const path = `${folder}/small.db`;
  const daemon = smallDatabase(path);
  const batch = createStoreBatch(8);
  const ended = (from: number, to: number, peer: number, prefix: number, set: number, endedBy: number) =>
    batch.history.set([to, from, peer, prefix, -1, set, endedBy], batch.historyCount++ * stride.history);
  ended(noon - 40 * minute, noon - 30 * minute, 1, 1, 2, EndedBy.replaced);
  ended(noon - 30 * minute, noon - 20 * minute, 1, 1, 1, EndedBy.withdrawn);
  ended(noon - 30 * minute, noon - 25 * minute, 2, 3, 2, EndedBy.sessionLost);
  batch.events.push({
    kind: "gap",
    from: noon - 26 * minute,
    to: noon - 24 * minute,
    since: noon - minute * 27,
    changes: 3,
  });
  daemon.apply(batch);
  daemon.indexes.buildAll();
  const run = async (...args: string[]) => {
    const io = fakeIo({ now: noon + 90_000 });
    const code = await runProgram(info, [...args, "--database", path], io);
    return { code, lines: io.output.split("\n").slice(0, -1), messages: io.messages.join("\n") };
  };
  try {
    await work(run, folder, daemon);
  } finally {
    daemon.close();
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("show history: the states of a prefix, the newest last, + where one holds, and what is missing", () =>
  withHistory(async (run) => {
    const { code, lines, messages } = await run("show", "history", "198.51.100.0/24");
    assert.equal(code, 0);
    assert.deepEqual(lines, [
      " From                      To                          Lasted  Received From  Next Hop     Ended By   AS Path              Communities",
      " 2024-01-01T11:20:00.000Z  2024-01-01T11:30:00.000Z  00:10:00  127.0.0.2      2001:db8::2  replaced   65002 {65011,65012}",
      " 2024-01-01T11:30:00.000Z  2024-01-01T11:40:00.000Z  00:10:00  127.0.0.2      127.0.0.2    withdrawn  65001 3356 65010     65001:99 65001:1:2",
      "+2024-01-01T12:00:00.000Z                            00:01:30  2001:db8::2    127.0.0.2               65001 3356 65010     65001:99 65001:1:2",
      "+2024-01-01T12:00:00.000Z                            00:01:30  127.0.0.2      127.0.0.2               65001 3356 65010     65001:99 65001:1:2",
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
      JSON.parse((await run("show", "history", "198.51.100.0/24", ...args, "--json")).lines.join(""));
    const states = z.array(routeStateSchema).parse(await json("--peer", "first", "--limit", "2"));
    assert.deepEqual(
      states.map((state) => [state.valid_from, state.valid_to, state.ended_by, state.communities]),
      [
        ["2024-01-01T11:30:00.000Z", "2024-01-01T11:40:00.000Z", "withdrawn", ["65001:99"]],
        ["2024-01-01T12:00:00.000Z", null, null, ["65001:99"]],
      ],
    );
    assert.equal(z.array(routeChangeSchema).parse(await json("--changes", "--limit", "3")).length, 3);
    const { lines } = await run("show", "history", "198.51.100.0/24", "--peer", "127.0.0.2", "--changes");
    assert.deepEqual(lines.map((line) => line.split("  ").slice(0, 2).map((text) => text.trim())), [
      ["At", ""],
      ["+2024-01-01T11:20:00.000Z", "announce"],
      ["+2024-01-01T11:30:00.000Z", "announce"],
      ["-2024-01-01T11:40:00.000Z", "withdraw"],
      ["+2024-01-01T12:00:00.000Z", "announce"],
    ]);
    const none = await run("show", "history", "203.0.113.0/24");
    assert.deepEqual([none.code, none.lines], [0, []]);
    assert.match(none.messages, /^no history$/m);
    assert.equal((await run("show", "history", "203.0.113.9")).code, 2);
    assert.equal((await run("show", "history")).code, 2);
  }));

Deno.test("show routes --at: the table of another time, by prefix, address and filter", () =>
  withHistory(async (run) => {
    assert.deepEqual(
      (await run("show", "routes", "--at", "2024-01-01T11:28:00Z")).lines,
      [
        "IPv4 / Unicast",
        " Received From  Prefix           Next Hop          Age  Origin  Local Pref  Metric  AS Path              Communities",
        " 127.0.0.2      198.51.100.0/24  2001:db8::2  00:08:00  igp                         65002 {65011,65012}",
        "",
        "IPv6 / Unicast",
        " Received From  Prefix           Next Hop          Age  Origin  Local Pref  Metric  AS Path              Communities",
      ].slice(0, 3),
    );
    const at = async (...args: string[]) => {
      const { lines, code, messages } = await run("show", "routes", ...args, "--json");
      assert.equal(code, messages === "" ? 0 : 1, messages);
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
    const inGap = await run("show", "routes", "--at", "2024-01-01T11:35:00Z");
    assert.match(inGap.messages, /3 entries that ended between .* may be missing/);
    assert.equal(inGap.code, 1);
    assert.equal((await run("show", "routes", "--at", "2024-01-01T11:28:00Z")).messages, "");
    assert.equal((await run("show", "routes", "--at", "-5m", "--best")).code, 2);
    assert.equal((await run("show", "routes", "--at", "yesterday")).code, 2);
  }));

Deno.test("times are ISO 8601, UTC unless they say otherwise, or so long ago", () => {
  const now = Date.UTC(2026, 0, 31, 12);
  const times: [string, number][] = [
    ["2026-01-31T11:00:00Z", now - 60 * minute],
    ["2026-01-31T11:00:00.250Z", now - 60 * minute + 250],
    ["2026-01-31 11:00", now - 60 * minute],
    ["2026-01-31T12:00:00+01:00", now - 60 * minute],
    ["2026-01-31", Date.UTC(2026, 0, 31)],
    ["-90s", now - 90_000],
    ["10m", now - 10 * minute],
    ["-2d", now - 2 * 86_400_000],
    ["-1w", now - 7 * 86_400_000],
  ];
  for (const [text, time] of times) assert.equal(parseTime(text, now), time, text);
  for (const text of ["", "now", "-10", "10 m", "2026-13-01", "2026-01-31T25:00", "31.1.2026", "1700000000"]) {
    assert.throws(() => parseTime(text, now), UsageError, text);
  }
});

Deno.test("backup copies the database of a running daemon and never writes over a file", () =>
  withHistory(async (run, folder, daemon) => {
    const copy = `${folder}/copy.db`;
    const { code, lines, messages } = await run("backup", copy);
    assert.deepEqual([code, lines], [0, []]);
    assert.match(messages, /^.*copy\.db: \d.* KiB in \d+\.\d s$/);
    daemon.apply({ ...createStoreBatch(4), events: [{ kind: "reset", at: noon }] });
    const db = new DatabaseSync(copy, { readOnly: true });
    assert.deepEqual({ ...db.prepare("SELECT count(*) AS n FROM rib").get() }, { n: 4 });
    assert.deepEqual({ ...db.prepare("SELECT count(*) AS n FROM history").get() }, { n: 3 });
    assert.deepEqual({ ...db.prepare("PRAGMA integrity_check").get() }, { integrity_check: "ok" });
    db.close();
    const again = await run("backup", copy);
    assert.equal(again.code, 1);
    assert.match(again.messages, /already exists; choose another name: a backup never overwrites a file/);
    const nowhere = await run("backup", `${folder}/none/copy.db`);
    assert.equal(nowhere.code, 1);
    assert.match(nowhere.messages, /^bgpd: cannot write .*copy\.db: there is no folder .*none/);
    assert.deepEqual(
      [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) => name.includes("partial")),
      [],
    );
    assert.equal((await run("backup")).code, 2);
    // What is left of a database that was removed: SQLite would write it into the copy.
    Deno.writeTextFileSync(`${folder}/other.db-wal`, "log");
    const poisoned = await run("backup", `${folder}/other.db`);
    assert.equal(poisoned.code, 1);
    assert.match(poisoned.messages, /other\.db-wal of another database already exists/);
  }));

Deno.test("what is trimmed, or was never written, is said of a time and of a prefix without a history", () =>
  withHistory(async (run, folder) => {
    const db = new DatabaseSync(`${folder}/small.db`);
    db.exec(`INSERT INTO daemon(key, value) VALUES('history_from', ${noon - 60 * minute})`);
    db.exec(`INSERT INTO history_gaps(from_at, to_at, changes, began_at) VALUES(${noon}, 253402300799999, 0, ${noon})`);
    db.close();
    const past = await run("show", "routes", "--at", "2024-01-01T10:59:59Z");
    assert.deepEqual([past.code, past.lines], [1, []]);
    assert.match(past.messages, /has no history for 2024-01-01T10:59:59\.000Z: .*begins at 2024-01-01T11:00:00\.000Z$/);
    assert.equal((await run("show", "routes", "--at", "2024-01-01T11:00:00Z")).messages, "no routes");
    const none = await run("show", "history", "10.99.0.0/16");
    assert.match(none.messages, /^no history\nbgpd: the history is incomplete: 3 entries that ended between/);
    assert.match(
      none.messages,
      /an unknown number of entries that ended since 2024-01-01T12:00:00.000Z may be missing$/,
    );
  }));

Deno.test("a time that there is not, that is yet to come, or before all that is known: a sentence, and no exit code 0", () =>
  withHistory(async (run, folder) => {
    for (const day of ["2023-02-30", "2023-02-29", "2023-13-01", "2023-04-31T12:00:00Z", "2023-00-10"]) {
      const { code, messages } = await run("show", "routes", "--at", day);
      assert.equal(code, 2, day);
      assert.match(messages, /is not a time: \S+ does not exist$/);
    }
    assert.notEqual((await run("show", "routes", "--at", "2024-02-29")).code, 0, "in the future of the test");
    for (const time of ["9999-01-01", "2024-01-01T12:02:00Z"]) {
      const { code, messages } = await run("show", "routes", "--at", time);
      assert.equal(code, 2);
      assert.match(messages, /is in the future/);
    }
    const file = `${folder}/past.mrt`;
    for (const command of [["show", "routes"], ["mrt", "export", file]]) {
      const before = await run(...command, "--at", "2023-01-01");
      assert.deepEqual([before.code, before.lines], [1, []]);
      assert.match(before.messages, /has no history for 2023-01-01T00:00:00\.000Z: its history begins at /);
    }
    assert.throws(() => Deno.statSync(file), Deno.errors.NotFound, "no file of nothing");
    const inGap = await run("mrt", "export", file, "--at", "2024-01-01T11:35:00Z");
    assert.equal(inGap.code, 1);
    assert.match(inGap.messages, /may be missing/);
    assert.equal((await run("mrt", "export", file, "--at", "2024-01-01T11:28:00Z")).code, 0);
  }));
