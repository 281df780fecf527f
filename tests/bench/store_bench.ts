/**
 * How long the database takes to write a full table: 1.0M IPv4 and 0.2M IPv6 routes of one peer with 187,000 attribute
 * sets, in batches as the RIB fills them. `deno run -A tests/bench/store_bench.ts [peers]`
 */

import { IPV4_UNICAST, IPV6_UNICAST } from "../../src/types/mod.ts";
import process from "node:process";
import { emptyAttributeSet, encodeAttributeSet } from "../../src/message/mod.ts";
import { createStoreBatch, type StoreBatch, stride } from "../../src/rib/mod.ts";
import { StoreReader, StoreWriter } from "../../src/store/mod.ts";

const ipv4Routes = 1_000_000, ipv6Routes = 200_000, setCount = 187_000;
const peers = Number(Deno.args[0] ?? 1);

let seed = 12345;
function random(below: number): number {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return Math.floor(seed / 2 ** 32 * below);
}

function makeSet(id: number): Uint8Array {
  const set = emptyAttributeSet();
  set.origin = 0;
  set.asPath = [{
    type: 2,
    asns: [64500, ...Array.from({ length: 2 + random(4) }, () => 1 + random(400_000)), 1 + id % 80_000],
  }];
  set.nextHop = Uint8Array.of(192, 0, 2, random(20));
  if (random(3) === 0) set.med = random(200);
  set.communities = Array.from({ length: random(8) }, () => 64500 * 65536 + random(2000));
  if (random(8) === 0) set.largeCommunities = [[64500, random(10), random(1000)]];
  return encodeAttributeSet(set);
}

function makeBatches(peerId: number, first: boolean): StoreBatch[] {
  const batches: StoreBatch[] = [];
  const rows = 20_000, total = ipv4Routes + ipv6Routes;
  let setsSent = 0;
  const at = Date.now();
  for (let start = 0; start < total; start += rows) {
    const batch = createStoreBatch(rows);
    for (let i = start; i < Math.min(start + rows, total); i++) {
      const id = i + 1;
      if (first) {
        const v4 = i < ipv4Routes;
        // All over the address space, and none twice: an odd factor permutes.
        const place = v4 ? Math.imul(i, 10_368_889) & 0xffffff : Math.imul(i, 74_565) & 0xfffffff;
        const w0 = v4 ? place << 8 : 0x20010000 | (place >>> 16);
        const row = [id, v4 ? 1 : 2, w0, v4 ? 0 : place << 16, 0, 0, v4 ? 24 : 48];
        batch.prefixes.set(row, batch.prefixCount++ * stride.prefixes);
        // Two thirds of the sets come with their first routes, in runs; the other routes share older ones.
        if (setsSent < setCount && i * setCount / total >= setsSent) {
          setsSent++;
          const wire = makeSet(setsSent);
          if (batch.setBytesLength + wire.length > batch.setBytes.length) throw new Error("set bytes overflow");
          batch.setBytes.set(wire, batch.setBytesLength);
          batch.sets.set([setsSent, batch.setBytesLength, wire.length], batch.setCount++ * stride.sets);
          batch.setBytesLength += wire.length;
        }
      }
      const setId = first ? (i % 3 === 0 ? 1 + random(setsSent) : setsSent) : 1 + random(setCount);
      batch.routes.set([peerId, id, -1, setId, 0, 0, at + (i >> 13), 0], batch.routeCount++ * stride.routes);
      if (first) batch.best.set([id, peerId, -1, 1, at + (i >> 13)], batch.bestCount++ * stride.best);
    }
    batches.push(batch);
  }
  return batches;
}

function timed<T>(name: string, work: () => T): T {
  const start = performance.now(), before = process.cpuUsage();
  const result = work();
  const { user, system } = process.cpuUsage(before);
  const wall = (performance.now() - start).toFixed(0).padStart(6),
    cpu = ((user + system) / 1000).toFixed(0).padStart(6);
  console.log(`${name.padEnd(42)} ${wall} ms, CPU ${cpu} ms`);
  return result;
}

const folder = Deno.makeTempDirSync();
const path = `${folder}/bench.db`;
try {
  const writer = new StoreWriter(path, { now: Date.now });
  let slowest = 0;
  for (let peer = 1; peer <= peers; peer++) {
    writer.peers.upsert({ name: `192.0.2.${peer}`, remoteIp: `192.0.2.${peer}`, remoteAs: 64500 });
    const batches = makeBatches(peer, peer === 1);
    const rss = Deno.memoryUsage().rss;
    timed(`peer ${peer}: 1.2M routes visible`, () => {
      for (const batch of batches) {
        for (let done = false; !done;) {
          const stats = writer.applySlice(batch);
          done = stats.done;
          slowest = Math.max(slowest, stats.busyMs);
        }
      }
    });
    console.log(
      `  longest transaction ${slowest.toFixed(0)} ms, RSS +${
        ((Deno.memoryUsage().rss - rss) / 2 ** 20).toFixed(0)
      } MiB`,
    );
  }
  timed("checkpoint", () => writer.file.checkpoint());
  timed("indexes", () => writer.indexes.buildAll());
  timed("checkpoint", () => writer.file.checkpoint());
  console.log(`database ${(Deno.statSync(path).size / 2 ** 20).toFixed(0)} MiB`);
  const reader = new StoreReader(path);
  timed("summary", () => reader.summary());
  timed("origin AS", () => [...reader.routes({ originAs: 4242 })].length);
  timed("community", () => [...reader.routes({ community: "64500:77" })].length);
  timed("longest match", () => [...reader.routes({ address: "10.1.2.3" })]);
  timed("longest match, second", () => [...reader.routes({ address: "2001::1" })]);
  timed("all routes through a regular expression", () => [...reader.routes({ asPath: "_4242$" })].length);
  timed("count(*) of rib", () => [...reader.sql("SELECT count(*), max(length(as_path)) FROM rib").rows]);
  reader.close();
  timed("close", () => writer.close());
  const again = timed("open", () => new StoreWriter(path, { now: Date.now }));
  let rows = 0;
  timed("load prefixes", () => {
    for (const chunk of again.loader.prefixes()) rows += chunk.length / stride.prefixes;
  });
  timed("load sets", () => {
    for (const chunk of again.loader.sets()) rows += chunk.rows.length / stride.sets;
  });
  timed("load routes", () => {
    for (const chunk of again.loader.stale()) rows += chunk.rows.length / 5;
  });
  timed("retire orphans", () => again.loader.retireOrphans(Date.now()));
  console.log(`  ${rows} rows loaded`);
  const flush = createStoreBatch(16);
  flush.events = [IPV4_UNICAST, IPV6_UNICAST].map((family) => ({
    kind: "flush",
    peerId: 1,
    family,
    at: Date.now() + 1_000_000,
  }));
  timed("a session of 1.2M routes lost", () => again.apply(flush));
  timed("its rows deleted", () => {
    while (again.cleanup(50));
  });
  again.close();
} finally {
  Deno.removeSync(folder, { recursive: true });
}
