/**
 * Routers report by BMP to the daemon: another bgpd with all kinds of NLRI, whose tables must stand in SQL as the
 * router has them; connections that break; and senders that are no routers.
 */
import assert from "node:assert/strict";
import { allFamilies } from "../../src/types/mod.ts";
import { MessageType } from "../../src/message/mod.ts";
import { capabilities, families, ofKinds, updates } from "../support/all_kinds.ts";
import { type Bgpd, startBgpd } from "../support/bgpd.ts";
import { announce, endOfRib, initiation, joined, peerUp, type TestPeer } from "../support/bmp_router.ts";
import { freePort, loopback } from "../support/net.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import { UpdateTable } from "../support/update_table.ts";
import { testContext } from "../support/update_view.ts";
import { waitFor } from "../support/wait.ts";
import { Frr } from "./peers/frr.ts";
import { GoBgp } from "./peers/gobgp.ts";
import { report } from "./reporting_routers.ts";
import { canRun } from "./star.ts";

const destination = `f.name || ' ' || coalesce(p.prefix, n.nlri) || ' ' || path_id || ' ' || hex(a.wire)`;
const joins = `LEFT JOIN prefixes p ON p.id = prefix_id LEFT JOIN nlri n ON n.id = prefix_id
  JOIN families f ON f.id = coalesce(p.family, n.family)`;

/** The routes of the router's own database. */
function own(router: Bgpd, condition: string, set = "attribute_id", path = "path_id"): string[] {
  return router.sql(
    `SELECT ${destination.replace("path_id", path)} AS route FROM routes JOIN attributes a ON a.id = ${set} ${joins}
     JOIN peers ON peers.id = peer_id WHERE ${condition} ORDER BY 1`,
  ).map(({ route }) => String(route));
}

/** What the collector has of a table of the router. */
function reported(collector: Bgpd, kind: string, peer: string): string[] {
  return collector.sql(
    `SELECT ${destination} AS route FROM router_routes r JOIN attributes a ON a.id = attribute_id ${joins}
     JOIN router_peer_states s ON s.id = r.peer_id
     LEFT JOIN peer_families g ON g.peer_id = r.peer_id AND g.family = f.id
     WHERE rib_kind = '${kind}' AND peer LIKE '${peer}' AND received_at >= coalesce(g.flushed_at, 0) ORDER BY 1`,
  ).map(({ route }) => String(route));
}

/** What the router has sent to a peer. */
function advertised({ received }: ScriptedPeer): string[] {
  const table = new UpdateTable();
  const context = testContext({ families: allFamilies });
  for (const { type, bytes } of received) if (type === MessageType.update) table.apply(bytes, context);
  return table.lines.map((line) =>
    line.replace(/ [\d.]+$/, (set) => ` ${Uint8Array.from(set.trim().split(".").map(Number)).toHex().toUpperCase()}`)
  ).sort();
}

async function equal(what: string, one: () => string[], other: () => string[]): Promise<void> {
  await waitFor(what, () => one().length > 0 && JSON.stringify(one()) === JSON.stringify(other()), {
    detail: () => `${one().join("\n")}\n  ≠\n${other().join("\n")}`,
  });
}

const isBest = "peer_id > 0 AND EXISTS (SELECT 1 FROM best b WHERE b.prefix_id = routes.prefix_id" +
  " AND b.peer_id = routes.peer_id AND b.path_id = routes.path_id)";

function startCollector(port: number, address: string, more = ""): Promise<Bgpd> {
  const bgp = loopback();
  return startBgpd({
    config: `router_id = "192.0.2.1"
default_as = 65010
bgp_socket = "${bgp}:${freePort(bgp)}"
bmp_socket = "${address}:${port}"
${more}`,
  });
}

const received = "coalesce(received_id, attribute_id)";

/** The only router of the collector. */
function nameOf(collector: Bgpd): string {
  return String(collector.sql("SELECT router FROM routers")[0]?.["router"]);
}

/** A connection to the BMP socket of a collector, and what it sends. */
async function connect(address: string, port: number, ...octets: readonly Uint8Array[]): Promise<Deno.TcpConn> {
  const conn = await Deno.connect({ hostname: address, port });
  await writeAll(conn, joined(...octets));
  return conn;
}

async function writeAll(conn: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await conn.write(bytes.subarray(at));
}

/** The other side has closed the connection. */
async function isClosed(conn: Deno.TcpConn): Promise<void> {
  const count = await conn.read(new Uint8Array(64)).catch(() => null);
  assert.equal(count, null);
  try {
    conn.close();
  } catch {
    // It is closed already.
  }
}

Deno.test("tables of a router stand in SQL as the router has them, for all kinds of NLRI", async () => {
  const bmp = loopback(), bmpPort = freePort(bmp), address = loopback(), port = freePort(address);
  const at = loopback(), other = loopback();
  await using collector = await startCollector(
    bmpPort,
    bmp,
    `[[routers]]\naddress = "127.0.0.0/8"\nstale_time = 2\n`,
  );
  const config = `router_id = "10.0.0.254"
default_as = 65000
bgp_socket = "${address}:${port}"
[[policies]]
name = "some"
default = "accept"
[[policies.rules]]
match = { prefix = "10.99.0.0/16" }
action = "reject"
[[policies.rules]]
match = { prefix = "10.1.0.0/16" }
set = { local_pref = 200 }
action = "accept"
[[groups]]
name = "clients"
remote_as = 65000
passive = true
route_reflector_client = true
flowspec_validation = false
families = ${JSON.stringify(families.map(({ name }) => name))}
[[peers]]
name = "out"
group = "clients"
remote_ip = "${other}"
[[peers]]
name = "all"
group = "clients"
remote_ip = "${at}"
import = { "ipv4 unicast" = ["some"], default = "all" }
[[stations]]
address = "${bmp}:${bmpPort}"
monitor = ["adj-in", "adj-in-post", "adj-out-post", "loc"]
statistics = 1
retry = 1
`;
  await using router = await startBgpd({ config });
  const all = await ScriptedPeer.connect({
    address,
    port,
    asn: 65000,
    keepaliveMs: 1000,
    local: at,
    capabilities: capabilities(),
  });
  const out = await ScriptedPeer.connect({
    address,
    port,
    asn: 65000,
    keepaliveMs: 1000,
    routerId: 0x0a000009,
    local: other,
    capabilities: capabilities(),
  });
  const same = async (what: string) => {
    await equal(`${what}: adj-in`, () => reported(collector, "adj-in", at), () => own(router, "peer_id > 0", received));
    const accepted = () => own(router, "peer_id > 0 AND ineligible = 0");
    await equal(`${what}: adj-in-post`, () => reported(collector, "adj-in-post", at), accepted);
    const best = () => own(router, isBest, "attribute_id", "-1");
    await equal(`${what}: adj-out-post`, () => reported(collector, "adj-out-post", other), () => advertised(out));
    await equal(`${what}: loc`, () => reported(collector, "loc", "loc-rib%"), best);
  };
  all.write(updates(ofKinds, {}));
  await same("first");
  all.write(updates(ofKinds.slice(0, 8), { med: 7 }));
  all.write(updates(ofKinds.slice(10), "withdraw"));
  await waitFor("the changes in the router", () => own(router, "1").length === 10);
  await same("after changes");
  assert.deepEqual(
    collector.sql("SELECT prefix, effect FROM policy_effect WHERE family = 'ipv4 unicast' ORDER BY 1")
      .map(({ prefix, effect }) => `${prefix} ${effect}`),
    ["10.1.0.0/16 changed"],
  );
  await waitFor(
    "statistics",
    () => collector.sql("SELECT 1 FROM router_peers WHERE statistics IS NOT NULL").length > 0,
  );

  const name = nameOf(collector);
  const shown = await collector.command(
    "show",
    "routes",
    "10.1.0.7",
    "--router",
    name,
    "--rib-kind",
    "adj-in",
    "--json",
  );
  const [route] = JSON.parse(shown.stdout);
  assert.deepEqual([route.prefix, route.peer, route.rib_kind, route.med], ["10.1.0.0/16", at, "adj-in", 7]);
  const { stdout } = await collector.command("show", "routes", "--router", name, "--family", "ipv4 vpn");
  assert.match(stdout, /10\.4\.0\.0\/16/);
  assert.match((await collector.command("show", "routers")).stdout, new RegExp(`${name} +\\S+ +up`));
  assert.match((await collector.command("show", "peers", "--router", name)).stdout, /loc-rib +loc +65000 +up/);
  assert.match((await collector.command("policy", "effect")).stdout, /Unchanged/);
  const detail = await collector.command("show", "router", name, "--json");
  const kinds = new Set(JSON.parse(detail.stdout).tables.map(({ rib_kind: kind }: { rib_kind: string }) => kind));
  assert.deepEqual([...kinds].sort(), ["adj-in", "adj-in-post", "adj-out-post", "loc"]);
  const refused = await collector.command("show", "routes", "--router", "nobody");
  assert.match(refused.stderr, new RegExp(`there is no router nobody: ${name}`));
  assert.equal(collector.sql("SELECT 1 FROM rib").length, 0);

  all.close();
  await waitFor("the end of the routes", () => reported(collector, "adj-in", at).length === 0);
  const [down] = collector.sql(`SELECT reason FROM router_peers WHERE peer = '${at}' AND rib_kind = 'adj-in'`);
  assert.equal(down?.["reason"], "the peer closed the session without a NOTIFICATION");
  assert.ok(collector.sql("SELECT 1 FROM monitored_history WHERE ended_by = 'session lost'").length > 0);
  await router.stop();
  await waitFor("the router is down", () => collector.sql("SELECT 1 FROM routers WHERE state = 'down'").length === 1);
  await waitFor("nothing is left", () => collector.sql("SELECT 1 FROM monitored_rib").length === 0);
  out.close();
});

const peer: TestPeer = { address: "192.0.2.7", asn: 65_007 };
const prefixes = Array.from({ length: 2_000 }, (_, i) => `10.${i >> 8}.${i & 255}.0/24`);

Deno.test("connections of a router that break at any octet cost no route and no history", async () => {
  const bmp = loopback(), bmpPort = freePort(bmp);
  await using collector = await startCollector(bmpPort, bmp, "bmp_unknown_routers = true\n");
  const dump = joined(initiation("edge1"), peerUp(peer), announce(peer, prefixes), endOfRib(peer));
  const first = await connect(bmp, bmpPort, dump);
  const count = (where = "1") => collector.sql(`SELECT count(*) AS n FROM monitored_rib WHERE ${where}`)[0]?.["n"];
  await waitFor("the table", () => count() === prefixes.length);
  first.close();
  for (let i = 1; i <= 20; i++) {
    const conn = await connect(bmp, bmpPort, dump.subarray(0, Math.floor(dump.length * i / 21)));
    if (i % 3 === 0) await new Promise((resolve) => setTimeout(resolve, 30));
    conn.close();
  }
  const last = await connect(bmp, bmpPort, dump);
  await waitFor("a fresh table", () => count("NOT stale") === prefixes.length);
  assert.equal(count(), prefixes.length);
  assert.deepEqual(collector.sql("SELECT * FROM monitored_history WHERE ended_by IS NOT NULL"), []);
  assert.ok(collector.sql("SELECT 1 FROM router_events WHERE kind = 'down'").length >= 1);
  last.close();
});

Deno.test("senders that are no routers lose their connection, and nobody else does; a reload counts", async () => {
  const bmp = loopback(), bmpPort = freePort(bmp);
  await using collector = await startCollector(bmpPort, bmp, "bmp_unknown_routers = true\n");
  const good = await connect(bmp, bmpPort, initiation("good"), peerUp(peer), announce(peer, prefixes.slice(0, 10)));
  const text = new TextEncoder();
  await isClosed(await connect(bmp, bmpPort, text.encode("GET / HTTP/1.1\r\nHost: bmp\r\n\r\n")));
  await isClosed(await connect(bmp, bmpPort, peerUp(peer)));
  await isClosed(await connect(bmp, bmpPort, initiation("huge"), Uint8Array.of(3, 0xff, 0xff, 0xff, 0xff, 0)));
  const half = await connect(
    bmp,
    bmpPort,
    initiation("half"),
    peerUp(peer),
    announce(peer, prefixes).subarray(0, 5_000),
  );
  half.close();
  const unknown = await connect(bmp, bmpPort, initiation("unknown"), announce(peer, prefixes.slice(0, 1)));
  await waitFor("a skipped message", () => /router unknown: routeMonitoring for .* is not up/.test(collector.log));
  await writeAll(good, announce(peer, prefixes.slice(10, 11)));
  const ofGood = () => collector.sql("SELECT 1 FROM monitored_rib WHERE router = 'good' AND NOT stale").length;
  await waitFor("the routes of the good one", () => ofGood() === 11, { detail: () => collector.log });
  assert.match(collector.log, /the octets are no BMP/);
  assert.match(collector.log, /the first message is no Initiation/);

  const path = `${collector.folder}/bgpd.toml`, config = await Deno.readTextFile(path);
  await Deno.writeTextFile(path, config.replace("bmp_unknown_routers = true", '[[routers]]\naddress = "192.0.2.99"'));
  assert.equal((await collector.command("reload")).code, 0);
  await isClosed(good);
  await isClosed(unknown);
  await waitFor("no routes", () => collector.sql("SELECT 1 FROM monitored_rib WHERE router = 'good'").length === 0);
  await isClosed(await connect(bmp, bmpPort, initiation("good")));
  await waitFor("a refusal", () => /to bmp_socket refused: no table \[\[routers\]\] names/.test(collector.log));
});

Deno.test({
  name: "FRR and GoBGP report what their peer sends, before and after their policy, also after changes",
  ignore: !canRun("BMP of other daemons", [Frr, GoBgp]),
  fn: async () => {
    const routes = Array.from({ length: 2_000 }, (_, i) => ({
      prefix: `${20 + i % 4}.${i >> 8}.${i & 255}.0/24`,
      origin: 64_500 + i % 20,
    }));
    const accepted = routes.filter(({ prefix }) => !prefix.startsWith("20."));
    const changed = accepted.filter((_, i) => i % 7 === 0).map((route) => ({ ...route, origin: 64_900 }));
    const withdrawn = accepted.filter((_, i) => i % 5 === 0);
    assert.deepEqual(await report(routes, [{ withdrawn, changed }]), []);
  },
});
