/**
 * The commands of README and of the pages in docs/, run as their reader runs them: in a fresh folder, with real BIRD,
 * FRR, GoBGP and ExaBGP. What a command prints must be what the page shows. `deno task documents PAGE` runs one page.
 */
import assert from "node:assert/strict";
import { parsePage } from "../../tools/documents/page.ts";
import { pagesOfProject, readPage } from "../../tools/documents/pages.ts";
import { failureText, runPage } from "../../tools/documents/run_page.ts";
import { ensureBgpd } from "../support/bgpd.ts";
import { concurrently } from "../support/steps.ts";
import { missingPrograms, peersRequired } from "./peers/mod.ts";

const programs = [
  "unshare",
  "ip",
  "git",
  "curl",
  "sqlite3",
  "bird",
  "birdc",
  "/usr/lib/frr/bgpd",
  "vtysh",
  "gobgpd",
  "exabgp",
  "stayrtr",
];
const missing = [...missingPrograms(programs), ...Deno.uid() === 0 ? [] : ["root"]];
const ignore = missing.length > 0 && !peersRequired;
if (ignore) console.error(`SKIPPED: the commands of the documents: missing: ${missing.join(", ")}`);

Deno.test({
  name: "the commands of the documents print what the pages show",
  ignore,
  async fn(t) {
    await ensureBgpd();
    const paths = [];
    for (const path of await pagesOfProject()) {
      if (parsePage(await readPage(path)).steps.some((step) => step.kind !== "file")) paths.push(path);
    }
    assert.ok(paths.length >= 5, `only ${paths.length} pages have commands`);
    const cases = paths.map((path) => ({
      title: path,
      run: async () => {
        const { failures } = await runPage(await readPage(path));
        assert.equal(failures.map((failure) => failureText(path, failure)).join("\n"), "");
      },
    }));
    await concurrently(t, 3, cases);
  },
});

Deno.test({
  name: "a page whose command prints something else fails, and says at which line and how; --write corrects the page",
  ignore,
  async fn() {
    const fence = "```";
    const page = [
      "The file `greeting.txt`:",
      `${fence}text file=greeting.txt`,
      "hello",
      fence,
      `${fence}console`,
      "$ cat greeting.txt",
      "good morning",
      "$ echo $((1 + 1))",
      "2",
      fence,
      `${fence}console daemon`,
      "$ echo started; false",
      "started",
      fence,
      "",
    ].join("\n");
    const { failures, corrected } = await runPage(page, { write: true });
    assert.deepEqual(failures.map((failure) => failureText("page.md", failure)), [
      "page.md:6: $ cat greeting.txt\n  + hello\n  - good morning",
      "page.md:12: $ echo started; false\n  ended, and should stay; it printed:\n    started",
    ]);
    assert.equal(corrected, page.replace("good morning", "hello"));
  },
});
