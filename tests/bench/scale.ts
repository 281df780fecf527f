/** Many peers: the tables of a large collector, the sessions of a large exchange, and a peer that floods. */

import { generateTable } from "./generator.ts";
import { median } from "./report.ts";
import type { Bench, Scenario } from "./scenario.ts";
import type { SessionReport } from "./speaker_messages.ts";

const million = 1_000_000;

const twentyPeers: Scenario = {
  name: "peers20",
  title: "twenty peers × 1M routes to the same prefixes",
  senders: 20,
  sinks: 0,
  async run(bench) {
    const routes = bench.scaled(million), total = routes * bench.asns.length;
    await bench.connect(routes, 0);
    const going = bench.go();
    const [{ first }, complete] = await Promise.all([going, bench.daemon.complete(total, bench.timeoutMs)]);
    bench.set("rib_s", (complete - first) / 1000);
    await bench.cpu();
    bench.memory(total);
    await bench.liveness();
  },
};

const membersRoutes = 1000;
/** Changes that must reach everybody. */
const throughChanges = 20;
/** An answer about a thousand peers is long. */
const pollMs = 200;

const crowd: Scenario = {
  name: "crowd",
  title: "1,000 peers announce the same 1,000 prefixes, and receive the best routes of the others",
  senders: 0,
  sinks: 0,
  members: 1000,
  holdTimeSeconds: 180,
  table: () => Promise.resolve(generateTable({ ipv4: membersRoutes + throughChanges, ipv6: 0 })),
  async run(bench) {
    const { daemon, asns } = bench;
    const changes = { from: membersRoutes, count: throughChanges, again: false, withdraws: false };
    await bench.connectWith(
      asns.map((asn, i) => ({ asn, ipv4: membersRoutes, ipv6: 0, ...i === 0 ? { changes } : {} })),
    );
    bench.set("up_s", bench.connectedMs / 1000);
    const total = asns.length * membersRoutes;
    const [{ first }, complete] = await Promise.all([bench.go(), daemon.complete(total, bench.timeoutMs, pollMs)]);
    await bench.cpu();
    const reports = await bench.speakers.reports();
    expectBestRoutes(reports, asns.length);
    // What a member received last may have come later than the last route of a peer.
    const lastAt = Math.max(complete, ...reports.map(({ lastAt }) => lastAt));
    bench.set("rib_s", (lastAt - first) / 1000);
    bench.memory(total);
    const { delays } = await bench.speakers.senders.ask({ kind: "singly" }, "through", bench.timeoutMs);
    bench.set("through_p50_ms", median(delays));
    await bench.liveness();
  },
};

/** Each prefix has one best route, which its own member does not get back. */
function expectBestRoutes(reports: readonly SessionReport[], members: number): void {
  const held = reports.reduce((sum, report) => sum + report.held, 0);
  const expected = (members - 1) * membersRoutes;
  if (held !== expected) throw new Error(`the members hold ${held} routes, not ${expected}`);
}

const floodedRoutes = 100_000;
const floodMs = 15_000;
const quietEveryMs = 50;

const flood: Scenario = {
  name: "flood",
  title: "500 peers, of which one floods for 15 s, one changes a route now and then, and one receives those changes",
  senders: 499,
  sinks: 1,
  holdTimeSeconds: 9,
  // What waited in the sockets of a peer that receives the flood would be no work of the daemon.
  onlyFrom: 1,
  table: () => Promise.resolve(generateTable({ ipv4: floodedRoutes + floodMs / quietEveryMs, ipv6: 0 })),
  async run(bench) {
    const { seenAt, sentAt, senders } = bench.speakers;
    const flooded = bench.scaled(floodedRoutes), forMs = Math.max(3000, floodMs * bench.scale);
    const quiet = { from: floodedRoutes, count: floodMs / quietEveryMs, again: true, withdraws: false };
    const floods = { from: 0, count: flooded, again: true, withdraws: true };
    await bench.connectWith(bench.asns.map((asn, i) => ({
      ...{ asn, ipv4: i === 0 ? flooded : 0, ipv6: 0 },
      ...i === 0 ? { changes: floods } : i === 1 ? { changes: quiet } : {},
    })));
    bench.set("up_s", bench.connectedMs / 1000);
    await Promise.all([bench.go(), bench.daemon.complete(flooded, bench.timeoutMs)]);
    await bench.cpu("load_cpu_s");
    const { first, last, changes = 0 } = await senders.ask({ kind: "flood", forMs, everyMs: quietEveryMs }, "sent");
    bench.set("taken_per_s", changes / (last - first) * 1000);
    await bench.cpu();
    setDelays(bench, sentAt.subarray(floodedRoutes), seenAt.subarray(floodedRoutes));
    bench.memory(flooded);
    await bench.liveness();
  },
};

/** How long the quiet peer's changes took; each must have come. */
function setDelays(bench: Bench, sentAt: Float64Array, seenAt: Float64Array): void {
  const delays: number[] = [];
  sentAt.forEach((sent, i) => {
    if (sent === 0) return;
    if (seenAt[i] === 0) throw new Error(`change ${i} of the quiet peer did not come`);
    delays.push(seenAt[i]! - sent);
  });
  delays.sort((a, b) => a - b);
  bench.set("through_p50_ms", delays[delays.length >> 1]!);
  bench.set("through_max_ms", delays.at(-1)!);
}

export const scale: readonly Scenario[] = [twentyPeers, crowd, flood];
