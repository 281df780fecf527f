/**
 * The cost of many paths of one prefix. One peer announces them over ADD-PATH, in batches as a socket delivers them.
 * The bench measures the decision, the feed of the store, the advertisement to a peer that takes all of them, the delay
 * of another peer's change behind them, and one more change of one path. It runs in one thread, without sockets and
 * without a disk.
 *
 * Run with `deno run --allow-env tests/bench/add_path_bench.ts [paths] [most a peer may have; 0: any number]`.
 */

import { emptyAttributeSet, encodeAttributeSet, UpdateEncoder } from "../../src/message/mod.ts";
import { clearStoreBatch, createStoreBatch, Rib } from "../../src/rib/mod.ts";
import { familyMask, IPV4_UNICAST } from "../../src/types/mod.ts";
import { sessionOf } from "./rib_bench.ts";

const paths = Number(Deno.args[0] ?? 200_000);
const maxPaths = Number(Deno.args[1] ?? 0);
const several = familyMask([IPV4_UNICAST]);

const rib = new Rib({ routerId: 1, now: () => Date.now() });
const contexts = [1, 2, 3].map((id) => ({ ...sessionOf(id), addPathReceive: several, addPathSend: several }));
for (const [i, context] of contexts.entries()) {
  const address = Uint8Array.of(192, 0, 2, i + 1);
  rib.addPeer({ id: i + 1, address, export: i === 2 ? "all" : "none", maxPaths });
  const localAddress = Uint8Array.of(192, 0, 2, 100);
  rib.sessionUp(i + 1, 1, { negotiated: context, localAddress, remoteAddress: address });
}

/** UPDATEs with `count` paths of 10.0.0.0/8, the identifiers falling or rising. */
function announcements(id: number, from: number, count: number, med: number): Uint8Array {
  const encoder = new UpdateEncoder(contexts[id - 1]!);
  const asPath = [{ type: 2 as const, asns: [64500 + id, 1] }];
  const nextHop = Uint8Array.of(192, 0, 2, id);
  encoder.begin(encodeAttributeSet({ ...emptyAttributeSet(), origin: 0, asPath, nextHop, med }), IPV4_UNICAST);
  for (let i = 0; i < count; i++) encoder.add(10 << 24, 0, 0, 0, 8, from + i);
  encoder.finish();
  return encoder.take();
}

function timed(what: string, work: () => void): void {
  const before = performance.now();
  work();
  console.log(`${what}: ${(performance.now() - before).toFixed(1)} ms`);
}

const perBatch = 7000;
timed(`${paths} paths of one prefix, to decided`, () => {
  for (let at = 0; at < paths; at += perBatch) {
    rib.ingest(1, 1, announcements(1, paths - at, Math.min(perBatch, paths - at), 0));
    rib.decide();
  }
});
console.log(`held: ${rib.counters(1).routes[IPV4_UNICAST]}`);
timed("another peer's change behind them", () => {
  rib.ingest(2, 1, announcements(2, 1, 1, 0));
  rib.decide();
});
timed("one path changes", () => {
  rib.ingest(1, 1, announcements(1, paths, 1, 7));
  rib.decide();
});
timed("to the store", () => {
  const batch = createStoreBatch();
  while (rib.fillStore(batch)) clearStoreBatch(batch);
});
timed("to a peer that takes all", () => {
  while (rib.pull(3, 1, 65_536) !== undefined);
});
timed("the session is lost", () => {
  rib.sessionDown(1, 1);
  while (rib.decide(50_000));
});
