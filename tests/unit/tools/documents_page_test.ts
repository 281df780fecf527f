/** The runner of the documents: what it reads from a page, and which differences it finds. */
import assert from "node:assert/strict";
import { parsePage } from "../../../tools/documents/page.ts";
import { pagesOfProject, readPage, root } from "../../../tools/documents/pages.ts";
import { difference, isShown, missingLine } from "../../../tools/documents/volatile.ts";

const fence = "```";

function page(...blocks: string[]): string {
  return blocks.join("\n\n");
}

function block(info: string, ...lines: string[]): string {
  return [fence + info, ...lines, fence].join("\n");
}

Deno.test("every command that a page shows is run by the runner or by the test that the page names", async () => {
  const reasons: string[] = [];
  for (const path of await pagesOfProject()) {
    const { mistakes, testedBy, notRun } = parsePage(await readPage(path));
    assert.deepEqual(mistakes, [], path);
    if (testedBy !== undefined) await Deno.stat(`${root}/${testedBy}`);
    reasons.push(...notRun.map(({ reason }) => `${path}: ${reason}`));
  }
  for (const reason of reasons) assert.match(reason, /: \S+ \S+ \S+/, `no reason: ${reason}`);
  const tests = reasons.map((reason) => /tests\/\S+_test\.ts/.exec(reason)?.[0]);
  for (const test of tests) if (test !== undefined) await Deno.stat(`${root}/${test}`);
  // Commands that no test runs are few: entering the shell of the lab, starting the tests.
  const untested = reasons.filter((_, i) => tests[i] === undefined);
  assert.ok(untested.length <= 8, untested.join("\n"));
});

Deno.test("a page becomes files, commands with their output, and daemons", () => {
  const { steps, mistakes } = parsePage(page(
    "The file `bgpd.toml`:",
    block("toml file=bgpd.toml", "a = 1"),
    block("console daemon", "$ bgpd bgpd.toml", "listening"),
    "<!-- run: sleep 1 -->",
    block("console exit=1", "$ bgpd check \\", "> other.toml", "wrong", "$ false"),
    block("sh", "# a comment", "one \\", "  two"),
  ));
  assert.deepEqual(mistakes, []);
  assert.deepEqual(steps.map((step) => step.kind === "file" ? step.name : step.command), [
    "bgpd.toml",
    "bgpd bgpd.toml",
    "sleep 1",
    "bgpd check \\\nother.toml",
    "false",
    "one \\\n  two",
  ]);
  assert.deepEqual(steps.map((step) => step.kind === "command" ? [step.exit, step.output] : step.kind), [
    "file",
    "daemon",
    [0, undefined],
    [1, ["wrong"]],
    [1, []],
    [0, undefined],
  ]);
});

Deno.test("a command in a block that nobody runs is a mistake; with a reason it is none", () => {
  assert.match(parsePage(block("text", "$ bgpd show peers")).mistakes[0]!, /mark it console or sh/);
  assert.match(parsePage(block("", "bgpd show peers")).mistakes[0]!, /mark it console or sh/);
  const excused = parsePage(page("<!-- not run: it needs a network -->", block("sh", "apt install bird2")));
  assert.deepEqual([excused.mistakes, excused.steps, excused.notRun.length], [[], [], 1]);
});

Deno.test("a file whose name no reader sees is a mistake", () => {
  assert.match(parsePage(page("A file:", block("toml file=a.toml", "x = 1"))).mistakes[0]!, /does not name `a.toml`/);
});

Deno.test("only times and other volatile parts may differ between the page and the output", () => {
  const line = "2026-11-30T20:15:00.000Z info    listening on 192.0.2.1:179";
  assert.ok(isShown([line], ["2027-01-01T00:00:00.123Z info listening on 192.0.2.1:179"]));
  assert.ok(!isShown([line], ["2027-01-01T00:00:00.123Z info listening on 192.0.2.2:179"]));
  const update = "Last update: Mon Nov 30 19:57:33 2026";
  assert.ok(isShown([update], ["Last update: Tue Dec  1 00:30:02 2026"]));
  assert.ok(!isShown([update], ["Last change: Tue Dec  1 00:30:02 2026"]));
  assert.ok(!isShown(["a  b"], ["a b"]));
  assert.ok(!isShown(["1 route"], ["2 routes"]));
  assert.ok(!isShown(["one"], ["one", "two"]));
});

Deno.test("a line of dots stands for any number of lines, and for nothing else", () => {
  assert.ok(isShown(["one", "…", "four"], ["one", "two", "three", "four"]));
  assert.ok(isShown(["one", "…"], ["one"]));
  assert.ok(!isShown(["one", "…", "four"], ["one", "two"]));
});

Deno.test("lines of a daemon must appear in their order", () => {
  assert.equal(missingLine(["a", "c"], ["a", "b", "c"]), undefined);
  assert.equal(missingLine(["c", "a"], ["a", "b", "c"]), "a");
});

Deno.test("a difference marks what only the page has and what was only printed", () => {
  assert.equal(difference(["a", "b"], ["a", "c"]), ["    a", "  + c", "  - b"].join("\n"));
});
