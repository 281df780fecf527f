/** What a command loads before it runs: one that reads a table must not wait for code that it does not need. */

import assert from "node:assert/strict";
import { commandFiles } from "../../../../src/control/cli/command_files.ts";
import { type Graph, graphOf, lateImports, loadedFrom } from "../../../support/module_graph.ts";

const root = new URL("../../../../", import.meta.url).href;

/** No command of {@link commandFiles} loads these. */
const heavy = [
  // Libraries, and the layer of Deno for Node.
  /^(npm:|node:(?!sqlite$))/,
  // The whole of a large folder.
  /^src\/(config|control|message|policy|rib|session|store|transport)\/mod\.ts$/,
  /^src\/(mrt|daemon)\/(?!version\.ts$)/,
  // Other commands.
  /^src\/control\/(convert|doctor|http|mrt|policy)\//,
  /\/cli\/(mod|command_line|config_file|program)\.ts$/,
  /\/(live|mrt|policy)\/\w+_run\.ts$/,
];
const heavyOf = (modules: readonly string[]) => modules.filter((module) => heavy.some((form) => form.test(module)));
/** Each module takes 0.1 ms. */
const mostModules = 87;

Deno.test("a command loads its own file, and no library or whole folder with it", async () => {
  const graph = await graphOf("main.ts");
  const start = pathsFrom(graph, graph.roots);
  assert.ok(start.includes("src/control/cli/start.ts"));
  assert.deepEqual(heavyOf(start), []);
  assert.ok(start.length <= 27, `main.ts loads ${start.length} modules: ${start.join(" ")}`);
  const files = lateImports(graph, `${root}src/control/cli/command_files.ts`);
  assert.equal(
    new Set(commandFiles.map(({ load }) => /import\("([^"]+)"\)/.exec(String(load))![1])).size,
    files.length,
  );
  for (const file of files) {
    const loaded = pathsFrom(graph, [...graph.roots, file]);
    assert.deepEqual(heavyOf(loaded), [], file);
    assert.ok(loaded.length <= mostModules, `${file} loads ${loaded.length} modules: ${loaded.join(" ")}`);
  }
});

Deno.test("the whole command line loads neither the daemon nor the API, nor the work of single commands", async () => {
  const graph = await graphOf("src/control/cli/command_line.ts");
  const loaded = pathsFrom(graph, graph.roots);
  assert.ok(loaded.includes("src/control/cli/show/peers.ts"));
  const late = /^src\/(daemon|mrt|control\/(convert|doctor|http|mrt|policy))\/|cli\/(live|mrt|policy)\/\w+_run\.ts$/;
  // The RIB writes records for archives.
  const needed = /^src\/mrt\/(message_writer|code_points|record)\.ts$/;
  assert.deepEqual(loaded.filter((module) => late.test(module) && !needed.test(module)), []);
});

/** All that these files load as they start, relative to the project. */
function pathsFrom(graph: Graph, files: readonly string[]): string[] {
  return loadedFrom(graph, files).map((module) => module.replace(root, ""));
}
