import assert from "node:assert/strict";
import { encodeRouteRefresh, hashAttributes, RefreshSubtype } from "../../../../src/message/mod.ts";
import { clearStoreBatch, createStoreBatch, EndedBy, type StoreBatch, stride } from "../../../../src/rib/mod.ts";
import { AttributeTable } from "../../../../src/rib/table/attribute_table.ts";
import { HistoryRing } from "../../../../src/rib/history/history_ring.ts";
import { familyMask, type PrefixSlot, type SetSlot } from "../../../../src/types/mod.ts";
import { announce, endOfRib, ModelStore, RibRig, v4, wire, withdraw } from "../support.ts";

/** States in a batch: `prefixId set from..to endedBy`, with times counted from the start of the rig. */
function states(batch: StoreBatch): string[] {
  return Array.from({ length: batch.historyCount }, (_, i) => {
    const [to, from, , prefix, path, set, endedBy] = batch.history.subarray(i * stride.history);
    return `${prefix}${path === -1 ? "" : `/${path}`} set ${set} ${from! - 1_000_000}..${to! - 1_000_000} ${endedBy}`;
  });
}

/** All batches there are, each checked by the model; gives what they brought of the history. */
function drain(rig: RibRig, store = new ModelStore(), rows = 20_000): string[] {
  const batch = createStoreBatch(rows);
  const all: string[] = [];
  while (rig.rib.fillStore(batch)) {
    store.apply(batch);
    all.push(...states(batch));
    clearStoreBatch(batch);
  }
  return all;
}

Deno.test("a first announcement leaves nothing in the history; a change and a withdraw end a state each", () => {
  const rig = new RibRig();
  const store = new ModelStore();
  const context = rig.up(1);
  rig.send(1, announce(context, wire(), "10.0.0.0/8"));
  assert.deepEqual(drain(rig, store), []);
  rig.now += 5;
  rig.send(1, announce(context, wire(), "10.0.0.0/8"));
  assert.deepEqual(drain(rig, store), [], "the same again is no change");
  rig.send(1, announce(context, wire({ med: 1 }), "10.0.0.0/8"));
  rig.now += 5;
  rig.send(1, withdraw(context, "10.0.0.0/8"));
  rig.send(1, withdraw(context, "10.0.0.0/8"));
  assert.deepEqual(drain(rig, store), [`1 set 1 0..5 ${EndedBy.replaced}`, `1 set 2 5..10 ${EndedBy.withdrawn}`]);
});

Deno.test("a route that flapped between two pulls stands in the history whole, its prefix and sets with it", () => {
  const rig = new RibRig();
  const store = new ModelStore();
  const context = rig.up(1);
  for (let med = 0; med < 3; med++) {
    rig.send(1, announce(context, wire({ med }), "10.0.0.0/8"));
    rig.now++;
  }
  rig.send(1, withdraw(context, "10.0.0.0/8"));
  assert.deepEqual(drain(rig, store), ["1 set 1 0..1 0", "1 set 2 1..2 0", "1 set 3 2..3 1"]);
  assert.equal(store.retired.size, 3, "and the sets are retired, as no route has them");
  assert.equal(rig.rib.memory().sets, 0);
});

Deno.test("without a history nothing is kept", () => {
  const rig = new RibRig({ historyRows: 0 });
  const context = rig.up(1);
  for (let med = 0; med < 3; med++) rig.send(1, announce(context, wire({ med }), "10.0.0.0/8"));
  rig.send(1, withdraw(context, "10.0.0.0/8"));
  assert.equal(rig.rib.memory().sets, 0);
  assert.deepEqual(drain(rig), []);
});

Deno.test("RFC 7606: a route that goes by a malformed UPDATE says so", () => {
  const rig = new RibRig();
  const context = rig.up(1);
  const good = announce(context, wire(), "10.0.0.0/8");
  rig.send(1, good);
  const bad = good.slice();
  // ORIGIN 3 does not exist.
  const at = bad.findIndex((octet, i) => octet === 0x40 && bad[i + 1] === 1 && bad[i + 2] === 1);
  bad[at + 3] = 3;
  rig.send(1, bad);
  assert.deepEqual(drain(rig), [`1 set 1 0..0 ${EndedBy.treatedAsWithdrawn}`]);
});

Deno.test("RFC 7313 §4: what a refresh did not bring again was not announced again", () => {
  const rig = new RibRig();
  const context = rig.up(1, { enhancedRouteRefresh: true });
  rig.send(1, announce(context, wire(), "10.0.0.0/8", "10.1.0.0/16"));
  rig.send(1, encodeRouteRefresh({ afi: 1, safi: 1, subtype: RefreshSubtype.begin }));
  rig.send(1, announce(context, wire(), "10.0.0.0/8"));
  rig.now += 7;
  rig.send(1, encodeRouteRefresh({ afi: 1, safi: 1, subtype: RefreshSubtype.end }));
  assert.deepEqual(drain(rig), [`2 set 1 0..7 ${EndedBy.notRefreshed}`]);
});

Deno.test("a lost session adds no history entries, except for states that were never written", () => {
  for (const pathId of [-1, 7]) {
    const rig = new RibRig();
    const store = new ModelStore();
    const overrides = { addPathReceive: pathId === -1 ? 0 : familyMask([v4]) };
    const context = rig.up(1, overrides);
    const [kept, changed, gone, unwritten] = ["10.0.0.0/8", "10.1.0.0/16", "10.2.0.0/16", "10.3.0.0/16"]
      .map((prefix) => ({ prefix, pathId }));
    rig.send(1, announce(context, wire({ med: 1 }), kept!, changed!, gone!));
    assert.deepEqual(drain(rig, store), []);
    rig.now += 5;
    rig.send(1, announce(context, wire({ med: 2 }), changed!, unwritten!));
    rig.send(1, withdraw(context, gone!));
    rig.now += 5;
    rig.down(1);
    rig.up(1, overrides);
    rig.send(1, announce(context, wire({ med: 3 }), gone!));
    const batch = createStoreBatch();
    rig.rib.fillStore(batch);
    const path = pathId === -1 ? "" : "/7";
    assert.deepEqual(states(batch), [
      `2${path} set 1 0..5 ${EndedBy.replaced}`,
      `3${path} set 1 0..5 ${EndedBy.withdrawn}`,
      `2${path} set 2 5..10 ${EndedBy.sessionLost}`,
      `4${path} set 2 5..10 ${EndedBy.sessionLost}`,
    ]);
    // First of all, and with nothing else, the rows that the store must not take for states: changed, gone.
    const rows = Array.from({ length: batch.routeCount }, (_, i) => [...batch.routes.subarray(i * stride.routes)]);
    assert.deepEqual(rows.map(([, prefix, , set, , , at]) => [prefix, set, at]).slice(0, 2), [
      [2, 0, -1_000_010],
      [3, 0, -1_000_010],
    ]);
    assert.ok(rows.every(([, , , set, , , at]) => set === 0 && at! < 0));
    assert.deepEqual(batch.events.filter((event) => event.kind === "flush").map((event) => event.isOpen), [
      true,
      undefined,
    ]);
    store.apply(batch);
    clearStoreBatch(batch);
    rig.rib.fillStore(batch);
    assert.deepEqual(batch.events.filter(({ kind }) => kind !== "held"), [{
      kind: "settled",
      peerId: 1,
      family: v4,
      at: 1_000_010,
    }]);
    assert.equal(batch.routeCount, 1);
    store.apply(batch);
    while (rig.rib.decide(1));
    drain(rig, store);
    assert.deepEqual(store.memory(), rig.memory());
  }
});

Deno.test("the loss of a session that is all written is settled at once", () => {
  const rig = new RibRig();
  const context = rig.up(1);
  rig.send(1, announce(context, wire(), "10.0.0.0/8"));
  drain(rig);
  rig.down(1);
  const batch = createStoreBatch();
  rig.rib.fillStore(batch);
  assert.deepEqual(batch.events.filter(({ kind }) => kind !== "flush" && kind !== "held"), []);
  assert.equal(batch.routeCount, 0);
  assert.equal(batch.historyCount, 0);
});

Deno.test("intervals are never negative, though the clock steps back", () => {
  const rig = new RibRig();
  const context = rig.up(1);
  rig.send(1, announce(context, wire(), "10.0.0.0/8"));
  rig.now -= 60_000;
  rig.send(1, announce(context, wire({ med: 1 }), "10.0.0.0/8"));
  rig.now -= 60_000;
  rig.send(1, withdraw(context, "10.0.0.0/8"));
  assert.deepEqual(drain(rig), ["1 set 1 0..0 0", "1 set 2 0..0 1"]);
});

Deno.test("routes of an earlier run: adopted ones go on, changed and missing ones end", () => {
  const before = new RibRig();
  const store = new ModelStore();
  const context = before.up(1);
  before.send(1, announce(context, wire(), "10.0.0.0/8", "10.1.0.0/16", "10.2.0.0/16", "10.3.0.0/16"));
  const batch = createStoreBatch();
  before.rib.fillStore(batch);
  store.apply(batch);
  const rig = new RibRig({ lastPrefixId: 4, lastSetId: 1 });
  rig.known.add(1);
  rig.rib.addPeer({ id: 1, address: Uint8Array.of(127, 0, 0, 1) });
  rig.rib.loadPrefixes(batch.prefixes.slice(0, batch.prefixCount * stride.prefixes));
  rig.rib.loadSets(batch.sets.slice(0, stride.sets), batch.setBytes);
  rig.rib.loadStale(1, v4, Float64Array.from([1, 2, 3, 4].flatMap((id) => [id, -1, 1, 0, 0, 1_000_000])));
  rig.now += 9;
  rig.up(1);
  rig.send(1, announce(context, wire(), "10.0.0.0/8"));
  rig.send(1, announce(context, wire({ med: 1 }), "10.1.0.0/16"));
  rig.send(1, withdraw(context, "10.2.0.0/16"));
  rig.now += 9;
  rig.send(1, endOfRib(context, v4));
  rig.rib.decide();
  assert.deepEqual(drain(rig, store), [
    `2 set 1 0..9 ${EndedBy.replaced}`,
    `3 set 1 0..9 ${EndedBy.withdrawn}`,
    `4 set 1 0..18 ${EndedBy.notRefreshed}`,
  ]);
  assert.deepEqual(store.memory(), rig.memory());
});

Deno.test("a small batch takes what fits, of states as of routes", () => {
  const rig = new RibRig();
  const context = rig.up(1);
  for (let med = 0; med < 50; med++) {
    rig.send(1, announce(context, wire({ med }), ...Array.from({ length: 9 }, (_, i) => `10.${i}.${med}.0/24`)));
    rig.send(1, announce(context, wire({ med: med + 100 }), `10.0.${med}.0/24`));
  }
  rig.rib.decide();
  assert.equal(drain(rig, new ModelStore(), 7).length, 50);
  assert.equal(rig.rib.backlog(), 0);
});

function tableOf(count: number): { table: AttributeTable; set: (n: number) => SetSlot } {
  const table = new AttributeTable();
  const sets = Array.from({ length: count }, (_, med) => {
    const bytes = wire({ med });
    return table.intern(bytes, bytes.length, hashAttributes(bytes, 0, bytes.length));
  });
  return { table, set: (n) => sets[n % count]! };
}

Deno.test("the ring is first in, first out, however it grows and wraps", () => {
  const { table, set } = tableOf(3);
  const ring = new HistoryRing(table, 5_000);
  const seen: number[] = [];
  let pushed = 0;
  for (let round = 0; round < 40; round++) {
    for (let i = 0; i < 300 + round; i++, pushed++) {
      table.retain(set(pushed));
      ring.push(1, v4, pushed as PrefixSlot, -1, set(pushed), pushed, pushed + 1, EndedBy.replaced);
    }
    let room = 250;
    ring.drain((to, from, peerId, family, slot, pathId, held, endedBy) => {
      if (room-- === 0) return false;
      assert.deepEqual([to, from, peerId, family, pathId, held, endedBy], [slot + 1, slot, 1, v4, -1, set(slot), 0]);
      seen.push(slot);
      return true;
    });
  }
  ring.drain((_to, _from, _peer, _family, slot) => seen.push(slot) > 0);
  assert.deepEqual(seen, Array.from({ length: pushed }, (_, i) => i));
  assert.equal(table.references(set(0)), 0);
  assert.equal(ring.takeGap(), undefined);
});

Deno.test("a full ring drops what comes, lets go of its set, and says how much from when to when", () => {
  const { table, set } = tableOf(2);
  const ring = new HistoryRing(table, 1024);
  for (let i = 0; i < 1030; i++) {
    table.retain(set(0));
    ring.push(1, v4, i as PrefixSlot, -1, set(0), 10_000 - i, 20_000 + i, EndedBy.replaced);
  }
  assert.equal(ring.count, 1024);
  assert.equal(table.references(set(0)), 1024);
  assert.equal(ring.takeGap(), undefined, "it goes on");
  assert.deepEqual(ring.takeGap(), { from: 21_024, to: 21_029, since: 8_971, changes: 6 });
  assert.equal(ring.takeGap(), undefined);
});

Deno.test("a gap that lasts is reported in parts", () => {
  const { table, set } = tableOf(1);
  const ring = new HistoryRing(table, 1024);
  const gaps: unknown[] = [];
  for (let i = 0; i < 1024 + 250; i++) {
    table.retain(set(0));
    ring.push(1, v4, i as PrefixSlot, -1, set(0), 0, i * 100, EndedBy.replaced);
    gaps.push(ring.takeGap());
  }
  assert.equal(gaps.filter((gap) => gap !== undefined).length, 2);
});

Deno.test("a large ring gives its room back when it is empty", () => {
  const { table, set } = tableOf(1);
  const ring = new HistoryRing(table, 1_000_000);
  const small = ring.bytes;
  for (let i = 0; i < 200_000; i++) {
    table.retain(set(0));
    ring.push(1, v4, i as PrefixSlot, -1, set(0), 0, i, EndedBy.replaced);
  }
  assert.ok(ring.bytes < 200_000 * 38 * 2);
  ring.drain(() => true);
  assert.equal(ring.bytes, small);
});
