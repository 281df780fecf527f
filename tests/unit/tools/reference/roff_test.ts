import assert from "node:assert/strict";
import { type Block, chapter, code, definitions, paragraph, part } from "../../../../tools/reference/document.ts";
import { toMarkdown } from "../../../../tools/reference/markdown.ts";
import { toRoff } from "../../../../tools/reference/roff.ts";

function roff(...blocks: Block[]): string[] {
  const page = toRoff({ name: "x", section: 1, about: "a y", date: "2026-01-01", source: "x 1", title: "X", blocks });
  return page.trimEnd().split("\n").slice(6);
}

Deno.test("a man page begins with its title line and its name, as whatis reads it", () => {
  const page = toRoff({
    name: "bgpd",
    section: 1,
    about: "a speaker",
    date: "2026-01-01",
    source: "bgpd 1.0",
    title: "Commands",
    blocks: [],
  });
  assert.match(page, /^\.TH "BGPD" "1" "2026-01-01" "bgpd 1\.0" "Commands"$/m);
  assert.match(page, /^\.SH NAME\nbgpd \\- a speaker$/m);
});

Deno.test("roff: what would be a macro, an escape or another character is text", () => {
  assert.deepEqual(roff(paragraph(".dot first")), [".PP", "\\&.dot first"]);
  assert.deepEqual(roff(paragraph('a\\b "c" → d')), [".PP", "a\\eb \\(dqc\\(dq \\[u2192] d"]);
  assert.deepEqual(roff(paragraph("see `--a-b 'c' ^d`.")), [".PP", "see \\fB\\-\\-a\\-b\\ \\(aqc\\(aq\\ \\(had\\fR."]);
  assert.deepEqual(roff(code("sh", "'a'\n\n.b")), [".PP", ".RS 4", ".nf", "\\(aqa\\(aq", "", "\\&.b", ".fi", ".RE"]);
});

Deno.test("roff: a heading begins a paragraph, a sentence has a line of its own, an item a tag", () => {
  const blocks = [chapter("One two"), paragraph("First. Second."), part("bgpd x")];
  assert.deepEqual(roff(...blocks), [".SH ONE TWO", "First.", "Second.", ".SS bgpd x"]);
  const items = definitions(["key", "meaning"], [{ term: "-a N", texts: ["how many", "default: 1"] }]);
  assert.deepEqual(roff(...items), [".TP", "\\fB\\-a N\\fR", "how many", ".br", "default: 1"]);
});

Deno.test("Markdown: a table of names; a pipe ends no cell, and signs outside of code are text", () => {
  const items = definitions(["key", "meaning"], [{ term: "a|b", texts: ["_x_ < *y*", "`_x_ < *y*`"] }]);
  assert.equal(
    toMarkdown(items),
    "| key | meaning |\n|---|---|\n| `a\\|b` | \\_x\\_ &lt; \\*y\\*<br>`_x_ < *y*` |\n",
  );
  assert.equal(toMarkdown([chapter("A"), part("B"), code("sh", "c")]), "## A\n\n### B\n\n```sh\nc\n```\n");
});
