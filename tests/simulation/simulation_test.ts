/** 200 simulations, and proof that the test finds a mistake in one of them. `deno task simulate` plays more. */

import assert from "node:assert/strict";
import { collector } from "./collector.ts";
import { canaries } from "./sabotage.ts";
import { onSqlite } from "./seeds.ts";
import { simulate } from "./world.ts";

const seeds = 200;
const seedsPerTest = 20;
/** So many seeds a canary may live. */
const canarySeeds = 24;

for (let from = 1; from <= seeds; from += seedsPerTest) {
  const to = from + seedsPerTest - 1;
  Deno.test(`seeds ${from} to ${to}: after the storm tables and databases are what was announced`, async () => {
    for (let seed = from; seed <= to; seed++) await simulate(seed, collector, { sqlite: onSqlite(seed) });
  });
}

for (const [name, sabotage] of Object.entries(canaries)) {
  Deno.test(`canary: ${name}, and a seed fails`, async () => {
    for (let seed = 1; seed <= canarySeeds; seed++) {
      try {
        await simulate(seed, collector, { sqlite: onSqlite(seed), sabotage: sabotage() });
      } catch (error) {
        assert.match(String(error), new RegExp(`seed ${seed} failed at .* s\n(?:.*\n)*commit .*--seed ${seed}`));
        return;
      }
    }
    assert.fail(`nobody noticed in ${canarySeeds} seeds`);
  });
}

Deno.test("the same seed is the same world", async () => {
  const play = async (seed: number) => {
    const lines: string[] = [];
    await simulate(seed, collector, { sqlite: onSqlite(seed), watch: (line) => lines.push(line) });
    return lines;
  };
  for (const seed of [3, 4]) assert.deepEqual(await play(seed), await play(seed));
});
