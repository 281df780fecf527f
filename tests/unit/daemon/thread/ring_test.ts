import assert from "node:assert/strict";
import { createRing, RingReader, RingWriter } from "../../../../src/daemon/thread/ring.ts";
import fc from "../../../support/fast_check.ts";

interface Row {
  readonly kind: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly bytes: Uint8Array;
}

function push(ring: RingWriter, { kind, a, b, c, bytes }: Row): boolean {
  return ring.push(kind, a, b, c, bytes, 0, bytes.length);
}

function take(ring: RingReader): Row | undefined {
  if (!ring.next()) return undefined;
  const row = { kind: ring.kind, a: ring.a, b: ring.b, c: ring.c, bytes: ring.bytes() };
  ring.advance();
  return row;
}

Deno.test("a ring gives back its records in order, with part of the octets of a buffer", () => {
  const shared = createRing(256);
  const writer = new RingWriter(shared), reader = new RingReader(shared);
  assert.equal(take(reader), undefined);
  assert.equal(writer.push(3, -1, 2 ** 31 - 1, -(2 ** 31), Uint8Array.of(1, 2, 3, 4, 5), 1, 4), true);
  assert.equal(writer.push(4, 0, 0, 0, new Uint8Array(0), 0, 0), true);
  const first = { kind: 3, a: -1, b: 2 ** 31 - 1, c: -(2 ** 31), bytes: Uint8Array.of(2, 3, 4) };
  assert.deepEqual(take(reader), first);
  assert.deepEqual(take(reader), { kind: 4, a: 0, b: 0, c: 0, bytes: new Uint8Array(0) });
  assert.equal(take(reader), undefined);
});

Deno.test("a full ring takes no record, and takes one again once there is room", () => {
  const shared = createRing(256);
  const writer = new RingWriter(shared), reader = new RingReader(shared);
  const row: Row = { kind: 1, a: 1, b: 1, c: 1, bytes: new Uint8Array(40) };
  let count = 0;
  while (push(writer, row)) count++;
  assert(count >= 2, `${count} records of 64 octets in 256`);
  assert.equal(push(writer, row), false);
  // A record is in one piece: the room at the start is used once a longer piece is free there.
  take(reader);
  take(reader);
  assert.equal(push(writer, row), true);
  assert.equal(push(writer, { ...row, bytes: new Uint8Array(1000) }), false, "longer than the ring");
});

Deno.test("a ring agrees with a queue, over records of all lengths", () => {
  // A length: push a record with so many octets. `null`: take one.
  const step = fc.option(fc.nat({ max: 60 }), { nil: null });
  fc.assert(fc.property(fc.integer({ min: 50, max: 90 }), fc.array(step, { maxLength: 400 }), (words, steps) => {
    const shared = createRing(words * 4);
    const writer = new RingWriter(shared), reader = new RingReader(shared);
    const queue: Row[] = [];
    steps.forEach((length, i) => {
      if (length === null) return assert.deepEqual(take(reader), queue.shift());
      const bytes = Uint8Array.from({ length }, (_, octet) => i + octet);
      const row: Row = { kind: i % 7, a: i, b: ~i, c: length, bytes };
      if (push(writer, row)) queue.push(row);
      else assert(queue.length > 0, `an empty ring refused ${length} octets`);
    });
    while (queue.length > 0) assert.deepEqual(take(reader), queue.shift());
    assert.equal(take(reader), undefined);
  }));
});
