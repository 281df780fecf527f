import assert from "node:assert/strict";
import fc from "../../support/fast_check.ts";
import { emptyAttributeSet, encodeAttributeSet, formatAsPath, parseAsPath } from "../../../src/message/mod.ts";
import { parsePathPattern } from "../../../src/policy/mod.ts";
import { PathMatcher, type PathPattern } from "../../../src/policy/path_pattern.ts";
import { PolicyRoute } from "../../../src/policy/policy_route.ts";

function patternOf(text: string): PathPattern {
  const result = parsePathPattern(text);
  assert.ok(result.kind === "pattern", text);
  return result.pattern;
}

function facts(path: string) {
  const wire = encodeAttributeSet({ ...emptyAttributeSet(), asPath: parseAsPath(path)! });
  const view = new PolicyRoute();
  view.load(wire, 0, wire.length, 0, { family: 1, peer: { address: new Uint8Array(4), asn: 1, localAsn: 1 } });
  return view.path;
}

/** The same said to another engine. */
function asRegExp(text: string): RegExp {
  return new RegExp(text.replaceAll(/\\.|\[[^\]]*\]|_/g, (part) => part === "_" ? "(?:^|[ ,{}()[\\]]|$)" : part));
}

const asn = fc.constantFrom("1", "2", "12", "21", "112");
const item = fc.oneof(asn, asn, fc.constantFrom("[0-9]+", "\\d+", "(1|2)", "(12|2|21)", "01", "1?"));
const gap = fc.constantFrom("_", " ", "_.*_", " .* ", ".*", "");
const simple = fc.tuple(
  fc.constantFrom("^", "_", "^.*_", "", "^_", " "),
  fc.array(fc.tuple(item, gap), { maxLength: 3 }),
  item,
  fc.constantFrom("$", "_", " ", "_.*$", "", "_$"),
).map(([start, middle, last, end]) => start + middle.flat().join("") + last + end);

const atom = fc.constantFrom(
  "1",
  "2",
  "12",
  "_",
  "^",
  "$",
  ".",
  " ",
  ",",
  "[0-9]",
  "[^1]",
  "[1 ,]",
  "\\{",
  "\\}",
  "\\(",
  "\\d",
);
const quantifier = fc.constantFrom("", "", "", "*", "+", "?", "{2}", "{1,2}", "{0,1}", "{2,}");
/** Nothing repeated inside of what is repeated: the other engine would be lost in it. */
const plainParts = fc.array(atom, { minLength: 1, maxLength: 3 }).map((atoms) => atoms.join(""));
const part = fc.oneof(
  fc.tuple(atom, quantifier).map(([atom, times]) => /^[\^$]$/.test(atom) ? atom : atom + times),
  fc.tuple(plainParts, quantifier).map(([inside, times]) => `(${inside})${times}`),
  fc.tuple(plainParts, plainParts, quantifier).map(([a, b, times]) => `(?:${a}|${b}|)${times}`),
);
const wild = fc.array(part, { maxLength: 4 }).map((parts) => parts.join(""));

const sequence = fc.array(asn, { maxLength: 5 }).map((list) => list.join(" "));
const anyPath = fc.oneof(
  sequence,
  fc.constantFrom("{1,2}", "1 {2,12} 21", "(1 2) 12", "[1,2] 1", "1 {2}", "{1} {2} 1"),
);

Deno.test("patterns answer as a regular expression of JavaScript does, over integers and over text", () => {
  let stepped = 0, matched = 0;
  fc.assert(
    fc.property(fc.oneof(simple, wild), fc.array(anyPath, { minLength: 8, maxLength: 8 }), (text, paths) => {
      const compiled = patternOf(text);
      if (compiled.steps !== undefined) stepped++;
      const expression = asRegExp(text);
      for (const path of paths) {
        const expected = expression.test(path);
        if (expected) matched++;
        assert.equal(compiled.matchesText(path), expected, `${text} over the text "${path}"`);
        assert.equal(compiled.matches(facts(path)), expected, `${text} on "${path}"`);
        assert.equal(new PathMatcher([compiled]).matches(facts(path)), expected, `${text} in a set on "${path}"`);
      }
    }),
    { numRuns: 3000 },
  );
  assert.ok(stepped > 300 && matched > 1000, `${stepped} stepped, ${matched} matched`);
});

Deno.test("repetitions of repetitions mean what they say", () => {
  const cases: [pattern: string, yes: string[], no: string[]][] = [
    ["^((1|2)+_)*3$", ["3", "12 3", "1 21 3"], ["13", "1 4 3"]],
    ["^(1 ?){2,3}$", ["1 1", "11", "111", "1 1 1"], ["1", "1111"]],
    ["^(([0-9]+_){2})+$", ["1 2", "1 2 3 4"], ["1", "1 2 3"]],
    ["^(_*1_*)*$", ["", "1 1", "{1,1}"], ["2"]],
  ];
  for (const [text, yes, no] of cases) {
    for (const path of yes) assert.ok(patternOf(text).matchesText(path), `${text} on "${path}"`);
    for (const path of no) assert.ok(!patternOf(text).matchesText(path), `${text} on "${path}"`);
  }
});

Deno.test("the time a pattern takes grows with the path, not with the ways to match it", () => {
  // JavaScript's own engine needs longer than the universe is old for the first of these.
  const path = `${new Array(2000).fill("65001").join(" ")} {1,2}`;
  for (const text of ["^([0-9]+_?)+$", "^(65001_?)*$", "^(([0-9]|65001|_)+)+,$", "(.*1){25}.*$"]) {
    patternOf(text).matchesText(path);
  }
  assert.ok(!patternOf("^([0-9]+ ?)+$").matchesText(path));
  assert.ok(patternOf("^([0-9]+_?)+$").matchesText(path.slice(0, -6)));
});

Deno.test("_ is the start, the end, or what separates two AS numbers, and nothing else", () => {
  const cases: [pattern: string, yes: string[], no: string[]][] = [
    ["_12_", ["12", "1 12 2", "{12,3}", "(12) 1", "1 [12]"], ["112", "121", ""]],
    ["^12_", ["12", "12 1"], ["1 12", "121"]],
    ["_12$", ["12", "1 12"], ["12 1", "112"]],
    ["^12 ", ["12 1"], ["12", "121 1"]],
    ["^$", [""], ["1"]],
    ["_1_2_", ["1 2", "3 1 2 4", "{1,2}"], ["1 3 2", "2 1"]],
    ["^1_.*_2$", ["1 3 2", "1 3 4 2"], ["1 2", "1 3 2 4"]],
    ["^(1_)+2$", ["1 2", "1 1 1 2"], ["2", "1 3 2"]],
    ["\\{1,2\\}", ["3 {1,2}"], ["1 2"]],
    ["1", ["21", "1 2"], ["2"]],
    ["[_1]2", ["12"], ["1 2"]],
  ];
  for (const [text, yes, no] of cases) {
    for (const path of yes) assert.ok(patternOf(text).matches(facts(path)), `${text} on "${path}"`);
    for (const path of no) assert.ok(!patternOf(text).matches(facts(path)), `${text} on "${path}"`);
  }
});

Deno.test("the usual patterns need no text", () => {
  for (
    const text of ["_64512_", "^65001_", "^65001 ", "_65001$", "^$", ".*", "^65001_[0-9]+$", "_(1|2)_", "_1_.*_2_"]
  ) {
    assert.notEqual(patternOf(text).steps, undefined, text);
  }
  for (const text of ["65001", "^65", "(1|2)+", "_1+_", "\\{"]) assert.equal(patternOf(text).steps, undefined, text);
});

Deno.test("what is no pattern is refused with the reason", () => {
  const wrong = [
    "(1",
    "1)",
    "[1",
    "*",
    "+1",
    "AS65001",
    "1;2",
    "1/2",
    "\\w",
    "(?<=1)2",
    "{2}",
    "1{3,2}",
    "1{999}",
    "[2-1]",
  ];
  for (const text of wrong) {
    const result = parsePathPattern(text);
    assert.equal(result.kind, "error", text);
    assert.ok(result.kind === "error" && result.text.length > 5, text);
  }
  const large = parsePathPattern("((([0-9]+_){50}){50}){50}");
  assert.deepEqual(large, { kind: "error", text: "it is too large: use fewer repetitions" });
});

Deno.test("a path is text as the database writes it", () => {
  for (const path of ["65000 500 {1,2} (3 4) [5,6]", "", "1"]) {
    assert.equal(facts(path).text, formatAsPath(parseAsPath(path)!));
  }
});
