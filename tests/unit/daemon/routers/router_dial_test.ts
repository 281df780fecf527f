/** Routers that bgpd connects to. */
import assert from "node:assert/strict";
import { initiation } from "../../../support/bmp_router.ts";
import { PlayedConnection, RoutersRig } from "./routers_rig.ts";

const second = 1000;
const dialled = '[[routers]]\naddress = "198.51.100.1"\nport = 11019\n';

Deno.test("RFC 7854 §3.2: attempts come after 30 s, then after twice the time, 720 s at most", async () => {
  const rig = new RoutersRig();
  rig.configure(dialled);
  await rig.settle();
  const times: number[] = [];
  for (let at = 0, seen = 1; at < 4_000; at++) {
    await rig.clock.advance(second);
    if (rig.dials === seen) continue;
    seen = rig.dials;
    times.push(at + 1);
  }
  assert.deepEqual(times, [30, 90, 210, 450, 930, 1650, 2370, 3090, 3810]);
  assert.deepEqual(rig.lines, ["router 198.51.100.1: connection refused; the next attempt is in 30 s"]);
});

Deno.test("an Initiation makes the next attempt an early one; a connection alone does not", async () => {
  const rig = new RoutersRig();
  const [silent, good] = [new PlayedConnection("198.51.100.1"), new PlayedConnection("198.51.100.1")];
  rig.dialled.push("connection refused", silent, good);
  rig.configure(dialled);
  await rig.clock.advance(30 * second);
  silent.end();
  await rig.clock.advance(59 * second);
  assert.equal(rig.dials, 2);
  await rig.clock.advance(second);
  assert.equal(rig.dials, 3);
  good.send(initiation("edge1"));
  await rig.settle();
  assert.equal(rig.up, "edge1 up");
  assert.deepEqual(rig.keptAlive, [silent, good]);
  good.end();
  await rig.clock.advance(30 * second);
  assert.equal(rig.dials, 4);
});

Deno.test("a router that bgpd connects to cannot connect itself; a reload ends the attempts", async () => {
  const rig = new RoutersRig();
  const conn = new PlayedConnection("198.51.100.1");
  rig.dialled.push(conn);
  rig.configure(dialled);
  await rig.settle();
  conn.send(initiation("edge1"));
  await rig.settle();
  const refused = await rig.connect("198.51.100.1", initiation("edge1"));
  assert.deepEqual([refused.isClosed, conn.isClosed], [true, false]);
  assert.match(rig.lines.at(-1)!, /refused: bgpd connects to this router itself/);
  rig.configure(dialled);
  assert.equal(conn.isClosed, false, "the same table");
  rig.configure(dialled.replace("port = 11019", ""));
  assert.equal(conn.isClosed, true);
  await rig.clock.advance(3600 * second);
  assert.equal(rig.dials, 1);
  assert.equal((await rig.connect("198.51.100.1", initiation("edge1"))).isClosed, false);
});

Deno.test("a connection that comes after the router is gone from the configuration is closed", async () => {
  const rig = new RoutersRig();
  const late = new PlayedConnection("198.51.100.1");
  rig.dialled.push(late);
  rig.configure(dialled);
  rig.configure("");
  await rig.settle();
  assert.deepEqual([late.isClosed, rig.up], [true, ""]);
});
