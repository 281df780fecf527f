/** The cache of import and export results: it may forget an answer, but never gives a wrong one. */
import assert from "node:assert/strict";
import fc from "../../../support/fast_check.ts";
import { hashAttributes } from "../../../../src/message/mod.ts";
import { EvaluationCache } from "../../../../src/rib/attributes/evaluation_cache.ts";
import { AttributeTable, noSet } from "../../../../src/rib/table/attribute_table.ts";
import { wire } from "../support.ts";
import type { SetSlot } from "../../../../src/types/mod.ts";

function internMed(sets: AttributeTable, med: number): SetSlot {
  const bytes = wire({ med });
  return sets.intern(bytes, bytes.length, hashAttributes(bytes, 0, bytes.length));
}

function held(sets: AttributeTable, med: number): SetSlot {
  const set = internMed(sets, med);
  sets.retain(set);
  return set;
}

function answerOf(cache: EvaluationCache, set: SetSlot, prefixClass: number, kind: number) {
  return cache.find(set, prefixClass, kind) ? [cache.set, cache.reason] : undefined;
}

Deno.test("an answer is found for its set, class and kind, and for no other", () => {
  const sets = new AttributeTable();
  const [set, result] = [held(sets, 1), held(sets, 2)];
  const cache = new EvaluationCache(sets);
  assert.equal(answerOf(cache, set, 0, 1), undefined);
  cache.keep(set, 0, 1, result);
  cache.keep(set, 7, 1, set, 12);
  assert.deepEqual(answerOf(cache, set, 0, 1), [result, 0]);
  assert.deepEqual(answerOf(cache, set, 7, 1), [set, 12]);
  assert.equal(answerOf(cache, set, 0, 2), undefined);
  assert.equal(answerOf(cache, result, 0, 1), undefined);
});

Deno.test("that a set has no result is an answer, too", () => {
  const sets = new AttributeTable();
  const cache = new EvaluationCache(sets);
  const set = held(sets, 1);
  cache.keep(set, 0, 1, noSet);
  assert.deepEqual(answerOf(cache, set, 0, 1), [-1, 0]);
});

Deno.test("an answer ends with either of its sets, even where their slots are reused", () => {
  const sets = new AttributeTable();
  const cache = new EvaluationCache(sets);
  const [set, result] = [held(sets, 1), held(sets, 2)];
  cache.keep(set, 0, 1, result);
  sets.release(result);
  assert.equal(held(sets, 3), result, "the slot is reused");
  assert.equal(answerOf(cache, set, 0, 1), undefined);
  cache.keep(set, 0, 1, result);
  sets.release(set);
  assert.equal(held(sets, 4), set, "the slot is reused");
  assert.equal(answerOf(cache, set, 0, 1), undefined);
});

Deno.test("with room for few answers the cache forgets, and what it finds is right", () => {
  const sets = new AttributeTable();
  const slots = Array.from({ length: 3000 }, (_, med) => held(sets, med));
  const cache = new EvaluationCache(sets, { mostAnswers: 2048 });
  const model = new Map<string, readonly [number, number]>();
  const step = fc.tuple(fc.nat(2999), fc.nat(2), fc.integer({ min: 1, max: 2 }), fc.nat(2999), fc.nat(70));
  fc.assert(fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
    for (const [at, prefixClass, kind, result, reason] of steps) {
      const set = slots[at]!;
      const key = `${set} ${prefixClass} ${kind}`;
      const found = answerOf(cache, set, prefixClass, kind);
      if (found !== undefined) assert.deepEqual(found, model.get(key));
      cache.keep(set, prefixClass, kind, slots[result]!, reason);
      model.set(key, [slots[result]!, reason]);
      assert.deepEqual(answerOf(cache, set, prefixClass, kind), [slots[result]!, reason]);
    }
  }));
  assert.ok(cache.bytes <= 2048 * 22, `${cache.bytes}`);
});
