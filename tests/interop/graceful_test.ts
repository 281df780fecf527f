/**
 * Graceful restart with real daemons (RFC 4724): either side is killed and comes back, and nobody behind the other
 * hears a withdraw.
 */
import assert from "node:assert/strict";
import { MessageType } from "../../src/message/mod.ts";
import { type Bgpd, startBgpd } from "../support/bgpd.ts";
import { freePort, loopback } from "../support/net.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import { testContext, viewUpdate } from "../support/update_view.ts";
import { sleep, waitFor, type WaitOptions } from "../support/wait.ts";
import { type Peer, type PeerKind, peerKinds, type PeerOptions, startPeer } from "./peers/mod.ts";
import { canRun } from "./star.ts";

const kinds = peerKinds.filter(({ abilities }) => abilities.includes("gracefulRestart"));

/** It has a community, since FRR 8.4 marks as long-lived stale only what has one already. */
const ourRoute = "203.0.113.0/24";
const theirRoutes = ["198.51.100.0/24", "2001:db8:1::/48"];

interface Lab extends AsyncDisposable {
  readonly folder: string;
  readonly config: string;
  readonly peer: Peer;
  readonly witness: ScriptedPeer;
  bgpd: Bgpd;
  readonly patience: WaitOptions;
}

/**
 * bgpd between the daemon and a witness that gets everything. `keys`: of the daemon's entry in bgpd's configuration.
 */
/** `dials`: bgpd does so, too. FRR 8.4 dials once while nobody is there, and then no more for minutes. */
async function startLab(
  kind: PeerKind,
  keys: string,
  more: Partial<PeerOptions> = {},
  dials = false,
): Promise<Lab> {
  const ours = { address: loopback(), port: 0, asn: 65000 };
  ours.port = freePort(ours.address);
  const theirs = { address: loopback(), port: 0, asn: 65001 };
  theirs.port = freePort(theirs.address);
  const local = loopback();
  const config = `router_id = "10.0.0.254"
default_as = 65000
bgp_socket = "${ours.address}:${ours.port}"
[[static_routes]]
prefix = "${ourRoute}"
next_hop = "192.0.2.1"
communities = ["65000:1"]
[[peers]]
description = "daemon"
remote_ip = "${theirs.address}"
remote_as = 65001
${dials ? `local_ip = "${ours.address}"\ndest_port = ${theirs.port}` : "passive = true"}
${keys}
[[peers]]
description = "witness"
remote_ip = "${local}"
remote_as = 65002
passive = true
export = "all"
`;
  const folder = await Deno.makeTempDir({ prefix: "bgpd-graceful-" });
  const bgpd = await startBgpd({ config, cwd: folder });
  const v4 = { prefix: theirRoutes[0]!, nextHop: theirs.address };
  const v6 = { prefix: theirRoutes[1]!, nextHop: "2001:db8::1" };
  const routes = [v4, v6].map((route) => ({ ...route, communities: [], largeCommunities: [], extCommunities: [] }));
  const peer = await startPeer(kind, {
    local: theirs,
    remote: ours,
    routerId: "10.0.0.1",
    passive: false,
    routes,
    uses: ["gracefulRestart"],
    ...more,
  });
  await peer.waitEstablished();
  const witness = await ScriptedPeer.connect({ local, address: ours.address, port: ours.port, asn: 65002 });
  const lab: Lab = {
    folder,
    config,
    peer,
    witness,
    bgpd,
    patience: {
      intervalMs: 100,
      detail: () => `${lab.bgpd.process.log()}\n${peer.log}`,
    },
    async [Symbol.asyncDispose]() {
      witness.close();
      await lab.bgpd[Symbol.asyncDispose]();
      await peer[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
    },
  };
  return lab;
}

/** What the witness received: `announce PREFIX`, `withdraw PREFIX`. */
function seenBy({ witness }: Lab): string[] {
  const context = testContext({ internal: false });
  return witness.received.filter(({ type }) => type === MessageType.update).flatMap(({ bytes }) => {
    const { parts, withdrawn } = viewUpdate(bytes, context);
    return [
      ...withdrawn.map(({ prefix }) => `withdraw ${prefix}`),
      ...parts.flatMap(({ announced }) => announced.map(({ prefix }) => `announce ${prefix}`)),
    ];
  });
}

/** What the daemon announced; FRR sends our own route back to us, too. */
const ribOf = (bgpd: Bgpd, stale: 0 | 1) =>
  bgpd.sql("SELECT prefix FROM rib WHERE peer_as = 65001 AND stale = ? ORDER BY prefix", stale)
    .map(({ prefix }) => prefix).filter((prefix) => prefix !== ourRoute);

const status = (bgpd: Bgpd) =>
  bgpd.sql("SELECT state, eor_at, stale_until FROM peer_status WHERE description = 'daemon'")[0];

/** The daemon's table has come, as far as the database knows. */
const isComplete = (bgpd: Bgpd) => (status(bgpd)?.["eor_at"] ?? null) !== null;

/** Asks again and again whether it holds our route, until `work` is done. */
async function holdsMeanwhile(peer: Peer, work: () => Promise<void>): Promise<void> {
  let isOver = false;
  let looks = 0;
  const look = async () => {
    while (!isOver) {
      assert.ok(
        (await peer.received()).some(({ prefix }) => prefix === ourRoute),
        `${peer.process.name} lost our route`,
      );
      looks++;
      await sleep(20);
    }
  };
  const looking = look();
  looking.catch(() => {});
  try {
    await work();
  } finally {
    isOver = true;
  }
  await looking;
  assert.ok(looks > 0, `${looks} looks`);
}

for (const kind of kinds) {
  const title =
    `RFC 4724 §4.2: ${kind.title} is killed and comes back: its routes stay, and a third party hears no withdraw`;
  Deno.test({
    name: title,
    ignore: !canRun(title, [kind]),
    fn: async () => {
      await using lab = await startLab(kind, "");
      const { bgpd, peer, patience } = lab;
      const everything = [ourRoute, ...theirRoutes].map((prefix) => `announce ${prefix}`).sort();
      await waitFor("all routes at the witness", () => new Set(seenBy(lab)).size === everything.length, patience);
      await waitFor("End-of-RIB", () => isComplete(bgpd), patience);
      await peer.kill();
      await waitFor("stale routes in SQL", () => ribOf(bgpd, 1).length === theirRoutes.length, patience);
      await waitFor("stale_until", () => status(bgpd)?.["stale_until"] !== null, patience);
      await peer.start();
      await peer.waitEstablished();
      await waitFor("fresh routes in SQL", () => ribOf(bgpd, 0).length === theirRoutes.length, patience);
      await waitFor("End-of-RIB", () => isComplete(bgpd), patience);
      await waitFor("nothing to be stale", () => status(bgpd)?.["stale_until"] === null, patience);
      assert.deepEqual([...new Set(seenBy(lab))].sort(), everything, bgpd.log);
    },
  });

  for (const how of ["bgpd restart", "kill -9"]) {
    const title = `RFC 4724 §4.1: ${how}: ${kind.title} keeps our routes until they are advertised again`;
    Deno.test({
      name: title,
      ignore: !canRun(title, [kind]),
      fn: async () => {
        await using lab = await startLab(kind, 'graceful_restart = "full"', {}, kind.title === "FRR");
        const { bgpd, peer, patience, folder, config } = lab;
        await peer.waitReceived(ourRoute);
        // The database has heard of the session before it is asked who had one.
        await waitFor("the session in SQL", () => isComplete(bgpd), patience);
        const pid = bgpd.process.pid;
        await holdsMeanwhile(peer, async () => {
          if (how === "kill -9") {
            await bgpd.stop("SIGKILL");
            lab.bgpd = await startBgpd({ config, cwd: folder });
          } else {
            const { code, stdout, stderr } = await bgpd.command("restart");
            assert.equal(code, 0, stderr);
            assert.match(stdout, /session closed, the peer keeps our routes[^]*bgpd is back after .* s \(pid \d+\)/);
            assert.equal(lab.bgpd.process.pid, pid);
          }
          await waitFor(
            "the session, the End-of-RIB, and the end of the restart",
            () => isComplete(lab.bgpd) && /advertised now/.test(lab.bgpd.log),
            patience,
          );
          await peer.waitEstablished();
        });
        const fresh = () => ribOf(lab.bgpd, 0).join() === theirRoutes.join() && ribOf(lab.bgpd, 1).length === 0;
        await waitFor("its routes as fresh ones", fresh, patience);
      },
    });
  }
}

for (const kind of kinds) {
  const title =
    `RFC 9494 §4.2: ${kind.title} does not return in its Restart Time: its routes are long-lived stale, then removed`;
  Deno.test({
    name: title,
    ignore: !canRun(title, [kind]),
    fn: async () => {
      // So long that a slow machine sees them before they go.
      const keys = "long_lived_graceful_restart = true\nllgr_stale_time = 8";
      await using lab = await startLab(kind, keys, { uses: ["gracefulRestart", "longLived"], restartSeconds: 2 });
      const { bgpd, peer, patience } = lab;
      const communities = () =>
        bgpd.sql(
          "SELECT prefix, communities, stale FROM rib WHERE peer_as = 65001 AND prefix <> ? ORDER BY prefix",
          ourRoute,
        )
          .map((row) => ({ ...row }));
      await waitFor("its routes", () => ribOf(bgpd, 0).length === theirRoutes.length, patience);
      await waitFor("End-of-RIB", () => isComplete(bgpd), patience);
      await waitFor("all routes at the witness", () => new Set(seenBy(lab)).size === 3, patience);
      await peer.kill();
      const longLived = await waitFor("long-lived stale routes in SQL", () => {
        const rows = communities();
        return rows.every((row) => row["communities"] === "65535:6") && rows;
      }, patience);
      assert.deepEqual(
        longLived.map(({ prefix, stale }) => [prefix, stale]),
        theirRoutes.map((prefix) => [prefix, 1]),
      );
      const withdraws = theirRoutes.map((prefix) => `withdraw ${prefix}`);
      await waitFor(
        "a withdraw to a witness that does not know LLGR",
        () => withdraws.every((line) => seenBy(lab).includes(line)),
        patience,
      );
      await waitFor("the end of the Long-Lived Stale Time", () => communities().length === 0, patience);
      await waitFor("nothing to be stale", () => status(bgpd)?.["stale_until"] === null, patience);
    },
  });

  const theirs = `RFC 9494 §4.3: ${kind.title} keeps our routes as long-lived stale ones, marked as such`;
  Deno.test({
    name: theirs,
    ignore: !canRun(theirs, [kind]),
    fn: async () => {
      const keys =
        'graceful_restart = "full"\nrestart_time = 2\nlong_lived_graceful_restart = true\nllgr_stale_time = 3600';
      await using lab = await startLab(kind, keys, { uses: ["gracefulRestart", "longLived"] });
      const { bgpd, peer, patience, folder, config } = lab;
      await peer.waitReceived(ourRoute);
      await waitFor("the session in SQL", () => isComplete(bgpd), patience);
      await bgpd.stop("SIGKILL");
      const marked = async () =>
        (await peer.received()).some((route) => route.prefix === ourRoute && route.communities.includes("65535:6"));
      await waitFor("LLGR_STALE", marked, { ...patience, while: () => peer.process.running });
      // FRR 8.4 does not dial again once its timer for our return has fired.
      if (kind.title === "FRR") return;
      lab.bgpd = await startBgpd({ config, cwd: folder });
      await peer.waitEstablished();
      await waitFor("a fresh route", async () => !await marked(), patience);
    },
  });
}

const draining = kinds.filter(({ title }) => title === "BIRD");
for (const kind of draining) {
  const title =
    `RFC 8326 §4: peer disable --graceful tells ${kind.title} that our routes are about to go, then ends the session`;
  Deno.test({
    name: title,
    ignore: !canRun(title, [kind]),
    fn: async () => {
      await using lab = await startLab(kind, "");
      const { bgpd, peer, patience } = lab;
      const received = await peer.waitReceived(ourRoute);
      assert.deepEqual(received.communities, ["65000:1"]);
      const communities = async () => (await peer.waitReceived(ourRoute)).communities;
      const drain = async (seconds: number) => {
        const { code, stdout, stderr } = await bgpd.command(
          "peer",
          "disable",
          "daemon",
          "--graceful",
          "--wait",
          `${seconds}`,
        );
        assert.equal(code, 0, stderr);
        assert.match(stdout, /is being drained; its session ends at 20/);
        await waitFor("GRACEFUL_SHUTDOWN", async () => (await communities()).includes("65535:0"), patience);
      };
      await drain(3600);
      assert.ok(await peer.established(), "negative: the session is still there");
      assert.equal((await bgpd.command("peer", "enable", "daemon")).code, 0);
      await waitFor("no GRACEFUL_SHUTDOWN", async () => !(await communities()).includes("65535:0"), patience);
      // Long enough for a slow machine to see the community.
      await drain(8);
      await waitFor("the end of the session", () => status(bgpd)?.["state"] === "Disabled", patience);
      await waitFor("the end of the session", async () => !await peer.established(), patience);
      await bgpd.process.waitForLine(/sent NOTIFICATION Cease \/ Administrative Shutdown/);
    },
  });
}
