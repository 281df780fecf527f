/** The modules that a module imports, and those that these import. */

import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

export interface Graph {
  readonly roots: readonly string[];
  readonly redirects: Readonly<Record<string, string>>;
  readonly modules: readonly {
    readonly specifier: string;
    readonly dependencies?: readonly { readonly isDynamic?: boolean; readonly code?: { readonly specifier: string } }[];
  }[];
}

/** `entry`: a path in the project. */
export async function graphOf(entry: string): Promise<Graph> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json", `${root}${entry}`] }).output();
  return JSON.parse(new TextDecoder().decode(stdout));
}

/** The modules that these load as they start, with themselves; not what stands behind an `import()`. */
export function loadedFrom(graph: Graph, modules: readonly string[]): string[] {
  const found = new Set(modules);
  for (const module of found) for (const next of dependenciesOf(graph, module, false)) found.add(next);
  return [...found];
}

/** The modules that one loads with `import()`. */
export function lateImports(graph: Graph, module: string): string[] {
  return dependenciesOf(graph, module, true);
}

function dependenciesOf({ modules, redirects }: Graph, module: string, isDynamic: boolean): string[] {
  const { dependencies = [] } = modules.find(({ specifier }) => specifier === module) ?? {};
  return dependencies.filter((each) => (each.isDynamic ?? false) === isDynamic && each.code !== undefined)
    .map(({ code }) => redirects[code!.specifier] ?? code!.specifier);
}
