import assert from "node:assert/strict";
import { printable } from "../../../src/types/mod.ts";

Deno.test("what would break a line, steer a terminal or turn text round is written out; all else stays", () => {
  assert.equal(printable("a\nb\r\t\x1b[31m\x7f\x9b2J"), "a\\u000ab\\u000d\\u0009\\u001b[31m\\u007f\\u009b2J");
  assert.equal(printable("\u202eevil\u2028\ufeff"), "\\u202eevil\\u2028\\ufeff");
  assert.equal(printable("Zürich–東京 ✓ \\x"), "Zürich–東京 ✓ \\x");
});
