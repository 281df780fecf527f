/**
 * RPKI in a running daemon: StayRTR and files say which origins are valid, and every row of `rib` has the state that a
 * plain SQL evaluation of its prefix and the VRPs gives. Changes, outages and restarts change no other row.
 */
import assert from "node:assert/strict";
import { type Bgpd, startBgpd } from "../support/bgpd.ts";
import { freePort, loopback } from "../support/net.ts";
import { Process } from "../support/process.ts";
import {
  naiveStates,
  randomRoutes,
  randomVrps,
  seededRandom,
  type TestVrp,
  updatesOf,
  vrpFile,
} from "../support/rpki_table.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import { waitFor } from "../support/wait.ts";
import { canRun } from "./star.ts";

const canServe = canRun("origin validation with an RPKI cache", [], "stayrtr");

/** A cache on a port of its own. */
class Cache {
  readonly address: string;
  readonly port: number;
  readonly #path: string;
  #process: Process | undefined;

  constructor(folder: string) {
    this.address = loopback();
    this.port = freePort(this.address);
    this.#path = `${folder}/vrps.json`;
  }

  /** StayRTR reads the file again within a second. */
  async say(vrps: readonly TestVrp[]): Promise<void> {
    await Deno.writeTextFile(`${this.#path}.new`, vrpFile(vrps));
    await Deno.rename(`${this.#path}.new`, this.#path);
  }

  start(version = 1): void {
    const args = [
      "-bind",
      `${this.address}:${this.port}`,
      "-metrics.addr",
      `${this.address}:${freePort(this.address)}`,
    ];
    this.#process = new Process("stayrtr", {
      args: [...args, "-cache", this.#path, "-checktime=false", "-refresh", "1", "-protocol", `${version}`],
    });
  }

  async stop(): Promise<void> {
    await this.#process?.stop();
    this.#process = undefined;
  }
}

function differences(bgpd: Bgpd): number {
  const rows = "SELECT peer, prefix, ovs AS state FROM rib";
  const [row] = bgpd.sql(
    `SELECT (SELECT count(*) FROM (${rows} EXCEPT SELECT * FROM (${naiveStates}))) +
      (SELECT count(*) FROM (SELECT * FROM (${naiveStates}) EXCEPT ${rows})) AS n`,
  );
  return Number(row?.n ?? -1);
}

Deno.test({
  name: "StayRTR 0.5.1 sends ASPAs as draft 8210bis-10 has them: bgpd says so, and gets its VRPs without ASPAs",
  ignore: !canServe,
  fn: async () => {
    const folder = await Deno.makeTempDir({ prefix: "bgpd-rpki-" });
    const cache = new Cache(folder);
    const aspas = [{ customer_asid: 65001, expires: 4e9, providers: [65002] }];
    const vrps = randomVrps(seededRandom(2), 20);
    const text = JSON.stringify({ ...JSON.parse(vrpFile(vrps)), aspas: { ipv4: aspas, ipv6: aspas } });
    await Deno.writeTextFile(`${folder}/vrps.json`, text.replace('"aspas"', '"provider_authorizations"'));
    cache.start(2);
    const config = `router_id = "192.0.2.1"\ndefault_as = 65000\nbgp_socket = "127.0.0.1:${freePort("127.0.0.1")}"
[[rpki_caches]]\naddress = "${cache.address}:${cache.port}"\nname = "lab"\n`;
    const bgpd = await startBgpd({ config, cwd: folder });
    try {
      await waitFor("all VRPs", () => count(bgpd, "SELECT count(*) AS n FROM vrps") === vrps.length);
      await waitFor("the source", () => count(bgpd, "SELECT count(*) AS n FROM rpki_sources WHERE version = 1") === 1);
      const [source] = bgpd.sql("SELECT error FROM rpki_sources");
      assert.equal(count(bgpd, "SELECT count(*) AS n FROM aspas"), 0);
      assert.match(String(source?.error), /the ASPA has the form of 8210bis-10/);
    } finally {
      await bgpd.stop();
      await cache.stop();
      await Deno.remove(folder, { recursive: true });
    }
  },
});

const count = (bgpd: Bgpd, query: string) => Number(bgpd.sql(query)[0]?.n ?? -1);

Deno.test({
  name: "rows have the states that plain SQL gives: from a cache, after changes, after kill -9 of both, with files",
  ignore: !canServe,
  fn: async () => {
    const random = seededRandom(14);
    const routes = randomRoutes(random, 1500);
    const first = randomVrps(random, 600);
    const known = new Set(first.map((vrp) => JSON.stringify(vrp)));
    const more = randomVrps(random, 150).filter((vrp) => !known.has(JSON.stringify(vrp)));
    const second = [...first.slice(100), ...more];
    const folder = await Deno.makeTempDir({ prefix: "bgpd-rpki-" });
    const cache = new Cache(folder);
    await cache.say(first);
    cache.start();
    const address = loopback(), port = freePort(address), local = loopback();
    const config = `
router_id = "192.0.2.1"
default_as = 65000
bgp_socket = "${address}:${port}"
[[rpki_caches]]
address = "${cache.address}:${cache.port}"
name = "lab"
[[peers]]
name = "transit"
remote_ip = "${local}"
remote_as = 65001
passive = true
`;
    let bgpd = await startBgpd({ config, cwd: folder });
    try {
      await waitFor("all VRPs", () => count(bgpd, "SELECT count(*) AS n FROM vrps") === first.length);
      const peer = await ScriptedPeer.connect({ local, address, port, asn: 65001, keepaliveMs: 1000 });
      peer.write(updatesOf(routes, 65001, local));
      await waitFor("all routes", () => count(bgpd, "SELECT count(*) AS n FROM rib") === routes.length);
      assert.equal(differences(bgpd), 0);
      for (const state of ["valid", "invalid", "not-found"]) {
        assert.ok(count(bgpd, `SELECT count(*) AS n FROM rib WHERE ovs = '${state}'`) > 20, state);
      }

      const serialOf = "SELECT coalesce(max(serial), -1) AS n FROM rpki_sources WHERE data IS NOT NULL";
      await waitFor("stored data", () => count(bgpd, serialOf) >= 0);
      const serial = count(bgpd, serialOf);
      await cache.say(second);
      await waitFor("the changes", () => count(bgpd, "SELECT count(*) AS n FROM vrps") === second.length);
      await waitFor("their states", () => differences(bgpd) === 0);
      assert.equal(count(bgpd, "SELECT count(*) AS n FROM rib_history WHERE ended_by IS NOT NULL"), 0);

      await waitFor("the stored changes", () => count(bgpd, serialOf) > serial);

      // Nothing flaps while the cache is away, and a killed daemon goes on with the same data.
      await cache.stop();
      peer.close();
      await bgpd.stop("SIGKILL");
      bgpd = await startBgpd({ config, cwd: folder });
      const again = await ScriptedPeer.connect({ local, address, port, asn: 65001, keepaliveMs: 1000 });
      again.write(updatesOf(routes, 65001, local));
      const fresh = "SELECT count(*) AS n FROM rib WHERE NOT stale";
      await waitFor("all routes again", () => count(bgpd, fresh) === routes.length);
      await waitFor("the states of before", () => differences(bgpd) === 0);
      assert.equal(count(bgpd, "SELECT count(*) AS n FROM vrps"), second.length);
      const ended = "SELECT count(*) AS n FROM vrp_history WHERE to_ms < 253402300799999";
      assert.equal(count(bgpd, ended), 100);
      again.close();
    } finally {
      await bgpd.stop();
      await cache.stop();
      await Deno.remove(folder, { recursive: true });
    }
  },
});
