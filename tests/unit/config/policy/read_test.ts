import assert from "node:assert/strict";
import { parseConfig } from "../../../../src/config/mod.ts";
import { allChoices, choiceFor } from "../../../../src/policy/mod.ts";
import { IPV4_UNICAST, IPV6_UNICAST } from "../../../../src/types/mod.ts";
import { configHead } from "../../../support/config_text.ts";

const head = configHead({ routerId: "1.1.1.1" });
const peer = '[[peers]]\nremote_ip = "127.0.0.2"\nremote_as = 65001\n';

function config(text: string) {
  const result = parseConfig(head + text);
  assert.deepEqual(result.kind === "errors" ? result.errors : [], []);
  assert.ok(result.kind === "config");
  return result.config;
}

/** `line: message`, and behind an arrow the suggestion; the text begins on line 3. */
function errorLines(text: string): string[] {
  const result = parseConfig(head + text);
  return (result.kind === "errors" ? result.errors : []).map(({ line, message, suggestion }) =>
    `${line}: ${message}${suggestion === undefined ? "" : ` → ${suggestion}`}`
  );
}

Deno.test("import and export name policies: one, several, and by family", () => {
  const policies = '[[policies]]\nname = "a"\n[[policies]]\nname = "b"\n';
  const settings = (keys: string) => config(policies + peer + keys).peers[0]!;
  assert.deepEqual(settings('import = "a"\nexport = ["a", "b"]').import, ["a"]);
  assert.deepEqual(settings('import = "a"\nexport = ["a", "b"]').export, ["a", "b"]);
  const both = settings('import = { "ipv4 unicast" = "a", default = "none" }\nexport = { "ipv6 unicast" = ["b"] }');
  assert.deepEqual([choiceFor(both.import, IPV4_UNICAST), choiceFor(both.import, IPV6_UNICAST)], [["a"], "none"]);
  assert.deepEqual([choiceFor(both.export, IPV4_UNICAST), choiceFor(both.export, IPV6_UNICAST)], ["none", ["b"]]);
  assert.deepEqual(allChoices(both.export), [["b"], "none"]);
  assert.deepEqual([choiceFor("all", IPV4_UNICAST), allChoices("all")], ["all", ["all"]]);
});

Deno.test("a family that is not named has import all and export none; peers inherit the values of their group", () => {
  const text = `[[policies]]\nname = "a"\n[[groups]]\nname = "g"\nimport = "a"\n${peer}group = "g"\n`;
  assert.deepEqual(config(text).peers[0]!.import, ["a"]);
  const table = config(`[[policies]]\nname = "a"\n${peer}import = { "ipv4 unicast" = "a" }\n`).peers[0]!;
  assert.equal(choiceFor(table.import, IPV6_UNICAST), "all");
});

Deno.test("RFC 8212 §2: an eBGP peer with an import policy gets it; without one, import is none", () => {
  const strict = (keys: string) => config(`rfc8212 = "strict"\n[[policies]]\nname = "a"\n${peer}${keys}`).peers[0]!;
  assert.deepEqual(strict('import = "a"').import, ["a"]);
  assert.equal(strict("").import, "none");
});

const add = (table: string) => `; add [[${table}]] with this name, or correct the name`;

Deno.test("unknown names are reported where they are used, with the nearest known name", () => {
  assert.deepEqual(
    errorLines(`
[[prefix_sets]]
name = "bogons"
prefixes = ["10.0.0.0/8"]
[[as_sets]]
name = "customers"
asns = [1]
[[policies]]
name = "customer-in"
[[policies.rules]]
match = { prefix = "bogon", origin_as = ["customer", 5] }
[[policies.rules]]
match = { not_community = ["nowhere"], as_path = "customers" }
set = { remove_communities = "nobody" }
${peer}import = "custmer-in"
export = { "ipv4 unicast" = ["customer-in", "other"] }
`),
    [
      '13: prefix: no [[prefix_sets]] has the name "bogon" → "bogons"',
      '13: origin_as: no [[as_sets]] has the name "customer" → "customers"',
      '15: not_community: no [[community_sets]] has the name "nowhere"' + add("community_sets"),
      '15: as_path: no [[as_path_sets]] has the name "customers"' + add("as_path_sets"),
      '16: remove_communities: no [[community_sets]] has the name "nobody"' + add("community_sets"),
      '20: import: no [[policies]] has the name "custmer-in" → "customer-in"',
      '21: export: no [[policies]] has the name "other"' + add("policies"),
    ],
  );
});

Deno.test("impossible prefixes, ranges and patterns are refused with a clear message", () => {
  assert.deepEqual(
    errorLines(`
[[prefix_sets]]
name = "p"
prefixes = [
  "10.0.0.0/8 le 7",
  "10.0.0.0/8 ge 24 le 16",
  "10.0.0.1/8 le 24",
  "2001:db8::/32 le 129",
  "10.0.0.0/8 eq 9",
  "10.0.0.1",
]
[[as_path_sets]]
name = "a"
patterns = ["(65001", "65001;", "ok"]
[[as_sets]]
name = "s"
asns = ["9-1", 65001]
[[community_sets]]
name = "c"
communities = ["65000:70000", "65000:1"]
`),
    [
      "7: prefixes: le 7 is shorter than the prefix itself, which has 8 bits",
      "8: prefixes: ge 24 is larger than le 16",
      '9: prefixes: 10.0.0.1/8 has host bits set → "10.0.0.0/8 le 24"',
      "10: prefixes: le 129: a prefix of its family has at most 128 bits",
      '11: prefixes: "eq" after a prefix: only ge and le are possible',
      '12: prefixes needs a length → "10.0.0.1/32"',
      '16: patterns: "(65001" is not an AS path pattern: "(" without ")"',
      '16: patterns: "65001;" is not an AS path pattern: no AS path contains ";"',
      '16: patterns must be a pattern such as "_65001_", not "ok"',
      '19: asns must be an AS number such as 65000 or "1.10", or a range such as "65010-65020", not "9-1"',
      '22: communities must be a community such as "65000:1", "65000:1:2" or "rt:65000:1", with * or a range' +
      ' such as 1-99 for a number, not "65000:70000"',
    ],
  );
});

Deno.test("unknown keys of rules, and keys of another table, are reported as in other tables", () => {
  assert.deepEqual(
    errorLines(`
[[policies]]
name = "p"
[[policies.rules]]
match = { prefx = "10.0.0.0/8", not_comunity = "1:1" }
set = { localpref = 5, prefix = "10.0.0.0/8" }
actoin = "accept"
`),
    [
      '7: unknown key "prefx" in match of [[policies.rules]] → prefix',
      '7: unknown key "not_comunity" in match of [[policies.rules]] → not_community',
      '8: unknown key "localpref" in set of [[policies.rules]] → local_pref',
      "8: prefix is a key of [[peers.static_routes]], not of set of [[policies.rules]]: move it there",
      '9: unknown key "actoin" in [[policies.rules]] → action',
    ],
  );
});

Deno.test("a policy is refused in a direction in which its conditions or actions have no meaning", () => {
  const rules = `
[[policies]]
name = "out"
[[policies.rules]]
name = "leak"
match = { not_from_as = 65002 }
[[policies]]
name = "hop"
[[policies.rules]]
set = { next_hop = "peer" }
`;
  assert.deepEqual(errorLines(`${rules}${peer}import = ["out", "hop"]\nexport = "hop"\n`), [
    '16: import: rule leak of policy "out" has not_from_as = 65002, which is for export only',
    '17: export: rule 1 of policy "hop" has next_hop = "peer", which is for import only',
  ]);
  assert.deepEqual(config(`${rules}${peer}import = "hop"\nexport = "out"\n`).peers[0]!.export, ["out"]);
});

Deno.test("names are unique within their kind, and cannot be read as values or words", () => {
  assert.deepEqual(
    errorLines(`
[[policies]]
name = "p"
[[policies]]
name = "p"
[[policies]]
name = "all"
[[community_sets]]
name = "no-export"
communities = ["1:1"]
[[prefix_sets]]
prefixes = ["10.0.0.0/8"]
[[as_sets]]
name = "p"
`),
    [
      '7: name "p" is already used on line 4',
      '9: name: "all" is a reserved word of import and export',
      '11: name: "no-export" is the name of a well-known community',
      "13: name is missing in [[prefix_sets]]",
      "15: asns is missing in [[as_sets]]",
    ],
  );
});

Deno.test("a policy table is plain data that another thread can get", () => {
  const { policies } = config(`
[[policies]]
name = "p"
[[policies.rules]]
match = { as_path = "_1_" }
[[policies.rules]]
match = { prefix = ["10.0.0.0/8 le 24", "::/0"], community = ["1:*", "rt:*"], origin_as = "1-9", peer = "::1" }
set = { next_hop = "192.0.2.1", prepend = [1], add_communities = ["1:1", "1:1:1", "rt:1:1"], med = "+1" }
`);
  assert.deepEqual(structuredClone(policies), policies);
});

Deno.test("actions run in one order, whatever their order in the text", () => {
  const kinds = (set: string) =>
    config(`[[policies]]\nname = "p"\n[[policies.rules]]\nset = { ${set} }\n`).policies.policies[0]!.rules[0]!.actions
      .map(({ kind }) => kind);
  const expected = ["localPref", "removeCommunities", "addCommunities"];
  assert.deepEqual(kinds('add_communities = "1:1", remove_communities = "*", local_pref = 5'), expected);
  assert.deepEqual(kinds('local_pref = 5, remove_communities = "*", add_communities = "1:1"'), expected);
});
