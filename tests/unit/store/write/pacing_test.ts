import assert from "node:assert/strict";
import { Pacing } from "../../../../src/store/mod.ts";

Deno.test("outside bulk load the lock is free for as long as it was held", () => {
  const pacing = new Pacing();
  assert.equal(pacing.rest(30, "batch"), 30);
  assert.equal(pacing.rest(40, "slice"), 40);
  assert.equal(pacing.rest(5, "slice"), 5);
  assert.equal(pacing.bulk, false);
});

Deno.test("after a small batch changes are collected for a moment", () => {
  const pacing = new Pacing();
  const rest = pacing.rest(1, "batch");
  assert(rest >= 10 && rest <= 50, `${rest} ms`);
  assert.equal(pacing.rest(100, "batch"), 100);
});

Deno.test("a steady stream of changes is collected for longer, so that SQL shows each within 250 ms", () => {
  const pacing = new Pacing();
  const lone = pacing.rest(1, "batch", 4), steady = pacing.rest(1, "batch", 2_000);
  assert(steady >= 2 * lone && steady <= 125, `${lone} and ${steady} ms`);
  assert.equal(pacing.rest(1, "batch", 4), lone);
  // The first rows of a table do not wait.
  assert.equal(pacing.rest(1, "batch", 27_000), lone);
  assert.equal(pacing.rest(1, "full batch", 60_000), lone);
});

Deno.test("a bulk load runs without pause at first, then pauses about every second", () => {
  const pacing = new Pacing();
  pacing.rest(5, "batch");
  for (let i = 0; i < 3; i++) pacing.rest(40, "full batch");
  assert(pacing.bulk);
  const heldBefore = () => {
    let held = 0;
    while (pacing.rest(40, "full batch") === 0) held += 40;
    return held;
  };
  const sprint = heldBefore();
  assert(sprint >= 2_000 && sprint <= 3_000, `${sprint} ms`);
  const more = [heldBefore(), heldBefore()];
  for (const held of more) assert(held >= 500 && held < 1_000, `${held} ms`);
  assert.equal(pacing.rest(40, "batch"), 40);
  assert.equal(pacing.bulk, false);
});

Deno.test("indexes are built for half a second, then the lock is free long enough for every client", () => {
  const pacing = new Pacing();
  assert.equal(pacing.indexRest(450), 0);
  assert(pacing.indexRest(60) > 100);
  assert.equal(pacing.indexRest(300), 0);
  assert(pacing.indexRest(300) > 100);
});

Deno.test("whenever a client begins to wait, the retries of SQLite find the lock free within five seconds", () => {
  const sleeps = [1, 2, 5, 10, 15, 20, 25, 25, 25, 50, 50, 100];
  // Slices of a busy machine, each as long as it is.
  for (const slice of [15, 40, 90, 400]) {
    const pacing = new Pacing();
    pacing.rest(5, "batch");
    const free: (readonly [from: number, to: number])[] = [];
    for (let now = 0; now < 30_000;) {
      now += slice;
      const rest = pacing.rest(slice, "full batch");
      if (rest > 0) free.push([now, now + rest]);
      now += rest;
    }
    for (let start = 0; start < 20_000; start += 7) {
      // What was slept is a fifth longer than what was asked for.
      let waited = 0, tries = 0;
      const isFree = () => free.some(([from, to]) => start + waited >= from && start + waited < to);
      while (!isFree()) waited += 1.2 * sleeps[Math.min(tries++, sleeps.length - 1)]!;
      assert(waited < 4_000, `slices of ${slice} ms: from ${start} on it took ${waited} ms`);
    }
  }
});
