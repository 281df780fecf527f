/** Many paths of one prefix (RFC 7911): the cost of a path does not grow with them, and a limit is the default. */
import assert from "node:assert/strict";
import fc from "../../../support/fast_check.ts";
import { PathsAdjRibIn } from "../../../../src/rib/in/adj_rib_in_paths.ts";
import { AttributeTable } from "../../../../src/rib/table/attribute_table.ts";
import { EndedBy } from "../../../../src/rib/history/history_ring.ts";
import { explain, type RibFact } from "../../../../src/rib/mod.ts";
import type { Negotiated } from "../../../../src/session/mod.ts";
import { familyMask, type PrefixSlot } from "../../../../src/types/mod.ts";
import { Exchange } from "../out_support.ts";
import { announce, RibRig, v4, wire, withdraw } from "../support.ts";

const several: Partial<Negotiated> = { addPathReceive: familyMask([v4]), addPathSend: familyMask([v4]) };
const prefix = "10.0.0.0/8";

function paths(from: number, count: number): { prefix: string; pathId: number }[] {
  return Array.from({ length: count }, (_, i) => ({ prefix, pathId: from + i }));
}

function held(rig: RibRig): number[] {
  return [...rig.rib.dump()].map(({ pathId }) => pathId).sort((a, b) => a - b);
}

const texts = (facts: readonly RibFact[]) => facts.map((fact) => fact.kind === "note" ? fact.text : fact.kind);

Deno.test("RFC 7911: paths of a prefix above the limit are refused and counted; other prefixes have room", () => {
  const rig = new RibRig();
  const context = rig.up(1, several, { maxPaths: 3 });
  const facts = rig.send(1, announce(context, wire(), ...paths(1, 5), { prefix: "11.0.0.0/8", pathId: 9 }));
  assert.deepEqual(held(rig), [1, 2, 3, 9]);
  assert.deepEqual(texts(facts), [
    "more than 3 paths of 10.0.0.0/8 (add_path_max_paths): paths above the limit are refused; 2 in this session so far",
  ]);
  assert.equal(rig.rib.counters(1).pathsRefused, 2);
  // Again: at a slow pace.
  assert.deepEqual(texts(rig.send(1, announce(context, wire(), ...paths(6, 5)))), []);
  rig.now += 600_000;
  assert.match(texts(rig.send(1, announce(context, wire(), ...paths(6, 1))))[0]!, /refused; 8 in this session/);
});

Deno.test("RFC 7911: a stored path may change, a withdrawn one makes room, a refused one changes nothing", () => {
  const rig = new RibRig();
  const context = rig.up(1, several, { maxPaths: 2 });
  rig.send(1, announce(context, wire(), ...paths(1, 3)));
  rig.send(1, announce(context, wire({ med: 5 }), ...paths(2, 1)));
  rig.send(1, withdraw(context, ...paths(3, 1)));
  assert.deepEqual(held(rig), [1, 2]);
  assert.deepEqual([...rig.rib.dump()].filter(({ wire: set }) => set.join() === wire({ med: 5 }).join()).length, 1);
  rig.send(1, withdraw(context, ...paths(1, 1)));
  rig.send(1, announce(context, wire(), ...paths(4, 2)));
  assert.deepEqual(held(rig), [2, 4]);
});

Deno.test("RFC 7911, negative: without a limit, and without ADD-PATH, nothing is refused", () => {
  const rig = new RibRig();
  const open = rig.up(1, several);
  const plain = rig.up(2, {}, { maxPaths: 1 });
  assert.deepEqual(rig.send(1, announce(open, wire(), ...paths(1, 200))), []);
  assert.deepEqual(rig.send(2, announce(plain, wire(), prefix, "11.0.0.0/8")), []);
  assert.equal(held(rig).length, 202);
});

Deno.test("a higher limit after a reload requests a route refresh; a lower one leaves the stored paths", () => {
  const exchange = new Exchange();
  const limited = (maxPaths: number) => ({ id: 1, address: Uint8Array.of(192, 0, 2, 1), maxPaths });
  exchange.up(1, limited(2), several);
  exchange.settle();
  exchange.send(1, announce(exchange.contexts.get(1)!, wire(), ...paths(1, 3)));
  exchange.rib.updatePeer(limited(1));
  exchange.settle();
  assert.equal([...exchange.rib.dump()].length, 2);
  assert.ok(!exchange.receivers.get(1)!.log.some((line) => line.startsWith("refresh")));
  exchange.send(1, announce(exchange.contexts.get(1)!, wire(), ...paths(3, 1)));
  exchange.rib.updatePeer(limited(9));
  exchange.settle();
  assert.ok(exchange.receivers.get(1)!.log.includes("refresh 1 0"));
});

Deno.test("an Adj-RIB-In with many paths of a prefix holds what a Map holds, while the store pulls rows", () => {
  const set = wire();
  const step = fc.tuple(fc.constantFrom("announce", "announce", "withdraw", "feed"), fc.nat(60), fc.nat(1));
  fc.assert(
    fc.property(fc.array(step, { minLength: 80, maxLength: 400 }), (steps) => {
      const sets = new AttributeTable();
      const source = { peerId: 1, internal: false, routerId: 1, address: Uint8Array.of(10, 0, 0, 1) };
      const routes = new PathsAdjRibIn(source, sets);
      const [five, six] = [5 as PrefixSlot, 6 as PrefixSlot];
      const number = sets.intern(set, set.length, 7);
      sets.retain(number);
      const plain = new Set<number>();
      const written = new Set<number>();
      const sink = {
        full: false,
        row: (_slot: number, pathId: number, _received: number, set: number) =>
          void (set === -1 ? written.delete(pathId) : written.add(pathId)),
      };
      for (const [what, path, slot] of steps) {
        if (what === "feed") { if (routes.hasPage(0)) routes.feed(five, sink); }
        else if (slot === 1) routes.announce(six, path, number, number, 0, 1);
        else if (what === "announce") {
          routes.announce(five, path, number, number, 0, 1);
          plain.add(path);
        } else assert.equal(routes.withdraw(five, path, 2, EndedBy.withdrawn), plain.delete(path));
        assert.equal(routes.pathsOf(five, 1000), plain.size);
        assert.equal(routes.find(five, path) !== -1, plain.has(path));
      }
      const live: number[] = [];
      for (let row = routes.first(five); row !== -1; row = routes.next(row)) live.push(routes.pathIdOf(row));
      assert.deepEqual(live.sort(), [...plain].sort());
      if (routes.hasPage(0)) routes.feed(five, sink);
      assert.deepEqual([...written].sort(), [...plain].sort());
    }),
    { numRuns: 200 },
  );
});

Deno.test("40,000 paths of one prefix cost seconds at the most: to take, to pass on, to explain, to lose", () => {
  const before = performance.now();
  const exchange = new Exchange();
  exchange.up(1, {}, several);
  exchange.up(2);
  const listener = exchange.up(3, { export: "all" }, several);
  const count = 40_000;
  // The identifiers fall from batch to batch.
  for (let at = count; at > 0; at -= 4000) {
    exchange.send(1, announce(exchange.contexts.get(1)!, wire({}, [65001]), ...paths(at - 4000, 4000)));
  }
  exchange.announce(2, wire({}, [65002]), prefix);
  exchange.settle();
  assert.equal(listener.table.size, count + 1);
  const rows = [...exchange.rib.dump()];
  const candidates = rows.map(({ peerId, pathId, wire }) => ({
    peerId,
    internal: false,
    routerId: 0x0a000000 + peerId,
    address: Uint8Array.of(192, 0, 2, peerId),
    pathId,
    wire,
  }));
  assert.ok(rows[explain(candidates, -1).winner]!.best);
  exchange.send(1, withdraw(exchange.contexts.get(1)!, ...paths(0, count)));
  exchange.settle();
  assert.equal(listener.table.size, 1);
  // It was more than a minute and a half when each path looked at all others.
  assert.ok(performance.now() - before < 20_000, `${performance.now() - before} ms`);
});
