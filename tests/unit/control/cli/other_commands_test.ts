/** Commands of other programs: each is answered with a command that exists. */
import assert from "node:assert/strict";
import { type Command, commandLine } from "../../../../src/control/cli/mod.ts";
import { otherCommand, otherCommands } from "../../../../src/control/cli/other_commands.ts";
import { runProgram } from "../../../../src/control/cli/program.ts";
import { otherWords } from "../../../../src/config/schema/other_words.ts";
import { fakeIo } from "./fake_io.ts";

const never = () => Promise.reject(new Error("nothing runs here"));
const info = commandLine({ version: "0", runDaemon: never, checkStart: never, runWeb: never });

/** Fails where the line is no command line of ours: a command, its options, and no more words than it takes. */
function assertExists(line: string): void {
  const words = line.split(" ");
  let command: Command | undefined;
  let known: readonly Command[] = info.commands;
  while (known.length > 0) {
    const word = words.shift();
    command = known.find(({ name }) => name === word);
    assert.ok(command !== undefined, `${line}: no command ${word}`);
    known = command.commands ?? [];
    if (words[0] === "--help") return;
  }
  const options = words.filter((word) => word.startsWith("-"));
  for (const option of options) {
    const found = command!.options?.some(({ flags }) => flags.split(/[ ,]+/).includes(option.replace(/^-vv$/, "-v")));
    assert.ok(found, `${line}: no option ${option}`);
  }
  const takes = (option: string) => command!.options?.some(({ flags }) => new RegExp(`${option} [A-Z]`).test(flags));
  const free = words.filter((word, i) => !word.startsWith("-") && !(i > 0 && takes(words[i - 1]!)));
  const most = command!.arguments?.some(({ name }) => name.includes("...")) ? 99 : command!.arguments?.length ?? 0;
  assert.ok(free.length <= most, `${line}: too many words`);
}

for (const [theirs, ours] of otherCommands) {
  Deno.test(`${theirs}: bgpd ${ours} exists, and is the answer`, async () => {
    assertExists(ours);
    const typed = theirs.replace(/\bX\b/, "192.0.2.1").split(" ");
    const expected = `here it is: bgpd ${ours.replace(/\bX\b/, "192.0.2.1")}`;
    assert.ok(otherCommand(typed)?.endsWith(expected), otherCommand(typed));
    const io = fakeIo();
    assert.equal(await runProgram(info, ["birdc", ...typed], io), 2);
    assert.ok(io.messages.join("\n").endsWith(expected), io.messages.join("\n"));
  });
}

Deno.test("an unknown command and too many words name the help that has the right ones", async () => {
  const answers: Readonly<Record<string, string>> = {
    "sh pee": 'unknown command "sh"; see bgpd --help',
    "foo bar": 'unknown command "foo"; see bgpd --help',
    "show pers": 'unknown command "pers"; did you mean peers?',
    "show peers a b c": "too many words for show peers; see bgpd show peers --help",
    "top a": "too many words for top; see bgpd top --help",
    "a.toml b.toml": "too many words for run; see bgpd run --help",
  };
  for (const [line, answer] of Object.entries(answers)) {
    const io = fakeIo();
    assert.equal(await runProgram(info, line.split(" "), io), 2, line);
    assert.deepEqual(io.messages, [`bgpd: ${answer}`]);
  }
});

Deno.test("the commands that answers about configurations name exist", () => {
  for (const program of ["bird", "frr"]) assertExists(`convert ${program} FILE`);
  for (const { command } of otherWords) if (command !== undefined) assertExists(command.replace(/^bgpd /, ""));
});

Deno.test("programs in front, families, spelling and our own options make no difference", () => {
  const answers: Readonly<Record<string, string>> = {
    "vtysh -c|show ip bgp summary": "show peers",
    "birdc|show|route|for|10.0.0.1": "show routes 10.0.0.1",
    "gobgp|global|rib|add|10.0.0.0/24|-a|ipv4": "announce 10.0.0.0/24",
    "bgpctl|show|rib|out|neighbor|10.0.0.1": "show advertised 10.0.0.1",
    "show|bgp|ipv6|unicast|neighbours|fe80::1|-d|x.db": "show peer fe80::1",
    "clear|ip|bgp|*": "peer reset --help",
  };
  for (const [typed, ours] of Object.entries(answers)) {
    assert.equal(otherCommand(typed.split("|"))?.replace(/^.*here it is: bgpd /, ""), ours, typed);
  }
});

Deno.test("a command that begins like one of ours is recognised by its other words", async () => {
  const said = async (line: string) => {
    const io = fakeIo();
    await runProgram(info, line.split(" "), io);
    return io.messages.join("");
  };
  assert.match(await said("show route for 10.0.0.1"), /here it is: bgpd show routes 10\.0\.0\.1$/);
  assert.match(await said("show route protocol x"), /here it is: bgpd show routes --peer x$/);
  assert.match(await said("restart upstream"), /here it is: bgpd peer reset upstream$/);
  assert.match(
    await said("show routes x y z"),
    /"x y z": it is neither a prefix nor a destination as bgpd show routes prints it$/,
  );
});

Deno.test("a word that nobody has is unknown, and so is a mistyped command of ours", async () => {
  for (const typed of [["frobnicate"], ["x.toml", "y.toml"], []]) assert.equal(otherCommand(typed), undefined);
  const io = fakeIo();
  await runProgram(info, ["show", "peesr"], io);
  assert.deepEqual(io.messages, ['bgpd: unknown command "peesr"; did you mean peers?']);
});
