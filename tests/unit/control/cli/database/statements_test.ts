import assert from "node:assert/strict";
import { splitStatements } from "../../../../../src/control/cli/database/statements.ts";

Deno.test("statements end at semicolons", () => {
  assert.deepEqual(splitStatements("SELECT 1; SELECT 2 ;\n SELECT"), {
    whole: ["SELECT 1", "SELECT 2"],
    rest: "\n SELECT",
  });
  assert.deepEqual(splitStatements(";;"), { whole: [], rest: "" });
});

Deno.test("statements do not end at semicolons in quotes and comments", () => {
  for (
    const text of [
      "SELECT ';'",
      'SELECT ";"',
      "SELECT 'it''s;'",
      "SELECT [;]",
      "SELECT `;`",
      "SELECT 1 /* ; */",
      "SELECT 1 -- ;\n",
    ]
  ) {
    assert.deepEqual(splitStatements(`${text};`), { whole: [text.trim()], rest: "" }, text);
  }
});

Deno.test("an open quote or comment continues to its end", () => {
  for (const text of ["SELECT 'a;", 'SELECT "a;', "SELECT /* ;", "SELECT -- ;"]) {
    assert.deepEqual(splitStatements(text), { whole: [], rest: text });
  }
});

Deno.test("a comment is not a statement", () => {
  assert.deepEqual(splitStatements("/* what follows; */; -- is one;\n; SELECT 1;"), { whole: ["SELECT 1"], rest: "" });
  assert.deepEqual(splitStatements("-- about\nSELECT 1;").whole, ["-- about\nSELECT 1"]);
});
