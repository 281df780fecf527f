/**
 * The daemon from its start to its end, as an operator meets it: what it says when something is wrong, and how it goes.
 */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { startBgpd } from "../support/bgpd.ts";
import { freePort, loopback } from "../support/net.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import { atBest, waitFor } from "../support/wait.ts";
import { configHead } from "../support/config_text.ts";

interface Lab {
  readonly address: string;
  readonly port: number;
  readonly peers: readonly string[];
  readonly config: string;
}

/** A configuration with passive eBGP peers of AS 65001 on addresses of their own. */
function lab(peers = 1, more = ""): Lab {
  const address = loopback();
  const port = freePort(address);
  const addresses = Array.from({ length: peers }, loopback);
  const config = [
    configHead({ address, port }),
    ...addresses.map((peer) => `[[peers]]\nremote_ip = "${peer}"\nremote_as = 65001\npassive = true\n${more}\n`),
  ].join("\n");
  return { address, port, peers: addresses, config };
}

Deno.test("SIGTERM: Cease to every peer, the last batch committed, exit 0 within a second", async () => {
  const tookMs = await atBest(1500, endPolitely);
  assert.ok(tookMs < 1500, `it took ${tookMs} ms`);
});

/** Milliseconds from the signal to the end. */
async function endPolitely(): Promise<number> {
  const { address, port, peers, config } = lab(2);
  await using bgpd = await startBgpd({ config });
  const sessions = await Promise.all(peers.map((local) => ScriptedPeer.connect({ local, address, port, asn: 65001 })));
  sessions[0]!.announce("192.0.2.0/24");
  // Not a moment to commit: what was received before the signal is written after it.
  await waitFor("the route", () => bgpd.sql("SELECT 1 FROM rib").length > 0);
  const before = performance.now();
  assert.equal(await bgpd.stop("SIGTERM"), 0);
  const tookMs = performance.now() - before;
  for (const session of sessions) assert.deepEqual(await session.notification(), { code: 6, subcode: 2 });
  assert.deepEqual(bgpd.sql("SELECT prefix FROM rib"), [{ __proto__: null, prefix: "192.0.2.0/24" }]);
  return tookMs;
}

Deno.test("SIGTERM while another program locks the database: it ends in time, without the last rows", async () => {
  const tookMs = await atBest(3000, endBesideALock);
  assert.ok(tookMs < 3000, `it took ${tookMs} ms`);
});

async function endBesideALock(): Promise<number> {
  const { address, port, peers, config } = lab();
  await using bgpd = await startBgpd({ config, args: ["-vv"] });
  const session = await ScriptedPeer.connect({ local: peers[0]!, address, port, asn: 65001 });
  session.announce("192.0.2.0/24");
  await waitFor("the route", () => bgpd.sql("SELECT 1 FROM rib").length > 0);
  const other = new DatabaseSync(bgpd.database, { timeout: 5000 });
  let tookMs: number;
  try {
    other.exec("PRAGMA busy_timeout = 5000; BEGIN IMMEDIATE");
    session.announce("198.51.100.0/24");
    await waitFor("it to be read", () => bgpd.log.match(/received UPDATE/g)?.length === 2);
    const before = performance.now();
    assert.equal(await bgpd.stop("SIGTERM"), 0);
    tookMs = performance.now() - before;
  } finally {
    other.close();
  }
  assert.deepEqual(await session.notification(), { code: 6, subcode: 2 });
  assert.match(bgpd.log, /bgpd ends, and the last rows are lost$/m);
  assert.deepEqual(bgpd.sql("SELECT prefix FROM rib"), [{ __proto__: null, prefix: "192.0.2.0/24" }]);
  return tookMs;
}

Deno.test("SIGINT ends it as politely", async () => {
  const { config } = lab();
  await using bgpd = await startBgpd({ config });
  assert.equal(await bgpd.stop("SIGINT"), 0);
});

Deno.test("a busy port: one clear sentence, exit 1", async () => {
  const { config, address, port } = lab();
  using _taken = Deno.listen({ hostname: address, port });
  await using bgpd = await startBgpd({ config, expectFailure: true });
  assert.equal(await bgpd.process.end(), 1);
  const by = `by deno \\(pid ${Deno.pid}\\): stop that program, or choose another address or port`;
  assert.match(bgpd.log, new RegExp(`^bgpd: bgp_socket ${address}:${port} is already in use ${by}$`));
});

Deno.test("a second daemon on the same database: one clear sentence, exit 1, and the first goes on", async () => {
  const first = lab();
  await using bgpd = await startBgpd({ config: first.config });
  const second = lab();
  await using other = await startBgpd({
    config: second.config.replace("router_id", `database = "${bgpd.database}"\nrouter_id`),
    expectFailure: true,
  });
  assert.equal(await other.process.end(), 1);
  assert.match(
    other.log,
    /^bgpd: the database .*bgpd\.db belongs to bgpd with pid \d+, which reads .*bgpd\.toml: name another database/,
  );
  assert.equal(bgpd.process.running, true);
});

Deno.test("a database that cannot be written: one clear sentence, exit 1", async () => {
  const { config } = lab();
  await using bgpd = await startBgpd({
    config: `database = "/proc/bgpd.db"\n${config}`,
    database: "/proc/bgpd.db",
    expectFailure: true,
  });
  assert.equal(await bgpd.process.end(), 1);
  assert.match(bgpd.log, /^bgpd: the database \/proc\/bgpd\.db cannot be written: .*$/);
});

Deno.test("a database of a newer bgpd: one clear sentence, exit 1, and it is left alone", async () => {
  const { config } = lab();
  const folder = await Deno.makeTempDir();
  try {
    await using first = await startBgpd({ config, cwd: folder });
    await first.stop();
    const database = new DatabaseSync(`${folder}/bgpd.db`, { timeout: 5000 });
    database.exec("PRAGMA user_version = 99");
    database.close();
    await using bgpd = await startBgpd({ config, cwd: folder, expectFailure: true });
    assert.equal(await bgpd.process.end(), 1);
    assert.match(bgpd.log, /^bgpd: \/.*bgpd\.db was written by a newer bgpd \(schema 99, this one knows \d+\); /);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a configuration with five mistakes: five errors with line and column, exit 1", async () => {
  const config = `router_id = "1.1.1"
default_as = 65000
databse = "x.db"

[[peers]]
remote_ip = "127.0.0.999"
remote_as = 65001
hold_timer = 2
families = ["ipv4 unicst"]
`;
  await using bgpd = await startBgpd({ config, expectFailure: true });
  assert.equal(await bgpd.process.end(), 1);
  const places = [...bgpd.log.matchAll(/^bgpd\.toml:(\d+):(\d+): /gm)].map((match) => match[1]);
  assert.deepEqual(places, ["1", "3", "6", "8", "9"]);
  assert.match(bgpd.log, /did you mean "?`?database/);
});

Deno.test("an unconfigured peer gets Cease / Connection Rejected, and the log has the lines to add", async () => {
  const { config, address, port } = lab();
  await using bgpd = await startBgpd({ config });
  const stranger = loopback();
  const session = await ScriptedPeer.dial({ local: stranger, address, port, asn: 65001 });
  assert.deepEqual(await session.notification(), { code: 6, subcode: 5 });
  await bgpd.process.waitForLine(new RegExp(`refused .*${stranger}: no such peer; to accept it, add`));
  await bgpd.process.waitForLine(new RegExp(`^ {4}remote_ip = "${stranger}"$`));
});

Deno.test("garbage from one peer: the exact NOTIFICATION, a log line, and the other session goes on", async () => {
  const { address, port, peers, config } = lab(2);
  await using bgpd = await startBgpd({ config });
  const [bad, good] = await Promise.all(
    peers.map((local) => ScriptedPeer.connect({ local, address, port, asn: 65001 })),
  );
  good!.announce("198.51.100.0/24");
  bad!.announce("192.0.2.0/24");
  await waitFor("both routes", () => bgpd.sql("SELECT 1 FROM rib").length === 2);
  // A header without its marker: RFC 4271 §6.1, Connection Not Synchronized.
  bad!.write(new Uint8Array(19));
  assert.deepEqual(await bad!.notification(), { code: 1, subcode: 1 });
  await bgpd.process.waitForLine(new RegExp(`${peers[0]}: sent NOTIFICATION .*Connection Not Synchronized`));
  await waitFor("its route to go", () => bgpd.sql("SELECT 1 FROM rib").length === 1);
  good!.announce("198.51.101.0/24");
  await waitFor("the other's second route", () => bgpd.sql("SELECT 1 FROM rib").length === 2);
});

Deno.test("a malformed UPDATE is treated as withdraw, kept as hex, and the session goes on (RFC 7606 §2)", async () => {
  const { address, port, peers, config } = lab();
  await using bgpd = await startBgpd({ config });
  const session = await ScriptedPeer.connect({ local: peers[0]!, address, port, asn: 65001 });
  session.announce("192.0.2.0/24");
  await waitFor("the route", () => bgpd.sql("SELECT 1 FROM rib").length === 1);
  const update = session.announceMessage("192.0.2.0/24");
  // ORIGIN's value is the fourth octet of the first attribute: 7 is none (RFC 7606 §7.1).
  update[19 + 2 + 2 + 3] = 7;
  session.write(update);
  await waitFor("the route to go", () => bgpd.sql("SELECT 1 FROM rib").length === 0);
  // Events take another way to the database than routes.
  const event = await waitFor(
    "the event",
    () => bgpd.sql("SELECT kind, hex FROM peer_events WHERE hex IS NOT NULL")[0],
  );
  assert.equal(event["kind"], "treatAsWithdraw");
  assert.equal(event["hex"], update.toHex());
  session.announce("192.0.2.0/24");
  await waitFor("the route again", () => bgpd.sql("SELECT 1 FROM rib").length === 1);
});

Deno.test("routes of a lost session leave the views at once", async () => {
  const { address, port, peers, config } = lab();
  await using bgpd = await startBgpd({ config });
  const session = await ScriptedPeer.connect({ local: peers[0]!, address, port, asn: 65001 });
  session.announce("192.0.2.0/24");
  await waitFor("the route", () => bgpd.sql("SELECT 1 FROM loc_rib").length === 1);
  session.close();
  await waitFor("rib to be empty", () => bgpd.sql("SELECT 1 FROM rib").length === 0);
  await waitFor("loc_rib to be empty", () => bgpd.sql("SELECT 1 FROM loc_rib").length === 0);
});

Deno.test("a network in remote_ip takes in whoever calls from inside it", async () => {
  const address = loopback();
  const port = freePort(address);
  const config = `router_id = "10.0.0.1"
default_as = 65000
bgp_socket = "${address}:${port}"
[[peers]]
remote_ip = "127.0.0.0/8"
`;
  await using bgpd = await startBgpd({ config });
  const locals = [loopback(), loopback()];
  const sessions = await Promise.all(
    locals.map((local, i) => ScriptedPeer.connect({ local, address, port, asn: 65001 + i })),
  );
  sessions.forEach((session, i) => session.announce(`10.${i}.0.0/16`));
  await waitFor("a route of each", () => bgpd.sql("SELECT 1 FROM rib").length === 2);
  const rows = bgpd.sql("SELECT peer, peer_as FROM rib ORDER BY peer_as");
  assert.deepEqual(rows.map((row) => [row["peer"], row["peer_as"]]), locals.map((local, i) => [local, 65001 + i]));
});
