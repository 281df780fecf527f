import assert from "node:assert/strict";
import { createStoreBatch, type StoreBatch, type StoreEvent } from "../../../../src/rib/mod.ts";
import { type FamilyId, IPV4_UNICAST, IPV6_UNICAST } from "../../../../src/types/mod.ts";
import { IndexTiming } from "../../../../src/daemon/store/index_timing.ts";

const bothFamilies = (1 << IPV4_UNICAST) | (1 << IPV6_UNICAST);

function batch(prefixCount: number, ...events: StoreEvent[]): StoreBatch {
  return { ...createStoreBatch(0), prefixCount, events };
}

function endOfRib(peerId: number, family: FamilyId): StoreEvent {
  return { kind: "endOfRib", peerId, family, at: 1 };
}

Deno.test("an empty database gets no indexes, however long the pause is", () => {
  const timing = new IndexTiming(0, { isIndexed: false });
  timing.wrote(batch(0, { kind: "flush", peerId: 1, family: IPV4_UNICAST, at: 1 }), 0);
  assert.equal(timing.waitMs, undefined);
});

Deno.test("indexes follow soon after the last End-of-RIB, and after a long silence without one", () => {
  const timing = new IndexTiming(0, { isIndexed: false });
  timing.peerState(1, { state: "Established", since: 0, families: bothFamilies }, 0);
  timing.peerState(2, { state: "Established", since: 0, families: bothFamilies }, 0);
  timing.wrote(batch(100, endOfRib(1, IPV4_UNICAST), endOfRib(1, IPV6_UNICAST), endOfRib(2, IPV6_UNICAST)), 0);
  const long = timing.waitMs!;
  timing.wrote(batch(100, endOfRib(2, IPV4_UNICAST)), 0);
  assert.ok(timing.waitMs! < 50 && long >= 1000, `${timing.waitMs} and ${long} ms`);
  timing.built();
  assert.equal(timing.waitMs, undefined);
});

Deno.test("a session is waited for from the moment its families are known, before its state says Established", () => {
  const timing = new IndexTiming(0, { isIndexed: false });
  timing.peerState(1, { state: "OpenConfirm", since: 0, families: bothFamilies }, 0);
  timing.peerState(1, { state: "Established", since: 0 }, 0);
  timing.wrote(batch(100), 0);
  assert.ok(timing.waitMs! >= 1000, `${timing.waitMs} ms`);
});

Deno.test("indexes do not wait for a removed peer", () => {
  const timing = new IndexTiming(0, { isIndexed: false });
  timing.peerState(1, { state: "Established", since: 0, families: bothFamilies }, 0);
  timing.wrote(batch(100), 0);
  const long = timing.waitMs!;
  timing.peerState(1, { state: "Idle", since: 0 }, 0);
  assert.ok(timing.waitMs! < long);
});

Deno.test("indexes over few prefixes are dropped when a full table comes, and built again", () => {
  const timing = new IndexTiming(0, { isIndexed: false });
  timing.wrote(batch(1000), 0);
  timing.built();
  assert.deepEqual([timing.wrote(batch(20_000), 0), timing.wrote(batch(20_000), 0)], [false, true]);
  assert.notEqual(timing.waitMs, undefined);
  assert.equal(timing.wrote(batch(20_000), 0), false);
});

Deno.test("indexes over a full table stay, and so do those over a table that grows slowly", () => {
  const full = new IndexTiming(1_000_000, { isIndexed: true });
  for (let i = 0; i < 200; i++) assert.equal(full.wrote(batch(20_000), 0), false);
  const slow = new IndexTiming(1000, { isIndexed: true });
  for (let i = 0; i < 50; i++) {
    assert.equal(slow.wrote(batch(20_000), 0), false);
    slow.paused();
  }
});

Deno.test("steady changes do not delay indexes; a table and the start of a session do", () => {
  const timing = new IndexTiming(0, { isIndexed: false });
  timing.peerState(1, { state: "Established", since: 0, families: bothFamilies }, 1_000);
  timing.wrote(batch(100), 1_100);
  assert.equal(timing.isOverdue(1_100), false);
  timing.wrote(batch(20_000), 4_000);
  for (let now = 4_100; now < 9_000; now += 100) {
    timing.wrote(batch(100), now);
    assert.equal(timing.isOverdue(now), false, `${now}`);
  }
  assert.equal(timing.isOverdue(9_000), true);
  timing.built();
  assert.equal(timing.isOverdue(9_100), false);
});
