import assert from "node:assert/strict";
import plugin from "../../../tools/lint/plugin.ts";
import { overlongLines } from "../../../tools/lint/size_rules.ts";

/** Rule names that complain about `source` standing at `file`. */
function complaints(file: string, source: string): string[] {
  return Deno.lint.runPlugin(plugin, file, source).map((diagnostic) => diagnostic.id);
}

const wrongImports: readonly (readonly [string, string, string])[] = [
  ["downwards", "src/message/open.ts", `import { nextDeadline } from "../session/mod.ts"; nextDeadline();`],
  ["a type downwards", "src/rib/engine.ts", `import type { Config } from "../config/mod.ts"; export type X = Config;`],
  ["beside the door", "src/session/fsm.ts", `import { decodeOpen } from "../message/open.ts"; decodeOpen();`],
  ["a nested file downwards", "src/message/attribute/origin.ts", `import { x } from "../../rib/mod.ts"; x();`],
  ["re-export downwards", "src/types/mod.ts", `export * from "../message/mod.ts";`],
  ["named re-export downwards", "src/types/mod.ts", `export { open } from "../message/mod.ts";`],
  ["dynamic import downwards", "src/store/mod.ts", `const x = await import("../daemon/mod.ts"); x.run();`],
  ["a worker of another folder", "src/control/mod.ts", `new URL("../daemon/rib_worker.ts", import.meta.url);`],
  ["out of src", "src/daemon/mod.ts", `import { x } from "../../tools/x.ts"; x();`],
  ["a folder without a floor", "src/attic/mod.ts", `import { x } from "../types/mod.ts"; x();`],
  ["neighbours on one floor", "src/mrt/mod.ts", `import { x } from "../bmp/mod.ts"; x();`],
];

for (const [title, file, source] of wrongImports) {
  Deno.test(`import rule catches: ${title}`, () => {
    assert.deepEqual(complaints(`/home/u/bgpd/${file}`, source), ["bgpd/imports"]);
  });
}

const rightImports: readonly (readonly [string, string, string])[] = [
  ["upwards through mod.ts", "src/rib/engine.ts", `import { x } from "../message/mod.ts"; x();`],
  ["upwards from a nested file", "src/message/attribute/origin.ts", `import { x } from "../../types/mod.ts"; x();`],
  ["within the folder", "src/message/attribute/origin.ts", `import { x } from "../open.ts"; x();`],
  ["a worker of its own", "src/daemon/workers.ts", `new URL("./rib_worker.ts", import.meta.url);`],
  ["a package", "src/config/toml.ts", `import { parse } from "smol-toml"; parse("");`],
  ["the version", "src/daemon/a.ts", `import config from "../../deno.json" with { type: "json" }; config.version;`],
  ["the questions", "src/store/a.ts", `import text from "../../examples/queries.sql" with { type: "text" }; text;`],
  ["outside src", "main.ts", `import { runDaemon } from "./src/daemon/mod.ts"; runDaemon();`],
  ["a test, anything", "tests/unit/src/x_test.ts", `import { x } from "../../src/rib/engine.ts"; x();`],
];

for (const [title, file, source] of rightImports) {
  Deno.test(`import rule allows: ${title}`, () => assert.deepEqual(complaints(`/home/u/bgpd/${file}`, source), []));
}

const impure: readonly (readonly [string, string])[] = [
  ["Deno", "export const x = Deno.pid;"],
  ["node:", `import { Buffer } from "node:buffer"; export const x = Buffer;`],
  ["a timer", "setTimeout(() => 0, 1);"],
  ["the clock", "export const x = () => Date.now();"],
  ["the clock, by constructor", "export const x = () => new Date();"],
  ["chance", "export const x = () => Math.random();"],
  ["a promise", "export const x = (p: { then: unknown }) => Promise.resolve(p);"],
  ["await", "export const x = await y;"],
  ["async functions", "export async function x() {}"],
  ["async arrows", "export const x = async () => {};"],
  ["async methods", "export class X { async y() {} }"],
  ["import()", `export const x = import("./y.ts");`],
  ["globalThis", "export const x = globalThis.name;"],
];

for (const [title, source] of impure) {
  for (const folder of ["types", "message", "session", "policy", "rib", "config"]) {
    Deno.test(`purity rule catches in ${folder}: ${title}`, () => {
      const found = complaints(`/home/u/bgpd/src/${folder}/a.ts`, source);
      assert.ok(found.includes("bgpd/purity"), found.join());
    });
  }
  Deno.test(`purity rule allows in a shell: ${title}`, () => {
    assert.deepEqual(complaints("/home/u/bgpd/src/transport/a.ts", source), []);
  });
}

Deno.test("purity rule allows names that merely look alike", () => {
  const source = `
    export interface Clock { setTimeout(at: number): void; process: number }
    export const f = (clock: Clock) => { clock.setTimeout(1); return { process: clock.process, at: new Date(0) }; };
  `;
  assert.deepEqual(complaints("/home/u/bgpd/src/session/a.ts", source), []);
});

Deno.test("console belongs to src/control", () => {
  const source = `console.log("x");`;
  assert.deepEqual(complaints("/home/u/bgpd/src/daemon/a.ts", source), ["bgpd/console"]);
  assert.deepEqual(complaints("/home/u/bgpd/src/store/a.ts", `console.error("x");`), ["bgpd/console"]);
  assert.deepEqual(complaints("/home/u/bgpd/src/daemon/a.ts", `console.error("x");`), []);
  assert.deepEqual(complaints("/home/u/bgpd/src/control/cli/a.ts", source), []);
  assert.deepEqual(complaints("/home/u/bgpd/tools/a.ts", source), []);
});

Deno.test("private members are #private, code points are not enums", () => {
  assert.deepEqual(complaints("/home/u/bgpd/src/rib/a.ts", "export class X { private y = 1; private z() {} }"), [
    "bgpd/hash-private",
    "bgpd/hash-private",
  ]);
  assert.deepEqual(complaints("/home/u/bgpd/src/rib/a.ts", "export class X { #y = 1; z() { return this.#y; } }"), []);
  assert.deepEqual(complaints("/home/u/bgpd/src/rib/a.ts", "export class X { private constructor() {} }"), []);
  assert.deepEqual(complaints("/home/u/bgpd/src/rib/a.ts", "export enum X { a }"), ["bgpd/no-enum"]);
});

const wrongSubFloors: readonly (readonly [string, string, string])[] = [
  ["upwards", "src/rib/table/ids.ts", `import { x } from "../out/group.ts"; x();`],
  [
    "a type upwards",
    "src/rib/decide/decision.ts",
    `import type { X } from "../feed/store_feed.ts"; export type Y = X;`,
  ],
  ["an import type upwards", "src/rib/in/a.ts", `export type X = import("../decide/decision.ts").X;`],
  ["the import filter from Adj-RIB-In's folder", "src/rib/in/import/a.ts", `import { x } from "../ingest.ts"; x();`],
  ["the export filter from Adj-RIB-Out's folder", "src/rib/out/export/a.ts", `import { x } from "../rows.ts"; x();`],
  ["a file beside the engine", "src/rib/feed/a.ts", `import { x } from "../engine.ts"; x();`],
  ["the door from inside", "src/rib/in/a.ts", `import { x } from "../mod.ts"; x();`],
  ["a peer from the log", "src/daemon/log/log.ts", `import { x } from "../peer/peer.ts"; x();`],
  ["the writer from a query", "src/store/read/a.ts", `import { x } from "../write/writer.ts"; x();`],
  ["a query from what both need", "src/store/files.ts", `import { x } from "./read/reader.ts"; x();`],
  ["a sub-folder without a floor", "src/rib/attic/a.ts", `import { x } from "../table/ids.ts"; x();`],
  ["a file of a sub-folder without a floor", "src/rib/out/a.ts", `import { x } from "../attic/a.ts"; x();`],
];

for (const [title, file, source] of wrongSubFloors) {
  Deno.test(`import rule catches inside rib: ${title}`, () => {
    assert.deepEqual(complaints(`/home/u/bgpd/${file}`, source), ["bgpd/imports"]);
  });
}

const rightSubFloors: readonly (readonly [string, string, string])[] = [
  ["every sub-folder, from the title page", "src/store/mod.ts", `export { x } from "./write/writer.ts";`],
  ["an earlier sub-folder of daemon/", "src/daemon/peer/peer.ts", `import { x } from "../log/log.ts"; x();`],
  ["an earlier sub-folder", "src/rib/out/group.ts", `import { x } from "../table/ids.ts"; x();`],
  ["its own sub-folder", "src/rib/out/group.ts", `import { x } from "./rows.ts"; x();`],
  ["the import filter, from in/", "src/rib/in/ingest.ts", `import { x } from "./import/filter.ts"; x();`],
  ["the export filter, from out/", "src/rib/out/group.ts", `import { x } from "./export/filter.ts"; x();`],
  ["anything, from beside the engine", "src/rib/engine.ts", `import { x } from "./feed/store_feed.ts"; x();`],
  ["another folder, from deep inside", "src/rib/in/import/a.ts", `import { x } from "../../../message/mod.ts"; x();`],
];

for (const [title, file, source] of rightSubFloors) {
  Deno.test(`import rule allows inside rib: ${title}`, () => {
    assert.deepEqual(complaints(`/home/u/bgpd/${file}`, source), []);
  });
}

/** A function of `lines` lines, of which the first is `head` and the last `tail`. */
function functionOf(lines: number, head: string, tail: string): string {
  return [head, ...Array.from({ length: lines - 2 }, () => "  void 0;"), tail].join("\n");
}

const functionForms: readonly (readonly [string, string, string])[] = [
  ["a function", "export function f() {", "}"],
  ["an arrow with a name", "export const f = () => {", "};"],
  ["a function expression with a name", "export const f = function () {", "};"],
  ["a method", "export class X { f() {", "} }"],
  ["a constructor", "export class X { constructor() {", "} }"],
  ["a private method", "export class X { #f() {", "} g() { this.#f(); } }"],
  ["a property", "export const x = { f: () => {", "} };"],
];

for (const [title, head, tail] of functionForms) {
  for (const folder of ["src/mrt", "tools", "tests/unit/lint"]) {
    Deno.test(`function-length catches in ${folder}: ${title}`, () => {
      const file = `/home/u/bgpd/${folder}/a.ts`;
      assert.deepEqual(complaints(file, functionOf(70, head, tail)), []);
      assert.deepEqual(complaints(file, functionOf(71, head, tail)), ["bgpd/function-length"]);
    });
  }
}

Deno.test("function-length counts callbacks in src, not the steps of a test", () => {
  const source = functionOf(71, `run("title", () => {`, "});");
  assert.deepEqual(complaints("/home/u/bgpd/src/mrt/a.ts", source), ["bgpd/function-length"]);
  assert.deepEqual(complaints("/home/u/bgpd/tests/unit/lint/a_test.ts", source), []);
});

const longLines: readonly (readonly [string, string])[] = [
  ["code", `export const x = [${"1, ".repeat(40)}];`],
  ["a comment", `// ${"word ".repeat(24)}`],
  ["a template", "export const x = `\n  " + "SELECT ".repeat(18) + "\n`;"],
  ["a string", `export const x = "${"x".repeat(104)}";`],
];

for (const [title, source] of longLines) {
  for (const folder of ["src/bmp", "tools", "tests/unit/lint"]) {
    Deno.test(`line-length catches in ${folder}: ${title}`, () => {
      assert.deepEqual(complaints(`/home/u/bgpd/${folder}/a.ts`, source), ["bgpd/line-length"]);
    });
  }
}

Deno.test("line-length allows 120 columns, and counts characters, not code units", () => {
  assert.deepEqual(complaints("/home/u/bgpd/tools/a.ts", `// ${"─".repeat(117)}\n// ${"😀".repeat(117)}\n`), []);
  assert.deepEqual(overlongLines(`a\n${"😀".repeat(121)}\n${"b".repeat(120)}`), [{ line: 2, columns: 121 }]);
});
