/** A peer with many routes goes: its memory goes back to the system. */
import assert from "node:assert/strict";
import { startBgpd } from "../support/bgpd.ts";
import { bulkUpdates } from "../support/bulk.ts";
import { configHead } from "../support/config_text.ts";
import { rssMb } from "../support/memory.ts";
import { freePort, loopback } from "../support/net.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import { sleep, waitFor } from "../support/wait.ts";

const routes = 800_000;
/** After the start bgpd lets go of what only the start needed. */
const afterStartMs = 2_000;
/** Usually 25 seconds: each thread waits until it is quiet. */
const timeoutMs = 120_000;

Deno.test("half of the memory of 800,000 routes is back soon after their peer is gone", async () => {
  const address = loopback(), local = loopback(), other = loopback();
  const port = freePort(address);
  const peers = [local, other].map((each, i) =>
    `[[peers]]\nremote_ip = "${each}"\nremote_as = ${65001 + i}\npassive = true\n`
  );
  await using bgpd = await startBgpd({ config: `${configHead({ address, port })}${peers.join("")}` });
  const stays = await ScriptedPeer.connect({ local: other, address, port, asn: 65002, keepaliveMs: 1000 });
  stays.announce("192.0.2.0/24");
  const count = () => Number(bgpd.sql("SELECT count(*) AS n FROM rib")[0]!["n"]);
  await waitFor("the first route", () => count() === 1);
  await sleep(afterStartMs);
  const rss = () => rssMb(bgpd.process.pid);
  const before = await rss();
  const session = await ScriptedPeer.connect({ local, address, port, asn: 65001, keepaliveMs: 1000 });
  for (const bytes of bulkUpdates(routes, 65001, local)) session.write(bytes);
  await waitFor("the table", () => count() === routes + 1);
  const taken = await rss() - before;
  assert.ok(taken > 20, `the table takes ${taken} MB`);
  session.close();
  await waitFor("the loss", () => count() === 1);
  // Prefixes keep their numbers, and V8 keeps compiled code and some room.
  await waitFor("memory", async () => await rss() - before < taken / 2, { timeoutMs, intervalMs: 500 });
  stays.close();
});
