/**
 * Diagrams of the database in the language of Mermaid, which the sites of GitHub and others draw: the tables with their
 * references, and the tables that each view reads. A meaning that begins with `peers.id` is a reference to `peers`.
 */

import schema from "../../src/store/schema.sql" with { type: "text" };
import type { Column, SchemaObject } from "./schema.ts";

export function tableDiagram(objects: readonly SchemaObject[]): string {
  const tables = objects.filter(({ kind }) => kind === "table");
  const boxes = tables.map(({ name, columns }) =>
    [`  ${name} {`, ...columns.map(({ name, type }) => `    ${type || "ANY"} ${name}`), "  }"].join("\n")
  );
  const references = tables.flatMap(({ name, columns }) =>
    columns.flatMap((column) => {
      const target = referenceOf(column);
      return target === undefined ? [] : [`  ${target} ||--o{ ${name} : ${column.name}`];
    })
  );
  return ["erDiagram", ...references, ...boxes].join("\n");
}

/** What each view reads. Views that read the same share a box. Most of them read `words`, so it is left out. */
export function viewDiagram(objects: readonly SchemaObject[]): string {
  const boxes = new Map<string, { readonly views: string[]; readonly reads: readonly string[] }>();
  for (const { name, kind } of objects) {
    if (kind !== "view") continue;
    const reads = readsOf(name, objects).filter((each) => each !== "words").toSorted();
    const box = boxes.get(reads.join());
    if (box === undefined) boxes.set(reads.join(), { views: [name], reads });
    else box.views.push(name);
  }
  const lines = [...boxes.values()].flatMap(({ views, reads }) => {
    const box = `${views[0]}["${views.join(", ")}"]`;
    return reads.map((from) => `  ${from} --> ${box}`);
  });
  return ["flowchart LR", ...lines].join("\n");
}

function readsOf(view: string, objects: readonly SchemaObject[]): string[] {
  const [, body = ""] = new RegExp(`^CREATE VIEW ${view} AS\\n([^;]*);`, "m").exec(schema) ?? [];
  const read = new Set([...body.matchAll(/\b(?:FROM|JOIN) (\w+)/g)].map(([, from]) => from));
  return objects.map(({ name }) => name).filter((name) => read.has(name));
}

function referenceOf({ meaning }: Column): string | undefined {
  return /^(\w+)\.id\b/.exec(meaning)?.[1];
}
