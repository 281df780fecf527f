/**
 * What somebody wrote in the text of a configuration, for people who compare two configurations: `hold_timer`: 90 → 30.
 */

import type { SettingTable } from "./keys/key.ts";
import type { Given } from "./keys/table.ts";
import type { PeerSettings, SpeakerSettings } from "./schema/settings.ts";
import { peerKeys, topKeys } from "./schema/tables.ts";
import type { TomlNode } from "./toml/parse.ts";
import { tomlText } from "./toml/text.ts";

/** The keys of a peer: its own, and those of its groups. */
export type WrittenPeer = Given<typeof peerKeys>;

export interface Written {
  readonly top: Given<typeof topKeys>;
  /** By the name of the peer. */
  readonly peers: ReadonlyMap<string, WrittenPeer>;
}

/** A key whose value is another one than before. */
export interface KeyChange {
  readonly key: string;
  /** The values as TOML; `null`: the key is not written, and its default holds. */
  readonly before: string | null;
  readonly after: string | null;
  readonly default: string;
  /** For a list of tables: `+ NAME`, `- NAME` and `~ NAME` of those that were added, removed and changed. */
  readonly items: readonly string[];
}

/** The keys behind a field of the top level that differs. */
export function speakerKeyChanges(before: Written, after: Written, field: keyof SpeakerSettings): KeyChange[] {
  return changesOf(topKeys, before.top, after.top, ({ sets }) => field in sets);
}

/**
 * The keys behind fields of a peer that differ: of the peer, of its groups, and of the top level where a peer takes its
 * value from there.
 */
export function peerKeyChanges(
  before: Written,
  after: Written,
  name: string,
  fields: readonly (keyof PeerSettings)[],
): KeyChange[] {
  const [was, is] = [before.peers.get(name), after.peers.get(name)];
  const own = was === undefined || is === undefined
    ? []
    : changesOf(peerKeys, was, is, ({ sets }) => fields.some((field) => field in sets));
  const top = changesOf(
    topKeys,
    before.top,
    after.top,
    ({ setsOfPeers = {} }) => fields.some((field) => field in setsOfPeers),
  );
  return [...own, ...top];
}

interface Texts<K extends string> {
  node(key: K): TomlNode | undefined;
}

function changesOf<K extends string>(
  table: SettingTable & Readonly<Record<K, unknown>>,
  before: Texts<K>,
  after: Texts<K>,
  concerns: (row: SettingTable[string]) => boolean,
): KeyChange[] {
  const keys = Object.keys(table) as K[];
  return keys.filter((key) => concerns(table[key]!)).flatMap((key) => {
    const row = table[key]!;
    const [was, is] = [before.node(key), after.node(key)];
    if (wholeText(was) === wholeText(is)) return [];
    const otherwise = row.defaultText ?? (row.default === undefined ? "none" : JSON.stringify(row.default));
    if (row.type.name === "tables") {
      return [{
        key,
        before: tableCount(was),
        after: tableCount(is),
        default: otherwise,
        items: itemChanges(was, is),
      }];
    }
    return [{ key, before: textOf(was), after: textOf(is), default: otherwise, items: [] }];
  });
}

function textOf(node: TomlNode | undefined): string | null {
  return node === undefined ? null : tomlText(node);
}

/** Everything that is written, however long. */
function wholeText(node: TomlNode | undefined): string {
  if (node === undefined) return "";
  if (node.kind === "array") return `[${node.items.map(wholeText).join(", ")}]`;
  if (node.kind !== "table") return tomlText(node);
  return `{ ${[...node.entries].map(([key, value]) => `${key} = ${wholeText(value)}`).join(", ")} }`;
}

function tableCount(node: TomlNode | undefined): string | null {
  const count = itemsOf(node).length;
  return node === undefined ? null : `${count} ${count === 1 ? "table" : "tables"}`;
}

function itemsOf(node: TomlNode | undefined): readonly TomlNode[] {
  return node?.kind === "array" ? node.items : [];
}

function itemChanges(before: TomlNode | undefined, after: TomlNode | undefined): string[] {
  const [was, is] = [before, after].map((node) =>
    new Map(itemsOf(node).map((item) => [nameOf(item), wholeText(item)] as const))
  ) as [Map<string, string>, Map<string, string>];
  const lines: string[] = [];
  for (const [name, text] of is) {
    const old = was.get(name);
    if (old === undefined) lines.push(`+ ${name}`);
    else if (old !== text) lines.push(`~ ${name}`);
  }
  for (const name of was.keys()) if (!is.has(name)) lines.push(`- ${name}`);
  return lines.length > 0 ? lines : ["in a different order"];
}

/** What identifies a table in its list: a route by its prefix, everything else by its name. */
function nameOf(item: TomlNode): string {
  const node = item.kind === "table" ? item.entries.get("name") ?? item.entries.get("prefix") : undefined;
  return node?.kind === "string" ? node.value : tomlText(item);
}
