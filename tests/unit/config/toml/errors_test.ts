import assert from "node:assert/strict";
import { formatConfigError, nearest, Report } from "../../../../src/config/toml/errors.ts";

Deno.test("an error is printed with file, line, column, the source line and a caret", () => {
  const text = "a = 1\nhold_time = 90\n";
  const error = { line: 2, column: 1, message: 'unknown key "hold_time"', suggestion: "hold_timer" };
  assert.deepEqual(formatConfigError(error, "x.toml", text).split("\n"), [
    'x.toml:2:1: unknown key "hold_time"',
    "   2 | hold_time = 90",
    "     | ^",
    "     = did you mean hold_timer?",
  ]);
});

Deno.test("the caret is below the right character, also after tabs", () => {
  const error = { line: 1, column: 6, message: "m" };
  const lines = formatConfigError(error, "x", "\ta = 1\r\n").split("\n");
  assert.equal(lines[1], "   1 | \ta = 1");
  assert.equal(lines[2], "     | \t    ^");
});

Deno.test("the nearest word is found for missing, wrong and swapped letters; a distant word is not", () => {
  const known = ["remote_ip", "remote_as", "hold_timer", "families"];
  assert.equal(nearest("remot_ip", known), "remote_ip");
  assert.equal(nearest("remote_sa", known), "remote_as");
  assert.equal(nearest("Hold_Time", known), "hold_timer");
  assert.equal(nearest("holdtimer", known), "hold_timer");
  assert.equal(nearest("password", known), undefined);
  assert.equal(nearest("password", [...known, "password_file"]), "password_file");
  assert.equal(nearest("remote", known), undefined);
});

Deno.test("errors are listed in the order of the text", () => {
  const report = new Report();
  report.add({ line: 3, column: 1 }, "c");
  report.add({ line: 1, column: 5 }, "b");
  report.add({ line: 1, column: 2 }, "a");
  assert.deepEqual(report.sorted().map((error) => error.message), ["a", "b", "c"]);
});
