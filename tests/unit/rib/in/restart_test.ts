import assert from "node:assert/strict";
import { clearStoreBatch, createStoreBatch, stride } from "../../../../src/rib/mod.ts";
import { familyMask } from "../../../../src/types/mod.ts";
import { announce, endOfRib, ModelStore, RibRig, v4, v6, wire, withdraw } from "../support.ts";

/** A run that leaves three routes (set 1 twice, set 2 once) in a database, and the next run that loads it. */
function restarted(pathId = -1) {
  const batch = createStoreBatch();
  const store = new ModelStore();
  const before = new RibRig();
  const overrides = pathId === -1 ? {} : { addPathReceive: familyMask([v4]) };
  const context = before.up(1, overrides);
  const routes = ["10.0.0.0/8", "10.1.0.0/16", "10.2.0.0/16"].map((prefix) => ({ prefix, pathId }));
  before.send(1, announce(context, wire({ med: 1 }), routes[0]!, routes[1]!));
  before.send(1, announce(context, wire({ med: 2 }), routes[2]!));
  before.rib.decide();
  before.rib.fillStore(batch);
  store.apply(batch);
  const after = new RibRig({ lastPrefixId: 3, lastSetId: 2 });
  after.now = before.now + 60_000;
  after.known.add(1);
  after.rib.addPeer({ id: 1, address: Uint8Array.of(127, 0, 0, 1) });
  after.rib.loadPrefixes(batch.prefixes.slice(0, batch.prefixCount * stride.prefixes));
  after.rib.loadSets(batch.sets.slice(0, batch.setCount * stride.sets), batch.setBytes);
  const rows: number[] = [];
  for (let i = 0; i < batch.routeCount; i++) {
    const [, prefix, path, set, received, ineligible, at] = batch.routes.subarray(i * stride.routes);
    rows.push(prefix!, path!, set!, received!, ineligible!, at!);
  }
  after.rib.loadStale(1, v4, Float64Array.from(rows));
  // As the store begins a run.
  store.best.clear();
  store.staleBefore.set(`1 ${v4}`, after.now);
  store.rowsWritten = 0;
  const drain = () => {
    clearStoreBatch(batch);
    while (after.rib.fillStore(batch)) {
      store.apply(batch);
      clearStoreBatch(batch);
    }
  };
  return { after, store, context, overrides, routes, drain };
}

for (const pathId of [-1, 9]) {
  const kind = pathId === -1 ? "" : " (ADD-PATH)";

  Deno.test(`stale routes are no candidates; one announced again unchanged is fresh before End-of-RIB${kind}`, () => {
    const { after, store, context, overrides, routes, drain } = restarted(pathId);
    after.rib.decide();
    assert.equal(after.rib.memory().best, 0);
    after.up(1, overrides);
    assert.equal(store.stale().length, 3);
    assert.deepEqual(store.stale(), after.stale());
    after.send(1, announce(context, wire({ med: 1 }), routes[0]!, routes[1]!));
    after.rib.decide();
    drain();
    assert.deepEqual(store.stale(), [`1 10.2.0.0/16 ${pathId}`]);
    assert.deepEqual(store.stale(), after.stale());
    assert.equal(store.rowsWritten, 2);
    assert.equal(store.best.size, 2);
    after.send(1, announce(context, wire({ med: 2 }), routes[2]!));
    after.send(1, endOfRib(context, v4));
    after.rib.decide();
    drain();
    assert.equal(store.historyRows, 0, "no state ended");
    assert.deepEqual(store.stale(), []);
    assert.deepEqual(store.memory(), after.memory());
    assert.match(after.memory()[0]!, / 1000000 true$/, "it was received when it was received");
    assert.deepEqual(store.events.filter((kind) => kind !== "flush"), ["stale", "endOfRib"]);
    assert.equal(store.retired.size, 0);
  });

  Deno.test(`at End-of-RIB what was not announced again is deleted, what changed is written${kind}`, () => {
    const { after, store, context, overrides, routes, drain } = restarted(pathId);
    after.up(1, overrides);
    after.send(1, announce(context, wire({ med: 7 }), routes[0]!));
    after.send(1, withdraw(context, routes[1]!));
    drain();
    assert.deepEqual(store.events.filter((kind) => kind === "stale"), []);
    assert.equal(store.routes.size, 2, "10.2.0.0/16 is stale but there");
    after.send(1, endOfRib(context, v4));
    after.rib.decide();
    drain();
    assert.equal(store.rowsWritten, 3);
    assert.deepEqual(store.memory(), after.memory());
    assert.equal(store.memory().length, 1);
    assert.equal(store.sets.size, 1, "the sets of the last run are retired");
    assert.deepEqual(store.events.slice(-2), ["stale", "endOfRib"]);
  });
}

Deno.test("the best routes of the last run are none: only what is decided in this one is", () => {
  const { after, store, context, drain } = restarted();
  after.up(1);
  // A loop: announced, but no candidate.
  after.send(1, announce(context, wire({}, [65001, context.localAsn]), "10.0.0.0/8"));
  after.send(1, announce(context, wire({ med: 1 }), "10.1.0.0/16"));
  after.rib.decide();
  drain();
  assert.deepEqual(
    store.memory(),
    after.memory().concat(store.memory().filter((row) => / 10\.2\.0\.0\//.test(row))).sort(),
  );
  assert.deepEqual([...store.best.keys()], [2]);
  // The third is not announced again.
  after.send(1, endOfRib(context, v4));
  after.rib.decide();
  drain();
  assert.deepEqual(store.memory(), after.memory());
  assert.deepEqual([...store.best.keys()], [2]);
});

Deno.test("the timer of the shell ends staleness as End-of-RIB does", () => {
  const { after, store, context, routes, drain } = restarted();
  after.up(1);
  after.send(1, announce(context, wire({ med: 1 }), routes[0]!));
  after.rib.expireStale();
  after.rib.decide();
  drain();
  assert.deepEqual(store.memory(), after.memory());
  assert.equal(store.memory().length, 1);
});

Deno.test("a peer that does not come back at all: the timer flushes what it left", () => {
  const { after, store, drain } = restarted();
  after.rib.expireStale();
  after.rib.decide();
  drain();
  assert.deepEqual(store.memory(), []);
  assert.equal(store.sets.size, 0);
  assert.equal(store.best.size, 0, "nor is anything of it the best");
});

Deno.test("rows of an earlier run with and without ADD-PATH are flushed once, whatever their order", () => {
  for (const paths of [[-1, 9, -1], [9, -1, 9], [-1, -1, 9]]) {
    const rig = new RibRig({ lastPrefixId: 3, lastSetId: 1 });
    rig.known.add(1);
    rig.rib.addPeer({ id: 1, address: Uint8Array.of(127, 0, 0, 1) });
    rig.rib.loadPrefixes(Int32Array.of(...[1, 2, 3].flatMap((id) => [id, v4, id << 24, 0, 0, 0, 8])));
    rig.rib.loadSets(Float64Array.of(1, 0, wire().length), wire());
    rig.rib.loadStale(1, v4, Float64Array.of(...paths.flatMap((path, i) => [i + 1, path, 1, 0, 0, 5])));
    rig.up(1);
    const batch = createStoreBatch();
    rig.rib.fillStore(batch);
    assert.deepEqual(batch.events.map(({ kind }) => kind), ["stale", "flush", "flush"], paths.join());
  }
});

Deno.test("a peer that comes back without the family, or with ADD-PATH: one flush", () => {
  for (const overrides of [{ families: familyMask([v6]) }, { addPathReceive: familyMask([v4]) }]) {
    const { after, store, drain } = restarted();
    after.up(1, overrides);
    drain();
    assert.deepEqual(store.memory(), []);
    assert.equal(store.sets.size, 0);
    assert.equal(after.rib.memory().sets, 0);
  }
});

Deno.test("a session lost before End-of-RIB leaves nothing of either run", () => {
  const { after, store, context, routes, drain } = restarted();
  after.up(1);
  after.send(1, announce(context, wire({ med: 1 }), routes[0]!));
  drain();
  after.down(1);
  after.rib.decide();
  drain();
  assert.deepEqual(store.memory(), []);
  assert.equal(after.rib.memory().sets, 0);
});

Deno.test("ids go on after the highest ever given out", () => {
  const { after, store, context, drain } = restarted();
  after.up(1);
  after.send(1, announce(context, wire({ med: 9 }), "10.9.0.0/16", "10.0.0.0/8"));
  drain();
  assert.ok(store.prefixes.has(4));
  assert.ok(store.sets.has(3));
});

Deno.test("a stale route that names an attribute set that was not loaded is a mistake of bgpd", () => {
  const { after } = restarted();
  assert.throws(() => after.rib.loadStale(1, v4, Float64Array.of(99, -1, 1, 0, 0, 0)), /not loaded/);
});
