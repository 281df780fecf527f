/** The bench works: bgpd alone, with small tables, through every scenario. */
import assert from "node:assert/strict";
import { ensureBgpd } from "../support/bgpd.ts";
import { fromFileUrl } from "../support/files.ts";
import { run } from "../support/process.ts";
import { atBest } from "../support/wait.ts";
import type { Result } from "../bench/report.ts";

const scenarios = ["ingest", "propagate", "loss", "burst"];

Deno.test("the bench measures bgpd", async () => {
  await ensureBgpd();
  let late: string[] = [];
  const fewest = await atBest(
    1,
    async () => {
      const figures = await measure();
      late = [...figures].filter(([, { late_keepalives: count }]) => count !== 0).map(([scenario]) => scenario);
      return late.length;
    },
    // The speakers of the bench may have their turn late, too.
    3,
    5000,
  );
  assert.equal(fewest, 0, `late KEEPALIVEs: ${late.join(", ")}`);
});

async function measure(): Promise<Map<string, Result["figures"]>> {
  const results = await Deno.makeTempFile();
  const main = fromFileUrl(new URL("../bench/main.ts", import.meta.url));
  const args = ["--check", "--scenarios", scenarios.join(","), "--results", results];
  const { code, stdout, stderr } = await run(Deno.execPath(), ["run", "-A", "--quiet", main, ...args]);
  assert.equal(code, 0, stderr + stdout);
  const lines = (await Deno.readTextFile(results)).trimEnd().split("\n").map((line): Result => JSON.parse(line));
  await Deno.remove(results);
  const figures = new Map(lines.map((line) => [line.scenario, line.figures]));
  assert.deepEqual([...figures.keys()], scenarios);
  for (const name of ["rib_s", "sql_s", "cpu_s", "peak_mb", "origin_ms", "restart_serves_s"]) {
    assert.ok(figures.get("ingest")![name]! > 0, name);
  }
  for (const name of ["withdrawn_s", "gone_from_rib_s"]) assert.ok(figures.get("loss")![name]! > 0, name);
  return figures;
}
