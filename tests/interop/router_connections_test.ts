/**
 * Connections of routers to the daemon: many peers, two routers of one name, a dump that stops half-way, routers that
 * bgpd connects to, and routers that are idle. A router of the test sends; SQL, log and /metrics say what became of it.
 */
import assert from "node:assert/strict";
import { type Connection, dial, readSystemFile } from "../../src/transport/mod.ts";
import { type Bgpd, startBgpd } from "../support/bgpd.ts";
import { announce, endOfRib, initiation, joinedList, peerUp, type TestPeer } from "../support/bmp_router.ts";
import { freePort, loopback } from "../support/net.ts";
import { waitFor } from "../support/wait.ts";

const peer: TestPeer = { address: "192.0.2.7", asn: 65_007 };
const prefixes = Array.from({ length: 2_000 }, (_, i) => `10.${i >> 8}.${i & 255}.0/24`);

class Rig implements AsyncDisposable {
  readonly bgpd: Bgpd;
  readonly #at: { readonly address: string; readonly port: number };
  readonly #api: string;
  readonly #connections: Connection[] = [];

  private constructor(bgpd: Bgpd, at: Rig["at"], api: string) {
    this.bgpd = bgpd;
    this.#at = at;
    this.#api = api;
  }

  static async start(keys: string): Promise<Rig> {
    const address = loopback();
    const [bgp, bmp, api] = [freePort(address), freePort(address), freePort(address)];
    const bgpd = await startBgpd({
      config: `router_id = "192.0.2.1"
default_as = 65010
bgp_socket = "${address}:${bgp}"
bmp_socket = "${address}:${bmp}"
api_socket = "${address}:${api}"
${keys}`,
    });
    return new Rig(bgpd, { address, port: bmp }, `${address}:${api}`);
  }

  get at() {
    return this.#at;
  }

  /** A router at this address connects, and sends. */
  async connect(localAddress: string, ...octets: readonly Uint8Array[]): Promise<Connection> {
    const connection = await dial({ ...this.#at, localAddress, timeoutMs: 10_000 });
    this.#connections.push(connection);
    await connection.write(joinedList(octets));
    return connection;
  }

  count(from: string): number {
    return Number(this.bgpd.sql(`SELECT count(*) AS n FROM ${from}`)[0]!["n"]);
  }

  async counts(what: string, from: string, wanted: number): Promise<void> {
    await waitFor(`${wanted} ${what}`, () => this.count(from) === wanted, {
      detail: () => `${this.count(from)}\n${this.bgpd.log}`,
    });
  }

  async logs(pattern: RegExp): Promise<void> {
    await waitFor(`a line ${pattern}`, () => pattern.test(this.bgpd.log), { detail: () => this.bgpd.log });
  }

  /** The value of a series of /metrics. */
  async metric(series: string): Promise<number | undefined> {
    const text = await (await fetch(`http://${this.#api}/metrics`)).text();
    const line = text.split("\n").find((each) => each.startsWith(`${series} `));
    return line === undefined ? undefined : Number(line.slice(series.length + 1));
  }

  /** The keys of the configuration that name routers become these. */
  async reload(before: string, after: string): Promise<void> {
    const path = `${this.bgpd.folder}/bgpd.toml`, text = await Deno.readTextFile(path);
    assert.ok(text.includes(before));
    await Deno.writeTextFile(path, text.replace(before, after));
    const { code, stderr } = await this.bgpd.command("reload");
    assert.equal(code, 0, stderr);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const connection of this.#connections) connection.close();
    await this.bgpd[Symbol.asyncDispose]();
  }
}

async function isClosed(connection: Connection): Promise<void> {
  assert.equal(await connection.read(new Uint8Array(64)).catch(() => null), null);
}

Deno.test("a router with 1,000 peers stands beside another router of the same name; both are whole", async () => {
  await using rig = await Rig.start("bmp_unknown_routers = true\n");
  const [one, two] = [loopback(), loopback()];
  const peers = Array.from({ length: 1_000 }, (_, i): TestPeer => ({
    address: `198.51.${100 + (i >> 8)}.${i & 255}`,
    asn: 64_000 + i,
  }));
  const first = await rig.connect(one, initiation("edge"));
  await rig.logs(/router edge: connected/);
  await rig.connect(two, initiation("edge"), peerUp(peer), announce(peer, prefixes.slice(0, 7)), endOfRib(peer));
  await first.write(
    joinedList(peers.flatMap((each) => [peerUp(each), announce(each, prefixes.slice(0, 3)), endOfRib(each)])),
  );
  await rig.counts("routes", "monitored_rib WHERE router = 'edge'", 3_000);
  await rig.counts("tables", "router_peers WHERE router = 'edge' AND state = 'up'", 1_000);
  await rig.counts("routes of the other", `monitored_rib WHERE router = 'edge (${two})'`, 7);
  assert.equal(await rig.metric('bgpd_router_peers{router="edge"}'), 1_000);
  assert.equal(await rig.metric(`bgpd_router_routes{router="edge (${two})",rib_kind="adj-in"}`), 7);
  const lines = rig.bgpd.log.split("\n").filter((line) => /router edge: peer/.test(line)).length;
  assert.ok(lines >= 50 && lines <= 110, `${lines} lines`);
  first.close();
  await rig.logs(/router edge: the connection has ended: the router closed it; its routes stay for 300 s/);
  await rig.counts("routes of the other", `monitored_rib WHERE router = 'edge (${two})' AND NOT stale`, 7);
  assert.equal(await rig.metric('bgpd_router_up{router="edge"}'), 0);
});

Deno.test("a dump that stops half-way: what came is fresh, the rest ends after stale_time", async () => {
  const at = loopback();
  await using rig = await Rig.start(`[[routers]]\naddress = "${at}"\nname = "core"\nstale_time = 2\n`);
  const head = [initiation("edge"), peerUp(peer)];
  assert.equal(await rig.metric('bgpd_router_up{router="core"}'), 0);
  (await rig.connect(at, ...head, announce(peer, prefixes), endOfRib(peer))).close();
  await rig.counts("stale routes", "monitored_rib WHERE router = 'core' AND stale", 2_000);
  const half = announce(peer, prefixes.slice(0, 1_000));
  await rig.connect(at, ...head, half, announce(peer, prefixes.slice(1_000)).subarray(0, 40));
  await rig.counts("fresh routes", "monitored_rib WHERE NOT stale", 1_000);
  await rig.counts("routes", "monitored_rib", 1_000);
  await rig.counts("ended routes", "monitored_history WHERE ended_by IS NOT NULL", 1_000);
  assert.equal(await rig.metric('bgpd_router_up{router="core"}'), 1);
});

Deno.test("bgpd connects to a router with a port and keeps it alive; a reload ends connection and routes", async () => {
  const at = loopback(), port = freePort(at);
  const listener = Deno.listen({ hostname: at, port });
  const table = `[[routers]]\naddress = "${at}"\nport = ${port}\n`;
  await using rig = await Rig.start(table);
  using router = await listener.accept();
  const octets = joinedList([initiation("edge"), peerUp(peer), announce(peer, prefixes.slice(0, 10))]);
  assert.equal(await router.write(octets), octets.length);
  await rig.counts("routes", "monitored_rib WHERE router = 'edge'", 10);
  const own = await rig.connect(at, initiation("edge"));
  await isClosed(own);
  await rig.logs(/refused: bgpd connects to this router itself/);
  assert.equal(keptAlive(port), true);
  // A change starts anew, and the routes stay meanwhile.
  await rig.reload(table, `${table}stale_time = 60\n`);
  using again = await listener.accept();
  await again.write(initiation("edge"));
  await rig.logs(/its configuration changed; its routes stay for 300 s/);
  await rig.counts("routes", "monitored_rib WHERE router = 'edge'", 10);
  await rig.reload(`${table}stale_time = 60\n`, "");
  await rig.counts("routes", "monitored_rib", 0);
  assert.equal(await again.read(new Uint8Array(1)), null);
  assert.equal(await rig.metric('bgpd_router_up{router="edge"}'), undefined);
  listener.close();
});

Deno.test("a router that is away when it leaves the configuration leaves no routes; the others stay", async () => {
  const [gone, stays] = [loopback(), loopback()];
  const table = `[[routers]]\naddress = "${gone}"\n`;
  await using rig = await Rig.start(`${table}[[routers]]\naddress = "${stays}"\n`);
  const dump = [peerUp(peer), announce(peer, prefixes.slice(0, 10)), endOfRib(peer)];
  const [one, two] = [
    await rig.connect(gone, initiation("gone"), ...dump),
    await rig.connect(stays, initiation("stays")),
  ];
  await two.write(joinedList(dump));
  await rig.counts("routes", "monitored_rib", 20);
  one.close();
  await rig.counts("stale routes", "monitored_rib WHERE stale", 10);
  assert.equal(await rig.metric('bgpd_router_up{router="gone"}'), 0);
  await rig.reload(table, "");
  await rig.counts("routes", "monitored_rib", 10);
  assert.equal(await rig.metric('bgpd_router_up{router="gone"}'), undefined);
  assert.equal(await rig.metric('bgpd_router_up{router="stays"}'), 1);
  await isClosed(await rig.connect(gone, initiation("gone")));
  await rig.bgpd.stop();
  await isClosed(two);
});

/** The kernel has a keepalive timer for a connection to this port. */
function keptAlive(port: number): boolean {
  const remote = port.toString(16).toUpperCase().padStart(4, "0");
  return readSystemFile("/proc/net/tcp")!.split("\n").map((line) => line.trim().split(/\s+/))
    .some(([, , to, state, , timer]) => to?.endsWith(`:${remote}`) && state === "01" && timer?.startsWith("02:"));
}
