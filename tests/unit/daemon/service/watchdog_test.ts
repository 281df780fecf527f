import assert from "node:assert/strict";
import { Watchdog } from "../../../../src/daemon/service/watchdog.ts";

/** A watchdog with a RIB thread that must answer at once and a store thread with a patience of 40 s. */
function rig() {
  let now = 0;
  const signs: number[] = [];
  const errors: string[] = [];
  const asked: string[] = [];
  const watchdog = new Watchdog({
    monotonic: () => now,
    alive: () => signs.push(now),
    error: (text) => errors.push(text),
  });
  const thread = (name: string, patienceMs: number) => ({ name, patienceMs, ask: () => asked.push(name) });
  watchdog.watch([thread("RIB", 0), thread("store", 40_000)]);
  return {
    watchdog,
    signs,
    errors,
    asked,
    /** A check every 10 s; the named threads answer. */
    check(answering: readonly string[]) {
      now += 10_000;
      watchdog.check();
      for (const name of answering) watchdog.answered(name);
    },
    at: (ms: number) => now = ms,
  };
}

Deno.test("watchdog: a sign of life with each check while all threads answer", () => {
  const { check, signs, asked, errors } = rig();
  for (let i = 0; i < 3; i++) check(["RIB", "store"]);
  assert.deepEqual(signs, [10_000, 20_000, 30_000]);
  assert.deepEqual(asked, ["RIB", "store", "RIB", "store", "RIB", "store"]);
  assert.deepEqual(errors, []);
});

Deno.test("watchdog: no sign of life once the RIB thread owes an answer, one error, and a sign with its answer", () => {
  const { check, signs, errors, watchdog, at } = rig();
  check(["RIB", "store"]);
  for (let i = 0; i < 3; i++) check(["store"]);
  assert.deepEqual(signs, [10_000, 20_000]);
  assert.deepEqual(errors, [
    "the RIB thread has not answered for 10 s: if it stays silent, the service manager starts bgpd again",
  ]);
  at(43_000);
  watchdog.answered("RIB");
  assert.deepEqual(signs, [10_000, 20_000, 43_000]);
  check(["RIB", "store"]);
  assert.equal(errors.length, 1);
});

Deno.test("watchdog: a thread that is asked and silent gets no second question", () => {
  const { check, asked } = rig();
  for (let i = 0; i < 4; i++) check(["store"]);
  assert.equal(asked.filter((name) => name === "RIB").length, 1);
});

Deno.test("watchdog: a slow disk may hold up the store thread for as long as its patience", () => {
  const { check, signs, errors } = rig();
  for (let i = 0; i < 7; i++) check(["RIB"]);
  // Asked at 10 s; at 60 s the patience of 40 s is over.
  assert.deepEqual(signs, [10_000, 20_000, 30_000, 40_000, 50_000]);
  assert.match(errors.join(), /^the store thread has not answered for 50 s/);
});

Deno.test("watchdog: between two runs only the main thread counts", () => {
  const { check, signs, watchdog } = rig();
  check([]);
  watchdog.watch([]);
  check([]);
  check([]);
  assert.deepEqual(signs, [10_000, 20_000, 30_000]);
});
