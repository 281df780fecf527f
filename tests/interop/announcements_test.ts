/**
 * The table `announcements` as people use it: `sqlite3` inserts rows and FRR receives the routes, also after a kill -9,
 * and while a full table arrives.
 */
import assert from "node:assert/strict";
import { encodeTable } from "../bench/updates.ts";
import { fullTable, generateTable } from "../bench/generator.ts";
import { type Bgpd, startBgpd } from "../support/bgpd.ts";
import { freePort, loopback } from "../support/net.ts";
import { run } from "../support/process.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import { atBest, waitFor } from "../support/wait.ts";
import { Frr } from "./peers/frr.ts";
import { type Endpoint, startPeer } from "./peers/mod.ts";
import { canRun } from "./star.ts";

const prefix = "203.0.113.0/24";
const insertion = `INSERT INTO announcements(prefix,next_hop) VALUES('${prefix}','192.0.2.1')`;

const deletion = `DELETE FROM announcements WHERE prefix = '${prefix}'`;

function lab(): { ours: Endpoint; theirs: Endpoint; config: string } {
  const endpoint = (asn: number): Endpoint => {
    const address = loopback();
    return { address, port: freePort(address), asn };
  };
  const [ours, theirs] = [endpoint(65000), endpoint(65001)];
  const config = `router_id = "10.0.0.254"
default_as = ${ours.asn}
bgp_socket = "${ours.address}:${ours.port}"
database = "bgpd.db"
[[peers]]
remote_ip = "${theirs.address}"
remote_as = ${theirs.asn}
passive = true
`;
  return { ours, theirs, config };
}

/** What anybody types. */
async function sqlite3(bgpd: Bgpd, statement: string): Promise<void> {
  const args = ["-cmd", ".timeout 5000", "bgpd.db", statement];
  const { code, stderr } = await run("sqlite3", args, { cwd: bgpd.folder });
  assert.deepEqual([code, stderr], [0, ""], statement);
}

const frrTitle = "a row in announcements: at FRR within a second, over a kill -9, gone with it";

Deno.test({
  name: frrTitle,
  ignore: !canRun(frrTitle, [Frr], "sqlite3"),
  async fn() {
    const { ours, theirs, config } = lab();
    const folder = await Deno.makeTempDir({ prefix: "bgpd-test-" });
    try {
      const first = await startBgpd({ config, cwd: folder });
      await using frr = await startPeer(Frr, {
        local: theirs,
        remote: ours,
        routerId: "10.0.0.1",
        passive: false,
        routes: [],
      });
      const detail = () => `${first.process.log()}\n${frr.log}`;
      const prefixes = async () => (await frr.received()).map((route) => route.prefix);
      /** Milliseconds until FRR holds it, or does not. */
      const until = async (holds: boolean) => {
        const start = performance.now();
        const seen = async () => (await prefixes()).includes(prefix) === holds;
        await waitFor(`FRR ${holds ? "to hold" : "not to hold"} ${prefix}`, seen, { intervalMs: 10, detail });
        return performance.now() - start;
      };
      try {
        await frr.waitEstablished();
        const tookMs = await atBest(1000, async (attempt) => {
          if (attempt > 0) {
            await sqlite3(first, deletion);
            await until(false);
          }
          await sqlite3(first, insertion);
          return await until(true);
        });
        assert.ok(tookMs < 1000, `seen after ${tookMs} ms`);
        const { asPath, nextHop } = await frr.waitReceived(prefix);
        assert.deepEqual([asPath, nextHop], ["65000", "192.0.2.1"]);
      } finally {
        await first.stop("SIGKILL");
      }
      await until(false);
      await using again = await startBgpd({ config, cwd: folder });
      await until(true);
      const tookMs = await atBest(1000, async (attempt) => {
        if (attempt > 0) {
          await sqlite3(again, insertion);
          await until(true);
        }
        await sqlite3(again, deletion);
        return await until(false);
      });
      assert.ok(tookMs < 1000, `gone after ${tookMs} ms`);
      assert.equal(await again.stop(), 0);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

const loadTitle = "200 rows in announcements while a full table comes in: none refused, all at FRR";

Deno.test({
  name: loadTitle,
  ignore: !canRun(loadTitle, [Frr], "sqlite3"),
  async fn() {
    const { ours, theirs, config } = lab();
    const sender = loopback();
    const chunks = encodeTable(generateTable(fullTable), 65002, fullTable.ipv4, fullTable.ipv6);
    await using bgpd = await startBgpd({
      config: `${config}[[peers]]\nremote_ip = "${sender}"\nremote_as = 65002\npassive = true\n`,
    });
    await using frr = await startPeer(Frr, {
      local: theirs,
      remote: ours,
      routerId: "10.0.0.1",
      passive: false,
      routes: [],
    });
    await frr.waitEstablished();
    const { address, port } = ours;
    const source = await ScriptedPeer.connect({ local: sender, address, port, asn: 65002, holdTimeSeconds: 0 });
    try {
      for (const chunk of chunks) source.write(chunk);
      const prefixes = Array.from({ length: 200 }, (_, i) => `100.99.${i}.0/24`);
      const waiting = [...prefixes];
      const complete = "SELECT routes FROM peer_status WHERE peer = ? AND eor_at IS NOT NULL AND lag = 0";
      let meanwhile = 0;
      const work = async () => {
        for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
          await sqlite3(bgpd, insertion.replace(prefix, next));
          if (bgpd.sql(complete, sender).length === 0) meanwhile++;
        }
      };
      await Promise.all([work(), work()]);
      // Which of the two ends first is a matter of the machine.
      assert.ok(meanwhile > 0, "the table had come in already");
      const detail = () => `${bgpd.process.log()}\n${frr.log}`;
      const atFrr = async () => (await frr.received()).map((route) => route.prefix).sort().join(" ");
      await waitFor("200 rows at FRR", async () => await atFrr() === prefixes.toSorted().join(" "), { detail });
      const routes = () => bgpd.sql(complete, sender)[0]?.["routes"];
      const whole = fullTable.ipv4 + fullTable.ipv6;
      await waitFor("the table", () => routes() === whole, { timeoutMs: 180_000, detail });
      assert.deepEqual(bgpd.sql("SELECT prefix, error FROM announcements WHERE error IS NOT NULL"), []);
    } finally {
      source.close();
    }
    assert.equal(await bgpd.stop(), 0);
  },
});
