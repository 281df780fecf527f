/** Small Internets, and proof that the test finds a route leak. */

import assert from "node:assert/strict";
import { restartsSeen } from "./graceful_probe.ts";
import { internet } from "./internet.ts";
import { internetCanaries } from "./sabotage.ts";
import { onSqlite } from "./seeds.ts";
import { simulate } from "./world.ts";

const seeds = 24;
const seedsPerTest = 6;
/** So many seeds a canary may live. */
const canarySeeds = 6;

for (let from = 1; from <= seeds; from += seedsPerTest) {
  const to = from + seedsPerTest - 1;
  Deno.test(`Internets ${from} to ${to}: no path has a valley, and routes follow the policies`, async () => {
    for (let seed = from; seed <= to; seed++) await simulate(seed, internet, { sqlite: onSqlite(seed) });
  });
}

Deno.test("in those internets speakers died and came back in time, and nobody behind their neighbours saw it", () => {
  assert.ok(restartsSeen >= seeds / 4, `${restartsSeen} restarts in ${seeds} seeds`);
});

for (const [name, { found, sabotage }] of Object.entries(internetCanaries)) {
  Deno.test(`canary: ${name}, and an internet fails`, async () => {
    for (let seed = 1; seed <= canarySeeds; seed++) {
      try {
        await simulate(seed, internet, { sqlite: false, sabotage: sabotage() });
      } catch (error) {
        // What one check finds another one may find first.
        if (!found.test(String(error))) continue;
        assert.match(
          String(error),
          new RegExp(`seed ${seed} failed at .* s\n(?:.*\n)*commit .*--internet --seed ${seed}`),
        );
        return;
      }
    }
    assert.fail(`nobody noticed in ${canarySeeds} seeds`);
  });
}
