import assert from "node:assert/strict";
import { readFailedFile, readSummary } from "../../../tools/test.ts";
import { TextLineStream } from "../../../tools/text_lines.ts";

Deno.test("the summary of deno test is read, coloured or not", () => {
  assert.deepEqual(readSummary("ok | 112 passed | 0 failed (31ms)"), { passed: 112, failed: 0 });
  assert.deepEqual(readSummary("FAILED | 4 passed (12 steps) | 1 failed | 3 ignored (1s)"), { passed: 4, failed: 1 });
  assert.deepEqual(readSummary("\x1b[0m\x1b[32mok\x1b[0m | 1 passed | 0 failed \x1b[38;5;245m(25ms)\x1b[0m"), {
    passed: 1,
    failed: 0,
  });
});

Deno.test("a line of a test's own output is no summary", () => {
  assert.equal(readSummary("it said ok | 1 passed | 0 failed"), undefined);
  assert.equal(readSummary("error: Type checking failed."), undefined);
});

Deno.test("the file of a failed test is read; that of a test under way is none", () => {
  const line = "a test \x1b[38;5;245m=> ./tests/interop/restart_test.ts:276:8\x1b[0m";
  assert.equal(readFailedFile(line), "tests/interop/restart_test.ts");
  assert.equal(readFailedFile("a test ... a step => ./tests/e2e/demo_test.ts:3:11"), "tests/e2e/demo_test.ts");
  assert.equal(readFailedFile("./tests/interop/restart_test.ts => a test ... ok (3ms)"), undefined);
  assert.equal(readFailedFile("    at file:///project/tests/interop/restart_test.ts:292:14"), undefined);
});

Deno.test("lines are cut wherever the chunks end", async () => {
  const text = "one\ntwo\r\n\nlast";
  for (let at = 0; at <= text.length; at++) {
    const stream = ReadableStream.from([text.slice(0, at), text.slice(at)]).pipeThrough(new TextLineStream());
    assert.deepEqual((await Array.fromAsync(stream)).join("|"), "one|two||last", `cut at ${at}`);
  }
});
