/** Reading one TOML table against a table of known keys. What the keys are stands in `schema.ts`. */

import { nearest, type Position, type Report } from "../toml/errors.ts";
import type { TomlNode, TomlTable } from "../toml/parse.ts";
import type { ValueType } from "./values.ts";

/** One known key. */
export interface Key<T> {
  readonly type: ValueType<T>;
  /** One line for people who write a configuration. */
  readonly doc: string;
  readonly default?: NoInfer<T>;
  /** What holds without the key, where that is no plain value or does not read well as one. */
  readonly defaultText?: string;
  readonly aliases?: readonly string[];
}

export type KeyTable = Readonly<Record<string, Key<unknown>>>;

export type Values<K extends KeyTable> = { readonly [N in keyof K]?: K[N] extends Key<infer T> ? T : never };

/** The valid values of one table. */
export interface TableValues<K extends KeyTable> {
  readonly values: Values<K>;
  /** Where the table starts. */
  readonly start: Position;
  /** True where the key stands in the text, valid or not. */
  has(key: keyof K & string): boolean;
  /** Where the value of this key starts; the table, where it has no such key. */
  at(key: keyof K & string): Position;
}

/** Names of keys that other tables of this file, or other programs, have: a better answer than "unknown". */
export interface Elsewhere {
  /** Key → the table it belongs to, e.g. `[[peers]]`. */
  readonly belongsTo: ReadonlyMap<string, string>;
  /** Key → a sentence on why it is none of ours. */
  readonly refused: ReadonlyMap<string, string>;
}

export function readTable<K extends KeyTable>(
  node: TomlTable,
  keys: K,
  tableName: string,
  elsewhere: Elsewhere,
  report: Report,
): TableValues<K> {
  const names = new Map<string, string>();
  for (const [name, key] of Object.entries(keys)) {
    for (const spelling of [name, ...key.aliases ?? []]) names.set(spelling, name);
  }
  const values: Record<string, unknown> = {};
  const nodes = new Map<string, TomlNode>();
  for (const [spelling, value] of node.entries) {
    const name = names.get(spelling);
    if (name === undefined) {
      const near = isTable(value) ? nearestTable(spelling, names, keys, tableName) : undefined;
      if (near !== undefined) report.add(value.keyAt, `unknown table "${spelling}" in ${tableName}`, near);
      else reportUnknown(spelling, value.keyAt, names.keys(), tableName, elsewhere, report);
      continue;
    }
    if (nodes.has(name)) {
      report.add(value.keyAt, `${spelling} and another spelling of it stand in the same table; keep ${name}`);
      continue;
    }
    nodes.set(name, value);
    if (value.kind === "broken") continue;
    const parsed = keys[name]!.type.parse(value, spelling, report);
    if (parsed !== undefined) values[name] = parsed;
  }
  return {
    values: values as Values<K>,
    start: node.keyAt,
    has: (key) => nodes.has(key),
    at: (key) => nodes.get(key)?.at ?? node.keyAt,
  };
}

function isTable(node: TomlNode): boolean {
  return node.kind === "table" || (node.kind === "array" && node.items.some((item) => item.kind === "table"));
}

/** What other programs, and hasty people, call a table of ours. */
const otherTables: Readonly<Record<string, string>> = {
  neighbor: "peers",
  neighbors: "peers",
  neighbour: "peers",
  neighbours: "peers",
  peer_group: "groups",
  peer_groups: "groups",
  network: "static_routes",
  networks: "static_routes",
  route: "static_routes",
  routes: "static_routes",
  prefix_list: "prefix_sets",
  prefix_lists: "prefix_sets",
  route_map: "policies",
  filters: "policies",
};

/** A table of ours, written as one. */
function nearestTable(
  spelling: string,
  names: ReadonlyMap<string, string>,
  keys: KeyTable,
  tableName: string,
): string | undefined {
  const tables = [...names].filter(([, name]) => keys[name]!.type.name === "tables").map(([each]) => each);
  const word = spelling.toLowerCase().replaceAll("-", "_");
  const other = otherTables[word];
  const found = other !== undefined && tables.includes(other)
    ? other
    : nearest(plural(word), tables) ?? nearest(word, tables);
  if (found === undefined) return undefined;
  const within = /^\[\[(.*)\]\]$/.exec(tableName)?.[1];
  return `[[${within === undefined ? found : `${within}.${found}`}]]`;
}

/** `policy` → `policies`, `as_set` → `as_sets`. */
function plural(word: string): string {
  return word.endsWith("s") ? word : word.endsWith("y") ? `${word.slice(0, -1)}ies` : `${word}s`;
}

function reportUnknown(
  spelling: string,
  at: Position,
  known: Iterable<string>,
  tableName: string,
  { belongsTo, refused }: Elsewhere,
  report: Report,
): void {
  const reason = refused.get(spelling);
  if (reason !== undefined) return report.add(at, `${spelling}: ${reason}`);
  const owner = belongsTo.get(spelling);
  if (owner !== undefined) return report.add(at, `${spelling} is a key of ${owner}, not of ${tableName}`);
  report.add(at, `unknown key "${spelling}" in ${tableName}`, nearest(spelling, known));
}
