/** A value type turns one TOML value into the value that the program works with, or reports what was expected there. */

import type { Report } from "../toml/errors.ts";
import type { TomlNode } from "../toml/parse.ts";

export interface ValueType<T> {
  /** For the list of all keys: `"text"`, `"AS number"` … */
  readonly name: string;
  /** `key` is for messages. Reports the mistake and returns `undefined` where the value is none of this type. */
  parse(node: TomlNode, key: string, report: Report): T | undefined;
}

/** Reports "key must be …, not …". */
export function wrong(node: TomlNode, key: string, wanted: string, report: Report, suggestion?: string): undefined {
  return fail(node, `${key} must be ${wanted}, not ${describe(node)}`, report, suggestion);
}

export function fail(node: TomlNode, message: string, report: Report, suggestion?: string): undefined {
  report.add(node.at, message, suggestion);
}

/** A suggestion as it would stand in the file: in quotes. */
export function quoted(word: string | undefined): string | undefined {
  return word === undefined ? undefined : `"${word}"`;
}

function describe(node: TomlNode): string {
  switch (node.kind) {
    case "string":
      return `"${node.value}"`;
    case "number":
    case "boolean":
      return String(node.value);
    case "array":
      return "a list";
    case "table":
      return "a table";
    case "date":
      return "a date";
    case "broken":
      return "this";
  }
}
