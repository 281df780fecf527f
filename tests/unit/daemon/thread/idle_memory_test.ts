/** When a thread collects: once it is quiet after much came and went, and not while it is busy. */
import assert from "node:assert/strict";
import { IdleMemory } from "../../../../src/daemon/thread/idle_memory.ts";

const mb = 2 ** 20;

/** How many collections came with looks at which so many MB were in use; a collection leaves `left` of them. */
function collections(inUse: readonly number[], left = 20): number {
  const memory = new IdleMemory();
  let count = 0, is = 0;
  for (const each of inUse) {
    is = each;
    memory.check(() => is * mb, () => {
      is = left;
      count++;
    });
  }
  return count;
}

Deno.test("a busy thread is left to V8; when it is quiet afterwards, it collects three times", () => {
  assert.equal(collections([20, 60, 100, 140, 100, 60]), 0);
  assert.equal(collections([20, 60, 100, 100]), 1);
  assert.equal(collections([20, 60, 100, 100, 20, 20, 20, 20]), 3);
});

Deno.test("memory that grows slowly is collected, too; memory that does not change is not", () => {
  const memory = new IdleMemory();
  let inUse = 20, count = 0;
  for (let i = 0; i < 10; i++, inUse += 1) memory.check(() => inUse * mb, () => count++);
  assert.ok(count >= 1);
  assert.equal(collections([20, 20, 20, 20, 21, 20, 21]), 0);
});
