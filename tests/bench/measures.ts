/** What bgpd is measured by, beside BIRD in the same run, for the tables of the documents and for the guard. */

import { formatFigure, median, type Result } from "./report.ts";

export interface Measure {
  readonly words: string;
  readonly scenario: string;
  readonly figure: string;
  /** BIRD's figure that counts, where it is another one. */
  readonly birdFigure?: string;
  /** README has the line, too. */
  readonly front?: true;
}

/** Of two measures, that which both daemons have, and the ratio: bgpd's to BIRD's. */
export interface Compared {
  readonly ours: number;
  readonly bird: number | undefined;
  readonly ratio: number | undefined;
}

/** Medians; `undefined`: bgpd was not measured. */
export function compare(
  { scenario, figure, birdFigure = figure }: Measure,
  results: readonly Result[],
): Compared | undefined {
  const middle = (daemon: string, name: string) => {
    const values = results.filter((each) => each.scenario === scenario && each.daemon === daemon)
      .flatMap(({ figures }) => figures[name] ?? []);
    return values.length === 0 ? undefined : median(values);
  };
  const ours = middle("bgpd", figure), bird = middle("bird", birdFigure);
  if (ours === undefined) return undefined;
  return { ours, bird, ratio: bird === undefined || bird === 0 ? undefined : ours / bird };
}

/** A higher figure is a better one. */
export function moreIsBetter(figure: string): boolean {
  return figure.endsWith("_per_s");
}

/** A table of ratios. */
export function ratioTable(measures: readonly Measure[], results: readonly Result[]): string {
  const rows = measures.flatMap((measure) => {
    const compared = compare(measure, results);
    if (compared === undefined) return [];
    const { ours, bird, ratio } = compared;
    const theirs = bird === undefined || measure.birdFigure !== undefined ? "–" : formatFigure(measure.figure, bird);
    return `| ${measure.words} | ${formatFigure(measure.figure, ours)} | ${theirs} | ${formatRatio(ratio)} |`;
  });
  return `| | bgpd | BIRD | ratio |\n|---|---:|---:|---:|\n${rows.join("\n")}\n`;
}

export function formatRatio(ratio: number | undefined): string {
  if (ratio === undefined) return "";
  return ratio < 10 ? ratio.toFixed(2) : ratio.toFixed(0);
}

/** The table of the documents. */
export const measures: readonly Measure[] = [
  { words: "1.2M routes of one peer: own RIB complete", scenario: "ingest", figure: "rib_s", front: true },
  { words: "… every row in `routes`; ratio to BIRD's RIB", scenario: "ingest", figure: "rows_s", birdFigure: "rib_s" },
  {
    words: "… keys and origin index, too; ratio to BIRD's RIB",
    scenario: "ingest",
    figure: "sql_s",
    birdFigure: "rib_s",
  },
  { words: "… the daemon is quiet", scenario: "ingest", figure: "quiet_s" },
  { words: "… CPU time until then", scenario: "ingest", figure: "cpu_s" },
  { words: "… peak memory (RSS)", scenario: "ingest", figure: "peak_mb", front: true },
  { words: "memory before any peer", scenario: "ingest", figure: "base_mb", front: true },
  { words: "memory a minute after a peer with 1M routes is gone", scenario: "loss", figure: "rest_mb" },
  { words: "two peers × 1M routes: best paths complete", scenario: "peers2", figure: "rib_s" },
  { words: "… peak memory", scenario: "peers2", figure: "peak_mb" },
  { words: "200k routes of one peer at all of 8 peers", scenario: "propagate", figure: "all_s", front: true },
  { words: "… CPU time", scenario: "propagate", figure: "cpu_s" },
  { words: "1M routes lost: all withdrawn at another peer", scenario: "loss", figure: "withdrawn_s" },
  { words: "5,000 changes a second: CPU time per change", scenario: "churn", figure: "change_us", front: true },
  { words: "… change in → change out, median", scenario: "churn", figure: "out_p50_ms" },
  { words: "… 99 of 100", scenario: "churn", figure: "out_p99_ms" },
  { words: "… change in → visible in SQL, 99 of 100", scenario: "churn", figure: "sql_p99_ms" },
  { words: "100k UPDATEs at once, through to a peer (more is better)", scenario: "burst", figure: "through_per_s" },
  { words: "`bgpd show peers` and `birdc show protocols`, whole call", scenario: "ingest", figure: "peers_ms" },
];

/** The table of scale. */
export const scaleMeasures: readonly Measure[] = [
  { words: "20 peers × 1M routes: best paths complete", scenario: "peers20", figure: "rib_s" },
  { words: "… peak memory", scenario: "peers20", figure: "peak_mb" },
  { words: "… memory of a route", scenario: "peers20", figure: "route_bytes" },
  { words: "1,000 peers × 1,000 routes: all sessions up", scenario: "crowd", figure: "up_s" },
  { words: "… then all routes in, every peer has the best ones", scenario: "crowd", figure: "rib_s" },
  { words: "… peak memory", scenario: "crowd", figure: "peak_mb" },
  { words: "… a change at all peers, median", scenario: "crowd", figure: "through_p50_ms" },
  {
    words: "500 peers, one floods: latest KEEPALIVE, after its time",
    scenario: "flood",
    figure: "latest_keepalive_ms",
  },
  { words: "… change of a quiet peer, median", scenario: "flood", figure: "through_p50_ms" },
  { words: "… longest of 300", scenario: "flood", figure: "through_max_ms" },
  { words: "… changes of the flood taken (more is better)", scenario: "flood", figure: "taken_per_s" },
];

/** What the guard compares. */
export const guardMeasures: readonly Measure[] = ([
  ["own RIB complete", "rib_s"],
  ["every row in `routes`", "rows_s", "rib_s"],
  ["keys and origin index, too", "sql_s", "rib_s"],
  ["quiet", "quiet_s"],
  ["CPU time until then", "cpu_s"],
  ["memory before any peer", "base_mb"],
  ["peak memory", "peak_mb"],
  ["at both other peers", "all_s"],
  ["5,000 changes/s: CPU time per change", "change_us"],
  ["… change in → change out, median", "out_p50_ms"],
  ["… 99 of 100", "out_p99_ms"],
  ["20k UPDATEs at once, through (more is better)", "through_per_s"],
  ["peer lost: all withdrawn", "withdrawn_s"],
  ["… memory after", "rest_mb"],
  ["`show peers`, whole call", "peers_ms"],
] as const).map(([words, figure, birdFigure]) => ({
  ...{ words, scenario: "guard", figure },
  ...birdFigure === undefined ? {} : { birdFigure },
}));
