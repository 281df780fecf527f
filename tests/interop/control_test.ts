/** A running bgpd is controlled by commands, by SQL and by signals; a scripted peer sees the effects. */
import assert from "node:assert/strict";
import { MessageType } from "../../src/message/mod.ts";
import { type Bgpd, startBgpd } from "../support/bgpd.ts";
import { freePort, loopback } from "../support/net.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import { receivedRoutes } from "../support/received_routes.ts";
import { atBest, sleep, waitFor } from "../support/wait.ts";
import { configHead } from "../support/config_text.ts";

interface Lab {
  readonly address: string;
  readonly port: number;
  readonly peers: readonly string[];
  readonly config: string;
}

function lab(peers = 1, top = ""): Lab {
  const address = loopback();
  const port = freePort(address);
  const addresses = Array.from({ length: peers }, loopback);
  return { address, port, peers: addresses, config: configOf(address, port, addresses.map((peer) => [peer, ""]), top) };
}

/** Passive peers of AS 65001. */
function configOf(address: string, port: number, peers: (readonly [string, string])[], top = ""): string {
  return [
    `${configHead({ address, port })}${top}\n`,
    ...peers.map(([peer, more]) => `[[peers]]\nremote_ip = "${peer}"\nremote_as = 65001\npassive = true\n${more}\n`),
  ].join("\n");
}

function connect({ address, port }: Lab, local: string): Promise<ScriptedPeer> {
  return ScriptedPeer.connect({ local, address, port, asn: 65001 });
}

const ownRoutes = "SELECT prefix FROM rib WHERE peer = 'local'";

/** Everything the peer was advertised, without what was withdrawn. */
function heldBy(peer: ScriptedPeer): string[] {
  return [...receivedRoutes(peer.received).keys()];
}

/** Milliseconds until the peer holds these prefixes. */
async function untilHeld(peer: ScriptedPeer, prefixes: readonly string[]): Promise<number> {
  const start = performance.now();
  const wanted = [...prefixes].sort().join(" ");
  await waitFor(`the peer to hold ${wanted}`, () => heldBy(peer).sort().join(" ") === wanted, {
    intervalMs: 10,
    detail: () => `it holds ${heldBy(peer).join(" ")}`,
  });
  return performance.now() - start;
}

async function states(bgpd: Bgpd): Promise<Record<string, string>> {
  const { stdout } = await bgpd.command("show", "peers", "--json");
  return Object.fromEntries(
    (JSON.parse(stdout) as { peer: string; state: string }[]).map(({ peer, state }) => [peer, state]),
  );
}

async function ok(bgpd: Bgpd, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await bgpd.command(...args);
  assert.equal(code, 0, `bgpd ${args.join(" ")}: ${stderr}`);
  return stdout;
}

Deno.test("announced by command and by INSERT within a second; stays over kill -9; gone after DELETE", async () => {
  const place = lab();
  const folder = await Deno.makeTempDir({ prefix: "bgpd-test-" });
  try {
    const local = place.peers[0]!;
    {
      await using bgpd = await startBgpd({ config: place.config, cwd: folder });
      const peer = await connect(place, local);
      await peer.message(MessageType.update);
      const words = "announce 198.51.100.0/24 next-hop 192.0.2.7 med 5 community 65000:1 no-export".split(" ");
      const byCommand = await atBest(1000, async (attempt) => {
        if (attempt > 0) await ok(bgpd, "withdraw", "198.51.100.0/24");
        await untilHeld(peer, []);
        await ok(bgpd, ...words);
        return await untilHeld(peer, ["198.51.100.0/24"]);
      });
      const bySql = await atBest(1000, async () => {
        await bgpd.sqlite3("DELETE FROM announcements WHERE prefix = '203.0.113.0/24'");
        await untilHeld(peer, ["198.51.100.0/24"]);
        await bgpd.sqlite3("INSERT INTO announcements(prefix,next_hop) VALUES('203.0.113.0/24','192.0.2.1')");
        return await untilHeld(peer, ["198.51.100.0/24", "203.0.113.0/24"]);
      });
      assert.ok(Math.max(byCommand, bySql) < 1000, `by command ${byCommand} ms, by SQL ${bySql} ms`);
      const route = receivedRoutes(peer.received).get("203.0.113.0/24")!;
      assert.deepEqual([route.nextHop, route.asPath], ["192.0.2.1", "65000"]);
      const shown = await ok(bgpd, "show", "announcements");
      assert.match(shown, /198\.51\.100\.0\/24 .*command, row \d+ +1 of 1 peer$/m);
      assert.match(shown, /203\.0\.113\.0\/24 .*sql, row \d+ +1 of 1 peer$/m);
      const advertised = JSON.parse(await ok(bgpd, "show", "advertised", local, "--json")) as { prefix: string }[];
      assert.deepEqual(advertised.map(({ prefix }) => prefix).sort(), ["198.51.100.0/24", "203.0.113.0/24"]);
      await bgpd.sqlite3("INSERT INTO announcements(prefix) VALUES('192.0.2.0/24')");
      await waitFor("the route in rib", () => bgpd.sql(`${ownRoutes} AND prefix = '192.0.2.0/24'`).length === 1);
      await bgpd.stop("SIGKILL");
      await bgpd.sqlite3("DELETE FROM announcements WHERE prefix = '192.0.2.0/24'");
    }
    await using bgpd = await startBgpd({ config: place.config, cwd: folder });
    const peer = await connect(place, local);
    await untilHeld(peer, ["198.51.100.0/24", "203.0.113.0/24"]);
    // Not what a row said that was deleted while no daemon ran.
    await waitFor("our routes in rib", () => bgpd.sql(ownRoutes).length === 2);
    const tookMs = await atBest(1000, async (attempt) => {
      if (attempt > 0) {
        await bgpd.sqlite3("INSERT INTO announcements(prefix) VALUES('203.0.113.0/24')");
        await untilHeld(peer, ["198.51.100.0/24", "203.0.113.0/24"]);
      }
      await bgpd.sqlite3("DELETE FROM announcements WHERE prefix = '203.0.113.0/24'");
      return await untilHeld(peer, ["198.51.100.0/24"]);
    });
    assert.ok(tookMs < 1000, `withdrawn after ${tookMs} ms`);
    await ok(bgpd, "withdraw", "198.51.100.0/24");
    await untilHeld(peer, []);
    assert.equal(
      (await bgpd.command("withdraw", "198.51.100.0/24")).stderr,
      "bgpd: 198.51.100.0/24 is not announced; bgpd show announcements lists all\n",
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a wrong row gets its error column, a corrected one is announced and loses it", async () => {
  const place = lab();
  await using bgpd = await startBgpd({ config: place.config });
  const peer = await connect(place, place.peers[0]!);
  await bgpd.sqlite3("INSERT INTO announcements(prefix, next_hop) VALUES('203.0.113.0/24', 'nowhere')");
  const error = () => bgpd.sql("SELECT error FROM announcements")[0]!["error"];
  await waitFor("the error", () => error() !== null);
  assert.equal(error(), 'next_hop: "nowhere" is neither an address nor "self"');
  assert.deepEqual(heldBy(peer), []);
  await bgpd.sqlite3("UPDATE announcements SET next_hop = 'self'");
  await untilHeld(peer, ["203.0.113.0/24"]);
  await waitFor("the error to go", () => error() === null);
});

Deno.test("a route for one peer goes to that peer only; global static routes go to all", async () => {
  const place = lab(2, '[[static_routes]]\nprefix = "9.9.9.0/24"\n');
  await using bgpd = await startBgpd({ config: place.config });
  const [first, second] = await Promise.all(place.peers.map((local) => connect(place, local)));
  await ok(bgpd, "announce", "203.0.113.0/24", "peer", place.peers[0]!);
  await untilHeld(first!, ["203.0.113.0/24", "9.9.9.0/24"]);
  await untilHeld(second!, ["9.9.9.0/24"]);
  assert.match(await ok(bgpd, "show", "announcements"), /9\.9\.9\.0\/24 .*config +2 of 2 peers$/m);
  const refused = await bgpd.command("withdraw", "9.9.9.0/24");
  assert.match(refused.stderr, /is in the configuration: remove it there and reload/);
  assert.match((await bgpd.command("announce", "10.0.0.0/8", "peer", "198.51.100.1")).stderr, /there is no peer/);
  // Of two with the same prefix the announcement takes precedence over the configuration.
  await ok(bgpd, "announce", "9.9.9.0/24", "next-hop", "192.0.2.77");
  const nextHop = () => receivedRoutes(second!.received).get("9.9.9.0/24")?.nextHop;
  await waitFor("the other next hop", () => nextHop() === "192.0.2.77");
  await ok(bgpd, "withdraw", "9.9.9.0/24");
  await waitFor("the configured one", () => nextHop() === place.address);
});

Deno.test("command, show, API and SQL name the same peers that got a route, and why others did not", async () => {
  const place = lab(2);
  const [first, second] = place.peers as [string, string];
  const only = 'families = ["ipv4 unicast"]';
  const config = configOf(place.address, place.port, [[first, only], [second, only]]);
  await using bgpd = await startBgpd({ config });
  const session = await connect(place, first);
  const status = () =>
    bgpd.sql("SELECT prefix, state, sent_to FROM announcement_status ORDER BY id").map(Object.values);
  const unsent = () =>
    bgpd.sql("SELECT peer, sent, reason FROM announcement_peers ORDER BY id, peer").map(Object.values);
  const down = `${second} (no session)`;
  assert.equal(
    await ok(bgpd, "announce", "203.0.113.0/24"),
    `announced 203.0.113.0/24 to 1 of 2 peers; not to ${down}\n`,
  );
  const withheld = await bgpd.command("announce", "2001:db8::/32", "next-hop", "2001:db8::1");
  const why = "ipv6 unicast is not negotiated";
  assert.deepEqual([withheld.code, withheld.stdout], [
    1,
    `2001:db8::/32 is not announced: ${first} (${why}), ${down}\n`,
  ]);
  await waitFor("SQL", () => unsent().length === 4);
  assert.deepEqual(status(), [["203.0.113.0/24", "announced", 1], ["2001:db8::/32", "withheld", 0]]);
  assert.deepEqual(unsent(), [
    [first, 1, null],
    [second, 0, "no session"],
    [first, 0, why],
    [second, 0, "no session"],
  ]);
  const shown = JSON.parse(await ok(bgpd, "show", "announcements", "2001:db8::/32", "--json"));
  assert.deepEqual(shown.map((row: Record<string, unknown>) => row["not_sent"]), [[
    { peer: first, state: "withheld", reason: why },
    { peer: second, state: "down", reason: "no session" },
  ]]);
  session.close();
  await waitFor("nobody has it", () => status().every(([, state, sentTo]) => state === "pending" && sentTo === 0));
  assert.equal(await bgpd.stop(), 0);
  assert.deepEqual(unsent(), []);
});

Deno.test("disable says why and stays down; enable, reset and refresh do what they say", async () => {
  const place = lab();
  const local = place.peers[0]!;
  await using bgpd = await startBgpd({ config: place.config });
  let peer = await connect(place, local);
  await ok(bgpd, "peer", "disable", local, "-m", "maintenance");
  assert.deepEqual(await peer.notification(), { code: 6, subcode: 2 });
  await bgpd.process.waitForLine(/sent NOTIFICATION Cease \/ Administrative Shutdown: "maintenance"/);
  await waitFor("Disabled", async () => (await states(bgpd))[local] === "Disabled");
  const stranger = await ScriptedPeer.dial({ local, address: place.address, port: place.port, asn: 65001 });
  assert.deepEqual(await stranger.notification(), { code: 6, subcode: 5 });
  assert.match((await bgpd.command("peer", "reset", local)).stderr, /is disabled/);
  await ok(bgpd, "peer", "enable", local);
  peer = await connect(place, local);
  await waitFor("Established", async () => (await states(bgpd))[local] === "Established");
  await ok(bgpd, "peer", "reset", local);
  assert.deepEqual(await peer.notification(), { code: 6, subcode: 4 });
  await ok(bgpd, "announce", "203.0.113.0/24");
  peer = await connect(place, local);
  await untilHeld(peer, ["203.0.113.0/24"]);
  const updates = () => peer.received.filter(({ type }) => type === MessageType.update).length;
  await sleep(100);
  const before = updates();
  await ok(bgpd, "peer", "refresh", local, "--out");
  await waitFor("our routes again", () => updates() > before);
  // The scripted peer did not announce route refresh: asking it would be a mistake.
  assert.match((await bgpd.command("peer", "refresh", local, "--in")).stderr, /did not announce route refresh/);
  assert.equal(peer.received.some(({ type }) => type === MessageType.routeRefresh), false);
});

Deno.test("refresh --in sends ROUTE-REFRESH for each family to a peer that can (RFC 2918)", async () => {
  const place = lab();
  const local = place.peers[0]!;
  await using bgpd = await startBgpd({ config: place.config });
  const options = { local, address: place.address, port: place.port, asn: 65001 };
  const peer = await ScriptedPeer.connect({ ...options, capabilities: [{ kind: "routeRefresh" }] });
  await waitFor("Established", async () => (await states(bgpd))[local] === "Established");
  await ok(bgpd, "peer", "refresh", local, "--in");
  const requests = () =>
    peer.received.filter(({ type }) => type === MessageType.routeRefresh).map(({ bytes }) => bytes.slice(19).toHex());
  await waitFor("two requests", () => requests().length === 2);
  assert.deepEqual(requests().sort(), ["00010001", "00020001"]);
});

Deno.test("reload: peers come, go and change; who need not reset goes on, and the log says so first", async () => {
  const place = lab(4);
  const [same, changed, removed, renamed] = place.peers as [string, string, string, string];
  await using bgpd = await startBgpd({ config: place.config });
  const sessions = await Promise.all(place.peers.map((local) => connect(place, local)));
  await waitFor(
    "all Established",
    async () => Object.values(await states(bgpd)).every((state) => state === "Established"),
  );
  const since = (peer: string) => bgpd.sql("SELECT since FROM peer_status WHERE peer = ?", peer)[0]!["since"];
  const before = [same, renamed].map(since);
  sessions[2]!.announce("192.0.2.0/24");
  await waitFor("its route", () => bgpd.sql("SELECT 1 FROM rib WHERE peer = ?", removed).length === 1);
  const added = loopback();
  const peers = [[same, ""], [changed, "hold_timer = 30"], [
    renamed,
    'description = "x"\n[[peers.static_routes]]\nprefix = "9.9.9.0/24"',
  ], [added, ""]] as const;
  await Deno.writeTextFile(`${bgpd.folder}/bgpd.toml`, configOf(place.address, place.port, [...peers]));
  bgpd.process.signal("SIGHUP");
  await bgpd.process.waitForLine(new RegExp(`reload: ${changed}: hold_timer changed, session resets$`));
  await bgpd.process.waitForLine(new RegExp(`reload: ${removed}: removed, session ends$`));
  await bgpd.process.waitForLine(new RegExp(`reload: ${renamed}: description, static_routes changed, session stays$`));
  await bgpd.process.waitForLine(new RegExp(`reload: ${added}: added$`));
  assert.deepEqual(await sessions[1]!.notification(), { code: 6, subcode: 6 });
  assert.deepEqual(await sessions[2]!.notification(), { code: 6, subcode: 3 });
  await untilHeld(sessions[3]!, ["9.9.9.0/24"]);
  await waitFor(
    "the removed peer's routes to go",
    () => bgpd.sql("SELECT 1 FROM rib WHERE peer = ?", removed).length === 0,
  );
  await connect(place, added);
  await connect(place, changed);
  await waitFor("Established again", async () => {
    const now = await states(bgpd);
    return [same, changed, renamed, added].every((peer) => now[peer] === "Established") && !(removed in now);
  });
  assert.deepEqual([same, renamed].map(since), before);
  for (const session of [sessions[0]!, sessions[3]!]) {
    assert.equal(session.received.some(({ type }) => type === MessageType.notification), false);
  }
  const stranger = await ScriptedPeer.dial({ local: removed, address: place.address, port: place.port, asn: 65001 });
  assert.deepEqual(await stranger.notification(), { code: 6, subcode: 5 });
});

Deno.test("reload with mistakes: all of them are said, and everything stays as it was", async () => {
  const place = lab();
  await using bgpd = await startBgpd({ config: place.config });
  const peer = await connect(place, place.peers[0]!);
  await Deno.writeTextFile(`${bgpd.folder}/bgpd.toml`, `${place.config}\nhold_timer = 2\nfamilies = ["ipv4"]\n`);
  const { code, stderr } = await bgpd.command("reload");
  assert.equal(code, 1);
  assert.match(
    stderr,
    /not reloaded, .*has errors:\n\/.*\/bgpd\.toml:\d+:\d+: hold_timer .*\n[^]*bgpd\.toml:\d+:\d+: families/,
  );
  const logged = () => [...bgpd.log.matchAll(/error +reload: \/\S+\/bgpd\.toml:\d+/g)].length;
  await waitFor("both of them in the log", () => logged() === 2);
  await Deno.writeTextFile(`${bgpd.folder}/bgpd.toml`, place.config);
  assert.equal(await ok(bgpd, "reload"), "nothing changed\n");
  assert.equal(peer.received.some(({ type }) => type === MessageType.notification), false);
});

Deno.test("what was disabled at run time is as configured after a reload", async () => {
  const place = lab();
  const local = place.peers[0]!;
  await using bgpd = await startBgpd({ config: place.config });
  await ok(bgpd, "peer", "disable", local);
  assert.equal(await ok(bgpd, "reload"), `${local}: enabled again, as configured\n`);
  await connect(place, local);
});

Deno.test("the control socket belongs to its owner, goes with the daemon, and replaces one of kill -9", async () => {
  const place = lab();
  const folder = await Deno.makeTempDir({ prefix: "bgpd-test-" });
  try {
    const socket = `${folder}/bgpd.db.sock`;
    {
      await using bgpd = await startBgpd({ config: place.config, cwd: folder });
      assert.equal((await Deno.stat(socket)).mode! & 0o777, 0o600);
      await bgpd.stop("SIGKILL");
      assert.equal((await Deno.stat(socket)).isSocket, true);
      assert.equal(
        (await bgpd.command("reload")).stderr,
        `bgpd: no bgpd is running on ${folder}/bgpd.db; ` +
          "start it, or name another database with --database or --config\n",
      );
    }
    await using bgpd = await startBgpd({ config: place.config, cwd: folder });
    assert.equal(await ok(bgpd, "reload"), "nothing changed\n");
    assert.equal(await bgpd.stop(), 0);
    await assert.rejects(Deno.stat(socket), Deno.errors.NotFound);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("over api_socket: reading is open, changing needs the token of api_token_file", async () => {
  const address = loopback();
  const port = freePort(address);
  const place = lab(1, `api_socket = "${address}:${port}"\napi_token_file = "api.token"`);
  const folder = await Deno.makeTempDir({ prefix: "bgpd-test-" });
  try {
    await Deno.writeTextFile(`${folder}/api.token`, "correct-horse\n");
    await using bgpd = await startBgpd({ config: place.config, cwd: folder });
    const url = `http://${address}:${port}`;
    const metrics = await (await fetch(`${url}/metrics`)).text();
    assert.match(metrics, new RegExp(`^bgpd_peer_state\\{peer="${place.peers[0]}"\\} \\d$`, "m"));
    const reset = async (headers: Record<string, string>) => {
      const response = await fetch(`${url}/api/v1/peers/${place.peers[0]}/reset`, { method: "POST", headers });
      return [response.status, await response.json()];
    };
    assert.deepEqual((await reset({}))[0], 401);
    assert.deepEqual((await reset({ authorization: "Bearer battery-staple" }))[0], 403);
    assert.deepEqual((await reset({ authorization: "Bearer correct-horse" }))[0], 200);
    assert.equal(await bgpd.stop(), 0);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
