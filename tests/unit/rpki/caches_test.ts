/** Several caches: whom to connect to, and whose data count (draft-ietf-sidrops-8210bis-27 §10). */
import assert from "node:assert/strict";
import {
  type CacheEvent,
  type CacheOrder,
  defaultTiming,
  encodePdu,
  type Pdu,
  type PduBody,
  RpkiCaches,
} from "../../../src/rpki/mod.ts";
import { endOfData, report, response, vrp } from "../../support/rtr_rig.ts";

class Group {
  now = 0;
  /** The third octets of the VRPs that count: cache i announces 10.0.i.0/24. */
  readonly counting = new Set<number>();
  changes = 0;
  /** The connections that the shell was asked for, and not asked to close, by cache. */
  readonly connected = new Set<number>();
  readonly caches = new RpkiCaches({
    announce: (_, w0) => {
      this.counting.add((w0 >> 8) & 255);
      this.changes++;
    },
    withdraw: (_, w0) => {
      this.counting.delete((w0 >> 8) & 255);
      this.changes++;
    },
    aspa: () => {},
  });

  constructor(...preferences: number[]) {
    for (const preference of preferences) {
      this.caches.add({ version: 2, timing: defaultTiming, mostRecords: 100, preference });
    }
    this.#carryOut(this.caches.tick(0));
  }

  event(cache: number, event: CacheEvent): this {
    this.#carryOut(this.caches.handle(cache, event, this.now));
    return this;
  }

  /** The cache accepts the connection, and answers with its VRPs. */
  serve(cache: number, ...networks: number[]): this {
    this.event(cache, { kind: "connected" });
    const payloads = (networks.length === 0 ? [cache] : networks).map((i) => vrp(`+10.0.${i}.0/24-24 1`));
    const isNew = this.caches.view(cache).serial === undefined;
    return this.send(cache, response(), ...isNew ? payloads : [], endOfData(this.now / 1000 + 1));
  }

  send(cache: number, ...bodies: PduBody[]): this {
    const octets = bodies.flatMap((body) => [...encodePdu({ version: 2, ...body } as Pdu)]);
    return this.event(cache, { kind: "octets", bytes: Uint8Array.from(octets) });
  }

  refuse(cache: number): this {
    return this.event(cache, { kind: "connectFailed", reason: "connection refused" });
  }

  lose(cache: number): this {
    return this.event(cache, { kind: "closed", reason: "end of stream" });
  }

  pass(seconds: number): this {
    const until = this.now + seconds * 1000;
    for (let next = this.caches.nextDeadline; next !== undefined && next <= until; next = this.caches.nextDeadline) {
      this.now = Math.max(this.now, next);
      this.#carryOut(this.caches.tick(this.now));
    }
    this.now = until;
    return this;
  }

  #carryOut(orders: readonly CacheOrder[]): void {
    for (const { cache, effect } of orders) {
      if (effect.kind === "connect") this.connected.add(cache);
      if (effect.kind === "close") this.connected.delete(cache);
    }
  }
}

Deno.test("8210bis §10: the most preferred cache is connected to, the others are not", () => {
  const group = new Group(20, 10, 30);
  assert.deepEqual([...group.connected], [1]);
  group.serve(1);
  assert.deepEqual([[...group.connected], [...group.counting]], [[1], [1]]);
  group.pass(3000);
  assert.deepEqual([...group.connected], [1]);
});

Deno.test("8210bis §4: a VRP counts while any cache of the same preference has it", () => {
  const group = new Group(1, 1).serve(0, 7, 8).serve(1, 8, 9);
  assert.deepEqual([...group.counting].sort(), [7, 8, 9]);
  assert.equal(group.changes, 3, "and what both have is reported once");
  group.pass(3600);
  group.send(0, response(), vrp("-10.0.8.0/24-24 1"), vrp("-10.0.7.0/24-24 1"), endOfData(5));
  assert.deepEqual([...group.counting].sort(), [8, 9]);
  group.send(1, response(), vrp("-10.0.8.0/24-24 1"), endOfData(5));
  assert.deepEqual([...group.counting], [9]);
});

Deno.test("8210bis §10: where the preferred cache does not answer, the next one is used, until it comes back", () => {
  const group = new Group(1, 2).refuse(0);
  assert.ok(group.connected.has(1), "without any data, there is nothing to wait for");
  group.serve(1);
  assert.deepEqual([...group.counting], [1]);
  group.pass(10).serve(0);
  assert.deepEqual([...group.counting], [0]);
  assert.ok(!group.connected.has(1), "and the other one is left");
  assert.equal(group.caches.view(1).isInUse, false);
});

Deno.test("8210bis §10: data stay until another cache has a full set; nothing changes meanwhile", () => {
  const group = new Group(1, 2).serve(0, 5);
  group.lose(0);
  assert.ok(!group.connected.has(1), "one lost connection is not enough");
  group.pass(5).refuse(0);
  assert.ok(group.connected.has(1));
  group.event(1, { kind: "connected" }).send(1, response(), vrp("+10.0.5.0/24-24 1"), vrp("+10.0.6.0/24-24 1"));
  assert.deepEqual([...group.counting], [5]);
  group.changes = 0;
  group.send(1, endOfData(3));
  assert.deepEqual([[...group.counting], group.changes], [[5, 6], 1], "what both have does not go in between");
});

Deno.test("a lost connection that comes back at once changes nothing", () => {
  const group = new Group(1, 2).serve(0);
  group.changes = 0;
  group.lose(0).pass(5).serve(0);
  assert.deepEqual([group.changes, [...group.connected]], [0, [0]]);
});

Deno.test("a cache without data, and one that breaks rules, make way for the next", () => {
  for (const wrong of [report(2), report(3)]) {
    const group = new Group(1, 2).event(0, { kind: "connected" }).send(0, wrong);
    assert.ok(group.connected.has(1));
  }
});

Deno.test("8210bis §6: with every cache gone, data count until they expire", () => {
  const group = new Group(1, 2).serve(0, 5);
  group.lose(0);
  for (let i = 0; i < 7199; i++) {
    for (const cache of [0, 1]) if (group.caches.view(cache).state === "connecting") group.refuse(cache);
    group.pass(1);
  }
  assert.deepEqual([...group.counting], [5]);
  group.pass(1);
  assert.equal(group.counting.size, 0);
  assert.equal(group.caches.view(0).isInUse, false);
});

Deno.test("data of an earlier run count at once, and not once they have expired", () => {
  const old = new Group(1).serve(0, 5);
  const saved = old.caches.saved(0)!;
  const fill = (caches: RpkiCaches, now: number) =>
    caches.restore(0, saved, now, (data) => {
      old.caches.forEachVrp(0, (...columns) => void assert.equal(data.prefix(true, ...columns), "taken"));
    });
  const group = new Group(1);
  assert.equal(fill(group.caches, 1000), true);
  assert.deepEqual([...group.counting], [5]);
  const late = new Group(1);
  assert.equal(fill(late.caches, saved.expiresAt), false);
  assert.equal(late.counting.size, 0);
});

Deno.test("a removed cache leaves no data, and its number is used again", () => {
  const group = new Group(1, 1).serve(0).serve(1);
  group.caches.remove(0, group.now);
  assert.deepEqual([...group.counting], [1]);
  assert.equal(group.caches.add({ version: 2, timing: defaultTiming, mostRecords: 9, preference: 1 }), 0);
  assert.deepEqual(group.caches.handle(0, { kind: "tick" }, 0).map(({ effect }) => effect.kind), ["state", "connect"]);
});

Deno.test("show: what is known of a cache", () => {
  const group = new Group(1).serve(0, 1, 2);
  group.pass(60).lose(0);
  const { state, version, sessionId, serial, counts, isCurrent, isInUse, lastFailure } = group.caches.view(0);
  assert.deepEqual([state, version, sessionId, serial, counts.ipv4, isCurrent, isInUse, lastFailure], [
    "waiting",
    2,
    7,
    1,
    2,
    false,
    true,
    { at: 60_000, reason: "end of stream" },
  ]);
});
