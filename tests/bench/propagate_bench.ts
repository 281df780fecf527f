/**
 * How long the RIB takes to pass routes on. One peer announces a table and others take it, in one thread and without
 * sockets. Then the peer changes routes, one per message and one per batch. At last its session ends, and the RIB
 * withdraws everything.
 *
 * Run with `deno run --allow-env tests/bench/propagate_bench.ts [peers] [routes]`.
 */

import {
  emptyAttributeSet,
  encodeAttributeSet,
  messageLength,
  SegmentType,
  UpdateEncoder,
} from "../../src/message/mod.ts";
import { Rib } from "../../src/rib/mod.ts";
import { IPV4_UNICAST } from "../../src/types/mod.ts";
import { sessionOf, table } from "./rib_bench.ts";

const peers = Number(Deno.args[0] ?? 8);
const routes = Number(Deno.args[1] ?? 200_000);
const pullBytes = 65_536;

const rib = new Rib({ routerId: 1, now: () => Date.now() });
const sender = peers + 1;
for (let id = 1; id <= sender; id++) {
  rib.addPeer({ id, address: Uint8Array.of(192, 0, 2, id), export: id === sender ? "none" : "all" });
  rib.sessionUp(id, 1, {
    negotiated: sessionOf(id),
    localAddress: Uint8Array.of(192, 0, 2, 100),
    localAddressV6: new Uint8Array(16).fill(32),
    remoteAddress: Uint8Array.of(192, 0, 2, id),
  });
}

let octets = 0, messages = 0, pulls = 0;
function takeAll(): void {
  for (let id = 1; id <= peers; id++) {
    for (let bytes = rib.pull(id, 1, pullBytes); bytes !== undefined; bytes = rib.pull(id, 1, pullBytes)) {
      octets += bytes.length;
      pulls++;
      if (id === 1) { for (let at = 0; at < bytes.length; at += messageLength(bytes, at)) messages++; }
    }
  }
}

function report(what: string, start: number, ...parts: [string, number][]): void {
  console.log(
    `${what}: ${(performance.now() - start).toFixed(0)} ms (${
      parts.map(([name, ms]) => `${name} ${ms.toFixed(0)}`).join(", ")
    }); ${(octets / peers / 1e6).toFixed(1)} MB and ${messages} UPDATEs a peer, ${pulls} pulls`,
  );
  octets = messages = pulls = 0;
}

takeAll();
const batches = table(sender, routes, 0);
let start = performance.now();
let ingest = 0, decide = 0, pull = 0;
function run(bytes: Uint8Array): void {
  const at = performance.now();
  rib.ingest(sender, 1, bytes);
  const read = performance.now();
  rib.decide();
  const decided = performance.now();
  takeAll();
  ingest += read - at;
  decide += decided - read;
  pull += performance.now() - decided;
}
for (const bytes of batches) run(bytes);
report(`${routes} routes to ${peers} peers`, start, ["ingest", ingest], ["decide", decide], ["pull", pull]);

/** One UPDATE a prefix, each with a path of its own. */
function changes(from: number, count: number): Uint8Array[] {
  const encoder = new UpdateEncoder(sessionOf(sender));
  return Array.from({ length: count }, (_, i) => {
    const set = { ...emptyAttributeSet(), origin: 0 as const, nextHop: Uint8Array.of(192, 0, 2, sender) };
    set.asPath = [{ type: SegmentType.sequence, asns: [64500 + sender, from, i + 1] }];
    encoder.begin(encodeAttributeSet(set), IPV4_UNICAST);
    encoder.add(0x0a000000 + ((i % 50_000) << 8), 0, 0, 0, 24, -1);
    return encoder.take();
  });
}

for (const [what, messagesPerBatch] of [["100,000 changes in full batches", 800], ["one by one", 1]] as const) {
  for (let round = 1; round <= 2; round++) {
    const list = changes(2 * messagesPerBatch + round, 100_000);
    const batches: Uint8Array[] = [];
    for (let at = 0; at < list.length; at += messagesPerBatch) {
      batches.push(Uint8Array.from(list.slice(at, at + messagesPerBatch).flatMap((each) => [...each])));
    }
    start = performance.now();
    ingest = decide = pull = 0;
    for (const bytes of batches) run(bytes);
    report(what, start, ["ingest", ingest], ["decide", decide], ["pull", pull]);
  }
}

start = performance.now();
decide = pull = 0;
rib.sessionDown(sender, 1);
for (let more = true; more;) {
  const at = performance.now();
  more = rib.decide(50_000);
  const decided = performance.now();
  takeAll();
  decide += decided - at;
  pull += performance.now() - decided;
}
report("loss of the sender", start, ["decide", decide], ["pull", pull]);
