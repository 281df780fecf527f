/**
 * `deno task simulate [--seed S] [--seeds N] [--topology | --internet | --churn] [--sqlite] [--watch]`: plays N seeds
 * from S on; without options 1,000 seeds from a random one. Each fourth seed plays on SQLite, all of them with
 * `--sqlite`. `--topology`: networks in which speakers pass routes on. `--internet`: AS graphs with roles and policies.
 * `--churn`: an hour of churn each, on SQLite. `--watch` prints every line. Exits with 1 at the first failure.
 */

import { parseArgs } from "node:util";
import { churnHour } from "./churn_hour.ts";
import { collector } from "./collector.ts";
import { internet } from "./internet.ts";
import { onSqlite } from "./seeds.ts";
import { transit } from "./transit.ts";
import { type Scenario, simulate } from "./world.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    seeds: { type: "string" },
    topology: { type: "boolean", default: false },
    internet: { type: "boolean", default: false },
    churn: { type: "boolean", default: false },
    sqlite: { type: "boolean", default: false },
    watch: { type: "boolean", default: false },
  },
});
const first = Number(values.seed ?? Math.floor(Math.random() * 1e6));
const count = Number(values.seeds ?? (values.seed === undefined ? 1000 : 1));
const asked = [
  ...values.topology ? [transit] : [],
  ...values.internet ? [internet] : [],
  ...values.churn ? [churnHour] : [],
];
const scenario: Scenario = asked[0] ?? collector;
if (!Number.isInteger(first) || !Number.isInteger(count) || asked.length > 1) {
  console.error(
    "usage: deno task simulate [--seed S] [--seeds N] [--topology | --internet | --churn] [--sqlite] [--watch]",
  );
  Deno.exit(2);
}

const started = Date.now();
for (let seed = first; seed < first + count; seed++) {
  try {
    await simulate(seed, scenario, {
      sqlite: values.sqlite || scenario === churnHour || (scenario !== transit && onSqlite(seed)),
      watch: values.watch ? (line) => console.log(line) : undefined,
    });
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    Deno.exit(1);
  }
  const done = seed - first + 1;
  if (done % 100 === 0 && done < count) console.error(`${done} of ${count} seeds`);
}
console.log(`${count} seeds from ${first}: all held, in ${((Date.now() - started) / 1000).toFixed(1)} s`);
