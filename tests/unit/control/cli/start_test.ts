/** What every command loads before it runs: one that reads a table must not wait for a daemon that it does not need. */

import assert from "node:assert/strict";

const main = new URL("../../../../main.ts", import.meta.url).pathname;

interface Graph {
  readonly roots: readonly string[];
  readonly modules: readonly {
    readonly specifier: string;
    readonly dependencies?: readonly { readonly isDynamic?: boolean; readonly code?: { readonly specifier: string } }[];
  }[];
}

/** Only the commands that use them load these. */
const late = /\/src\/(daemon|mrt|control\/(convert|doctor|http|mrt|policy))\/|cli\/(live|mrt|policy)\/\w+_run\.ts$/;

Deno.test("the command line starts without the daemon, the API, and the work of single commands", async () => {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json", main] }).output();
  const loaded = loadedAtStart(JSON.parse(new TextDecoder().decode(stdout)));
  assert.ok(loaded.some((module) => module.endsWith("/src/control/cli/show/peers.ts")));
  const early = loaded.filter((module) => late.test(module));
  assert.deepEqual(early.map((module) => module.slice(module.lastIndexOf("/src/") + 1)), ["src/daemon/version.ts"]);
});

function loadedAtStart({ roots, modules }: Graph): string[] {
  const known = new Map(modules.map((module) => [module.specifier, module]));
  const found = new Set(roots);
  for (const specifier of found) {
    for (const { isDynamic, code } of known.get(specifier)?.dependencies ?? []) {
      if (isDynamic !== true && code !== undefined) found.add(code.specifier);
    }
  }
  return [...found];
}
