import assert from "node:assert/strict";
import { addTallies, FailedFiles, readSummary, summaryLines } from "../../../tools/test_output.ts";

const none = { passed: 0, failed: 0, skipped: 0, unsteady: 0 };

Deno.test("the summary of deno test is read, coloured or not", () => {
  assert.deepEqual(readSummary("ok | 112 passed | 0 failed (31ms)"), { ...none, passed: 112 });
  assert.deepEqual(readSummary("FAILED | 4 passed (12 steps) | 1 failed | 3 ignored (1 step) (1s)"), {
    ...none,
    passed: 4,
    failed: 1,
    skipped: 3,
  });
  assert.deepEqual(readSummary("\x1b[0m\x1b[32mok\x1b[0m | 1 passed | 0 failed \x1b[38;5;245m(25ms)\x1b[0m"), {
    ...none,
    passed: 1,
  });
});

Deno.test("the last line has the same form always; unsteady and skipped tests stand in the line before", () => {
  const total = addTallies([{ ...none, passed: 3, skipped: 1 }, { ...none, passed: 2, failed: 1, unsteady: 2 }]);
  assert.deepEqual(summaryLines(total), ["2 unsteady, 1 skipped", "5 passed, 1 failed"]);
  assert.deepEqual(summaryLines({ ...none, passed: 7 }), ["0 unsteady, 0 skipped", "7 passed, 0 failed"]);
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
