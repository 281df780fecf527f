/** The Loc-RIB gives memory back and keeps the best routes, the times, and what is not written. */
import assert from "node:assert/strict";
import { LocRib } from "../../../../src/rib/decide/loc_rib.ts";
import type { PrefixSlot } from "../../../../src/types/mod.ts";

const slots = 50_000;

/** A best route for each slot, of peer 3, with a path identifier at every third slot; all of it written. */
function filled(): LocRib {
  const best = new LocRib();
  for (let slot = 0; slot < slots; slot++) {
    best.set(slot as PrefixSlot, 3, slot % 3 === 0 ? slot : -1, 1, 1_000 + slot);
    best.clean(slot as PrefixSlot);
  }
  return best;
}

Deno.test("best routes that are left keep everything; the others are gone as before", () => {
  const best = filled();
  const full = best.bytes;
  const left = (slot: number) => slot % 10_000 === 0;
  for (let slot = 0; slot < slots; slot++) {
    if (left(slot)) continue;
    best.set(slot as PrefixSlot, -1, -1, 0, 90_000);
    best.clean(slot as PrefixSlot);
  }
  best.returnMemory();
  assert.equal(best.count, 5);
  assert.ok(best.bytes < full);
  for (let slot = 0 as PrefixSlot; slot < slots; slot++) {
    const expected = left(slot) ? [3, slot % 3 === 0 ? slot : -1, 1] : [-1, -1, 0];
    assert.deepEqual([best.peerOf(slot), best.pathIdOf(slot), best.stepOf(slot)], expected);
    if (left(slot)) assert.equal(best.sinceOf(slot), 1_000 + slot);
    // There is nothing to write where there was no best route and is none now.
    else assert.equal(best.set(slot, -1, -1, 0, 95_000), false);
  }
});

Deno.test("a loss that is not written keeps its time", () => {
  const best = filled();
  for (let slot = 0 as PrefixSlot; slot < slots; slot++) best.set(slot, -1, -1, 0, 90_000 + slot);
  best.returnMemory();
  for (let slot = 0 as PrefixSlot; slot < slots; slot++) {
    assert.equal(best.nextDirty(slot), slot);
    assert.equal(best.sinceOf(slot), 90_000 + slot);
    best.clean(slot);
  }
  assert.equal(best.hasDirty, false);
});

Deno.test("without a best route nearly no memory is left, and the table grows again", () => {
  const best = filled();
  for (let slot = 0 as PrefixSlot; slot < slots; slot++) {
    best.set(slot, -1, -1, 0, 90_000);
    best.clean(slot);
  }
  best.returnMemory();
  assert.ok(best.bytes < 100_000);
  best.set((slots - 1) as PrefixSlot, 4, 9, 2, 99_000);
  assert.deepEqual([best.count, best.peerOf((slots - 1) as PrefixSlot)], [1, 4]);
  assert.equal(best.nextDirty(0), slots - 1);
  best.returnMemory();
  assert.equal(best.pathIdOf((slots - 1) as PrefixSlot), 9);
});
