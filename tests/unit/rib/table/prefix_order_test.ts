import assert from "node:assert/strict";
import { IdCounter } from "../../../../src/rib/table/id_counter.ts";
import { isWithin, type Words } from "../../../../src/rib/table/prefix_lookup.ts";
import { PrefixOrder } from "../../../../src/rib/table/prefix_order.ts";
import { PrefixTable } from "../../../../src/rib/table/prefix_table.ts";
import type { PrefixId, PrefixSlot } from "../../../../src/types/mod.ts";
import { Random } from "../../../fuzz/random.ts";
import { v4, v6 } from "../support.ts";

for (const [family, bits] of [[v4, 32], [v6, 128]] as const) {
  Deno.test(`the prefixes inside of others, among sorted ones and new ones, addresses of ${bits} bits`, () => {
    const random = new Random(bits);
    const table = new PrefixTable(family, new IdCounter<PrefixId>());
    const order = new PrefixOrder(table);
    /** Few first words, so that prefixes lie within each other; some with the highest bit. */
    const word = (length: number) =>
      length <= 0 ? 0 : (random.pick([0x0a000000, 0xfe000000 | 0, 0]) | random.below(1 << 16) << 6) & mask(length);
    const mask = (length: number) => length >= 32 ? -1 : -1 << (32 - length);
    const some = (): [Words, number] => {
      const length = random.pick(
        [0, 1, 7, 8, 9, 16, 20, 24, 31, 32, 33, 48, 64, 127, 128].filter((each) => each <= bits),
      );
      return [[word(length), word(length - 32), word(length - 64), word(length - 96)], length];
    };
    for (const count of [3000, 5000, 9000, 9100]) {
      while (table.slots.count < count) {
        const [words, length] = some();
        table.intern(...words, length);
      }
      for (let i = 0; i < 100; i++) {
        const [words, length] = some();
        const found = [...order.inside(words, length)].sort((a, b) => a - b);
        const expected: number[] = [];
        for (let slot = 0; slot < count; slot++) {
          if (table.lengths[slot]! > length && isWithin(table, slot as PrefixSlot, words, length)) expected.push(slot);
        }
        assert.deepEqual(found, expected);
      }
    }
    assert.ok(order.bytes >= 4 * 5000, "most are sorted");
  });
}
