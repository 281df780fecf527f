import assert from "node:assert/strict";
import { type Command, CommandError, UsageError } from "../../../../src/control/cli/command.ts";
import { runProgram } from "../../../../src/control/cli/program.ts";
import { runCommand, type RunOptions } from "../../../../src/control/cli/daemon/run.ts";
import { fakeIo, type FakeIoOptions } from "./fake_io.ts";

const thing: Command = {
  name: "thing",
  aliases: ["t"],
  summary: "does a thing",
  arguments: [{ name: "[WORD]", doc: "a word" }],
  options: [{ flags: "-l, --limit N", doc: "how many" }, { flags: "--json", doc: "JSON" }],
  examples: [["bgpd thing x", "do it"]],
  run(input, io) {
    if (input.words[0] === "fail") throw new CommandError("it cannot be done");
    if (input.words[0] === "wrong") throw new UsageError("not like this");
    io.write(JSON.stringify([input.words, input.number("limit", 1, 9), input.flag("json")]));
    return input.words[0] === "one" ? 1 : 0;
  },
};

async function run(args: string[], options: FakeIoOptions = {}) {
  const io = fakeIo(options);
  const runs: RunOptions[] = [];
  const daemon = runCommand((given) => {
    runs.push(given);
    return Promise.resolve(0);
  });
  const parent: Command = { name: "show", summary: "shows", commands: [thing] };
  const info = { name: "bgpd", summary: "a speaker", version: "1.2.3", commands: [daemon, parent, thing] };
  const code = await runProgram(info, args, io);
  return { code, output: io.output, messages: io.messages.join("\n"), runs };
}

Deno.test("`bgpd CONFIG` is `bgpd run CONFIG`, with options before and after it", async () => {
  const expected = { configPath: "x.toml", address: "::1", port: 1179, verbosity: 2 };
  for (
    const args of [
      ["-a", "::1", "-p", "1179", "x.toml", "-vv"],
      ["run", "-a", "::1", "-p", "1179", "-vv", "x.toml"],
      ["-v", "x.toml", "-v", "--port=1179", "--address", "[::1]"],
    ]
  ) {
    const { code, runs, messages } = await run(args);
    assert.deepEqual([code, messages, runs], [0, "", [expected]], args.join(" "));
  }
  assert.deepEqual((await run(["x.toml"])).runs, [{ configPath: "x.toml", verbosity: 0 }]);
  assert.deepEqual((await run(["-vvvv", "x.toml"])).runs, [{ configPath: "x.toml", verbosity: 2 }]);
});

Deno.test("the error about a missing or unknown word names the help that has the rest", async () => {
  const said = async (...args: string[]) => (await run(args)).messages;
  assert.match(await said("run"), /^bgpd: found no configuration: BGPD_CONFIG is not set, .*name a configuration file/);
  assert.equal(await said("thing", "--nonsense"), "bgpd: unknown option '--nonsense'; see bgpd thing --help");
  assert.equal(await said("--nonsense", "x.toml"), "bgpd: unknown option '--nonsense'; see bgpd --help");
});

Deno.test("wrong usage is exit code 2 and one line on standard error", async () => {
  for (
    const args of [
      ["-p", "0", "x.toml"],
      ["-p", "65536", "x.toml"],
      ["-p", "http", "x.toml"],
      ["-p"],
      ["-a", "localhost", "x.toml"],
      ["--nonsense", "x.toml"],
      ["thing", "--limit", "10"],
      ["thing", "a", "b"],
      ["thing", "wrong"],
      ["thing", "--nonsense"],
      ["show"],
      ["show", "nonsense"],
      ["x.toml", "y.toml"],
    ]
  ) {
    const { code, output, messages, runs } = await run(args);
    assert.deepEqual([code, output, runs], [2, "", []], args.join(" "));
    assert.match(messages, /^bgpd: [^\n]+$/, args.join(" "));
  }
});

Deno.test("a misspelt command is not taken for a configuration file", async () => {
  assert.match((await run(["thign", "x"])).messages, /unknown command "thign"; did you mean thing\?/);
  assert.match((await run(["show", "thign"])).messages, /unknown command "thign"; did you mean thing\?/);
  assert.match((await run(["help", "thign"])).messages, /unknown command "thign"; did you mean thing\?/);
  assert.match((await run(["help", "nonsense"])).messages, /unknown command "nonsense"; see bgpd --help/);
});

Deno.test("a request that fails is exit code 1; a command may choose its code", async () => {
  assert.deepEqual(await run(["thing", "fail"]), {
    code: 1,
    output: "",
    messages: "bgpd: it cannot be done",
    runs: [],
  });
  assert.equal((await run(["thing", "one"])).code, 1);
});

Deno.test("aliases, options with and without value, sub-commands", async () => {
  assert.equal((await run(["t", "x", "--json", "-l", "3"])).output, '[["x"],3,true]');
  assert.equal((await run(["show", "t", "x"])).output, '[["x"],null,false]');
});

Deno.test("a reader that ends, ends the command quietly", async () => {
  assert.deepEqual(await run(["thing", "x"], { closesAfter: 0 }), { code: 0, output: "", messages: "", runs: [] });
});

Deno.test("--version and --help go to standard output with exit code 0, help has examples", async () => {
  assert.deepEqual(await run(["--version"]), { code: 0, output: "1.2.3\n", messages: "", runs: [] });
  const help = await run(["--help"]);
  assert.equal(help.code, 0);
  assert.match(help.output, /Usage: bgpd[^]*thing[^]*Examples:[^]*bgpd bgpd.toml[^]*bgpd thing x/);
  for (const args of [["thing", "--help"], ["help", "thing"]]) {
    const { code, output } = await run(args);
    assert.equal(code, 0);
    assert.match(output, /Usage: bgpd thing[^]*--limit N[^]*Examples:\n {2}bgpd thing x {2}do it/);
  }
});

Deno.test("help fits the terminal; what an example does stands below it if there is no room beside it", async () => {
  for (const columns of [70, 80, 300]) {
    for (const args of [["--help"], ["thing", "--help"], ["help", "show", "thing"]]) {
      const { output, code } = await run(args, { columns });
      assert.equal(code, 0);
      const longest = Math.max(...output.split("\n").map((line) => line.length));
      assert.ok(longest <= Math.min(columns, 120), `${args.join(" ")} at ${columns}: ${longest}`);
    }
  }
  assert.match((await run(["thing", "--help"], { columns: 40 })).output, /Examples:\n {2}bgpd thing x\n {6}do it\n/);
});

Deno.test("without arguments: help on standard error, exit code 2", async () => {
  const { code, output, messages } = await run([]);
  assert.deepEqual([code, output], [2, ""]);
  assert.match(messages, /Usage: bgpd/);
});
