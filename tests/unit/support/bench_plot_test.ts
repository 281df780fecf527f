import assert from "node:assert/strict";
import { drawCharts } from "../../bench/plot.ts";

Deno.test("a chart has a dot for every figure, higher where the figure is higher, and the same bytes every time", () => {
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
