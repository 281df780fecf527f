/** Sockets that move while the daemon runs. */
import assert from "node:assert/strict";
import type { SocketAddress } from "../../../../src/config/mod.ts";
import { Listeners, sameSockets } from "../../../../src/daemon/listen/listeners.ts";
import { silentLog } from "../../../../src/daemon/log/log.ts";
import { Protection } from "../../../../src/daemon/listen/protection.ts";
import { anyAddressTakesIpv4, type Connection } from "../../../../src/transport/mod.ts";
import { accepts, freePort, loopback } from "../../../support/net.ts";
import { waitFor } from "../../../support/wait.ts";

class AcceptingListeners implements AsyncDisposable {
  readonly said: string[] = [];
  readonly accepted: Connection[] = [];
  readonly listeners = new Listeners({
    protection: new Protection(),
    accept: (connection) => void this.accepted.push(connection),
    log: { ...silentLog, info: (text) => void this.said.push(text) },
  });

  [Symbol.asyncDispose](): Promise<void> {
    this.listeners.close();
    for (const connection of this.accepted) connection.close();
    return Promise.all(this.accepted.map(({ closed }) => closed)).then(() => {});
  }
}

function place(address = loopback()): SocketAddress {
  return { address, port: freePort(address) };
}

const isOpen = ({ address, port }: SocketAddress) => accepts(address, port);

Deno.test("one socket is opened, one closed, one kept; an accepted connection stays, too", async () => {
  await using socket = new AcceptingListeners();
  const [stays, goes, comes] = [place(), place(), place()];
  await socket.listeners.replace([stays, goes]);
  socket.listeners.serve();
  using held = await Deno.connect({ hostname: goes.address, port: goes.port });
  await waitFor("the connection", () => socket.accepted.length === 1);
  socket.said.length = 0;
  await socket.listeners.replace([comes, stays]);
  assert.deepEqual(socket.said, [
    `no longer listening on ${goes.address}:${goes.port}`,
    `listening on ${comes.address}:${comes.port}`,
  ]);
  await waitFor("the old socket to go", async () => !(await isOpen(goes)));
  assert.deepEqual([await isOpen(stays), await isOpen(comes)], [true, true]);
  const hello = Uint8Array.of(1, 2, 3);
  await held.write(hello);
  const read = new Uint8Array(8);
  assert.equal(await socket.accepted[0]!.read(read), 3);
});

Deno.test("nothing changes where nothing is to change", async () => {
  await using socket = new AcceptingListeners();
  const there = place();
  await socket.listeners.replace([there]);
  socket.listeners.serve();
  socket.said.length = 0;
  await socket.listeners.replace([{ ...there }]);
  assert.deepEqual([socket.said, await isOpen(there)], [[], true]);
});

Deno.test("a socket of one address replaces the one of all addresses on its port, and vice versa", async () => {
  await using socket = new AcceptingListeners();
  const wide = place("0.0.0.0");
  const narrow = { address: loopback(), port: wide.port };
  await socket.listeners.replace([narrow]);
  socket.listeners.serve();
  await socket.listeners.replace([wide]);
  assert.equal(await isOpen({ ...wide, address: loopback() }), true);
  await socket.listeners.replace([narrow]);
  assert.equal(await isOpen(narrow), true);
  await waitFor("the other addresses to be closed", async () => !(await isOpen({ ...wide, address: loopback() })));
});

Deno.test("[::] beside IPv4 addresses on the same port: both families come in, whoever was there first", async () => {
  for (
    const [before, after] of [[["any", "::"], ["any"]], [["any"], ["::", "any"]], [["::", "one"], ["one"]]] as const
  ) {
    await using socket = new AcceptingListeners();
    const port = freePort("0.0.0.0");
    const one = { address: loopback(), port };
    const sockets = { "::": { address: "::", port }, any: { address: "0.0.0.0", port }, one };
    await socket.listeners.replace(before.map((name) => sockets[name]));
    socket.listeners.serve();
    assert.equal(await isOpen(one), true);
    await socket.listeners.replace(after.map((name) => sockets[name]));
    const hasIpv6 = after.some((name) => name === "::");
    // Where net.ipv6.bindv6only is set there are two sockets, and nothing is to be said.
    const isOne = anyAddressTakesIpv4();
    const covered = before.some((name) => name === "any") ? "0.0.0.0" : one.address;
    const said = `[::]:${port} accepts the connections to ${covered}:${port}, too`;
    assert.equal(socket.said.includes(said), isOne);
    await waitFor("IPv6 to come or go", async () => (await isOpen({ address: "::1", port })) === hasIpv6);
    assert.equal(await isOpen(one), true);
  }
});

Deno.test("if a new socket cannot be opened, the old sockets are open as before, and no other", async () => {
  await using socket = new AcceptingListeners();
  const [before, fresh, taken] = [place(), place(), place()];
  using _holder = Deno.listen({ hostname: taken.address, port: taken.port });
  await socket.listeners.replace([before]);
  socket.listeners.serve();
  for (const wanted of [[fresh, taken], [before, fresh, taken]]) {
    await assert.rejects(socket.listeners.replace(wanted), /cannot listen|in use/);
    assert.equal(await isOpen(before), true);
    await waitFor("the half of it to be closed again", async () => !(await isOpen(fresh)));
  }
});

Deno.test("the order of sockets does not matter", () => {
  const [a, b] = [{ address: "192.0.2.1", port: 179 }, { address: "::1", port: 179 }];
  assert.equal(sameSockets([a, b], [b, a]), true);
  assert.equal(sameSockets([a, b], [a]), false);
  assert.equal(sameSockets([undefined], []), true);
  assert.equal(sameSockets([undefined], [a]), false);
});
