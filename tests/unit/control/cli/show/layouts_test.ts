/**
 * What the commands print on terminals of 80 and 160 columns, and what they print into a pipe: `layouts.txt`.
 * `deno test -P tests/unit/control/cli/show/layouts_test.ts -- --update` writes the file anew; read the difference.
 */
import assert from "node:assert/strict";
import { displayWidth } from "../../../../../src/control/cli/text/width.ts";
import { bgpd, inFolder } from "../harness.ts";
import { later, longCommands, longDatabase } from "../long_database.ts";

const file = new URL("layouts.txt", import.meta.url);
const update = Deno.args.includes("--update");

/** Without colours; the name of the database changes with each run. */
function plain(text: string, path: string): string {
  // deno-lint-ignore no-control-regex
  return text.replaceAll(/\x1b\[\d+m/g, "").replaceAll(path, "/bgpd.db");
}

async function printed(columns: number | undefined, path: string, command: readonly string[]): Promise<string> {
  const terminal = columns === undefined ? {} : { isTerminal: true, columns };
  const { output } = await bgpd([...command, "--database", path], { now: later, ...terminal });
  return plain(output, path);
}

Deno.test("the layouts of show on terminals of 80 and 160 columns, and in a pipe", () =>
  inFolder(async (path) => {
    const daemon = longDatabase(path);
    try {
      let text = "";
      for (const columns of [80, 160, undefined]) {
        for (const command of longCommands.filter((words) => !words.includes("summary"))) {
          const where = columns === undefined ? "pipe" : `${columns} columns`;
          text += `### ${where}: bgpd ${command.join(" ")}\n${await printed(columns, path, command)}\n`;
        }
      }
      if (update) Deno.writeTextFileSync(file, text);
      assert.equal(text, Deno.readTextFileSync(file));
    } finally {
      daemon.close();
    }
  }));

Deno.test("no line is wider than the terminal, however narrow it is", () =>
  inFolder(async (path) => {
    const daemon = longDatabase(path);
    try {
      for (const columns of [20, 33, 40, 60, 72, 79, 80, 100, 132, 200]) {
        for (const command of longCommands.filter((words) => !words.includes("summary"))) {
          for (const line of (await printed(columns, path, command)).split("\n")) {
            assert.ok(displayWidth(line) <= columns, `${columns} columns, ${command.join(" ")}: ${line}`);
          }
        }
      }
    } finally {
      daemon.close();
    }
  }));

Deno.test("--wide prints whole cells on a terminal, as in a pipe", () =>
  inFolder(async (path) => {
    const daemon = longDatabase(path);
    try {
      for (const command of longCommands.filter((words) => !words.includes("summary"))) {
        assert.equal(await printed(80, path, [...command, "--wide"]), await printed(undefined, path, command));
      }
    } finally {
      daemon.close();
    }
  }));
