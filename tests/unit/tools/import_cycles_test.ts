import assert from "node:assert/strict";
import { importCycles, importsOf } from "../../../tools/import_cycles.ts";

const ways: readonly (readonly [string, string])[] = [
  ["a named import", `import { x } from "./b.ts";`],
  ["a type import", `import type { X } from "./b.ts";`],
  ["a default and a named type import", `import y, { type X } from "./b.ts";`],
  ["an import for its effect", `import "./b.ts";`],
  ["an import over many lines", `import {\n  x,\n  y,\n} from "./b.ts";`],
  ["a re-export", `export { x } from "./b.ts";`],
  ["a re-export of everything", `export * from "./b.ts";`],
  ["a re-export of types", `export type { X } from "./b.ts";`],
  ["a dynamic import", `const x = await import("./b.ts");`],
  ["an import type", `export type X = import("./b.ts").X;`],
];

for (const [title, source] of ways) {
  Deno.test(`import cycles count ${title}`, () => {
    assert.deepEqual(importsOf(`/** import "./no.ts" */\nconst a = 1;\n${source}\n`), ["./b.ts"]);
    assert.deepEqual(importCycles(new Map([["src/a.ts", source], ["src/b.ts", `import "./a.ts";`]])), [
      ["src/a.ts", "src/b.ts"],
    ]);
  });
}

Deno.test("import cycles are found through folders, one group each; a line of files is none", () => {
  const files = new Map([
    ["src/rib/engine.ts", `import { a } from "./in/a.ts";`],
    ["src/rib/in/a.ts", `import type { B } from "../out/b.ts";`],
    ["src/rib/out/b.ts", `import { c } from "./c.ts";`],
    ["src/rib/out/c.ts", `export * from "../in/a.ts";\nimport { d } from "./d.ts";`],
    ["src/rib/out/d.ts", `import "node:test";\nimport "./none.ts";`],
    ["src/session/self.ts", `import "./self.ts";`],
  ]);
  assert.deepEqual(importCycles(files), [
    ["src/rib/in/a.ts", "src/rib/out/b.ts", "src/rib/out/c.ts"],
    ["src/session/self.ts"],
  ]);
});

Deno.test("text and comments that look like imports are none", () => {
  assert.deepEqual(importsOf(`// import "./a.ts";\nexport const text = "x"; // from "./b.ts"\n`), []);
  assert.deepEqual(importsOf(`export interface A { from: string }\nconst f = g("./c.ts");\n`), []);
});
