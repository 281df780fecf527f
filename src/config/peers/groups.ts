/**
 * `[[groups]]`: defaults for many peers. A peer takes a key that it does not set from the nearest group that sets it:
 * first the groups that the peer names, in their order, then the groups that those name, and so on. So a group always
 * overrides what it inherits.
 */

import type { Key, Values } from "../keys/key.ts";
import { checkNameExists } from "../keys/names.ts";
import type { Given, TableReader } from "../keys/table.ts";
import { groupKeys, type peerKeys, type SharedKey } from "../schema/tables.ts";
import type { TomlTable } from "../toml/parse.ts";
import type { PeerTables } from "./peer.ts";

export type Group = Given<typeof groupKeys>;

/** Groups by name, each with its own keys only. */
export type Groups = ReadonlyMap<string, Group>;

export function readGroups(nodes: readonly TomlTable[], reader: TableReader): Groups {
  const { report } = reader;
  const groups = new Map<string, Group>();
  for (const node of nodes) {
    const group = reader.read(node, groupKeys, "[[groups]]");
    const { name } = group.values;
    if (!group.has("name")) report.add(group.start, "name is missing: peers refer to it in group");
    if (name === undefined) continue;
    const first = groups.get(name);
    if (first === undefined) groups.set(name, group);
    else report.add(group.at("name"), `group "${name}" is already used ${report.where(first.start)}`);
  }
  for (const group of groups.values()) checkNames(group, groups);
  for (const [name, group] of groups) {
    const cycle = cycleFrom(name, groups);
    if (cycle !== undefined) report.add(group.at("group"), `group "${name}" inherits itself: ${cycle.join(" → ")}`);
  }
  return groups;
}

/** The names of all groups, before their tables are read. */
export function groupNames(nodes: readonly TomlTable[]): ReadonlySet<string> {
  return new Set(nodes.map(({ entries }) => {
    const name = entries.get("name");
    return name?.kind === "string" ? name.value : "";
  }));
}

/** The keys of a peer with those of its groups. Unknown groups are reported; cycles were, when the groups were read. */
export function withGroups(own: Given<typeof peerKeys>, groups: Groups): PeerTables {
  checkNames(own, groups);
  const names = inheritance(own.values.group ?? [], groups);
  const chain = names.flatMap((name) => groups.get(name) ?? []);
  const inherited: Values<typeof groupKeys> = Object.assign({}, ...chain.toReversed().map(({ values }) => values));
  const { name: _name, group: _group, ...shared } = inherited;
  /** What the nearest group writes for a key that the peer itself does not write. */
  const inheritedFrom = (key: keyof typeof peerKeys) => {
    const shared = own.has(key) || !isShared(key) ? undefined : key;
    const group = shared && chain.find((group) => group.has(shared));
    return shared && group && { at: group.at(shared), node: group.node(shared) };
  };
  const given: Given<typeof peerKeys> = {
    values: { ...shared, ...own.values },
    start: own.start,
    has: (key) => own.has(key) || inheritedFrom(key) !== undefined,
    node: (key) => inheritedFrom(key)?.node ?? own.node(key),
    at: (key) => inheritedFrom(key)?.at ?? own.at(key),
    report: own.report,
  };
  return { own, given, groups: names };
}

function isShared(key: string): key is SharedKey {
  return key in groupKeys && key !== "name" && key !== "group";
}

/** Names of groups and of their groups, the nearest first. */
function inheritance(names: readonly string[], groups: Groups): string[] {
  const found: string[] = [];
  const lists = [names];
  for (const list of lists) {
    for (const name of list) {
      const group = groups.get(name);
      if (group === undefined || found.includes(name)) continue;
      found.push(name);
      lists.push(group.values.group ?? []);
    }
  }
  return found;
}

function checkNames(table: Given<{ readonly group: Key<readonly string[]> }>, groups: Groups): void {
  for (const name of table.values.group ?? []) {
    checkNameExists({ name, at: table.at("group") }, "groups", groups, table.report);
  }
}

/** The shortest chain of names that leads from a group back to itself; `undefined` where there is none. */
function cycleFrom(start: string, groups: Groups): string[] | undefined {
  const seen = new Set<string>();
  const ways = [[start]];
  for (const way of ways) {
    for (const name of groups.get(way.at(-1) ?? start)?.values.group ?? []) {
      if (name === start) return [...way, name];
      if (seen.has(name)) continue;
      seen.add(name);
      ways.push([...way, name]);
    }
  }
  return undefined;
}
