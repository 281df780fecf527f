/** The ordered merge against a merge of sorted lists. */
import assert from "node:assert/strict";
import fc from "../../../support/fast_check.ts";
import { OPTIONAL_TRANSITIVE, rawAttributes, writeAttributeHeader } from "../../../../src/message/mod.ts";
import { type MergeRule, OrderedMerge } from "../../../../src/rib/attributes/ordered_merge.ts";

interface Attribute {
  readonly code: number;
  readonly length: number;
}

/** Attributes with one filler octet each, in the order given. */
function setOf(attributes: readonly Attribute[], filler: number): Uint8Array {
  const bytes = new Uint8Array(attributes.reduce((sum, { length }) => sum + length + 4, 0));
  let at = 0;
  for (const { code, length } of attributes) {
    at = writeAttributeHeader(bytes, at, OPTIONAL_TRANSITIVE, code, length);
    bytes.fill(filler, at, at + length);
    at += length;
  }
  return bytes.subarray(0, at);
}

function listOf(bytes: Uint8Array) {
  return [...rawAttributes(bytes)].map(({ code, value }) => [code, value!.length, value![0] ?? -1]);
}

/** Writes attributes of these lengths by code; -1 leaves the attribute out. Drops other attributes of odd length. */
function ruleOf(written: ReadonlyMap<number, number>, seen: [code: number, isMissing: boolean][]): MergeRule {
  return {
    codes: [...written.keys()],
    write(out, _wire, { code, isMissing }) {
      seen.push([code, isMissing]);
      const length = written.get(code)!;
      if (length === -1) return;
      const filled = new Uint8Array(length).fill(2);
      out.header(OPTIONAL_TRANSITIVE, code, length);
      out.copy(filled, 0, length);
    },
    passes: (_out, _wire, { value, end }) => (end - value) % 2 === 0,
  };
}

const length = fc.integer({ min: 0, max: 300 });
const attributes = fc.uniqueArray(fc.record({ code: fc.integer({ min: 1, max: 255 }), length }), {
  selector: ({ code }) => code,
  maxLength: 8,
}).map((list) => list.sort((a, b) => a.code - b.code));
const rule = fc.uniqueArray(fc.tuple(fc.integer({ min: 1, max: 255 }), fc.integer({ min: -1, max: 300 })), {
  selector: ([code]) => code,
  maxLength: 6,
}).map((list) => new Map(list.sort(([a], [b]) => a - b)));

Deno.test("written and copied attributes are in order of code, and each written code is asked for once", () => {
  const merge = new OrderedMerge();
  fc.assert(fc.property(attributes, rule, fc.nat(5), (list, written, padding) => {
    const set = setOf(list, 1);
    // The set is somewhere in a larger buffer.
    const wire = new Uint8Array(padding + set.length + 3);
    wire.set(set, padding);
    const seen: [number, boolean][] = [];
    const { bytes, length } = merge.merge(wire, padding, padding + set.length, ruleOf(written, seen));
    const copied = list.filter(({ code, length }) => !written.has(code) && length % 2 === 0)
      .map(({ code, length }) => [code, length, length === 0 ? -1 : 1]);
    const added = [...written].filter(([, length]) => length !== -1)
      .map(([code, length]) => [code, length, length === 0 ? -1 : 2]);
    assert.deepEqual(listOf(bytes.subarray(0, length)), [...copied, ...added].sort((a, b) => a[0]! - b[0]!));
    assert.deepEqual(seen, [...written.keys()].map((code) => [code, !list.some((each) => each.code === code)]));
  }));
});

Deno.test("a rule without `passes` copies every attribute that it does not write", () => {
  const wire = setOf([{ code: 1, length: 1 }, { code: 5, length: 4 }, { code: 9, length: 300 }], 1);
  const { bytes, length } = new OrderedMerge().merge(wire, 0, wire.length, { codes: [5], write: () => {} });
  assert.deepEqual(listOf(bytes.subarray(0, length)), [[1, 1, 1], [9, 300, 1]]);
});
