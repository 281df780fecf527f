/**
 * docs/migration.md names keys and commands of bgpd: each key exists, each command is one that bgpd accepts, and for a
 * command of another daemon the page says what bgpd itself answers.
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { keyReference } from "../../../../src/config/mod.ts";
import { type Command, commandLine } from "../../../../src/control/cli/mod.ts";
import { otherCommand } from "../../../../src/control/cli/other_commands.ts";
import { runProgram } from "../../../../src/control/cli/program.ts";
import { fakeIo } from "./fake_io.ts";

const page = Deno.readTextFileSync(fileURLToPath(new URL("../../../../docs/migration.md", import.meta.url)));

type Row = readonly string[];

interface PageTable {
  readonly titles: Row;
  readonly rows: readonly Row[];
}

/** The tables of the page, cell by cell. */
function tables(): PageTable[] {
  const found: { titles: Row; rows: Row[] }[] = [];
  let isInside = false;
  for (const line of page.split("\n")) {
    const cells = line.startsWith("|") ? line.slice(1, -1).split("|").map((cell) => cell.trim()) : undefined;
    if (cells !== undefined && !isInside) found.push({ titles: cells, rows: [] });
    else if (cells !== undefined && !/^[-|\s]+$/.test(line)) found.at(-1)!.rows.push(cells);
    isInside = cells !== undefined;
  }
  return found;
}

function codesIn(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map((match) => match[1]!);
}

/** What the column "bgpd" of all tables names. */
function ours(): string[] {
  return tables().flatMap(({ titles, rows }) => {
    const at = titles.indexOf("bgpd");
    return at === -1 ? [] : rows.flatMap((row) => codesIn(row[at] ?? ""));
  });
}

function withoutEffect(commands: readonly Command[]): Command[] {
  return commands.map((command) => ({
    ...command,
    ...command.commands === undefined ? { run: () => 0 } : { commands: withoutEffect(command.commands) },
  }));
}

Deno.test("every key and table that docs/migration.md names exists", () => {
  const keys = keyReference();
  const sections = new Set(["[[static_routes]]", "[[groups]]", ...keys.map(({ section }) => section)]);
  const known = new Set(keys.flatMap(({ section, key }) => {
    const part = /^(match|set) of/.exec(section)?.[1];
    return part === undefined ? [key] : [`${part}.${key}`];
  }));
  let named = 0;
  for (const code of ours()) {
    if (code.startsWith("bgpd ") || code === "ttl-min") continue;
    const name = code.split(" = ")[0]!;
    assert.ok(sections.has(name) || known.has(name), `\`${code}\`: there is no such key or table`);
    named++;
  }
  assert.ok(named > 150, `only ${named} keys: do the tables still have a column "bgpd"?`);
});

Deno.test("bgpd accepts every command that docs/migration.md names", async () => {
  const nothing = () => Promise.reject(new Error("not here"));
  const info = commandLine({ version: "1", runDaemon: nothing, checkStart: nothing, runWeb: nothing });
  const program = { ...info, commands: withoutEffect(info.commands) };
  const lines = codesIn(page.replaceAll(/```[^]*?```/g, "")).filter((code) => code.startsWith("bgpd "));
  const typed = page.split("\n").filter((line) => line.startsWith("$ bgpd ")).map((line) => line.slice(2));
  for (const line of [...lines, ...typed]) {
    const words = [...line.split(" > ")[0]!.matchAll(/"[^"]*"|\S+/g)].map(([word]) => word.replaceAll('"', ""));
    // A sentence may name a command without its arguments.
    if (/^bgpd (convert( exabgp)?|policy test|policy diff|mrt import|announce|withdraw)$/.test(line)) {
      words.push("--help");
    }
    const io = fakeIo();
    assert.equal(await runProgram(program, words.slice(1), io), 0, `${line}: ${io.messages.join(" ")}`);
  }
  assert.ok(lines.length > 40, `only ${lines.length} commands`);
});

Deno.test("docs/migration.md and bgpd agree about the commands of other daemons", () => {
  const table = tables().find(({ titles }) => titles.some((title) => title.includes("birdc")))!;
  const at = table.titles.indexOf("bgpd");
  const command = (words: string) => words.split(" ").filter((word) => /^[a-z]/.test(word)).slice(1, 3).join(" ");
  let agreed = 0;
  for (const row of table.rows) {
    const answers = codesIn(row[at]!).map(command);
    for (const code of row.slice(1, at).flatMap(codesIn)) {
      const said = otherCommand(code.split(" "), { literalWords: 2 });
      if (said === undefined || code.startsWith("configure")) continue;
      const answer = command(said.slice(said.indexOf("bgpd ")));
      assert.ok(answers.includes(answer), `${code}: the page says ${answers.join(", ")}, and bgpd says ${answer}`);
      agreed++;
    }
  }
  assert.ok(agreed > 15, `only ${agreed} commands are known to bgpd`);
});
