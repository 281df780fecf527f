import assert from "node:assert/strict";
import { countTests, formatTable, rfcsOf, withTable } from "../../../tools/rfc_table.ts";
import { fromFileUrl } from "../../support/files.ts";

const root = fromFileUrl(new URL("../../../", import.meta.url));

Deno.test("the RFC table of the README is up to date (deno task rfc-table writes it)", async () => {
  const page = await Deno.readTextFile(`${root}README.md`);
  assert.equal(withTable(page, formatTable(await countTests(`${root}tests`))), page);
});

Deno.test("a title names its RFCs by tag or in words, each once", () => {
  assert.deepEqual(rfcsOf("rfc" + "7606#3c twin of rfc" + "4271#6.3"), [7606, 4271]);
  assert.deepEqual(rfcsOf("RFC " + "4271 §6.2 and RFC " + "4271 §6.3: OPEN"), [4271]);
  assert.deepEqual(rfcsOf("nothing of the kind, not even rfc42#1"), []);
});

Deno.test("an RFC that only a test knows is an error", () => {
  assert.throws(() => formatTable(new Map([[1, 1]])), /RFC 1,/);
});

Deno.test("the marks stay, what was between them goes", () => {
  const [start, end] = ["<!-- rfc-table:start -->", "<!-- rfc-table:end -->"];
  assert.equal(withTable(`a\n${start}\nold\n${end}\nb`, "new"), `a\n${start}\nnew\n${end}\nb`);
  assert.throws(() => withTable("no marks", "new"), /README/);
});

Deno.test("the descriptions of golden rows count", async () => {
  const golden = await countTests(`${root}tests/golden`);
  assert.ok((golden.get(6368) ?? 0) > 0, "only a golden row tests ATTR_SET");
});
