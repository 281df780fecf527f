/** The octets of a stream that wait for the rest of their message. */

import assert from "node:assert/strict";
import { ArrivedOctets } from "../../../src/types/mod.ts";

Deno.test("octets leave in the order in which they came, for any chunks", () => {
  const octets = new ArrivedOctets(4), sent = Uint8Array.from({ length: 3000 }, (_, i) => i * 7), taken: number[] = [];
  for (let at = 0, step = 1; at < sent.length; at += step, step = (step * 5) % 61 + 1) {
    octets.push(sent.subarray(at, at + step));
    while (octets.length >= 10) taken.push(...octets.take(10));
  }
  taken.push(...octets.take(octets.length));
  assert.deepEqual(taken, [...sent]);
});

Deno.test("a chunk is copied: its sender may use its memory again", () => {
  const octets = new ArrivedOctets(16), chunk = Uint8Array.of(1, 2, 3);
  octets.push(chunk);
  chunk.fill(9);
  assert.deepEqual([...octets.bytes.subarray(octets.start, octets.end)], [1, 2, 3]);
});

Deno.test("room is used again: the buffer of a long stream with short messages does not grow", () => {
  const octets = new ArrivedOctets(64);
  for (let i = 0; i < 10_000; i++) {
    octets.push(new Uint8Array(24));
    if (octets.length >= 36) octets.take(36);
  }
  assert.ok(octets.bytes.length <= 128);
});

Deno.test("after clear() no octet and no memory is left, and octets can come again", () => {
  const octets = new ArrivedOctets(64);
  octets.push(new Uint8Array(40));
  octets.clear();
  assert.equal(octets.length, 0);
  assert.equal(octets.bytes.length, 0);
  octets.push(Uint8Array.of(5));
  assert.deepEqual([...octets.take(1)], [5]);
});
