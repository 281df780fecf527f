/** Readers: the limit, the queue, and the share of the main thread. */
import assert from "node:assert/strict";
import { Readers, TooManyReaders } from "../../../../src/control/http/readers.ts";

const forever = new AbortController().signal;

Deno.test("readers up to the limit run; the next ones wait in order; further ones are refused", async () => {
  const readers = new Readers({ running: 1, waiting: 2, waitMs: 60_000 });
  await readers.enter(forever);
  const order: number[] = [];
  const waiting = [1, 2].map((i) => readers.enter(forever).then(() => order.push(i)));
  await assert.rejects(readers.enter(forever), TooManyReaders);
  readers.leave();
  await waiting[0];
  assert.deepEqual(order, [1]);
  readers.leave();
  await waiting[1];
  readers.leave();
  await readers.enter(forever);
});

Deno.test("a reader that waits too long is refused, and one that hangs up stops waiting", async () => {
  const readers = new Readers({ running: 1, waiting: 1, waitMs: 30 });
  await readers.enter(forever);
  await assert.rejects(readers.enter(forever), TooManyReaders);
  const client = new AbortController();
  const waiting = readers.enter(client.signal);
  client.abort();
  await assert.rejects(waiting, { name: "AbortError" });
  readers.leave();
  await readers.enter(forever);
});

Deno.test("readers get at most half of the main thread", async () => {
  const readers = new Readers({ running: 9, waiting: 9, waitMs: 1, debtMs: 2 });
  const busy = () => {
    const end = performance.now() + 10;
    while (performance.now() < end);
  };
  const began = performance.now();
  for (let i = 0; i < 10; i++) await readers.turn(busy);
  assert.ok(performance.now() - began > 170, `${performance.now() - began} ms for 100 ms of work`);
});
