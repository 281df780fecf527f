/** The workers of `bgpd mcp`: what is left behind, what is refused, and what ends. */

import assert from "node:assert/strict";
import { type RunnerOptions, ToolRunner, type WorkerOutcome } from "../../../../../src/control/cli/mcp/tool_runner.ts";
import { toolsFor } from "../../../../../src/control/cli/mcp/tools.ts";

const named = (name: string) => toolsFor(10).find((tool) => tool.name === name)!;
const sql = named("sql"), peers = named("peers");
const never = new AbortController().signal;

/** A worker that answers when the test says so. */
class FakeWorker {
  readonly asked: string[] = [];
  isTerminated = false;

  constructor(readonly answer: (outcome: WorkerOutcome) => void, readonly fail: (reason: string) => void) {}

  post(tool: string): void {
    this.asked.push(tool);
  }

  terminate(): void {
    this.isTerminated = true;
  }
}

function rig(options: Partial<RunnerOptions> = {}) {
  const workers: FakeWorker[] = [];
  const bugs: string[] = [];
  const runner = new ToolRunner({
    start(answer, fail) {
      const worker = new FakeWorker(answer, fail);
      workers.push(worker);
      return worker;
    },
    limitMs: 60_000,
    stuckMs: 60_000,
    onStuck() {},
    onBug: (text) => void bugs.push(text),
    ...options,
  });
  return { runner, workers, bugs };
}

const value = { value: { a: 1 } };

Deno.test("one worker answers questions one after the other", async () => {
  const { runner, workers } = rig();
  const first = runner.run(sql, {}, never), second = runner.run(peers, {}, never);
  assert.deepEqual(workers.map(({ asked }) => asked), [["sql"]]);
  workers[0]!.answer(value);
  assert.deepEqual(await first, value);
  assert.deepEqual(workers.map(({ asked }) => asked), [["sql", "peers"]]);
  workers[0]!.answer({ error: "no" });
  assert.deepEqual(await second, { error: "no" });
  runner.close();
  assert.equal(workers[0]!.isTerminated, true);
});

Deno.test("a late worker stays until it answers; two refuse SQL, four refuse everything", async () => {
  const { runner, workers } = rig({ limitMs: 1 });
  const late = async (tool: typeof sql) => {
    const outcome = await runner.run(tool, {}, never);
    assert.match("error" in outcome ? outcome.error : "", /took longer than 0\.001 s/);
  };
  await late(sql);
  await late(sql);
  assert.equal(workers.length, 2);
  const refused = async (tool: typeof sql) => {
    const outcome = await runner.run(tool, {}, never);
    return "error" in outcome && outcome.error.includes("still run");
  };
  assert.equal(await refused(sql), true);
  await late(peers);
  await late(peers);
  assert.equal(await refused(peers), true);
  assert.deepEqual(workers.map(({ isTerminated }) => isTerminated), [false, false, false, false]);
  // They end at last: the worker of each goes, and questions are welcome again.
  for (const worker of workers) worker.answer(value);
  assert.deepEqual(workers.map(({ isTerminated }) => isTerminated), [true, true, true, true]);
  await late(sql);
  runner.close();
});

Deno.test("a worker that never answers ends the whole, since its query keeps the log of the router", async () => {
  const { promise: stuck, resolve: onStuck } = Promise.withResolvers<void>();
  const { runner } = rig({ limitMs: 1, stuckMs: 1, onStuck });
  await runner.run(sql, {}, never);
  await stuck;
  runner.close();
});

Deno.test("a worker that is late and then answers does not end the whole", async () => {
  let isStuck = false;
  const { runner, workers } = rig({ limitMs: 1, stuckMs: 20, onStuck: () => isStuck = true });
  await runner.run(sql, {}, never);
  workers[0]!.answer(value);
  await new Promise((resolve) => setTimeout(resolve, 40));
  assert.equal(isStuck, false);
  runner.close();
});

Deno.test("a cancelled question that waits is not asked; one that runs holds its place up to its limit", async () => {
  const { runner, workers } = rig();
  const [running, waiting] = [new AbortController(), new AbortController()];
  const first = runner.run(sql, {}, running.signal), second = runner.run(peers, {}, waiting.signal);
  waiting.abort();
  assert.deepEqual(await second, { error: "cancelled" });
  running.abort();
  assert.deepEqual(await first, { error: "cancelled" });
  const third = runner.run(sql, {}, never);
  assert.deepEqual(workers.map(({ asked }) => asked), [["sql"]]);
  workers[0]!.answer(value);
  assert.deepEqual(workers.map(({ asked }) => asked), [["sql", "sql"]]);
  workers[0]!.answer(value);
  assert.deepEqual(await third, value);
  runner.close();
});

Deno.test("a worker that fails, and a bug, are answers in words; the next question gets another worker", async () => {
  const { runner, workers, bugs } = rig();
  const first = runner.run(sql, {}, never);
  workers[0]!.fail("out of memory");
  assert.match(JSON.stringify(await first), /ended the worker that answered it: out of memory/);
  const second = runner.run(sql, {}, never);
  assert.equal(workers.length, 2);
  workers[1]!.answer({ bug: "TypeError: x" });
  assert.match(JSON.stringify(await second), /has a bug/);
  assert.deepEqual(bugs, ["a worker has ended: out of memory", "TypeError: x"]);
  runner.close();
});

Deno.test("more questions than can wait are refused", async () => {
  const { runner } = rig();
  const asked = Array.from({ length: 80 }, () => runner.run(peers, {}, never));
  const outcomes = await Promise.all([...asked.slice(65)]);
  for (const outcome of outcomes) assert.match(JSON.stringify(outcome), /too many questions wait/);
  runner.close();
  assert.match(JSON.stringify(await asked[0]), /bgpd mcp is ending/);
});
