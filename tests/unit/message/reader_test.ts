import assert from "node:assert/strict";
import fc from "../../support/fast_check.ts";
import { Reader, Writer } from "../../../src/message/mod.ts";

Deno.test("a reader takes numbers of every width, without sign", () => {
  const reader = new Reader(Uint8Array.of(0xff, 0xff, 0xfe, 0xff, 0xff, 0xfd, 0xff, 0xff, 0xff, 0xfc));
  assert.deepEqual([reader.u8(), reader.u16(), reader.u24(), reader.u32()], [0xff, 0xfffe, 0xfffffd, 0xfffffffc]);
  assert.ok(reader.finished);
});

Deno.test("a reader never passes its end, though the buffer goes on", () => {
  const reader = new Reader(Uint8Array.of(1, 2, 3, 4, 5), 1, 3);
  assert.equal(reader.u32(), 0);
  assert.ok(!reader.ok);
  assert.equal(reader.remaining, 0);
  assert.equal(reader.u8(), 0, "once failed, nothing is read any more");
});

Deno.test("a reader that ends exactly is fine; its twin that leaves an octet has not finished", () => {
  const exact = new Reader(Uint8Array.of(1, 2), 0, 2);
  exact.u16();
  assert.ok(exact.ok && exact.finished);
  const short = new Reader(Uint8Array.of(1, 2, 3));
  short.u16();
  assert.ok(short.ok && !short.finished);
});

Deno.test("octets are copies: the buffer may be used again", () => {
  const buffer = Uint8Array.of(1, 2, 3);
  const octets = new Reader(buffer).bytes(2);
  buffer.fill(9);
  assert.deepEqual(octets, Uint8Array.of(1, 2));
});

Deno.test("a sub-reader is bounded by its part, and fails the outer one where the part is not there", () => {
  const reader = new Reader(Uint8Array.of(1, 2, 3, 4));
  const part = reader.sub(2);
  assert.equal(part.u16(), 0x0102);
  assert.equal(part.u8(), 0);
  assert.ok(!part.ok && reader.ok);
  assert.equal(reader.u8(), 3);
  assert.equal(reader.sub(2).remaining, 0);
  assert.ok(!reader.ok);
});

Deno.test("bounds outside of the buffer make a failed reader", () => {
  assert.ok(!new Reader(new Uint8Array(2), 0, 3).ok);
  assert.ok(!new Reader(new Uint8Array(2), 3).ok);
  assert.ok(new Reader(new Uint8Array(2), 2).ok);
});

Deno.test("what a writer wrote, a reader reads", () => {
  const step = fc.oneof(
    fc.record({ width: fc.constant(8), value: fc.integer({ min: 0, max: 0xff }) }),
    fc.record({ width: fc.constant(16), value: fc.integer({ min: 0, max: 0xffff }) }),
    fc.record({ width: fc.constant(24), value: fc.integer({ min: 0, max: 0xffffff }) }),
    fc.record({ width: fc.constant(32), value: fc.integer({ min: 0, max: 0xffffffff }) }),
  );
  fc.assert(fc.property(fc.array(step), fc.nat(4), (steps, capacity) => {
    const writer = new Writer(capacity);
    for (const { width, value } of steps) {
      if (width === 8) writer.u8(value);
      else if (width === 16) writer.u16(value);
      else if (width === 24) writer.u24(value);
      else writer.u32(value);
    }
    const reader = new Reader(writer.finish());
    const read = steps.map(({ width }) =>
      width === 8 ? reader.u8() : width === 16 ? reader.u16() : width === 24 ? reader.u24() : reader.u32()
    );
    assert.deepEqual(read, steps.map(({ value }) => value));
    assert.ok(reader.finished);
  }));
});
