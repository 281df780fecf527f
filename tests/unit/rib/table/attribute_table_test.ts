import assert from "node:assert/strict";
import fc from "../../../support/fast_check.ts";
import { hashAttributes, SegmentType } from "../../../../src/message/mod.ts";
import { AttributeTable } from "../../../../src/rib/table/attribute_table.ts";
import { wire } from "../support.ts";
import type { SetId, SetSlot } from "../../../../src/types/mod.ts";

function intern(table: AttributeTable, bytes: Uint8Array, hash = hashAttributes(bytes, 0, bytes.length)): SetSlot {
  return table.intern(bytes, bytes.length, hash);
}

function find(table: AttributeTable, bytes: Uint8Array): SetSlot {
  return table.find(bytes, bytes.length, hashAttributes(bytes, 0, bytes.length));
}

Deno.test("equal bytes are one set; sets with the same hash are distinguished by their bytes", () => {
  const table = new AttributeTable();
  const a = intern(table, wire({ med: 1 }), 99);
  const b = intern(table, wire({ med: 2 }), 99);
  assert.notEqual(a, b);
  assert.equal(intern(table, wire({ med: 1 }), 99), a);
  assert.deepEqual(table.wire(b), wire({ med: 2 }));
  assert.equal(table.count, 2);
});

Deno.test("a set the database never saw is freed with its last reference, and its slot serves again", () => {
  const table = new AttributeTable();
  const set = intern(table, wire());
  table.retain(set);
  table.retain(set);
  table.release(set);
  assert.equal(find(table, wire()), set);
  table.release(set);
  assert.equal(find(table, wire()), -1);
  assert.equal(table.count, 0);
  assert.equal(intern(table, wire({ med: 5 })), set);
  assert.deepEqual(table.retired, []);
});

Deno.test("a set the database has seen is retired only after a whole pass of the store feed", () => {
  const table = new AttributeTable();
  const set = intern(table, wire());
  const id = table.id(set);
  table.retain(set);
  table.markStored(set);
  table.release(set);
  assert.equal(find(table, wire()), set, "still to be found in limbo");
  table.endPass(); // The pass during which it was given up.
  assert.deepEqual(table.retired, []);
  table.endPass();
  assert.deepEqual(table.retired, [id]);
  assert.equal(find(table, wire()), -1);
  assert.notEqual(table.id(intern(table, wire())), id, "ids are never reused");
});

Deno.test("a set in limbo is revived by a look-up, with its id, and lives as long as it is referred to", () => {
  const table = new AttributeTable();
  const set = intern(table, wire());
  table.retain(set);
  table.markStored(set);
  table.release(set);
  table.endPass();
  table.retain(find(table, wire()));
  for (let i = 0; i < 5; i++) table.endPass();
  assert.equal(find(table, wire()), set);
  assert.deepEqual(table.retired, []);
  assert.ok(table.isStored(set));
});

Deno.test("a set revived and given up again waits for a whole pass from then on", () => {
  const table = new AttributeTable();
  const set = intern(table, wire());
  table.retain(set);
  table.markStored(set);
  table.release(set);
  table.endPass();
  table.retain(set);
  table.release(set);
  table.endPass();
  assert.equal(find(table, wire()), set, "the later one counts");
  table.endPass();
  assert.equal(find(table, wire()), -1);
  assert.equal(table.retired.length, 1);
});

Deno.test("a set that the last run left under two ids is one", () => {
  const table = new AttributeTable();
  const bytes = wire();
  const hash = hashAttributes(bytes, 0, bytes.length);
  const set = table.load(3 as SetId, bytes, bytes.length, hash);
  assert.equal(table.load(8 as SetId, bytes, bytes.length, hash), set);
  assert.equal(table.id(set), 3);
  assert.equal(table.id(intern(table, wire({ med: 1 }))), 9, "ids go on after both");
});

Deno.test("the keys of the decision process are read once from the bytes", () => {
  const table = new AttributeTable();
  const { keys } = table;
  const set = intern(
    table,
    wire({
      origin: 1,
      asPath: [
        { type: SegmentType.confedSequence, asns: [65100, 65101] },
        { type: SegmentType.sequence, asns: [3356, 1299] },
        { type: SegmentType.set, asns: [1, 2, 3] },
      ],
      med: 4294967295,
      localPref: 200,
      originatorId: 0xc0000201,
      clusterList: [1, 2, 3],
      communities: Array.from({ length: 100 }, (_, i) => i),
    }),
  );
  assert.equal(keys.origin[set], 1);
  assert.equal(keys.pathLength[set], 3, "RFC 4271 §9.1.2.2 a, RFC 5065 §5.3");
  assert.equal(keys.neighbourAs[set], 3356);
  assert.equal(keys.med[set], 4294967295);
  assert.equal(keys.localPref[set], 200);
  assert.equal(keys.originatorId[set], 0xc0000201);
  assert.equal(keys.hasOriginatorId[set], 1);
  assert.equal(keys.clusterListLength[set], 3);
});

Deno.test("what a set lacks counts as the RFC says: LOCAL_PREF 100, MED 0, an empty path", () => {
  const table = new AttributeTable();
  const set = intern(table, wire({}, []));
  assert.equal(table.keys.localPref[set], 100);
  assert.equal(table.keys.med[set], 0);
  assert.equal(table.keys.pathLength[set], 0);
  assert.equal(table.keys.neighbourAs[set], 0);
  assert.equal(table.keys.hasOriginatorId[set], 0);
});

Deno.test("a path longer than 255 octets (extended length) is counted in full", () => {
  const table = new AttributeTable();
  const long = Array.from({ length: 300 }, (_, i) => i + 1);
  const asPath = [long.slice(0, 255), long.slice(255)].map((asns) => ({ type: SegmentType.sequence, asns }));
  assert.equal(table.keys.pathLength[intern(table, wire({ asPath, med: 7 }))], 300);
  assert.equal(table.keys.med[0], 7);
});

Deno.test("any life of sets agrees with a model, byte for byte", () => {
  const step = fc.record({ key: fc.nat(40), act: fc.constantFrom("retain", "release", "store", "pass") });
  fc.assert(fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
    const table = new AttributeTable();
    const references = new Map<number, number>();
    const bytes = (key: number) => wire({ med: key, communities: Array.from({ length: key % 9 }, (_, i) => i) });
    for (const { key, act } of steps) {
      const count = references.get(key) ?? 0;
      if (act === "retain") {
        table.retain(intern(table, bytes(key)));
        references.set(key, count + 1);
      } else if (act === "release" && count > 0) {
        table.release(find(table, bytes(key)));
        references.set(key, count - 1);
      } else if (act === "store" && count > 0) {
        table.markStored(find(table, bytes(key)));
      } else if (act === "pass") {
        table.endPass();
      }
    }
    const live = [...references].filter(([, count]) => count > 0);
    for (const [key, count] of live) {
      const set = find(table, bytes(key));
      assert.notEqual(set, -1);
      assert.equal(table.references(set), count);
      assert.deepEqual(table.wire(set), bytes(key));
      assert.equal(table.keys.med[set], key);
    }
    for (let i = 0; i < 3; i++) table.endPass();
    assert.equal(table.count, live.length);
    assert.equal(new Set(table.retired).size, table.retired.length, "no id is retired twice");
  }));
});

Deno.test("the memory of many freed sets goes back; the sets that are left keep slots, octets and values", () => {
  const table = new AttributeTable();
  const sets = Array.from({ length: 20_000 }, (_, i) => {
    const set = intern(table, wire({ med: i }));
    table.retain(set);
    return set;
  });
  const full = table.bytes;
  const isLeft = (i: number) => i % 4_000 === 1_500;
  sets.forEach((set, i) => {
    if (!isLeft(i)) table.release(set);
  });
  table.returnMemory();
  assert.ok(table.bytes < full * 0.9, "the columns end with the last set in use");
  const check = () =>
    sets.forEach((set, i) => {
      assert.equal(find(table, wire({ med: i })), isLeft(i) ? set : -1);
      if (!isLeft(i)) return;
      assert.deepEqual(table.wire(set), wire({ med: i }));
      assert.deepEqual([table.keys.med[set], table.references(set)], [i, 1]);
    });
  check();
  for (let i = 0; i < 30_000; i++) table.retain(intern(table, wire({ med: 100_000 + i })));
  check();
  assert.equal(table.count, 30_005);
});

Deno.test("a table without sets takes nearly no memory, and ids go on", () => {
  const table = new AttributeTable();
  for (let round = 0; round < 3; round++) {
    const sets = Array.from({ length: 20_000 }, (_, i) => intern(table, wire({ med: i })));
    assert.equal(table.id(sets[0]!), 1 + round * 20_000);
    for (const set of sets) table.forgo(set);
    table.returnMemory();
    assert.ok(table.bytes < 100_000);
  }
});

Deno.test("whatever comes, goes and is moved, a look-up finds the sets in use and only them", () => {
  const step = fc.tuple(fc.constantFrom("add", "add", "release", "release", "return", "pass"), fc.nat(200));
  fc.assert(fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
    const table = new AttributeTable();
    const held = new Map<number, SetSlot>();
    for (const [what, med] of steps) {
      if (what === "return") table.returnMemory();
      else if (what === "pass") table.endPass();
      else if (what === "add" && !held.has(med)) {
        const set = intern(table, wire({ med }));
        table.retain(set);
        if (med % 2 === 0) table.markStored(set);
        held.set(med, set);
      } else if (what === "release" && held.has(med)) {
        table.release(held.get(med)!);
        held.delete(med);
      }
    }
    for (let i = 0; i < 2; i++) table.endPass();
    table.returnMemory();
    assert.equal(table.count, held.size);
    for (let med = 0; med <= 200; med++) assert.equal(find(table, wire({ med })), held.get(med) ?? -1);
    for (const [med, set] of held) assert.deepEqual(table.wire(set), wire({ med }));
  }));
});
