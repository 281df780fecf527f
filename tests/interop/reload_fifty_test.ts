/**
 * A reload that changes one peer of fifty: the uptime of the other 49 sessions goes on. Four of the fifty are other
 * daemons where they are installed; the rest is scripted.
 */
import assert from "node:assert/strict";
import { MessageType } from "../../src/message/mod.ts";
import { accepts, freePort, loopback } from "../support/net.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import { waitFor } from "../support/wait.ts";
import { missingPrograms, peersRequired } from "./peers/mod.ts";
import { routers, Star } from "./star.ts";

const peerCount = 50;

interface View {
  readonly peer: string;
  readonly state: string;
  readonly since: string;
  readonly sessions: number;
}

function scriptedConfig(addresses: readonly string[], keys: ReadonlyMap<string, string> = new Map()): string {
  return addresses.map((address) =>
    `[[peers]]\nremote_ip = "${address}"\nremote_as = 65100\npassive = true\n${keys.get(address) ?? ""}\n`
  ).join("\n");
}

Deno.test("reload: of 50 peers one is changed, and 49 sessions go on", async () => {
  const present = routers.filter(({ programs }) => peersRequired || missingPrograms(programs).length === 0);
  if (present.length < routers.length) console.error("SKIPPED: a reload before other daemons: some are not installed");
  const addresses = Array.from({ length: peerCount - present.length }, loopback);
  const rays = present.map((kind, i) => ({ kind, asn: 65001 + i, routes: [] }));
  await using star = new Star(rays, "", scriptedConfig(addresses));
  await star.start();
  const { address, port } = star.ours;
  const { bgpd } = star;
  const connect = (local: string, i: number) =>
    waitFor(
      `a session of ${local}`,
      () => ScriptedPeer.connect({ local, address, port, asn: 65100, routerId: 0x0a000100 + i, holdTimeSeconds: 0 }),
    );
  const scripted = await Promise.all(addresses.map(connect));

  const view = async (): Promise<Map<string, View>> => {
    using client = Deno.createHttpClient({ proxy: { transport: "unix", path: `${bgpd.database}.sock` } });
    const response = await fetch("http://bgpd/api/v1/peers", { client });
    return new Map((await response.json() as View[]).map((peer) => [peer.peer, peer]));
  };
  const allUp = () =>
    waitFor("all sessions", async () => {
      const peers = await view();
      return peers.size === peerCount && [...peers.values()].every(({ state }) => state === "Established") && peers;
    }, star.patience);
  /** Everyone of these has the session that it had. */
  const unmoved = (before: Map<string, View>, now: Map<string, View>, except?: string) => {
    for (const [peer, { since, sessions, state }] of now) {
      if (peer === except) continue;
      const was = before.get(peer)!;
      assert.deepEqual({ peer, state, since, sessions }, { peer, state: "Established", since: was.since, sessions: 1 });
    }
    for (const [i, peer] of scripted.entries()) {
      if (addresses[i] === except) continue;
      assert.equal(peer.received.some(({ type }) => type === MessageType.notification), false, addresses[i]);
    }
  };
  const reload = async (config: string): Promise<string[]> => {
    await Deno.writeTextFile(`${bgpd.folder}/bgpd.toml`, config);
    return (await star.command("reload")).trimEnd().split("\n");
  };
  const withKeys = (keys: Record<string, string>) =>
    star.config.replace(star.bottom, scriptedConfig(addresses, new Map(Object.entries(keys))));

  // One that must reset.
  const before = await allUp();
  const changed = addresses[17]!;
  const hold = withKeys({ [changed]: "hold_timer = 30" });
  assert.deepEqual(await reload(hold), [`${changed}: hold_timer changed, session resets`]);
  // RFC 4486 §4: Other Configuration Change.
  assert.deepEqual(await scripted[17]!.notification(), { code: 6, subcode: 6 });
  scripted[17] = await connect(changed, 17);
  const after = await allUp();
  unmoved(before, after, changed);
  assert.equal(after.get(changed)!.sessions, 2);
  assert.notEqual(after.get(changed)!.since, before.get(changed)!.since);
  // That it is the session it was is said above; a daemon may be slow to answer.
  for (const peer of star.peers) await peer.waitEstablished(star.patience);

  // Some that need not, a socket more, and a mistake.
  const live = withKeys({ [changed]: "hold_timer = 30", [addresses[3]!]: 'description = "x"\nexport = "all"' });
  assert.deepEqual(await reload(live), [`${addresses[3]}: description, export changed, session stays`]);
  const second = { address: loopback(), port: 0 };
  second.port = freePort(second.address);
  const sockets = live.replace(/^bgp_socket = \[/m, `bgp_socket = ["${second.address}:${second.port}", `);
  assert.deepEqual(await reload(sockets), ["bgp_socket changed, sessions stay"]);
  assert.equal(await accepts(second.address, second.port), true);
  await Deno.writeTextFile(`${bgpd.folder}/bgpd.toml`, `${sockets}\nhold_timer = 1\n`);
  assert.equal((await bgpd.command("reload")).code, 1);
  assert.deepEqual(await reload(live), ["bgp_socket changed, sessions stay"]);
  await waitFor("the second socket to go", async () => !(await accepts(second.address, second.port)));
  unmoved(after, await allUp(), changed);
  for (const peer of star.peers) await peer.waitEstablished(star.patience);

  for (const peer of scripted) peer.close();
  await star.stop();
});
