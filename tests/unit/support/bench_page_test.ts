import assert from "node:assert/strict";
import { failures, lineOf, type StoredLine, verdictsOf, verdictTable } from "../../bench/guard.ts";
import { guardMeasures, type Measure, ratioTable } from "../../bench/measures.ts";
import { aboutRun } from "../../bench/page.ts";
import { quietAt } from "../../bench/quiet.ts";
import type { Result } from "../../bench/report.ts";

function result(scenario: string, daemon: string, figures: Record<string, number>, run = 1): Result {
  return { scenario, daemon, version: daemon, run, at: "2026-01-01T00:00:00Z", scale: 1, othersCores: 0, figures };
}

/** Rounds of the guard; in each, all figures of bgpd are so many times BIRD's. */
function rounds(...ratios: readonly number[]): Result[] {
  const figures = (value: number) => Object.fromEntries(guardMeasures.map(({ figure }) => [figure, value]));
  return ratios.flatMap((ratio, i) => [
    result("guard", "bird", figures(10), i + 1),
    result("guard", "bgpd", figures(10 * ratio), i + 1),
  ]);
}

/** The same ratio and spread for every measure. */
function line(ratio: number, spread: number): StoredLine {
  return Object.fromEntries(guardMeasures.map(({ figure }) => [figure, { ratio, spread }]));
}

Deno.test("a line of the table has the medians of both daemons and their ratio", () => {
  const measures: Measure[] = [
    { words: "own RIB complete", scenario: "ingest", figure: "rib_s" },
    { words: "every row", scenario: "ingest", figure: "rows_s", birdFigure: "rib_s" },
    { words: "only bgpd", scenario: "ingest", figure: "sql_p99_ms" },
    { words: "not measured", scenario: "loss", figure: "rest_mb" },
  ];
  const table = ratioTable(measures, [
    ...[1, 9, 2].map((seconds) => result("ingest", "bird", { rib_s: seconds })),
    ...[2, 3, 30].map((seconds) => result("ingest", "bgpd", { rib_s: seconds, rows_s: 26, sql_p99_ms: 30 })),
  ]);
  assert.deepEqual(table.trimEnd().split("\n").slice(2), [
    "| own RIB complete | 3.00 s | 2.00 s | 1.50 |",
    "| every row | 26.00 s | – | 13 |",
    "| only bgpd | 30.0 ms | – |  |",
  ]);
});

Deno.test("the line about a run names machine, versions and number of runs", () => {
  const about = aboutRun("2026-01-01, 2 cores", [result("ingest", "BIRD 2", {}), result("ingest", "bgpd 1", {}, 3)]);
  assert.equal(about, "2026-01-01, 2 cores, BIRD 2, bgpd 1; medians of 3 runs in turn; other programs used 0.0 cores.");
});

Deno.test("the guard passes a ratio within the spread, and fails one beyond it", () => {
  const is = (measured: number) => new Set(verdictsOf(rounds(measured), line(2, 0.2)).map(({ is }) => is));
  assert.deepEqual(is(2), new Set(["good"]));
  // For the one figure of which more is better, these are the other way round.
  assert.deepEqual(is(2.5), new Set(["worse", "better"]));
  assert.deepEqual(is(1.5), new Set(["better", "worse"]));
  const words = (measured: number) => failures(verdictsOf(rounds(measured), line(2, 0.2))).map(({ words }) => words);
  assert.ok(words(2.5).includes("own RIB complete"));
  assert.deepEqual(words(1.5), ["20k UPDATEs at once, through (more is better)"]);
});

Deno.test("a single bad run of three does not fail the guard", () => {
  assert.deepEqual(failures(verdictsOf(rounds(2, 9, 2), line(2, 0.2))), []);
});

Deno.test("a measure that is missing fails the guard, and one that the stored line lacks does not", () => {
  const { rib_s: _, ...others } = line(2, 0.2);
  assert.deepEqual(failures(verdictsOf(rounds(2), others)), []);
  const without = rounds(2).map((each) => {
    const { rib_s: _, ...figures } = each.figures;
    return { ...each, figures };
  });
  assert.deepEqual(
    failures(verdictsOf(without, line(2, 0.2))).map(({ words }) => words),
    ["own RIB complete", "every row in `routes`", "keys and origin index, too"],
  );
});

Deno.test("the stored line allows what its own rounds differed by, and passes itself", () => {
  const stored = lineOf(rounds(2, 1, 2));
  assert.deepEqual(stored["rib_s"], { ratio: 2, spread: 1 });
  const steady = lineOf(rounds(2, 2, 2));
  assert.equal(steady["rib_s"]!.ratio, 2);
  assert.ok(steady["rib_s"]!.spread >= 0.05, "an even run must not forbid the noise of the next day");
  assert.deepEqual(failures(verdictsOf(rounds(2, 2, 2), steady)), []);
});

Deno.test("the guard's table shows the stored ratio, the limit and today's", () => {
  const [, , first] = verdictTable(verdictsOf(rounds(3), line(2, 0.25))).split("\n");
  assert.equal(first, "| own RIB complete | 2.00 | 2.50 | 3.00 | worse |");
});

Deno.test("a daemon is quiet from the first sample that begins a second without work", () => {
  // Works until 3 s, rests for half a second, works until 5 s.
  const cpu = (ms: number) => (Math.min(ms, 3000) + Math.max(0, Math.min(ms, 5000) - 3500)) / 1000;
  const samples = Array.from({ length: 70 }, (_, i) => ({ at: 100 * i, seconds: cpu(100 * i) }));
  const at = quietAt(samples, 0)!;
  assert.ok(at >= 4900 && at <= 5000, `${at}`);
  assert.equal(quietAt(samples, 5500), 5500);
  assert.equal(quietAt(samples.slice(0, 58), 0), undefined);
});
