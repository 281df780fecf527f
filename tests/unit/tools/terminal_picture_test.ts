import assert from "node:assert/strict";
import { spansOf, terminalSvg } from "../../../tools/terminal_picture.ts";

Deno.test("a picture of a terminal: pieces of a line stand in their columns, with the style that holds there", () => {
  const spans = spansOf("a\x1b[1;32mbc\x1b[0m d\n\x1b[7me\n\n");
  assert.deepEqual(
    spans.map((line) => line.map(({ text, column, style }) => [text, column, style.bold, style.reverse])),
    [
      [["a", 0, false, false], ["bc", 1, true, false], [" d", 3, false, false]],
      [["e", 0, false, true]],
    ],
  );
});

Deno.test("a picture of a terminal: signs of XML are text, and a reversed piece has a box", () => {
  const svg = terminalSvg("\x1b[7m<&>\x1b[0m", "a & b");
  assert.match(svg, /<title>a &amp; b<\/title>/);
  assert.match(svg, /<rect x="14\.0" y="14" .*fill="#d5dbe1"\/><text .*>&lt;&amp;&gt;<\/text>/);
});
