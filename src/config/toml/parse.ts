/**
 * TOML text to a tree of values that know where they stand. smol-toml judges the syntax and gives the values;
 * `positions.ts` finds the positions, and the two are joined here. The only file that knows smol-toml.
 */

import { parse, TomlDate, TomlError } from "smol-toml";
import type { ConfigError, Position } from "./errors.ts";
import { findPlaces, type Place } from "./positions.ts";

export type TomlNode =
  & {
    /** Where the value starts. */
    readonly at: Position;
    /** Where its key starts, or for an item of an array the item; for `[[x]]` the `x`. */
    readonly keyAt: Position;
  }
  & (
    | { readonly kind: "string"; readonly value: string }
    | { readonly kind: "number"; readonly value: number | bigint }
    | { readonly kind: "boolean"; readonly value: boolean }
    | { readonly kind: "date" }
    | { readonly kind: "array"; readonly items: readonly TomlNode[] }
    | TomlEntries
    /** Its line did not parse; an error about it has been reported already. */
    | { readonly kind: "broken" }
  );

export interface TomlEntries {
  readonly kind: "table";
  readonly entries: ReadonlyMap<string, TomlNode>;
}

export type TomlTable = TomlNode & TomlEntries;

export interface TomlResult {
  /** `undefined` where the syntax is so broken that the rest cannot be told apart. */
  readonly root: TomlTable | undefined;
  readonly errors: readonly ConfigError[];
}

const maxSyntaxErrors = 50;

/**
 * Parses the whole text. A broken `key = value` line does not hide the mistakes after it: the line is set aside and
 * parsing starts again.
 */
export function parseToml(text: string): TomlResult {
  const lines = text.split("\n");
  const brokenLines = new Set<number>();
  const errors: ConfigError[] = [];
  while (errors.length < maxSyntaxErrors) {
    const current = lines.join("\n");
    try {
      const value = parse(current, { integersAsBigInt: "asNeeded" });
      return { root: join(value, findPlaces(current), brokenLines) as TomlTable, errors };
    } catch (error) {
      if (error instanceof RangeError) return { root: undefined, errors: [...errors, tooDeep(lines)] };
      if (!(error instanceof TomlError)) throw error;
      const { line, column } = error;
      errors.push(syntaxError(error, lines[line - 1] ?? ""));
      if (isOpenAbove(error, lines[line - 1] ?? "")) break;
      const assignment = /^\s*([A-Za-z0-9_-]+)\s*=/.exec(lines[line - 1] ?? "");
      if (assignment === null || brokenLines.has(line) || column > lines[line - 1]!.length + 1) break;
      // A key given twice keeps its first value; any other key keeps its name, so that it is not reported as missing.
      const isTwice = error.message.includes("redefine");
      lines[line - 1] = isTwice ? "" : `${assignment[0]} 0`;
      if (!isTwice) brokenLines.add(line);
    }
  }
  return { root: undefined, errors };
}

/** The value that `text` is in TOML, on the right side of a `=`; `undefined` where it is none. */
export function parseTomlValue(text: string): unknown {
  try {
    const { value, ...others } = parse(`value = ${text}`, { integersAsBigInt: "asNeeded" });
    return Object.keys(others).length > 0 || value instanceof TomlDate ? undefined : value;
  } catch (error) {
    if (error instanceof TomlError) return undefined;
    throw error;
  }
}

/** smol-toml's message without its picture of the text, and in words that say what to do where the case is common. */
function syntaxError(error: TomlError, line: string): ConfigError {
  const first = error.message.split("\n", 1)[0]!.replace(/^Invalid TOML document: /, "");
  const place = { line: error.line, column: Math.max(1, error.column) };
  const bare = /^\s*([A-Za-z0-9_-]+)\s*=\s*([^"'[{#\s][^#"',\s]*(?:\s+[^#"',\s]+)*)\s*(?:#.*)?$/.exec(line);
  if (first.includes("redefine")) {
    const twice = /^\s*\[*([^\]=]+?)\]*\s*(?:=.*)?$/.exec(line)?.[1] ?? "";
    return { ...place, message: `"${twice}" stands here a second time` };
  }
  if (isOpenAbove(error, line)) {
    return { ...place, column: 1, message: "not TOML: a bracket or a brace is still open above this line" };
  }
  if (/control character/.test(first) && place.column > line.trimEnd().length) {
    return { ...place, message: "not TOML: the closing quote is missing" };
  }
  if (bare !== null) {
    return {
      line: place.line,
      column: line.indexOf(bare[2]!, line.indexOf("=")) + 1,
      message: `the value of ${bare[1]} is neither a number nor true or false: text stands in quotes`,
      suggestion: `${bare[1]} = "${bare[2]}"`,
    };
  }
  return { ...place, message: `not TOML: ${first}` };
}

/** Keys or values one inside the other by the thousand are beyond any parser's stack; where most of them open is where to look. */
function tooDeep(lines: readonly string[]): ConfigError {
  const depth = (line: string) => line.split(/[.[{]/).length;
  const deepest = lines.reduce((most, line, i) => depth(line) > depth(lines[most]!) ? i : most, 0);
  return { line: deepest + 1, column: 1, message: "keys or values are nested too deeply" };
}

/** Nothing is wrong with the line itself, so it stands inside of something. */
function isOpenAbove(error: TomlError, line: string): boolean {
  if (error.message.includes("redefine")) return false;
  try {
    return Object.keys(parse(line)).length > 0;
  } catch (inner) {
    if (inner instanceof TomlError || inner instanceof RangeError) return false;
    throw inner;
  }
}

function join(value: unknown, place: Place, brokenLines: ReadonlySet<number>): TomlNode {
  const { at, keyAt } = place;
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
    const items = value.map((item, i) => join(item, place.items[i] ?? { ...place, items: [] }, brokenLines));
    return { kind: "array", items, at, keyAt };
  }
  const entries = new Map<string, TomlNode>();
  for (const [key, entry] of Object.entries(value as Record<string, unknown>)) {
    entries.set(key, join(entry, place.entries.get(key) ?? { ...place, entries: new Map() }, brokenLines));
  }
  return { kind: "table", entries, at, keyAt };
}
