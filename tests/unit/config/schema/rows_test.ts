/** A key is one row in the file of its feature. Everything else about the key is derived from that row. */

import assert from "node:assert/strict";
import { keyName, keyReference, parseConfig } from "../../../../src/config/mod.ts";
import { groupKeys, peerKeys, sections, topKeys } from "../../../../src/config/schema/tables.ts";
import type { Key, SettingTable } from "../../../../src/config/keys/key.ts";
import { Report } from "../../../../src/config/toml/errors.ts";
import { parseToml } from "../../../../src/config/toml/parse.ts";
import { fromFileUrl, walk } from "../../../support/files.ts";

const folder = fromFileUrl(new URL("../../../../src/config", import.meta.url));
const rows: readonly (readonly [section: string, table: SettingTable])[] = [
  ["top level", topKeys],
  ["[[peers]]", peerKeys],
];

/** Tables, and keys of a group that only lead to the keys of its peers. */
const withoutSettings = ["groups", "include"];

for (const [section, table] of rows) {
  for (const [key, row] of Object.entries(table)) {
    Deno.test(`${section}: the row of ${key} says what a reload does, and the list for people repeats the row`, () => {
      const classes = Object.values({ ...row.sets, ...row.setsOfPeers });
      assert.equal(classes.length > 0, !withoutSettings.includes(key), "each key has a reload class");
      const entry = keyReference().find((each) => each.section === section && each.key === key);
      assert.equal(entry?.doc, row.doc);
      assert.equal(entry?.type, row.type.name);
      assert.equal(entry?.default, row.defaultText ?? JSON.stringify(row.default) ?? "none");
    });
  }
}

Deno.test("the example of a key is a value of its type; only lists of tables have none", () => {
  for (const { name, keys } of sections) {
    for (const [key, { type, example }] of Object.entries<Key<unknown>>(keys)) {
      const label = `${name}: the row of ${key} needs an example`;
      assert.equal(example === undefined, type.name === "tables", label);
      if (example === undefined) continue;
      const node = parseToml(`value = ${example}`).root?.entries.get("value");
      assert.ok(node !== undefined, label);
      const report = new Report();
      type.parse(node, key, report);
      assert.deepEqual(report.sorted(), [], label);
    }
  }
});

Deno.test("the list for people says what a change of a key costs", () => {
  const reload = (section: string, key: string) =>
    keyReference().find((each) => each.section === section && each.key === key)?.reload;
  assert.equal(reload("top level", "database"), "next start");
  assert.equal(reload("top level", "confederation_id"), "resets");
  assert.equal(reload("top level", "groups"), null);
  assert.equal(reload("[[peers]]", "local_as"), "resets");
  assert.equal(reload("[[peers]]", "import"), "reevaluates");
  assert.equal(reload("[[policies.rules]]", "match"), "reevaluates");
  assert.equal(reload("[[peers.static_routes]]", "med"), "applies");
});

Deno.test("a key means the same in a group as in a peer", () => {
  const own = ["name", "group"];
  for (const [key, row] of Object.entries(groupKeys)) {
    if (!own.includes(key)) assert.equal(row, peerKeys[key as keyof typeof peerKeys], key);
  }
});

Deno.test("every field of the settings is decided by a key of its own feature", () => {
  const result = parseConfig(
    'router_id = "192.0.2.1"\n[[peers]]\nremote_ip = "192.0.2.9"\nremote_as = 65001\nlocal_as = 65000\n',
  );
  assert.ok(result.kind === "config");
  const { kind: _kind, ...peer } = result.config.peers[0]!;
  const decided = new Set([
    ...Object.values<SettingTable[string]>(peerKeys).flatMap(({ sets }) => Object.keys(sets)),
    ...Object.values<SettingTable[string]>(topKeys).flatMap(({ setsOfPeers = {} }) => Object.keys(setsOfPeers)),
  ]);
  for (const field of Object.keys(peer)) assert.ok(decided.has(field), `no key sets ${field}`);
  for (const field of Object.keys(result.config)) {
    assert.ok(keyName(field as keyof typeof result.config) in topKeys, `no key sets ${field}`);
  }
});

Deno.test("a new key is one edit: only the file of a feature names its keys and fields", async () => {
  const texts = new Map<string, string>();
  for await (const path of walk(folder)) texts.set(path.slice(folder.length + 1), await Deno.readTextFile(path));
  const all = Object.entries<SettingTable[string]>({ ...topKeys, ...peerKeys });
  const tables = ["groups", "peers"];
  for (const [key] of all) {
    if (tables.includes(key)) continue;
    const row = new RegExp(`^  ${key}: (setting|policyTable)\\(`, "m");
    const homes = [...texts].filter(([, text]) => row.test(text)).map(([path]) => path);
    assert.equal(homes.length, 1, `${key} is declared in ${homes.join(", ")}`);
  }
  const words = all.flatMap(([key, { sets, setsOfPeers = {} }]) => [key, ...Object.keys({ ...sets, ...setsOfPeers })])
    // A word that is also an English word may stand in comments.
    .filter((word) => /[_A-Z]/.test(word));
  const derived = [
    "schema/settings",
    "schema/tables",
    "schema/reference",
    "diff",
    "no_effect",
    "speaker",
    "for_rib",
    "for_session",
  ];
  for (const name of derived) {
    const code = texts.get(`${name}.ts`)!.replaceAll(/\/\*\*?[^]*?\*\/|\/\/.*|from ".*"/g, "");
    const named = words.filter((word) => !known.has(`${name} ${word}`) && new RegExp(`\\b${word}\\b`).test(code));
    assert.deepEqual(named, [], `${name}.ts names keys of features`);
  }
});

/** What top level and peers share belongs to several features; an answer about a foreign key names one of ours. */
const known: ReadonlySet<string> = new Set([
  "speaker routerId",
  "speaker staticRoutes",
  "speaker staticFlows",
  "schema/tables rpki_caches",
  "schema/tables static_routes",
  "schema/tables static_flows",
]);
