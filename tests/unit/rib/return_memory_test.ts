/** After the loss of a large table the RIB gives its memory back, and everything that it still has is as before. */
import assert from "node:assert/strict";
import { clearStoreBatch, createStoreBatch } from "../../../src/rib/mod.ts";
import type { Negotiated } from "../../../src/session/mod.ts";
import { announce, ModelStore, RibRig, wire } from "./support.ts";

const routes = 16_000;
const kept = "198.51.100.0/24";

/** Sets are large, so that all of them fill several chunks of memory. */
const communities = Array.from({ length: 400 }, (_, i) => i);

/** A set for every eighth route. */
function fullTable(context: Negotiated): Uint8Array[] {
  return Array.from({ length: routes / 8 }, (_, set) => {
    const prefixes = Array.from({ length: 8 }, (_, i) => {
      const number = set * 8 + i;
      return `${10 + (number >>> 16)}.${(number >>> 8) & 255}.${number & 255}.0/24`;
    });
    return announce(context, wire({ med: set, communities }, [context.remoteAsn, 65_100]), ...prefixes);
  });
}

Deno.test("after a loss the RIB gives memory back; other routes and the database stay as they are", () => {
  const rig = new RibRig({ monotonic: () => 0 });
  const store = new ModelStore();
  const write = () => {
    const batch = createStoreBatch();
    while (rig.rib.fillStore(batch)) {
      store.apply(batch);
      clearStoreBatch(batch);
    }
  };
  const total = () => {
    const { prefixBytes, routeBytes, setBytes, outBytes } = rig.rib.memory();
    return { sum: prefixBytes + routeBytes + setBytes + outBytes, prefixBytes, routeBytes, setBytes, outBytes };
  };
  const small = rig.up(2);
  rig.send(2, announce(small, wire({}, [small.remoteAsn]), kept));
  rig.up(3);
  rig.rib.decide();
  write();
  const before = rig.memory();
  let first: number | undefined;
  for (let round = 1; round <= 2; round++) {
    rig.now += 1000;
    const large = rig.up(1);
    for (const message of fullTable(large)) rig.send(1, message);
    rig.rib.decide();
    while (rig.rib.pull(3, rig.sessions.get(3)!.epoch, 65_536) !== undefined);
    write();
    assert.equal(rig.rib.memory().routes, routes + 1);
    assert.deepEqual(store.memory(), rig.memory());
    const full = total();
    rig.now += 1000;
    rig.down(1);
    rig.rib.decide();
    while (rig.rib.pull(3, rig.sessions.get(3)!.epoch, 65_536) !== undefined);
    // Freed sets wait for two passes of the store feed.
    for (let i = 0; i < 3; i++) write();
    rig.rib.returnMemory();
    const left = total();
    assert.ok(left.setBytes < full.setBytes / 3, `sets: ${left.setBytes} of ${full.setBytes} octets`);
    assert.ok(left.prefixBytes < full.prefixBytes * 0.75, `prefixes: ${left.prefixBytes} of ${full.prefixBytes}`);
    assert.ok(left.routeBytes < full.routeBytes / 10, `routes: ${left.routeBytes} of ${full.routeBytes}`);
    assert.ok(left.sum <= (first ??= left.sum), "memory does not grow from loss to loss");
    assert.deepEqual(rig.memory(), before);
    assert.deepEqual(store.memory(), before);
    assert.equal(rig.best(kept)?.peerId, 2);
  }
});
