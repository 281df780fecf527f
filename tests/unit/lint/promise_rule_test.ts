/** Promises and effects that nobody takes are found; those that are taken are left alone. */
import assert from "node:assert/strict";
import plugin from "../../../tools/lint/plugin.ts";

const rule = "bgpd/promises";

function finds(source: string): number {
  const found = Deno.lint.runPlugin(plugin, "/home/u/bgpd/src/daemon/a.ts", source);
  return found.filter(({ id }) => id === rule).length;
}

const dropped: readonly (readonly [string, string])[] = [
  ["an async function", "async function f() {} f();"],
  ["a function declared below the call", "f(); async function f() {}"],
  ["a declared result", "declare const p: Promise<void>; function f(): Promise<void> { return p; } f();"],
  ["an async arrow", "const f = async () => {}; f();"],
  ["a method", "export class X { async stop() {} end() { this.stop(); } }"],
  [
    "a private method",
    "export class X { #stop(): Promise<void> { return this.p; } p!: Promise<void>; end() { this.#stop(); } }",
  ],
  ["a field of function type", "export class X { #ask!: (a: number) => Promise<number>; end() { this.#ask(1); } }"],
  ["then without a handler of the rejection", "declare const x: { p: Promise<void> }; x.p.then(() => 1);"],
  ["finally", "declare const x: { p: Promise<void> }; x.p.then(() => 1, () => 2).finally(() => 3);"],
  [
    "effects of the state machine",
    `import { handle } from "../session/mod.ts"; handle(s, e, 1); declare const s: never, e: never;`,
  ],
];

for (const [title, source] of dropped) {
  Deno.test(`promise rule catches: ${title}`, () => assert.equal(finds(source), 1, source));
}

const taken: readonly (readonly [string, string])[] = [
  ["await", "async function f() {} await f();"],
  ["return", "async function f() {} export function g() { return f(); }"],
  ["a variable", "async function f() {} export const p = f();"],
  ["catch", "async function f() {} f().catch(() => {});"],
  ["then with a handler of the rejection", "async function f() {} f().then(() => 1, () => 2);"],
  ["void, for one that never rejects", "async function f() {} void f();"],
  [
    "a method of the same name that gives nothing",
    "export class X { async stop() {} #stop() {} end() { this.#stop(); } }",
  ],
  ["an async generator", "async function* f() { yield 1; } f();"],
  [
    "effects that are carried out",
    `import { handle } from "../session/mod.ts"; export const x = (s: never) => handle(s, s, 1);`,
  ],
];

for (const [title, source] of taken) {
  Deno.test(`promise rule allows: ${title}`, () => assert.equal(finds(source), 0, source));
}

Deno.test("promise rule leaves tests alone: they turn the state machine without a shell", () => {
  const source =
    `import { handle } from "../../src/session/mod.ts"; handle(s, e, 1); declare const s: never, e: never;`;
  const found = Deno.lint.runPlugin(plugin, "/home/u/bgpd/tests/unit/a_test.ts", source);
  assert.deepEqual(found, []);
});
