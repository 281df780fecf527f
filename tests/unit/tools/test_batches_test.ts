import assert from "node:assert/strict";
import { inBatches, inParallel, liveBatches } from "../../../tools/test_batches.ts";

Deno.test("every file is in one batch; those that take long start first, each alone; neighbours are apart", () => {
  const small = Array.from({ length: 30 }, (_, i) => `tests/unit/rib/small${i}_test.ts`);
  const slow = ["tests/simulation/internet_test.ts", "tests/unit/rib/out/churn_property_test.ts"];
  const batches = inBatches([...small, ...slow]);
  assert.deepEqual(batches.flat().toSorted(), [...small, ...slow].toSorted());
  assert.deepEqual(batches.slice(0, 2), slow.map((file) => [file]));
  assert.ok(batches.slice(2).every((batch) => batch.length <= 8));
  const sorted = small.toSorted();
  assert.ok(batches.slice(2).every(([one, next]) => Math.abs(sorted.indexOf(one!) - sorted.indexOf(next!)) > 1));
});

Deno.test("every live file is in one batch; those that take minutes start first", () => {
  const files = [
    ...Array.from({ length: 20 }, (_, i) => `tests/interop/a${i}_test.ts`),
    "tests/interop/matrix_test.ts",
  ];
  const batches = liveBatches(files);
  assert.deepEqual(batches.flat().toSorted(), files.toSorted());
  assert.deepEqual(batches[0], ["tests/interop/matrix_test.ts"]);
  assert.ok(batches.every((batch) => batch.length <= 8));
});

Deno.test("as many run at a time as there are jobs, and each result stands in the place of its item", async () => {
  let running = 0, most = 0;
  const results = await inParallel([30, 1, 10, 1], 2, async (milliseconds) => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    running--;
    return milliseconds;
  });
  assert.deepEqual(results, [30, 1, 10, 1]);
  assert.equal(most, 2);
});
