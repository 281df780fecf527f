import assert from "node:assert/strict";
import { Passes } from "../../../../src/rib/feed/passes.ts";
import { clearStoreBatch, createStoreBatch, type StoreBatch, stride } from "../../../../src/rib/mod.ts";
import fc from "../../../support/fast_check.ts";
import { announce, endOfRib, RibRig, v4, wire } from "../support.ts";

Deno.test("a row that is dirty now is written by the end of the pass after the one under way", () => {
  const passes = new Passes();
  assert.equal(passes.writesRowsOfNow, 2, "the first pass is under way");
  const pass = passes.writesRowsOfNow;
  passes.end();
  assert.ok(!passes.hasEnded(pass), "the pass under way may have been beyond the row");
  passes.end();
  assert.ok(passes.hasEnded(pass));
});

Deno.test("the rule holds wherever the walk is when a row becomes dirty, and one pass would not do", () => {
  const rows = 5;
  let oneWouldDo = true;
  for (let position = 0; position < rows; position++) {
    for (let row = 0; row < rows; row++) {
      const passes = new Passes();
      const pass = passes.writesRowsOfNow;
      let writtenIn = 0;
      // The walk stands at `position` of the first pass when `row` becomes dirty.
      for (let at = position; !passes.hasEnded(pass);) {
        if (at === row) writtenIn ||= passes.hasEnded(1) ? 2 : 1;
        if (++at < rows) continue;
        at = 0;
        passes.end();
      }
      assert.notEqual(writtenIn, 0, `row ${row}, the walk at ${position}`);
      oneWouldDo &&= writtenIn === 1;
    }
  }
  assert.ok(!oneWouldDo);
});

/** Prefix ids of the routes in a batch. */
function prefixIds(batch: StoreBatch): number[] {
  return Array.from({ length: batch.routeCount }, (_, i) => batch.routes[i * stride.routes + 1]!);
}

Deno.test("End-of-RIB comes after all rows that were dirty with it, however small batches are", () => {
  const count = 12;
  fc.assert(fc.property(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 0, max: 20 }), (size, before) => {
    const rig = new RibRig();
    const context = rig.up(1);
    const prefixes = Array.from({ length: count }, (_, i) => `10.${i}.0.0/16`);
    const batch = createStoreBatch(size);
    const fill = () => {
      clearStoreBatch(batch);
      return rig.rib.fillStore(batch);
    };
    rig.send(1, announce(context, wire(), ...prefixes));
    rig.rib.decide();
    for (let i = 0; i < before; i++) fill();
    // Every row changes, also those that the walk has passed.
    rig.send(1, announce(context, wire({ med: 7 }), ...prefixes));
    rig.send(1, endOfRib(context, v4));
    rig.rib.decide();
    const written = new Set<number>();
    for (let i = 0; i < 100; i++) {
      const more = fill();
      if (batch.events.some(({ kind }) => kind === "endOfRib")) {
        assert.equal(written.size, count);
        return;
      }
      for (const id of prefixIds(batch)) written.add(id);
      assert.ok(more, "End-of-RIB never came");
    }
  }));
});
