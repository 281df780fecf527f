/**
 * `bgpd peer add` and `remove` on a running daemon: the peer survives kill -9, a reload and a restart without a line in
 * the file.
 */
import assert from "node:assert/strict";
import { MessageType } from "../../src/message/mod.ts";
import { type Bgpd, startBgpd } from "../support/bgpd.ts";
import { freePort, loopback } from "../support/net.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import { waitFor } from "../support/wait.ts";
import { configHead } from "../support/config_text.ts";

interface Shown {
  readonly peer: string;
  readonly state: string;
  readonly since: string;
}

async function shown(bgpd: Bgpd): Promise<Map<string, Shown>> {
  const { stdout } = await bgpd.command("show", "peers", "--json");
  return new Map((JSON.parse(stdout) as Shown[]).map((peer) => [peer.peer, peer]));
}

async function ok(bgpd: Bgpd, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await bgpd.command(...args);
  assert.equal(code, 0, `bgpd ${args.join(" ")}: ${stderr}`);
  return stdout;
}

Deno.test("a peer added by command survives kill -9 and reload and ends with remove; other sessions stay", async () => {
  const [address, first, second, idle] = [loopback(), loopback(), loopback(), loopback()];
  const port = freePort(address);
  const config = configHead({ address, port }) +
    '[[groups]]\nname = "lab"\npassive = true\n' +
    `[[peers]]\nremote_ip = "${first}"\nremote_as = 65001\ngroup = "lab"\n` +
    `[[peers]]\nremote_ip = "${idle}"\nremote_as = 65001\ngroup = "lab"\n`;
  const connect = (local: string) => ScriptedPeer.connect({ local, address, port, asn: 65001 });
  const folder = await Deno.makeTempDir({ prefix: "bgpd-test-" });
  try {
    {
      await using bgpd = await startBgpd({ config, cwd: folder });
      await using _first = await established(first);
      await ok(bgpd, "peer", "disable", idle);
      const before = await waitFor("the first peer", async () => {
        const peer = (await shown(bgpd)).get(first);
        return peer?.state === "Established" ? peer : undefined;
      });
      // Somebody who is not configured is refused …
      const stranger = await ScriptedPeer.dial({ local: second, address, port, asn: 65001 });
      stranger.write(stranger.openMessage());
      assert.deepEqual(await stranger.notification(), { code: 6, subcode: 5 });
      // … until a command says who it is.
      const wrong = await bgpd.command("peer", "add", second, "--set", "hold_time=9", "--remote-as", "65001");
      assert.deepEqual([wrong.code, wrong.stdout], [1, ""]);
      assert.match(wrong.stderr, /unknown key "hold_time" in \[\[peers\]\]\n.*\n.*\n.*did you mean hold_timer\?/);
      const added = await ok(bgpd, "peer", "add", second, "--remote-as", "65001", "--group", "lab");
      assert.equal(added, `${second} was added\n`);
      await using _second = await established(second);
      const now = await waitFor("the added peer", async () => {
        const peers = await shown(bgpd);
        return peers.get(second)?.state === "Established" ? peers : undefined;
      });
      assert.deepEqual(now.get(first), { ...now.get(first), state: "Established", since: before.since });
      assert.equal(now.get(idle)!.state, "Disabled", "peer add leaves alone what was disabled by command");
      bgpd.process.signal("SIGHUP");
      await waitFor(
        "the reload",
        () => bgpd.log.includes("reload: nothing changed") || bgpd.log.includes("again, as configured"),
      );
      assert.equal((await shown(bgpd)).get(second)!.since, now.get(second)!.since);
      await bgpd.stop("SIGKILL");
    }
    {
      await using bgpd = await startBgpd({ config, cwd: folder });
      await using _first = await established(first);
      await using second_ = await established(second);
      await waitFor("both sessions", async () => {
        const peers = await shown(bgpd);
        return [first, second].every((peer) => peers.get(peer)?.state === "Established");
      });
      const { since } = (await shown(bgpd)).get(first)!;
      assert.match(await ok(bgpd, "peer", "config"), new RegExp(`^\\[\\[peers\\]\\]\nremote_ip = "${second}"\n`));
      assert.equal(await ok(bgpd, "peer", "remove", second), `${second} was removed\n`);
      // RFC 4486 §4: Peer De-configured.
      assert.deepEqual(await second_.peer.notification(), { code: 6, subcode: 3 });
      const left = await waitFor("it to go from the database", async () => {
        const peers = await shown(bgpd);
        return !peers.has(second) && peers;
      });
      assert.equal(left.get(first)!.since, since);
      await bgpd.stop();
    }
    await using bgpd = await startBgpd({ config, cwd: folder });
    assert.deepEqual([...(await shown(bgpd)).keys()], [first, idle]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }

  /** Tries until it is let in: who was refused a moment ago, or dials a daemon that just came up, may be. */
  async function established(local: string): Promise<AsyncDisposable & { peer: ScriptedPeer }> {
    const peer = await waitFor(`a session of ${local}`, async () => {
      const peer = await connect(local);
      await peer.message(MessageType.keepalive);
      return peer;
    });
    return { peer, [Symbol.asyncDispose]: () => Promise.resolve(peer.close()) };
  }
});
