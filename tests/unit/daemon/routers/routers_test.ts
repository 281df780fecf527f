/** Routers that connect, break, flood, stay silent, and lose their place in the configuration. */
import assert from "node:assert/strict";
import { limits } from "../../../../src/types/mod.ts";
import { announce, endOfRib, initiation, peerDown, peerUp, type TestPeer } from "../../../support/bmp_router.ts";
import { RoutersRig } from "./routers_rig.ts";

const second = 1000;
const peer: TestPeer = { address: "192.0.2.7", asn: 65_007 };
const other = '[[routers]]\naddress = "203.0.113.9"\n';
const one = `${other}[[routers]]\naddress = "198.51.100.1"\nstale_time = 60\n`;

function table(size: number): Uint8Array {
  return announce(peer, Array.from({ length: size }, (_, i) => `10.${i >> 8}.${i & 255}.0/24`));
}

function routesOf(rig: RoutersRig): number {
  while (rig.rib.decide());
  return rig.rib.memory().routes;
}

Deno.test("a router says who it is, what its peers do and when it goes, in lines and numbers", async () => {
  const rig = new RoutersRig();
  rig.configure(one);
  assert.equal(rig.up, "203.0.113.9 down, 198.51.100.1 down");
  const router = await rig.connect("198.51.100.1", initiation("edge1", "FRR 8.4"), peerUp(peer), table(5));
  rig.report();
  assert.equal(rig.up, "edge1 up, 203.0.113.9 down");
  const octets = rig.routers.status[0]!.octets;
  assert.deepEqual(rig.routers.status[0], {
    name: "edge1",
    isUp: true,
    peers: 1,
    routes: { "adj-in": 5 },
    messages: 6,
    skipped: 0,
    octets,
  });
  router.send(peerDown(peer));
  await rig.settle();
  router.end();
  await rig.settle();
  assert.deepEqual(rig.lines, [
    "router edge1: connected from 198.51.100.1: FRR 8.4",
    "router edge1: peer 192.0.2.7 (AS65007) is up",
    "router edge1: peer 192.0.2.7 is down: the peer closed the session without a NOTIFICATION",
    "router edge1: the connection has ended: the router closed it; its routes stay for 60 s",
  ]);
  assert.equal(rig.up, "edge1 down, 203.0.113.9 down");
  assert.equal(rig.keptAlive[0], router);
  await rig.connect("198.51.100.1", initiation("edge1"));
  const [again] = rig.routers.status;
  assert.ok(again!.isUp && again!.octets > octets && again!.messages === 6, "counters go on");
});

Deno.test("routes of a lost connection stay for stale_time; those of a router without a table end", async () => {
  const rig = new RoutersRig();
  rig.configure(one);
  const router = await rig.connect("198.51.100.1", initiation("edge1"), peerUp(peer), table(5), endOfRib(peer));
  router.end("connection reset");
  await rig.clock.advance(59 * second);
  assert.equal(routesOf(rig), 5);
  await rig.clock.advance(second);
  assert.equal(routesOf(rig), 0, "stale_time is over");

  (await rig.connect("198.51.100.1", initiation("edge1"), peerUp(peer), table(5))).end();
  await rig.settle();
  rig.configure(other);
  await rig.settle();
  assert.equal(routesOf(rig), 0, "lost before the reload");
  assert.equal(rig.up, "203.0.113.9 down");

  rig.configure(one);
  const third = await rig.connect("198.51.100.1", initiation("edge1"), peerUp(peer), table(5));
  rig.configure(other);
  await rig.settle();
  assert.deepEqual([routesOf(rig), third.isClosed, rig.up], [0, true, "203.0.113.9 down"], "connected at the reload");
  assert.match(rig.lines.at(-1)!, /router edge1: .* the configuration no longer names it; its routes end$/);
});

Deno.test("a reload keeps the connection of a router whose keys are the same, and no other", async () => {
  const rig = new RoutersRig();
  rig.configure(one);
  const router = await rig.connect("198.51.100.1", initiation("edge1"), peerUp(peer), table(5));
  rig.configure(`${one}[[routers]]\naddress = "198.51.100.0/24"\n`);
  await rig.settle();
  assert.equal(router.isClosed, false);
  rig.configure(one.replace("stale_time = 60", 'name = "core"'));
  await rig.settle();
  assert.deepEqual([router.isClosed, routesOf(rig)], [true, 5]);
  await rig.connect("198.51.100.1", initiation("edge1"), peerUp(peer), table(5));
  assert.match(rig.up, /^core up/);
});

Deno.test("a busy RIB gets 16 buffers of all routers, four of each; the rest waits in sockets", async () => {
  const rig = new RoutersRig();
  rig.configure("bmp_unknown_routers = true");
  const hello = ["1", "2", "3", "4", "5", "6"].map((end) => rig.connect(`198.51.100.${end}`, initiation(`r${end}`)));
  const all = await Promise.all(hello);
  rig.toRib.length = 0;
  rig.isBusy = true;
  const posted = () => rig.toRib.flatMap((message) => message.kind === "routerOctets" ? message : []);
  const flood = peerUp(peer), rest = table(20_000);
  all[0]!.send(flood, rest);
  await rig.settle();
  assert.equal(posted().length, limits.creditsPerPeer);
  for (const router of all.slice(1)) router.send(flood, rest);
  await rig.settle();
  assert.equal(posted().length, 16);
  assert.ok(posted().every(({ buffer }) => buffer.length <= limits.creditBytes));
  assert.ok(all.every(({ unread }) => unread > 1_000_000));
  await rig.catchUp();
  assert.ok(all.every(({ unread }) => unread === 0), "everything is read in the end");
  assert.equal(rig.lines.filter((line) => line.includes("is up")).length, all.length);
});

Deno.test("RFC 7854 §4.3: who sends no Initiation for a minute is disconnected, unless the RIB is busy", async () => {
  const rig = new RoutersRig();
  rig.configure("bmp_unknown_routers = true");
  const silent = await rig.connect("198.51.100.1");
  const half = await rig.connect("198.51.100.2", initiation("edge2").subarray(0, 9));
  const good = await rig.connect("198.51.100.3", initiation("edge3"));
  rig.isBusy = true;
  const slow = await rig.connect("198.51.100.4", initiation("edge4"));
  await rig.clock.advance(60 * second);
  assert.deepEqual([silent, half, good, slow].map(({ isClosed }) => isClosed), [true, true, false, false]);
  assert.match(
    rig.lines.join("\n"),
    /^router 198.51.100.2: the connection has ended: it sent no Initiation within 60 s$/m,
  );
  await rig.catchUp();
  await rig.clock.advance(3600 * second);
  assert.deepEqual([slow.isClosed, good.isClosed], [false, false], "an idle router stays");
});

Deno.test("who may not connect is refused, with few lines; each limit leaves room for the others", async () => {
  const rig = new RoutersRig(40);
  rig.configure(one);
  for (let i = 0; i < 50; i++) assert.equal((await rig.connect("198.51.100.2")).isClosed, true);
  const refusal = "connection from 198.51.100.2 to bmp_socket refused: no table [[routers]] names 198.51.100.2, and " +
    "bmp_unknown_routers is false";
  assert.deepEqual(rig.lines, Array.from({ length: 5 }, () => refusal));
  await rig.clock.advance(60 * second);
  await rig.connect("198.51.100.2");
  assert.equal(rig.lines.at(-1), `${refusal} (45 more were refused before)`);

  rig.configure(`${one}\n[[routers]]\naddress = "192.0.2.0/24"\n`.replace(/^/, "bmp_unknown_routers = true\n"));
  const open = async (address: string) => !(await rig.connect(address)).isClosed;
  const opened = async (count: number, address: (i: number) => string) => {
    let sum = 0;
    for (let i = 0; i < count; i++) if (await open(address(i))) sum++;
    return sum;
  };
  assert.equal(await opened(20, () => "203.0.113.77"), 10, "from one address");
  assert.equal(await opened(20, (i) => `203.0.113.${100 + i}`), 10, "no more than half are unknown");
  assert.equal(await opened(30, (i) => `192.0.2.${i}`), 20, "the others are for tables");
  assert.equal(await open("198.51.100.1"), false, "all are in use");
});

Deno.test("whoever connects again and again, or talks nonsense, fills no log", async () => {
  const rig = new RoutersRig();
  rig.configure("bmp_unknown_routers = true");
  for (let i = 0; i < 1_000; i++) {
    const conn = await rig.connect("198.51.100.2", new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n"));
    assert.equal(conn.isClosed, true);
  }
  assert.equal(rig.lines.length, 30);
  assert.match(rig.lines[0]!, /^router 198.51.100.2: the connection has ended: the octets are no BMP: /);
  await rig.connect("198.51.100.3", initiation("edge3"));
  assert.equal(rig.lines.at(-1), "router edge3: connected from 198.51.100.3: a router of the tests");
});

Deno.test("a thousand peers that come up do not hide that their router goes", async () => {
  const rig = new RoutersRig();
  rig.configure(one);
  const peers = Array.from({ length: 1_000 }, (_, i) => peerUp({ address: `10.0.${i >> 8}.${i & 255}`, asn: 1 }));
  (await rig.connect("198.51.100.1", initiation("edge1"), ...peers)).end();
  await rig.settle();
  assert.equal(rig.lines.length, 102);
  assert.match(
    rig.lines.at(-1)!,
    /^router edge1: the connection has ended.* \(900 lines about this router were left out/,
  );
});

Deno.test("a router that connects again replaces its older connection; its table changes nothing", async () => {
  const rig = new RoutersRig();
  rig.configure(one);
  const dump = [initiation("edge1"), peerUp(peer), table(5), endOfRib(peer)];
  const first = await rig.connect("198.51.100.1", ...dump);
  const second = await rig.connect("198.51.100.1", ...dump);
  assert.deepEqual([first.isClosed, second.isClosed, rig.up], [true, false, "edge1 up, 203.0.113.9 down"]);
  assert.match(rig.lines.join("\n"), /router edge1: the connection has ended: the same router.* connected again/);
  assert.equal(routesOf(rig), 5);
});

Deno.test("when bgpd stops, all connections are closed, and nobody connects any more", async () => {
  const rig = new RoutersRig();
  rig.configure(one);
  const router = await rig.connect("198.51.100.1", initiation("edge1"));
  rig.routers.stop();
  rig.routers.stop();
  const late = await rig.connect("198.51.100.1", initiation("edge1"));
  assert.deepEqual([router.isClosed, late.isClosed, rig.lines.length], [true, true, 2]);
  await rig.clock.advance(3600 * second);
  assert.equal(rig.dials, 0);
});
