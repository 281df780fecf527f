import assert from "node:assert/strict";
import { CreditPool } from "../../../../src/daemon/peer/credits.ts";
import { limits } from "../../../../src/types/mod.ts";

/** Spends a credit of the peer and takes its buffer, as a link does. */
function tryTake(pool: CreditPool, peerId: number): Uint8Array<ArrayBuffer> | undefined {
  return pool.trySpend(peerId) ? pool.buffer() : undefined;
}

async function take(pool: CreditPool, peerId: number): Promise<Uint8Array<ArrayBuffer>> {
  await pool.spend(peerId);
  return pool.buffer();
}

Deno.test("nobody gets a credit before the pool is open", async () => {
  const pool = new CreditPool(4);
  assert.equal(tryTake(pool, 1), undefined);
  const waiting = take(pool, 1);
  pool.open();
  assert.equal((await waiting).length, limits.creditBytes);
});

Deno.test("a peer holds at most its share, another one still gets a credit", () => {
  const pool = new CreditPool(16);
  pool.open();
  for (let i = 0; i < limits.creditsPerPeer; i++) assert.notEqual(tryTake(pool, 1), undefined);
  assert.equal(tryTake(pool, 1), undefined);
  assert.notEqual(tryTake(pool, 2), undefined);
});

Deno.test("a credit for a copy counts as any other, and comes back without a buffer", async () => {
  const pool = new CreditPool(16);
  pool.open();
  for (let i = 0; i < limits.creditsPerPeer; i++) assert.equal(pool.trySpend(1), true);
  assert.equal(pool.trySpend(1), false);
  assert.equal(tryTake(pool, 1), undefined);
  const waiting = take(pool, 1);
  pool.giveBack(1);
  assert.equal((await waiting).length, limits.creditBytes);
});

Deno.test("the pool as a whole is bounded", () => {
  const pool = new CreditPool(2);
  pool.open();
  assert.notEqual(tryTake(pool, 1), undefined);
  assert.notEqual(tryTake(pool, 2), undefined);
  assert.equal(tryTake(pool, 3), undefined);
});

Deno.test("waiting peers are served in turn: a flooding peer does not come first", async () => {
  const pool = new CreditPool(1);
  pool.open();
  const first = tryTake(pool, 1)!;
  const order: string[] = [];
  const flooding = take(pool, 1).then((buffer) => (order.push("1"), buffer));
  const other = take(pool, 2).then((buffer) => (order.push("2"), buffer));
  const floodingAgain = take(pool, 1).then(() => order.push("1 again"));
  pool.giveBack(1, first);
  pool.giveBack(1, await flooding);
  pool.giveBack(2, await other);
  await floodingAgain;
  assert.deepEqual(order, ["1", "2", "1 again"]);
});

Deno.test("a peer at its limit does not delay the peers behind it", async () => {
  const pool = new CreditPool(limits.creditsPerPeer + 1);
  pool.open();
  for (let i = 0; i < limits.creditsPerPeer; i++) tryTake(pool, 1);
  const spare = tryTake(pool, 2)!;
  let served = false;
  take(pool, 1).then(() => served = true);
  const third = take(pool, 3);
  pool.giveBack(2, spare);
  await third;
  assert.equal(served, false);
});

Deno.test("buffers are used again", () => {
  const pool = new CreditPool(8);
  pool.open();
  const buffer = tryTake(pool, 1)!;
  pool.giveBack(1, buffer);
  assert.equal(tryTake(pool, 2), buffer);
});
