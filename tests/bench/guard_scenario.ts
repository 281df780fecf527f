/**
 * A small version of what matters, with one start of the daemon: a table comes in and goes out, changes come at a pace
 * and at once, the peer with the table is lost.
 */

import { sleep } from "../support/wait.ts";
import { lastSeen, paced } from "./churn.ts";
import { askForPeers } from "./questions.ts";
import type { Bench, Scenario } from "./scenario.ts";

const routes = 300_000;
const changes = 20_000;
const changesPerSecond = 5000;
const restMs = 5000;

export const guard: Scenario = {
  name: "guard",
  title: "300k routes of one peer to two peers; 5,000 changes a second, 20k changes at once; the peer is lost",
  senders: 1,
  sinks: 2,
  async run(bench) {
    await load(bench, bench.scaled(routes));
    await askForPeers(bench);
    bench.cpuSoFar("peers_cpu_s");
    const count = bench.scaled(changes);
    await paced(bench, count, Math.max(50, bench.scaled(changesPerSecond)));
    bench.set("change_us", await bench.cpu("churn_cpu_s") / count * 1e6);
    await atOnce(bench, count);
    await bench.cpu("burst_cpu_s");
    await bench.liveness();
    await lose(bench);
  },
};

async function load(bench: Bench, count: number): Promise<void> {
  const { daemon, bgpd } = bench;
  await bench.connect(count, 0, bench.scaled(changes), true);
  const going = bench.go();
  const visible = bgpd?.visible(count, count, bench.timeoutMs);
  // Only then is everything done: bgpd may rest before it builds an index.
  const done = Promise.all([going, visible]).then(([{ last }, seen]) => Math.max(last, seen?.allAt ?? 0));
  const [{ first }, complete, seen, quiet, out] = await Promise.all([
    going,
    daemon.complete(count, bench.timeoutMs),
    visible,
    daemon.quiet(bench.timeoutMs, done),
    bench.reached(count),
  ]);
  bench.set("rib_s", (complete - first) / 1000);
  bench.set("all_s", (out.at - first) / 1000);
  bench.set("quiet_s", (quiet - first) / 1000);
  if (seen !== undefined) {
    bench.set("rows_s", (seen.rowsAt - first) / 1000);
    bench.set("sql_s", (seen.allAt - first) / 1000);
  }
  bench.cpuSoFar();
  bench.memory(count);
}

/** The second round of the changes. */
async function atOnce(bench: Bench, count: number): Promise<void> {
  const { seenAt, senders } = bench.speakers;
  seenAt.fill(0);
  const { first } = await senders.ask({ kind: "churn", perSecond: 0 }, "sent");
  bench.set("through_per_s", count / (await lastSeen(bench, count) - first) * 1000);
}

async function lose(bench: Bench): Promise<void> {
  const { senders } = bench.speakers;
  const empty = bench.reached(0, true);
  const { at } = await senders.ask({ kind: "drop", session: 0 }, "done");
  bench.set("withdrawn_s", ((await empty).at - at) / 1000);
  await sleep(restMs);
  bench.set("rest_mb", bench.daemon.rssBytes / 1e6);
  senders.failure = undefined;
}
