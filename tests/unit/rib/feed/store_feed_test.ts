import assert from "node:assert/strict";
import fc from "../../../support/fast_check.ts";
import { encodeRouteRefresh, RefreshSubtype } from "../../../../src/message/mod.ts";
import { clearStoreBatch, createStoreBatch, stride } from "../../../../src/rib/mod.ts";
import { familyMask, limits } from "../../../../src/types/mod.ts";
import { announce, type Announcement, endOfRib, ModelStore, RibRig, v4, wire, withdraw } from "../support.ts";

/** Writes all there is; gives the number of batches. */
function drain(rig: RibRig, store: ModelStore, rows = 20_000): number {
  const batch = createStoreBatch(rows);
  for (let batches = 0;; batches++) {
    if (!rig.rib.fillStore(batch)) return batches;
    store.apply(batch);
    clearStoreBatch(batch);
    assert.ok(batches < 10_000, "the feed does not come to an end");
  }
}

Deno.test("the database gets what is in memory, each prefix and set before its first route, and nothing twice", () => {
  const rig = new RibRig();
  const store = new ModelStore();
  const context = rig.up(1);
  rig.send(1, announce(context, wire(), "10.0.0.0/8", "10.1.0.0/16"));
  rig.send(1, announce(context, wire({ nextHop: new Uint8Array(16).fill(7) }), "2001:db8::/32"));
  rig.rib.decide();
  assert.equal(drain(rig, store), 1);
  assert.deepEqual(store.memory(), rig.memory());
  assert.equal(store.rowsWritten, 3);
  assert.equal(drain(rig, store), 0, "nothing is dirty");
  rig.send(1, announce(context, wire(), "10.0.0.0/8"));
  rig.rib.decide();
  assert.equal(drain(rig, store), 0, "the same route again is no change");
});

Deno.test("a route that changed ten times is written once, one that came and went is not written", () => {
  const rig = new RibRig({ historyRows: 0 });
  const store = new ModelStore();
  const context = rig.up(1);
  for (let med = 0; med < 10; med++) rig.send(1, announce(context, wire({ med }), "10.0.0.0/8"));
  rig.send(1, announce(context, wire(), "10.1.0.0/16"));
  rig.send(1, withdraw(context, "10.1.0.0/16"));
  rig.rib.decide();
  drain(rig, store);
  assert.equal(store.rowsWritten, 1);
  assert.equal(store.sets.size, 1);
  assert.deepEqual(store.memory(), rig.memory());
});

Deno.test("rows come in order of peer and prefix, however they arrived", () => {
  const rig = new RibRig();
  const two = rig.up(2);
  const one = rig.up(1);
  const prefixes = Array.from({ length: 3000 }, (_, i) => `10.${i >> 8}.${i & 255}.0/24`);
  rig.send(2, announce(two, wire(), ...prefixes.slice(0, 2000)));
  rig.send(1, announce(one, wire(), ...prefixes.toReversed()));
  const batch = createStoreBatch();
  rig.rib.fillStore(batch);
  const keys = Array.from({ length: batch.routeCount }, (_, i) => {
    const [peer, prefix] = batch.routes.subarray(i * stride.routes);
    return peer! * 1e6 + prefix!;
  });
  assert.equal(keys.length, 5000);
  assert.deepEqual(keys, keys.toSorted((a, b) => a - b));
});

Deno.test("a small batch is filled to its limit and the rest follows", () => {
  const rig = new RibRig();
  const store = new ModelStore();
  const context = rig.up(1, { addPathReceive: familyMask([v4]) });
  const many = Array.from({ length: 10 }, (_, i) => ({ prefix: `10.${i & 3}.0.0/16`, pathId: i }));
  rig.send(1, announce(context, wire(), ...many));
  rig.rib.decide();
  assert.ok(drain(rig, store, 3) >= 4);
  assert.deepEqual(store.memory(), rig.memory());
});

Deno.test("the best routes of a full table travel in the batches of their prefixes, not behind all of them", () => {
  const rig = new RibRig();
  const context = rig.up(1);
  const prefixes = Array.from({ length: 3000 }, (_, i) => `10.${i >> 8}.${i & 255}.0/24`);
  rig.send(1, announce(context, wire(), ...prefixes));
  rig.rib.decide();
  const batch = createStoreBatch(1000);
  for (let i = 0; i < 3; i++) {
    rig.rib.fillStore(batch);
    assert.deepEqual([batch.prefixCount, batch.routeCount, batch.bestCount], [1000, 1000, 1000]);
    clearStoreBatch(batch);
  }
  assert.equal(rig.rib.fillStore(batch), false);
});

Deno.test("of several paths of a prefix only the one that changed is written", () => {
  const rig = new RibRig();
  const store = new ModelStore();
  const context = rig.up(1, { addPathReceive: familyMask([v4]) });
  const paths = [1, 2, 3].map((pathId) => ({ prefix: "10.0.0.0/8", pathId }));
  rig.send(1, announce(context, wire(), ...paths));
  drain(rig, store);
  rig.send(1, announce(context, wire({ med: 1 }), paths[1]!));
  drain(rig, store);
  assert.equal(store.rowsWritten, 4);
  assert.deepEqual(store.memory(), rig.memory());
});

Deno.test("a lost session is one flush, strictly after its rows and not after those of the next session", () => {
  const rig = new RibRig();
  const store = new ModelStore();
  const context = rig.up(1);
  rig.send(1, announce(context, wire(), "10.0.0.0/8", "10.1.0.0/16"));
  rig.rib.decide();
  drain(rig, store);
  const written = store.rowsWritten;
  const before = store.events.length;
  // All within one millisecond, and then the clock steps back.
  rig.down(1);
  rig.now -= 60_000;
  rig.up(1);
  rig.send(1, announce(context, wire(), "10.0.0.0/8"));
  rig.rib.decide();
  drain(rig, store);
  assert.deepEqual(store.events.slice(before), ["flush", "flush"]);
  assert.equal(store.rowsWritten, written + 1, "no deletes");
  assert.deepEqual(store.memory(), rig.memory());
  assert.equal(store.memory().length, 1);
});

Deno.test("sessions that are lost at a time have their superseded rows in few batches, a family of each", () => {
  const rig = new RibRig();
  const store = new ModelStore();
  const peers = Array.from({ length: 200 }, (_, i) => i + 1);
  const say = (med: number) => {
    for (const peer of peers) {
      const context = rig.sessions.get(peer)?.context ?? rig.up(peer);
      rig.send(peer, announce(context, wire({ med }), "10.0.0.0/8", "10.1.0.0/16"));
      rig.send(peer, announce(context, wire({ med }), "2001:db8::/32"));
    }
    while (rig.rib.decide());
  };
  say(1);
  drain(rig, store);
  for (const med of [2, 4]) {
    say(med);
    for (const peer of peers) rig.down(peer);
    say(med + 1);
  }
  const batch = createStoreBatch();
  let batches = 0;
  for (; rig.rib.fillStore(batch); batches++) {
    const families = new Map<number, Set<string>>();
    for (let i = 0; i < batch.routeCount; i++) {
      const [peer, prefix, , , , , at] = batch.routes.subarray(i * stride.routes);
      if (at! >= 0) continue;
      const loss = `${store.prefixes.get(prefix!)!.family} ${at}`;
      families.set(peer!, (families.get(peer!) ?? new Set()).add(loss));
    }
    for (const [peer, losses] of families) assert.equal(losses.size, 1, `peer ${peer}: ${[...losses].join()}`);
    store.apply(batch);
    clearStoreBatch(batch);
  }
  assert.ok(batches < 15, `${batches} batches`);
  assert.deepEqual(store.memory(), rig.memory());
});

Deno.test("a change of our own peers is in the next batch, whatever the tables of routers have before it", () => {
  for (const isLost of [false, true]) {
    const rig = new RibRig();
    const store = new ModelStore();
    const own = rig.up(1), first = limits.firstRouterPeer, many = Array.from({ length: 250 }, (_, i) => i);
    const report = (med: number) => {
      for (const router of [first, first + 1]) {
        const context = rig.sessions.get(router)?.context ?? rig.up(router);
        rig.send(router, announce(context, wire({ med }), ...many.map((i) => `10.${i}.0.0/16`)));
      }
    };
    report(1);
    rig.rib.decide();
    drain(rig, store, 10);
    report(2);
    if (isLost) {
      rig.down(first);
      rig.down(first + 1);
      report(3);
    }
    const batch = createStoreBatch(10);
    const fill = () => {
      clearStoreBatch(batch);
      assert.equal(rig.rib.fillStore(batch), true);
      store.apply(batch);
      return Array.from({ length: batch.routeCount }, (_, i) => batch.routes[i * stride.routes]!);
    };
    fill();
    rig.send(1, announce(own, wire(), "192.0.2.0/24", ...many.slice(0, 20).map((i) => `11.${i}.0.0/16`)));
    rig.rib.decide();
    // The rows of routers have the other half.
    assert.equal(fill().filter((peer) => peer === 1).length, 5);
    drain(rig, store, 10);
    assert.deepEqual(store.memory(), rig.memory());
  }
});

Deno.test("a peer that left the configuration and came back: the flushes of then do not hide its rows of now", () => {
  const rig = new RibRig();
  const store = new ModelStore();
  // Flushes are strictly after each other: in quick succession they get ahead of the clock.
  for (let i = 0; i < 3; i++) {
    const context = rig.up(1);
    rig.send(1, announce(context, wire(), "10.0.0.0/8"));
    rig.rib.decide();
    drain(rig, store);
    rig.down(1);
  }
  rig.rib.removePeer(1);
  rig.known.delete(1);
  drain(rig, store);
  const context = rig.up(1);
  rig.send(1, announce(context, wire(), "10.0.0.0/8"));
  rig.rib.decide();
  drain(rig, store);
  assert.deepEqual(store.memory(), rig.memory());
  assert.equal(store.memory().length, 1);
});

Deno.test("the first session of a run flushes what an earlier run left, unless it was loaded", () => {
  const rig = new RibRig();
  rig.up(1);
  const batch = createStoreBatch();
  rig.rib.fillStore(batch);
  assert.deepEqual(batch.events.map((event) => event.kind), ["flush", "flush"]);
});

Deno.test("End-of-RIB is written only after the rows before it", () => {
  const rig = new RibRig();
  const context = rig.up(1);
  const prefixes = Array.from({ length: 50 }, (_, i) => `10.${i}.0.0/16`);
  rig.send(1, announce(context, wire(), ...prefixes));
  rig.send(1, endOfRib(context, v4));
  const batch = createStoreBatch(20);
  let rows = 0;
  for (let reportedAt = -1; reportedAt === -1;) {
    assert.ok(rig.rib.fillStore(batch));
    if (batch.events.some((event) => event.kind === "endOfRib")) reportedAt = rows;
    if (reportedAt !== -1) assert.equal(reportedAt, 50);
    rows += batch.routeCount;
    clearStoreBatch(batch);
  }
});

Deno.test("End-of-RIB is written under constant change too", () => {
  const rig = new RibRig();
  const context = rig.up(1);
  rig.send(1, endOfRib(context, v4));
  const batch = createStoreBatch(2);
  let reported = false;
  for (let i = 0; i < 20 && !reported; i++) {
    rig.send(1, announce(context, wire({ med: i }), "10.0.0.0/8", "10.1.0.0/16", "10.2.0.0/16"));
    rig.rib.fillStore(batch);
    reported = batch.events.some((event) => event.kind === "endOfRib");
    clearStoreBatch(batch);
  }
  assert.ok(reported);
});

Deno.test("a set that no route has any more is retired after the rows that had it are gone", () => {
  const rig = new RibRig();
  const store = new ModelStore();
  const context = rig.up(1);
  rig.send(1, announce(context, wire({ med: 1 }), "10.0.0.0/8"));
  drain(rig, store);
  rig.send(1, announce(context, wire({ med: 2 }), "10.0.0.0/8"));
  drain(rig, store);
  assert.equal(store.retired.size, 1);
  assert.equal(store.sets.size, 1);
  assert.equal(rig.rib.memory().sets, 1);
});

Deno.test("after the store is lost, a reset and then everything", () => {
  const rig = new RibRig();
  const context = rig.up(1, { addPathReceive: familyMask([v4]) });
  rig.send(1, announce(context, wire(), { prefix: "10.0.0.0/8", pathId: 1 }, { prefix: "10.0.0.0/8", pathId: 2 }));
  rig.send(1, endOfRib(context, v4));
  rig.rib.decide();
  const lost = new ModelStore();
  drain(rig, lost);
  rig.send(1, withdraw(context, { prefix: "10.0.0.0/8", pathId: 2 }));
  rig.rib.decide();
  rig.rib.fillStore(createStoreBatch()); // goes down with the store
  rig.rib.storeLost();
  drain(rig, lost);
  assert.deepEqual(lost.memory(), rig.memory());
  assert.deepEqual(lost.events.slice(-2), ["reset", "endOfRib"]);
  rig.rib.storeLost();
  const fresh = new ModelStore();
  drain(rig, fresh);
  assert.deepEqual(fresh.memory(), rig.memory());
});

type Step =
  | { kind: "announce" | "withdraw"; peer: number; prefixes: number[]; set: number; path: number }
  | { kind: "flap" | "endOfRib" | "begin" | "end"; peer: number }
  | { kind: "fill"; rows: number; times: number }
  | { kind: "decide"; budget: number }
  | { kind: "lost" }
  | { kind: "time" };

const peer = fc.integer({ min: 1, max: 3 });
const change = fc.record({
  kind: fc.constantFrom<"announce" | "withdraw">("announce", "announce", "withdraw"),
  peer,
  prefixes: fc.array(fc.nat(11), { minLength: 1, maxLength: 6 }),
  set: fc.nat(4),
  path: fc.nat(2),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: change },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom<"flap" | "endOfRib" | "begin" | "end">("flap", "endOfRib", "begin", "end"),
      peer,
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("fill" as const),
      rows: fc.integer({ min: 1, max: 8 }),
      times: fc.integer({ min: 1, max: 4 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant("decide" as const), budget: fc.constantFrom(1, 3, Infinity) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom<"lost" | "time">("lost", "time", "time") }) },
);

Deno.test("any churn: the database equals memory, memory equals a Map, no set is left over", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const rig = new RibRig();
      const store = new ModelStore();
      const oracle = new Map<string, string>();
      const marked = new Map<number, Set<string>>();
      // Peer 3 speaks ADD-PATH.
      const up = (id: number) => {
        rig.up(id, { enhancedRouteRefresh: true, addPathReceive: id === 3 ? familyMask([v4]) : 0 });
        marked.delete(id);
      };
      for (const id of [1, 2, 3]) up(id);
      const spell = (id: number, n: number, path: number): Announcement => ({
        prefix: `10.${n % 3}.${n}.0/24`,
        pathId: id === 3 ? path : -1,
      });
      for (const each of steps) {
        switch (each.kind) {
          case "announce":
          case "withdraw": {
            const { context } = rig.sessions.get(each.peer)!;
            const routes = each.prefixes.map((n) => spell(each.peer, n, each.path));
            const set = wire({ med: each.set });
            rig.send(
              each.peer,
              each.kind === "announce" ? announce(context, set, ...routes) : withdraw(context, ...routes),
            );
            for (const { prefix, pathId } of routes) {
              const key = `${each.peer} ${prefix} ${pathId}`;
              marked.get(each.peer)?.delete(key);
              if (each.kind === "announce") oracle.set(key, set.join("."));
              else oracle.delete(key);
            }
            break;
          }
          case "flap":
            rig.down(each.peer);
            for (const key of oracle.keys()) if (key.startsWith(`${each.peer} `)) oracle.delete(key);
            up(each.peer);
            break;
          case "endOfRib":
            rig.send(each.peer, endOfRib(rig.sessions.get(each.peer)!.context, v4));
            break;
          case "begin":
          case "end": {
            const mine = [...oracle.keys()].filter((key) => key.startsWith(`${each.peer} `));
            rig.send(each.peer, encodeRouteRefresh({ afi: 1, safi: 1, subtype: RefreshSubtype[each.kind] }));
            if (each.kind === "begin") marked.set(each.peer, new Set(mine));
            else for (const key of marked.get(each.peer) ?? []) oracle.delete(key);
            if (each.kind === "end") marked.delete(each.peer);
            break;
          }
          case "fill":
            for (let i = 0; i < each.times; i++) {
              const batch = createStoreBatch(each.rows);
              if (rig.rib.fillStore(batch)) store.apply(batch);
            }
            break;
          case "decide":
            rig.rib.decide(each.budget);
            break;
          case "lost":
            rig.rib.storeLost();
            break;
          case "time":
            rig.now += 1000;
            break;
          default:
            each satisfies never;
        }
      }
      while (rig.rib.decide(5));
      drain(rig, store, 4);
      assert.deepEqual(store.memory(), rig.memory());
      const routes = [...oracle].map(([key, set]) => `${key} ${set}`).sort();
      assert.deepEqual(store.memory().map((row) => row.split(" ").slice(0, 4).join(" ")), routes);
      assert.equal(rig.rib.memory().sets, new Set(oracle.values()).size, "sets in memory");
      assert.equal(store.sets.size, rig.rib.memory().sets, "sets in the database");
      assert.equal(store.best.size, rig.rib.memory().best);
      assert.equal(store.best.size, new Set([...oracle.keys()].map((key) => key.split(" ")[1])).size);
    }),
    { numRuns: 300 },
  );
});

Deno.test("incremental equals from scratch: iBGP routes decided along the way, or all at once in another order", () => {
  const route = fc.record({
    peer,
    prefix: fc.nat(5),
    set: fc.record({ localPref: fc.constantFrom(100, 200), med: fc.nat(2), origin: fc.constantFrom<0 | 1>(0, 1) }),
    path: fc.constantFrom<number[]>([1], [2], [1, 3]),
    withdraw: fc.boolean(),
    decide: fc.boolean(),
  });
  const ibgp = { internal: true, remoteAsn: 65000 };
  fc.assert(fc.property(fc.array(route, { maxLength: 60 }), (routes) => {
    const along = new RibRig();
    const last = new Map<string, () => void>();
    const scratch = new RibRig();
    for (const id of [1, 2, 3]) along.up(id, ibgp);
    for (const id of [3, 1, 2]) scratch.up(id, ibgp);
    for (const { peer, prefix, set, path, withdraw: gone, decide } of routes) {
      const text = `10.${prefix}.0.0/16`;
      const { context } = along.sessions.get(peer)!;
      const bytes = gone ? withdraw(context, text) : announce(context, wire(set, path), text);
      along.send(peer, bytes);
      if (decide) along.rib.decide();
      last.set(`${peer} ${text}`, () => scratch.send(peer, bytes));
    }
    along.rib.decide();
    for (const send of [...last.values()].reverse()) send();
    scratch.rib.decide();
    const bests = (rig: RibRig) =>
      [...rig.rib.dump()].filter((row) => row.best).map((row) => [row.prefix, row.peerId, row.step]).map(String)
        .sort();
    assert.deepEqual(bests(along), bests(scratch));
  }));
});

Deno.test("written_to: every change up to that time is in the batches so far, in whatever pieces they come", () => {
  fc.assert(fc.property(
    // Each step: peer, prefix, announce or withdraw, milliseconds since the step before, batches after it.
    fc.array(
      fc.tuple(fc.nat(1), fc.nat(20), fc.constantFrom(true, true, false), fc.nat(3), fc.constantFrom(0, 0, 0, 1)),
      {
        minLength: 20,
        maxLength: 200,
      },
    ),
    fc.integer({ min: 1, max: 3 }),
    (steps, batchRows) => {
      const rig = new RibRig();
      // The second is of a router.
      const peerIds = [1, limits.firstRouterPeer], contexts = peerIds.map((id) => rig.up(id));
      const batch = createStoreBatch(batchRows);
      const waiting = new Map<string, number>();
      // Prefix ids follow the order of arrival.
      const ids = new Map<string, number>();
      const fill = () => {
        clearStoreBatch(batch);
        if (!rig.rib.fillStore(batch)) return false;
        for (let i = 0; i < batch.routeCount; i++) {
          const [peer, prefixId] = batch.routes.subarray(i * stride.routes);
          waiting.delete(`${peer} ${prefixId}`);
        }
        if (batch.writtenTo > 0) {
          for (const [key, at] of waiting) assert.ok(at > batch.writtenTo, `${key} of ${at} is not written`);
        }
        return true;
      };
      for (const [peer, prefix, isAnnounced, wait, fills] of steps) {
        rig.now += wait;
        const text = `10.${prefix}.0.0/16`;
        if (!ids.has(text) && isAnnounced) ids.set(text, ids.size + 1);
        const id = ids.get(text);
        if (id === undefined) continue;
        const context = contexts[peer]!;
        const peerId = peerIds[peer]!;
        rig.send(peerId, isAnnounced ? announce(context, wire({ med: rig.now }), text) : withdraw(context, text));
        rig.rib.decide();
        if (isAnnounced) waiting.set(`${peerId} ${id}`, rig.now);
        else waiting.delete(`${peerId} ${id}`);
        for (let i = 0; i < fills; i++) fill();
      }
      rig.now += 10;
      let last = 0;
      while (fill()) last = batch.writtenTo;
      if (last > 0) assert.equal(last, rig.now - 1, "when nothing is dirty, all of the past is written");
    },
  ));
});
