/**
 * Puts the top levels of several files together, as if their tables stood in one file: lists of tables are joined, and
 * every other key may stand in one file only.
 */

import type { KeyTable } from "../keys/key.ts";
import type { Report } from "../toml/errors.ts";
import type { TomlNode, TomlTable } from "../toml/parse.ts";

/** `joined`: keys whose values are joined. `roots`: at least one. */
export function mergeRoots(
  roots: readonly TomlTable[],
  { keys, joined, report }: { readonly keys: KeyTable; readonly joined: ReadonlySet<string>; readonly report: Report },
): TomlTable {
  const [main, ...others] = roots;
  if (main === undefined) throw new Error("a configuration has at least one file");
  if (others.length === 0) return main;
  const names = new Map(
    Object.entries(keys).flatMap(([name, { aliases = [] }]) => [name, ...aliases].map((word) => [word, name] as const)),
  );
  const entries = new Map<string, TomlNode>();
  const first = new Map<string, { readonly spelling: string; readonly node: TomlNode }>();
  for (const root of roots) {
    for (const [spelling, node] of root.entries) {
      const name = names.get(spelling) ?? spelling;
      const before = first.get(name);
      if (before === undefined || before.node.keyAt.file === node.keyAt.file) {
        // Two spellings in one file are reported when the table is read.
        if (before === undefined) first.set(name, { spelling, node });
        entries.set(spelling, node);
      } else if (joined.has(name)) {
        const known = entries.get(before.spelling) ?? before.node;
        entries.set(before.spelling, { ...known, kind: "array", items: [...itemsOf(known), ...itemsOf(node)] });
      } else {
        report.add(
          node.keyAt,
          `${spelling} is already set ${report.where(before.node.keyAt)}; of all files, only one may set it`,
        );
      }
    }
  }
  return { ...main, entries };
}

function itemsOf(node: TomlNode): readonly TomlNode[] {
  // What is wrong with a broken line is reported already.
  return node.kind === "array" ? node.items : node.kind === "broken" ? [] : [node];
}
