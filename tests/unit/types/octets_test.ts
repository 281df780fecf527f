import assert from "node:assert/strict";
import * as fc from "fast-check";
import {
  equalOctets,
  equalRuns,
  readInt32,
  readUint16,
  readUint32,
  writeUint16,
  writeUint32,
} from "../../../src/types/mod.ts";

Deno.test("integers are read as a DataView reads them", () => {
  fc.assert(fc.property(fc.uint8Array({ minLength: 8, maxLength: 8 }), fc.integer({ min: 0, max: 4 }), (bytes, at) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    assert.equal(readUint16(bytes, at), view.getUint16(at));
    assert.equal(readUint32(bytes, at), view.getUint32(at));
    assert.equal(readInt32(bytes, at), view.getInt32(at));
  }));
});

Deno.test("integers that were written read back, and nothing beside them changes", () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 0xffffffff }), fc.integer({ min: 0, max: 4 }), (value, at) => {
    const bytes = new Uint8Array(8).fill(0xa5);
    writeUint32(bytes, at, value);
    assert.equal(readUint32(bytes, at), value);
    assert.equal(bytes.filter((octet, i) => (i < at || i >= at + 4) && octet === 0xa5).length, 4);
    writeUint32(bytes, at, value | 0);
    assert.equal(readUint32(bytes, at), value);
    writeUint16(bytes, at, value & 0xffff);
    assert.equal(readUint16(bytes, at), value & 0xffff);
  }));
});

Deno.test("runs of octets are compared by content and place", () => {
  const [a, b] = [Uint8Array.of(1, 2, 3, 4), Uint8Array.of(0, 2, 3, 9)];
  assert.equal(equalRuns(a, 1, b, 1, 2), true);
  assert.equal(equalRuns(a, 1, b, 1, 3), false);
  assert.equal(equalRuns(a, 0, b, 0, 0), true);
  assert.equal(equalOctets(a, a.slice()), true);
  assert.equal(equalOctets(a, a.subarray(0, 3)), false);
});
