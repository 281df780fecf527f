/**
 * The cost of import policy. Several policies take turns with no policy over the ingest of a full table; the bench
 * compares CPU time, the best of several rounds, so that other load on the machine affects all of them. Then it reloads
 * the policies of 1.2M routes, in the slices of the RIB thread.
 *
 * Run with `deno run -A tests/bench/import_bench.ts [rounds]`.
 */

import process from "node:process";
import { parseConfig } from "../../src/config/mod.ts";
import { clearStoreBatch, createStoreBatch, Rib } from "../../src/rib/mod.ts";
import { sessionOf, table } from "./rib_bench.ts";

const bogons = [
  "0.0.0.0/8 le 32",
  "10.0.0.0/8 le 32",
  "100.64.0.0/10 le 32",
  "127.0.0.0/8 le 32",
  "192.168.0.0/16 le 32",
];
const many = Array.from({ length: 2000 }, (_, i) => `"${1 + i % 220}.${i >> 3}.0.0/16 le 24"`).join(", ");

const text = `
router_id = "1.1.1.1"
default_as = 65000

[[prefix_sets]]
name = "bogons"
prefixes = ${JSON.stringify(bogons)}
[[prefix_sets]]
name = "many"
prefixes = [${many}]
[[as_path_sets]]
name = "through"
patterns = ["_1299_", "_174_"]
[[community_sets]]
name = "marks"
communities = ["65535:666", "65000:*"]

[[policies]]
name = "marks"
default = "accept"
[[policies.rules]]
name = "marks"
match = { community = "marks" }
action = "reject"

[[policies]]
name = "attributes"
default = "accept"
[[policies.rules]]
name = "marks"
match = { community = "marks" }
action = "reject"
[[policies.rules]]
name = "through"
match = { as_path = "through" }
action = "reject"
[[policies.rules]]
name = "long"
match = { as_path_length = "30-255" }
action = "reject"

[[policies]]
name = "preference"
default = "accept"
[[policies.rules]]
set = { local_pref = 200 }

[[policies]]
name = "prefixes"
default = "accept"
[[policies.rules]]
name = "bogons"
match = { prefix = "bogons" }
action = "reject"
[[policies.rules]]
match = { prefix = "many" }
set = { local_pref = 50 }
`;

type Import = "all" | readonly string[];

const cases: readonly (readonly [name: string, chain: Import])[] = [
  ["none", "all"],
  ["matches communities", ["marks"]],
  ["matches communities, paths and their length", ["attributes"]],
  ["sets local_pref on all", ["preference"]],
  ["matches prefixes", ["prefixes"]],
];

function policyTable() {
  const result = parseConfig(text);
  if (result.kind === "errors") throw new Error(result.errors.map(({ message }) => message).join("\n"));
  return result.config.policies;
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function open(chain: Import): Rib {
  const rib = new Rib({ routerId: 1, now: () => Date.now() });
  rib.setPolicies(policyTable());
  rib.addPeer({ id: 1, address: Uint8Array.of(192, 0, 2, 1), import: chain });
  rib.sessionUp(1, 1, {
    negotiated: sessionOf(1),
    localAddress: Uint8Array.of(192, 0, 2, 100),
    remoteAddress: Uint8Array.of(192, 0, 2, 1),
  });
  return rib;
}

/** CPU time of ingest alone. */
function load(rib: Rib, batches: readonly Uint8Array[]): number {
  let ingest = 0;
  for (const bytes of batches) {
    const start = cpuMs();
    rib.ingest(1, 1, bytes);
    ingest += cpuMs() - start;
    rib.decide();
  }
  return ingest;
}

function least(values: readonly number[]): number {
  return Math.min(...values);
}

/**
 * Another chain for a peer with a full table: all of it re-evaluated, decided, and fed to a store that takes it at
 * once.
 */
function reload(rib: Rib, chain: Import): string {
  const start = performance.now();
  const cpu = cpuMs();
  rib.updatePeer({ id: 1, address: Uint8Array.of(192, 0, 2, 1), import: chain });
  let longest = 0, slices = 0;
  for (let more = true; more; slices++) {
    // A slice that the machine interrupted is not longer for that.
    const at = cpuMs();
    more = rib.decide(decisionSlice);
    longest = Math.max(longest, cpuMs() - at);
  }
  const evaluated = performance.now() - start;
  const evaluatedCpu = cpuMs() - cpu;
  let rows = 0;
  while (rib.fillStore(batch)) {
    rows += batch.routeCount;
    clearStoreBatch(batch);
  }
  return `${evaluated.toFixed(0)} ms (CPU ${evaluatedCpu.toFixed(0)} ms) in ${slices} slices, the longest CPU ${
    longest.toFixed(1)
  } ms; ${rows} rows for the database`;
}

const decisionSlice = 50_000;
const batch = createStoreBatch();
const rounds = Number(Deno.args[0] ?? 5);
const batches = table(1);
const times = new Map<string, number[]>(cases.map(([name]) => [name, []]));
for (let round = 0; round <= rounds; round++) {
  for (const [name, chain] of cases) {
    const ms = load(open(chain), batches);
    // The first round warms up.
    if (round > 0) times.get(name)!.push(ms);
  }
}
const none = least(times.get("none")!);
for (const [name, list] of times) {
  const ms = least(list);
  console.log(`ingest, policy ${name}: CPU ${ms.toFixed(0)} ms (${(100 * (ms / none - 1)).toFixed(1)} %)`);
}
const rib = open("all");
load(rib, batches);
while (rib.fillStore(batch)) clearStoreBatch(batch);
for (const [name, chain] of [...cases.slice(1), cases[0]!]) console.log(`reload to ${name}: ${reload(rib, chain)}`);
