/** A lane: its places, clients that go in each phase, and a worker that ends. */

import assert from "node:assert/strict";
import { WebError } from "../../../../src/web/answers/answer.ts";
import { Lane, type LaneLimits } from "../../../../src/web/serve/lane.ts";
import type { FromWorker, ToWorker } from "../../../../src/web/serve/worker_messages.ts";
import { defaultWeb } from "../../../../src/config/mod.ts";

interface FakeWorker {
  readonly posted: ToWorker[];
  isTerminated: boolean;
  say(message: FromWorker): void;
  fail(reason: string): void;
}

function rig(limits: Partial<LaneLimits> = {}) {
  const workers: FakeWorker[] = [];
  const bugs: string[] = [];
  const lane = new Lane({
    limits: { running: 2, waiting: 2, waitMs: 60_000, ...limits },
    start(say, fail) {
      const worker: FakeWorker = { posted: [], isTerminated: false, say, fail };
      workers.push(worker);
      return {
        post: (message) => void worker.posted.push(message),
        terminate: () => worker.isTerminated = true,
      };
    },
    onBug: (text) => void bugs.push(text),
  });
  const ask = (signal = new AbortController().signal) => lane.ask("/x", "", "*/*", signal);
  return { lane, workers, bugs, ask };
}

const whole = (id: number): FromWorker => ({
  kind: "answer",
  id,
  status: 200,
  headers: {},
  cacheMs: 0,
  bytes: new Uint8Array(1),
});
const inParts = (id: number): FromWorker => ({ ...whole(id), bytes: undefined } as FromWorker);

const turn = () => new Promise((resolve) => setTimeout(resolve));

Deno.test("a worker that ends fails its questions in words; another one answers the next", async () => {
  const { lane, workers, bugs, ask } = rig();
  lane.post({ kind: "open", database: "/db", settings: defaultWeb, version: "1" });
  const first = ask(), second = ask();
  await turn();
  workers[0]!.say(inParts(2));
  const { body } = await second;
  workers[0]!.fail("out of memory");
  await assert.rejects(first, (error) => error instanceof WebError && error.status === 503);
  await assert.rejects((body as ReadableStream).getReader().read(), /ask again/);
  assert.deepEqual([lane.running, bugs], [0, ["a worker has ended: out of memory"]]);
  // It starts with the next question, so that a worker that cannot start does not start again and again.
  assert.equal(workers.length, 1);
  const third = ask();
  await turn();
  assert.deepEqual(workers[1]!.posted.map(({ kind }) => kind), ["open", "ask"]);
  // What the old one says late is nobody's.
  workers[0]!.fail("again");
  workers[1]!.say(whole(3));
  assert.equal((await third).status, 200);
  assert.equal(workers[0]!.isTerminated, true);
});

Deno.test("a client that goes while it waits, is answered or reads gives its place back", async () => {
  const { lane, workers, ask } = rig({ running: 1 });
  const gone = new AbortController();
  const running = ask(gone.signal);
  const waits = new AbortController();
  const waiting = ask(waits.signal);
  await turn();
  assert.deepEqual([lane.running, lane.waiting], [1, 1]);
  waits.abort();
  await assert.rejects(waiting);
  assert.deepEqual([lane.running, lane.waiting], [1, 0]);
  gone.abort();
  await assert.rejects(running);
  assert.deepEqual(workers[0]!.posted.map(({ kind }) => kind), ["ask", "cancel"]);
  const reads = ask();
  await turn();
  workers[0]!.say(inParts(2));
  const { body } = await reads;
  assert.equal(lane.running, 1);
  await (body as ReadableStream).cancel();
  assert.equal(lane.running, 0);
  const last = ask();
  await turn();
  workers[0]!.say(whole(3));
  assert.equal((await last).status, 200);
});

Deno.test("a client that goes when its turn comes leaves no question in the worker", async () => {
  const { lane, workers, ask } = rig({ running: 1 });
  const first = ask();
  const leaves = new AbortController();
  const second = ask(leaves.signal);
  await turn();
  workers[0]!.say(whole(1));
  leaves.abort();
  await first;
  await assert.rejects(second);
  assert.deepEqual(workers[0]!.posted.map(({ kind }) => kind), ["ask"]);
  const third = ask();
  await turn();
  assert.equal(lane.running, 1);
  workers[0]!.say(whole(2));
  assert.equal((await third).status, 200);
});

Deno.test("beyond the places and the queue, a question is refused at once", async () => {
  const { ask } = rig({ running: 1, waiting: 1 });
  void ask().catch(() => {});
  void ask().catch(() => {});
  await assert.rejects(ask(), (error) => error instanceof WebError && error.status === 503);
});
