/**
 * How long a full table takes from bytes to decided routes, and what it costs: 1.0M IPv4 and 0.2M IPv6 routes in some
 * 190,000 UPDATEs, generated with the shape of a real table (prefix lengths, routes per attribute set, path lengths).
 *
 * Run with `deno run --allow-env --v8-flags=--expose-gc tests/bench/rib_bench.ts [peers]`.
 */

import { emptyAttributeSet, encodeAttributeSet, UpdateEncoder } from "../../src/message/mod.ts";
import { clearStoreBatch, createStoreBatch, Rib } from "../../src/rib/mod.ts";
import type { Negotiated } from "../../src/session/mod.ts";
import { type FamilyId, IPV4_UNICAST, IPV6_UNICAST } from "../../src/types/mod.ts";
import { negotiated } from "../support/negotiated.ts";

const routesV4 = 1_000_000;
const routesV6 = 200_000;
const batchBytes = 65536;

/** What the peer of this number agreed on. */
export function sessionOf(peer: number): Negotiated {
  return negotiated({
    maxMessageBytes: 4096,
    remoteAsn: 64500 + peer,
    remoteRouterId: 0x0a000000 + peer,
    enhancedRouteRefresh: true,
  });
}

/** A generator of its own: the same table each time. */
function mulberry(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Batches of whole messages, as the main thread hands them over. */
export function table(peer: number, countV4 = routesV4, countV6 = routesV6): Uint8Array[] {
  const random = mulberry(42);
  const own = mulberry(peer + 1000);
  const context = sessionOf(peer);
  const encoder = new UpdateEncoder(context);
  const batches: Uint8Array[] = [];
  const seen = new Set<number>();
  const prefixV4 = (): [number, number] => {
    for (;;) {
      const roll = random();
      const length = roll < 0.6
        ? 24
        : roll < 0.72
        ? 22
        : roll < 0.82
        ? 23
        : roll < 0.9
        ? 21
        : 16 + Math.floor(random() * 5);
      const first = 1 + Math.floor(random() * 222);
      // 127.0.0.0/8 is no destination.
      const word = ((first === 127 ? 223 : first) << 24 | Math.floor(random() * 0x1000000)) & (-1 << (32 - length));
      const key = (word >>> 0) * 64 + length;
      if (seen.has(key)) continue;
      seen.add(key);
      return [word, length];
    }
  };
  let v6 = 0;
  const emit = (family: FamilyId, count: number, perSet: number) => {
    for (let sent = 0; sent < count;) {
      const set = emptyAttributeSet();
      set.origin = 0;
      const asns = [64500 + peer];
      for (let n = 1 + Math.floor(own() * 6); n > 0; n--) asns.push(1 + Math.floor(own() * 400_000));
      set.asPath = [{ type: 2, asns }];
      set.nextHop = family === IPV4_UNICAST ? Uint8Array.of(192, 0, 2, peer) : new Uint8Array(16).fill(32 + peer);
      for (let n = Math.floor(own() * 6); n > 0; n--) set.communities.push(Math.floor(own() * 0xffffffff));
      encoder.begin(encodeAttributeSet(set), family);
      const routes = Math.min(count - sent, 1 + Math.floor(-Math.log(1 - random()) * (perSet - 0.5)));
      for (let i = 0; i < routes; i++) {
        if (family === IPV4_UNICAST) {
          const [word, length] = prefixV4();
          encoder.add(word, 0, 0, 0, length, -1);
        } else {
          encoder.add(0x20010000 + (v6 & 0xffff), (v6++ >>> 16) << 16, 0, 0, 48, -1);
        }
      }
      sent += routes;
      encoder.finish();
      if (encoder.size > batchBytes) batches.push(encoder.take());
    }
    encoder.endOfRib(family);
  };
  emit(IPV4_UNICAST, countV4, 6.5);
  emit(IPV6_UNICAST, countV6, 5.5);
  batches.push(encoder.take());
  return batches;
}

if (import.meta.main) {
  const peers = Number(Deno.args[0] ?? 1);
  const gc = (globalThis as { gc?: () => void }).gc ?? (() => {});
  const rib = new Rib({ routerId: 1, now: () => Date.now() });
  const batch = createStoreBatch();
  const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);
  for (let peer = 1; peer <= peers; peer++) {
    const batches = table(peer);
    gc();
    const before = Deno.memoryUsage();
    rib.addPeer({ id: peer, address: Uint8Array.of(192, 0, 2, peer) });
    rib.sessionUp(peer, 1, {
      negotiated: sessionOf(peer),
      localAddress: Uint8Array.of(192, 0, 2, 100),
      remoteAddress: Uint8Array.of(192, 0, 2, peer),
    });
    let ingest = 0, decide = 0, longest = 0;
    for (const bytes of batches) {
      const start = performance.now();
      rib.ingest(peer, 1, bytes);
      const middle = performance.now();
      rib.decide();
      const end = performance.now();
      ingest += middle - start;
      decide += end - middle;
      longest = Math.max(longest, end - start);
    }
    let rows = 0, fills = 0;
    const start = performance.now();
    while (rib.fillStore(batch)) {
      rows += batch.routeCount;
      fills++;
      clearStoreBatch(batch);
    }
    const feed = performance.now() - start;
    gc();
    const after = Deno.memoryUsage();
    const memory = rib.memory();
    const { updates } = rib.counters(peer);
    console.log(
      `peer ${peer}: ${updates} UPDATEs, ${megabytes(batches.reduce((sum, each) => sum + each.length, 0))} MB; ` +
        `ingest ${ingest.toFixed(0)} ms, decide ${decide.toFixed(0)} ms, longest batch ${longest.toFixed(1)} ms; ` +
        `feed ${feed.toFixed(0)} ms for ${rows} rows in ${fills} batches`,
    );
    console.log(
      `  ${memory.prefixes} prefixes ${megabytes(memory.prefixBytes)} MB, ${memory.routes} routes ` +
        `${megabytes(memory.routeBytes)} MB, ${memory.sets} sets ${megabytes(memory.setBytes)} MB; ` +
        `heap +${megabytes(after.heapUsed - before.heapUsed)} MB, external +${
          megabytes(after.external - before.external)
        } MB`,
    );
  }
  const start = performance.now();
  rib.sessionDown(1, 1);
  let longest = 0, slices = 0;
  for (let more = true; more; slices++) {
    const at = performance.now();
    more = rib.decide(10_000);
    longest = Math.max(longest, performance.now() - at);
  }
  console.log(
    `loss of peer 1: ${(performance.now() - start).toFixed(0)} ms in ${slices} slices, the longest ${
      longest.toFixed(1)
    } ms`,
  );
}
