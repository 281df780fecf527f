/**
 * A section of docs/performance.md: a table of the targets, next to BIRD's figure of the same run and the last measured
 * figures of the other daemons, and the picture of growth. `deno task bench --page` writes both.
 */

import { withSection } from "../../tools/sections.ts";
import { peerSteps, routeSteps } from "./growth.ts";
import { type Chart, drawCharts } from "./plot.ts";
import { formatFigure, median, type Result } from "./report.ts";

interface Target {
  readonly words: string;
  readonly scenario: string;
  readonly figure: string;
  /** At most this, or at most so many times BIRD's; `least`: at least. */
  readonly most?: number;
  readonly timesBird?: number;
  /** BIRD's figure that counts, where it is another one. */
  readonly birdFigure?: string;
  readonly least?: number;
}

const targets: readonly Target[] = [
  { words: "one peer, 1.2M routes: own RIB complete", scenario: "ingest", figure: "rib_s", timesBird: 2 },
  {
    words: "… every row visible in SQL, key and origin index included",
    scenario: "ingest",
    figure: "sql_s",
    timesBird: 5,
    birdFigure: "rib_s",
  },
  { words: "… peak memory, SQLite included", scenario: "ingest", figure: "peak_mb", most: 300 },
  { words: "two peers × 1M routes: best paths complete", scenario: "peers2", figure: "rib_s", timesBird: 2 },
  { words: "… peak memory", scenario: "peers2", figure: "peak_mb", timesBird: 1.4 },
  { words: "ten peers × 1M routes: best paths complete", scenario: "peers10", figure: "rib_s" },
  { words: "… peak memory", scenario: "peers10", figure: "peak_mb", timesBird: 1 },
  { words: "memory of a further route of a prefix", scenario: "memory", figure: "route_bytes", most: 24 },
  { words: "… of an attribute set", scenario: "memory", figure: "set_bytes", most: 200 },
  { words: "200k routes of one peer at all of 8 peers", scenario: "propagate", figure: "all_s", timesBird: 1.5 },
  {
    words: "a peer with 1M routes is lost: all withdrawn at another peer",
    scenario: "loss",
    figure: "withdrawn_s",
    timesBird: 2,
  },
  { words: "… removed from `rib`", scenario: "loss", figure: "gone_from_rib_s", most: 0.3 },
  { words: "5,000 changes/s: change in → change out, median", scenario: "churn", figure: "out_p50_ms" },
  { words: "… 99 of 100", scenario: "churn", figure: "out_p99_ms", most: 5 },
  { words: "… visible in SQL, 99 of 100", scenario: "churn", figure: "sql_p99_ms", most: 250 },
  { words: "100k UPDATEs at once, through to a peer", scenario: "burst", figure: "through_per_s", least: 150_000 },
  {
    words: "20,000 changes/s for a minute: changes recorded as gaps",
    scenario: "sustained20k",
    figure: "gap_changes",
    most: 0,
  },
  { words: "… changes lost and not recorded", scenario: "sustained20k", figure: "missing_changes", most: 0 },
  {
    words: "50,000 changes/s for a minute: rate of ingest",
    scenario: "sustained50k",
    figure: "taken_per_s",
    least: 49_000,
  },
  { words: "… changes recorded as gaps", scenario: "sustained50k", figure: "gap_changes" },
  { words: "… changes lost and not recorded", scenario: "sustained50k", figure: "missing_changes", most: 0 },
  {
    words: "ten `sqlite3` read without pause: median of a change, ratio",
    scenario: "readers",
    figure: "out_ratio",
    most: 2,
  },
  { words: "… 99 of 100", scenario: "readers", figure: "out_p99_ms", most: 50 },
  {
    words: "database locked by another program for a minute: additional memory",
    scenario: "blocked",
    figure: "held_mb",
    most: 200,
  },
  { words: "… unwritten rows, as `show summary` shows", scenario: "blocked", figure: "lag_shown_rows", least: 1 },
  { words: "… all rows written after", scenario: "blocked", figure: "caught_up_s" },
  { words: "longest match, a call of `sqlite3`, worst of 30", scenario: "ingest", figure: "lookup_max_ms", most: 20 },
  { words: "… of `bgpd show routes`, median", scenario: "ingest", figure: "lookup_cli_ms" },
  { words: "… over the control socket, kept open, median", scenario: "ingest", figure: "lookup_socket_p50_ms" },
  { words: "… 99 of 100", scenario: "ingest", figure: "lookup_socket_p99_ms", most: 2 },
  { words: "all routes of an origin AS", scenario: "ingest", figure: "origin_ms", most: 20 },
  { words: "all routes with a community", scenario: "ingest", figure: "community_ms", most: 100 },
  { words: "start over that table: listens", scenario: "ingest", figure: "restart_listens_s", most: 0.5 },
  { words: "… table loaded, serves sessions", scenario: "ingest", figure: "restart_serves_s", most: 3 },
];

/** Whose figures stand beside ours, and their names. */
const others = [["bird", "BIRD"], ["openbgpd", "OpenBGPD"], ["frr", "FRR"], ["gobgp", "GoBGP"]] as const;

/** The table, with the longest stall and late KEEPALIVEs of all scenarios at its end. */
export function targetTable(results: readonly Result[]): string {
  const figure = (scenario: string, daemon: string, name: string) => {
    const values = results.filter((each) => each.scenario === scenario && each.daemon === daemon)
      .flatMap(({ figures }) => figures[name] ?? []);
    return values.length === 0 ? undefined : median(values);
  };
  const shown = others.filter(([daemon]) => results.some((each) => each.daemon === daemon));
  const rows = targets.flatMap((target) => {
    const { words, scenario, figure: name, birdFigure = name } = target;
    const ours = figure(scenario, "bgpd", name);
    if (ours === undefined) return [];
    const bird = figure(scenario, "bird", birdFigure);
    const { text, met } = compareWithTarget(target, ours, bird);
    const theirs = shown.map(([daemon]) => {
      const value = figure(scenario, daemon, name);
      return value === undefined ? "" : formatFigure(name, value);
    });
    return [[words, formatFigure(name, ours), ...theirs, text, met]];
  });
  const own = results.filter(({ daemon }) => daemon === "bgpd");
  const all = (name: string) => own.flatMap(({ figures }) => figures[name] ?? []);
  if (all("stall_ms").length > 0) {
    // The median run of the worst scenario: one run may have had the bad luck of the machine.
    const worst = Math.max(...new Set(own.map(({ scenario }) => figure(scenario, "bgpd", "stall_ms") ?? 0)));
    rows.push([
      "longest stall of the main thread in all scenarios",
      `${Math.round(worst)} ms`,
      ...shown.map(() => ""),
      "≤ 50 ms",
      mark(worst <= 50),
    ]);
    const late = all("late_keepalives").reduce((sum, count) => sum + count, 0);
    rows.push(["late KEEPALIVEs in all scenarios", `${late}`, ...shown.map(() => ""), "0", mark(late === 0)]);
  }
  const names = shown.map(([, name]) => `${name} | `).join("");
  return `| | bgpd | ${names}target | |\n|---|---:|${"---:|".repeat(shown.length)}---:|---|\n${
    rows.map((cells) => `| ${cells.join(" | ")} |`).join("\n")
  }\n`;
}

function mark(met: boolean): string {
  return met ? "met" : "**missed**";
}

function compareWithTarget({ figure, most, least, timesBird }: Target, ours: number, bird: number | undefined) {
  if (most !== undefined) return { text: `≤ ${formatFigure(figure, most)}`, met: mark(ours <= most) };
  if (least !== undefined) return { text: `≥ ${formatFigure(figure, least)}`, met: mark(ours >= least) };
  if (timesBird === undefined) return { text: "", met: "" };
  return { text: `≤ ${timesBird} × BIRD`, met: bird === undefined ? "" : mark(ours <= timesBird * bird) };
}

/** The picture, where there is a figure for every step: those of the latest runs. */
export function growthPicture(results: readonly Result[]): string | undefined {
  const latest = new Map(results.filter(({ scale }) => scale === 1).map((result) => [result.scenario, result.figures]));
  const routes = routeSteps.map((x) => ({ x, figures: latest.get(`routes${x / 1000}k`) }));
  const peers = peerSteps.map((x) => ({ x, figures: latest.get(x === 1 ? "routes1000k" : `peers${x}x1m`) }));
  if ([...routes, ...peers].some(({ figures }) => figures?.["sql_s"] === undefined)) return undefined;
  const line = (steps: typeof routes | typeof peers, name: string, figure: string) => ({
    name,
    points: steps.map(({ x, figures }) => ({ x, y: figures![figure]! })),
  });
  const charts: Chart[] = ([[routes, "routes of one peer"], [peers, "peers with 1M routes each"]] as const).flatMap((
    [steps, xName],
  ) => [{
    title: "Time",
    xName,
    unit: "s",
    lines: [
      line(steps, "own RIB complete", "rib_s"),
      line(steps, "visible in SQL", "sql_s"),
      line(steps, "CPU", "cpu_s"),
    ],
  }, { title: "Memory", xName, unit: "MB", lines: [line(steps, "peak RSS", "peak_mb")] }]);
  return drawCharts(charts);
}

/** What was measured on: date, cores, processor, Deno. */
export async function machine(): Promise<string> {
  const model = /^model name\s*: (.*)$/m.exec(await Deno.readTextFile("/proc/cpuinfo"))?.[1] ?? "an unknown processor";
  const day = new Date().toISOString().slice(0, 10);
  return `${day}, ${navigator.hardwareConcurrency} cores (${model.trim()}), Deno ${Deno.version.deno}`;
}

/** Writes a section of docs/performance.md. */
export async function writeSection(name: string, section: string): Promise<void> {
  const path = new URL("../../docs/performance.md", import.meta.url);
  await Deno.writeTextFile(path, withSection(await Deno.readTextFile(path), name, section));
  console.error("docs/performance.md is written");
}
