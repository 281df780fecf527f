/** `bgpd watch` and `bgpd top` beside a running bgpd whose peer is BIRD. */

import assert from "node:assert/strict";
import { type WatchedJson, watchedSchema } from "../../src/control/schema/watch.ts";
import { type Bgpd, bgpdPath, startBgpd } from "../support/bgpd.ts";
import { configHead } from "../support/config_text.ts";
import { freePort, loopback } from "../support/net.ts";
import { Process } from "../support/process.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import { waitFor } from "../support/wait.ts";
import { Bird } from "./peers/bird.ts";
import { startPeer } from "./peers/mod.ts";
import type { PeerRoute } from "./peers/peer.ts";
import { canRun } from "./star.ts";

function route(prefix: string, communities: readonly string[], med?: number): PeerRoute {
  return { prefix, nextHop: "192.0.2.1", communities, largeCommunities: [], extCommunities: [], med };
}

/** A second bgpd process that watches the database of the first, from its beginning. */
function watch(bgpd: Bgpd, ...args: string[]): Process {
  return new Process(bgpdPath, { args: ["watch", "--since", "-1m", "-d", bgpd.database, ...args] });
}

function watched(process: Process): WatchedJson[] {
  return process.stdout.map((line) => watchedSchema.parse(JSON.parse(line)));
}

/** The next change of a kind that was not seen yet. */
async function next(process: Process, kind: WatchedJson["kind"], nth = 0): Promise<WatchedJson> {
  const find = () => watched(process).filter((change) => change.kind === kind)[nth];
  return await waitFor(`a change of kind ${kind}`, find, { detail: () => process.log() });
}

const title = "watch shows what BIRD announces, changes and withdraws, and follows bgpd over a restart; top shows BIRD";

Deno.test({
  name: title,
  ignore: !canRun(title, [Bird]),
  async fn() {
    const address = loopback(), local = { address: loopback(), port: freePort(address), asn: 65001 };
    const port = freePort(address);
    const config = `${configHead({ address, port })}[[peers]]\nname = "bird"\nremote_ip = "${local.address}"\n` +
      "remote_as = 65001\npassive = true\n";
    const folder = await Deno.makeTempDir({ prefix: "bgpd-test-" });
    const processes: Process[] = [];
    try {
      let bgpd = await startBgpd({ config, cwd: folder });
      const all = watch(bgpd, "--json"), one = watch(bgpd, "203.0.113.0/24", "--count", "1");
      processes.push(all, one);
      const routes = [route("198.51.100.0/24", ["65001:1"], 10)];
      await using bird = await startPeer(Bird, {
        local,
        routerId: "10.0.0.1",
        remote: { address, port, asn: 65000 },
        passive: false,
        routes,
      });
      const session = await next(all, "session");
      assert.equal("peer" in session && session.peer, "bird");
      const first = await next(all, "announce");
      assert.ok(first.kind === "announce" && first.before === null);
      assert.deepEqual([first.prefix, first.med, first.communities], ["198.51.100.0/24", 10, ["65001:1"]]);

      await bird.announce([route("198.51.100.0/24", ["65001:2"], 20), route("203.0.113.0/24", [])]);
      const changed = await next(all, "change");
      assert.ok(changed.kind === "change");
      assert.deepEqual([changed.med, changed.before?.med, changed.before?.communities], [20, 10, ["65001:1"]]);
      await bird.announce([route("198.51.100.0/24", ["65001:2"], 20)]);
      const withdrawn = await next(all, "withdraw");
      assert.ok(withdrawn.kind === "withdraw" && withdrawn.prefix === "203.0.113.0/24");
      assert.equal(await one.end(), 0, "it ends after one change");
      assert.match(
        one.stdout.join("\n"),
        /^\S+Z announce bird +203\.0\.113\.0\/24 {2}next hop 192\.0\.2\.1, path 65001$/,
      );

      const top = await bgpd.command("top", "--once", "-d", bgpd.database);
      assert.equal(top.code, 0, top.stderr);
      assert.match(top.stdout, /^ bird +65001 +Established +\S+ +1 +1 /m);

      assert.equal(await bgpd.stop(), 0);
      await all.waitForLine(/bgpd is not running; it stopped at/);
      bgpd = await startBgpd({ config, cwd: folder });
      await all.waitForLine(/bgpd runs again/);
      await bird.announce([route("198.51.100.0/24", ["65001:3"], 30)]);
      const back = () =>
        watched(all).some((change) => change.kind !== "withdraw" && "med" in change && change.med === 30);
      await waitFor("a change of the next run", back, { detail: () => all.log() });
      all.signal("SIGINT");
      assert.equal(await all.end(), 0, "Ctrl-C ends it cleanly");
      await bgpd.stop();
    } finally {
      for (const process of processes) await process.stop();
      await Deno.remove(folder, { recursive: true });
    }
  },
});

const floodTitle = "watch shows each of 5,000 routes once while they come in, and a lost session as one line";

Deno.test(floodTitle, async () => {
  const address = loopback(), local = loopback();
  const port = freePort(address);
  await using bgpd = await startBgpd({
    config: `${configHead({ address, port })}[[peers]]\nremote_ip = "${local}"\nremote_as = 65001\npassive = true\n`,
  });
  const process = watch(bgpd, "--json");
  try {
    const session = await ScriptedPeer.connect({ local, address, port, asn: 65001, keepaliveMs: 1_000 });
    await next(process, "session");
    const prefixes = Array.from({ length: 5_000 }, (_, i) => `10.${i >> 8}.${i & 255}.0/24`);
    for (const prefix of prefixes) session.announce(prefix);
    const count = (kind: string) => process.stdout.filter((line) => line.startsWith(`{"kind":"${kind}"`)).length;
    await waitFor("every announcement", () => count("announce") >= prefixes.length);
    const seen = new Set(watched(process).flatMap((change) => change.kind === "announce" ? [change.prefix] : []));
    assert.deepEqual([seen.size, count("announce")], [prefixes.length, prefixes.length]);
    session.close();
    const lost = await next(process, "session_lost");
    assert.ok(lost.kind === "session_lost" && lost.routes === prefixes.length);
    process.signal("SIGTERM");
    assert.equal(await process.end(), 0);
  } finally {
    await process.stop();
  }
});
