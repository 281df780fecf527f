/**
 * BIRD connects and is not configured: the lines that the log then has, pasted into the file, or the command that it
 * names, make the session come up.
 */
import assert from "node:assert/strict";
import { type Bgpd, startBgpd } from "../support/bgpd.ts";
import { configHead } from "../support/config_text.ts";
import { freePort, loopback } from "../support/net.ts";
import { waitFor } from "../support/wait.ts";
import { peerKinds, startPeer } from "./peers/mod.ts";
import { canRun } from "./star.ts";

const bird = peerKinds.filter(({ title }) => title === "BIRD");

Deno.test({
  name: "BIRD knocks: the lines of the log, pasted into the file, make the session come up",
  ignore: !canRun("strangers", bird),
  fn: () =>
    knock(async (bgpd) => {
      const lines = bgpd.process.stderr.filter((line) => line.startsWith("    ")).map((line) => line.slice(4));
      await Deno.writeTextFile(`${bgpd.folder}/bgpd.toml`, `\n${lines.join("\n")}\n`, { append: true });
      return /run `bgpd (reload -d [^`]*)`/.exec(bgpd.log)![1]!;
    }),
});

Deno.test({
  name: "BIRD knocks: the command of the log makes the session come up",
  ignore: !canRun("strangers", bird),
  fn: () => knock((bgpd) => Promise.resolve(/or run `bgpd (peer add [^`]*)`/.exec(bgpd.log)![1]!)),
});

/** `accept` does what the log says, and returns the arguments of the command that is left to run. */
async function knock(accept: (bgpd: Bgpd) => Promise<string>): Promise<void> {
  const [ours, theirs] = [loopback(), loopback()];
  const [us, them] = [{ address: ours, port: freePort(ours) }, { address: theirs, port: freePort(theirs) }];
  await using bgpd = await startBgpd({ config: configHead(us) });
  await using peer = await startPeer(bird[0]!, {
    local: { ...them, asn: 4_200_000_001 },
    remote: { ...us, asn: 65000 },
    routerId: "10.0.0.9",
    passive: false,
    routes: [],
  });
  await bgpd.process.waitForLine(/remote_as = 4200000001/);
  assert.match(bgpd.log, new RegExp(`add these lines to ${await Deno.realPath(bgpd.folder)}/bgpd.toml and run`));
  const args = await accept(bgpd);
  const { code, stderr } = await bgpd.command(...args.split(" "));
  assert.equal(code, 0, stderr);
  await waitFor("the session", () => peer.established(), { detail: () => bgpd.log, timeoutMs: 20_000 });
}
