/**
 * How long the RIB takes to pass routes on: one peer announces a table, others take it, in this thread and without
 * sockets. Then the peer is lost, and all is withdrawn.
 *
 * Run with `deno run --allow-env tests/bench/propagate_bench.ts [peers] [routes]`.
 */

import { messageLength } from "../../src/message/mod.ts";
import { Rib } from "../../src/rib/mod.ts";
import { negotiated, table } from "./rib_bench.ts";

const peers = Number(Deno.args[0] ?? 8);
const routes = Number(Deno.args[1] ?? 200_000);
const pullBytes = 65_536;

const rib = new Rib({ routerId: 1, now: () => Date.now() });
const sender = peers + 1;
for (let id = 1; id <= sender; id++) {
  rib.addPeer({ id, address: Uint8Array.of(192, 0, 2, id), export: id === sender ? "none" : "all" });
  rib.sessionUp(id, 1, {
    negotiated: negotiated(id),
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
      if (id === 1) for (let at = 0; at < bytes.length; at += messageLength(bytes, at)) messages++;
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
for (const bytes of batches) {
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
report(`${routes} routes to ${peers} peers`, start, ["ingest", ingest], ["decide", decide], ["pull", pull]);

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
