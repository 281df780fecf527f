/**
 * Origin validation on a full table: real prefixes and VRPs, StayRTR as the cache. The states in SQL equal those of a
 * plain SQL evaluation of `rib` and `vrps`; a change of 2,000 VRPs is visible within a second; ingest takes as long
 * with 500,000 VRPs as without any; and the memory that the VRPs take.
 */
import { emptyAttributeSet, encodeAttributeSet, SegmentType, UpdateEncoder } from "../../src/message/mod.ts";
import { originStateNames, VrpTables, wordOf } from "../../src/rpki/mod.ts";
import {
  familyMask,
  formatPrefix,
  IPV4_UNICAST,
  IPV6_UNICAST,
  parseAddress,
  parsePrefix,
  type Prefix,
} from "../../src/types/mod.ts";
import { rssBytes } from "../bench/process_tree.ts";
import { type Bgpd, startBgpd } from "../support/bgpd.ts";
import { freePort, loopback } from "../support/net.ts";
import { Process, run } from "../support/process.ts";
import { seededRandom, type TestVrp, vrpFile } from "../support/rpki_table.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import { sleep, waitFor } from "../support/wait.ts";
import { classify } from "../interop/rpki_classes.ts";
import type { Outcome } from "./main.ts";

const folder = new URL("../../../shared/data/table/", import.meta.url).pathname;
const asn = 65001;
const changes = 2_000;
const manyVrps = 500_000;

interface Route {
  readonly prefix: Prefix;
  readonly origin: number;
}

async function unpacked(name: string): Promise<string> {
  const { stdout } = await new Deno.Command("xz", { args: ["-dc", `${folder}${name}`] }).output();
  return new TextDecoder().decode(stdout);
}

async function readRoutes(): Promise<Route[]> {
  return (await unpacked("table-1m-200k.tsv.xz")).trimEnd().split("\n").map((line) => {
    const [prefix, origin] = line.split("\t");
    return { prefix: parsePrefix(prefix!)!, origin: Number(origin) };
  });
}

async function readVrps(): Promise<TestVrp[]> {
  const { roas } = JSON.parse(await unpacked("vrps-2017-06-01.json.xz"));
  return roas.map((roa: { asn: string; prefix: string; maxLength: number }) => ({
    prefix: roa.prefix,
    maxLength: roa.maxLength,
    asn: Number(roa.asn.replace("AS", "")),
  }));
}

/** The table as UPDATEs: the prefixes of an origin share an attribute set. */
function updates(routes: readonly Route[], nextHop: string): Uint8Array {
  const encoder = new UpdateEncoder({
    internal: false,
    fourOctetAs: true,
    families: familyMask([IPV4_UNICAST, IPV6_UNICAST]),
    addPathReceive: 0,
    addPathSend: 0,
    extendedNextHop: 0,
    maxMessageBytes: 4096,
    localAsn: asn,
    remoteAsn: 0,
  });
  for (const [key, group] of Map.groupBy(routes, ({ prefix, origin }) => `${origin} ${prefix.octets.length}`)) {
    const isIpv4 = key.endsWith(" 4");
    const set = encodeAttributeSet({
      ...emptyAttributeSet(),
      origin: 0,
      asPath: [{ type: SegmentType.sequence, asns: [asn, group[0]!.origin] }],
      nextHop: parseAddress(isIpv4 ? nextHop : "2001:db8::1"),
    });
    encoder.begin(set, isIpv4 ? IPV4_UNICAST : IPV6_UNICAST);
    for (const { prefix: { octets, length } } of group) {
      encoder.add(wordOf(octets, 0), wordOf(octets, 1), wordOf(octets, 2), wordOf(octets, 3), length, -1);
    }
    encoder.finish();
  }
  return encoder.take();
}

/** Rows (prefix, state) of `rib` and `vrps` by a search for each length. */
const plainStates = `
WITH lengths(l) AS (SELECT value FROM generate_series(0, 128)),
covering AS (
  SELECT x.id, max(v.asn <> 0 AND v.asn IS r.origin_as AND x.len <= v.max_length) AS matches
  FROM rib r JOIN prefixes x ON x.id = r.prefix_id JOIN lengths ON l <= x.len
  JOIN vrp_intervals v ON v.len = l AND v.family = x.family AND v.to_ms = 253402300799999
    AND v.hi = CASE WHEN x.family = 1 THEN (x.hi >> (32 - l)) << (32 - l)
      WHEN l = 0 THEN 0 WHEN l < 64 THEN (x.hi >> (64 - l)) << (64 - l) ELSE x.hi END
    AND v.lo = CASE WHEN x.family = 1 OR l <= 64 THEN 0 WHEN l = 128 THEN x.lo ELSE (x.lo >> (128 - l)) << (128 - l) END
  GROUP BY x.id
)
SELECT r.prefix, CASE c.matches WHEN 1 THEN 'valid' WHEN 0 THEN 'invalid' ELSE 'not-found' END AS state
FROM rib r LEFT JOIN covering c ON c.id = r.prefix_id`;

async function differences(bgpd: Bgpd): Promise<number> {
  const rows = "SELECT prefix, ovs AS state FROM rib";
  return Number(
    await bgpd.sqlite3(
      `CREATE TEMP TABLE plain AS ${plainStates}; CREATE TEMP TABLE shown AS ${rows};` +
        "SELECT (SELECT count(*) FROM (SELECT * FROM shown EXCEPT SELECT * FROM plain)) +" +
        " (SELECT count(*) FROM (SELECT * FROM plain EXCEPT SELECT * FROM shown));",
    ),
  );
}

const count = (bgpd: Bgpd, query: string) => Number(bgpd.sql(query)[0]?.n ?? -1);

/** Every route is in the database. */
function isWhole(bgpd: Bgpd, routes: number): boolean {
  return count(bgpd, `SELECT routes = ${routes} AND lag = 0 AS n FROM peer_status WHERE peer = 'full'`) === 1;
}

class Lab {
  readonly folder = Deno.makeTempDirSync({ prefix: "bgpd-rpki-soak-" });
  readonly address = loopback();
  readonly port = freePort(this.address);
  readonly local = loopback();
  readonly cachePort = freePort(this.address);
  #stayrtr: Process | undefined;

  get vrpPath(): string {
    return `${this.folder}/vrps.json`;
  }

  config(source: string): string {
    return `router_id = "192.0.2.1"\ndefault_as = 65000\nbgp_socket = "${this.address}:${this.port}"\n` +
      `database = "${this.folder}/bgpd.db"\n${source}\n` +
      `[[peers]]\nname = "full"\nremote_ip = "${this.local}"\nremote_as = ${asn}\npassive = true\n`;
  }

  async say(vrps: readonly TestVrp[]): Promise<void> {
    await Deno.writeTextFile(`${this.vrpPath}.new`, vrpFile(vrps));
    await Deno.rename(`${this.vrpPath}.new`, this.vrpPath);
  }

  serve(): void {
    const metrics = `${this.address}:${freePort(this.address)}`;
    const args = ["-bind", `${this.address}:${this.cachePort}`, "-metrics.addr", metrics, "-cache", this.vrpPath];
    this.#stayrtr = new Process("stayrtr", { args: [...args, "-checktime=false", "-refresh", "1", "-protocol", "1"] });
  }

  connect(): Promise<ScriptedPeer> {
    const { local, address, port } = this;
    return ScriptedPeer.connect({ local, address, port, asn, keepaliveMs: 5000 });
  }

  async end(): Promise<void> {
    await this.#stayrtr?.stop();
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** Real VRPs on the real table, and a change of 2,000 of them. */
async function realTable(routes: readonly Route[], vrps: readonly TestVrp[], seed: number) {
  const lab = new Lab();
  const random = seededRandom(seed);
  await lab.say(vrps);
  lab.serve();
  const bgpd = await startBgpd({
    cwd: lab.folder,
    config: lab.config(`[[rpki_caches]]\naddress = "${lab.address}:${lab.cachePort}"`),
  });
  try {
    const known = new Set(vrps.map((vrp) => JSON.stringify(vrp))).size;
    await waitFor("all VRPs", () => count(bgpd, "SELECT count(*) AS n FROM vrps") === known, { timeoutMs: 60_000 });
    const peer = await lab.connect();
    peer.write(updates(routes, lab.local));
    await waitFor("the table", () => isWhole(bgpd, routes.length), { timeoutMs: 120_000, intervalMs: 250 });
    const before = await differences(bgpd);

    const gone = new Set(Array.from({ length: changes / 2 }, () => random.below(vrps.length)));
    const changed = vrps.filter((_, i) => !gone.has(i));
    for (let i = 0; i < changes / 2; i++) {
      const { prefix, origin } = routes[random.below(routes.length)]!;
      const other = random.below(2) === 0 ? origin : origin + 1;
      const { octets, length } = prefix;
      const text = octets.length === 4 ? [...octets].join(".") : undefined;
      if (text !== undefined) changed.push({ prefix: `${text}/${length}`, maxLength: length, asn: other });
    }
    const expected = flips(routes, vrps, changed);
    const sample = expected.slice(0, 500);
    await lab.say(changed);
    const seen = await firstChange(bgpd);
    const list = sample.map(({ prefix, state }) => `('${prefix}', '${state}')`).join(", ");
    const missing = `SELECT count(*) AS n FROM (VALUES ${list}) e WHERE NOT EXISTS` +
      " (SELECT 1 FROM rib WHERE prefix = e.column1 AND ovs = e.column2)";
    await waitFor("all flips", () => count(bgpd, missing) === 0, { timeoutMs: 30_000 });
    const visibleMs = performance.now() - seen;
    const after = await differences(bgpd);
    peer.close();
    return { differencesBefore: before, flipped: expected.length, visibleMs, differencesAfter: after };
  } finally {
    await bgpd.stop();
    await lab.end();
  }
}

/** When bgpd has the change: the log of the cache says so. */
async function firstChange(bgpd: Bgpd): Promise<number> {
  const before = count(bgpd, "SELECT count(*) AS n FROM vrps");
  await waitFor("the change", () => count(bgpd, "SELECT count(*) AS n FROM vrps") !== before, { timeoutMs: 30_000 });
  return performance.now();
}

function flips(routes: readonly Route[], before: readonly TestVrp[], after: readonly TestVrp[]) {
  const [old, now] = [before, after].map((vrps) => {
    const tables = new VrpTables();
    for (const { prefix, ...vrp } of vrps) tables.add({ prefix: parsePrefix(prefix)!, ...vrp });
    return tables;
  });
  return routes.flatMap(({ prefix, origin }) => {
    const state = now!.validate(prefix, origin);
    if (prefix.octets.length !== 4 || old!.validate(prefix, origin) === state) return [];
    return [{ prefix: `${[...prefix.octets].join(".")}/${prefix.length}`, state: originStateNames[state] }];
  });
}

/** Time until the whole table is in memory and in SQL, with and without 500,000 VRPs; and the memory of these. */
async function ingest(routes: readonly Route[], withVrps: boolean) {
  const lab = new Lab();
  await lab.say(manyRandomVrps(routes));
  const bgpd = await startBgpd({
    cwd: lab.folder,
    config: lab.config(withVrps ? `rpki_files = ["${lab.vrpPath}"]` : ""),
  });
  try {
    const idle = await rssBytes(bgpd.process.pid);
    if (withVrps) {
      await waitFor("all VRPs", () => count(bgpd, "SELECT count(*) AS n FROM vrps") >= manyVrps * 0.9, {
        timeoutMs: 120_000,
      });
      await sleep(3_000);
    }
    const loaded = await rssBytes(bgpd.process.pid);
    const peer = await lab.connect();
    const table = updates(routes, lab.local);
    const cpu = await cpuSeconds(bgpd.process.pid);
    const began = performance.now();
    peer.write(table);
    await waitFor("the table", () => isWhole(bgpd, routes.length), { timeoutMs: 120_000, intervalMs: 100 });
    const seconds = (performance.now() - began) / 1000;
    await sleep(4_000);
    const used = await cpuSeconds(bgpd.process.pid) - cpu;
    peer.close();
    return { seconds, cpuSeconds: used, vrpMb: (loaded - idle) / 1e6 };
  } finally {
    await bgpd.stop();
    await lab.end();
  }
}

async function cpuSeconds(pid: number): Promise<number> {
  const { stdout } = await run("cat", [`/proc/${pid}/stat`]);
  const fields = stdout.slice(stdout.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** VRPs of prefixes of the table, as an Internet with a ROA for nearly every second prefix would have them. */
function manyRandomVrps(routes: readonly Route[]): TestVrp[] {
  const random = seededRandom(7);
  return routes.flatMap(({ prefix: { octets, length }, origin }) => {
    if (octets.length !== 4 || random.below(2) === 0) return [];
    const maxLength = Math.min(24, length + random.below(3));
    const asn = random.below(20) === 0 ? origin + 1 : origin;
    return [{ prefix: `${[...octets].join(".")}/${length}`, maxLength: Math.max(length, maxLength), asn }];
  }).slice(0, manyVrps);
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!;

export async function rpkiSoak(): Promise<Outcome> {
  const routes = await readRoutes();
  const vrps = await readVrps();
  const table = await realTable(routes, vrps, 14);
  const runs = { without: [] as number[], with: [] as number[], cpuWithout: [] as number[], cpuWith: [] as number[] };
  let vrpMb = 0;
  for (let i = 0; i < 3; i++) {
    const plain = await ingest(routes, false);
    const validated = await ingest(routes, true);
    runs.without.push(plain.seconds);
    runs.with.push(validated.seconds);
    runs.cpuWithout.push(plain.cpuSeconds);
    runs.cpuWith.push(validated.cpuSeconds);
    ({ vrpMb } = validated);
  }
  const medians = Object.fromEntries(Object.entries(runs).map(([name, values]) => [name, median(values)]));
  return {
    measured: { routes: routes.length, vrps: vrps.length, ...table, vrpMb, ...medians },
    failures: [
      ...table.differencesBefore + table.differencesAfter === 0 ? [] : ["states differ from plain SQL"],
      ...table.visibleMs < 1000 ? [] : [`a change of ${changes} VRPs was visible after ${table.visibleMs} ms`],
    ],
  };
}

/** BIRD, FRR and OpenBGPD beside bgpd, with 100,000 real routes and all real VRPs. */
export async function rpkiClassesSoak(): Promise<Outcome> {
  const all = await readRoutes();
  const routes = all.filter((_, i) => i % Math.floor(all.length / 100_000) === 0).slice(0, 100_000)
    .map(({ prefix, origin }) => ({ prefix: formatPrefix(prefix), origin }));
  const distinct = new Map((await readVrps()).map((vrp) => [JSON.stringify(vrp), vrp]));
  const found = await classify(routes, [...distinct.values()]);
  const counts = Object.entries(found).map(([title, { others }]) => [title, others.length] as const);
  return {
    measured: { routes: routes.length, vrps: distinct.size, differences: Object.fromEntries(counts) },
    failures: counts.filter(([, count]) => count > 0).map(([title, count]) =>
      `${title} says something else of ${count} routes: ${found[title]!.others.slice(0, 3).join("; ")}`
    ),
  };
}
