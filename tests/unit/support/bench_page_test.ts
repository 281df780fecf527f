import assert from "node:assert/strict";
import { drawCharts } from "../../bench/plot.ts";
import { targetTable } from "../../bench/page.ts";
import type { Result } from "../../bench/report.ts";

Deno.test("a chart has a dot for every figure, a higher one for a higher figure, and the same bytes every time", () => {
  const chart = {
    title: "Memory",
    xName: "routes",
    unit: "MB",
    lines: [{ name: "peak RSS", points: [{ x: 100_000, y: 120 }, { x: 300_000, y: 160 }, { x: 1_000_000, y: 290 }] }],
  };
  const svg = drawCharts([chart]);
  assert.equal(svg, drawCharts([structuredClone(chart)]));
  const dots = [...svg.matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)"/g)].map(([, x, y]) => [Number(x), Number(y)]);
  assert.equal(dots.length, 3);
  assert.ok(dots[0]![0]! < dots[1]![0]! && dots[1]![0]! < dots[2]![0]!);
  assert.ok(dots[0]![1]! > dots[1]![1]! && dots[1]![1]! > dots[2]![1]!);
  for (const text of ["Memory", "MB", "100k", "1M", ">400<"]) assert.ok(svg.includes(text), text);
});

Deno.test("the table compares each figure with its own limit, or with BIRD of the same run", () => {
  const result = (scenario: string, daemon: string, figures: Record<string, number>): Result => ({
    ...{ scenario, daemon, version: daemon, run: 1, at: "2026-01-01T00:00:00Z", scale: 1, othersCores: 0 },
    figures,
  });
  const table = targetTable([
    result("ingest", "bird", { rib_s: 0.8 }),
    result("ingest", "bgpd", { rib_s: 0.7, sql_s: 4.5, peak_mb: 290, stall_ms: 20, late_keepalives: 0 }),
    result("burst", "bgpd", { through_per_s: 140_000, stall_ms: 60, late_keepalives: 1 }),
  ]);
  const rows = new Map(
    table.trimEnd().split("\n").slice(2).map((line) => [line.split("|")[1]!.trim(), line.split("|").slice(2)]),
  );
  const verdict = (words: string) => rows.get(words)!.at(-2)!.trim();
  assert.equal(verdict("one peer, 1.2M routes: own RIB complete"), "met");
  assert.equal(verdict("… every row visible in SQL, key and origin index included"), "**missed**");
  assert.equal(verdict("… peak memory, SQLite included"), "met");
  assert.equal(verdict("100k UPDATEs at once, through to a peer"), "**missed**");
  assert.equal(verdict("longest stall of the main thread in all scenarios"), "**missed**");
  assert.equal(verdict("late KEEPALIVEs in all scenarios"), "**missed**");
  assert.match(table, /^\| \| bgpd \| BIRD \| target \|/);
});

Deno.test("the table has a column for each daemon that was measured", () => {
  const result = (daemon: string, rib_s: number): Result => ({
    ...{ scenario: "ingest", daemon, version: daemon, run: 1, at: "2026-01-01T00:00:00Z", scale: 1, othersCores: 0 },
    figures: { rib_s },
  });
  const table = targetTable([result("gobgp", 18), result("bgpd", 0.7), result("bird", 0.8), result("frr", 6)]);
  const [head, rule, row] = table.split("\n");
  assert.match(head!, /\| bgpd \| BIRD \| FRR \| GoBGP \| target \|/);
  assert.equal(rule!.split("|").length, head!.split("|").length);
  assert.match(row!, /\| 0\.70 s \| 0\.80 s \| 6\.00 s \| 18\.00 s \|/);
});
