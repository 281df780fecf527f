import assert from "node:assert/strict";
import plugin from "../../../tools/lint/plugin.ts";

/** Rule names that complain about `source` standing at `file`. */
function complaints(file: string, source: string): string[] {
  return Deno.lint.runPlugin(plugin, file, source).map((diagnostic) => diagnostic.id);
}

const wrongImports: readonly (readonly [string, string, string])[] = [
  ["downwards", "src/message/open.ts", `import { handle } from "../session/mod.ts"; handle();`],
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
