import assert from "node:assert/strict";
import fc from "../../../support/fast_check.ts";
import { IntMap } from "../../../../src/rib/table/int_map.ts";

Deno.test("an IntMap holds what a Map holds, whatever comes and goes", () => {
  const key = fc.oneof(fc.nat(40), fc.integer({ min: 0, max: 0xffffffff }), fc.nat(20).map((n) => (n << 16) >>> 0));
  const change = fc.tuple(key, fc.oneof(fc.constant(-1), fc.nat(5), fc.nat(2 ** 31 - 2)));
  fc.assert(
    fc.property(fc.array(change, { maxLength: 300 }), (changes) => {
      const map = new IntMap();
      const plain = new Map<number, number>();
      for (const [key, value] of changes) {
        map.set(key, value);
        if (value === -1) plain.delete(key);
        else plain.set(key, value);
      }
      assert.equal(map.count, plain.size);
      for (const [key] of changes) assert.equal(map.get(key), plain.get(key) ?? -1);
      const values: number[] = [];
      map.each((value) => values.push(value));
      assert.deepEqual(values.sort(), [...plain.values()].sort());
    }),
    { numRuns: 500 },
  );
});
