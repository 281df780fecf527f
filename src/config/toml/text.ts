/** Writes a value of the configuration as text again, for people who read what a rule did. */

import type { TomlNode } from "./parse.ts";

/** Further items of a list are only counted. */
const shownItems = 4;

export function tomlText(node: TomlNode): string {
  switch (node.kind) {
    case "string":
      return `"${node.value}"`;
    case "number":
    case "boolean":
      return String(node.value);
    case "array": {
      const shown = node.items.slice(0, shownItems).map(tomlText);
      if (node.items.length > shownItems) shown.push(`… ${node.items.length - shownItems} more`);
      return `[${shown.join(", ")}]`;
    }
    case "table":
      return `{ ${[...node.entries].map(([key, value]) => `${key} = ${tomlText(value)}`).join(", ")} }`;
    case "date":
    case "broken":
      return "…";
  }
}
