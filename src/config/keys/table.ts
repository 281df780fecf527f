/** Reads one TOML table against a table of known keys. */

import { nearest, type Report, type SourcePosition } from "../toml/errors.ts";
import type { TomlNode, TomlTable } from "../toml/parse.ts";
import type { KeyTable, Values } from "./key.ts";

/** What a table gives of some keys: of its own, or of those that a peer inherits from its groups, too. */
export interface Given<K extends KeyTable> {
  /** The valid values that are written. */
  readonly values: Values<K>;
  /** True where the key is written, valid or not. */
  has(key: keyof K & string): boolean;
  /** Where the value of this key starts; where the key is not written, the start of the table. */
  at(key: keyof K & string): SourcePosition;
  /** What is written for this key. */
  node(key: keyof K & string): TomlNode | undefined;
  /** Where the table starts. */
  readonly start: SourcePosition;
  readonly report: Report;
}

/** Reports a mistake about a key, where its value stands. */
export function fault<N extends string>(
  given: { at(key: N): SourcePosition; readonly report: Report },
  key: NoInfer<N>,
  message: string,
  suggestion?: string,
): void {
  given.report.add(given.at(key), message, suggestion);
}

/** Keys that other tables of the file, or other programs, have: a better answer than "unknown". */
export interface Elsewhere {
  /** Key → the table it belongs to, e.g. `[[peers]]`. */
  readonly belongsTo: ReadonlyMap<string, string>;
  /** Key → a sentence on why bgpd does not have it. */
  readonly refused: ReadonlyMap<string, string>;
  /** What to write in this table instead of a word of another program. */
  readonly otherWord: (spelling: string, tableName: string) => KnownWord | undefined;
}

/** Our key in the same table; or what to do instead, with the key if it is one of the same table. */
export type KnownWord = { readonly key: string } | { readonly text: string; readonly key?: string };

/** Reads tables of one text, with one report of all mistakes. */
export class TableReader {
  readonly report: Report;
  readonly #elsewhere: Elsewhere;

  constructor(elsewhere: Elsewhere, report: Report) {
    this.#elsewhere = elsewhere;
    this.report = report;
  }

  read<K extends KeyTable>(node: TomlTable, keys: K, tableName: string): Given<K> {
    const names = new Map<string, string>();
    for (const [name, key] of Object.entries(keys)) {
      for (const spelling of [name, ...key.aliases ?? []]) names.set(spelling, name);
    }
    const values: Record<string, unknown> = {};
    const nodes = new Map<string, TomlNode>();
    // Keys that are written with another word: nobody reports them as missing.
    const meant = new Set<string>();
    for (const [spelling, value] of node.entries) {
      const name = names.get(spelling);
      if (name === undefined) {
        const other = this.#reportUnknown(spelling, value, { names, keys, tableName });
        if (other !== undefined) meant.add(other);
        continue;
      }
      if (nodes.has(name)) {
        const message = `${spelling} and another spelling of it are in the same table; keep ${name}`;
        this.report.add(value.keyAt, message);
        continue;
      }
      nodes.set(name, value);
      if (value.kind === "broken") continue;
      const parsed = keys[name]!.type.parse(value, spelling, this.report);
      if (parsed !== undefined) values[name] = parsed;
    }
    return {
      values: values as Values<K>,
      start: node.keyAt,
      has: (key) => nodes.has(key) || meant.has(key),
      node: (key) => nodes.get(key),
      at: (key) => nodes.get(key)?.at ?? node.keyAt,
      report: this.report,
    };
  }

  /** Returns the key of the table that was probably meant. */
  #reportUnknown(spelling: string, value: TomlNode, table: KnownTable): string | undefined {
    const { names, tableName } = table;
    const report = (message: string, suggestion?: string) => this.report.add(value.keyAt, message, suggestion);
    const near = isTable(value) ? nearestTable(spelling, table) : undefined;
    if (near !== undefined) {
      report(`unknown table "${spelling}" in ${tableName}`, near);
      return undefined;
    }
    const reason = this.#elsewhere.refused.get(spelling);
    if (reason !== undefined) {
      report(`${spelling}: ${reason}`);
      return undefined;
    }
    const unknown = `unknown key "${spelling}" in ${tableName}`;
    const ours = spelling.toLowerCase().replaceAll("-", "_");
    const word = names.has(ours) ? { key: ours } : this.#elsewhere.otherWord(spelling, tableName);
    if (word?.key !== undefined && !("text" in word)) {
      report(unknown, word.key);
      return word.key;
    }
    const owner = this.#elsewhere.belongsTo.get(ours);
    if (owner !== undefined) report(`${spelling} is a key of ${owner}, not of ${tableName}: move it there`);
    else if (word !== undefined && "text" in word) report(`${unknown}: ${word.text}`);
    else report(unknown, nearest(spelling, names.keys()));
    return owner === undefined ? word?.key : undefined;
  }
}

interface KnownTable {
  /** Every accepted spelling → the name of the key. */
  readonly names: ReadonlyMap<string, string>;
  readonly keys: KeyTable;
  readonly tableName: string;
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

/** The known table that an unknown one was probably meant to be. */
function nearestTable(spelling: string, { names, keys, tableName }: KnownTable): string | undefined {
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
