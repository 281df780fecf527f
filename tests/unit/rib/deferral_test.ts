/** Selection waits after a restart of this speaker (RFC 4724 §4.1). */
import assert from "node:assert/strict";
import { familyMask } from "../../../src/types/mod.ts";
import { announce, endOfRib, RibRig, v4, v6, wire } from "./support.ts";

function advertisedBytes(rig: RibRig, id: number): number {
  const bytes = rig.rib.pull(id, rig.sessions.get(id)!.epoch, 1 << 20);
  return bytes?.length ?? 0;
}

for (const addPathSend of [0, familyMask([v4])]) {
  const kind = addPathSend === 0 ? "" : " (ADD-PATH)";
  Deno.test(`RFC 4724 §4.1: before selection may begin nothing is selected or sent, End-of-RIB included${kind}`, () => {
    const rig = new RibRig({ deferred: familyMask([v4, v6]) });
    const context = rig.up(1);
    rig.rib.addPeer({ id: 2, address: Uint8Array.of(127, 0, 0, 2), export: "all" });
    rig.known.add(2);
    rig.up(2, { addPathSend });
    rig.send(1, announce(context, wire(), "10.0.0.0/8"));
    rig.send(1, announce(context, wire({ nextHop: new Uint8Array(16).fill(1) }), "2001:db8::/32"));
    rig.send(1, endOfRib(context, v4));
    assert.equal(rig.rib.decide(), false, "nothing is left to do");
    assert.equal(rig.best("10.0.0.0/8"), undefined);
    assert.equal(advertisedBytes(rig, 2), 0);
    rig.rib.select(familyMask([v4]));
    rig.rib.decide();
    assert.equal(rig.best("10.0.0.0/8")?.peerId, 1);
    assert.equal(rig.best("2001:db8::/32"), undefined, "negative: of the other family not");
    assert.ok(advertisedBytes(rig, 2) > 0);
    assert.deepEqual(rig.rib.counters(2).advertised, { [v4]: 1, [v6]: 0 });
    rig.rib.select(familyMask([v6]));
    rig.rib.decide();
    assert.equal(rig.best("2001:db8::/32")?.peerId, 1);
  });
}

Deno.test("RFC 4724 §4.1: End-of-RIB comes when the whole table was chosen, however many slices that takes", () => {
  const rig = new RibRig({ deferred: familyMask([v4]) });
  const context = rig.up(1);
  rig.rib.addPeer({ id: 2, address: Uint8Array.of(127, 0, 0, 2), export: "all" });
  rig.known.add(2);
  rig.up(2, { families: familyMask([v4]) });
  const prefixes = Array.from({ length: 1000 }, (_, i) => `10.${i >> 8}.${i & 255}.0/24`);
  rig.send(1, announce(context, wire(), ...prefixes));
  rig.rib.select(familyMask([v4]));
  assert.equal(rig.rib.decide(100), true);
  assert.equal(advertisedBytes(rig, 2), 0, "negative: a part of it is not advertised");
  rig.rib.decide();
  assert.ok(advertisedBytes(rig, 2) > 3000);
});
