/** Types of plain values: text, numbers, words, lists, tables. */

import { nearest } from "../toml/errors.ts";
import type { TomlNode, TomlTable } from "../toml/parse.ts";
import { fail, quoted, type ValueType, wrong } from "./value_type.ts";

export const text: ValueType<string> = {
  name: "text",
  parse(node, key, report) {
    if (node.kind === "string" && node.value.trim() !== "") return node.value;
    return wrong(node, key, "text in quotes", report);
  },
};

export const boolean: ValueType<boolean> = {
  name: "true or false",
  parse(node, key, report) {
    return node.kind === "boolean" ? node.value : wrong(node, key, "true or false, without quotes", report);
  },
};

export function integer(min: number, max: number, unit = ""): ValueType<number> {
  const wanted = `a whole number from ${min} to ${max}`;
  return {
    name: unit === "" ? `${min} to ${max}` : `${unit}, ${min} to ${max}`,
    parse(node, key, report) {
      const value = node.kind === "number" ? node.value : undefined;
      if (typeof value === "number" && Number.isInteger(value) && value >= min && value <= max) return value;
      return wrong(node, key, wanted, report);
    },
  };
}

export function oneOf<T extends string>(...words: readonly T[]): ValueType<T> {
  return {
    name: words.map((word) => `"${word}"`).join(", "),
    parse(node, key, report) {
      const value = node.kind === "string" ? node.value.toLowerCase() : undefined;
      const found = words.find((word) => word === value);
      if (found !== undefined) return found;
      const names = words.map((word) => `"${word}"`);
      const wanted = `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;
      return wrong(node, key, wanted, report, quoted(nearest(value ?? "", words)));
    },
  };
}

/** One value, or a list of them. All mistakes of the list are reported. */
export function listOf<T>(type: ValueType<T>): ValueType<readonly T[]> {
  return {
    name: `list of ${type.name}`,
    parse(node, key, report) {
      if (node.kind !== "array") {
        const single = type.parse(node, key, report);
        return single === undefined ? undefined : [single];
      }
      const values = node.items.map((item) => type.parse(item, key, report));
      const valid = values.filter((value) => value !== undefined);
      return valid.length === values.length ? valid : undefined;
    },
  };
}

/** Any list of tables; what is in them is read by the caller. */
export const tables: ValueType<readonly (TomlNode & { kind: "table" })[]> = {
  name: "tables",
  parse(node, key, report) {
    if (node.kind === "array") {
      const found = node.items.filter((item) => item.kind === "table");
      const other = node.items.find((item) => item.kind !== "table");
      if (other === undefined) return found;
      return wrong(other, key, "a table", report);
    }
    if (node.kind === "table") {
      return fail(node, `${key} is a list of tables: write its header in two brackets, like [[peers]]`, report);
    }
    return wrong(node, key, "a list of tables, each under a header in two brackets, like [[peers]]", report);
  },
};

/** A table; what is in it is read by the caller. */
export const table: ValueType<TomlTable> = {
  name: "table",
  parse(node, key, report) {
    return node.kind === "table" ? node : wrong(node, key, 'a table such as { prefix = "10.0.0.0/8" }', report);
  },
};
