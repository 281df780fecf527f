import assert from "node:assert/strict";
import { Process } from "../../support/process.ts";
import { atBest, waitFor } from "../../support/wait.ts";

Deno.test("waitFor gives back the first value that is something", async () => {
  let tries = 0;
  assert.equal(await waitFor("three", () => ++tries < 3 ? undefined : tries, { intervalMs: 1 }), 3);
});

Deno.test("waitFor says what it waited for, and what it saw last", async () => {
  const failing = () => {
    throw new RangeError("not there");
  };
  const wait = waitFor("a miracle", failing, { timeoutMs: 20, intervalMs: 1, detail: () => "the log" });
  await assert.rejects(wait, /without success for a miracle; last: RangeError: not there\nthe log$/);
});

Deno.test("waitFor ends early where the thing cannot come any more", async () => {
  const start = performance.now();
  await assert.rejects(waitFor("a miracle", () => false, { timeoutMs: 60_000, while: () => false }), /without success/);
  assert.ok(performance.now() - start < 5_000);
});

Deno.test("a process is read line by line and signalled, and its exit code is reported", async () => {
  const process = new Process("/bin/sh", {
    args: ["-c", "trap 'exit 3' TERM; echo ready >&2; while :; do sleep 0.05; done"],
  });
  assert.equal(await process.waitForLine(/^ready$/), "ready");
  assert.equal(await process.stop(), 3);
  assert.equal(process.running, false);
});

Deno.test("a process that does not end in time is killed", async () => {
  const process = new Process("/bin/sh", { args: ["-c", "trap '' TERM; echo ready; while :; do sleep 0.05; done"] });
  await process.waitForLine(/^ready$/);
  assert.equal(await process.stop(200), undefined);
});

Deno.test("waiting for a line of a process that ended fails at once", async () => {
  const process = new Process("/bin/sh", { args: ["-c", "echo oops >&2; exit 1"] });
  await assert.rejects(process.waitForLine(/ready/, 60_000), /ended[\s\S]*oops/);
  assert.equal(await process.end(), 1);
});

Deno.test("what is fast at best is measured again until it is, and no more often", async () => {
  const times = [30, 20, 9, 1];
  assert.equal(await atBest(10, () => Promise.resolve(times.shift()!), 10, 1), 9);
  assert.deepEqual(times, [1]);
  let measured = 0;
  assert.equal(await atBest(10, () => Promise.resolve(20 - measured++), 3, 1), 18);
  assert.equal(measured, 3);
});
