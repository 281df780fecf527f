/** Members of a network: how many there may be, and that those who have gone are forgotten. */
import assert from "node:assert/strict";
import { cease } from "../../../../src/message/mod.ts";
import { configHead, parsedConfig, peerTable } from "../../../support/config_text.ts";
import { DaemonPeers } from "../daemon_peers.ts";
import type { FakeConnection } from "./fake_connection.ts";

const network = "10.0.0.0/8";

/** One network of AS 65001, with these keys. */
function networkOf(lines = "", services: { halfOpenMembers?: number } = {}): DaemonPeers {
  const text = configHead({ routerId: "192.0.2.2" }) + peerTable(network, { lines });
  return new DaemonPeers(parsedConfig(text), services);
}

/** A member connects, and sends its OPEN where `asn` is given. */
function connect(daemon: DaemonPeers, address: string, asn?: number): Promise<FakeConnection> {
  return daemon.connect(address, { asn });
}

/** The session ends, and the peer stays away. */
async function lose(daemon: DaemonPeers, address: string, connection: FakeConnection): Promise<void> {
  connection.close();
  await daemon.clock.advance(5_000);
  assert.notEqual(daemon.peers.find(address)?.state, "Established");
}

/** Ids of the peers that the RIB got. */
function added({ toRib }: DaemonPeers): number[] {
  return toRib.flatMap((message) => message.kind === "addPeer" ? [message.peer.id] : []);
}

/** Where members are forgotten: by the RIB and by the store. */
function removals({ events }: DaemonPeers): string[] {
  return events.filter((event) => event.includes(" removePeer "));
}

Deno.test("RFC 4486 §4: a network refuses members beyond max_members, until one has gone", async () => {
  const daemon = networkOf("max_members = 2");
  const first = await connect(daemon, "10.0.0.1", 65001);
  await connect(daemon, "10.0.0.2", 65001);
  assert.equal((await connect(daemon, "10.0.0.3", 65001)).goodbye, "6/8");
  assert.deepEqual(daemon.names, ["10.0.0.1", "10.0.0.2"]);
  assert.deepEqual(daemon.warnings, [
    "refused a connection from 10.0.0.3: 10.0.0.0/8 has 2 members already, which is its max_members: " +
    "raise max_members",
  ]);
  assert.equal((await connect(daemon, "10.0.0.1")).goodbye, undefined, "a member that connects anew has its place");
  await lose(daemon, "10.0.0.1", first);
  assert.equal((await connect(daemon, "10.0.0.3", 65001)).goodbye, undefined);
  assert.equal((await connect(daemon, "10.0.0.1", 65001)).goodbye, "6/8");
  assert.equal(daemon.peers.find("10.0.0.3")!.state, "Established");
});

Deno.test("a member without an OPEN takes no place; if too many wait, the oldest is removed", async () => {
  const daemon = networkOf("max_members = 2", { halfOpenMembers: 3 });
  const silent = [];
  for (const i of [1, 2, 3]) silent.push(await connect(daemon, `10.0.9.${i}`));
  assert.deepEqual(silent.map(({ goodbye }) => goodbye), [undefined, undefined, undefined]);
  await connect(daemon, "10.0.0.1", 65001);
  assert.equal(daemon.peers.find("10.0.0.1")!.state, "Established");
  // The one that has its session waits no more, so there is room for one.
  assert.deepEqual(silent.map(({ goodbye }) => goodbye), ["6/8", undefined, undefined]);
  await connect(daemon, "10.0.0.2", 65001);
  assert.equal((await connect(daemon, "10.0.0.3", 65001)).goodbye, "6/8");
  assert.deepEqual(daemon.names, ["10.0.9.2", "10.0.9.3", "10.0.0.1", "10.0.0.2"]);
});

Deno.test("a new connection of a member replaces its own earlier one, and no other", async () => {
  const daemon = networkOf("", { halfOpenMembers: 3 });
  const honest = await connect(daemon, "10.0.9.1");
  for (let i = 0; i < 20; i++) await connect(daemon, "10.0.9.2");
  assert.equal(honest.goodbye, undefined);
  assert.deepEqual(daemon.names, ["10.0.9.1", "10.0.9.2"]);
});

Deno.test("of many OPENs at once no more are accepted than max_members allows", async () => {
  const daemon = networkOf("max_members = 2");
  const all = await Promise.all(
    ["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"].map((ip) => connect(daemon, ip, 65001)),
  );
  await daemon.clock.advance(0);
  assert.equal([...daemon.peers].filter(({ state }) => state === "Established").length, 2);
  assert.equal(all.filter(({ goodbye }) => goodbye === "6/8").length, 2);
});

Deno.test("no more members that are away are kept than max_members allows", async () => {
  const daemon = networkOf("max_members = 2");
  for (const i of [1, 2, 3, 4]) await lose(daemon, `10.0.0.${i}`, await connect(daemon, `10.0.0.${i}`, 65001));
  assert.deepEqual(daemon.names, ["10.0.0.3", "10.0.0.4"]);
});

Deno.test("members that connect at the same moment count, too", async () => {
  const daemon = networkOf("max_members = 2");
  const all = await Promise.all(
    ["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.1"].map((ip) => connect(daemon, ip, 65001)),
  );
  assert.deepEqual(all.map(({ goodbye }) => goodbye === "6/8"), [false, false, true, false]);
  assert.deepEqual(daemon.names, ["10.0.0.1", "10.0.0.2"]);
});

Deno.test("a member is removed an hour after its session, also from RIB and database", async () => {
  const daemon = networkOf("max_members = 1");
  await lose(daemon, "10.0.0.1", await connect(daemon, "10.0.0.1", 65001));
  await daemon.clock.advance(3_500_000);
  assert.deepEqual([daemon.names, removals(daemon)], [["10.0.0.1"], []]);
  await daemon.clock.advance(200_000);
  assert.deepEqual([daemon.names, removals(daemon)], [[], ["rib removePeer 1", "store removePeer 1"]]);
  await connect(daemon, "10.0.0.2", 65001);
  assert.equal(daemon.peers.find("10.0.0.2")!.state, "Established");
});

Deno.test("a member with a session is not removed, nor is one that a command disabled", async () => {
  const daemon = networkOf();
  await connect(daemon, "10.0.0.1", 65001);
  await connect(daemon, "10.0.0.2", 65001);
  daemon.peers.find("10.0.0.2")!.disable();
  await daemon.clock.advance(24 * 3_600_000);
  assert.deepEqual(daemon.names, ["10.0.0.1", "10.0.0.2"]);
});

Deno.test("a member that never has a session is removed within two minutes", async () => {
  const daemon = networkOf();
  assert.equal((await connect(daemon, "10.0.0.1", 65009)).goodbye, "2/2");
  const silent = await connect(daemon, "10.0.0.2");
  await daemon.clock.advance(120_000);
  assert.deepEqual(daemon.names, ["10.0.0.2"], "the OPEN of one that is connected is waited for");
  silent.close();
  await daemon.clock.advance(120_000);
  assert.deepEqual(daemon.names, []);
});

Deno.test("a member of an earlier run has an hour to come back", async () => {
  const daemon = networkOf();
  daemon.peers.addMember(7, "10.0.0.7", daemon.peers.networks.of("10.0.0.7")!);
  await daemon.clock.advance(3_500_000);
  assert.deepEqual(daemon.names, ["10.0.0.7"]);
  await daemon.clock.advance(200_000);
  assert.deepEqual(daemon.names, []);
});

Deno.test("a member that comes back after its removal has new epochs", async () => {
  const daemon = networkOf();
  await lose(daemon, "10.0.0.1", await connect(daemon, "10.0.0.1", 65001));
  await daemon.clock.advance(3_700_000);
  assert.deepEqual(daemon.names, []);
  await connect(daemon, "10.0.0.1", 65001);
  assert.equal(daemon.peers.find("10.0.0.1")!.epoch, 2);
});

Deno.test("after a restart of the daemon began, no member is removed", async () => {
  for (const end of ["abandon", "stop"] as const) {
    const daemon = networkOf();
    await connect(daemon, "10.0.0.1", 65001);
    await (end === "abandon" ? daemon.peers.abandonAll() : daemon.peers.stopAll(cease(2)));
    await daemon.clock.advance(2 * 3_600_000);
    assert.deepEqual([daemon.names, removals(daemon)], [["10.0.0.1"], []]);
  }
});

Deno.test("an address that connects as a member while it is added as a peer is one peer, in either order", async () => {
  for (const addedFirst of [true, false]) {
    const daemon = networkOf();
    const text = peerTable("10.0.0.1", { lines: "passive = true" });
    const config = parsedConfig(configHead({ routerId: "192.0.2.2" }) + text).peers[0]!;
    assert.ok(config.kind === "address");
    const known = Promise.withResolvers<void>();
    daemon.idsKnown = known.promise;
    const steps = [() => void daemon.peers.addLater(config), () => void connect(daemon, "10.0.0.1", 65001)];
    for (const step of addedFirst ? steps : steps.toReversed()) step();
    known.resolve();
    await daemon.clock.advance(0);
    assert.deepEqual(added(daemon), [1]);
    assert.equal(daemon.peers.find("10.0.0.1")!.config.kind, "address");
    if (addedFirst) assert.equal(daemon.peers.find("10.0.0.1")!.state, "Established");
  }
});

Deno.test("a network that is removed while the database gives an id for a member has no member then", async () => {
  for (const end of ["removed", "abandoned", "stopped"] as const) {
    const daemon = networkOf();
    const known = Promise.withResolvers<void>();
    daemon.idsKnown = known.promise;
    const connecting = connect(daemon, "10.0.0.1", 65001);
    if (end === "removed") daemon.peers.networks.remove(daemon.peers.networks.of("10.0.0.1")!);
    else if (end === "abandoned") daemon.peers.abandonAll();
    else daemon.peers.stopAll(cease(2));
    known.resolve();
    assert.equal((await connecting).goodbye, "6/5");
    assert.deepEqual([daemon.names, added(daemon)], [[], []]);
  }
});

Deno.test("a member whose network changes while its id is asked for is as the network is now", async () => {
  const daemon = networkOf();
  const known = Promise.withResolvers<void>();
  daemon.idsKnown = known.promise;
  const connecting = connect(daemon, "10.0.0.1", 65001);
  daemon.peers.networks.configure({ ...daemon.peers.networks.of("10.0.0.1")!, description: "another" });
  known.resolve();
  await connecting;
  assert.equal(daemon.peers.find("10.0.0.1")!.config.description, "another");
});

Deno.test("a disabled network accepts no members", async () => {
  const daemon = networkOf("enabled = false\nmax_members = 1");
  for (const address of ["10.0.0.1", "10.0.0.2"]) assert.equal((await connect(daemon, address, 65001)).goodbye, "6/5");
  assert.deepEqual([daemon.names, added(daemon)], [[], []]);
  assert.deepEqual(daemon.warnings, [
    "refused a connection from 10.0.0.1: 10.0.0.0/8 has enabled = false in the configuration; remove that line and " +
    "run `bgpd reload`",
    "refused a connection from 10.0.0.2: 10.0.0.0/8 has enabled = false in the configuration; remove that line and " +
    "run `bgpd reload`",
  ]);
});
