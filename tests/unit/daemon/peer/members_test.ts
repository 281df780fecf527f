/** Members of a network: how many there may be, and that those who have gone are forgotten. */
import assert from "node:assert/strict";
import { parseConfig, type PeerConfig } from "../../../../src/config/mod.ts";
import { CreditPool } from "../../../../src/daemon/peer/credits.ts";
import { silentLog } from "../../../../src/daemon/log/log.ts";
import type { ToRib, ToStore } from "../../../../src/daemon/thread/messages.ts";
import { Peers } from "../../../../src/daemon/peer/peers.ts";
import { cease, encodeOpen, keepaliveMessage } from "../../../../src/message/mod.ts";
import { Random } from "../../../simulation/random.ts";
import { VirtualClock } from "../../../simulation/virtual_clock.ts";
import { FakeConnection } from "./fake_connection.ts";

class World {
  readonly clock = new VirtualClock(new Random(1));
  readonly said: string[] = [];
  /** Peers that the RIB was told of. */
  readonly added: number[] = [];
  readonly peers: Peers;
  readonly network: PeerConfig & { kind: "network" };
  /** The database has ids to give; until then whoever asks waits. */
  idsKnown: Promise<void> = Promise.resolve();
  readonly #ids = new Map<string, number>();

  constructor(more = "", services: { halfOpenMembers?: number } = {}) {
    const result = parseConfig(
      `router_id = "192.0.2.2"\ndefault_as = 65000\n[[peers]]\nremote_ip = "10.0.0.0/8"\nremote_as = 65001\n${more}\n`,
    );
    assert.ok(result.kind === "config", JSON.stringify(result));
    this.peers = new Peers({
      clock: this.clock,
      random: () => 1,
      dial: () => new Promise(() => {}),
      credits: new CreditPool(4),
      toRib: (message: ToRib) => {
        if (message.kind === "removePeer") this.said.push(`rib ${message.kind} ${message.peerId}`);
        if (message.kind === "addPeer") this.added.push(message.peer.id);
      },
      toStore: (message: ToStore) => {
        if (message.kind === "removePeer") this.said.push(`store ${message.kind} ${message.peerId}`);
      },
      log: { ...silentLog, warn: (text) => void this.said.push(text), info: () => {} },
      ...services,
    }, ({ name }) => {
      const id = this.#ids.get(name) ?? this.#ids.size + 1;
      this.#ids.set(name, id);
      return this.idsKnown.then(() => id);
    });
    this.network = result.config.peers[0] as PeerConfig & { kind: "network" };
    this.peers.networks.add(this.network);
  }

  get addresses(): string[] {
    return [...this.peers].map(({ name }) => name);
  }

  /** Somebody connects, and says who he is where `asn` is given. */
  async connect(address: string, asn?: number): Promise<FakeConnection> {
    const open = (asn: number) => encodeOpen({ version: 4, asn, holdTimeSeconds: 0, routerId: 1, capabilities: [] });
    const connection = new FakeConnection(address, ...asn === undefined ? [] : [open(asn), keepaliveMessage]);
    this.peers.incoming.accept(connection);
    await this.clock.advance(0);
    return connection;
  }

  /** The session ends, and the peer stays away. */
  async lose(address: string, connection: FakeConnection): Promise<void> {
    connection.close();
    await this.clock.advance(5_000);
    assert.notEqual(this.peers.find(address)?.state, "Established");
  }
}

Deno.test("RFC 4486 §4: a network takes so many members and refuses the next; one that has gone makes room", async () => {
  const world = new World("max_members = 2");
  const first = await world.connect("10.0.0.1", 65001);
  await world.connect("10.0.0.2", 65001);
  assert.equal((await world.connect("10.0.0.3", 65001)).goodbye, "6/8");
  assert.deepEqual(world.addresses, ["10.0.0.1", "10.0.0.2"]);
  assert.deepEqual(world.said, [
    "refused a connection from 10.0.0.3: 10.0.0.0/8 has 2 members already, which is its max_members",
  ]);
  assert.equal((await world.connect("10.0.0.1")).goodbye, undefined, "a member that connects anew has its place");
  await world.lose("10.0.0.1", first);
  assert.equal((await world.connect("10.0.0.3", 65001)).goodbye, undefined);
  assert.equal((await world.connect("10.0.0.1", 65001)).goodbye, "6/8");
  assert.equal(world.peers.find("10.0.0.3")!.state, "Established");
});

Deno.test("who says nothing takes no place: the oldest goes where too many wait, and is forgotten", async () => {
  const world = new World("max_members = 2", { halfOpenMembers: 3 });
  const silent = [];
  for (const i of [1, 2, 3]) silent.push(await world.connect(`10.0.9.${i}`));
  assert.deepEqual(silent.map(({ goodbye }) => goodbye), [undefined, undefined, undefined]);
  await world.connect("10.0.0.1", 65001);
  assert.equal(world.peers.find("10.0.0.1")!.state, "Established");
  // The one that has its session waits no more, so there is room for one.
  assert.deepEqual(silent.map(({ goodbye }) => goodbye), ["6/8", undefined, undefined]);
  await world.connect("10.0.0.2", 65001);
  assert.equal((await world.connect("10.0.0.3", 65001)).goodbye, "6/8");
  assert.deepEqual(world.addresses, ["10.0.9.2", "10.0.9.3", "10.0.0.1", "10.0.0.2"]);
});

Deno.test("who connects over and over takes the place of his own earlier connection, and of nobody else's", async () => {
  const world = new World("", { halfOpenMembers: 3 });
  const honest = await world.connect("10.0.9.1");
  for (let i = 0; i < 20; i++) await world.connect("10.0.9.2");
  assert.equal(honest.goodbye, undefined);
  assert.deepEqual(world.addresses, ["10.0.9.1", "10.0.9.2"]);
});

Deno.test("of many that say who they are at once no more get in than there are places", async () => {
  const world = new World("max_members = 2");
  const all = await Promise.all(["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"].map((ip) => world.connect(ip, 65001)));
  await world.clock.advance(0);
  assert.equal([...world.peers].filter(({ state }) => state === "Established").length, 2);
  assert.equal(all.filter(({ goodbye }) => goodbye === "6/8").length, 2);
});

Deno.test("members that have come and gone are remembered, no more of them than there are places", async () => {
  const world = new World("max_members = 2");
  for (const i of [1, 2, 3, 4]) await world.lose(`10.0.0.${i}`, await world.connect(`10.0.0.${i}`, 65001));
  assert.deepEqual(world.addresses, ["10.0.0.3", "10.0.0.4"]);
});

Deno.test("members that come at the same moment count, too", async () => {
  const world = new World("max_members = 2");
  const all = await Promise.all(["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.1"].map((ip) => world.connect(ip, 65001)));
  assert.deepEqual(all.map(({ goodbye }) => goodbye === "6/8"), [false, false, true, false]);
  assert.deepEqual(world.addresses, ["10.0.0.1", "10.0.0.2"]);
});

Deno.test("a member is forgotten an hour after its session, by the RIB and the database too, and makes room", async () => {
  const world = new World("max_members = 1");
  await world.lose("10.0.0.1", await world.connect("10.0.0.1", 65001));
  world.said.length = 0;
  await world.clock.advance(3_500_000);
  assert.deepEqual([world.addresses, world.said], [["10.0.0.1"], []]);
  await world.clock.advance(200_000);
  assert.deepEqual([world.addresses, world.said], [[], ["rib removePeer 1", "store removePeer 1"]]);
  await world.connect("10.0.0.2", 65001);
  assert.equal(world.peers.find("10.0.0.2")!.state, "Established");
});

Deno.test("a member with a session is not forgotten, nor is one that was disabled by command", async () => {
  const world = new World();
  await world.connect("10.0.0.1", 65001);
  await world.connect("10.0.0.2", 65001);
  world.peers.find("10.0.0.2")!.disable();
  await world.clock.advance(24 * 3_600_000);
  assert.deepEqual(world.addresses, ["10.0.0.1", "10.0.0.2"]);
});

Deno.test("who never gets as far as a session is forgotten within two minutes", async () => {
  const world = new World();
  assert.equal((await world.connect("10.0.0.1", 65009)).goodbye, "2/2");
  const silent = await world.connect("10.0.0.2");
  await world.clock.advance(120_000);
  assert.deepEqual(world.addresses, ["10.0.0.2"], "the OPEN of one that is connected is waited for");
  silent.close();
  await world.clock.advance(120_000);
  assert.deepEqual(world.addresses, []);
});

Deno.test("one of an earlier run has an hour to come back", async () => {
  const world = new World();
  world.peers.addMember(7, "10.0.0.7", world.peers.networks.of("10.0.0.7")!);
  await world.clock.advance(3_500_000);
  assert.deepEqual(world.addresses, ["10.0.0.7"]);
  await world.clock.advance(200_000);
  assert.deepEqual(world.addresses, []);
});

Deno.test("a member that comes back after it was forgotten has epochs of its own", async () => {
  const world = new World();
  await world.lose("10.0.0.1", await world.connect("10.0.0.1", 65001));
  await world.clock.advance(3_700_000);
  assert.deepEqual(world.addresses, []);
  await world.connect("10.0.0.1", 65001);
  assert.equal(world.peers.find("10.0.0.1")!.epoch, 2);
});

Deno.test("a restart of the daemon ends the sweep: what is forgotten then is the next run's to say", async () => {
  for (const end of ["abandon", "stop"] as const) {
    const world = new World();
    await world.connect("10.0.0.1", 65001);
    await (end === "abandon" ? world.peers.abandonAll() : world.peers.stopAll(cease(2)));
    world.said.length = 0;
    await world.clock.advance(2 * 3_600_000);
    assert.deepEqual([world.addresses, world.said], [["10.0.0.1"], []]);
  }
});

Deno.test("who connects as a member while he is added as a peer of his own is one peer, whichever comes first", async () => {
  for (const addedFirst of [true, false]) {
    const world = new World();
    const result = parseConfig(
      'router_id = "192.0.2.2"\ndefault_as = 65000\n[[peers]]\nremote_ip = "10.0.0.1"\nremote_as = 65001\npassive = true\n',
    );
    assert.ok(result.kind === "config");
    const config = result.config.peers[0] as PeerConfig & { kind: "address" };
    const known = Promise.withResolvers<void>();
    world.idsKnown = known.promise;
    const steps = [() => void world.peers.addLater(config), () => void world.connect("10.0.0.1", 65001)];
    for (const step of addedFirst ? steps : steps.toReversed()) step();
    known.resolve();
    await world.clock.advance(0);
    assert.deepEqual(world.added, [1]);
    assert.equal(world.peers.find("10.0.0.1")!.config.kind, "address");
    if (addedFirst) assert.equal(world.peers.find("10.0.0.1")!.state, "Established");
  }
});

Deno.test("a network that goes, or a daemon that ends, while a member's id is asked for has no member then", async () => {
  for (const end of ["removed", "abandoned", "stopped"] as const) {
    const world = new World();
    const known = Promise.withResolvers<void>();
    world.idsKnown = known.promise;
    const connecting = world.connect("10.0.0.1", 65001);
    if (end === "removed") world.peers.networks.remove(world.network);
    else if (end === "abandoned") world.peers.abandonAll();
    else world.peers.stopAll(cease(2));
    known.resolve();
    assert.equal((await connecting).goodbye, "6/5");
    assert.deepEqual([world.addresses, world.added], [[], []]);
  }
});

Deno.test("a member whose network changes while its id is asked for is as the network is now", async () => {
  const world = new World();
  const known = Promise.withResolvers<void>();
  world.idsKnown = known.promise;
  const connecting = world.connect("10.0.0.1", 65001);
  world.peers.networks.configure({ ...world.network, description: "another" });
  known.resolve();
  await connecting;
  assert.equal(world.peers.find("10.0.0.1")!.config.description, "another");
});

Deno.test("a network that is disabled takes nobody in", async () => {
  const world = new World("enabled = false\nmax_members = 1");
  for (const address of ["10.0.0.1", "10.0.0.2"]) assert.equal((await world.connect(address, 65001)).goodbye, "6/5");
  assert.deepEqual([world.addresses, world.added], [[], []]);
  assert.deepEqual(world.said, [
    "refused a connection from 10.0.0.1: the peer is disabled",
    "refused a connection from 10.0.0.2: the peer is disabled",
  ]);
});

Deno.test("whoever is refused over and over does not fill the log; how often it was is said later", async () => {
  const world = new World();
  for (let i = 0; i < 200; i++) assert.equal((await world.connect("192.0.2.1")).goodbye, "6/5");
  const text = 'refused a connection from 192.0.2.1: no such peer; to accept it add [[peers]] remote_ip = "192.0.2.1"';
  assert.deepEqual(world.said, new Array(50).fill(text));
  await world.clock.advance(10_000);
  await world.connect("192.0.2.1");
  assert.deepEqual(world.said.slice(50), [`${text} (150 earlier refusals are not logged one by one)`]);
});
