import assert from "node:assert/strict";
import { FailedFiles, readSummary } from "../../../tools/test.ts";
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

Deno.test("the files of failed tests and steps are known; a test's own output is none", () => {
  const files = new FailedFiles();
  const lines = [
    "\x1b[38;5;245mrunning 2 tests from ./tests/interop/a_test.ts\x1b[0m",
    "it went well ... \x1b[0m\x1b[32mok\x1b[0m \x1b[38;5;245m(3ms)\x1b[0m",
    "a log says: FAILED (2s) at once",
    "running 1 test from ./tests/interop/b_test.ts",
    "  a step from elsewhere ... \x1b[0m\x1b[31mFAILED\x1b[0m \x1b[38;5;245m(2s)\x1b[0m",
    "its test ... FAILED (due to 1 failed step) (21s)",
    "running 1 test from ./tests/interop/c_test.ts",
    "FAILED | 2 passed | 1 failed (1s)",
  ];
  for (const line of lines) files.read(line);
  assert.deepEqual([...files.found], ["tests/interop/b_test.ts"]);
});

Deno.test("lines are cut wherever the chunks end", async () => {
  const text = "one\ntwo\r\n\nlast";
  for (let at = 0; at <= text.length; at++) {
    const stream = ReadableStream.from([text.slice(0, at), text.slice(at)]).pipeThrough(new TextLineStream());
    assert.deepEqual((await Array.fromAsync(stream)).join("|"), "one|two||last", `cut at ${at}`);
  }
});
