/**
 * Each row of the attribute registry under random octets: it never throws and never reads beyond its value. A value
 * that it accepts is decoded, and encoded again to the same value.
 */
import assert from "node:assert/strict";
import fc from "../support/fast_check.ts";
import {
  type AttributeRow,
  attributeRows,
  decodeAttributeSet,
  emptyAttributeSet,
  encodeAttributeSet,
} from "../../src/message/mod.ts";
import { toHex } from "../golden/golden.ts";
import { testContext } from "../support/update_view.ts";

const contexts = [
  testContext(),
  testContext({ internal: false }),
  testContext({ internal: false, fourOctetAs: false }),
  testContext({ internal: false, enforceFirstAs: true }),
];

/** Octets like those of attributes: small numbers are lengths and types. */
const value = fc.array(fc.oneof(fc.nat(255), fc.nat(12)), { maxLength: 64 }).map((list) => Uint8Array.from(list));

/** What a row makes of `octets`, with this octet everywhere around them. */
function readIn(row: AttributeRow, octets: Uint8Array, poison: number): string {
  const bytes = new Uint8Array(octets.length + 32).fill(poison);
  bytes.set(octets, 16);
  const end = 16 + octets.length;
  const said = contexts.map((context) => {
    const malformed = row.check(bytes, 16, end, context);
    if (malformed !== undefined) return `${malformed.subcode} ${malformed.text}`;
    const canonical = row.canonical?.(bytes, 16, end);
    return canonical === undefined ? "sound" : toHex(canonical);
  });
  return said.join("\n");
}

for (const row of attributeRows) {
  Deno.test(`fuzz: ${row.name} under any octets`, () => {
    fc.assert(
      fc.property(value, (octets) => {
        assert.equal(readIn(row, octets, 0), readIn(row, octets, 255), "it looks beyond its value");
        if (row.check(octets, 0, octets.length, contexts[0]!) !== undefined) return;
        const canonical = row.canonical?.(octets, 0, octets.length) ?? octets;
        const set = emptyAttributeSet();
        row.decode(canonical, 0, canonical.length, set, row.flags);
        const wire = encodeAttributeSet(set);
        assert.deepEqual(decodeAttributeSet(wire), set);
      }),
      { numRuns: 300 },
    );
  });
}
