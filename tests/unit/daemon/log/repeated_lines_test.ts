import assert from "node:assert/strict";
import { RepeatedLines } from "../../../../src/daemon/log/repeated_lines.ts";

const minute = 60_000;

Deno.test("a text that repeats is logged more and more seldom, with how often it came", () => {
  const repeated = new RepeatedLines();
  const said: [number, string][] = [];
  for (let now = 0; now <= 7 * 60 * minute; now += minute / 2) {
    const text = repeated.take("192.0.2.2:179 refused the connection", now);
    if (text !== undefined) said.push([now / minute, text]);
  }
  assert.deepEqual(said.map(([at]) => at), [0, 1, 3, 7, 15, 31, 63, 123, 183, 243, 303, 363]);
  assert.equal(said[2]![1], "192.0.2.2:179 refused the connection (4 times since the last line about it)");
});

Deno.test("another text is logged at once; of two that alternate, each has its own pace", () => {
  const repeated = new RepeatedLines();
  const say = (text: string, now: number) => repeated.take(text, now) !== undefined;
  assert.ok(say("refused", 0));
  assert.ok(say("no route to it", 1000));
  for (let now = 2000; now < minute; now += 1000) assert.ok(!say(now % 2000 === 0 ? "refused" : "no route to it", now));
  repeated.clear();
  assert.ok(say("refused", minute - 1), "after a session it is news again");
});

Deno.test("another port number does not make another text", () => {
  const repeated = new RepeatedLines();
  assert.ok(repeated.take("192.0.2.2:40001 reset the connection", 0));
  assert.equal(repeated.take("192.0.2.2:40002 reset the connection", 1), undefined);
  assert.equal(repeated.take("[2001:db8::1]:40002 reset the connection", 1) === undefined, false);
  assert.equal(repeated.take("[2001:db8::1]:40003 reset the connection", 2), undefined);
});

Deno.test("many texts do not fill the memory: the oldest is forgotten", () => {
  const repeated = new RepeatedLines();
  for (let i = 0; i < 9; i++) assert.ok(repeated.take(`reason ${String.fromCharCode(97 + i)}`, i));
  assert.ok(repeated.take("reason a", 10));
  assert.equal(repeated.take("reason i", 10), undefined);
});
