import assert from "node:assert/strict";
import { withSection } from "../../../tools/sections.ts";

Deno.test("a section of a page is replaced between its marks, and nothing else", () => {
  const page = "before\n<!-- bench:begin -->\nold\n<!-- bench:end -->\nafter\n";
  assert.equal(withSection(page, "bench", "new\n"), page.replace("old", "new"));
  assert.throws(() => withSection("nothing", "bench", "new\n"), /no <!-- bench:begin -->/);
});
