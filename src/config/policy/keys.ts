/** The keys of policies and of their sets, one row each. `match_set_keys.ts` has those of `match` and `set`. */

import { parseCommunityPattern } from "../../policy/mod.ts";
import { type Key, key, type KeyTable, setting, type SettingTable } from "../keys/key.ts";
import * as type from "../keys/values.ts";
import { asnRanges, communityPatterns, nameOf, pathPatterns, prefixRanges } from "./match_values.ts";
import { matchKeys, setKeys } from "./match_set_keys.ts";

/** Keys of the top level. Names of policies and sets are resolved where they are used, so all change `policies`. */
export const policyTableKeys = {
  prefix_sets: policyTable("lists of prefixes that rules of policies name"),
  as_sets: policyTable("lists of AS numbers that rules of policies name"),
  as_path_sets: policyTable("lists of AS path patterns that rules of policies name"),
  community_sets: policyTable("lists of communities of all kinds that rules of policies name"),
  policies: policyTable("policies that import and export of peers name"),
} as const satisfies SettingTable;

function policyTable(doc: string) {
  return setting({ type: type.tables, doc, defaultText: "none", sets: { policies: "reevaluates" } });
}

/** The name of a community set must not read as a community, because a rule may contain both. */
const communityName = nameOf((name) =>
  parseCommunityPattern(name) === undefined ? undefined : "is the name of a well-known community"
);
const setName = nameOf(() => undefined);
const policyWords: ReadonlySet<string> = new Set(["all", "none", "local", "default"]);
const policyName = nameOf((name) =>
  policyWords.has(name.toLowerCase()) ? "is a reserved word of import and export" : undefined
);

const verdict = type.oneOf("accept", "reject", "continue");

function nameKey(type: Key<string>["type"], doc: string, example: string): Key<string> {
  return { type, doc, example, defaultText: "required" };
}

export const prefixSetKeys = {
  name: nameKey(setName, "the name that rules use", '"bogons"'),
  prefixes: key({
    type: prefixRanges,
    doc: 'prefixes: "10.0.0.0/8 ge 16 le 24"; "!10.1.0.0/16 le 32" excludes prefixes; the most specific entry decides',
    example: '["10.0.0.0/8 le 32", "!10.1.0.0/16 le 32"]',
    defaultText: "required",
  }),
} as const satisfies KeyTable;

export const asSetKeys = {
  name: nameKey(setName, "the name that rules use", '"customers"'),
  asns: key({
    type: asnRanges,
    doc: 'AS numbers and ranges of them: 65001, "65010-65020"',
    example: '[65001, "65010-65020"]',
    defaultText: "required",
  }),
} as const satisfies KeyTable;

export const asPathSetKeys = {
  name: nameKey(setName, "the name that rules use", '"slow"'),
  patterns: key({
    type: pathPatterns,
    doc: 'patterns for the path as text; _ is the boundary of an AS number: "_64512_", "^65001_"',
    example: '["_64512_", "^65001_"]',
    defaultText: "required",
  }),
} as const satisfies KeyTable;

export const communitySetKeys = {
  name: nameKey(communityName, "the name that rules use", '"our-marks"'),
  communities: key({
    type: communityPatterns,
    doc: 'communities of all kinds: "65000:*", "65000:1:*", "rt:65000:1-99"',
    example: '["65000:*", "65000:1:*", "rt:65000:1-99"]',
    defaultText: "required",
  }),
} as const satisfies KeyTable;

export const policyKeys = {
  name: nameKey(policyName, "the name that import and export of peers use", '"customer-in"'),
  default: key({
    type: verdict,
    doc:
      "verdict if no rule decided; continue: go to the next policy of the peer's list; after the last policy: reject",
    example: '"reject"',
    default: "continue",
  }),
  rules: key({ type: type.tables, doc: "rules, evaluated in their order", defaultText: "none" }),
} as const satisfies KeyTable;

export const ruleKeys = {
  name: key({
    type: type.text,
    doc: "name of the rule in reasons and explanations",
    example: '"no bogons"',
    defaultText: "its number",
  }),
  match: key({
    type: type.table,
    doc: "all keys must match; `not_` negates a key; one item of a list suffices; without match: every route matches",
    example: '{ prefix = "bogons", not_community = "64500:1" }',
    defaultText: "none",
  }),
  set: key({
    type: type.table,
    doc: "changes to the routes that match; later rules see them",
    example: '{ local_pref = 200, add_communities = ["64500:3"] }',
    defaultText: "none",
  }),
  action: key({
    type: verdict,
    doc: "verdict on the routes that match; continue: the next rule is evaluated",
    example: '"accept"',
    default: "continue",
  }),
} as const satisfies KeyTable;

export const policySections = [
  { name: "[[prefix_sets]]", keys: prefixSetKeys },
  { name: "[[as_sets]]", keys: asSetKeys },
  { name: "[[as_path_sets]]", keys: asPathSetKeys },
  { name: "[[community_sets]]", keys: communitySetKeys },
  { name: "[[policies]]", keys: policyKeys },
  { name: "[[policies.rules]]", keys: ruleKeys },
  { name: "match of [[policies.rules]]", keys: matchKeys },
  { name: "set of [[policies.rules]]", keys: setKeys },
] as const satisfies readonly { name: string; keys: KeyTable }[];
