/** The one walk over path attributes: header, value, next attribute, for attributes that fit and for truncated ones. */

import assert from "node:assert/strict";
import * as fc from "fast-check";
import { nextAttribute, rawAttributes, valueStart, type WireAttribute } from "../../../src/message/mod.ts";
import { writeAttributes } from "../../../src/message/attribute/header.ts";

const attribute: fc.Arbitrary<WireAttribute> = fc.record({
  flags: fc.constantFrom(0x40, 0x80, 0xc0, 0xe0),
  code: fc.integer({ min: 0, max: 255 }),
  value: fc.oneof(fc.uint8Array({ maxLength: 20 }), fc.uint8Array({ minLength: 250, maxLength: 260 })),
}, { noNullPrototype: true });

Deno.test("attributes that were written are walked back: flags, code and value", () => {
  fc.assert(fc.property(fc.array(attribute, { maxLength: 6 }), (attributes) => {
    const wire = writeAttributes(attributes);
    const found: WireAttribute[] = [];
    for (let at = 0, next; at < wire.length; at = next) {
      next = nextAttribute(wire, at);
      assert.ok(next <= wire.length);
      const value = wire.slice(valueStart(wire, at), next);
      found.push({ flags: wire[at]! & ~0x10, code: wire[at + 1]!, value });
    }
    assert.deepEqual(found, attributes);
    assert.deepEqual(
      [...rawAttributes(wire)].map(({ code, value }) => ({ code, value: value!.slice() })),
      attributes.map(({ code, value }) => ({ code, value })),
    );
  }));
});

Deno.test("an attribute that does not fit ends beyond its list, wherever it is cut, in a larger buffer, too", () => {
  fc.assert(
    fc.property(attribute, fc.uint8Array({ maxLength: 8 }), (one, rest) => {
      const wire = writeAttributes([one]);
      for (let end = 1; end < wire.length; end++) {
        assert.ok(nextAttribute(wire.slice(0, end), 0) > end, `cut at ${end}`);
        const inside = new Uint8Array([...wire.subarray(0, end), ...rest]);
        assert.ok(nextAttribute(inside, 0) > end, `cut at ${end}, other octets follow`);
        const [last] = [...rawAttributes(wire.subarray(0, end))].slice(-1);
        assert.deepEqual([last!.value, last!.bytes.length], [undefined, end]);
      }
    }),
    { numRuns: 40 },
  );
});
