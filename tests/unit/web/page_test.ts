/** The files of the page: all of them are there, they are small, and none names another host. */
import assert from "node:assert/strict";
import { pageAssets } from "../../../src/web/page/mod.ts";

const assets = pageAssets();
const encoder = new TextEncoder();

Deno.test("the page has less than 300 kB, with its libraries", () => {
  const octets = [...assets.values()].reduce((sum, { text }) => sum + encoder.encode(text).length, 0);
  assert.ok(octets > 50_000 && octets < 300_000, `${octets} octets`);
});

Deno.test("every file that a file of the page names is there", () => {
  let named = 0;
  for (const [path, { text }] of assets) {
    const names = [
      ...[...text.matchAll(/(?:from|import)\s*"(\.[^"]+)"/g)].map(([, name]) => name!),
      ...path === "/" ? [...text.matchAll(/(?:src|href)="(\/page\/[^"]+)"/g)].map(([, name]) => name!) : [],
    ];
    for (const name of names) {
      named++;
      const target = new URL(name, `http://host${path}`).pathname;
      assert.ok(assets.has(target), `${path} names ${name}`);
    }
  }
  assert.ok(named > 20, `${named} names`);
});

Deno.test("no file of the page names another host; only a namespace of SVG looks like one", () => {
  for (const [path, { text }] of assets) {
    if (path.includes("/vendor/")) continue;
    const hosts = (text.match(/https?:\/\/[^\s"'`)]+/g) ?? []).filter((url) => url !== "http://www.w3.org/2000/svg");
    assert.deepEqual(hosts, [], path);
  }
});
