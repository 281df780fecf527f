/**
 * The words of this project are those of the field: docs/glossary.md defines them. The list below has words that the
 * tree used before, each with the word that replaces it, and a test that none of them comes back.
 */
import assert from "node:assert/strict";
import { fromFileUrl, walk } from "../support/files.ts";

const root = fromFileUrl(new URL("../../", import.meta.url));

interface Replaced {
  /** Words with a blank between them; in code a word is also a part of a name (`lastTold`, `toldAt`). */
  readonly words: readonly string[];
  readonly instead: string;
  /** Files in which the word has its own meaning. */
  readonly except?: RegExp;
}

const replaced: readonly Replaced[] = [
  { words: ["told", "untold"], instead: "advertised (to a peer), reported, logged or written" },
  { words: ["is to hear", "are to hear", "has yet to hear", "have yet to hear"], instead: "receives, not written yet" },
  { words: ["judge", "judges", "judged", "judging", "judgement", "judgment"], instead: "evaluate" },
  { words: ["import gate"], instead: "import filter" },
  { words: ["goes before", "go before"], instead: "takes precedence over" },
  { words: ["last choice"], instead: "least preferred" },
  { words: ["as good as the best"], instead: "multipath, ties with the best route" },
  { words: ["overtake", "overtaken", "overtakes"], instead: "superseded" },
  { words: ["state that ended", "states that ended"], instead: "history entry" },
  { words: ["trade", "trades"], instead: "inter-AS settings" },
  { words: ["mend", "mends", "mended", "mending"], instead: "repair" },
  { words: ["desk"], instead: "handler" },
  { words: ["trouble", "troubles"], instead: "failure" },
  { words: ["allowance", "allowances"], instead: "rate limiter" },
  { words: ["in vain"], instead: "without success" },
  { words: ["in sight"], instead: "shown, visible" },
  { words: ["worked out"], instead: "computed" },
  { words: ["greediest"], instead: "largest" },
  { words: ["retell"], instead: "update" },
  { words: ["book", "books"], instead: "policy table, peers of the file" },
  { words: ["World"], instead: "the name of what it is", except: /^tests\/simulation\/|\/mcp_server\.ts$/ },
];

/** Matches each of these words: alone, at a line break of a comment, and as a part of a name. */
function pattern(words: readonly string[]): RegExp {
  const alternatives = words.flatMap((text) => {
    const parts = text.split(" ");
    const prose = parts.join(String.raw`\s+(?:(?:\*|\/\/|--|#)\s+)?`);
    const start = parts[0]!.slice(0, 1);
    const capital = parts.map((part) => part.slice(0, 1).toUpperCase() + part.slice(1)).join("");
    return [
      // The word itself, or the first one of a name: `told`, `Told`, `toldAt`.
      `(?<![A-Za-z])[${start}${start.toUpperCase()}]${prose.slice(1)}(?![a-z])`,
      // A later word of a name: `lastTold`, `ImportGate`.
      `(?<![A-Z])${capital}(?![a-z])`,
    ];
  });
  return new RegExp(alternatives.join("|"), "g");
}

const patterns = replaced.map((each) => ({ ...each, pattern: pattern(each.words) }));

/** `path:line: "told": use …` for each word of the list in the text. */
function violations(path: string, text: string): string[] {
  return patterns.flatMap(({ pattern, instead, except }) =>
    except?.test(path) ? [] : [...text.matchAll(pattern)].map(({ 0: found, index }) => {
      const line = text.slice(0, index).split("\n").length;
      return `${path}:${line}: "${found.replace(/\s+/g, " ")}": use ${instead}`;
    })
  );
}

/** Texts of earlier releases, and this list. */
const excluded = new Set([
  "docs/renamed_texts.md",
  "src/store/write/renamed_texts.ts",
  "tests/unit/words_test.ts",
]);
const oldSchema = /^tests\/unit\/store\/schema_\d+\.sql$/;
/** Sections of pages that a task writes: the words in them stand in the task's source. */
const generated = /<!-- ([a-z-]+):begin -->[^]*?<!-- \1:end -->/g;

Deno.test("code and documents use the words of the glossary", async () => {
  const paths = ["README.md", "SECURITY.md", "main.ts"];
  for (const folder of ["src", "tests", "tools", "docs", "examples"]) {
    for await (const path of walk(root + folder)) paths.push(path.slice(root.length));
  }
  const found: string[] = [];
  for (const path of paths) {
    if (!/\.(?:ts|sql|md|toml|scenario)$/.test(path) || excluded.has(path) || oldSchema.test(path)) continue;
    const text = await Deno.readTextFile(root + path);
    // Lines keep their numbers.
    const written = text.replace(generated, (section) => section.replace(/[^\n]/g, ""));
    found.push(...violations(path, written));
  }
  assert.deepEqual(found, []);
});

Deno.test("a replaced word is found in prose, across lines and in names, and not within other words", () => {
  const found = (text: string) => violations("a.ts", text).map((line) => line.replace(/: use .*/, ""));
  assert.deepEqual(found("/** What the peer was told. */"), ['a.ts:1: "told"']);
  assert.deepEqual(violations("a.ts", "\nTrouble"), ['a.ts:2: "Trouble": use failure']);
  assert.deepEqual(found("lastTold(toldAt, isUntold)"), ['a.ts:1: "Told"', 'a.ts:1: "told"', 'a.ts:1: "Untold"']);
  assert.deepEqual(found("class ImportGate {}"), ['a.ts:1: "ImportGate"']);
  assert.deepEqual(found("/**\n * It is the last\n * choice.\n */"), ['a.ts:2: "last * choice"']);
  assert.deepEqual(found("// It looks in\n// vain."), ['a.ts:1: "in // vain"']);
  assert.deepEqual(found("foretold, amendment, adjudge, traded, desktop, in sights, vain"), []);
});
