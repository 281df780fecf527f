/**
 * A daemon stops while rows wait for the disk: its peers notice at once, it ends in bounded time, and no committed row
 * is lost.
 */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { type Bgpd, startBgpd } from "../support/bgpd.ts";
import { bulkUpdates } from "../support/bulk.ts";
import { freePort, loopback } from "../support/net.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import { sleep, waitFor } from "../support/wait.ts";
import { configHead } from "../support/config_text.ts";

const manyRoutes = 600_000;
/** More than the fastest machine writes in a second. */
const tooManyRoutes = 1_600_000;

interface Backlog {
  readonly folder: string;
  readonly config: string;
  readonly bgpd: Bgpd;
  readonly session: ScriptedPeer;
  readonly address: string;
  readonly port: number;
  /** Lets the store write. */
  release(): void;
}

/** A daemon in whose memory a table waits, as somebody holds the lock. */
async function withBacklog(routes: number, more: string, test: (backlog: Backlog) => Promise<void>): Promise<void> {
  const address = loopback(), local = loopback();
  const port = freePort(address);
  const config = `${configHead({ address, port })}${more}\n` +
    `[[peers]]\nremote_ip = "${local}"\nremote_as = 65001\npassive = true\n`;
  const folder = await Deno.makeTempDir({ prefix: "bgpd-stop-" });
  try {
    await using bgpd = await startBgpd({ config, cwd: folder });
    const session = await ScriptedPeer.connect({ local, address, port, asn: 65001, keepaliveMs: 1000 });
    session.announce("192.0.2.0/24");
    await waitFor("the first route", () => bgpd.sql("SELECT 1 FROM rib").length > 0);
    const other = new DatabaseSync(bgpd.database, { timeout: 5000 });
    other.exec("BEGIN IMMEDIATE");
    try {
      for (const bytes of bulkUpdates(routes, 65001, local)) session.write(bytes);
      const received = async () => {
        const { stdout } = await bgpd.command("show", "summary", "--json");
        return Number(JSON.parse(stdout).backlog_rows) > routes;
      };
      await waitFor("the table", received);
      await test({ folder, config, bgpd, session, address, port, release: () => other.close() });
    } finally {
      if (other.isOpen) other.close();
    }
    session.close();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("SIGTERM with rows that wait: Cease at once, exit within stop_timeout, the next run counts the gap", () =>
  withBacklog(tooManyRoutes, "stop_timeout = 1", async ({ folder, config, bgpd, session, release }) => {
    release();
    const before = performance.now();
    const ended = bgpd.stop("SIGTERM");
    assert.deepEqual(await session.notification(), { code: 6, subcode: 2 });
    const ceaseMs = performance.now() - before;
    assert.equal(await ended, 0);
    const tookMs = performance.now() - before;
    assert.ok(ceaseMs < 1_000, `Cease after ${ceaseMs} ms`);
    // A second, what SQLite writes as it closes, and a busy machine.
    assert.ok(tookMs < 5_000, `the end after ${tookMs} ms`);
    const kept = Number(bgpd.sql("SELECT count(*) AS n FROM routes")[0]!["n"]);
    assert.ok(kept >= 1 && kept < tooManyRoutes, `${kept} rows`);
    assert.match(bgpd.log, /stop_timeout is over: bgpd ends, and the last rows are lost$/m);
    assert.deepEqual(bgpd.sql("PRAGMA integrity_check").map((row) => ({ ...row })), [{ integrity_check: "ok" }]);
    await using next = await startBgpd({ config, cwd: folder });
    assert.ok(next.sql("SELECT 1 FROM history_gaps").length > 0, "what the history does not know is said");
  }));

Deno.test("bgpd restart with rows that wait: sessions stay until they are written, then the gap is short", () =>
  withBacklog(manyRoutes, "", async ({ bgpd, session, address, port, release }) => {
    let lastHeard = performance.now(), longestGap = 0;
    let isOver = false;
    const probing = (async () => {
      while (!isOver) {
        const connected = await Deno.connect({ hostname: address, port }).then((connection) => {
          connection.close();
          return true;
        }, () => false);
        const now = performance.now();
        if (connected) lastHeard = now;
        longestGap = Math.max(longestGap, now - lastHeard);
        await sleep(20);
      }
    })();
    const restarted = bgpd.command("restart");
    await sleep(500);
    assert.ok(!session.ended, "the session stays while rows are written");
    release();
    const { code, stderr } = await restarted;
    isOver = true;
    await probing;
    assert.equal(code, 0, stderr);
    assert.ok(longestGap < 4_000, `nobody listened for ${longestGap} ms`);
    const kept = Number(bgpd.sql("SELECT count(*) AS n FROM routes")[0]!["n"]);
    assert.equal(kept, manyRoutes + 1);
  }));
