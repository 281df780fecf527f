/**
 * `deno task bench`: runs bgpd and, where installed, BIRD, OpenBGPD, FRR and GoBGP through the same scenarios,
 * interleaved in the same run, and prints medians with their ratio to BIRD's. Everything stays on loopback.
 *
 *     deno task bench                                             all of it, 3 runs: about two hours
 *     deno task bench --page                                      docs/performance.md, in 12 minutes: bgpd and BIRD
 *     deno task bench --scenarios growth --runs 1                 a group: core, endurance or growth
 *     deno task bench --daemons bird,bgpd --scenarios ingest      two daemons, one scenario
 *     deno task bench --scale 0.1 --runs 1                        a tenth of the table, once
 *     deno task bench --check                                     bgpd alone at 2 %: seconds
 *
 * `--page` writes the table and the picture of docs/performance.md; the others are no part of it as they take too long,
 * and runs that would begin after `--minutes` are left out, the second and third ones first. Each run is appended to
 * tests/bench/results.jsonl. BENCH_BGPD=PATH runs another build of bgpd.
 */

import { parseArgs } from "node:util";
import { ensureBgpd } from "../support/bgpd.ts";
import { fromFileUrl } from "../support/files.ts";
import { freePort, loopback } from "../support/net.ts";
import { type BenchDaemon, type BenchPeer, daemonKinds, isInstalled } from "./daemons/mod.ts";
import { fullTable, generateTable } from "./generator.ts";
import { cpuSeconds, hostCpuSeconds } from "./process_tree.ts";
import { growthPicture, machine, targetTable, writeSection } from "./page.ts";
import { formatReport, type Result } from "./report.ts";
import { Bench, type Scenario } from "./scenario.ts";
import { groups, scenarios } from "./scenarios.ts";
import { Speakers } from "./speakers.ts";
import type { Table } from "./table.ts";

const daemonAsn = 65_000;
const senderAsn = 64_601;
const sinkAsn = 64_701;

interface Plan {
  readonly daemons: readonly string[];
  readonly scenarios: readonly Scenario[];
  readonly runs: number;
  readonly scale: number;
  readonly results: string;
  readonly page: boolean;
  /** No run begins after so many. */
  readonly minutes: number;
}

/** Gives the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const plan = planOf(args);
  if (plan.daemons.includes("bgpd")) await ensureBgpd();
  const speakers = new Speakers();
  const tables = new Map<Scenario["table"], Table | undefined>();
  const results: Result[] = [];
  const leftOut: string[] = [];
  const began = performance.now();
  try {
    for (const { scenario, daemon, run } of tasksOf(plan)) {
      if (performance.now() - began > plan.minutes * 60_000) {
        leftOut.push(`${scenario.name} ${daemon} #${run}`);
        continue;
      }
      if (!tables.has(scenario.table)) tables.set(scenario.table, await tableOf(scenario, plan.scale));
      const table = tables.get(scenario.table);
      if (table === undefined) {
        console.error(`SKIPPED: ${scenario.name}: its table is not here`);
        continue;
      }
      await speakers.use(table);
      const result = await runOnce(daemon, scenario, speakers, table, plan, run);
      results.push(result);
      await Deno.writeTextFile(plan.results, `${JSON.stringify(result)}\n`, { append: true, create: true });
      console.error(line(result));
    }
  } finally {
    speakers.terminate();
  }
  console.log(formatReport(results, new Map(plan.scenarios.map(({ name, title }) => [name, title]))));
  if (leftOut.length > 0) console.error(`left out, as ${plan.minutes} minutes were over: ${leftOut.join(", ")}`);
  if (plan.page) await writePage(results, plan);
  return results.some(({ error }) => error !== undefined) ? 1 : 0;
}

interface Task {
  readonly scenario: Scenario;
  readonly daemon: string;
  readonly run: number;
}

/**
 * Interleaved: a whole round of everything, then the next. For the page, what bgpd plays alone is run once, and what
 * takes long comes last.
 */
function tasksOf({ daemons, scenarios, runs, page }: Plan): Task[] {
  const tasks: Task[] = [];
  const add = (scenario: Scenario, run: number) => {
    for (const daemon of daemons) {
      if (!scenario.ownOnly || daemon === "bgpd") tasks.push({ scenario, daemon, run });
    }
  };
  const isLong = ({ name }: Scenario) =>
    page && (name === "peers10" || groups["growth"]!.some((each) => each.name === name));
  for (let run = 1; run <= runs; run++) {
    for (const scenario of scenarios) {
      if (!isLong(scenario) && !(page && run > 1 && scenario.ownOnly)) add(scenario, run);
    }
  }
  for (const scenario of scenarios) if (isLong(scenario)) add(scenario, 1);
  return tasks;
}

/** Names of scenarios and of groups of them. */
function scenariosOf(names: readonly string[]): Scenario[] {
  return names.flatMap((name) => {
    const found = groups[name] ?? scenarios.filter((scenario) => scenario.name === name);
    if (found.length === 0) throw new Error(`no scenario is called ${name}`);
    return found;
  });
}

/** In the order in which they matter. */
const pageScenarios = ["ingest", "churn", "propagate", "loss", "burst", "peers2", "endurance", "peers10", "growth"];

async function writePage(results: readonly Result[], { scale, results: path }: Plan): Promise<void> {
  const root = fromFileUrl(new URL("../../", import.meta.url));
  const older = (await Deno.readTextFile(path)).trimEnd().split("\n").map((text) => JSON.parse(text) as Result);
  const picture = growthPicture(older);
  if (picture !== undefined) {
    await Deno.mkdir(`${root}docs`, { recursive: true });
    await Deno.writeTextFile(`${root}docs/growth.svg`, picture);
  }
  // What there was no time for stands as it was measured last.
  const missing = older.filter((result) =>
    result.scale === scale &&
    !results.some(({ scenario, daemon }) => scenario === result.scenario && daemon === result.daemon)
  );
  const latest = missing.filter(({ scenario, daemon }, i) =>
    !missing.slice(i + 1).some((later) => later.scenario === scenario && later.daemon === daemon)
  );
  const versions = [...new Set(results.map(({ version }) => version))].join(", ");
  const others = results.reduce((sum, { othersCores }) => sum + othersCores, 0) / Math.max(1, results.length);
  const runs = Math.max(...results.map(({ run }) => run));
  const section =
    `${await machine()}, ${versions}; other programs used ${others.toFixed(1)} cores. Medians of up to ${runs}` +
    ` runs in turn${scale === 1 ? "" : `, at ${scale} of the size`}.\n\n${targetTable([...results, ...latest])}` +
    (picture === undefined ? "" : "\n![How cost grows with routes and peers](growth.svg)\n");
  await writeSection("bench", section);
}

function planOf(args: readonly string[]): Plan {
  const { values } = parseArgs({
    args: args.filter((argument) => argument !== "--"),
    options: {
      daemons: { type: "string" },
      scenarios: { type: "string" },
      runs: { type: "string" },
      scale: { type: "string" },
      results: { type: "string" },
      minutes: { type: "string" },
      page: { type: "boolean" },
      check: { type: "boolean" },
    },
  });
  const check = values.check === true, page = values.page === true;
  const installed = Object.keys(daemonKinds).filter((name) => isInstalled(daemonKinds[name]!) || name === "bgpd");
  const daemons = values.daemons?.split(",") ??
    (check ? ["bgpd"] : page ? installed.filter((name) => name === "bgpd" || name === "bird") : installed);
  const names = values.scenarios?.split(",") ??
    (check ? ["core"] : page ? pageScenarios : Object.keys(groups));
  for (const name of daemons) if (!(name in daemonKinds)) throw new Error(`no daemon is called ${name}`);
  for (const name of daemons) if (!installed.includes(name)) throw new Error(`${name} is not installed`);
  return {
    daemons,
    scenarios: scenariosOf(names),
    page,
    minutes: Number(values.minutes ?? (page ? 12 : Infinity)),
    runs: Number(values.runs ?? (check ? 1 : 3)),
    scale: Number(values.scale ?? (check ? 0.02 : 1)),
    results: values.results ?? fromFileUrl(new URL("./results.jsonl", import.meta.url)),
  };
}

function tableOf(scenario: Scenario, scale: number): Promise<Table | undefined> {
  if (scenario.table !== undefined) return scenario.table(scale);
  const scaled = { ipv4: Math.round(fullTable.ipv4 * scale), ipv6: Math.round(fullTable.ipv6 * scale) };
  return Promise.resolve(generateTable(scaled));
}

async function runOnce(
  name: string,
  scenario: Scenario,
  speakers: Speakers,
  table: Table,
  { scale }: Plan,
  run: number,
): Promise<Result> {
  const folder = await Deno.makeTempDir({ prefix: `bench-${name}-` });
  const address = loopback();
  const peer = (role: BenchPeer["role"], base: number) => (_: unknown, i: number) => ({
    role,
    address: loopback(),
    asn: base + i,
  });
  const peers = [
    ...Array.from({ length: scenario.senders }, peer("sender", senderAsn)),
    ...Array.from({ length: scenario.sinks }, peer("sink", sinkAsn)),
  ];
  const options = { folder, address, port: freePort(address), asn: daemonAsn, peers };
  const daemon: BenchDaemon = new daemonKinds[name]!(options);
  const bench = new Bench(daemon, speakers, table, scale);
  const others = othersMeter();
  let version = name;
  let error: string | undefined;
  try {
    await daemon.start();
    version = await daemon.version();
    await scenario.run(bench);
  } catch (thrown) {
    error = (thrown instanceof Error ? thrown.message : String(thrown)).split("\n").slice(0, 12).join(" / ");
  }
  const othersCores = others();
  await speakers.close().catch(() => {});
  await daemon.stop();
  await Deno.remove(folder, { recursive: true }).catch(() => {});
  const at = new Date().toISOString();
  const result = { scenario: scenario.name, daemon: name, version, run, at, scale, othersCores };
  return { ...result, figures: bench.figures, ...(error === undefined ? {} : { error }) };
}

/**
 * Starts to measure what other programs use of this machine. A daemon is a child of this process, so it is not others.
 */
function othersMeter(): () => number {
  const start = performance.now();
  const used = () => hostCpuSeconds() - cpuSeconds(Deno.pid);
  const before = used();
  return () => Math.max(0, (used() - before) / (performance.now() - start) * 1000);
}

function line({ scenario, daemon, run, figures, error, othersCores }: Result): string {
  const shown = Object.entries(figures).map(([name, value]) => `${name}=${Number(value.toPrecision(4))}`).join(" ");
  return `${scenario} ${daemon} #${run} ${shown} others=${othersCores.toFixed(2)}${
    error === undefined ? "" : ` FAILED ${error}`
  }`;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
