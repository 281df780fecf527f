import assert from "node:assert/strict";
import { countTests, formatTable, rfcsOf, withTable } from "../../../tools/rfc_table.ts";
import { fromFileUrl } from "../../support/files.ts";

const root = fromFileUrl(new URL("../../../", import.meta.url));

Deno.test("the table of docs/standards.md is up to date (deno task rfc-table writes it)", async () => {
  const page = await Deno.readTextFile(`${root}docs/standards.md`);
  assert.equal(withTable(page, await countTests(`${root}tests`)), page);
});

Deno.test("a title names its RFCs by tag or in words, each once", () => {
  assert.deepEqual(rfcsOf("rfc" + "7606#3c twin of rfc" + "4271#6.3"), [7606, 4271]);
  assert.deepEqual(rfcsOf("RFC " + "4271 §6.2 and RFC " + "4271 §6.3: OPEN"), [4271]);
  assert.deepEqual(rfcsOf("nothing of the kind, not even rfc42#1"), []);
});

Deno.test("an RFC that only a test knows is an error", () => {
  assert.throws(() => formatTable(new Map([[1, 1]])), /RFC 1,/);
});

Deno.test("the descriptions of golden rows count", async () => {
  const golden = await countTests(`${root}tests/golden`);
  assert.ok((golden.get(6368) ?? 0) > 0, "only a golden row tests ATTR_SET");
});
