/**
 * The guard: compares today's ratios to BIRD with those of the stored line, so that no change makes bgpd slower or
 * heavier without anybody noticing. Ratios, because the machine is never the same.
 */

import { compare, formatRatio, guardMeasures, type Measure, moreIsBetter } from "./measures.ts";
import type { Result } from "./report.ts";

/** A ratio, and how much worse a later one may be: 0.2 is 20 %. */
export interface StoredRatio {
  readonly ratio: number;
  readonly spread: number;
}

/** By the figure's name. */
export type StoredLine = Readonly<Record<string, StoredRatio>>;

export interface Verdict {
  readonly words: string;
  readonly measured: number | undefined;
  readonly stored: StoredRatio | undefined;
  /** The worst ratio that passes. */
  readonly limit: number | undefined;
  readonly is: "good" | "better" | "worse" | "missing" | "new";
}

export function verdictsOf(results: readonly Result[], line: StoredLine): Verdict[] {
  return guardMeasures.map((measure) => {
    const measured = compare(measure, results)?.ratio, stored = line[measure.figure];
    const limit = stored === undefined ? undefined : limitOf(measure, stored, 1);
    return { words: measure.words, measured, stored, limit, is: verdictOf(measure, measured, stored) };
  });
}

function verdictOf(measure: Measure, measured: number | undefined, stored: StoredRatio | undefined): Verdict["is"] {
  if (measured === undefined) return "missing";
  if (stored === undefined) return "new";
  if (isBeyond(measure, measured, limitOf(measure, stored, 1))) return "worse";
  return isBeyond(measure, measured, limitOf(measure, stored, -1)) ? "good" : "better";
}

/** What the stored ratio becomes when it gets worse (1) or better (-1) by its spread. */
function limitOf({ figure }: Measure, { ratio, spread }: StoredRatio, direction: 1 | -1): number {
  return (moreIsBetter(figure) ? -direction : direction) > 0 ? ratio * (1 + spread) : ratio / (1 + spread);
}

function isBeyond({ figure }: Measure, measured: number, limit: number): boolean {
  return moreIsBetter(figure) ? measured < limit : measured > limit;
}

/** What did not get through: a measure that is missing guards nothing. */
export function failures(verdicts: readonly Verdict[]): Verdict[] {
  return verdicts.filter(({ is }) => is === "worse" || is === "missing");
}

export function verdictTable(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map(({ words, measured, stored, limit, is }) =>
    [words, formatRatio(stored?.ratio), formatRatio(limit), formatRatio(measured), is].join(" | ")
  );
  return `| ratio to BIRD | stored | limit | now | |\n|---|---:|---:|---:|---|\n| ${rows.join(" |\n| ")} |\n`;
}

/** Of an unsteady kind: the last of a hundred, and what takes less than a tenth of a second. */
const leastSpread = 0.15;
const leastMemorySpread = 0.08;
const leastSpreads: Readonly<Record<string, number>> = {
  out_p50_ms: 0.3,
  out_p99_ms: 0.6,
  withdrawn_s: 0.4,
  through_per_s: 0.3,
};

/**
 * The line to store. The spread is as far as a ratio of a single round was from that of all, and no less than what
 * other runs on other days need.
 */
export function lineOf(results: readonly Result[]): StoredLine {
  const rounds = [...new Set(results.map(({ run }) => run))];
  return Object.fromEntries(guardMeasures.flatMap((measure) => {
    const { figure } = measure;
    const ratio = compare(measure, results)?.ratio;
    if (ratio === undefined) return [];
    const deviations = rounds.flatMap((round) => {
      const single = compare(measure, results.filter(({ run }) => run === round))?.ratio;
      return single === undefined ? [] : Math.max(single / ratio, ratio / single) - 1;
    });
    const least = leastSpreads[figure] ?? (figure.endsWith("_mb") ? leastMemorySpread : leastSpread);
    const spread = Math.max(least, ...deviations);
    return [[figure, { ratio: rounded(ratio), spread: rounded(spread) }]];
  }));
}

function rounded(value: number): number {
  return Number(value.toPrecision(3));
}
