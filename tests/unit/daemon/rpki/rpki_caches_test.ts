/** RPKI caches that are away, come back, talk nonsense, or were there before a restart: what counts meanwhile. */
import assert from "node:assert/strict";
import { CacheRig, cacheSettings } from "./played_cache.ts";

const second = 1000;
const some = ["192.0.2.0/24-24 65001", "198.51.100.0/24-26 65002"];

async function connected(...vrps: string[]): Promise<CacheRig> {
  const rig = new CacheRig();
  rig.cache("ams").vrps = vrps;
  rig.clients.configure([cacheSettings("ams")]);
  await rig.clock.advance(second);
  return rig;
}

Deno.test("RFC 8210 §6: data of a cache that is gone count until they expire; nothing flaps meanwhile", async () => {
  const rig = await connected(...some);
  assert.deepEqual([rig.toRib.splice(0), rig.count], [["+2 -0", "end"], 2]);
  const ams = rig.cache("ams");
  ams.goAway();
  // The last End of Data was in the first second.
  await rig.clock.advance(598 * second);
  assert.deepEqual([rig.toRib, rig.count, rig.sources.get("ams")!.isInUse], [[], 2, true], "nothing flaps");
  assert.match(rig.sources.get("ams")!.error!, /connection refused/);
  rig.clock.stepWall(86_400 * second);
  await rig.clock.advance(second / 2);
  assert.equal(rig.count, 2, "the wall clock expires nothing");
  await rig.clock.advance(2 * second);
  assert.deepEqual([rig.toRib.splice(0), rig.count], [["+0 -2", "end"], 0]);
  assert.ok(
    rig.warnings.some((text) => /^RPKI cache ams: its data no longer count/.test(text)),
    rig.warnings.join("\n"),
  );
  await rig.clock.advance(3600 * second);
  assert.deepEqual(rig.toRib, [], "negative: data end once");
  ams.isAway = false;
  await rig.clock.advance(60 * second);
  assert.deepEqual([rig.toRib.splice(0), rig.count], [["+2 -0", "end"], 2], "the cache is back");
});

Deno.test("RFC 8210 §8.4: a cache that is back within time changes only what changed", async () => {
  const rig = await connected(...some);
  rig.toRib.length = 0;
  const ams = rig.cache("ams");
  ams.goAway();
  await rig.clock.advance(300 * second);
  ams.isAway = false;
  ams.vrps = [some[0]!, "203.0.113.0/24-24 65003"];
  ams.serial = 9;
  await rig.clock.advance(60 * second);
  assert.deepEqual([rig.toRib, rig.count], [["+1 -1", "end"], 2]);
});

Deno.test("a cache that talks nonsense gets an error report; its last good data count", async () => {
  const rig = await connected(...some);
  rig.toRib.length = 0;
  const ams = rig.cache("ams");
  ams.nonsense = new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n\r\n");
  await rig.clock.advance(500 * second);
  assert.ok(ams.queries.includes("errorReport"), ams.queries.join());
  assert.deepEqual([rig.toRib, rig.count], [[], 2]);
  ams.nonsense = undefined;
  await rig.clock.advance(60 * second);
  assert.equal(rig.sources.get("ams")!.state, "idle");
  assert.deepEqual([rig.toRib, rig.count], [[], 2]);
});

Deno.test("after a restart the data of the database count; the cache is asked for changes only", async () => {
  const before = await connected(...some);
  await before.clock.advance(5 * second);
  before.clients.stop();
  const after = new CacheRig();
  Object.assign(after.cache("ams"), { vrps: some, isAway: true });
  after.clients.configure([cacheSettings("ams")], [...before.saved.values()]);
  assert.deepEqual([after.toRib.splice(0), after.count], [["+2 -0", "end"], 2]);
  after.cache("ams").isAway = false;
  await after.clock.advance(60 * second);
  assert.equal(after.cache("ams").queries[0], "serial 1");
  assert.deepEqual(after.toRib, []);
});

Deno.test("after a long stop the data of the database have expired; the cache is asked for all", async () => {
  const before = await connected(...some);
  await before.clock.advance(5 * second);
  before.clients.stop();
  const after = new CacheRig();
  after.clock.stepWall(700 * second);
  Object.assign(after.cache("ams"), { vrps: some, isAway: true });
  after.clients.configure([cacheSettings("ams")], [...before.saved.values()]);
  await after.clock.advance(20 * second);
  assert.deepEqual([after.toRib, after.count], [[], 0]);
  after.cache("ams").isAway = false;
  await after.clock.advance(700 * second);
  assert.deepEqual([after.cache("ams").queries[0], after.count], ["resetQuery", 2]);
});

Deno.test("RFC 8210 §10: a less preferred cache counts while the better one has no data", async () => {
  const rig = new CacheRig();
  Object.assign(rig.cache("ams"), { vrps: some, isAway: true });
  rig.cache("far").vrps = ["203.0.113.0/24-24 65003"];
  rig.clients.configure([cacheSettings("ams"), cacheSettings("far", { preference: 10 })]);
  await rig.clock.advance(700 * second);
  assert.equal(rig.count, 1);
  assert.deepEqual([...rig.sources.values()].map(({ name, isInUse }) => [name, isInUse]), [["ams", false], [
    "far",
    true,
  ]]);
  rig.cache("ams").isAway = false;
  await rig.clock.advance(700 * second);
  assert.equal(rig.count, 2);
  assert.deepEqual([...rig.sources.values()].map(({ name, isInUse }) => [name, isInUse]), [["ams", true], [
    "far",
    false,
  ]]);
});

Deno.test("a cache that the configuration no longer names takes its data along", async () => {
  const rig = await connected(...some);
  rig.toRib.length = 0;
  rig.clients.configure([]);
  await rig.clock.advance(second);
  assert.deepEqual([rig.toRib, rig.count, rig.sources.size], [["+0 -2", "end"], 0, 0]);
});
