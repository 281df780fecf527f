/**
 * Strangers use up the file descriptors, in each way that is open to them. The daemon keeps its sessions, answers on
 * its control socket, and accepts the next peer. It runs with few descriptors, so that a small crowd is enough.
 */
import assert from "node:assert/strict";
import { type Bgpd, startBgpd } from "../support/bgpd.ts";
import { Crowd, watchedPeer } from "../support/crowd.ts";
import { freePort, loopback } from "../support/net.ts";
import { ScriptedPeer, type ScriptedPeerOptions } from "../support/scripted_peer.ts";
import { waitFor } from "../support/wait.ts";
import { configHead } from "../support/config_text.ts";
import { initiation } from "../support/bmp_router.ts";
import { dial } from "../../src/transport/mod.ts";

const descriptors = 256;
const crowdSize = 400;
const network = "127.9.0.0/16";
const knownRouter = "127.9.200.2";

interface Watched {
  readonly bgpd: Bgpd;
  readonly at: { address: string; port: number };
  readonly api: { address: string; port: number };
  readonly bmp: { address: string; port: number };
  readonly crowd: Crowd;
}

/** `work` while a peer has a session, which must not notice. */
async function underWatch(work: (watched: Watched) => Promise<void>): Promise<void> {
  const address = loopback();
  const at = { address, port: freePort(address) };
  const api = { address, port: freePort(address) };
  const bmp = { address, port: freePort(address) };
  const local = loopback();
  const config = configHead({ routerId: "10.0.0.254", address, port: at.port }) +
    `api_socket = "${address}:${api.port}"\nbmp_socket = "${address}:${bmp.port}"\nbmp_unknown_routers = true\n` +
    `[[routers]]\naddress = "${knownRouter}"\n[[peers]]\nremote_ip = "${local}"\nremote_as = 65001\npassive = true\n` +
    `hold_timer = 3\n[[peers]]\nremote_ip = "${network}"\nremote_as = 65002\n`;
  await using bgpd = await startBgpd({ config, wrap: ["prlimit", `--nofile=${descriptors}`] });
  const watched = await watchedPeer({ ...at, local, asn: 65001 });
  const crowd = new Crowd();
  try {
    await work({ bgpd, at, api, bmp, crowd });
    assert.equal(watched.isLost(), false, bgpd.log);
    assert.ok(watched.latestMs() < 1_000, `a KEEPALIVE came ${watched.latestMs()} ms late\n${bgpd.log}`);
    const status = await bgpd.command("show", "summary");
    assert.equal(status.code, 0, status.stderr);
    watched.peer.announce("203.0.113.0/24");
    await waitFor("the route", () => bgpd.sql("SELECT 1 FROM rib WHERE prefix = '203.0.113.0/24'").length === 1);
  } finally {
    watched.stop();
    await crowd.leave();
  }
  assert.equal(await bgpd.stop(), 0, bgpd.log);
}

/**
 * As a router does, it tries again where it was refused: on a busy machine the database may still be naming the
 * crowd.
 */
function connectsSoon(options: ScriptedPeerOptions): Promise<ScriptedPeer> {
  return waitFor("the member's session", () => ScriptedPeer.connect(options), { intervalMs: 500 });
}

Deno.test("idle connections to api_socket beyond the limit of descriptors: the next reader is answered", () =>
  underWatch(async ({ api, crowd }) => {
    await crowd.connect(api, crowdSize);
    const response = await fetch(`http://${api.address}:${api.port}/api/v1/status`, {
      signal: AbortSignal.timeout(10_000),
    });
    assert.equal((await response.json()).established, 1);
  }));

Deno.test("half-open members beyond the limit of descriptors: the next member has its session", () =>
  underWatch(async ({ bgpd, at, crowd }) => {
    await crowd.connect(at, crowdSize, (i) => `127.9.${1 + (i >> 7)}.${1 + (i & 127)}`);
    const member = await connectsSoon({ ...at, local: "127.9.200.1", asn: 65002 });
    member.announce("198.51.100.0/24");
    await waitFor("its route", () => bgpd.sql("SELECT 1 FROM rib WHERE prefix = '198.51.100.0/24'").length === 1);
    member.close();
  }));

Deno.test("strangers beyond the limit of descriptors: refused, and the next member has its session", () =>
  underWatch(async ({ at, crowd }) => {
    await crowd.connect(at, crowdSize, (i) => `127.10.${1 + (i >> 7)}.${1 + (i & 127)}`);
    (await connectsSoon({ ...at, local: "127.9.200.1", asn: 65002 })).close();
  }));

Deno.test("clients of the control socket beyond the limit of descriptors: commands are answered", () =>
  underWatch(async ({ bgpd }) => {
    const clients: Deno.UnixConn[] = [];
    for (let i = 0; i < crowdSize; i++) {
      const path = `${bgpd.database}.sock`;
      await Deno.connect({ transport: "unix", path }).then((client) => clients.push(client), () => {});
    }
    const { code, stderr } = await bgpd.command("show", "peers");
    for (const client of clients) client.close();
    assert.equal(code, 0, stderr);
  }));

Deno.test("connections to bmp_socket beyond the limit of descriptors: a router with a table reports", () =>
  underWatch(async ({ bgpd, bmp, crowd }) => {
    await crowd.connect(bmp, crowdSize / 2);
    await crowd.connect(bmp, crowdSize / 2, (i) => `127.10.${1 + (i >> 7)}.${1 + (i & 127)}`);
    const router = await dial({ ...bmp, localAddress: knownRouter, timeoutMs: 10_000 });
    await router.write(initiation("edge"));
    await waitFor("the router", () => bgpd.sql("SELECT 1 FROM routers WHERE state = 'up'").length === 1);
    assert.match(bgpd.log, /to bmp_socket refused: \d+ (connections from this address are open|routers that no table)/);
    router.close();
  }));
