import assert from "node:assert/strict";
import { WriteFailure } from "../../../../src/daemon/store/write_failure.ts";

function trouble() {
  const said: (string | undefined)[] = [];
  const clock = { now: 1000 };
  return { said, clock, trouble: new WriteFailure(() => clock.now, (reason) => said.push(reason)) };
}

Deno.test("a lock that is soon gone is not worth a line", () => {
  const { said, clock, trouble: t } = trouble();
  t.failed("locked", { lasts: false });
  clock.now += 500;
  t.failed("locked", { lasts: false });
  t.succeeded();
  assert.deepEqual(said, []);
  assert.equal(t.forMs, 0);
});

Deno.test("a lock that stays is said once, and once more when it is over", () => {
  const { said, clock, trouble: t } = trouble();
  for (let i = 0; i < 5; i++, clock.now += 400) t.failed("locked", { lasts: false });
  assert.deepEqual(said, ["locked"]);
  assert.equal(t.forMs, 2000);
  t.succeeded();
  t.succeeded();
  assert.deepEqual(said, ["locked", undefined]);
});

Deno.test("a full disk is said at once and tried again less often than a lock", () => {
  const { said, trouble: t } = trouble();
  t.failed("locked", { lasts: false });
  const soon = t.retryMs;
  t.failed("full", { lasts: true });
  assert.deepEqual(said, ["full"]);
  assert.ok(t.retryMs > soon);
});

Deno.test("what fails and recovers again and again has a line from time to time, and what lasts has one, too", () => {
  const { said, clock, trouble: t } = trouble();
  const hour = 3_600_000;
  for (let ms = 0; ms < hour; ms += 4_000, clock.now += 4_000) {
    t.failed("full", { lasts: true });
    clock.now += 2_000;
    t.succeeded();
  }
  assert.ok(said.length >= 4 && said.length <= 30, `${said.length} lines in an hour and a half`);
  const before = said.length;
  for (let ms = 0; ms < hour; ms += 1_000, clock.now += 1_000) t.failed("full", { lasts: true });
  const lasting = said.slice(before);
  assert.ok(lasting.length >= 4 && lasting.length <= 8, `${lasting.length} lines in an hour`);
});
