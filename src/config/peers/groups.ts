/**
 * `[[groups]]`: defaults for many peers, and of other groups. What a peer does not say itself the nearest group says: first
 * those that it names, in their order, then those that these name, and so on. So a group overrides what it inherits,
 * whichever way a peer came to it.
 */

import { nearest, type Position, type Report } from "../toml/errors.ts";
import { elsewhereFrom, groupKeys, type peerKeys } from "../schema.ts";
import { readTable, type TableValues, type Values } from "../keys/table.ts";
import type { TomlTable } from "../toml/parse.ts";

export type Group = TableValues<typeof groupKeys>;

/** Groups by name, each with its own word only. */
export type Groups = ReadonlyMap<string, Group>;

/** What holds for a peer beside its own words. */
export interface Inherited {
  /** Names of all its groups, the nearest first. */
  readonly names: readonly string[];
  readonly values: Omit<Values<typeof groupKeys>, "name" | "group">;
  has(key: SharedKey): boolean;
  /** Where the group that decides over a key says it. */
  at(key: SharedKey): Position | undefined;
}

/** Keys that peers and groups have in common. */
export type SharedKey = Exclude<keyof typeof groupKeys & keyof typeof peerKeys, "group">;

export function readGroups(nodes: readonly TomlTable[], report: Report): Groups {
  const groups = new Map<string, Group>();
  for (const node of nodes) {
    const group = readTable(node, groupKeys, "[[groups]]", elsewhereFrom("[[groups]]"), report);
    const { name } = group.values;
    if (!group.has("name")) report.add(group.start, "name is missing: peers write it as group");
    if (name === undefined) continue;
    const first = groups.get(name);
    if (first === undefined) groups.set(name, group);
    else report.add(group.at("name"), `group "${name}" stands already on line ${first.start.line}`);
  }
  for (const group of groups.values()) checkNames(group, groups, report);
  for (const [name, group] of groups) {
    const cycle = cycleFrom(name, groups);
    if (cycle !== undefined) report.add(group.at("group"), `group "${name}" inherits itself: ${cycle.join(" → ")}`);
  }
  return groups;
}

/** The groups of a peer, which names those in `own`. Names that are none are reported; cycles were, when they were read. */
export function inheritedBy(own: TableValues<typeof peerKeys>, groups: Groups, report: Report): Inherited {
  checkNames(own, groups, report);
  const names: string[] = [];
  const lists = [own.values.group ?? []];
  for (const list of lists) {
    for (const name of list) {
      const group = groups.get(name);
      if (group === undefined || names.includes(name)) continue;
      names.push(name);
      lists.push(group.values.group ?? []);
    }
  }
  const chain = names.map((name) => groups.get(name)!);
  const values = Object.assign({}, ...chain.toReversed().map((group) => group.values)) as Values<typeof groupKeys>;
  const { name: _name, group: _group, ...shared } = values;
  return {
    names,
    values: shared,
    has: (key) => chain.some((group) => group.has(key)),
    at: (key) => chain.find((group) => group.has(key))?.at(key),
  };
}

function checkNames(
  table: { readonly values: { readonly group?: readonly string[] }; at(key: "group"): Position },
  groups: Groups,
  report: Report,
): void {
  for (const name of table.values.group ?? []) {
    if (groups.has(name)) continue;
    const near = nearest(name, groups.keys());
    report.add(table.at("group"), `no [[groups]] has the name "${name}"`, near === undefined ? undefined : `"${near}"`);
  }
}

/** The shortest way from a group back to itself, where there is one. */
function cycleFrom(start: string, groups: Groups): string[] | undefined {
  const seen = new Set<string>();
  const ways = [[start]];
  for (const way of ways) {
    for (const name of groups.get(way.at(-1)!)?.values.group ?? []) {
      if (name === start) return [...way, name];
      if (seen.has(name)) continue;
      seen.add(name);
      ways.push([...way, name]);
    }
  }
  return undefined;
}
