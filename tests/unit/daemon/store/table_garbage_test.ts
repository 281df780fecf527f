/** The store thread collects its garbage while a table arrives, and not for steady changes. */
import assert from "node:assert/strict";
import { TableGarbage } from "../../../../src/daemon/store/table_garbage.ts";
import { createStoreBatch } from "../../../../src/rib/mod.ts";
import { limits } from "../../../../src/types/mod.ts";

function collections(batches: number, rows: number): number {
  let count = 0;
  const garbage = new TableGarbage(() => count++);
  const batch = createStoreBatch(1);
  batch.routeCount = rows;
  for (let i = 0; i < batches; i++) garbage.received(batch);
  return count;
}

Deno.test("every eighth full batch is followed by a collection", () => {
  assert.deepEqual([7, 8, 15, 16, 60].map((batches) => collections(batches, limits.storeBatchRows)), [0, 1, 1, 2, 7]);
});

Deno.test("steady changes cause no collection, however many they are", () => {
  assert.equal(collections(1_000, limits.storeBatchRows - 1), 0);
});
