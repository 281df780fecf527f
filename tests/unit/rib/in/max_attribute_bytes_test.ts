/** max_attribute_bytes: a route with more path attributes than its peer may have is treated as withdrawn. */
import assert from "node:assert/strict";
import { formatPrefix } from "../../../../src/types/mod.ts";
import type { RibFact } from "../../../../src/rib/mod.ts";
import { announce, RibRig, wire } from "../support.ts";

const large = { communities: Array.from({ length: 200 }, (_, i) => 0xfde80000 + i) };

function held(rig: RibRig): string[] {
  return [...rig.rib.dump()].map(({ prefix }) => formatPrefix(prefix!)).sort();
}

const faults = (facts: readonly RibFact[]) => facts.flatMap((fact) => fact.kind === "fault" ? [fact.fault.text] : []);

Deno.test("RFC 7606 §2: a route above max_attribute_bytes is withdrawn and reported; the session stays up", () => {
  const rig = new RibRig();
  const context = rig.up(1, {}, { maxAttributeBytes: 500 });
  rig.send(1, announce(context, wire(), "10.0.0.0/8", "11.0.0.0/8"));
  const facts = rig.send(1, announce(context, wire(large), "10.0.0.0/8", "12.0.0.0/8"));
  assert.deepEqual(held(rig), ["11.0.0.0/8"]);
  assert.equal(faults(facts).length, 1);
  assert.match(faults(facts)[0]!, /^its path attributes have \d+ octets, max_attribute_bytes is 500$/);
  assert.equal(rig.rib.counters(1).treatAsWithdraw, 1);
  assert.ok(facts.every(({ kind }) => kind !== "sessionReset"));
});

Deno.test("max_attribute_bytes, negative: without the limit, below it, and at other peers routes are stored", () => {
  for (const [id, terms] of [[1, {}], [1, { maxAttributeBytes: 0 }], [1, { maxAttributeBytes: 900 }]] as const) {
    const rig = new RibRig();
    const context = rig.up(id, {}, terms);
    rig.send(id, announce(context, wire(large), "10.0.0.0/8"));
    assert.deepEqual(held(rig), ["10.0.0.0/8"]);
  }
  const rig = new RibRig();
  rig.up(1, {}, { maxAttributeBytes: 500 });
  const context = rig.up(2);
  rig.send(2, announce(context, wire(large), "10.0.0.0/8"));
  assert.deepEqual(held(rig), ["10.0.0.0/8"]);
});

Deno.test("another max_attribute_bytes holds for what is announced from then on", () => {
  const rig = new RibRig();
  const context = rig.up(1);
  rig.send(1, announce(context, wire(large), "10.0.0.0/8"));
  rig.rib.updatePeer({ id: 1, address: Uint8Array.of(192, 0, 2, 1), maxAttributeBytes: 500 });
  assert.deepEqual(held(rig), ["10.0.0.0/8"]);
  rig.send(1, announce(context, wire(large), "10.0.0.0/8"));
  assert.deepEqual(held(rig), []);
});
