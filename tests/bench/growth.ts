/** The cost by number of routes and of peers; `plot.ts` draws it. */

import { fullTable, generateTable } from "./generator.ts";
import { DatabaseRig } from "./database_rig.ts";
import type { Bench, Scenario } from "./scenario.ts";

const million = 1_000_000;

/** IPv4 routes of one peer. */
export const routeSteps = [100_000, 300_000, million, 3 * million] as const;
/** Peers with a million routes each. */
export const peerSteps = [1, 2, 5, 10] as const;

function step(name: string, routes: number, peers: number): Scenario {
  return {
    name,
    title: `${peers === 1 ? "one peer" : `${peers} peers`} × ${routes / 1000}k routes`,
    senders: peers,
    sinks: 0,
    ownOnly: true,
    ...routes > fullTable.ipv4 ? { table: (scale: number) => Promise.resolve(tableOf(routes * scale)) } : {},
    run: (bench) => load(bench, bench.scaled(routes), peers),
  };
}

function tableOf(routes: number) {
  return generateTable({ ipv4: Math.round(routes), ipv6: 0 });
}

async function load(bench: Bench, routes: number, peers: number): Promise<void> {
  const bgpd = bench.bgpd!;
  await bench.connect(routes, 0);
  const [first, complete, visible] = await Promise.all([
    bench.go(),
    bgpd.complete(routes * peers, bench.timeoutMs),
    bgpd.visible(routes, routes, bench.timeoutMs),
  ]);
  bench.set("rib_s", (complete - first) / 1000);
  bench.set("sql_s", (visible - first) / 1000);
  await bench.cpu();
  bench.memory(routes * peers);
}

/** What a RIB of its own counts: columns of routes, and sets with their index, for the second of two peers. */
export const memory: Scenario = {
  name: "memory",
  title: "memory of the RIB per further route and per attribute set",
  senders: 0,
  sinks: 0,
  ownOnly: true,
  run(bench) {
    const rig = new DatabaseRig(`${bench.daemon.options.folder}/memory.db`, bench.table, true, Date.now());
    rig.load(1);
    const one = rig.rib.memory();
    rig.load(2);
    const two = rig.rib.memory();
    rig.writer.close();
    bench.set("route_bytes", (two.routeBytes - one.routeBytes) / (two.routes - one.routes));
    bench.set("set_bytes", two.setBytes / two.sets);
    return Promise.resolve();
  },
};

export const growth: readonly Scenario[] = [
  ...routeSteps.map((routes) => step(`routes${routes / 1000}k`, routes, 1)),
  ...peerSteps.slice(1).map((peers) => step(`peers${peers}x1m`, million, peers)),
];
