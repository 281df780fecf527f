import assert from "node:assert/strict";
import { type Block, OutRing, reads, type RingReader } from "../../../../src/rib/out/out_ring.ts";

class Reader implements RingReader {
  position = 0;
  lost: readonly Block[] = [];

  fallOff(unread: readonly Block[]): void {
    this.lost = unread;
  }
}

function push(ring: OutRing, octets: number): void {
  ring.push({
    bytes: new Uint8Array(octets),
    ends: [octets],
    readers: [0],
    rows: new Int32Array(0),
    rowReaders: new Int32Array(0),
  });
}

Deno.test("a block is read once by each, in order, and dropped when all have read it", () => {
  const ring = new OutRing(1000);
  const [a, b] = [new Reader(), new Reader()];
  ring.join(a);
  push(ring, 10);
  ring.join(b);
  push(ring, 20);
  assert.deepEqual([ring.next(a)?.bytes.length, ring.next(a)?.bytes.length, ring.next(a)], [10, 20, undefined]);
  assert.equal(ring.bytes, 20);
  assert.ok(ring.hasNext(b) && !ring.hasNext(a));
  const last = ring.next(b)!;
  assert.deepEqual([last.bytes.length, last.waiting, ring.bytes], [20, 0, 0]);
});

Deno.test("a reader that leaves gets what it had not read, and holds nothing back", () => {
  const ring = new OutRing(1000);
  const [a, b] = [new Reader(), new Reader()];
  ring.join(a);
  ring.join(b);
  push(ring, 10);
  push(ring, 20);
  ring.next(a);
  assert.deepEqual(ring.leave(b).map(({ bytes }) => bytes.length), [10, 20]);
  assert.equal(ring.bytes, 20);
  assert.deepEqual(ring.leave(b), []);
  ring.next(a);
  assert.equal(ring.bytes, 0);
});

Deno.test("above the limit the slowest fall off with all they have not read; the others go on", () => {
  const ring = new OutRing(25);
  const [slow, quick] = [new Reader(), new Reader()];
  ring.join(slow);
  ring.join(quick);
  for (const octets of [10, 11, 12]) {
    push(ring, octets);
    if (octets < 12) ring.next(quick);
  }
  ring.enforceLimit();
  assert.deepEqual(slow.lost.map(({ bytes }) => bytes.length), [10, 11, 12]);
  assert.deepEqual([quick.lost.length, ring.readerCount, ring.bytes, ring.next(quick)?.bytes.length], [0, 1, 12, 12]);
});

Deno.test("what the last reader took away is accounted for", () => {
  const ring = new OutRing(1000);
  const [a, b] = [new Reader(), new Reader()];
  ring.join(a);
  push(ring, 10);
  ring.join(b);
  push(ring, 20);
  ring.next(b);
  ring.next(a);
  const { bytes, waiting } = ring.next(a)!;
  assert.equal(waiting, 0);
  structuredClone(bytes, { transfer: [bytes.buffer as ArrayBuffer] });
  assert.equal(ring.bytes, 0);
});

Deno.test("marks: for all peers, for all but one, for one only", () => {
  assert.deepEqual([reads(0, 5), reads(5, 5), reads(5, 6), reads(-5, 5), reads(-5, 6)], [
    true,
    false,
    true,
    true,
    false,
  ]);
});
