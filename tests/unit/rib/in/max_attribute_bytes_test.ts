/** max_attribute_bytes: a route with more path attributes than its peer may have is treated as withdrawn. */
import assert from "node:assert/strict";
import { formatPrefix } from "../../../../src/types/mod.ts";
import type { RibFact } from "../../../../src/rib/mod.ts";
import { announce, wire, World } from "../support.ts";

const large = { communities: Array.from({ length: 200 }, (_, i) => 0xfde80000 + i) };

function held(world: World): string[] {
  return [...world.rib.dump()].map(({ prefix }) => formatPrefix(prefix)).sort();
}

const faults = (facts: readonly RibFact[]) => facts.flatMap((fact) => fact.kind === "fault" ? [fact.fault.text] : []);

Deno.test("RFC 7606 §2: a route above max_attribute_bytes is withdrawn, and said; others stay, and the session too", () => {
  const world = new World();
  const context = world.up(1, {}, { maxAttributeBytes: 500 });
  world.send(1, announce(context, wire(), "10.0.0.0/8", "11.0.0.0/8"));
  const facts = world.send(1, announce(context, wire(large), "10.0.0.0/8", "12.0.0.0/8"));
  assert.deepEqual(held(world), ["11.0.0.0/8"]);
  assert.equal(faults(facts).length, 1);
  assert.match(faults(facts)[0]!, /^its path attributes have \d+ octets, max_attribute_bytes is 500$/);
  assert.equal(world.rib.counters(1).treatAsWithdraw, 1);
  assert.ok(facts.every(({ kind }) => kind !== "sessionReset"));
});

Deno.test("max_attribute_bytes, negative: without it, below it, and at another peer a route may have many attributes", () => {
  for (const [id, terms] of [[1, {}], [1, { maxAttributeBytes: 0 }], [1, { maxAttributeBytes: 900 }]] as const) {
    const world = new World();
    const context = world.up(id, {}, terms);
    world.send(id, announce(context, wire(large), "10.0.0.0/8"));
    assert.deepEqual(held(world), ["10.0.0.0/8"]);
  }
  const world = new World();
  world.up(1, {}, { maxAttributeBytes: 500 });
  const context = world.up(2);
  world.send(2, announce(context, wire(large), "10.0.0.0/8"));
  assert.deepEqual(held(world), ["10.0.0.0/8"]);
});

Deno.test("another max_attribute_bytes holds for what is announced from then on", () => {
  const world = new World();
  const context = world.up(1);
  world.send(1, announce(context, wire(large), "10.0.0.0/8"));
  world.rib.updatePeer({ id: 1, address: Uint8Array.of(192, 0, 2, 1), maxAttributeBytes: 500 });
  assert.deepEqual(held(world), ["10.0.0.0/8"]);
  world.send(1, announce(context, wire(large), "10.0.0.0/8"));
  assert.deepEqual(held(world), []);
});
