import assert from "node:assert/strict";
import { TurnTaking } from "../../../../src/daemon/thread/turn_taking.ts";

/** A thread in which each message takes a millisecond. */
class Thread {
  now = 100;
  readonly handled: number[] = [];
  readonly steps: (() => void)[] = [];
  readonly mailbox = new TurnTaking<number>((message) => {
    this.handled.push(message);
    this.now += 1;
  }, { monotonic: () => this.now, later: (step) => void this.steps.push(step) });
}

Deno.test("a message is handled at once while the thread has time", () => {
  const thread = new Thread();
  for (let i = 0; i < 20; i++) {
    thread.mailbox.push(i);
    assert.equal(thread.handled.length, i + 1);
    thread.now += 5;
  }
  assert.equal(thread.steps.length, 0);
});

Deno.test("other work runs after some milliseconds of messages, and no message is lost or reordered", () => {
  const thread = new Thread();
  const all = Array.from({ length: 50 }, (_, i) => i);
  for (const i of all) thread.mailbox.push(i);
  assert(thread.handled.length < 10, `${thread.handled.length} before anything else`);
  let turns = 0;
  for (; thread.steps.length > 0; turns++) {
    assert.equal(thread.steps.length, 1);
    const before = thread.now;
    thread.steps.shift()!();
    assert(thread.now - before <= 5, `${thread.now - before} ms in one turn`);
    if (turns === 3) {
      all.push(50);
      thread.mailbox.push(50);
    }
  }
  assert(turns >= 8, `${turns} turns`);
  assert.deepEqual(thread.handled, all);
});
