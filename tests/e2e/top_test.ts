/** `bgpd top` and the shell of `bgpd sql` on a real terminal: the program `script` makes one. */
import assert from "node:assert/strict";
import { type Bgpd, bgpdPath, startBgpd } from "../support/bgpd.ts";
import { configHead } from "../support/config_text.ts";
import { freePort, loopback } from "../support/net.ts";
import { Process } from "../support/process.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import { waitFor } from "../support/wait.ts";
import { canRun } from "../interop/star.ts";

const ignore = !canRun("commands on a terminal", [], "script");

async function withPeer(work: (bgpd: Bgpd, peer: string) => Promise<void>): Promise<void> {
  const address = loopback(), local = loopback(), port = freePort(address);
  await using bgpd = await startBgpd({
    config: `${configHead({ address, port })}[[peers]]\nremote_ip = "${local}"\nremote_as = 65001\npassive = true\n`,
  });
  const session = await ScriptedPeer.connect({ local, address, port, asn: 65001, keepaliveMs: 1_000 });
  session.announce("192.0.2.0/24");
  await waitFor("the route", () => bgpd.sql("SELECT 1 FROM rib").length === 1);
  await work(bgpd, local);
  session.close();
}

/** A command on a terminal of 80x24; then the settings of the terminal, before and after, are in two files. */
function onTerminal(bgpd: Bgpd, command: string): Process {
  const line = `stty rows 24 cols 80; stty -g > before; ${command}; echo "exit code $?"; stty -g > after`;
  return new Process("script", { args: ["-q", "-c", line, "/dev/null"], cwd: bgpd.folder, env: { TERM: "xterm" } });
}

async function assertRestored(bgpd: Bgpd, process: Process): Promise<void> {
  await process.waitForLine(/exit code 0/);
  await process.end();
  const [before, after] = await Promise.all(
    ["before", "after"].map((name) => Deno.readTextFile(`${bgpd.folder}/${name}`)),
  );
  assert.equal(after, before, "the settings of the terminal");
}

Deno.test({
  name: "top on a terminal shows the peer, quits with q, and gives the terminal back",
  ignore,
  fn: () =>
    withPeer(async (bgpd, peer) => {
      const top = onTerminal(bgpd, `${bgpdPath} top -d bgpd.db`);
      try {
        const row = new RegExp(`^>${peer.replaceAll(".", "\\.")} +65001 +.*Established.* 1 `);
        await waitFor("the peer", () => top.stdout.some((line) => row.test(plain(line))), { detail: () => top.log() });
        await top.write("\r");
        await top.waitForLine(/BGP neighbor is/);
        await top.write("q");
        await top.write("q");
        await assertRestored(bgpd, top);
        const said = top.stdout.join("\n");
        assert.ok(said.includes("\x1b[?1049h\x1b[?25l"), "another screen, no cursor");
        assert.ok(said.includes("\x1b[?25h\x1b[?1049l"), "the cursor, and the first screen");
      } finally {
        await top.stop();
      }
    }),
});

Deno.test({
  name: "top gives the terminal back when SIGTERM ends it",
  ignore,
  fn: () =>
    withPeer(async (bgpd) => {
      const top = onTerminal(bgpd, `sh -c 'echo $$ > pid; exec ${bgpdPath} top -d bgpd.db'`);
      try {
        await top.waitForLine(/Established/);
        Deno.kill(Number(await Deno.readTextFile(`${bgpd.folder}/pid`)), "SIGTERM");
        await assertRestored(bgpd, top);
        assert.ok(top.stdout.join("\n").includes("\x1b[?25h\x1b[?1049l"));
      } finally {
        await top.stop();
      }
    }),
});

Deno.test({
  name: "the shell of sql on a terminal: a line is edited, the history is there, Ctrl-D ends it",
  ignore,
  fn: () =>
    withPeer(async (bgpd) => {
      const shell = onTerminal(bgpd, `${bgpdPath} sql -d bgpd.db`);
      try {
        await shell.waitForLine(/\.help/);
        await shell.write("SELECT prefi FROM rib;\x1b[D\x1b[D\x1b[D\x1b[D\x1b[D\x1b[D\x1b[D\x1b[D\x1b[D\x1b[Dx\r");
        await shell.waitForLine(/^ 192\.0\.2\.0\/24/);
        await shell.write("\x1b[A\x17peer_status;\r");
        await shell.waitForLine(/no such column: prefix/);
        await shell.write("\x04");
        await assertRestored(bgpd, shell);
      } finally {
        await shell.stop();
      }
    }),
});

/** A line without colours and movements of the cursor. */
function plain(line: string): string {
  // deno-lint-ignore no-control-regex
  return line.replaceAll(/\x1b\[[0-9;?]*[A-Za-z]/g, "");
}
