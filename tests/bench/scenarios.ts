/**
 * All scenarios, in groups; those in this file run with every daemon. Their sizes are those of a full table; `--scale`
 * makes them smaller.
 */

import { sharedPath } from "../support/shared_data.ts";
import { sleep, waitFor } from "../support/wait.ts";
import { lastSeen, loadWithSink, paced } from "./churn.ts";
import { endurance } from "./endurance.ts";
import { readTable } from "./generator.ts";
import { guard } from "./guard_scenario.ts";
import { memory } from "./memory.ts";
import { askForPeers, askQuestions } from "./questions.ts";
import { scale } from "./scale.ts";
import type { Bench, Scenario } from "./scenario.ts";
import { prefixText } from "./table.ts";

const million = 1_000_000;

const ingest: Scenario = {
  name: "ingest",
  title: "one peer, 1.0M IPv4 + 0.2M IPv6 routes; then questions about them",
  senders: 1,
  sinks: 0,
  run: (bench) => ingestFrom(bench, bench.scaled(million), bench.scaled(million / 5), true),
};

const table: Scenario = {
  name: "table",
  title: "one peer, the prefixes of a real full table",
  senders: 1,
  sinks: 0,
  ownOnly: true,
  table: () => readTable(sharedPath("table/table-1m-200k.tsv.xz")),
  async run(bench) {
    const { ipv4Count, count } = bench.table;
    await ingestFrom(bench, bench.scaled(ipv4Count), bench.scaled(count - ipv4Count), false);
  },
};

const twoPeers: Scenario = {
  name: "peers2",
  title: "two peers × 1M routes to the same prefixes",
  senders: 2,
  sinks: 0,
  run: (bench) => ingestFrom(bench, bench.scaled(million), 0, false),
};

const tenPeers: Scenario = {
  name: "peers10",
  title: "ten peers × 1M routes to the same prefixes",
  senders: 10,
  sinks: 0,
  run: (bench) => ingestFrom(bench, bench.scaled(million), 0, false),
};

async function ingestFrom(bench: Bench, ipv4: number, ipv6: number, questions: boolean): Promise<void> {
  const { daemon, bgpd } = bench;
  const routes = ipv4 + ipv6;
  const total = routes * daemon.options.peers.length;
  await bench.connect(ipv4, ipv6);
  const going = bench.go();
  const visible = bgpd?.visible(total, routes, bench.timeoutMs);
  // Only then is everything done: bgpd may rest before it builds an index.
  const done = Promise.all([going, visible]).then(([{ last }, seen]) => Math.max(last, seen?.allAt ?? 0));
  const [{ first }, complete, seen, quiet] = await Promise.all([
    going,
    daemon.complete(total, bench.timeoutMs),
    visible,
    daemon.quiet(bench.timeoutMs, done),
  ]);
  bench.set("rib_s", (complete - first) / 1000);
  if (seen !== undefined) {
    bench.set("rows_s", (seen.rowsAt - first) / 1000);
    bench.set("sql_s", (seen.allAt - first) / 1000);
  }
  bench.set("quiet_s", (quiet - first) / 1000);
  bench.cpuSoFar();
  bench.memory(total);
  await sleep(daemon.holdTimeSeconds < 30 ? 1500 : 0);
  await bench.liveness();
  if (!questions) return;
  await askForPeers(bench);
  await askQuestions(bench, ipv4);
  if (bgpd !== undefined) await restart(bench, routes);
}

/** Ends bgpd under its peer, and starts it again over the table that stands in its database. */
async function restart(bench: Bench, routes: number): Promise<void> {
  const bgpd = bench.bgpd!;
  const stopping = performance.now();
  await bgpd.stop();
  bench.set("stop_s", (performance.now() - stopping) / 1000);
  const start = performance.now();
  const since = () => (performance.now() - start) / 1000;
  const starting = bgpd.start();
  await waitFor("a socket", () => bgpd.listening, { intervalMs: 5, timeoutMs: 60_000 });
  bench.set("restart_listens_s", since());
  const stale = bgpd.value("SELECT count(*) FROM (SELECT 1 FROM rib WHERE stale LIMIT 1000)");
  if (stale !== Math.min(1000, routes)) throw new Error(`${stale} stale routes after a restart`);
  await starting;
  // Sessions are served once the last run's rows are loaded: the End-of-RIB comes back.
  await bench.connect(0, 0);
  await bench.go();
  await waitFor("the End-of-RIB of a peer", () => bgpd.servesSessions, { intervalMs: 5, timeoutMs: bench.timeoutMs });
  bench.set("restart_serves_s", since());
}

const propagate: Scenario = {
  name: "propagate",
  title: "200k routes of one peer to 8 peers",
  senders: 1,
  sinks: 8,
  async run(bench) {
    const routes = bench.scaled(200_000);
    await bench.connect(routes, 0);
    const complete = bench.reached(routes);
    const { first } = await bench.go();
    const { at, first: firstRoute } = await complete;
    bench.set("first_route_s", (firstRoute - first) / 1000);
    bench.set("all_s", (at - first) / 1000);
    await bench.cpu();
    bench.memory(routes);
    await bench.liveness();
  },
};

/** How long after the loss of a full table the memory is looked at. */
const restMs = 60_000;

const loss: Scenario = {
  name: "loss",
  title: "the session of a peer with 1M routes ends; another peer watches",
  senders: 1,
  sinks: 1,
  async run(bench) {
    const { bgpd, speakers } = bench;
    const routes = bench.scaled(million);
    await bench.connect(routes, 0);
    const complete = bench.reached(routes);
    await bench.go();
    await complete;
    if (bgpd !== undefined) await bgpd.visible(routes, routes, bench.timeoutMs);
    await bench.cpu("load_cpu_s");
    const empty = bench.reached(0, true);
    const gone = bgpd === undefined ? undefined : goneFromRib(bench);
    const { at: start } = await speakers.senders.ask({ kind: "drop", session: 0 }, "done");
    bench.set("withdrawn_s", ((await empty).at - start) / 1000);
    if (gone !== undefined) bench.set("gone_from_rib_s", (await gone - start) / 1000);
    await bench.cpu();
    bench.set("peak_mb", bench.daemon.peakBytes / 1e6);
    await bench.liveness();
    await sleep(Math.max(1000, bench.scaled(restMs)));
    bench.set("rest_mb", bench.daemon.rssBytes / 1e6);
    speakers.senders.failure = undefined;
  },
};

/** When the view shows nothing any more of three prefixes. */
async function goneFromRib(bench: Bench): Promise<number> {
  const bgpd = bench.bgpd!;
  const last = bench.scaled(million) - 1;
  const names = [0, last >> 1, last].map((at) => prefixText(bench.table, at));
  const query = "SELECT count(*) FROM rib WHERE prefix IN (?, ?, ?)";
  await waitFor("the routes to go from rib", () => bgpd.value(query, ...names) === 0, {
    timeoutMs: bench.timeoutMs,
    intervalMs: 5,
  });
  return Date.now();
}

const churn: Scenario = {
  name: "churn",
  title: "over 200k routes: 5,000 changes a second for 10 s, a fifth of them withdrawals, seen at a second peer",
  senders: 1,
  sinks: 1,
  async run(bench) {
    const routes = bench.scaled(200_000);
    await loadWithSink(bench, routes, routes >> 2);
    const changes = routes >> 2;
    await paced(bench, changes, Math.max(50, bench.scaled(5000)));
    bench.set("change_us", await bench.cpu() / changes * 1e6);
    bench.memory(routes);
    await bench.liveness();
  },
};

const burst: Scenario = {
  name: "burst",
  title: "100k UPDATEs of one prefix each at once, seen at a second peer",
  senders: 1,
  sinks: 1,
  async run(bench) {
    const routes = bench.scaled(200_000);
    const changes = routes >> 1;
    await loadWithSink(bench, routes, changes);
    const { seenAt, senders } = bench.speakers;
    seenAt.fill(0);
    const { first } = await senders.ask({ kind: "churn", perSecond: 0 }, "sent");
    const last = await lastSeen(bench, changes);
    bench.set("through_per_s", changes / (last - first) * 1000);
    await bench.cpu();
    await bench.liveness();
  },
};

/** `core`: beside other daemons. */
export const groups: Readonly<Record<string, readonly Scenario[]>> = {
  core: [ingest, table, twoPeers, tenPeers, propagate, loss, churn, burst],
  endurance: [...endurance, memory],
  scale,
  guard: [guard],
};

export const scenarios: readonly Scenario[] = Object.values(groups).flat();
