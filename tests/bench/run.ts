/** Runs scenarios with daemons, one after the other. */

import { freePort, loopback } from "../support/net.ts";
import { type BenchDaemon, type BenchPeer, daemonKinds } from "./daemons/mod.ts";
import { fullTable, generateTable } from "./generator.ts";
import { cpuSeconds, hostCpuSeconds } from "./process_tree.ts";
import type { Result } from "./report.ts";
import { Bench, type Scenario } from "./scenario.ts";
import { Speakers } from "./speakers.ts";
import type { Table } from "./table.ts";

const daemonAsn = 64_512;
const senderAsn = 64_601;
const sinkAsn = 67_001;
const memberAsn = 68_001;

export interface Task {
  readonly scenario: Scenario;
  readonly daemon: string;
  readonly run: number;
}

/** Rounds of everything, daemons in turn. */
export function tasksOf(scenarios: readonly Scenario[], daemons: readonly string[], rounds: readonly number[]): Task[] {
  return rounds.flatMap((run) =>
    scenarios.flatMap((scenario) =>
      daemons.filter((daemon) => scenario.ownOnly !== true || daemon === "bgpd")
        .map((daemon) => ({ scenario, daemon, run }))
    )
  );
}

/** Each result is also appended to the file `path`. */
export async function runTasks(tasks: readonly Task[], scale: number, path: string): Promise<Result[]> {
  const speakers = new Speakers();
  const tables = new Map<Scenario["table"], Table | undefined>();
  const results: Result[] = [];
  try {
    for (const { scenario, daemon, run } of tasks) {
      if (!tables.has(scenario.table)) tables.set(scenario.table, await tableOf(scenario, scale));
      const table = tables.get(scenario.table);
      if (table === undefined) {
        console.error(`SKIPPED: ${scenario.name}: its table is not here`);
        continue;
      }
      await speakers.use(table);
      const result = await runOnce(daemon, scenario, speakers, table, scale, run);
      results.push(result);
      await Deno.writeTextFile(path, `${JSON.stringify(result)}\n`, { append: true, create: true });
      console.error(line(result));
    }
  } finally {
    speakers.terminate();
  }
  return results;
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
  scale: number,
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
    ...Array.from({ length: scenario.members ?? 0 }, peer("member", memberAsn)),
  ];
  const { holdTimeSeconds } = scenario;
  const onlyFrom = scenario.onlyFrom === undefined ? undefined : peers[scenario.onlyFrom]!.asn;
  const options = { folder, address, port: freePort(address), asn: daemonAsn, peers, holdTimeSeconds, onlyFrom };
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
