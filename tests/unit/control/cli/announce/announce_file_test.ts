/** `bgpd announce -f FILE` and `bgpd withdraw -f FILE`. */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { CommandError, Input } from "../../../../../src/control/cli/command.ts";
import { placed } from "../../../../../src/control/cli/announce/announce_run.ts";
import { readLines } from "../../../../../src/control/cli/announce/announcement_file.ts";
import { resultOf, withDaemon, withoutDaemon } from "../harness.ts";
import { smallDatabase } from "../small_database.ts";

const lines = `# customers
203.0.113.0/24 next-hop 192.0.2.1 comment "customer 7"

announce flow destination 192.0.2.0/24 then discard
{"prefix": "198.51.100.0/24", "med": 5}
withdraw 10.0.0.0/8 peer first
`;

function read(text: string, options: [string, string][] = []) {
  return readLines(text, {
    name: "routes.txt",
    verb: "announce",
    options: (words) => new Input(words, options),
    now: Date.UTC(2026, 0, 1, 12),
  });
}

Deno.test("lines are announcements and withdrawals; options of the command hold for all", () => {
  const { announce, withdraw } = read(lines, [["for", "10m"]]);
  assert.deepEqual(announce.map(({ line, text }) => [line, text.prefix ?? text.rule, text.comment, text.expiresAt]), [
    [2, "203.0.113.0/24", "customer 7", "2026-01-01T12:10:00.000Z"],
    [4, "destination 192.0.2.0/24", null, "2026-01-01T12:10:00.000Z"],
    [5, "198.51.100.0/24", undefined, undefined],
  ]);
  assert.deepEqual(withdraw.map(({ line, text }) => [line, text.prefix, text.peer]), [[6, "10.0.0.0/8", "first"]]);
});

Deno.test("a line that cannot be read is named, and nothing is announced", () => {
  for (
    const [text, sentence] of [
      ["10.0.0.0/8\n10.0.0.0/9 med x", 'routes.txt:2: med takes a whole number from 0 to 4294967295, not "x"'],
      ["flow then discard", /^routes\.txt:1: flow needs a rule/],
      ['{"prefix"}', /^routes\.txt:1: /],
    ] as const
  ) {
    assert.throws(() => read(text), (error: Error) => {
      assert.ok(error instanceof CommandError);
      if (typeof sentence === "string") assert.equal(error.message, sentence);
      else assert.match(error.message, sentence);
      return true;
    });
  }
});

Deno.test("the daemon's numbers become lines: of all parts, or of the part that it refused", () => {
  const lines = read("withdraw 10.0.0.0/8\n\n10.1.0.0/16\n10.2.0.0/16\n10.3.0.0/16");
  const place = (message: string) =>
    placed(new CommandError(message), lines, { announce: 1, withdraw: 0 }, "f").message;
  const end = "; nothing of the file is announced";
  assert.equal(place("announcement 2: no"), `f:4: no${end}`);
  assert.equal(place('announce 2: unknown key "lables"'), `f:5: unknown key "lables"${end}`);
  assert.equal(place("withdrawal 1: no"), `f:1: no${end}`);
  assert.equal(place("announce 7: no"), "announce 7: no", "a number that no line has");
  const withdrawn = placed(new CommandError("withdraw 1: no"), read("withdraw 10.0.0.0/8"), {
    announce: 0,
    withdraw: 0,
  }, "f");
  assert.equal(withdrawn.message, "f:1: no; nothing of the file is withdrawn");
});

Deno.test("a file is sent in parts that belong together, and the daemon says what became of it", () =>
  withDaemon(async (run, target, database) => {
    const file = `${database}.routes`;
    const many = Array.from({ length: 20_000 }, (_, i) => `10.${i >> 8}.${i & 255}.0/24 community 65000:${i}`);
    Deno.writeTextFileSync(file, [...many, "withdraw 192.0.2.0/24"].join("\n"));
    const { code, output } = await run(`announce -f ${file}`);
    assert.equal(code, 0);
    assert.match(output, /^announced 2 routes, withdrew 1 announcement in \d+\.\d s\n$/);
    interface Part {
      readonly announce: object[];
      readonly withdraw: object[];
      readonly transaction: string;
      readonly more: boolean;
    }
    const parts = target.asked.filter(([what]) => what === "change")
      .map(([, body]) => JSON.parse(new TextDecoder().decode(body as Uint8Array)) as Part);
    assert.ok(parts.length > 2);
    assert.equal(parts.reduce((sum, { announce }) => sum + announce.length, 0), 20_000);
    assert.equal(parts[0]!.withdraw.length, 1);
    assert.equal(new Set(parts.map(({ transaction }) => transaction)).size, 1);
    assert.deepEqual(parts.map(({ more }) => more), parts.map((_, i) => i < parts.length - 1));
    Deno.writeTextFileSync(file, "# nothing\n");
    assert.deepEqual(resultOf(await run(`announce -f ${file}`)), [1, "", `bgpd: ${file} has no announcements`]);
    assert.match((await run(`announce 10.0.0.0/8 -f ${file}`)).messages, /takes words or a file, not both/);
  }));

Deno.test("without a daemon, a file is one transaction of the table", () =>
  withoutDaemon(async (run, database) => {
    smallDatabase(database).close();
    const file = `${database}.routes`;
    Deno.writeTextFileSync(file, "10.0.0.0/8\n11.0.0.0/8 next-hop x\n");
    assert.match(
      (await run(`announce -f ${file}`)).messages,
      /routes:2: next_hop: "x" is neither an address nor "self"/,
    );
    const rows = () => {
      const db = new DatabaseSync(database, { readOnly: true });
      try {
        return db.prepare("SELECT prefix FROM announcements").all().map((row) => row["prefix"]);
      } finally {
        db.close();
      }
    };
    assert.deepEqual(rows(), []);
    Deno.writeTextFileSync(file, "10.0.0.0/8\n11.0.0.0/8\n");
    const { messages } = await run(`announce -f ${file}`);
    assert.match(messages, /2 changes of .* will take effect when bgpd starts$/);
    assert.deepEqual(rows(), ["10.0.0.0/8", "11.0.0.0/8"]);
    await run(`withdraw -f ${file}`);
    assert.deepEqual(rows(), []);
  }));
