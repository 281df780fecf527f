/** Changes of an existing table: how they are sent, and what is measured. */

import { waitFor } from "../support/wait.ts";
import type { Bench } from "./scenario.ts";
import { SqlLatency } from "./sql_latency.ts";

/** A sender with so many routes, of which the first `changes` will change, and a sink that has them all. */
export async function loadWithSink(bench: Bench, routes: number, changes: number, again = false): Promise<void> {
  await bench.connect(routes, 0, changes, again);
  const complete = bench.reached(routes);
  await bench.go();
  await complete;
  if (bench.bgpd !== undefined) await bench.bgpd.visible(routes, routes, bench.timeoutMs);
  await bench.cpu("load_cpu_s");
}

/** So many changes at that pace: how long each takes to the other peer, and to SQL. */
export async function paced(bench: Bench, changes: number, perSecond: number, before = ""): Promise<void> {
  const { seenAt, sentAt, senders } = bench.speakers;
  seenAt.fill(0);
  sentAt.fill(0);
  const latency = bench.bgpd === undefined ? undefined : new SqlLatency(bench.bgpd, bench.table, sentAt);
  const watching = latency?.watch(changes);
  await senders.ask({ kind: "churn", perSecond }, "sent", bench.timeoutMs);
  await lastSeen(bench, changes);
  latency?.end();
  const delays: number[] = [];
  for (let i = 0; i < changes; i++) delays.push(seenAt[i]! - sentAt[i]!);
  setPercentiles(bench, `${before}out`, delays);
  if (watching !== undefined) setPercentiles(bench, `${before}sql`, await watching);
}

function setPercentiles(bench: Bench, name: string, delays: readonly number[]): void {
  const sorted = [...delays].sort((a, b) => a - b);
  const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]!;
  bench.set(`${name}_p50_ms`, at(0.5));
  bench.set(`${name}_p99_ms`, at(0.99));
}

/** When the last of these changes was seen; all of them must be. */
export async function lastSeen(bench: Bench, count: number): Promise<number> {
  const { seenAt } = bench.speakers;
  let seen = 0;
  const all = () => {
    while (seen < count && seenAt[seen] !== 0) seen++;
    return seen === count;
  };
  await waitFor("every change at the other peer", all, {
    timeoutMs: bench.timeoutMs,
    detail: () => `${seen} of ${count} came in order`,
  });
  let last = 0;
  for (let i = 0; i < count; i++) last = Math.max(last, seenAt[i]!);
  return last;
}
