/** Lists in parts: their text is the same whatever the pages are, and long work gives way. */
import assert from "node:assert/strict";
import { listParts, unhurried } from "../../../../src/web/tables/list_parts.ts";

const text = { head: '{"list": [', item: (n: number) => n < 0 ? undefined : String(n), tail: "]}\n" };

Deno.test("a list is one JSON array, whatever its pages are and whichever items are left out", async () => {
  const whole = async (pages: number[][]) => JSON.parse((await Array.fromAsync(listParts(pages, text))).join("")).list;
  assert.deepEqual(await whole([[1, 2], [], [-1, 3], [-1]]), [1, 2, 3]);
  assert.deepEqual(await whole([[-1], [4]]), [4]);
  assert.deepEqual(await whole([]), []);
  assert.deepEqual(await whole([[], [-1]]), []);
});

Deno.test("a page is made when its part is asked for, and the pages end where the reader goes", async () => {
  let made = 0, isOver = false;
  const pages = (function* () {
    try {
      for (;;) yield [made++];
    } finally {
      isOver = true;
    }
  })();
  const parts = listParts(pages, text);
  await parts.next();
  await parts.next();
  assert.equal(made, 2);
  await parts.return();
  assert.ok(isOver);
});

Deno.test("pages without text give an empty part now and then, so that others go on", async () => {
  const busy = function* () {
    for (let page = 0; page < 20; page++) {
      const end = performance.now() + 4;
      while (performance.now() < end);
      yield [-1];
    }
  };
  const parts = await Array.fromAsync(listParts(busy(), text));
  assert.ok(parts.filter((part) => part === "").length >= 2, JSON.stringify(parts));
});

Deno.test("unhurried work lets timers run, and returns its result", async () => {
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  const result = await unhurried((function* () {
    for (let step = 0; step < 20; step++) {
      const end = performance.now() + 4;
      while (performance.now() < end);
      yield;
    }
    return "done";
  })());
  clearInterval(timer);
  assert.equal(result, "done");
  assert.ok(ticks >= 2, `${ticks} ticks`);
  await assert.rejects(
    unhurried((function* (): Generator<void, void, undefined> {
      yield;
      throw new Error("wrong");
    })()),
    /wrong/,
  );
});
