/** The limit on requests of a client, with a clock of the test. */
import assert from "node:assert/strict";
import { RateLimit } from "../../../../src/web/serve/rate_limit.ts";

function takes(limit: RateLimit, client: string, now: number, count: number): number {
  let taken = 0;
  while (taken < count && limit.take(client, now) === 0) taken++;
  return taken;
}

Deno.test("ten seconds' worth of requests may come at once; then as many as the limit in each second", () => {
  const limit = new RateLimit(5);
  assert.equal(takes(limit, "a", 0, 100), 50);
  assert.equal(limit.take("a", 0), 1);
  assert.equal(takes(limit, "a", 1_000, 100), 5);
  assert.equal(takes(limit, "a", 100_000, 100), 50);
});

Deno.test("one client does not use up what another one may ask", () => {
  const limit = new RateLimit(1);
  assert.equal(takes(limit, "a", 0, 100), 10);
  assert.equal(takes(limit, "b", 0, 100), 10);
});

Deno.test("0 is no limit", () => {
  assert.equal(takes(new RateLimit(0), "a", 0, 100_000), 100_000);
});

Deno.test("a flood of addresses takes bounded memory, and the buckets of those that paused are full again", () => {
  const limit = new RateLimit(1);
  for (let client = 0; client < 100_000; client++) limit.take(`192.0.2.${client}`, client);
  assert.ok(limit.size <= 20_000, `${limit.size} buckets`);
  assert.equal(takes(limit, "192.0.2.99999", 200_000, 100), 10);
});

Deno.test("all buckets are looked at once a second at most: a new client does not cost a walk over all of them", () => {
  const limit = new RateLimit(1);
  for (let i = 0; i < 20_000; i++) limit.take(`busy ${i}`, 0);
  // Nothing is full yet: the oldest one goes.
  limit.take("a", 500);
  assert.equal(limit.size, 20_000);
  // Now the others are full, but the walk was 700 ms ago.
  limit.take("b", 1_200);
  assert.equal(limit.size, 20_000);
  limit.take("c", 1_600);
  assert.ok(limit.size < 10, `${limit.size} buckets`);
});
