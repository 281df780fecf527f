import assert from "node:assert/strict";
import { WriteFailure } from "../../../../src/daemon/store/write_failure.ts";

function newFailure() {
  const said: (string | undefined)[] = [];
  const clock = { now: 1000 };
  return { said, clock, failure: new WriteFailure(() => clock.now, (reason) => said.push(reason)) };
}

Deno.test("a lock that is soon gone is not worth a line", () => {
  const { said, clock, failure } = newFailure();
  failure.failed("locked", { lasts: false });
  clock.now += 500;
  failure.failed("locked", { lasts: false });
  failure.succeeded();
  assert.deepEqual(said, []);
  assert.equal(failure.forMs, 0);
});

Deno.test("a lock that stays is said once, and once more when it is over", () => {
  const { said, clock, failure } = newFailure();
  for (let i = 0; i < 5; i++, clock.now += 400) failure.failed("locked", { lasts: false });
  assert.deepEqual(said, ["locked"]);
  assert.equal(failure.forMs, 2000);
  failure.succeeded();
  failure.succeeded();
  assert.deepEqual(said, ["locked", undefined]);
});

Deno.test("the state knows of each failure that lasts, also where the log does not say it again", () => {
  const said: (string | undefined)[] = [], states: (string | undefined)[] = [];
  const failure = new WriteFailure(() => 0, (reason) => said.push(reason), (reason) => states.push(reason));
  for (let i = 0; i < 2; i++) {
    failure.failed("full", { lasts: true });
    failure.failed("full", { lasts: true });
    failure.succeeded();
  }
  assert.deepEqual(said, ["full", undefined]);
  assert.deepEqual(states, ["full", undefined, "full", undefined]);
});

Deno.test("a full disk is said at once and tried again less often than a lock", () => {
  const { said, failure } = newFailure();
  failure.failed("locked", { lasts: false });
  const soon = failure.retryMs;
  failure.failed("full", { lasts: true });
  assert.deepEqual(said, ["full"]);
  assert.ok(failure.retryMs > soon);
});

Deno.test("what fails and recovers again and again has a line from time to time, and what lasts has one, too", () => {
  const { said, clock, failure } = newFailure();
  const hour = 3_600_000;
  for (let ms = 0; ms < hour; ms += 4_000, clock.now += 4_000) {
    failure.failed("full", { lasts: true });
    clock.now += 2_000;
    failure.succeeded();
  }
  assert.ok(said.length >= 4 && said.length <= 30, `${said.length} lines in an hour and a half`);
  const before = said.length;
  for (let ms = 0; ms < hour; ms += 1_000, clock.now += 1_000) failure.failed("full", { lasts: true });
  const lasting = said.slice(before);
  assert.ok(lasting.length >= 4 && lasting.length <= 8, `${lasting.length} lines in an hour`);
});
