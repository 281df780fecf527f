/** The bench itself still works: bgpd alone, small tables, every step of these scenarios. */
import assert from "node:assert/strict";
import { ensureBgpd } from "../support/bgpd.ts";
import { fromFileUrl } from "../support/files.ts";
import { run } from "../support/process.ts";
import type { Result } from "../bench/report.ts";

Deno.test("the bench measures bgpd", async () => {
  await ensureBgpd();
  const results = await Deno.makeTempFile();
  const main = fromFileUrl(new URL("../bench/main.ts", import.meta.url));
  const args = ["--check", "--scenarios", "ingest,propagate,loss,burst", "--results", results];
  const { code, stdout, stderr } = await run(Deno.execPath(), ["run", "-A", "--quiet", main, ...args]);
  assert.equal(code, 0, stderr + stdout);
  const lines = (await Deno.readTextFile(results)).trimEnd().split("\n").map((line): Result => JSON.parse(line));
  await Deno.remove(results);
  const figures = new Map(lines.map((line) => [line.scenario, line.figures]));
  assert.deepEqual([...figures.keys()], ["ingest", "propagate", "loss", "burst"]);
  for (const name of ["rib_s", "sql_s", "cpu_s", "peak_mb", "origin_ms", "restart_serves_s"]) {
    assert.ok(figures.get("ingest")![name]! > 0, name);
  }
  for (const name of ["withdrawn_s", "gone_from_rib_s"]) assert.ok(figures.get("loss")![name]! > 0, name);
  for (const [scenario, { late_keepalives: late }] of figures) assert.equal(late, 0, scenario);
});
