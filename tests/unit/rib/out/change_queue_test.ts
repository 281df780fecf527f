import assert from "node:assert/strict";
import { ChangeQueue, uncertain } from "../../../../src/rib/out/change_queue.ts";
import { AttributeTable } from "../../../../src/rib/table/attribute_table.ts";
import { hashAttributes } from "../../../../src/message/mod.ts";
import { wire } from "../support.ts";

function queueOf(intervalMs = 0, sets = new AttributeTable()): ChangeQueue {
  return new ChangeQueue(sets, intervalMs);
}

/** Takes up to `most` rows with their `before`. */
function take(queue: ChangeQueue, most = queue.size, now = 0): [row: number, before: number][] {
  const rows = new Int32Array(most);
  const befores = new Int32Array(most);
  const count = queue.take(now, rows, befores);
  return Array.from(rows.subarray(0, count), (row, i) => [row, befores[i]!]);
}

Deno.test("a row is queued once, with the peer whose route was held before its first change", () => {
  const queue = queueOf();
  assert.ok(queue.push(7, 3));
  assert.ok(!queue.push(7, 4), "it is queued already");
  assert.ok(queue.push(5000, -1));
  assert.deepEqual([queue.has(7), queue.has(8), queue.has(5000)], [true, false, true]);
  const seen: number[] = [];
  queue.each((row) => seen.push(row));
  assert.deepEqual(seen, [7, 5000]);
  assert.deepEqual(take(queue), [[7, 3], [5000, -1]]);
  assert.ok(!queue.has(7) && queue.push(7, 4), "a row that was taken can be queued again");
});

Deno.test("the order holds beyond the first capacity, while rows come and go", () => {
  const queue = queueOf();
  let next = 0, expected = 0;
  for (let round = 0; round < 50; round++) {
    for (let i = 0; i < 300; i++) queue.push(next++, round);
    for (const [row, before] of take(queue, 200)) {
      assert.equal(row, expected++);
      assert.equal(before, Math.floor(row / 300));
    }
  }
  assert.equal(queue.size, next - expected);
});

Deno.test("lone reader: what was held before is uncertain for every queued row, until the queue is empty", () => {
  const queue = queueOf();
  queue.push(1, 3);
  queue.push(2, -1);
  queue.servedAlone();
  queue.push(4, 5);
  assert.deepEqual(take(queue, 1), [[1, uncertain]]);
  assert.deepEqual(take(queue), [[2, uncertain], [4, uncertain]], "also of a row that was queued afterwards");
  queue.push(6, 5);
  assert.deepEqual(take(queue), [[6, 5]], "it is known again once the queue was empty");
});

Deno.test("lone reader: with nothing queued nothing becomes uncertain", () => {
  const queue = queueOf();
  queue.servedAlone();
  queue.push(1, 3);
  assert.deepEqual(take(queue), [[1, 3]]);
});

Deno.test("RFC 4271 §9.2.1.1: changes of one interval are due together, later ones wait for the next", () => {
  const queue = queueOf(1000);
  queue.push(1, -1);
  queue.push(2, -1);
  queue.push(3, -1);
  assert.ok(queue.hasDue(0), "the first changes do not wait");
  assert.deepEqual(take(queue, 2), [[1, -1], [2, -1]], "as many as fit");
  queue.push(4, -1);
  assert.deepEqual(take(queue, 2), [[3, -1]], "the rest of this interval, without the change that came later");
  assert.deepEqual([queue.hasDue(999), take(queue, 2, 999), queue.pauseMs(600)], [false, [], 400]);
  assert.deepEqual([queue.hasDue(1000), take(queue, 2, 1000)], [true, [[4, -1]]]);
});

Deno.test("with an interval the queue keeps the set that peers hold of a queued row, and releases it", () => {
  const sets = new AttributeTable();
  const bytes = wire({ med: 7 });
  const set = sets.intern(bytes, bytes.length, hashAttributes(bytes, 0, bytes.length));
  sets.retain(set);
  const queue = queueOf(1000, sets);
  queue.hold(1, set + 1, 3);
  queue.push(1, 3);
  queue.hold(1, 0, 4);
  assert.deepEqual(queue.heldOf(1), { value: set + 1, source: 3 }, "held is what was there before the first change");
  assert.equal(sets.references(set), 2);
  queue.servedAlone();
  assert.equal(queue.heldOf(1), undefined, "a peer outside the ring may hold another set");
  take(queue, 1);
  assert.equal(sets.references(set), 1);
  queue.hold(2, set + 1, 3);
  queue.push(2, 3);
  queue.clear();
  assert.equal(sets.references(set), 1);
  const plain = queueOf(0, sets);
  plain.hold(1, set + 1, 3);
  assert.equal(plain.heldOf(1), undefined, "without an interval changes do not wait");
});
