/**
 * Import cycles in a tree of TypeScript files. Type imports count too: of two files that use each other's types,
 * neither can be read or moved alone.
 */

/** `import … from "…"` and `export … from "…"`, over one line or many. */
const importFrom = /^[ \t]*(?:import|export)\b[\w\s{},*$]*?\bfrom\s*"(\.[^"]+)"/gm;
/** `import "…"`, for its side effects. */
const importOnly = /^[ \t]*import\s*"(\.[^"]+)"/gm;
/** `import("…")`, as an expression or as a type. */
const importCall = /\bimport\(\s*"(\.[^"]+)"/g;
const comment = /\/\*[\s\S]*?\*\/|^[ \t]*\/\/.*$/gm;

/** The relative paths that a file imports, in every form of the language. */
export function importsOf(source: string): string[] {
  const code = source.replace(comment, "");
  return [importFrom, importOnly, importCall].flatMap((form) => [...code.matchAll(form)].map((match) => match[1]!));
}

/**
 * Groups of files in which each file reaches every other by imports. `sources`: path from the root of the project →
 * text. Groups, and files within a group, are sorted by name.
 */
export function importCycles(sources: ReadonlyMap<string, string>): string[][] {
  const imports = new Map([...sources].map(([path, text]) => {
    const base = new URL(path, "file:///");
    const targets = importsOf(text).map((specifier) => new URL(specifier, base).pathname.slice(1));
    return [path, targets.filter((target) => sources.has(target))];
  }));
  return stronglyConnected(imports).filter((files) => files.length > 1 || imports.get(files[0]!)!.includes(files[0]!));
}

/** Tarjan's algorithm: every node is visited once; a group is complete when its first node is left. */
function stronglyConnected(edges: ReadonlyMap<string, readonly string[]>): string[][] {
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const open: string[] = [];
  const groups: string[][] = [];
  const visit = (node: string): void => {
    order.set(node, order.size);
    lowest.set(node, order.get(node)!);
    open.push(node);
    for (const next of edges.get(node)!) {
      if (!order.has(next)) visit(next);
      if (open.includes(next)) lowest.set(node, Math.min(lowest.get(node)!, lowest.get(next)!));
    }
    if (lowest.get(node) === order.get(node)) groups.push(open.splice(open.indexOf(node)).sort());
  };
  for (const node of [...edges.keys()].sort()) if (!order.has(node)) visit(node);
  return groups.sort((a, b) => a[0]! < b[0]! ? -1 : 1);
}
