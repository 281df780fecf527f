/**
 * Turns TOML text into a tree of values with their positions. smol-toml checks the syntax and gives the values,
 * `positions.ts` finds the positions, and this file joins both. It is the only file that imports smol-toml.
 */

import { parse, TomlDate, TomlError, type TomlValue } from "smol-toml";
import type { ConfigError, SourcePosition } from "./errors.ts";
import { findPositions, type PositionTree } from "./positions.ts";

export type TomlNode =
  & {
    /** Where the value starts. */
    readonly at: SourcePosition;
    /** Where the key of the value starts. For an item of an array: where the item starts; for `[[x]]`: the `x`. */
    readonly keyAt: SourcePosition;
  }
  & (
    | { readonly kind: "string"; readonly value: string }
    | { readonly kind: "number"; readonly value: number | bigint }
    | { readonly kind: "boolean"; readonly value: boolean }
    | { readonly kind: "date" }
    | { readonly kind: "array"; readonly items: readonly TomlNode[] }
    | TomlEntries
    /** The line of the value did not parse, and an error reports that. */
    | { readonly kind: "broken" }
  );

export interface TomlEntries {
  readonly kind: "table";
  readonly entries: ReadonlyMap<string, TomlNode>;
}

export type TomlTable = TomlNode & TomlEntries;

export interface TomlResult {
  /** `undefined` where the syntax is too broken to read the rest. */
  readonly root: TomlTable | undefined;
  readonly errors: readonly ConfigError[];
}

const maxSyntaxErrors = 50;

/**
 * Parses the whole text. A broken `key = value` line does not hide the mistakes after it: the parser starts again
 * without that line. `file`: the file of the text, which each position names then.
 */
export function parseToml(text: string, file?: string): TomlResult {
  const { root, errors } = parseText(text, file);
  return { root, errors: file === undefined ? errors : errors.map((error) => ({ file, ...error })) };
}

function parseText(text: string, file: string | undefined): TomlResult {
  const lines = text.split("\n");
  const brokenLines = new Set<number>();
  const errors: ConfigError[] = [];
  while (errors.length < maxSyntaxErrors) {
    const current = lines.join("\n");
    try {
      const value = parse(current, { integersAsBigInt: "asNeeded" });
      return { root: joinTable(value, findPositions(current, file), brokenLines), errors };
    } catch (error) {
      if (error instanceof RangeError) return { root: undefined, errors: [...errors, tooDeep(lines)] };
      if (!(error instanceof TomlError)) throw error;
      const { line, column } = error;
      const broken = lines[line - 1] ?? "";
      errors.push(syntaxError(error, broken));
      if (isOpenAbove(error, broken)) break;
      const assignment = /^\s*([A-Za-z0-9_-]+)\s*=/.exec(broken);
      if (assignment === null || brokenLines.has(line) || column > broken.length + 1) break;
      // A key that is written twice keeps its first value. Any other key keeps its name, so nobody reports it as
      // missing.
      const isTwice = error.message.includes("redefine");
      lines[line - 1] = isTwice ? "" : `${assignment[0]} 0`;
      if (!isTwice) brokenLines.add(line);
    }
  }
  return { root: undefined, errors };
}

/** The value that `text` means on the right side of a `=` in TOML; `undefined` where it means none. */
export function parseTomlValue(text: string): unknown {
  try {
    const { value, ...others } = parse(`value = ${text}`, { integersAsBigInt: "asNeeded" });
    return Object.keys(others).length > 0 || value instanceof TomlDate ? undefined : value;
  } catch (error) {
    if (error instanceof TomlError) return undefined;
    throw error;
  }
}

/** The message of smol-toml without its excerpt of the text. Common mistakes get a message that says what to do. */
function syntaxError(error: TomlError, line: string): ConfigError {
  const first = error.message.split("\n", 1)[0]!.replace(/^Invalid TOML document: /, "");
  const at = { line: error.line, column: Math.max(1, error.column) };
  const [, bareKey, bareValue] =
    /^\s*([A-Za-z0-9_-]+)\s*=\s*([^"'[{#\s][^#"',\s]*(?:\s+[^#"',\s]+)*)\s*(?:#.*)?$/.exec(line) ?? [];
  if (first.includes("redefine")) {
    const twice = /^\s*\[*([^\]=]+?)\]*\s*(?:=.*)?$/.exec(line)?.[1] ?? "";
    return { ...at, message: `"${twice}" is written here a second time` };
  }
  if (isOpenAbove(error, line)) {
    return { ...at, column: 1, message: "not TOML: a bracket or a brace is still open above this line" };
  }
  if (/control character/.test(first) && at.column > line.trimEnd().length) {
    return { ...at, message: "not TOML: the closing quote is missing" };
  }
  if (bareKey !== undefined && bareValue !== undefined) {
    return {
      line: at.line,
      column: line.indexOf(bareValue, line.indexOf("=")) + 1,
      message: `the value of ${bareKey} is neither a number nor true or false; write text in quotes`,
      suggestion: `${bareKey} = "${bareValue}"`,
    };
  }
  return { ...at, message: `not TOML: ${first}` };
}

/** Thousands of nested keys or values exceed the stack of the parser. The line that opens most of them is reported. */
function tooDeep(lines: readonly string[]): ConfigError {
  const depth = (line: string) => line.split(/[.[{]/).length;
  const deepest = lines.reduce((most, line, i) => depth(line) > depth(lines[most]!) ? i : most, 0);
  return { line: deepest + 1, column: 1, message: "keys or values are nested too deeply" };
}

/** The line itself is right, so something above it is still open. */
function isOpenAbove(error: TomlError, line: string): boolean {
  if (error.message.includes("redefine")) return false;
  try {
    return Object.keys(parse(line)).length > 0;
  } catch (inner) {
    if (inner instanceof TomlError || inner instanceof RangeError) return false;
    throw inner;
  }
}

function join(value: TomlValue, positions: PositionTree, brokenLines: ReadonlySet<number>): TomlNode {
  const { at, keyAt } = positions;
  if (brokenLines.has(at.line) && value === 0) return { kind: "broken", at, keyAt };
  switch (typeof value) {
    case "string":
      return { kind: "string", value, at, keyAt };
    case "number":
    case "bigint":
      return { kind: "number", value, at, keyAt };
    case "boolean":
      return { kind: "boolean", value, at, keyAt };
  }
  if (value instanceof TomlDate) return { kind: "date", at, keyAt };
  if (Array.isArray(value)) {
    const items = value.map((item, i) => join(item, positions.items[i] ?? { ...positions, items: [] }, brokenLines));
    return { kind: "array", items, at, keyAt };
  }
  return joinTable(value, positions, brokenLines);
}

function joinTable(value: object, positions: PositionTree, brokenLines: ReadonlySet<number>): TomlTable {
  const entries = new Map<string, TomlNode>();
  for (const [key, entry] of Object.entries(value)) {
    entries.set(key, join(entry, positions.entries.get(key) ?? { ...positions, entries: new Map() }, brokenLines));
  }
  return { kind: "table", entries, at: positions.at, keyAt: positions.keyAt };
}
