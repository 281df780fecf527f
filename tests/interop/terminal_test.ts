/** Commands in a real terminal (a pty that `script` makes): no line of a table is wider than the terminal. */
import assert from "node:assert/strict";
import { displayWidth } from "../../src/control/cli/text/width.ts";
import { bgpdPath, ensureBgpd, startBgpd } from "../support/bgpd.ts";
import { configHead } from "../support/config_text.ts";
import { freePort, loopback } from "../support/net.ts";
import { run } from "../support/process.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import { waitFor } from "../support/wait.ts";
import { longCommands, longDatabase, transit } from "../unit/control/cli/long_database.ts";
import { missingPrograms, peersRequired } from "./peers/mod.ts";

const missing = missingPrograms(["script"]);
const ignore = missing.length > 0 && !peersRequired;
if (ignore) console.error(`SKIPPED: commands in a terminal: missing: ${missing.join(", ")}`);

/** Runs `./bgpd …` in a terminal; returns what it shows, with its colours. */
async function inTerminal(columns: number, args: readonly string[], env: Record<string, string> = {}): Promise<string> {
  const words = [bgpdPath, ...args].map((word) => `'${word}'`).join(" ");
  const command = `stty cols ${columns} rows 50; ${words} 2> /dev/null`;
  const { stdout } = await run("script", ["-qec", command, "/dev/null"], {
    env: { TERM: "xterm-256color", NO_COLOR: "", ...env },
  });
  return stdout.replaceAll("\r\n", "\n");
}

/** Without colours and cursor movements. */
function plain(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replaceAll(/\x1b\[[\d;?]*[A-Za-z]/g, "");
}

function assertFits(text: string, columns: number, what: string): void {
  const lines = plain(text).trimEnd().split("\n");
  assert.ok(lines.length > 1, `${what} printed nothing: ${text}`);
  for (const line of lines) assert.ok(displayWidth(line) <= columns, `${what}, ${columns} columns: ${line}`);
}

async function withLongDatabase(work: (path: string) => Promise<void>): Promise<void> {
  await ensureBgpd();
  const folder = await Deno.makeTempDir({ prefix: "bgpd-test-" });
  try {
    longDatabase(`${folder}/x.db`).close();
    await work(`${folder}/x.db`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test({
  name: "no line of show is wider than a terminal of 80 or 160 columns",
  ignore,
  fn: () =>
    withLongDatabase(async (path) => {
      // The name of the database in the summary may be longer than a terminal is wide.
      for (const command of longCommands.filter((words) => !words.includes("summary"))) {
        for (const columns of [80, 160]) {
          assertFits(await inTerminal(columns, [...command, "-d", path]), columns, command.join(" "));
        }
      }
    }),
});

Deno.test({
  name: "a terminal shows colours; NO_COLOR and a dumb terminal none; --wide is wider than the terminal",
  ignore,
  fn: () =>
    withLongDatabase(async (path) => {
      const peers = ["show", "peers", "-d", path];
      assert.ok((await inTerminal(80, peers)).includes("\x1b[1m Neighbor"));
      for (const env of [{ NO_COLOR: "1" }, { TERM: "dumb" }]) {
        assert.ok(!(await inTerminal(80, peers, env)).includes("\x1b[1m"), JSON.stringify(env));
      }
      assert.ok((await inTerminal(80, [...peers, "--wide"])).includes(transit));
    }),
});

Deno.test({
  name: "show advertised and show announcements of a running bgpd fit the terminal",
  ignore,
  async fn() {
    const address = loopback(), port = freePort(address), local = loopback();
    const config = `${configHead({ address, port })}\n[[peers]]\nremote_ip = "${local}"\nremote_as = 65001\n` +
      `passive = true\ndescription = "a transit provider with a long description"\n`;
    await using bgpd = await startBgpd({ config });
    await ScriptedPeer.connect({ local, address, port, asn: 65001 });
    await waitFor("the session", () => bgpd.sql("SELECT 1 FROM peers WHERE state = 'Established'").length > 0);
    const communities = Array.from({ length: 30 }, (_, i) => `64501:${1000 + i}`);
    const path = ["4200000101", "64510", "64510", "64511", "64512", "64513", "64514", "4200000190"];
    const announced = await bgpd.command(
      "announce",
      "203.0.113.0/24",
      "as-path",
      ...path,
      "community",
      ...communities,
    );
    assert.equal(announced.code, 0, announced.stderr);
    for (const columns of [80, 160]) {
      for (const command of [["advertised", local], ["announcements"], ["advertised", local, "--all"]]) {
        assertFits(await inTerminal(columns, ["show", ...command, "-d", bgpd.database]), columns, command.join(" "));
      }
    }
  },
});
