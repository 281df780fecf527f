import assert from "node:assert/strict";
import { systemClock } from "../../../src/transport/mod.ts";
import { sleep } from "./support.ts";

Deno.test("a timer fires once, at its time and not before", async () => {
  for (const delay of [0, 0.4, 5.9, 20.3]) {
    let fired = 0;
    const at = systemClock.monotonic() + delay;
    await new Promise<void>((resolve) =>
      systemClock.setTimer(at, () => {
        fired++;
        resolve();
      })
    );
    assert.ok(systemClock.monotonic() >= at);
    await sleep(5);
    assert.equal(fired, 1);
  }
});

Deno.test("a timer in the past fires soon, but not within the call", async () => {
  let fired = false;
  systemClock.setTimer(systemClock.monotonic() - 1000, () => fired = true);
  assert.equal(fired, false);
  await sleep(10);
  assert.equal(fired, true);
});

Deno.test("a cleared timer does not fire, and clearing twice does nothing", async () => {
  let fired = false;
  const timer = systemClock.setTimer(systemClock.monotonic() + 5, () => fired = true);
  timer.clear();
  timer.clear();
  await sleep(20);
  assert.equal(fired, false);
});

Deno.test("a timer months ahead does not fire at once", async () => {
  let fired = false;
  const timer = systemClock.setTimer(systemClock.monotonic() + 100 * 86_400_000, () => fired = true);
  await sleep(10);
  timer.clear();
  assert.equal(fired, false);
});

Deno.test("wall time is milliseconds since 1970", () => {
  assert.ok(Math.abs(systemClock.now() - Date.now()) < 1000);
});
