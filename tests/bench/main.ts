/**
 * `deno task bench`: runs bgpd and, where installed, BIRD, OpenBGPD, FRR and GoBGP through the same scenarios,
 * interleaved in the same run, and prints medians with their ratio to BIRD's. Everything stays on loopback.
 *
 *     deno task bench                                             all of it, 3 runs: about two hours
 *     deno task bench --page                                      the tables of README and docs/performance.md
 *     deno task bench --guard                                     is any ratio to BIRD worse than the stored one?
 *     deno task bench --guard --write                             stores today's ratios
 *     deno task bench --scenarios scale --runs 1                  a group: core, scale, endurance or guard
 *     deno task bench --daemons bird,bgpd --scenarios ingest      two daemons, one scenario
 *     deno task bench --scale 0.1 --runs 1                        a tenth of the table, once
 *     deno task bench --check                                     bgpd alone at 2 %: seconds
 *
 * `--page` takes 25 minutes, `--guard` two. Each run is appended to tests/bench/results.jsonl. BENCH_BGPD=PATH runs
 * another build of bgpd.
 */

import { parseArgs } from "node:util";
import { ensureBgpd } from "../support/bgpd.ts";
import { fromFileUrl } from "../support/files.ts";
import { daemonKinds, isInstalled } from "./daemons/mod.ts";
import { failures, lineOf, type StoredLine, verdictsOf, verdictTable } from "./guard.ts";
import { writePages } from "./page.ts";
import { formatReport, type Result } from "./report.ts";
import { runTasks, type Task, tasksOf } from "./run.ts";
import type { Scenario } from "./scenario.ts";
import { groups, scenarios } from "./scenarios.ts";

interface Plan {
  readonly kind: "report" | "page" | "guard" | "write guard";
  readonly daemons: readonly string[];
  readonly scenarios: readonly Scenario[];
  readonly runs: number;
  readonly scale: number;
  readonly results: string;
}

/** Gives the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const plan = planOf(args);
  if (plan.daemons.includes("bgpd")) await ensureBgpd();
  if (plan.kind === "guard") return await checkLine(plan);
  const results = await runTasks(tasks(plan), plan.scale, plan.results);
  if (plan.kind !== "write guard") {
    console.log(formatReport(results, new Map(plan.scenarios.map(({ name, title }) => [name, title]))));
  }
  if (results.some(({ error }) => error !== undefined)) return 1;
  if (plan.kind === "page") await writePages(results);
  if (plan.kind === "write guard") await writeLine(results);
  return 0;
}

/** What takes minutes is run once for the page, at the end. */
function tasks({ kind, scenarios, daemons, runs }: Plan): Task[] {
  const rounds = Array.from({ length: runs }, (_, i) => i + 1);
  if (kind !== "page") return tasksOf(scenarios, daemons, rounds);
  const long = groups["scale"]!;
  return [
    ...tasksOf(scenarios.filter((scenario) => !long.includes(scenario)), daemons, rounds),
    ...tasksOf(scenarios.filter((scenario) => long.includes(scenario)), daemons, [1]),
  ];
}

const linePath = new URL("./guard.json", import.meta.url);
/** What got worse is run so many times more, and counts if it is worse then, too. */
const secondThoughts = 2;

async function checkLine(plan: Plan): Promise<number> {
  const line = JSON.parse(await Deno.readTextFile(linePath)) as StoredLine;
  const results = await runTasks(tasks(plan), plan.scale, plan.results);
  if (failures(verdictsOf(results, line)).length > 0) {
    const rounds = Array.from({ length: secondThoughts }, (_, i) => plan.runs + i + 1);
    console.error("something is worse: two more runs");
    results.push(...await runTasks(tasksOf(plan.scenarios, plan.daemons, rounds), plan.scale, plan.results));
  }
  const verdicts = verdictsOf(results, line), worse = failures(verdicts);
  console.log(verdictTable(verdicts));
  for (const { error } of results) if (error !== undefined) console.log(`a run failed: ${error}`);
  if (worse.length > 0) console.log(`worse: ${worse.map(({ words }) => words.replace("… ", "")).join("; ")}`);
  else console.log("no ratio is worse than the stored one");
  return worse.length > 0 || results.some(({ error }) => error !== undefined) ? 1 : 0;
}

async function writeLine(results: readonly Result[]): Promise<void> {
  const line = lineOf(results);
  const rows = Object.entries(line).map(([name, stored]) => `  ${JSON.stringify(name)}: ${JSON.stringify(stored)}`);
  await Deno.writeTextFile(linePath, `{\n${rows.join(",\n")}\n}\n`);
  console.log(verdictTable(verdictsOf(results, line)));
}

/** Names of scenarios and of groups of them. */
function scenariosOf(names: readonly string[]): Scenario[] {
  return names.flatMap((name) => {
    const found = groups[name] ?? scenarios.filter((scenario) => scenario.name === name);
    if (found.length === 0) throw new Error(`no scenario is called ${name}`);
    return found;
  });
}

const pageScenarios = ["ingest", "peers2", "propagate", "loss", "churn", "burst", "scale"];
/** Of every plan without names. */
const usualGroups = ["core", "scale", "endurance"];

function planOf(args: readonly string[]): Plan {
  const { values } = parseArgs({
    args: args.filter((argument) => argument !== "--"),
    options: {
      daemons: { type: "string" },
      scenarios: { type: "string" },
      runs: { type: "string" },
      scale: { type: "string" },
      results: { type: "string" },
      page: { type: "boolean" },
      guard: { type: "boolean" },
      write: { type: "boolean" },
      check: { type: "boolean" },
    },
  });
  const { check = false, guard = false, write = false } = values;
  const kind = guard ? write ? "write guard" : "guard" : values.page === true ? "page" : "report";
  const installed = Object.keys(daemonKinds).filter((name) => isInstalled(daemonKinds[name]!) || name === "bgpd");
  const daemons = values.daemons?.split(",") ?? (check ? ["bgpd"] : kind !== "report" ? ["bird", "bgpd"] : installed);
  const names = values.scenarios?.split(",") ??
    (guard ? ["guard"] : check ? ["core"] : kind === "page" ? pageScenarios : usualGroups);
  for (const name of daemons) if (!(name in daemonKinds)) throw new Error(`no daemon is called ${name}`);
  for (const name of daemons) if (!installed.includes(name)) throw new Error(`${name} is not installed`);
  return {
    kind,
    daemons,
    scenarios: scenariosOf(names),
    runs: Number(values.runs ?? (check ? 1 : kind === "write guard" ? 5 : 3)),
    scale: Number(values.scale ?? (check ? 0.02 : 1)),
    results: values.results ?? fromFileUrl(new URL("./results.jsonl", import.meta.url)),
  };
}

if (import.meta.main) Deno.exit(await main(Deno.args));
