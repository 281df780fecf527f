/** Turns many runs into one table of medians, each with its ratio to the first daemon. */

import type { Figures } from "./scenario.ts";

export interface Result {
  readonly scenario: string;
  readonly daemon: string;
  readonly version: string;
  readonly run: number;
  readonly at: string;
  readonly scale: number;
  /** Cores that other programs of this machine used meanwhile, on average. */
  readonly othersCores: number;
  readonly figures: Figures;
  readonly error?: string;
}

const words: Readonly<Record<string, string>> = {
  rib_s: "own RIB complete",
  rows_s: "every row of routes visible in SQL",
  sql_s: "every row, key and origin index visible in SQL",
  quiet_s: "quiet",
  cpu_s: "CPU time",
  main_cpu_s: "… of that the main thread",
  rib_cpu_s: "… the RIB",
  store_cpu_s: "… the store",
  base_mb: "RSS before any peer",
  peak_mb: "peak RSS",
  route_bytes: "RSS per route",
  rest_mb: "RSS after the loss",
  latest_keepalive_ms: "latest KEEPALIVE, after its time",
  late_keepalives: "sessions with a late KEEPALIVE",
  stall_ms: "longest stall of the main thread",
  peers_ms: "a line for each peer, whole call",
  lookup_p50_ms: "longest match, whole call, median",
  lookup_max_ms: "longest match, whole call, worst of 30",
  lookup_socket_p50_ms: "longest match over the control socket, whole call, median",
  lookup_socket_p99_ms: "… 99 of 100",
  origin_ms: "all routes of one origin AS",
  origin_routes: "… how many those are",
  community_ms: "all routes with a community",
  community_routes: "… how many those are",
  stop_s: "stop",
  restart_listens_s: "start over that table: listens",
  restart_serves_s: "… loaded, serves sessions",
  first_route_s: "first route at a peer",
  all_s: "all routes at all peers",
  up_s: "all sessions up",
  through_p50_ms: "change of one peer at all that receive it, median",
  through_max_ms: "… the longest",
  load_cpu_s: "CPU time of the load before",
  withdrawn_s: "all withdrawn at the other peer",
  gone_from_rib_s: "removed from the view rib",
  change_us: "CPU time per change",
  out_p50_ms: "change in → change out, median",
  out_p99_ms: "change in → change out, 99 of 100",
  sql_p50_ms: "change in → visible in SQL, median",
  sql_p99_ms: "change in → visible in SQL, 99 of 100",
  through_per_s: "through to the peer",
  taken_per_s: "changes taken in",
  written_after_s: "all of them in the database after",
  backlog_rows: "most rows that the database did not have yet",
  gap_changes: "changes recorded as gaps of the history",
  missing_changes: "changes lost and not recorded",
  alone_out_p50_ms: "change in → change out, median, before",
  alone_out_p99_ms: "… 99 of 100",
  alone_sql_p50_ms: "change in → visible in SQL, median, before",
  alone_sql_p99_ms: "… 99 of 100",
  out_ratio: "median of the one to the other",
  scans: "scans of the whole table meanwhile",
  lag_shown_rows: "lag that show summary tells, rows",
  held_mb: "memory more at the end of it",
  caught_up_s: "caught up after",
  set_bytes: "memory of an attribute set",
  lookup_cli_ms: "longest match with bgpd show routes, median",
};

/** A markdown table for each scenario. */
export function formatReport(results: readonly Result[], titles: ReadonlyMap<string, string>): string {
  const parts: string[] = [];
  for (const [scenario, title] of titles) {
    const those = results.filter((result) => result.scenario === scenario);
    if (those.length === 0) continue;
    const daemons = [...new Set(those.map(({ daemon }) => daemon))];
    const versionOf = (daemon: string) => those.findLast((result) => result.daemon === daemon)!.version;
    const rows = rowsOf(those, daemons);
    parts.push(
      `**${scenario}**: ${title}\n\n| | ${daemons.map(versionOf).join(" | ")} |\n|---|${
        "---|".repeat(daemons.length)
      }\n` +
        rows.map((cells) => `| ${cells.join(" | ")} |`).join("\n"),
    );
    for (const { daemon, run, error } of those) {
      if (error !== undefined) parts.push(`${daemon}, run ${run}: ${error}`);
    }
  }
  return parts.join("\n\n");
}

function rowsOf(results: readonly Result[], daemons: readonly string[]): string[][] {
  const names = Object.keys(words).filter((name) => results.some(({ figures }) => name in figures));
  return names.map((name) => {
    const medians = daemons.map((daemon) => {
      const values = results.filter((result) => result.daemon === daemon).flatMap(({ figures }) => figures[name] ?? []);
      return values.length === 0 ? undefined : median(values);
    });
    const base = daemons[0] === "bird" ? medians[0] : undefined;
    return [words[name]!, ...medians.map((value, i) => cell(name, value, i === 0 ? undefined : base))];
  });
}

function cell(name: string, value: number | undefined, base: number | undefined): string {
  if (value === undefined) return "";
  const text = formatFigure(name, value);
  const compares = base !== undefined && base > 0 && !/routes|keepalives/.test(name);
  return compares ? `${text} (${(value / base).toPrecision(2).replace(/e.*/, "")} ×)` : text;
}

export function formatFigure(name: string, value: number): string {
  if (name.endsWith("_per_s")) return `${Math.round(value / 100) / 10}k/s`;
  if (name.endsWith("_s")) return `${value.toFixed(2)} s`;
  if (name.endsWith("_us")) return `${Math.round(value)} µs`;
  if (name.endsWith("_ms")) return `${value >= 1000 ? Math.round(value) : value.toPrecision(value < 10 ? 2 : 3)} ms`;
  if (name.endsWith("_mb")) return `${Math.round(value)} MB`;
  if (name.endsWith("_bytes")) return `${Math.round(value)} B`;
  return `${Math.round(value * 100) / 100}`;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
