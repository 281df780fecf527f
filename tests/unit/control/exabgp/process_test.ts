import assert from "node:assert/strict";
import {
  type Announcement,
  type Daemon,
  ExabgpProcess,
  type Neighbor,
  type OwnRow,
  type ProcessOptions,
  WrongCommand,
} from "../../../../src/control/exabgp/mod.ts";

function neighbor(name: string, changes: Partial<Neighbor> = {}): Neighbor {
  return {
    name,
    address: name,
    localAddress: "192.0.2.254",
    localAs: 65000,
    peerAs: 65001,
    routerId: "192.0.2.254",
    families: ["ipv4 unicast"],
    isEstablished: true,
    ...changes,
  };
}

/** A daemon that keeps rows, and refuses the prefix 198.51.100.99/32. */
class FakeDaemon implements Daemon {
  readonly held: OwnRow[] = [];
  /** What was asked, in a word each. */
  readonly asked: string[] = [];
  #id = 0;
  readonly #neighbors: readonly Neighbor[];

  constructor(neighbors: readonly Neighbor[]) {
    this.#neighbors = neighbors;
  }

  neighbors = () => Promise.resolve(this.#neighbors);
  rows = () => Promise.resolve([...this.held]);

  announce(announcements: readonly Announcement[]): Promise<OwnRow[]> {
    this.asked.push(`announce ${announcements.length}`);
    const wrong = announcements.find(({ route }) => route.destination === "198.51.100.99/32");
    if (wrong !== undefined) return Promise.reject(new WrongCommand("the daemon refuses it"));
    return Promise.resolve(announcements.map((each) => {
      const same = ({ route, peer }: OwnRow) =>
        route.destination === each.route.destination && route.family === each.route.family && peer === each.peer;
      const old = this.held.findIndex(same);
      if (old !== -1) this.held.splice(old, 1);
      const row = { ...each, id: ++this.#id };
      this.held.push(row);
      return row;
    }));
  }

  withdraw(rows: readonly OwnRow[]): Promise<void> {
    this.asked.push(`withdraw ${rows.length}`);
    for (const { id } of rows) this.held.splice(this.held.findIndex((row) => row.id === id), 1);
    return Promise.resolve();
  }

  reset = (peer: string, subcode: number) => this.#ask(`reset ${peer} ${subcode}`);
  refresh = (peer: string, direction: "in" | "out") => this.#ask(`refresh ${peer} ${direction}`);
  reload = () => this.#ask("reload");
  restart = () => this.#ask("restart");
  counts = () => Promise.resolve({ sent: 3, received: 4, sinceSeconds: 3_661 });

  async *received() {
    yield { family: "ipv4 unicast", text: "10.0.0.0/8 next-hop 192.0.2.1", attributes: " origin igp" };
  }

  async *advertised() {
    yield { family: "ipv4 flow", text: "flow destination-ipv4 10.0.0.0/8", attributes: " origin igp" };
  }

  #ask(text: string): Promise<void> {
    this.asked.push(text);
    return Promise.resolve();
  }

  /** The rows in short: destination, AS path and peer. */
  get table(): string[] {
    return this.held.map(({ route, peer }) =>
      [route.destination, route.asPath === null ? [] : `[${route.asPath}]`, peer ?? "all"].flat().join(" ")
    );
  }
}

function start(neighbors: readonly Neighbor[], options: Partial<ProcessOptions> = {}) {
  const daemon = new FakeDaemon(neighbors);
  const written: string[] = [], reports: string[] = [];
  const process = new ExabgpProcess(daemon, {
    name: "test",
    encoder: "text",
    version: 4,
    acknowledges: true,
    peers: [],
    write: (text) => written.push(text),
    report: (text) => reports.push(text),
    ...options,
  });
  return { daemon, process, written, reports };
}

const [a, b] = [neighbor("192.0.2.1"), neighbor("192.0.2.2")];
const route = (number: number) => `announce route 198.51.100.${number}/32 next-hop 192.0.2.66`;

Deno.test("a command without neighbors is a row for all; a change replaces it, and a withdraw deletes it", async () => {
  const { daemon, process, written } = start([a, b]);
  await process.run([route(1)]);
  await process.run([`${route(1)} med 5`]);
  assert.deepEqual(daemon.table, ["198.51.100.1/32 all"]);
  assert.equal(daemon.held[0]!.route.med, 5);
  await process.run(["withdraw route 198.51.100.1/32"]);
  assert.deepEqual([daemon.table, written], [[], ["done", "done", "done"]]);
});

Deno.test("of a route for all, one neighbor loses it: the others get rows of their own first", async () => {
  const { daemon, process } = start([a, b]);
  await process.run([route(1)]);
  await process.run(["neighbor 192.0.2.1 withdraw route 198.51.100.1/32"]);
  assert.deepEqual(daemon.table, ["198.51.100.1/32 192.0.2.2"]);
  assert.deepEqual(daemon.asked, ["announce 1", "announce 1", "withdraw 1"]);
});

Deno.test("a route for all takes the place of rows for one neighbor; a withdraw for all deletes them too", async () => {
  const { daemon, process } = start([a, b]);
  await process.run([`neighbor 192.0.2.1 ${route(1)}`]);
  await process.run([`neighbor 192.0.2.2, neighbor 192.0.2.1 ${route(2)}`]);
  assert.deepEqual(daemon.table, [
    "198.51.100.1/32 192.0.2.1",
    "198.51.100.2/32 192.0.2.1",
    "198.51.100.2/32 192.0.2.2",
  ]);
  await process.run([route(1)]);
  assert.deepEqual(daemon.table.filter((row) => row.startsWith("198.51.100.1/")), ["198.51.100.1/32 all"]);
  await process.run(["withdraw route 198.51.100.2/32"]);
  assert.deepEqual(daemon.table, ["198.51.100.1/32 all"]);
});

Deno.test("an AS path that begins with our AS gets it once at external peers, and stays as it is inside", async () => {
  const inside = neighbor("192.0.2.3", { peerAs: 65000 });
  const { daemon, process } = start([a, inside]);
  await process.run([`${route(1)} as-path [ 65000 500 ]`]);
  assert.deepEqual(daemon.table, ["198.51.100.1/32 [65000 500] all", "198.51.100.1/32 [500] 192.0.2.1"]);
  const outside = start([a, b]);
  await outside.process.run([`${route(1)} as-path [ 65000 500 ]`, `${route(2)} as-path [ 65000 ]`]);
  assert.deepEqual(outside.daemon.table, ["198.51.100.1/32 [500] all", "198.51.100.2/32 all"]);
});

Deno.test("announcements that arrive together are one change; a wrong one among them is refused alone", async () => {
  const { daemon, process, written, reports } = start([a, b]);
  await process.run([route(1), route(2), route(3), "# a comment", route(3)]);
  assert.deepEqual(daemon.asked, ["announce 3", "announce 1"]);
  await process.run([route(4), route(99), route(5)]);
  assert.deepEqual(daemon.table.map((row) => row.split("/")[0]), [1, 2, 3, 4, 5].map((n) => `198.51.100.${n}`));
  assert.deepEqual(written, ["done", "done", "done", "done", "done", "done", "error", "done"]);
  assert.deepEqual(reports, [`the daemon refuses it, in: ${route(99)}`]);
  daemon.asked.length = 0;
  await process.run([1, 2, 3].map((n) => `withdraw route 198.51.100.${n}/32`));
  assert.deepEqual(daemon.asked, ["withdraw 3"]);
});

Deno.test("wrong commands: an error each, a sentence with the command, and nothing announced", async () => {
  const { daemon, process, written, reports } = start([a]);
  const wrong: Readonly<Record<string, string>> = {
    "announce route 198.51.100.0/33 next-hop 192.0.2.1": '"198.51.100.0/33" is not a prefix',
    "announce route 198.51.100.1/24 next-hop 192.0.2.1": '"198.51.100.1/24" is not a prefix',
    "announce route 198.51.100.0/24 next-hop 192.0.2": 'next-hop takes an address or self, not "192.0.2"',
    "announce route 198.51.100.0/24": "next-hop is missing",
    "announce route 198.51.100.0/24 next-hop self med -1": 'med takes a whole number from 0 to 4294967295, not "-1"',
    "announce route 198.51.100.0/24 next-hop self community [ 65536:1 ]": '"65536:1" is not a community',
    "announce route 198.51.100.0/24 next-hop self rd x label 1": '"x" is no RD (65000:1, 192.0.2.1:1 or 4200000000:1)',
    "announce route 198.51.100.0/24 next-hop self rd 1:1 label 1048576": '"1048576" is not a label',
    "announce route 198.51.100.0/24 next-hop self as-path [ 1 2": "as-path needs a value",
    "announce route 198.51.100.0/24 next-hop self colour red": 'unknown word "colour"',
    "announce route 198.51.0.0/16 next-hop self split /33": "split /33 is longer than an address of 32 bits",
    "announce attributes next-hop self nlri": "nlri needs a prefix",
    "announce flow route { match { } then { discard; } }":
      "a rule needs a component: destination, source, protocol, port, destination-port, source-port, icmp-type," +
      " icmp-code, tcp-flags, packet-length, dscp or fragment",
    "announce vpls endpoint 5 base 1 offset 1 next-hop 192.0.2.1 rd 1:1": "vpls needs size",
    "announce ipv4 sr-policy distinguisher 0": "bgpd cannot announce routes of ipv4 sr-policy",
    "neighbor 203.0.113.9 announce route 198.51.100.0/24 next-hop self": "no neighbor matches",
    "teardown": "teardown needs a subcode of Cease, such as 4",
    "teardown 256": "teardown needs a subcode of Cease, such as 4",
    "show routes": "show is followed by neighbor, adj-rib in or adj-rib out",
    "hello": 'unknown command "hello"',
  };
  for (const line of Object.keys(wrong)) await process.run([line]);
  assert.deepEqual(reports, Object.entries(wrong).map(([line, reason]) => `${reason}, in: ${line}`));
  assert.deepEqual([daemon.table, new Set(written)], [[], new Set(["error"])]);
});

Deno.test("a watchdog holds routes back, and announces and withdraws them by its name", async () => {
  const { daemon, process } = start([a]);
  await process.run([`${route(1)} watchdog dns withdraw`, `${route(2)} watchdog dns`, route(3)]);
  assert.deepEqual(daemon.table.map((row) => row.slice(0, 12)), ["198.51.100.2", "198.51.100.3"]);
  await process.run(["announce watchdog dns"]);
  assert.equal(daemon.held.length, 3);
  await process.run(["withdraw watchdog dns"]);
  assert.deepEqual(daemon.table, ["198.51.100.3/32 all"]);
  await process.run(["announce watchdog other"]);
  assert.deepEqual(daemon.table, ["198.51.100.3/32 all"]);
});

Deno.test("answers: silenced, disabled after one more, enabled; JSON in version 5", async () => {
  const { process, written } = start([a]);
  await process.run(["silence-ack", route(1), "enable-ack", "disable-ack", route(2)]);
  assert.deepEqual(written, ["done", "done"]);
  const five = start([a], { encoder: "json", version: 5 });
  await five.process.run([route(1), "hello"]);
  assert.deepEqual(five.written.map((line) => JSON.parse(line)), [
    { answer: "done", message: "command completed" },
    { answer: "error", message: 'unknown command "hello"' },
  ]);
});

Deno.test("commands to peers reach those with a session; without one they are errors", async () => {
  const away = neighbor("192.0.2.9", { isEstablished: false });
  const { daemon, process, written } = start([a, b, away]);
  await process.run(["neighbor 192.0.2.1 teardown 2", "flush adj-rib out", "clear adj-rib in"]);
  await process.run(["neighbor 192.0.2.9 teardown 4", "announce route-refresh ipv4 unicast", "reload", "restart"]);
  assert.deepEqual(daemon.asked, [
    "reset 192.0.2.1 2",
    "refresh 192.0.2.1 out",
    "refresh 192.0.2.2 out",
    "refresh 192.0.2.1 in",
    "refresh 192.0.2.2 in",
    "refresh 192.0.2.1 in",
    "refresh 192.0.2.2 in",
    "reload",
    "restart",
  ]);
  assert.equal(written.filter((line) => line === "error").length, 1);
});

Deno.test("show: neighbors and routes in ExaBGP's forms", async () => {
  const { process, written } = start([a]);
  await process.run([
    "show neighbor summary",
    "show adj-rib in",
    "show adj-rib out extensive",
    "show adj-rib out inet",
  ]);
  assert.deepEqual(written, [
    "Peer            AS        up/down state       |     #sent     #recvd",
    "192.0.2.1       65001     1:01:01 established           3          4",
    "done",
    "neighbor 192.0.2.1 ipv4 unicast 10.0.0.0/8 next-hop 192.0.2.1",
    "done",
    "neighbor 192.0.2.1 local-ip 192.0.2.254 local-as 65000 peer-as 65001 router-id 192.0.2.254" +
    " family-allowed in-open ipv4 flow flow destination-ipv4 10.0.0.0/8 origin igp",
    "done",
    "done",
  ]);
});

Deno.test("rows of an earlier run are known: they are withdrawn one by one, or all at the end", async () => {
  const first = start([a]);
  await first.process.run([route(1), route(2)]);
  const second = start([a]);
  second.daemon.held.push(...first.daemon.held);
  await second.process.load();
  await second.process.run(["withdraw route 198.51.100.1/32"]);
  assert.deepEqual(second.daemon.table, ["198.51.100.2/32 all"]);
  await second.process.withdrawAll();
  assert.deepEqual(second.daemon.table, []);
});

Deno.test("a program that deals with some peers only announces to those", async () => {
  const { daemon, process, written } = start([a, b], { peers: ["192.0.2.2"] });
  await process.run([route(1), `neighbor 192.0.2.1 ${route(2)}`, "shutdown"]);
  assert.deepEqual(daemon.table, ["198.51.100.1/32 192.0.2.2"]);
  assert.deepEqual(written, ["done", "error", "shutdown in progress", "done"]);
});

Deno.test("what bgpd does not send is said once, and the route is announced without it", async () => {
  const { daemon, process, reports } = start([a]);
  await process.run([
    `${route(1)} originator-id 192.0.2.7`,
    `${route(2)} originator-id 192.0.2.7 cluster-list [ 1.1.1.1 ]`,
  ]);
  assert.equal(daemon.held.length, 2);
  assert.deepEqual(reports, [
    "bgpd does not send originator-id: routes are announced without it",
    "bgpd does not send cluster-list: routes are announced without it",
  ]);
});
