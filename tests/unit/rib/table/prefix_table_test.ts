import assert from "node:assert/strict";
import fc from "../../../support/fast_check.ts";
import { IdCounter } from "../../../../src/rib/table/id_counter.ts";
import { PrefixTable } from "../../../../src/rib/table/prefix_table.ts";
import { formatPrefix, IPV4_UNICAST, IPV6_UNICAST, type PrefixId, type PrefixSlot } from "../../../../src/types/mod.ts";
import { wordsOf } from "../support.ts";

Deno.test("a prefix keeps its slot, and slots are dense in order of arrival", () => {
  const table = new PrefixTable(IPV4_UNICAST, new IdCounter());
  assert.equal(table.intern(...wordsOf("10.0.0.0/8")), 0);
  assert.equal(table.intern(...wordsOf("10.0.0.0/9")), 1);
  assert.equal(table.intern(...wordsOf("10.0.0.0/8")), 0);
  assert.equal(table.find(...wordsOf("10.0.0.0/9")), 1);
  assert.equal(table.find(...wordsOf("10.0.0.0/10")), -1);
  assert.equal(table.slots.count, 2);
});

Deno.test("the same bits at another length are another prefix: 0.0.0.0/0 is not 0.0.0.0/32", () => {
  const table = new PrefixTable(IPV4_UNICAST, new IdCounter());
  const slots = Array.from({ length: 33 }, (_, length) => table.intern(0, 0, 0, 0, length));
  assert.deepEqual(slots, Array.from({ length: 33 }, (_, length) => length));
});

for (const [family, name, width] of [[IPV4_UNICAST, "IPv4", 1], [IPV6_UNICAST, "IPv6", 4]] as const) {
  Deno.test(`100,000 ${name} prefixes are found again after every growth`, () => {
    const table = new PrefixTable(family, new IdCounter(7));
    const key = (i: number): [number, number, number, number, number] =>
      // Neighbours, which collide in a poor hash.
      width === 1 ? [(i << 8) | 0, 0, 0, 0, 24] : [0x20010db8, i >>> 8, i << 24, i, 128];
    for (let i = 0; i < 100_000; i++) assert.equal(table.intern(...key(i)), i);
    for (let i = 0; i < 100_000; i++) {
      assert.equal(table.intern(...key(i)), i);
      assert.equal(table.slots.id(i as PrefixSlot), i + 7);
    }
    assert.equal(table.find(width === 1 ? 1 : 0x20010db9, 0, 0, 0, 32), -1);
  });
}

Deno.test("the table agrees with a Map on any prefixes", () => {
  const prefix = fc.record({
    octets: fc.uint8Array({ minLength: 16, maxLength: 16 }).map((octets) => octets.map((octet) => octet & 0x81)),
    length: fc.constantFrom(0, 1, 31, 32, 33, 64, 127, 128),
  });
  fc.assert(fc.property(fc.array(prefix, { maxLength: 200 }), (prefixes) => {
    const table = new PrefixTable(IPV6_UNICAST, new IdCounter());
    const model = new Map<string, number>();
    for (const { octets, length } of prefixes) {
      const view = new DataView(octets.buffer);
      const slot = table.intern(view.getInt32(0), view.getInt32(4), view.getInt32(8), view.getInt32(12), length);
      const key = `${octets.join()}/${length}`;
      if (!model.has(key)) model.set(key, model.size);
      assert.equal(slot, model.get(key));
      assert.deepEqual(table.prefix(slot), { octets, length });
    }
  }));
});

Deno.test("each prefix has its id, also where another family gets ids in between", () => {
  const ids = new IdCounter<PrefixId>();
  const first = new PrefixTable(IPV4_UNICAST, ids);
  const second = new PrefixTable(IPV6_UNICAST, ids);
  const expected: number[] = [];
  let id = 0;
  // Turns of different lengths: some ids of a family are consecutive, and some are not.
  for (let i = 0; expected.length < 10_000; i++) {
    const turn = 1 + (i * i) % 3_000;
    for (let n = 0; n < turn; n++) {
      expected.push(++id);
      first.intern(expected.length << 8, 0, 0, 0, 24);
    }
    second.intern(0x20010db8, i, 0, 0, 64);
    id++;
  }
  expected.forEach((each, slot) => {
    assert.equal(first.slots.id(slot as PrefixSlot), each);
    assert.equal(first.slots.slotOfId(each as PrefixId), slot);
  });
});

Deno.test("families share one counter of ids, and loaded ids are never given out again", () => {
  const ids = new IdCounter<PrefixId>();
  const first = new PrefixTable(IPV4_UNICAST, ids);
  const second = new PrefixTable(IPV6_UNICAST, ids);
  first.load(10 as PrefixId, ...wordsOf("192.0.2.0/24"));
  first.load(30 as PrefixId, ...wordsOf("198.51.100.0/24"));
  second.load(20 as PrefixId, ...wordsOf("2001:db8::/32"));
  assert.equal(second.slots.id(second.intern(...wordsOf("2001:db8:1::/48"))), 31);
  assert.equal(first.slots.id(first.intern(...wordsOf("203.0.113.0/24"))), 32);
  assert.equal(first.slots.slotOfId(30 as PrefixId), 1);
  assert.equal(first.slots.slotOfId(20 as PrefixId), -1);
  assert.equal(formatPrefix(first.prefix(1 as PrefixSlot)), "198.51.100.0/24");
  assert.ok(first.slots.isStored(1 as PrefixSlot));
  assert.ok(!first.slots.isStored(2 as PrefixSlot));
  assert.throws(() => first.load(5 as PrefixId, ...wordsOf("203.0.114.0/24")), /order of id/);
});
