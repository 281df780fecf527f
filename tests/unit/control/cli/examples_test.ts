/** The examples of the help, of the man page and of docs/commands.md are commands that bgpd accepts. */
import assert from "node:assert/strict";
import { type Command, commandLine } from "../../../../src/control/cli/mod.ts";
import { runProgram } from "../../../../src/control/cli/program.ts";
import { calledCommands } from "../../../../tools/reference/commands.ts";
import { fakeIo } from "./fake_io.ts";

/** The same command line; a command only says that its words and options are right. */
function withoutEffect(commands: readonly Command[]): Command[] {
  return commands.map((command) => ({
    ...command,
    ...command.commands === undefined ? { run: () => 0 } : { commands: withoutEffect(command.commands) },
  }));
}

/** The words of the first command of a line, as a shell splits them: `bgpd mrt show - | head` has four. */
function shellWords(line: string): string[] {
  const words: string[] = [];
  for (const [token] of line.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g)) {
    if (/^[|;<>&]/.test(token)) break;
    words.push(token.replace(/["']/g, ""));
  }
  return words;
}

Deno.test("bgpd accepts every example of its help", async () => {
  const nothing = () => Promise.reject(new Error("not here"));
  const info = commandLine({ version: "1", runDaemon: nothing, checkStart: nothing, runWeb: nothing });
  const program = { ...info, commands: withoutEffect(info.commands) };
  let accepted = 0;
  for (const { words, command } of calledCommands(info)) {
    for (const [example] of command.examples ?? []) {
      const line = example.slice(Math.max(0, example.indexOf("bgpd ")));
      const [name, ...args] = shellWords(line);
      assert.equal(name, "bgpd", `${words.join(" ")}: ${example}`);
      const io = fakeIo();
      assert.equal(await runProgram(program, args, io), 0, `${example}: ${io.messages.join(" ")}`);
      accepted++;
    }
  }
  assert.ok(accepted > 40, `only ${accepted} examples`);
});
