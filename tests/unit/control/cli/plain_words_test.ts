/** A line that is read without commander has the same meaning with it, and names the same command. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { Command, Input } from "../../../../src/control/cli/command.ts";
import { commandFile, commandFiles } from "../../../../src/control/cli/command_files.ts";
import { commandLine, type CommandLineOptions } from "../../../../src/control/cli/command_line.ts";
import { readPlainWords } from "../../../../src/control/cli/plain_words.ts";
import { runProgram } from "../../../../src/control/cli/program.ts";
import { fakeIo } from "./fake_io.ts";

const never = () => Promise.reject(new Error("no command runs"));
const options: CommandLineOptions = { version: "0", runDaemon: never, checkStart: never, runWeb: never };

/** What commander reads: the words and the value of every option; `undefined`: no command ran. */
async function readByCommander(command: Command, args: readonly string[]): Promise<unknown> {
  let read: Input | undefined;
  const run = (input: Input) => {
    read = input;
    return 0;
  };
  const info = { name: "bgpd", summary: "", version: "0", commands: [{ ...command, run, isDefault: false }] };
  await runProgram(info, [command.name, ...args], fakeIo());
  return read === undefined ? undefined : valuesOf(read, command);
}

function valuesOf(input: Input, { options = [] }: Command): unknown {
  const names = options.map(({ flags }) => /--([a-z0-9-]+)/.exec(flags)![1]!);
  return [
    input.words,
    names.map((name) => [name, input.text(name), input.list(name), input.flag(name), input.count(name)]),
  ];
}

/** Words that a person types, and words that only resemble flags. */
function argsFor({ options = [] }: Command): fc.Arbitrary<string[]> {
  const flags = options.flatMap(({ flags }) => flags.split(/, | /).filter((part) => part.startsWith("-")));
  const word = fc.constantFrom("192.0.2.1", "192.0.2.0/24", "x=y", "detail", "", "5", "-1", "a b");
  const flag = fc.constantFrom("--json", ...flags);
  const odd = fc.oneof(
    fc.constantFrom("-", "--", "-x", "--no-json", "--jso", "-h", "-vv", "-dx"),
    fc.tuple(flag, word).map(([name, value]) => `${name}=${value}`),
  );
  return fc.array(fc.oneof({ arbitrary: word, weight: 4 }, { arbitrary: flag, weight: 4 }, odd), { maxLength: 6 });
}

Deno.test("every plain line has the words and options that commander reads", async () => {
  let plain = 0;
  for (const { load } of commandFiles) {
    const command = await load(options);
    await fc.assert(
      fc.asyncProperty(argsFor(command), async (args) => {
        const input = readPlainWords(command, args);
        if (input === undefined) return;
        plain++;
        assert.deepEqual(valuesOf(input, command), await readByCommander(command, args), args.join(" "));
      }),
      { numRuns: 150 },
    );
  }
  assert.ok(plain > 500, `only ${plain} lines were plain`);
});

Deno.test("a line with a mistake, and one that asks for help, is left to commander", async () => {
  const command = await commandFile(["show", "peer"])!.file.load(options);
  for (
    const line of ["", "a b c", "a --help", "a -h", "a --jsn", "a --database", "a -d --json", "a --json=1", "a -- b"]
  ) {
    assert.equal(readPlainWords(command, line.split(" ").filter((word) => word !== "")), undefined, line);
  }
  assert.ok(readPlainWords(command, ["a", "--database=x.db", "--json"]));
});

Deno.test("a command that is loaded alone is that of the whole command line, under each name", async () => {
  const whole = commandLine(options);
  for (const { words, load } of commandFiles) {
    let list: readonly Command[] | undefined = whole.commands;
    let command: Command | undefined;
    for (const names of words) {
      command = list?.find(({ name }) => name === names[0]);
      assert.deepEqual([command?.name, ...command?.aliases ?? []], names);
      list = command?.commands;
    }
    const alone = await load(options);
    if (["run", "web", "mcp"].includes(alone.name)) assert.deepEqual(Object.keys(alone), Object.keys(command!));
    else assert.equal(alone, command);
  }
});

Deno.test("the first words of a line name the command; with a dot or a slash, the configuration of run", () => {
  const named = (line: string) => {
    const found = commandFile(line.split(" "));
    return found && [found.file.words.map(([name]) => name).join(" "), found.length];
  };
  assert.deepEqual(named("s n --json"), ["show peers", 2]);
  assert.deepEqual(named("advertise 203.0.113.0/24"), ["announce", 1]);
  assert.deepEqual(named("bgpd.toml -v"), ["run", 0]);
  assert.deepEqual(named("/etc/bgpd"), ["run", 0]);
  for (const line of ["", "show", "show peesr", "help show", "--version", "-p 1179 bgpd.toml", "show --json peers"]) {
    assert.equal(named(line), undefined, line);
  }
});
