import assert from "node:assert/strict";
import { Pacing } from "../../../src/store/mod.ts";

Deno.test("outside bulk load the lock is free as long as it was held", () => {
  const pacing = new Pacing();
  assert.equal(pacing.rest(30, false), 30);
  assert.equal(pacing.rest(40, undefined), 40);
  assert.equal(pacing.rest(5, undefined), 5);
  assert.equal(pacing.bulk, false);
});

Deno.test("after a small batch changes gather for a moment", () => {
  const pacing = new Pacing();
  const rest = pacing.rest(1, false);
  assert(rest >= 10 && rest <= 50, `${rest} ms`);
  assert.equal(pacing.rest(100, false), 100);
});

Deno.test("a bulk load runs without rest for a moment, then leaves a fifth of the time", () => {
  const pacing = new Pacing();
  for (let i = 0; i < 3; i++) pacing.rest(40, true);
  assert(pacing.bulk);
  let held = 0;
  while (pacing.rest(40, true) === 0) held += 40;
  assert(held >= 2_000 && held <= 3_000, `${held} ms`);
  assert.equal(pacing.rest(40, true), 10);
  assert.equal(pacing.rest(40, false), 40);
  assert.equal(pacing.bulk, false);
});
