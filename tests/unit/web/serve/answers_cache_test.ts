/** The cache: one question of many is asked once, and nothing is kept that must not be. */
import assert from "node:assert/strict";
import { AnswersCache } from "../../../../src/web/serve/answers_cache.ts";
import type { LaneAnswer } from "../../../../src/web/serve/lane.ts";

function rig() {
  const cache = new AnswersCache();
  let asked = 0, now = 0;
  const answers: PromiseWithResolvers<LaneAnswer>[] = [];
  return {
    get asked() {
      return asked;
    },
    pass: (ms: number) => now += ms,
    get: (key: string) =>
      cache.get(key, () => now, () => {
        asked++;
        const answer = Promise.withResolvers<LaneAnswer>();
        answers.push(answer);
        return answer.promise;
      }),
    answer: (cacheMs: number, body: LaneAnswer["body"] = new Uint8Array(3)) =>
      answers.shift()!.resolve({ status: 200, headers: {}, cacheMs, body }),
    fail: () => answers.shift()!.reject(new Error("no")),
  };
}

Deno.test("an answer is given again until its time is over", async () => {
  const cache = rig();
  const first = cache.get("a");
  cache.answer(1_000);
  await first;
  cache.pass(999);
  await cache.get("a");
  assert.equal(cache.asked, 1);
  cache.pass(1);
  const again = cache.get("a");
  assert.equal(cache.asked, 2);
  cache.answer(0);
  await again;
});

Deno.test("those who ask the same at the same time wait for one answer", async () => {
  const cache = rig();
  const all = [cache.get("a"), cache.get("a"), cache.get("b")];
  assert.equal(cache.asked, 2);
  cache.answer(1_000);
  cache.answer(1_000);
  const [one, two, other] = await Promise.all(all);
  assert.equal(one, two);
  assert.notEqual(one, other);
});

Deno.test("an answer with time 0, or in parts, is for one client: the others ask themselves", async () => {
  for (const body of [new Uint8Array(3), new ReadableStream<Uint8Array<ArrayBuffer>>()]) {
    const cache = rig();
    const one = cache.get("a"), two = cache.get("a");
    cache.answer(body instanceof Uint8Array ? 0 : 1_000, body);
    await one;
    await new Promise((resolve) => setTimeout(resolve));
    assert.equal(cache.asked, 2);
    cache.answer(0);
    await two;
  }
});

Deno.test("where the first one fails, the others ask themselves", async () => {
  const cache = rig();
  const one = cache.get("a"), two = cache.get("a");
  cache.fail();
  await assert.rejects(one, /no/);
  await new Promise((resolve) => setTimeout(resolve));
  cache.answer(1_000);
  assert.equal((await two).status, 200);
});

Deno.test("the kept answers take bounded memory: the oldest go", async () => {
  const cache = rig();
  for (let key = 0; key < 40; key++) {
    const got = cache.get(String(key));
    cache.answer(1_000, new Uint8Array(1024 * 1024));
    await got;
  }
  await cache.get("39");
  assert.equal(cache.asked, 40);
  const oldest = cache.get("0");
  assert.equal(cache.asked, 41);
  cache.answer(0);
  await oldest;
});

Deno.test("what a client chooses counts: many small answers under long keys take no memory without bound", async () => {
  const cache = new AnswersCache();
  let asked = 0;
  const key = (i: number) => `${i} ${"x".repeat(16_000)}`;
  const get = (i: number) =>
    cache.get(key(i), () => 0, () => {
      asked++;
      return Promise.resolve({ status: 200, headers: {}, cacheMs: 60_000, body: new Uint8Array(1) });
    });
  for (let i = 0; i < 2_000; i++) await get(i);
  await get(1_999);
  assert.equal(asked, 2_000);
  // 32 MiB hold a thousand of them: the first ones are gone.
  await get(0);
  assert.equal(asked, 2_001);
});
