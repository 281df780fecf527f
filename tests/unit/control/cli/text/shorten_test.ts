import assert from "node:assert/strict";
import { type Fit, shorten, shortestOf } from "../../../../../src/control/cli/text/shorten.ts";
import { displayWidth, endOf, padLeft, padRight, startOf } from "../../../../../src/control/cli/text/width.ts";

Deno.test("a shortened text keeps what matters of its kind", () => {
  const path = "65001 65002 65003 65004 65005 65006";
  const cases: [text: string, width: number, fit: Fit, short: string][] = [
    [path, 35, "path", path],
    [path, 34, "path", "65001 65002 65003 … 65005 65006"],
    [path, 25, "path", "65001 65002 … 65005 65006"],
    [path, 13, "path", "65001 … 65006"],
    [path, 12, "path", "… 65006"],
    ["65001 {65002,65003}", 13, "path", "65001 …65003}"],
    ["4200000001", 8, "path", "4200…001"],
    ["65001:1 65001:2 65001:3", 15, "list", "65001:1 +2"],
    ["65001:1 65001:2 65001:3", 18, "list", "65001:1 65001:2 +1"],
    ["65001:123456 65001:2", 8, "list", "65001:1…"],
    ["2001:db8:1:2:3:4:5:6", 15, "address", "2001:db…3:4:5:6"],
    ["2001:db8:1:2:3::/80", 15, "address", "2001:db…:3::/80"],
    ["2001:db8:1:2:3::/80 [4000000000]", 20, "address", "200…/80 [4000000000]"],
    ["2026-01-31T12:00:00.123Z", 23, "time", "2026-01-31 12:00:00"],
    ["2026-01-31T12:00:00.123Z", 18, "time", "01-31 12:00:00"],
    ["incomplete", 3, "origin", "?"],
    ["igp", 2, "origin", "i"],
    ["Established", 8, "state", "Estab"],
    ["was Established", 10, "state", "was Estab"],
    ["a description that is long", 10, "end", "a descrip…"],
    ["東京インターネット", 8, "end", "東京イ…"],
  ];
  for (const [text, width, fit, short] of cases) {
    const actual = shorten(text, width, fit);
    assert.equal(actual, short, text);
    assert.ok(displayWidth(actual) <= width);
    assert.ok(shortestOf(text, fit) <= displayWidth(text), text);
  }
});

Deno.test("texts have the width that a terminal gives them", () => {
  assert.equal(displayWidth("abc"), 3);
  assert.equal(displayWidth("東京"), 4);
  assert.equal(displayWidth("é"), 1);
  assert.equal(displayWidth("e\u0301"), 1, "a letter and an accent of its own");
  assert.equal(displayWidth("🚀 up"), 5);
  assert.deepEqual([startOf("東京", 3), endOf("東京", 3)], ["東", "京"]);
  assert.deepEqual([startOf("abc", 0), endOf("abc", 0), endOf("abc", -1)], ["", "", ""]);
  assert.equal(endOf("ae\u0301", 1), "e\u0301");
  assert.deepEqual([padRight("東", 4), padLeft("東", 4), padRight("ab", 4)], ["東  ", "  東", "ab  "]);
});
