import assert from "node:assert/strict";
import { createLane, knock, LaneReader, LaneWriter, type ShortForm } from "../../../../src/daemon/thread/lane.ts";

/** A message is its number; those below 1000 are short, and odd ones are patient. */
const form: ShortForm<number> = {
  pack(message, into) {
    if (message >= 1000) return false;
    into.kind = message;
    into.start = into.end = 0;
    into.isPatient = message % 2 === 1;
    return true;
  },
  unpack: (ring) => ring.kind,
};

/** A lane inside one thread, whose mail the test delivers. */
class OneThread {
  readonly shared = createLane();
  readonly handled: number[] = [];
  readonly mail: number[][] = [];
  readonly writer = new LaneWriter<number>(this.shared, form, (mail) => void this.mail.push(mail));
  readonly reader = new LaneReader<number>(this.shared, form, (message) => void this.handled.push(message));
}

Deno.test("short messages go through the ring, all mail of a task goes as one", async () => {
  const { writer, reader, handled, mail } = new OneThread();
  for (const message of [2, 1000, 1001, 4]) writer.post(message);
  reader.drain();
  assert.deepEqual(handled, [2], "the others are behind mail of this task");
  assert.deepEqual(mail, []);
  await Promise.resolve();
  assert.deepEqual(mail, [[1000, 1001, 4]]);
  reader.receive(mail[0]!);
  assert.deepEqual(handled, [2, 1000, 1001, 4]);
});

Deno.test("a short message waits for earlier mail, and not for later mail", async () => {
  const { writer, reader, handled, mail } = new OneThread();
  writer.post(1000);
  await Promise.resolve();
  writer.post(2);
  reader.drain();
  assert.deepEqual(handled, [], "the mail has not come yet");
  writer.post(1001);
  await Promise.resolve();
  reader.receive(mail[0]!);
  assert.deepEqual(handled, [1000, 2]);
  reader.receive(mail[1]!);
  assert.deepEqual(handled, [1000, 2, 1001]);
});

Deno.test("a message that finds the ring full goes as mail, in its order", async () => {
  const { writer, reader, handled, mail } = new OneThread();
  const all = Array.from({ length: 20_000 }, (_, i) => i % 1000);
  for (const message of all) writer.post(message);
  await Promise.resolve();
  assert.equal(mail.length, 1);
  assert(mail[0]!.length < all.length, "some went through the ring");
  reader.receive(mail[0]!);
  assert.deepEqual(handled, all);
});

Deno.test("a handler may ask for more messages: none is handled twice or out of order", () => {
  const shared = createLane();
  const handled: number[] = [];
  const writer = new LaneWriter<number>(shared, form, () => {});
  const reader = new LaneReader<number>(shared, form, (message) => {
    handled.push(message);
    if (message === 2) writer.post(6);
    reader.drain();
  });
  writer.post(2);
  writer.post(4);
  reader.drain();
  assert.deepEqual(handled, [2, 4, 6]);
});

Deno.test("an urgent message wakes a reader; a patient one only if the reader waits for it", async () => {
  const { shared, writer, reader, handled } = new OneThread();
  // A sleeping reader alone does not keep the event loop alive.
  const alive = setInterval(() => {}, 1000);
  const isAsleep = () => Atomics.load(new Int32Array(shared.state), 0) === 1;
  const listening = reader.listen();
  assert.equal(isAsleep(), true);
  writer.post(1);
  assert.equal(isAsleep(), true);
  reader.isAwaited = true;
  await Promise.resolve();
  assert.deepEqual(handled, [1], "what is here already");
  writer.post(3);
  assert.equal(isAsleep(), false);
  while (handled.length < 2) await new Promise((go) => setTimeout(go, 1));
  assert.deepEqual(handled, [1, 3]);
  reader.close();
  await listening;
  clearInterval(alive);
});

Deno.test("a reader does not fall asleep over a message, of the ring or of its event loop", () => {
  const { shared, writer, reader, mail } = new OneThread();
  const began = performance.now();
  writer.post(2);
  assert.equal(reader.sleep(10_000), true);
  reader.drain();
  knock(new Int32Array(shared.state));
  assert.equal(reader.sleep(10_000), false);
  assert.equal(reader.sleep(10_000), false, "still: the event loop has not delivered the message");
  reader.answered();
  writer.post(1000);
  writer.flush();
  assert.equal(reader.sleep(10_000), false, "mail, too");
  reader.receive(mail[0]!);
  assert(performance.now() - began < 5_000);
  assert.equal(reader.sleep(1), false, "nothing is here");
});

Deno.test("two threads: every message arrives, in order, though the reader sleeps in between", async () => {
  const there = createLane(), back = createLane();
  const worker = new Worker(new URL("./lane_echo.ts", import.meta.url), { type: "module" });
  const count = 3000;
  const handled: number[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const writer = new LaneWriter<number>(there, form, (mail) => worker.postMessage(mail));
  const reader = new LaneReader<number>(back, form, (message) => {
    if (handled.push(message) === count) resolve();
  });
  worker.onmessage = ({ data }: MessageEvent<number[]>) => reader.receive(data);
  worker.postMessage({ there, back });
  reader.isAwaited = true;
  const listening = reader.listen();
  const sent: number[] = [];
  for (let i = 0; i < count; i++) {
    // Mostly short ones, some mail, and now and then a pause in which the reader falls asleep.
    const message = i % 10 === 9 ? 1000 + i : i % 1000;
    writer.post(message);
    sent.push(message);
    if (i % 100 === 0) await new Promise((go) => setTimeout(go, 1));
  }
  await promise;
  assert.deepEqual(handled, sent);
  reader.close();
  await listening;
  // It sleeps in Atomics.wait.
  worker.terminate();
});
