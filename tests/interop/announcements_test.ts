/**
 * Rows of `announcements` as other daemons see them: there within a second, still there after kill -9 and a restart, gone
 * after DELETE; and routes asked for again, both ways, without a session that ends.
 */
import assert from "node:assert/strict";
import { type Bgpd, ensureBgpd, startBgpd } from "../support/bgpd.ts";
import { freePort, loopback } from "../support/net.ts";
import { waitFor } from "../support/wait.ts";
import { type Endpoint, missingPrograms, type Peer, peerKinds, peersRequired, startPeer } from "./peers/mod.ts";
import { sampleRoutes } from "./routes.ts";

const prefix = "203.0.113.0/24";

/**
 * Daemons that send their routes again when asked. OpenBGPD 7.7 does not, it says that the family was not negotiated:
 * there the session has to stay, and no more. ExaBGP 4.2 announces the capability, and hangs up when it is used.
 */
const answering = ["BIRD", "FRR", "GoBGP"];

for (const kind of peerKinds) {
  const missing = missingPrograms([...kind.programs, "sqlite3"]);
  const title = `announcements by SQL at ${kind.title}, over kill -9; refresh both ways`;
  const ignore = missing.length > 0 && !peersRequired;
  if (ignore) console.error(`SKIPPED: ${title}: not installed: ${missing.join(", ")}`);
  Deno.test({
    name: title,
    ignore,
    async fn() {
      assert.deepEqual(missing, [], "not installed");
      await ensureBgpd();
      const endpoint = (asn: number): Endpoint => {
        const address = loopback();
        return { address, port: freePort(address), asn };
      };
      const ours = endpoint(65000), theirs = endpoint(65001);
      const config = `router_id = "10.0.0.1"
default_as = 65000
bgp_socket = "${ours.address}:${ours.port}"
[[peers]]
remote_ip = "${theirs.address}"
remote_as = 65001
passive = true
`;
      const folder = await Deno.makeTempDir({ prefix: "bgpd-test-" });
      const routes = sampleRoutes(7, 65001).filter((route) => !route.prefix.includes(":"));
      const options = { local: theirs, remote: ours, routerId: "10.0.0.2", passive: false, routes };
      await using peer = await startPeer(kind, options);
      try {
        {
          await using bgpd = await startBgpd({ config, cwd: folder });
          await ready(bgpd, peer, routes.length);
          const start = performance.now();
          await bgpd.sqlite3(`INSERT INTO announcements(prefix,next_hop) VALUES('${prefix}','192.0.2.1')`);
          const route = await peer.waitReceived(prefix, { intervalMs: 20 });
          const tookMs = performance.now() - start;
          assert.deepEqual([route.nextHop, route.asPath], ["192.0.2.1", "65000"]);
          assert.ok(tookMs < 1500, `seen after ${tookMs} ms, of which asking the peer takes some`);
          if (kind.title !== "ExaBGP") await refresh(bgpd, peer, routes.length, answering.includes(kind.title));
          await bgpd.stop("SIGKILL");
        }
        await using bgpd = await startBgpd({ config, cwd: folder });
        await ready(bgpd, peer, routes.length);
        await peer.waitReceived(prefix);
        await bgpd.sqlite3("DELETE FROM announcements");
        const holds = async () => (await peer.received()).some((route) => route.prefix === prefix);
        await waitFor(`${prefix} to go`, async () => !await holds(), { timeoutMs: 5000, intervalMs: 20 });
        assert.equal(await bgpd.stop(), 0);
      } finally {
        await Deno.remove(folder, { recursive: true }).catch(() => undefined);
      }
    },
  });
}

/** Established, and its routes are in the database. */
async function ready(bgpd: Bgpd, peer: Peer, routes: number): Promise<void> {
  const isReady = () =>
    bgpd.sql("SELECT 1 FROM peer_status WHERE state = 'Established'").length === 1 && learned(bgpd) === routes;
  await waitFor("the session and its routes", isReady, { timeoutMs: 30_000, detail: () => `${bgpd.log}\n${peer.log}` });
}

/** Some send our own route back to us. */
function learned(bgpd: Bgpd): number {
  return bgpd.sql("SELECT 1 FROM rib WHERE prefix LIKE '100.%'").length;
}

async function refresh(bgpd: Bgpd, peer: Peer, routes: number, answers: boolean): Promise<void> {
  const session = () => bgpd.sql("SELECT since, updates_received FROM peer_status")[0]!;
  // Counters come once a second.
  const before = await waitFor("the counters", () => Number(session()["updates_received"]) > 0 && session());
  const { code, stderr } = await bgpd.command("peer", "refresh", peer.options.local.address);
  assert.equal(code, 0, stderr);
  if (answers) {
    await waitFor(
      "its routes again",
      () => Number(session()["updates_received"]) > Number(before["updates_received"]),
      {
        detail: () => `${bgpd.log}\n${peer.log}`,
      },
    );
  }
  await waitFor(
    "our route, still or again",
    async () => (await peer.received()).some((route) => route.prefix === prefix),
  );
  assert.equal(session()["since"], before["since"]);
  assert.equal(learned(bgpd), routes);
}
