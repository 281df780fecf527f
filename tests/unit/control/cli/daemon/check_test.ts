import assert from "node:assert/strict";
import { checkStart } from "../../../../../src/daemon/mod.ts";
import { checkCommand } from "../../../../../src/control/cli/daemon/check.ts";
import { runProgram } from "../../../../../src/control/cli/program.ts";
import { wrap } from "../../../../../src/control/cli/text/units.ts";
import { keyReference } from "../../../../../src/config/mod.ts";
import { fakeIo } from "../fake_io.ts";

const info = { name: "bgpd", summary: "", version: "0", commands: [checkCommand(checkStart)] };

for (const columns of [40, 80, 100, 200]) {
  Deno.test(`check --keys fits ${columns} columns, and every key has its whole text`, async () => {
    const io = fakeIo({ columns });
    assert.equal(await runProgram(info, ["check", "--keys"], io), 0);
    for (const line of io.output.split("\n")) assert.ok(line.length <= columns || !line.trim().includes(" "), line);
    const words = io.output.replaceAll(/\s+/g, " ");
    for (const { key, type, doc } of keyReference()) {
      assert.ok(words.includes(` ${key}`) && words.includes(`${type};`) && words.includes(doc), key);
    }
  });
}

Deno.test("text breaks between words, and a word longer than the line has its own line", () => {
  assert.deepEqual(wrap("one two three", 7), ["one two", "three"]);
  assert.deepEqual(wrap("one unbreakable two", 5), ["one", "unbreakable", "two"]);
  assert.deepEqual(wrap("one", 2), ["one"]);
});
