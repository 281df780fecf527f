/** Selection waits after a restart of this speaker (RFC 4724 §4.1). */
import assert from "node:assert/strict";
import { familyMask } from "../../../src/types/mod.ts";
import { announce, endOfRib, v4, v6, wire, World } from "./support.ts";

function told(world: World, id: number): number {
  const bytes = world.rib.pull(id, world.sessions.get(id)!.epoch, 1 << 20);
  return bytes?.length ?? 0;
}

for (const addPathSend of [0, familyMask([v4])]) {
  const kind = addPathSend === 0 ? "" : " (ADD-PATH)";
  Deno.test(`RFC 4724 §4.1: before selection may begin nothing is selected or sent, End-of-RIB included${kind}`, () => {
    const world = new World({ deferred: familyMask([v4, v6]) });
    const context = world.up(1);
    world.rib.addPeer({ id: 2, address: Uint8Array.of(127, 0, 0, 2), export: "all" });
    world.known.add(2);
    world.up(2, { addPathSend });
    world.send(1, announce(context, wire(), "10.0.0.0/8"));
    world.send(1, announce(context, wire({ nextHop: new Uint8Array(16).fill(1) }), "2001:db8::/32"));
    world.send(1, endOfRib(context, v4));
    assert.equal(world.rib.decide(), false, "nothing is left to do");
    assert.equal(world.best("10.0.0.0/8"), undefined);
    assert.equal(told(world, 2), 0);
    world.rib.select(familyMask([v4]));
    world.rib.decide();
    assert.equal(world.best("10.0.0.0/8")?.peerId, 1);
    assert.equal(world.best("2001:db8::/32"), undefined, "negative: of the other family not");
    assert.ok(told(world, 2) > 0);
    assert.deepEqual(world.rib.counters(2).advertised, { [v4]: 1, [v6]: 0 });
    world.rib.select(familyMask([v6]));
    world.rib.decide();
    assert.equal(world.best("2001:db8::/32")?.peerId, 1);
  });
}

Deno.test("RFC 4724 §4.1: End-of-RIB comes when the whole table was chosen, however many slices that takes", () => {
  const world = new World({ deferred: familyMask([v4]) });
  const context = world.up(1);
  world.rib.addPeer({ id: 2, address: Uint8Array.of(127, 0, 0, 2), export: "all" });
  world.known.add(2);
  world.up(2, { families: familyMask([v4]) });
  const prefixes = Array.from({ length: 1000 }, (_, i) => `10.${i >> 8}.${i & 255}.0/24`);
  world.send(1, announce(context, wire(), ...prefixes));
  world.rib.select(familyMask([v4]));
  assert.equal(world.rib.decide(100), true);
  assert.equal(told(world, 2), 0, "negative: a part of it is not told");
  world.rib.decide();
  assert.ok(told(world, 2) > 3000);
});
