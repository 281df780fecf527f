/** Hours of churn on SQLite, and proof that the test finds a lost state. */

import assert from "node:assert/strict";
import { churnHour } from "./churn_hour.ts";
import { churnCanaries } from "./sabotage.ts";
import { type Scenario, simulate } from "./world.ts";

const seeds = 2;
const canarySeeds = 8;
/** Some minutes are enough for them. */
const someMinutes: Scenario = { ...churnHour, stormSeconds: 600 };

for (let seed = 1; seed <= seeds; seed++) {
  Deno.test(`hour of churn ${seed}: rib agrees with the oracle, and the RIB at any time with the witness`, () =>
    simulate(seed, churnHour, { sqlite: true }));
}

for (const [name, sabotage] of Object.entries(churnCanaries)) {
  Deno.test(`canary: ${name}, and the history of an hour fails`, async () => {
    for (let seed = 1; seed <= canarySeeds; seed++) {
      try {
        await simulate(seed, someMinutes, { sqlite: true, sabotage: sabotage() });
      } catch (error) {
        assert.match(String(error), /the RIB at \d(?:.*\n)*commit .*--churn --seed \d+/);
        return;
      }
    }
    assert.fail(`nobody noticed in ${canarySeeds} seeds`);
  });
}
