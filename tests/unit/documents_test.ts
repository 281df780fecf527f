/**
 * The documents name files that exist: a page that sends its reader to a file that moved is worse than none. The parts
 * that are made from the source are those that it makes now.
 */
import assert from "node:assert/strict";
import { referenceFiles } from "../../tools/reference/mod.ts";
import { fromFileUrl, walk } from "../support/files.ts";

const root = fromFileUrl(new URL("../../", import.meta.url));

async function files(folder: string, ending: string): Promise<string[]> {
  return (await Array.fromAsync(walk(root + folder))).filter((path) => path.endsWith(ending));
}

/** Paths from the root of the project that the page writes as code: `src/rib/engine.ts`, `src/rib/in/`. */
function pathsIn(page: string): string[] {
  return [...page.matchAll(/`((?:src|tests|tools|examples)\/[\w./-]*)`/g)].map((found) => found[1]!);
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

Deno.test("every path that a document names exists", async () => {
  const pages = [
    ...await files("docs", ".md"),
    ...["README.md", "SECURITY.md", "CHANGELOG.md"].map((name) => root + name),
  ];
  let named = 0;
  for (const page of pages) {
    for (const path of pathsIn(await Deno.readTextFile(page))) {
      named++;
      assert.ok(await exists(root + path), `${page.slice(root.length)} names ${path}, which does not exist`);
    }
  }
  assert.ok(named > 50, `the documents name ${named} paths: are they still written as code?`);
});

/** Targets of links inside the project, without the part after `#`. */
function linksIn(page: string): string[] {
  const text = page.replaceAll(/^```[^\n]*\n[\s\S]*?^```$/gm, "");
  return [...text.matchAll(/\]\(([^)\s#:]+)(?:#[^)]*)?\)/g)].map((found) => found[1]!);
}

Deno.test("every link of a document leads to a file that exists", async () => {
  let links = 0;
  for (const page of [...await files("docs", ".md"), ...["README.md", "SECURITY.md"].map((name) => root + name)]) {
    for (const link of linksIn(await Deno.readTextFile(page))) {
      links++;
      const path = `${page.slice(0, page.lastIndexOf("/"))}/${link}`;
      assert.ok(await exists(path), `${page.slice(root.length)} links to ${link}, which does not exist`);
    }
  }
  assert.ok(links > 100, `the documents have ${links} links: are they still written as [text](path)?`);
});

Deno.test("README is a front door: it has less than 250 lines", async () => {
  const lines = (await Deno.readTextFile(`${root}README.md`)).split("\n").length;
  assert.ok(lines < 250, `README.md has ${lines} lines`);
});

Deno.test("a page that names a missing file is found", () => {
  assert.deepEqual(pathsIn("see `src/no_such_file.ts` and `other.ts`"), ["src/no_such_file.ts"]);
});

Deno.test("every generated file is current", async () => {
  const old: string[] = [];
  for (const [path, text] of await referenceFiles()) {
    if (await Deno.readTextFile(root + path).catch(() => "") !== text) old.push(path);
  }
  assert.deepEqual(old, [], `${old.join(", ")}: run "deno task reference" and commit what it writes`);
});

Deno.test("docs/README.md lists every page of docs", async () => {
  const index = await Deno.readTextFile(`${root}docs/README.md`);
  for (const path of await files("docs", ".md")) {
    const page = path.slice(`${root}docs/`.length);
    if (page !== "README.md") assert.ok(index.includes(`](${page})`), `docs/README.md has no link to ${page}`);
  }
});

/** The anchor of a heading, as the sites of GitHub and others make it. */
function anchorOf(heading: string): string {
  return heading.trim().toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, "").replaceAll(" ", "-");
}

Deno.test("every link of a document leads to a file and to a heading in it", async () => {
  const pages = [...await files("docs", ".md"), `${root}README.md`, `${root}SECURITY.md`, `${root}CHANGELOG.md`];
  let links = 0;
  for (const page of pages) {
    const text = (await Deno.readTextFile(page)).replace(/```[^]*?```/g, "");
    for (const [, target = ""] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      links++;
      const label = `${page.slice(root.length)} links to ${target}`;
      const [file = "", anchor] = target.split("#");
      const path = file === "" ? page : `${page.slice(0, page.lastIndexOf("/"))}/${file}`;
      assert.ok(await exists(path), `${label}, which does not exist`);
      if (anchor === undefined || !path.endsWith(".md")) continue;
      const headings = [...(await Deno.readTextFile(path)).matchAll(/^#+ (.*)$/gm)].map(([, words = ""]) =>
        anchorOf(words)
      );
      assert.ok(headings.includes(anchor), `${label}, which has no such heading`);
    }
  }
  assert.ok(links > 100, `the documents have ${links} links: are they still found?`);
});

Deno.test("docs/configuration.md writes a default as code only where it is a value that a file can have", async () => {
  const page = await Deno.readTextFile(`${root}docs/configuration.md`);
  const values = [...page.matchAll(/default: `([^;]*)`[;.]/g)].map((found) => found[1]!);
  for (const value of values) assert.doesNotThrow(() => JSON.parse(value), `default: ${value}`);
  assert.ok(values.length > 40, `only ${values.length} defaults are code`);
});
