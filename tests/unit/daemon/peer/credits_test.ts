import assert from "node:assert/strict";
import { CreditPool } from "../../../../src/daemon/peer/credits.ts";
import { limits } from "../../../../src/types/mod.ts";

Deno.test("nobody gets a credit before the pool is open", async () => {
  const pool = new CreditPool(4);
  assert.equal(pool.tryTake(1), undefined);
  const waiting = pool.take(1);
  pool.open();
  assert.equal((await waiting).length, limits.creditBytes);
});

Deno.test("a peer holds at most its share, another one still gets a credit", () => {
  const pool = new CreditPool(16);
  pool.open();
  for (let i = 0; i < limits.creditsPerPeer; i++) assert.notEqual(pool.tryTake(1), undefined);
  assert.equal(pool.tryTake(1), undefined);
  assert.notEqual(pool.tryTake(2), undefined);
});

Deno.test("a credit for a copy counts as any other, and comes back without a buffer", async () => {
  const pool = new CreditPool(16);
  pool.open();
  for (let i = 0; i < limits.creditsPerPeer; i++) assert.equal(pool.trySpend(1), true);
  assert.equal(pool.trySpend(1), false);
  assert.equal(pool.tryTake(1), undefined);
  const waiting = pool.take(1);
  pool.giveBack(1);
  assert.equal((await waiting).length, limits.creditBytes);
});

Deno.test("the pool as a whole is bounded", () => {
  const pool = new CreditPool(2);
  pool.open();
  assert.notEqual(pool.tryTake(1), undefined);
  assert.notEqual(pool.tryTake(2), undefined);
  assert.equal(pool.tryTake(3), undefined);
});

Deno.test("who waits is served in turn: a flooding peer cannot overtake", async () => {
  const pool = new CreditPool(1);
  pool.open();
  const first = pool.tryTake(1)!;
  const order: string[] = [];
  const flooding = pool.take(1).then((buffer) => (order.push("1"), buffer));
  const other = pool.take(2).then((buffer) => (order.push("2"), buffer));
  const floodingAgain = pool.take(1).then(() => order.push("1 again"));
  pool.giveBack(1, first);
  pool.giveBack(1, await flooding);
  pool.giveBack(2, await other);
  await floodingAgain;
  assert.deepEqual(order, ["1", "2", "1 again"]);
});

Deno.test("a peer at its limit does not hold up those behind it", async () => {
  const pool = new CreditPool(limits.creditsPerPeer + 1);
  pool.open();
  for (let i = 0; i < limits.creditsPerPeer; i++) pool.tryTake(1);
  const spare = pool.tryTake(2)!;
  let served = false;
  pool.take(1).then(() => served = true);
  const third = pool.take(3);
  pool.giveBack(2, spare);
  await third;
  assert.equal(served, false);
});

Deno.test("buffers are used again", () => {
  const pool = new CreditPool(8);
  pool.open();
  const buffer = pool.tryTake(1)!;
  pool.giveBack(1, buffer);
  assert.equal(pool.tryTake(2), buffer);
});
