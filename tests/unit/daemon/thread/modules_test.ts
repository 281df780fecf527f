/**
 * What each thread loads at its start beside our own modules: most of the memory at rest. Deno's layer for Node takes
 * 6 to 9 MB in each thread that imports a module of it, and zod takes 8 MB. `node:sqlite` does not need that layer.
 */

import assert from "node:assert/strict";
import { graphOf, loadedFrom } from "../../../support/module_graph.ts";

const threads: readonly [entry: string, libraries: readonly string[]][] = [
  ["src/daemon/rib/rib_worker.ts", []],
  ["src/daemon/store/store_worker.ts", ["node:sqlite", "smol-toml"]],
  ["src/daemon/mod.ts", ["@logtape/logtape", "node:sqlite", "smol-toml"]],
  // The daemon loads it when it opens its sockets.
  ["src/control/http/mod.ts", ["hono", "node:sqlite", "smol-toml"]],
];

for (const [entry, libraries] of threads) {
  Deno.test(`${entry} loads of libraries: ${libraries.join(", ") || "none"}`, async () => {
    const graph = await graphOf(entry);
    const loaded = loadedFrom(graph, graph.roots).filter((module) => /^(?:npm|node):/.test(module));
    const names = loaded.map((module) => module.replace(/^npm:\/?(@?[^@]+)@.*$/, "$1"));
    assert.deepEqual([...new Set(names)].filter((name) => !libraries.includes(name)), []);
  });
}
