/** 200 networks in which routes are passed on, and proof that the test finds a mistake in one of them. */

import assert from "node:assert/strict";
import { transitCanaries } from "./sabotage.ts";
import { transit } from "./transit.ts";
import { simulate } from "./world.ts";

const seeds = 200;
const seedsPerTest = 20;
/** So many seeds a canary may live. */
const canarySeeds = 60;

for (let from = 1; from <= seeds; from += seedsPerTest) {
  const to = from + seedsPerTest - 1;
  Deno.test(`topologies ${from} to ${to}: each speaker advertised what its rules say and its peer has`, async () => {
    for (let seed = from; seed <= to; seed++) await simulate(seed, transit, { sqlite: false });
  });
}

for (const [name, sabotage] of Object.entries(transitCanaries)) {
  Deno.test(`canary: ${name}, and a topology fails`, async () => {
    for (let seed = 1; seed <= canarySeeds; seed++) {
      try {
        await simulate(seed, transit, { sqlite: false, sabotage: sabotage() });
      } catch (error) {
        assert.match(
          String(error),
          new RegExp(`seed ${seed} failed at .* s\n(?:.*\n)*commit .*--topology --seed ${seed}`),
        );
        return;
      }
    }
    assert.fail(`nobody noticed in ${canarySeeds} seeds`);
  });
}
