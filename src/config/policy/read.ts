/** `[[policies]]` and the sets their rules ask for, read into a policy book: names resolved, every mistake reported. */

import type {
  Action,
  AsPathSet,
  AsSet,
  CommunityPattern,
  CommunitySet,
  Condition,
  Policy,
  PolicyBook,
  PrefixSet,
  Rule,
} from "../../policy/mod.ts";
import { nearest, type Report } from "../toml/errors.ts";
import {
  asPathSetKeys,
  asSetKeys,
  communitySetKeys,
  matchKeys,
  policyKeys,
  prefixSetKeys,
  ruleKeys,
  setKeys,
  type SetPlaces,
} from "./keys.ts";
import type { NameTerm, Term } from "./match_values.ts";
import { elsewhereFrom, type topKeys } from "../schema.ts";
import { type Key, type KeyTable, readTable, type TableValues, type Values } from "../keys/table.ts";
import type { TomlTable } from "../toml/parse.ts";
import { tomlText } from "../toml/text.ts";

export function readPolicies(top: Values<typeof topKeys>, report: Report): PolicyBook {
  const prefixSets = new SetList<PrefixSet>("prefix_sets", report);
  for (const { name, values } of named(top.prefix_sets, prefixSetKeys, "[[prefix_sets]]", "prefixes", report)) {
    prefixSets.define(name, { name, entries: values.prefixes ?? [] });
  }
  const asSets = new SetList<AsSet>("as_sets", report);
  for (const { name, values } of named(top.as_sets, asSetKeys, "[[as_sets]]", "asns", report)) {
    asSets.define(name, { name, ranges: values.asns ?? [] });
  }
  const asPathSets = new SetList<AsPathSet>("as_path_sets", report);
  for (const { name, values } of named(top.as_path_sets, asPathSetKeys, "[[as_path_sets]]", "patterns", report)) {
    asPathSets.define(name, { name, patterns: values.patterns ?? [] });
  }
  const communitySets = new SetList<CommunitySet>("community_sets", report);
  const communityTables = named(top.community_sets, communitySetKeys, "[[community_sets]]", "communities", report);
  for (const { name, values } of communityTables) {
    communitySets.define(name, { name, patterns: (values.communities ?? []).flat() });
  }
  // Groups are read later; whether their tables are right does not matter here.
  const groupNames = new Set((top.groups ?? []).map(({ entries }) => {
    const name = entries.get("name");
    return name?.kind === "string" ? name.value : "";
  }));
  const unnamed = { name: undefined };
  const places: SetPlaces = {
    prefixes: (terms) => prefixSets.places(terms, (entries) => ({ ...unnamed, entries })),
    asns: (terms) => asSets.places(terms, (ranges) => ({ ...unnamed, ranges })),
    paths: (terms) => asPathSets.places(terms, (patterns) => ({ ...unnamed, patterns })),
    communities(terms, each) {
      const toSet = (patterns: readonly (readonly CommunityPattern[])[]) => ({ ...unnamed, patterns: patterns.flat() });
      return each ? terms.flatMap((term) => communitySets.places([term], toSet)) : communitySets.places(terms, toSet);
    },
    groups: (terms) => terms.map((term) => checkedGroup(term, groupNames, report)),
  };
  const policies: Policy[] = [];
  for (const { name, values } of named(top.policies, policyKeys, "[[policies]]", undefined, report)) {
    policies.push({
      name,
      default: values.default ?? policyKeys.default.default!,
      rules: (values.rules ?? []).map((node, i) => readRule(node, i + 1, places, report)),
    });
  }
  return {
    prefixSets: prefixSets.all,
    asSets: asSets.all,
    asPathSets: asPathSets.all,
    communitySets: communitySets.all,
    policies,
  };
}

function checkedGroup({ name, key, at }: NameTerm, known: ReadonlySet<string>, report: Report): string {
  if (!known.has(name)) {
    const near = nearest(name, known);
    report.add(at, `${key}: no [[groups]] has the name "${name}"`, near === undefined ? undefined : `"${near}"`);
  }
  return name;
}

/** Sets of one kind: those with a name first, then lists that stand in rules. */
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

  places<T>(terms: readonly Term<T>[], toSet: (values: readonly T[]) => S): number[] {
    const places: number[] = [];
    const values: T[] = [];
    for (const term of terms) {
      if (term.kind === "value") {
        values.push(term.value);
        continue;
      }
      const place = this.#byName.get(term.name);
      if (place !== undefined) places.push(place);
      else {
        const near = nearest(term.name, this.#byName.keys());
        const message = `${term.key}: no [[${this.#table}]] has the name "${term.name}"`;
        this.#report.add(term.at, message, near === undefined ? undefined : `"${near}"`);
      }
    }
    if (values.length > 0) places.push(this.all.push(toSet(values)) - 1);
    return places;
  }
}

interface NamedTable<K extends KeyTable> {
  readonly name: string;
  readonly values: Values<K>;
}

/** Tables that have a name which must be there, once; `needed` is a key that must be there too. */
function named<K extends KeyTable & { readonly name: Key<string> }>(
  nodes: readonly TomlTable[] | undefined,
  keys: K,
  tableName: string,
  needed: (keyof K & string) | undefined,
  report: Report,
): NamedTable<K>[] {
  const found: NamedTable<K>[] = [];
  const lines = new Map<string, number>();
  for (const node of nodes ?? []) {
    const table: TableValues<K> = readTable(node, keys, tableName, elsewhereFrom(tableName), report);
    const name = (table.values as { readonly name?: string }).name;
    if (!table.has("name")) report.add(table.start, `name is missing in ${tableName}`);
    if (needed !== undefined && !table.has(needed)) report.add(table.start, `${needed} is missing in ${tableName}`);
    if (name === undefined) {
      // Its rules may have mistakes, too.
      found.push({ name: "", values: table.values });
      continue;
    }
    const first = lines.get(name);
    if (first !== undefined) {
      report.add(table.at("name"), `name "${name}" stands already on line ${first}`);
      continue;
    }
    lines.set(name, table.start.line);
    found.push({ name, values: table.values });
  }
  return found;
}

function readRule(node: TomlTable, number: number, places: SetPlaces, report: Report): Rule {
  const tableName = "[[policies.rules]]";
  const { values } = readTable(node, ruleKeys, tableName, elsewhereFrom(tableName), report);
  return {
    name: values.name ?? String(number),
    conditions: values.match === undefined ? [] : readMatch(values.match, places, report),
    actions: values.set === undefined ? [] : readSet(values.set, places, report),
    verdict: values.action ?? ruleKeys.action.default!,
  };
}

type AnyRow<Kind> = Key<unknown> & { readonly become: (value: unknown, places: SetPlaces) => Kind };

/** Each key also with `not_` before it. */
const negated = "not_";
const matchTable: KeyTable = Object.fromEntries(
  Object.entries(matchKeys).flatMap(([name, row]) => [[name, row], [negated + name, row]]),
);

function readMatch(node: TomlTable, places: SetPlaces, report: Report): Condition[] {
  const name = "match of [[policies.rules]]";
  const table = readTable(node, matchTable, name, elsewhereFrom(name), report);
  return Object.entries(table.values).map(([key, value]) => {
    const not = key.startsWith(negated);
    const row = matchTable[key] as AnyRow<Condition>;
    const text = `${key} = ${tomlText(node.entries.get(key)!)}`;
    return { ...row.become(value, places), not, text };
  });
}

function readSet(node: TomlTable, places: SetPlaces, report: Report): Action[] {
  const name = "set of [[policies.rules]]";
  const { values } = readTable(node, setKeys, name, elsewhereFrom(name), report);
  const actions: Action[] = [];
  // In the order of the schema.
  for (const [key, row] of Object.entries(setKeys as unknown as Record<string, AnyRow<Action>>)) {
    const value = (values as Record<string, unknown>)[key];
    if (value === undefined) continue;
    actions.push({ ...row.become(value, places), text: `${key} = ${tomlText(node.entries.get(key)!)}` });
  }
  return actions;
}
