/** Several peers at one address: whose an incoming connection is. */
import assert from "node:assert/strict";
import { parseConfig } from "../../../../src/config/mod.ts";
import { CreditPool } from "../../../../src/daemon/peer/credits.ts";
import { silentLog } from "../../../../src/daemon/log/log.ts";
import { Peers } from "../../../../src/daemon/peer/peers.ts";
import { encodeOpen, keepaliveMessage } from "../../../../src/message/mod.ts";
import { Random } from "../../../simulation/random.ts";
import { VirtualClock } from "../../../simulation/virtual_clock.ts";
import { FakeConnection } from "./fake_connection.ts";

const remote = "192.0.2.1";

class World {
  readonly clock = new VirtualClock(new Random(1));
  readonly said: string[] = [];
  readonly peers: Peers;
  /** What the system knows of links. */
  readonly neighbours = new Map<string, string>();
  readonly dialled: string[] = [];
  readonly #ids = new Map<string, number>();

  /** `peers`: what each says beside its address and AS. */
  constructor(...peers: string[][]) {
    const tables = peers.map((lines) => `[[peers]]\nremote_as = 65001\n${lines.join("\n")}\n`);
    const result = parseConfig(`router_id = "192.0.2.2"\ndefault_as = 65000\n${tables.join("")}`);
    assert.ok(result.kind === "config", JSON.stringify(result));
    this.peers = new Peers({
      clock: this.clock,
      random: () => 1,
      dial: (_peer, address) => {
        this.dialled.push(address);
        return new Promise(() => {});
      },
      neighbourOn: (link) => this.neighbours.get(link),
      credits: new CreditPool(4),
      toRib: () => {},
      toStore: () => {},
      log: { ...silentLog, warn: (text) => void this.said.push(text), info: () => {} },
    }, ({ name }) => Promise.resolve(this.#id(name)));
    for (const peer of result.config.peers) {
      if (peer.kind === "network") this.peers.networks.add(peer);
      else this.peers.add(this.#id(peer.name), peer);
    }
  }

  async connect(localAddress: string, from = remote): Promise<FakeConnection> {
    const open = { version: 4, asn: 65001, holdTimeSeconds: 0, routerId: 1, capabilities: [] } as const;
    const connection = new FakeConnection(from, encodeOpen({ ...open, capabilities: [] }), keepaliveMessage);
    connection.localAddress = localAddress;
    this.peers.incoming.accept(connection);
    await this.clock.advance(0);
    return connection;
  }

  get up(): string[] {
    return [...this.peers].filter(({ state }) => state === "Established").map(({ name }) => name);
  }

  #id(name: string): number {
    const id = this.#ids.get(name) ?? this.#ids.size + 1;
    this.#ids.set(name, id);
    return id;
  }
}

const at = `remote_ip = "${remote}"`;

Deno.test("of peers at one address that one is meant to whose local_ip the connection came", async () => {
  const world = new World(
    [at, 'name = "a"', 'local_ip = "192.0.2.8"'],
    [at, 'name = "b"', 'local_ip = "192.0.2.9"'],
  );
  await world.connect("192.0.2.9");
  assert.deepEqual(world.up, ["b"]);
  await world.connect("192.0.2.8");
  assert.deepEqual(world.up, ["a", "b"]);
  const stranger = await world.connect("192.0.2.10");
  assert.equal(stranger.goodbye, "6/5");
  assert.deepEqual(world.said, [
    "refused a connection from 192.0.2.1: it came to our address 192.0.2.10, but local_ip of a is 192.0.2.8, b is 192.0.2.9",
  ]);
});

Deno.test("the peer without local_ip takes what came to no other's", async () => {
  const world = new World([at, 'name = "a"', 'local_ip = "192.0.2.8"'], [at, 'name = "b"']);
  await world.connect("192.0.2.10");
  assert.deepEqual(world.up, ["b"]);
  await world.connect("192.0.2.8");
  assert.deepEqual(world.up, ["a", "b"]);
});

Deno.test("a peer that only dials accepts nothing: the other one there does, or nobody", async () => {
  const world = new World([at, 'name = "a"', "dial_only = true", "dest_port = 1790"], [at, 'name = "b"']);
  await world.connect("192.0.2.2");
  assert.deepEqual(world.up, ["b"]);
  const alone = new World([at, 'name = "a"', "dial_only = true"]);
  assert.equal((await alone.connect("192.0.2.2")).goodbye, "6/5");
  assert.deepEqual(alone.said, [
    "refused a connection from 192.0.2.1: a has dial_only: only bgpd opens the connection",
  ]);
});

Deno.test("a peer alone at its address takes a connection to any address of ours", async () => {
  const world = new World([at, 'local_ip = "192.0.2.8"']);
  await world.connect("192.0.2.10");
  assert.deepEqual(world.up, [remote]);
});

Deno.test("a network takes nobody whose address is a peer's own", async () => {
  const world = new World([at, 'name = "a"', "dial_only = true"], ['remote_ip = "192.0.2.0/24"']);
  assert.equal((await world.connect("192.0.2.2")).goodbye, "6/5");
  await world.connect("192.0.2.2", "192.0.2.7");
  assert.deepEqual(world.up, ["192.0.2.7"]);
});

Deno.test("a member whose address becomes a peer with a name of its own gives way to it", async () => {
  const world = new World(['remote_ip = "192.0.2.0/24"']);
  const member = await world.connect("192.0.2.2");
  assert.deepEqual(world.up, [remote]);
  const result = parseConfig(
    `router_id = "192.0.2.2"\ndefault_as = 65000\n[[peers]]\nremote_as = 65001\n${at}\nname = "a"\n`,
  );
  assert.ok(result.kind === "config" && result.config.peers[0]!.kind === "address");
  await world.peers.addLater(result.config.peers[0]!);
  assert.equal(member.goodbye, "6/3");
  await world.connect("192.0.2.2");
  assert.deepEqual(world.up, ["a"]);
  assert.equal(world.peers.find(remote)?.name, "a");
});

Deno.test("interface is for the one neighbour there: a second one is refused until the first has gone", async () => {
  const world = new World(['interface = "eth0"'], ['interface = "eth1"']);
  const [eth0] = [...world.peers];
  assert.equal(eth0!.address, undefined);
  const first = await world.connect("fe80::a", "fe80::b%eth0");
  assert.deepEqual([world.up, eth0!.address], [["eth0"], "fe80::b%eth0"]);
  const second = await world.connect("fe80::a", "fe80::c%eth0");
  assert.equal(second.goodbye, "6/5");
  assert.deepEqual(world.said.splice(0), [
    "eth1: no session: the kernel knows no neighbour on eth1, or several: bgpd waits for one to connect;" +
    " `ping ff02::1%eth1` finds who is there, `ip -6 neighbour show dev eth1` lists them",
    "refused a connection from fe80::c%eth0: eth0 has the neighbour fe80::b%eth0 on this link already; add [[peers]] for another one",
  ]);
  // The same address on another link is another neighbour.
  await world.connect("fe80::a", "fe80::b%eth1");
  assert.deepEqual(world.up, ["eth0", "eth1"]);
  assert.equal((await world.connect("2001:db8::a", "2001:db8::b")).goodbye, "6/5");
  first.close();
  await world.clock.advance(0);
  await world.connect("fe80::a", "fe80::c%eth0");
  assert.deepEqual([world.up, eth0!.address, world.peers.find("fe80::c%eth0")?.name], [
    ["eth0", "eth1"],
    "fe80::c%eth0",
    "eth0",
  ]);
});

Deno.test("a peer with an address on a link goes before the one neighbour there", async () => {
  const world = new World(['interface = "eth0"'], ['remote_ip = "fe80::b%eth0"']);
  await world.connect("fe80::a", "fe80::b%eth0");
  await world.connect("fe80::a", "fe80::c%eth0");
  assert.deepEqual([...world.peers].map(({ name, address, state }) => [name, address, state]), [
    ["eth0", "fe80::c%eth0", "Established"],
    ["fe80::b%eth0", "fe80::b%eth0", "Established"],
  ]);
});

Deno.test("members of a network of link-local addresses are called by address and zone", async () => {
  const world = new World(['remote_ip = "fe80::/10"']);
  await world.connect("fe80::a", "fe80::b%eth0");
  await world.connect("fe80::a", "fe80::b%eth1");
  assert.deepEqual(world.up, ["fe80::b%eth0", "fe80::b%eth1"]);
});

Deno.test("the neighbour that the system knows on a link is dialled, also where another one was there before", async () => {
  const world = new World(['interface = "eth0"', "connect_retry = 1"]);
  await world.clock.advance(0);
  assert.deepEqual(world.dialled, []);
  world.neighbours.set("eth0", "fe80::b%eth0");
  await world.clock.advance(3000);
  assert.deepEqual([...new Set(world.dialled)], ["fe80::b%eth0"]);
  const first = await world.connect("fe80::a", "fe80::c%eth0");
  assert.deepEqual(world.up, ["eth0"]);
  world.dialled.length = 0;
  first.close();
  await world.clock.advance(5000);
  assert.deepEqual([...new Set(world.dialled)], ["fe80::b%eth0"]);
});
