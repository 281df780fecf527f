/**
 * BMP from routers with full tables. FRR and GoBGP report a real table, through ten minutes of churn: no row differs.
 * The table takes as long by BMP as by BGP. Twenty routers with 100,000 routes each change 2,000 routes a second each,
 * while a session of our own gets its KEEPALIVEs.
 */
import { encodeBmp } from "../../src/bmp/mod.ts";
import { formatPrefix, parsePrefix, readUint16 } from "../../src/types/mod.ts";
import { cpuSeconds, rssBytes } from "../bench/process_tree.ts";
import { report, type ReportedRoute } from "../interop/reporting_routers.ts";
import { type Bgpd, startBgpd } from "../support/bgpd.ts";
import {
  announce,
  endOfRib,
  headerOf,
  initiation,
  joined,
  joinedList,
  peerUp,
  type TestPeer,
} from "../support/bmp_router.ts";
import { watchedPeer } from "../support/crowd.ts";
import { freePort, loopback } from "../support/net.ts";
import { updatesOf } from "../support/rpki_table.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import { sleep, waitFor } from "../support/wait.ts";
import type { Outcome } from "./main.ts";

const folder = new URL("../../../shared/data/table/", import.meta.url).pathname;
const churnSteps = 10;
const manyRouters = 20, routesEach = 100_000, changesPerSecond = 2_000, loadSeconds = 60;

async function realRoutes(): Promise<ReportedRoute[]> {
  const { stdout } = await new Deno.Command("xz", { args: ["-dc", `${folder}table-1m-200k.tsv.xz`] }).output();
  return new TextDecoder().decode(stdout).trimEnd().split("\n").map((line) => {
    const [prefix, origin] = line.split("\t");
    return { prefix: formatPrefix(parsePrefix(prefix!)!), origin: Number(origin) };
  });
}

/** What FRR and GoBGP report of a real table, with a step of churn each minute. */
function realDaemons(routes: readonly ReportedRoute[]): Promise<string[]> {
  const accepted = routes.filter(({ prefix }) => !prefix.startsWith("20."));
  const steps = Array.from({ length: churnSteps }, (_, step) => ({
    withdrawn: accepted.filter((_, i) => i % 1000 === step),
    changed: accepted.filter((_, i) => i % 100 === step + 20).map((route) => ({ ...route, origin: 65_500 + step })),
  }));
  return report(routes, steps);
}

interface Rig {
  readonly bgpd: Bgpd;
  readonly bgp: { readonly address: string; readonly port: number };
  readonly bmp: { readonly address: string; readonly port: number };
  readonly local: string;
}

async function rig(): Promise<Rig> {
  const bgp = { address: loopback(), port: 0 }, bmp = { address: loopback(), port: 0 }, local = loopback();
  bgp.port = freePort(bgp.address);
  bmp.port = freePort(bmp.address);
  const bgpd = await startBgpd({
    config: `router_id = "10.0.0.254"
default_as = 65000
bgp_socket = "${bgp.address}:${bgp.port}"
bmp_socket = "${bmp.address}:${bmp.port}"
bmp_unknown_routers = true
[[peers]]
remote_ip = "${local}"
remote_as = 65001
passive = true
hold_timer = 3
`,
  });
  return { bgpd, bgp, bmp, local };
}

const count = (bgpd: Bgpd, sql: string) => Number(bgpd.sql(sql)[0]?.["n"] ?? -1);

/** Seconds until the table stands in SQL, and CPU seconds: by a session, or by BMP. */
async function ingest(table: Uint8Array, size: number, by: "bgp" | "bmp"): Promise<[seconds: number, cpu: number]> {
  const { bgpd, bgp, bmp, local } = await rig();
  try {
    const session = { local, ...bgp, asn: 65001, keepaliveMs: 3000 };
    const peer = by === "bgp" ? await ScriptedPeer.connect(session) : undefined;
    const conn = by === "bmp" ? await Deno.connect({ hostname: bmp.address, port: bmp.port }) : undefined;
    const octets = by === "bmp" ? asBmp(table) : table;
    const cpu = cpuSeconds(bgpd.process.pid), began = performance.now();
    peer?.write(octets);
    for (let at = 0; conn !== undefined && at < octets.length;) at += await conn.write(octets.subarray(at));
    // Only what is written is counted: the RIB reports rows that wait in the column lag.
    const rows = by === "bmp" ? "SELECT routes - lag AS n FROM routers" : "SELECT routes - lag AS n FROM peer_status";
    await waitFor("the table", () => count(bgpd, rows) === size, { timeoutMs: 120_000, intervalMs: 50 });
    const seconds = (performance.now() - began) / 1000;
    await sleep(4_000);
    const used = cpuSeconds(bgpd.process.pid) - cpu;
    peer?.close();
    conn?.close();
    return [seconds, used];
  } finally {
    await bgpd[Symbol.asyncDispose]();
  }
}

const feeder: TestPeer = { address: "192.0.2.7", asn: 65_001 };

/** Each UPDATE of a session as a message of a router. */
function asBmp(updates: Uint8Array): Uint8Array {
  const parts = [initiation("router"), peerUp(feeder)], peer = headerOf(feeder);
  for (let at = 0; at < updates.length;) {
    const length = readUint16(updates, at + 16);
    parts.push(encodeBmp({ kind: "routeMonitoring", peer, update: updates.subarray(at, at + length) }));
    at += length;
  }
  parts.push(endOfRib(feeder));
  return joinedList(parts);
}

/** Twenty routers, each with its own table and its changes. */
async function manyAtOnce() {
  const { bgpd, bgp, bmp, local } = await rig();
  try {
    const prefixes = Array.from({ length: routesEach }, (_, i) => `${10 + (i >> 16)}.${i >> 8 & 255}.${i & 255}.0/24`);
    // All messages are ready before the session begins: making them would hold up its KEEPALIVEs.
    const reports = Array.from({ length: manyRouters }, (_, i) => {
      const peer = { address: `192.0.2.${i + 1}`, asn: 65_001 + i };
      return { peer, dump: joined(initiation(`r${i}`), peerUp(peer), announce(peer, prefixes), endOfRib(peer)) };
    });
    const own = await watchedPeer({ local, ...bgp, asn: 65001 });
    const began = performance.now();
    const conns = await Promise.all(reports.map(async ({ peer, dump }) => {
      const conn = await Deno.connect({ hostname: bmp.address, port: bmp.port });
      await writeAll(conn, dump);
      return { conn, peer };
    }));
    const held = "SELECT sum(routes - lag) AS n FROM routers", all = manyRouters * routesEach;
    await waitFor("all tables", () => count(bgpd, held) === all, { timeoutMs: 300_000, intervalMs: 500 });
    const dumpSeconds = (performance.now() - began) / 1000;
    const cpu = cpuSeconds(bgpd.process.pid), from = performance.now();
    let rounds = 0, lag = 0;
    // A tenth of a second each: so many changes of each router.
    for (; performance.now() - from < 1000 * loadSeconds; rounds++) {
      const some = prefixes.slice(rounds * 200 % routesEach).slice(0, changesPerSecond / 10);
      await Promise.all(conns.map(({ conn, peer }) => writeAll(conn, announce(peer, some, rounds + 1))));
      if (rounds % 50 === 0) lag = Math.max(lag, count(bgpd, "SELECT sum(lag) AS n FROM routers"));
      const ahead = 100 * (rounds + 1) - (performance.now() - from);
      if (ahead > 0) await sleep(ahead);
    }
    const seconds = (performance.now() - from) / 1000;
    const last = `SELECT count(*) AS n FROM monitored_rib WHERE med = ${rounds}`;
    const ended = performance.now();
    await waitFor("the last change", () => count(bgpd, last) === manyRouters * changesPerSecond / 10, {
      timeoutMs: 60_000,
    });
    const [session] = bgpd.sql("SELECT state FROM peer_status");
    const measured = {
      dumpSeconds,
      changesPerSecond: Math.round(rounds * manyRouters * changesPerSecond / 10 / seconds),
      cpuShare: (cpuSeconds(bgpd.process.pid) - cpu) / seconds,
      mostRowsWaiting: lag,
      lastChangeMs: performance.now() - ended,
      rssMb: Math.round(rssBytes(bgpd.process.pid) / 1e6),
      session: session?.["state"],
      latestKeepaliveMs: Math.round(own.latestMs()),
    };
    own.stop();
    for (const { conn } of conns) conn.close();
    return measured;
  } finally {
    await bgpd[Symbol.asyncDispose]();
  }
}

async function writeAll(conn: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await conn.write(bytes.subarray(at));
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!;

export async function routersSoak(): Promise<Outcome> {
  const all = await realRoutes(), table = updatesOf(all, 65_001, "192.0.2.1");
  const runs = { bgp: [] as number[], bmp: [] as number[], bgpCpu: [] as number[], bmpCpu: [] as number[] };
  for (let i = 0; i < 3; i++) {
    for (const by of ["bgp", "bmp"] as const) {
      const [seconds, cpu] = await ingest(table, all.length, by);
      runs[by].push(seconds);
      runs[`${by}Cpu`].push(cpu);
    }
  }
  const medians = Object.fromEntries(Object.entries(runs).map(([name, values]) => [name, median(values)]));
  const load = await manyAtOnce();
  const ipv4 = all.filter(({ prefix }) => !prefix.includes(":"));
  const differences = await realDaemons(ipv4);
  return {
    measured: { routes: all.length, ...medians, load, reported: ipv4.length, differences: differences.length },
    failures: [
      ...differences.slice(0, 20),
      ...median(runs.bmp) <= 1.5 * median(runs.bgp) ? [] : ["a table by BMP takes more than 1.5 times as long"],
      ...load.session === "Established" ? [] : ["the session of our own was lost"],
      ...load.latestKeepaliveMs <= 1_000 ? [] : [`a KEEPALIVE came ${load.latestKeepaliveMs} ms late`],
    ],
  };
}
