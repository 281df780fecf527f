import assert from "node:assert/strict";
import { RibHost } from "../../../src/daemon/rib_host.ts";
import { lentBatches } from "../../../src/daemon/store_host.ts";
import { clearStoreBatch, createStoreBatch, stride } from "../../../src/rib/mod.ts";
import type { RibToStore } from "../../../src/daemon/messages.ts";
import { announce, negotiated, wire } from "../rib/support.ts";

Deno.test("rows of this run are never older than the store's start, whoever set the clock back meanwhile", () => {
  const sent: RibToStore[] = [];
  const host = new RibHost({ routerId: 1, peers: [{ id: 1, address: Uint8Array.of(127, 0, 0, 1) }] }, {
    now: () => 1_000,
    monotonic: () => 0,
    toMain: () => {},
    toStore: (message) => void sent.push(message),
    later: (step) => step(),
  });
  host.fromStore({ kind: "lastIds", prefix: 0, set: 0, at: 5_000 });
  host.fromStore({ kind: "loaded" });
  host.fromStore({ kind: "buffer", batch: createStoreBatch() });
  const session = negotiated();
  const address = Uint8Array.of(127, 0, 0, 1);
  host.fromMain({
    kind: "sessionUp",
    peerId: 1,
    epoch: 1,
    session: { negotiated: session, localAddress: Uint8Array.of(127, 0, 0, 2), remoteAddress: address },
    keep: 0,
  });
  host.fromStore({ kind: "buffer", batch: createStoreBatch() });
  const bytes = new Uint8Array(announce(session, wire(), "10.0.0.0/8"));
  host.fromMain({ kind: "batch", peerId: 1, epoch: 1, buffer: bytes, start: 0, end: bytes.length });
  const { batch } = sent.find(({ batch }) => batch.routeCount > 0)!;
  assert.equal(batch.routeCount, 1);
  assert.ok(batch.routes[stride.routes - 1]! >= 5_000);
});

Deno.test("drained means decided too: the best routes of a large last batch are not left behind", () => {
  const messages: string[] = [];
  const later: (() => void)[] = [];
  let best = 0;
  const host: RibHost = new RibHost({ routerId: 1, peers: [{ id: 1, address: Uint8Array.of(127, 0, 0, 1) }] }, {
    now: () => 1_000,
    monotonic: () => 0,
    toMain: ({ kind }) => void messages.push(kind),
    toStore: ({ batch }) => {
      best += batch.bestCount;
      clearStoreBatch(batch);
      later.push(() => host.fromStore({ kind: "buffer", batch }));
    },
    later: (step) => void later.push(step),
  });
  host.fromStore({ kind: "lastIds", prefix: 0, set: 0, at: 1_000 });
  host.fromStore({ kind: "loaded" });
  const session = negotiated();
  const localAddress = Uint8Array.of(127, 0, 0, 2);
  const remoteAddress = Uint8Array.of(127, 0, 0, 1);
  host.fromMain({
    kind: "sessionUp",
    peerId: 1,
    epoch: 1,
    session: { negotiated: session, localAddress, remoteAddress },
    keep: 0,
  });
  const prefixes = Array.from({ length: 120_000 }, (_, i) => `${10 + (i >> 16)}.${i >> 8 & 255}.${i & 255}.0/24`);
  const buffer = new Uint8Array(announce(session, wire(), ...prefixes));
  host.fromMain({ kind: "batch", peerId: 1, epoch: 1, buffer, start: 0, end: buffer.length });
  // The store is quicker than the decisions: whatever waits last comes first.
  for (let i = 0; i < lentBatches; i++) host.fromStore({ kind: "buffer", batch: createStoreBatch() });
  host.fromMain({ kind: "drain" });
  while (!messages.includes("drained")) later.pop()!();
  assert.equal(best, prefixes.length);
});
