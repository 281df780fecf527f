/** Reads `[[policies]]` and the sets of their rules: resolves names, and reports every mistake. */

import type {
  Action,
  ActionKind,
  AsPathSet,
  AsSet,
  CommunityPattern,
  CommunitySet,
  Condition,
  ConditionKind,
  Policy,
  PolicyTable,
  PrefixSet,
  Rule,
} from "../../policy/mod.ts";
import type { Key, KeyTable, Values } from "../keys/key.ts";
import { checkNameExists } from "../keys/names.ts";
import type { Given, TableReader } from "../keys/table.ts";
import type { Report, SourcePosition } from "../toml/errors.ts";
import {
  asPathSetKeys,
  asSetKeys,
  communitySetKeys,
  policyKeys,
  type policyTableKeys,
  prefixSetKeys,
  ruleKeys,
} from "./keys.ts";
import { matchKeys, type RuleTable, type SetIndexes, setKeys } from "./match_set_keys.ts";
import type { Term } from "./match_values.ts";
import type { TomlTable } from "../toml/parse.ts";
import { tomlText } from "../toml/text.ts";

/** `groups`: the names of all groups, for rules that match a group. */
export function readPolicies(
  { values }: Given<typeof policyTableKeys>,
  groups: ReadonlySet<string>,
  reader: TableReader,
): PolicyTable {
  const sets = readSets(values, reader);
  const indexes = setIndexes(sets, groups, reader.report);
  const policies = named(values.policies, policyKeys, "[[policies]]", undefined, reader).map(
    ({ name, values }): Policy => ({
      name,
      default: values.default ?? policyKeys.default.default,
      rules: (values.rules ?? []).map((node, i) => readRule(node, i + 1, indexes, reader)),
    }),
  );
  return {
    prefixSets: sets.prefixes.all,
    asSets: sets.asns.all,
    asPathSets: sets.paths.all,
    communitySets: sets.communities.all,
    policies,
  };
}

/** The sets that have a name, by kind. */
function readSets(top: Values<typeof policyTableKeys>, reader: TableReader) {
  const { report } = reader;
  const prefixes = new SetList<PrefixSet>("prefix_sets", report);
  for (const { name, values } of named(top.prefix_sets, prefixSetKeys, "[[prefix_sets]]", "prefixes", reader)) {
    prefixes.define(name, { name, entries: values.prefixes ?? [] });
  }
  const asns = new SetList<AsSet>("as_sets", report);
  for (const { name, values } of named(top.as_sets, asSetKeys, "[[as_sets]]", "asns", reader)) {
    asns.define(name, { name, ranges: values.asns ?? [] });
  }
  const paths = new SetList<AsPathSet>("as_path_sets", report);
  for (const { name, values } of named(top.as_path_sets, asPathSetKeys, "[[as_path_sets]]", "patterns", reader)) {
    paths.define(name, { name, patterns: values.patterns ?? [] });
  }
  const communities = new SetList<CommunitySet>("community_sets", report);
  const communityTables = named(top.community_sets, communitySetKeys, "[[community_sets]]", "communities", reader);
  for (const { name, values } of communityTables) {
    communities.define(name, { name, patterns: (values.communities ?? []).flat() });
  }
  return { prefixes, asns, paths, communities };
}

/** Finds the sets that rules name. A list that is written in a rule becomes a set without a name. */
function setIndexes(
  { prefixes, asns, paths, communities }: ReturnType<typeof readSets>,
  groups: ReadonlySet<string>,
  report: Report,
): SetIndexes {
  const name = undefined;
  const toCommunitySet = (patterns: readonly (readonly CommunityPattern[])[]) => ({ name, patterns: patterns.flat() });
  return {
    prefixes: (terms) => prefixes.indexes(terms, (entries) => ({ name, entries })),
    asns: (terms) => asns.indexes(terms, (ranges) => ({ name, ranges })),
    paths: (terms) => paths.indexes(terms, (patterns) => ({ name, patterns })),
    communities: (terms) => communities.indexes(terms, toCommunitySet),
    eachCommunity: (terms) => terms.flatMap((term) => communities.indexes([term], toCommunitySet)),
    groups: (terms) =>
      terms.map((term) => {
        checkNameExists(term, "groups", groups, report);
        return term.name;
      }),
  };
}

/** Sets of one kind: first the sets that have a name, then the lists that are written in rules. */
class SetList<S> {
  readonly all: S[] = [];
  readonly #byName = new Map<string, number>();
  readonly #table: string;
  readonly #report: Report;

  constructor(table: string, report: Report) {
    this.#table = table;
    this.#report = report;
  }

  define(name: string, set: S): void {
    this.#byName.set(name, this.all.push(set) - 1);
  }

  indexes<T>(terms: readonly Term<T>[], toSet: (values: readonly T[]) => S): number[] {
    const indexes: number[] = [];
    const values: T[] = [];
    for (const term of terms) {
      if (term.kind === "value") {
        values.push(term.value);
        continue;
      }
      checkNameExists(term, this.#table, this.#byName, this.#report);
      const index = this.#byName.get(term.name);
      if (index !== undefined) indexes.push(index);
    }
    if (values.length > 0) indexes.push(this.all.push(toSet(values)) - 1);
    return indexes;
  }
}

interface NamedTable<K extends KeyTable> {
  readonly name: string;
  readonly values: Values<K>;
}

/** Reads tables that each need a unique name. `needed`: another key that must be written. */
function named<K extends KeyTable & { readonly name: Key<string> }>(
  nodes: readonly TomlTable[] | undefined,
  keys: K,
  tableName: string,
  needed: (keyof K & string) | undefined,
  reader: TableReader,
): NamedTable<K>[] {
  const { report } = reader;
  const found: NamedTable<K>[] = [];
  const places = new Map<string, SourcePosition>();
  for (const node of nodes ?? []) {
    const table: Given<K> = reader.read(node, keys, tableName);
    const name = (table.values as { readonly name?: string }).name;
    if (!table.has("name")) report.add(table.start, `name is missing in ${tableName}`);
    if (needed !== undefined && !table.has(needed)) report.add(table.start, `${needed} is missing in ${tableName}`);
    if (name === undefined) {
      // The rules of a policy without a name may have mistakes, too.
      found.push({ name: "", values: table.values });
      continue;
    }
    const first = places.get(name);
    if (first !== undefined) {
      report.add(table.at("name"), `name "${name}" is already used ${report.where(first)}`);
      continue;
    }
    places.set(name, table.start);
    found.push({ name, values: table.values });
  }
  return found;
}

function readRule(node: TomlTable, number: number, sets: SetIndexes, reader: TableReader): Rule {
  const { values } = reader.read(node, ruleKeys, "[[policies.rules]]");
  return {
    name: values.name ?? String(number),
    conditions: values.match === undefined ? [] : readMatch(values.match, sets, reader),
    actions: values.set === undefined ? [] : readSet(values.set, sets, reader),
    verdict: values.action ?? ruleKeys.action.default,
  };
}

const matchRows: RuleTable<ConditionKind> = matchKeys;
const setRows: RuleTable<ActionKind> = setKeys;

/** Each key, and each key negated. */
const negated = "not_";
const matchTable: RuleTable<ConditionKind> = Object.fromEntries(
  Object.entries(matchRows).flatMap(([name, row]) => [[name, row], [negated + name, row]]),
);

function readMatch(node: TomlTable, sets: SetIndexes, reader: TableReader): Condition[] {
  const table = reader.read(node, matchTable, "match of [[policies.rules]]");
  return Object.entries(table.values).map(([key, value]) => {
    const not = key.startsWith(negated);
    const text = `${key} = ${tomlText(node.entries.get(key)!)}`;
    return { ...matchTable[key]!.become(value, sets), not, text };
  });
}

function readSet(node: TomlTable, sets: SetIndexes, reader: TableReader): Action[] {
  const values: Readonly<Record<string, unknown>> = reader.read(node, setKeys, "set of [[policies.rules]]").values;
  const actions: Action[] = [];
  // In the order of the rows.
  for (const [key, row] of Object.entries(setRows)) {
    const value = values[key];
    if (value === undefined) continue;
    actions.push({ ...row.become(value, sets), text: `${key} = ${tomlText(node.entries.get(key)!)}` });
  }
  return actions;
}
