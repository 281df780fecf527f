/** Rules of style that concern the whole tree: a lint rule sees one file at a time. */
import assert from "node:assert/strict";
import { fromFileUrl, walk } from "../support/files.ts";
import { importCycles } from "../../tools/import_cycles.ts";
import { doors, floors, pureFolders, subFloors } from "../../tools/lint/layers.ts";
import { overlongLines } from "../../tools/lint/size_rules.ts";
import { libcPaths } from "../../src/transport/libc.ts";
import { libcPaths as permittedLibcPaths, runFlags } from "../../tools/permissions.ts";

const root = fromFileUrl(new URL("../../", import.meta.url));

/** Paths relative to the project, with their text. */
async function sources(...folders: string[]): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const folder of folders) {
    for await (const path of walk(root + folder)) {
      if (path.endsWith(".ts")) found.set(path.slice(root.length), await Deno.readTextFile(path));
    }
  }
  return found;
}

Deno.test("every folder of src has its floor, and a mod.ts that opens with a title page", async () => {
  const known = floors.flat();
  for await (const entry of Deno.readDir(`${root}src`)) {
    assert.ok(entry.isDirectory, `src/${entry.name} is not a folder`);
    assert.ok(known.includes(entry.name), `src/${entry.name} has no floor in tools/lint/layers.ts`);
    // Git knows no empty folders; a working copy may.
    if ((await Array.fromAsync(Deno.readDir(`${root}src/${entry.name}`))).length === 0) continue;
    const page = await Deno.readTextFile(`${root}src/${entry.name}/mod.ts`);
    assert.match(page, new RegExp(`^/\\*\\*\\n \\* # ${entry.name}: `), `src/${entry.name}/mod.ts has no title`);
    const title = page.slice(0, page.indexOf("*/"));
    assert.match(title, /@module/, `src/${entry.name}/mod.ts: the title page is not marked @module`);
    assert.match(title, /Start reading/i, `src/${entry.name}/mod.ts does not say where to start reading`);
  }
});

Deno.test("no files of src import each other in a cycle, types included", async () => {
  const cycles = importCycles(await sources("src"));
  assert.deepEqual(cycles, []);
});

Deno.test("every sub-folder with an order exists, and no other", async () => {
  for (const [folder, order] of Object.entries(subFloors)) {
    const paths = [...(await sources(`src/${folder}`)).keys()];
    const found = new Set(paths.map((path) => path.split("/").slice(2, -1).join("/")));
    assert.deepEqual([...found].sort(), [...order].sort());
  }
});

Deno.test("what a folder takes through a door beside mod.ts, mod.ts exports too; every door is in use", async () => {
  const files = [...await sources("src")];
  for (const [folder, paths] of Object.entries(doors)) {
    const page = await Deno.readTextFile(`${root}src/${folder}/mod.ts`);
    for (const path of paths) {
      // A namespace, or names in braces.
      const taken = new RegExp(
        `^import (?:type )?(?:\\{([^}]*)\\}|\\* as (\\w+)) from "[./]+/${folder}/${path}"`,
        "gm",
      );
      const names = files.flatMap(([, text]) =>
        [...text.matchAll(taken)].map(([, list, whole]) => list ?? whole ?? "")
      );
      assert.ok(names.length > 0, `nobody imports src/${folder}/${path}: remove the door`);
      const isOpen = page.includes(`export * from "./${path}"`);
      for (const name of names.flatMap((list) => list.match(/\w+/g) ?? []).filter((name) => name !== "type")) {
        assert.ok(isOpen || new RegExp(`\\b${name}\\b`).test(page), `src/${folder}/mod.ts does not export ${name}`);
      }
    }
  }
});

/** The lines `  types/        values …  ┐` of the map, from its first folder to its last. */
function mapOfSource(page: string): { name: string; text: string }[] {
  const map = /^src\/\n((?: {2}.*\n)+)/m.exec(page);
  assert.ok(map, "docs/architecture.md has no map of src/");
  return [...map[1]!.matchAll(/^ {2}([a-z]+)\/ +(.*)$/gm)].map((row) => ({ name: row[1]!, text: row[2]! }));
}

Deno.test("the map of src in docs/architecture.md is the order that lint enforces", async () => {
  const rows = mapOfSource(await Deno.readTextFile(`${root}docs/architecture.md`));
  const existing = new Set([...(await sources("src")).keys()].map((path) => path.split("/")[1]!));
  assert.deepEqual(rows.map(({ name }) => name), floors.flat().filter((name) => existing.has(name)));
  // Two braces on the right: the first takes in the pure folders, the second the shells.
  const lastPure = rows.findIndex(({ text }) => text.includes("┘"));
  assert.deepEqual(
    rows.map(({ name }, index) => [name, index <= lastPure]),
    rows.map(({ name }) => [name, pureFolders.has(name)]),
  );
});

Deno.test("SQL and scenarios have at most 120 columns (of TypeScript, lint says so)", async () => {
  for (const folder of ["src", "tests", "examples"]) {
    for await (const path of walk(root + folder)) {
      // Schemas of released versions stay as they were.
      if (!/(?<!\/schema_\d+)\.sql$|\.scenario$/.test(path)) continue;
      const found = overlongLines(await Deno.readTextFile(path));
      assert.deepEqual(found.map(({ line }) => `${path.slice(root.length)}:${line}`), []);
    }
  }
});

Deno.test("a file of src over 400 lines says in its header why it is one file", async () => {
  const long = [...await sources("src")].filter(([, text]) => text.split("\n").length > 401);
  const silent = long.filter(([, text]) => !/^\/\*\*[^/]*One file because /.test(text));
  assert.deepEqual(silent.map(([path, text]) => `${path}: ${text.split("\n").length - 1}`), []);
});

Deno.test("file names are snake_case, and tests end in _test.ts", async () => {
  for (const path of (await sources("src", "tools", "tests")).keys()) {
    assert.match(path.split("/").pop()!, /^[a-z0-9]+(_[a-z0-9]+)*\.ts$/, path);
  }
  for (const [path, text] of await sources("tests")) {
    const tests = /^Deno\.test\(/m.test(text);
    assert.ok(!tests || path.endsWith("_test.ts"), `${path} holds tests that nobody runs`);
  }
});

Deno.test("nothing is left to do", async () => {
  const mark = new RegExp(`\\b(${["TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK"].join("|")})\\b`);
  for (const [path, text] of await sources("src", "tools", "tests")) {
    const line = text.split("\n").findIndex((line) => mark.test(line));
    assert.equal(line, -1, `${path}:${line + 1}`);
  }
});

Deno.test("each library has one home: the file that imports it", async () => {
  const libraries = [
    "commander",
    "smol-toml",
    "@logtape/logtape",
    "node:sqlite",
    "zod",
    "hono",
    "prom-client",
  ];
  const src = await sources("src");
  for (const library of libraries) {
    const imported = new RegExp(`(?:from|import)\\s*\\(?"${library.replace("/", "\\/")}(?:\\/[^"]*)?"`);
    const homes = [...src].filter(([, text]) => imported.test(text)).map(([path]) => path);
    assert.equal(homes.length, 1, `${library} is imported by ${homes.join(", ") || "no file"}`);
  }
});

Deno.test("a test in tests/unit stands where its source stands", async () => {
  for (const path of (await sources("tests/unit")).keys()) {
    const [, , folder, ...rest] = path.split("/");
    if (rest.length === 0) continue;
    assert.ok([...floors.flat(), "lint", "tools", "support"].includes(folder!), `${path}: no such folder in src`);
  }
});

Deno.test("deno task start has the permissions and flags of the executable", async () => {
  const config = JSON.parse(await Deno.readTextFile(`${root}deno.json`));
  assert.equal(config.tasks.start.command, `deno run ${runFlags.join(" ")} main.ts`);
});

Deno.test("the executable may open libc wherever the transport looks for it", () => {
  assert.ok(libcPaths.length > 0);
  for (const path of libcPaths) assert.ok(permittedLibcPaths.includes(path), path);
});
