/**
 * `deno task fuzz [--seconds N] [--count N] [--seed S]`: fuzzes every decoder and the RIB, for a minute unless
 * `--seconds` or `--count` (of inputs) says otherwise. It makes each crash small, prints it and keeps it in
 * `tests/fuzz/crashes/`. After the repair the crash becomes a row of `regressions.json`.
 */
import { parseArgs } from "node:util";
import { toHex } from "../golden/golden.ts";
import { allCampaigns } from "./campaigns.ts";
import { fuzz } from "./engine.ts";
import type { Crash } from "./harness.ts";
import { fuzzRib, type RibCrash } from "./rib_fuzz.ts";

const { values } = parseArgs({
  options: { seconds: { type: "string" }, count: { type: "string" }, seed: { type: "string" } },
});
const count = values.count === undefined ? undefined : whole("count", values.count);
const seconds = values.seconds === undefined ? undefined : whole("seconds", values.seconds);
const seed = values.seed === undefined ? crypto.getRandomValues(new Uint32Array(1))[0]! : whole("seed", values.seed);
const milliseconds = (seconds ?? 60) * 1000;

function whole(name: string, text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  console.error(`--${name} takes a whole number, not ${text}`);
  Deno.exit(2);
}

/** Time for a part of the work, or with a count none. */
function limit(share: number, shares: number): { count: number } | { milliseconds: number } {
  const part = share / shares;
  return count === undefined ? { milliseconds: milliseconds * part } : { count: Math.ceil(count * part) };
}

function keep(name: string, text: string): string {
  const folder = new URL("./crashes/", import.meta.url);
  Deno.mkdirSync(folder, { recursive: true });
  const file = new URL(`${name.replace(/[^a-z0-9]+/gi, "_")}-${seed}.json`, folder);
  Deno.writeTextFileSync(file, text);
  return file.pathname;
}

function report({ target, input, error }: Crash): void {
  const kept = keep(target, JSON.stringify({ target, hex: toHex(input) }, null, 2) + "\n");
  console.log(`CRASH ${target}, seed ${seed}: ${toHex(input)}\n${error}\nkept in ${kept}`);
}

function reportRib({ steps, error }: RibCrash): void {
  const kept = keep("rib", JSON.stringify({ steps }, null, 2) + "\n");
  console.log(`CRASH rib, seed ${seed}: ${JSON.stringify(steps)}\n${error}\nkept in ${kept}`);
}

console.log(`seed ${seed}`);
const campaigns = await allCampaigns();
/** What the RIB gets. */
const ribShare = 3;
const shares = campaigns.reduce((sum, { share }) => sum + share, ribShare);
let crashes = 0;
let total = 0;
for (const campaign of campaigns) {
  const onProgress = (inputs: number) => console.log(`  ${campaign.name}: ${inputs} …`);
  const began = performance.now();
  const { inputs, crash } = fuzz(campaign, { seed, onProgress, ...limit(campaign.share, shares) });
  total += inputs;
  console.log(`${campaign.name}: ${inputs} inputs in ${((performance.now() - began) / 1000).toFixed(1)} s`);
  if (crash === undefined) continue;
  crashes++;
  report(crash);
}
const rib = fuzzRib(campaigns[0]!.seeds, { seed, ...limit(ribShare, shares) });
total += rib.messages;
console.log(`RIB: ${rib.messages} messages`);
if (rib.crash !== undefined) {
  crashes++;
  reportRib(rib.crash);
}
console.log(`${total} inputs, ${crashes} crashes, seed ${seed}`);
Deno.exit(crashes === 0 ? 0 : 1);
