/** Several peers at one address: whose an incoming connection is. */
import assert from "node:assert/strict";
import { parseConfig } from "../../../../src/config/mod.ts";
import { configHead, parsedConfig } from "../../../support/config_text.ts";
import { DaemonPeers } from "../daemon_peers.ts";
import type { FakeConnection } from "./fake_connection.ts";

const remote = "192.0.2.1";

/** Peers of AS 65001, each with these keys. */
function peersOf(...peers: string[][]): DaemonPeers {
  const tables = peers.map((lines) => `[[peers]]\nremote_as = 65001\n${lines.join("\n")}\n`);
  return new DaemonPeers(parsedConfig(configHead({ routerId: "192.0.2.2" }) + tables.join("")));
}

function connect(daemon: DaemonPeers, localAddress: string, from = remote): Promise<FakeConnection> {
  return daemon.connect(from, { asn: 65001, localAddress });
}

const at = `remote_ip = "${remote}"`;

Deno.test("of the peers at one address, the one whose local_ip the connection came to accepts it", async () => {
  const daemon = peersOf(
    [at, 'name = "a"', 'local_ip = "192.0.2.8"'],
    [at, 'name = "b"', 'local_ip = "192.0.2.9"'],
  );
  await connect(daemon, "192.0.2.9");
  assert.deepEqual(daemon.established, ["b"]);
  await connect(daemon, "192.0.2.8");
  assert.deepEqual(daemon.established, ["a", "b"]);
  const stranger = await connect(daemon, "192.0.2.10");
  assert.equal(stranger.goodbye, "6/5");
  assert.deepEqual(daemon.warnings, [
    "refused a connection from 192.0.2.1: it came to our address 192.0.2.10, " +
    "but local_ip of a is 192.0.2.8, b is 192.0.2.9; change local_ip, or the peer must connect there",
  ]);
});

Deno.test("the peer without local_ip accepts what came to no local_ip of the others", async () => {
  const daemon = peersOf([at, 'name = "a"', 'local_ip = "192.0.2.8"'], [at, 'name = "b"']);
  await connect(daemon, "192.0.2.10");
  assert.deepEqual(daemon.established, ["b"]);
  await connect(daemon, "192.0.2.8");
  assert.deepEqual(daemon.established, ["a", "b"]);
});

Deno.test("a peer that only dials accepts nothing: the other one there does, or nobody", async () => {
  const daemon = peersOf([at, 'name = "a"', "dial_only = true", "dest_port = 1790"], [at, 'name = "b"']);
  await connect(daemon, "192.0.2.2");
  assert.deepEqual(daemon.established, ["b"]);
  const alone = peersOf([at, 'name = "a"', "dial_only = true"]);
  assert.equal((await connect(alone, "192.0.2.2")).goodbye, "6/5");
  assert.deepEqual(alone.warnings, [
    "refused a connection from 192.0.2.1: a has dial_only: only bgpd opens the connection; " +
    "remove dial_only to accept it",
  ]);
});

Deno.test("a peer alone at its address takes a connection to any address of ours", async () => {
  const daemon = peersOf([at, 'local_ip = "192.0.2.8"']);
  await connect(daemon, "192.0.2.10");
  assert.deepEqual(daemon.established, [remote]);
});

Deno.test("an address of a configured peer is not a member of a network", async () => {
  const daemon = peersOf([at, 'name = "a"', "dial_only = true"], ['remote_ip = "192.0.2.0/24"']);
  assert.equal((await connect(daemon, "192.0.2.2")).goodbye, "6/5");
  await connect(daemon, "192.0.2.2", "192.0.2.7");
  assert.deepEqual(daemon.established, ["192.0.2.7"]);
});

Deno.test("a member whose address becomes a peer with a name of its own gives way to it", async () => {
  const daemon = peersOf(['remote_ip = "192.0.2.0/24"']);
  const member = await connect(daemon, "192.0.2.2");
  assert.deepEqual(daemon.established, [remote]);
  const result = parseConfig(
    `router_id = "192.0.2.2"\ndefault_as = 65000\n[[peers]]\nremote_as = 65001\n${at}\nname = "a"\n`,
  );
  assert.ok(result.kind === "config" && result.config.peers[0]!.kind === "address");
  await daemon.peers.addLater(result.config.peers[0]!);
  assert.equal(member.goodbye, "6/3");
  await connect(daemon, "192.0.2.2");
  assert.deepEqual(daemon.established, ["a"]);
  assert.equal(daemon.peers.find(remote)?.name, "a");
});

Deno.test("interface is for the one neighbour there: a second one is refused until the first has gone", async () => {
  const daemon = peersOf(['interface = "eth0"'], ['interface = "eth1"']);
  const [eth0] = [...daemon.peers];
  assert.equal(eth0!.address, undefined);
  const first = await connect(daemon, "fe80::a", "fe80::b%eth0");
  assert.deepEqual([daemon.established, eth0!.address], [["eth0"], "fe80::b%eth0"]);
  const second = await connect(daemon, "fe80::a", "fe80::c%eth0");
  assert.equal(second.goodbye, "6/5");
  assert.deepEqual(daemon.warnings.splice(0), [
    "eth1: no session: the kernel lists no neighbour on eth1, or several: bgpd waits until one connects;" +
    " `ping ff02::1%eth1` finds who is there, `ip -6 neighbour show dev eth1` lists them",
    "refused a connection from fe80::c%eth0: " +
    "eth0 has the neighbour fe80::b%eth0 on this link already; add [[peers]] for another one",
  ]);
  // The same address on another link is another neighbour.
  await connect(daemon, "fe80::a", "fe80::b%eth1");
  assert.deepEqual(daemon.established, ["eth0", "eth1"]);
  assert.equal((await connect(daemon, "2001:db8::a", "2001:db8::b")).goodbye, "6/5");
  first.close();
  await daemon.clock.advance(0);
  await connect(daemon, "fe80::a", "fe80::c%eth0");
  assert.deepEqual([daemon.established, eth0!.address, daemon.peers.find("fe80::c%eth0")?.name], [
    ["eth0", "eth1"],
    "fe80::c%eth0",
    "eth0",
  ]);
});

Deno.test("a peer with an address on a link takes precedence over the one neighbour there", async () => {
  const daemon = peersOf(['interface = "eth0"'], ['remote_ip = "fe80::b%eth0"']);
  await connect(daemon, "fe80::a", "fe80::b%eth0");
  await connect(daemon, "fe80::a", "fe80::c%eth0");
  assert.deepEqual([...daemon.peers].map(({ name, address, state }) => [name, address, state]), [
    ["eth0", "fe80::c%eth0", "Established"],
    ["fe80::b%eth0", "fe80::b%eth0", "Established"],
  ]);
});

Deno.test("members of a network of link-local addresses are called by address and zone", async () => {
  const daemon = peersOf(['remote_ip = "fe80::/10"']);
  await connect(daemon, "fe80::a", "fe80::b%eth0");
  await connect(daemon, "fe80::a", "fe80::b%eth1");
  assert.deepEqual(daemon.established, ["fe80::b%eth0", "fe80::b%eth1"]);
});

Deno.test("the neighbour that the kernel lists on a link is dialled, also in place of an earlier one", async () => {
  const daemon = peersOf(['interface = "eth0"', "connect_retry = 1"]);
  await daemon.clock.advance(0);
  assert.deepEqual(daemon.dialled, []);
  daemon.neighbours.set("eth0", "fe80::b%eth0");
  await daemon.clock.advance(3000);
  assert.deepEqual([...new Set(daemon.dialled)], ["fe80::b%eth0"]);
  const first = await connect(daemon, "fe80::a", "fe80::c%eth0");
  assert.deepEqual(daemon.established, ["eth0"]);
  daemon.dialled.length = 0;
  first.close();
  await daemon.clock.advance(5000);
  assert.deepEqual([...new Set(daemon.dialled)], ["fe80::b%eth0"]);
});
