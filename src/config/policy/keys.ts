/**
 * The keys of policies and of their sets, one row each. The row of a rule's key also says which condition or action the
 * key becomes. Actions run in the order of the rows, whatever their order in the text.
 */

import { AttributeCode, parseOrigin } from "../../message/mod.ts";
import type { ActionKind, CommunityPattern, ConditionKind, NumberRange, PrefixRange } from "../../policy/mod.ts";
import { parseCommunityPattern } from "../../policy/mod.ts";
import {
  addressMatch,
  asnRanges,
  asnTerms,
  attributeCodes,
  communityPatterns,
  communityTerms,
  groupTerms,
  nameOf,
  type NameTerm,
  numberMatch,
  pathPatterns,
  pathTerms,
  prefixRanges,
  prefixTerms,
  type Term,
} from "./match_values.ts";
import { communityValues, medChange, nextHopChoice, numberChange, prepending } from "./set_values.ts";
import { community, extCommunity, largeCommunity } from "../keys/route_values.ts";
import { familyNames } from "../keys/family_values.ts";
import { type Key, key, type KeyTable, setting, type SettingTable } from "../keys/key.ts";
import * as type from "../keys/values.ts";

/** Looks up sets by name, and adds lists that are written in a rule as sets. The answers are indexes of sets. */
export interface SetIndexes {
  prefixes(terms: readonly Term<PrefixRange>[]): readonly number[];
  asns(terms: readonly Term<NumberRange>[]): readonly number[];
  paths(terms: readonly Term<string>[]): readonly number[];
  /** All written patterns together are one set. */
  communities(terms: readonly Term<readonly CommunityPattern[]>[]): readonly number[];
  /** Each written pattern is a set of its own. */
  eachCommunity(terms: readonly Term<readonly CommunityPattern[]>[]): readonly number[];
  /** Groups have no index. Their names are checked. */
  groups(terms: readonly NameTerm[]): readonly string[];
}

/** A row of the keys of a rule. */
interface RuleRow<T, Kind> extends Key<T> {
  /** `value`: what the type of this row has parsed. */
  become(value: NoInfer<T>, sets: SetIndexes): Kind;
}

export type RuleTable<Kind> = Readonly<Record<string, RuleRow<unknown, Kind>>>;

function match<T>(row: RuleRow<T, ConditionKind>): RuleRow<T, ConditionKind> {
  return row;
}

function set<T>(row: RuleRow<T, ActionKind>): RuleRow<T, ActionKind> {
  return row;
}

const uint32Max = 0xffffffff;
const origins = type.listOf(type.oneOf("igp", "egp", "incomplete"));
const anySource = type.listOf(type.oneOf("local", "internal", "external"));

export const matchKeys = {
  prefix: match({
    type: prefixTerms,
    doc: 'the prefix is in one of these: "10.0.0.0/8 le 24", or a set by name',
    become: (terms, sets) => ({ kind: "prefix", sets: sets.prefixes(terms) }),
  }),
  prefix_length: match({
    type: numberMatch(128),
    doc: 'the prefix length: 24, "8-24", ">= 25"',
    become: ({ ranges }, sets) => ({ kind: "prefix", sets: sets.prefixes(lengthTerms(ranges)) }),
  }),
  family: match({
    type: familyNames,
    doc: "address family of the route",
    become: (families) => ({ kind: "family", families }),
  }),
  origin_as: match({
    type: asnTerms,
    doc: "the last AS of the path; a path that ends in a set has no origin AS",
    become: (terms, sets) => ({ kind: "originAs", sets: sets.asns(terms) }),
  }),
  first_as: match({
    type: asnTerms,
    doc: "the first AS of the path",
    become: (terms, sets) => ({ kind: "firstAs", sets: sets.asns(terms) }),
  }),
  path_as: match({
    type: asnTerms,
    doc: "any AS of the path",
    become: (terms, sets) => ({ kind: "pathAs", sets: sets.asns(terms) }),
  }),
  as_path: match({
    type: pathTerms,
    doc: 'the path as text matches one of these patterns: "_64512_", "^65001_[0-9]+$"',
    become: (terms, sets) => ({ kind: "asPath", sets: sets.paths(terms) }),
  }),
  as_path_length: match({
    type: numberMatch(uint32Max),
    doc: "the number of ASes in the path; a set counts as one",
    become: ({ ranges }) => ({ kind: "asPathLength", ranges }),
  }),
  community: match({
    type: communityTerms,
    doc: 'the route has one of these, of any kind: "65000:*", "65000:1:*", "rt:65000:1-99", "no-export", "*"',
    become: (terms, sets) => ({ kind: "community", sets: sets.communities(terms), every: false }),
  }),
  all_communities: match({
    type: communityTerms,
    doc: "the route has all of these",
    become: (terms, sets) => ({ kind: "community", sets: sets.eachCommunity(terms), every: true }),
  }),
  next_hop: match({
    type: addressMatch("peer"),
    doc: 'the next hop is inside one of these, or is the address of the peer itself: "peer"',
    become: ({ prefixes, word }) => ({ kind: "nextHop", prefixes, peer: word }),
  }),
  local_pref: match({
    type: numberMatch(uint32Max),
    doc: "LOCAL_PREF; a route without one counts as 100",
    become: ({ ranges }) => ({ kind: "localPref", ranges }),
  }),
  med: match({
    type: numberMatch(uint32Max, true),
    doc: 'MULTI_EXIT_DISC; "none": the route has none, "any": the route has one',
    become: ({ ranges, absent }) => ({ kind: "med", ranges, absent }),
  }),
  origin: match({
    type: origins,
    doc: "ORIGIN",
    become: (words) => ({ kind: "origin", origins: words.map((word) => parseOrigin(word)!) }),
  }),
  attribute: match({
    type: attributeCodes(),
    doc: 'the route has one of these attributes: "otc", "aigp", 128',
    become: (codes) => ({ kind: "attribute", codes }),
  }),
  peer: match({
    type: addressMatch(),
    doc: "import: the peer that the route comes from; export: the peer that it goes to",
    become: ({ prefixes }) => ({ kind: "peer", prefixes }),
  }),
  peer_as: match({
    type: asnTerms,
    doc: "AS of that peer",
    become: (terms, sets) => ({ kind: "peerAs", sets: sets.asns(terms) }),
  }),
  peer_group: match({
    type: groupTerms,
    doc: "a group of that peer",
    become: (terms, sets) => ({ kind: "peerGroup", groups: sets.groups(terms) }),
  }),
  from_peer: match({
    type: addressMatch(),
    doc: "export only: the peer that the route came from",
    become: ({ prefixes }) => ({ kind: "fromPeer", prefixes }),
  }),
  from_as: match({
    type: asnTerms,
    doc: "export only: AS of the peer that the route came from",
    become: (terms, sets) => ({ kind: "fromAs", sets: sets.asns(terms) }),
  }),
  from_group: match({
    type: groupTerms,
    doc: "export only: a group of the peer that the route came from",
    become: (terms, sets) => ({ kind: "fromGroup", groups: sets.groups(terms) }),
  }),
  source: match({
    type: anySource,
    doc: "export only: originated here (local), learned from iBGP (internal) or from eBGP peers (external)",
    become: (sources) => ({ kind: "source", sources }),
  }),
} as const satisfies RuleTable<ConditionKind>;

/** Keys of the top level. Names of policies and sets are resolved where they are used, so all change `policies`. */
export const policyTableKeys = {
  prefix_sets: policyTable("lists of prefixes that rules of policies name"),
  as_sets: policyTable("lists of AS numbers that rules of policies name"),
  as_path_sets: policyTable("lists of AS path patterns that rules of policies name"),
  community_sets: policyTable("lists of communities of all kinds that rules of policies name"),
  policies: policyTable("policies that import and export of peers name"),
} as const satisfies SettingTable;

function policyTable(doc: string) {
  return setting({ type: type.tables, doc, defaultText: "none", sets: { policies: "applies" } });
}

const mandatory = "cannot be removed: every route has one (RFC 4271 §5)";

export const setKeys = {
  remove_attributes: set({
    type: attributeCodes(
      new Map([
        [AttributeCode.origin, mandatory],
        [AttributeCode.asPath, mandatory],
        [AttributeCode.nextHop, mandatory],
        // RFC 9234 §5: "The operator MUST NOT have the ability to modify the procedures defined in this section."
        [AttributeCode.onlyToCustomer, "cannot be removed: without it route leaks cannot be detected (RFC 9234 §5)"],
      ]),
    ),
    doc: 'attributes to remove: "aigp", 128',
    become: (codes) => ({ kind: "removeAttributes", codes }),
  }),
  local_pref: set({
    type: numberChange,
    doc: 'LOCAL_PREF: 200, "+10", "-10"',
    become: (change) => ({ kind: "localPref", change }),
  }),
  med: set({
    type: medChange,
    doc: 'MULTI_EXIT_DISC: 10, "+10", "-10", "none"',
    become: (change) => ({ kind: "med", change }),
  }),
  origin: set({
    type: type.oneOf("igp", "egp", "incomplete"),
    doc: "ORIGIN",
    become: (word) => ({ kind: "origin", origin: parseOrigin(word)! }),
  }),
  next_hop: set({
    type: nextHopChoice,
    doc: 'an address, or one for each family; for export also "self" or "unchanged"; for import also "peer"',
    become: (to) => ({ kind: "nextHop", to }),
  }),
  prepend_first: set({
    type: type.integer(1, 32, "times"),
    doc: "prepend the first AS of the path this many times",
    become: (times) => ({ kind: "prependFirst", times }),
  }),
  prepend: set({
    type: prepending,
    doc: "prepend our own AS this many times, in addition to the AS that export prepends; or prepend these ASes",
    become: (value) =>
      value.kind === "times" ? { kind: "prependOwn", times: value.times } : { kind: "prepend", asns: value.asns },
  }),
  communities: set({
    type: type.listOf(community),
    doc: "replace all communities; [] leaves none",
    become: (values) => ({ kind: "communities", values }),
  }),
  large_communities: set({
    type: type.listOf(largeCommunity),
    doc: "replace all large communities",
    become: (values) => ({ kind: "largeCommunities", values }),
  }),
  ext_communities: set({
    type: type.listOf(extCommunity),
    doc: "replace all extended communities",
    become: (values) => ({ kind: "extCommunities", values }),
  }),
  remove_communities: set({
    type: communityTerms,
    doc: "remove the communities that match, of any kind",
    become: (terms, sets) => ({ kind: "removeCommunities", sets: sets.communities(terms) }),
  }),
  add_communities: set({
    type: communityValues,
    doc: 'add communities of any kind: "65000:1", "65000:1:2", "rt:65000:1"',
    become: (values) => ({ kind: "addCommunities", ...values }),
  }),
  atomic_aggregate: set({
    type: type.boolean,
    doc: "add ATOMIC_AGGREGATE (true) or remove it (false)",
    become: (present) => ({ kind: "atomicAggregate", present }),
  }),
} as const satisfies RuleTable<ActionKind>;

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

function nameKey(type: Key<string>["type"], doc: string): Key<string> {
  return { type, doc, defaultText: "required" };
}

export const prefixSetKeys = {
  name: nameKey(setName, "the name that rules use"),
  prefixes: key({
    type: prefixRanges,
    doc: '"10.0.0.0/8 ge 16 le 24"; "!10.1.0.0/16 le 32" excludes prefixes; the most specific entry decides',
    defaultText: "required",
  }),
} as const satisfies KeyTable;

export const asSetKeys = {
  name: nameKey(setName, "the name that rules use"),
  asns: key({ type: asnRanges, doc: '65001, "65010-65020"', defaultText: "required" }),
} as const satisfies KeyTable;

export const asPathSetKeys = {
  name: nameKey(setName, "the name that rules use"),
  patterns: key({ type: pathPatterns, doc: '"_64512_", "^65001 "', defaultText: "required" }),
} as const satisfies KeyTable;

export const communitySetKeys = {
  name: nameKey(communityName, "the name that rules use"),
  communities: key({
    type: communityPatterns,
    doc: 'of all kinds: "65000:*", "65000:1:*", "rt:65000:1-99"',
    defaultText: "required",
  }),
} as const satisfies KeyTable;

export const policyKeys = {
  name: nameKey(policyName, "the name that import and export of peers use"),
  default: key({
    type: verdict,
    doc:
      "verdict if no rule decided; continue: go to the next policy of the peer's list; after the last policy: reject",
    default: "continue",
  }),
  rules: key({ type: type.tables, doc: "rules, evaluated in their order", defaultText: "none" }),
} as const satisfies KeyTable;

export const ruleKeys = {
  name: key({ type: type.text, doc: "shown in reasons and explanations", defaultText: "its number" }),
  match: key({
    type: type.table,
    doc: "all keys must match; `not_` negates a key; one item of a list suffices; without match: every route matches",
    defaultText: "none",
  }),
  set: key({ type: type.table, doc: "changes to the routes that match; later rules see them", defaultText: "none" }),
  action: key({
    type: verdict,
    doc: "verdict on the routes that match; continue: the next rule is evaluated",
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

/** A length as a set of prefixes: any prefix of either family, with one of these lengths. */
function lengthTerms(ranges: readonly NumberRange[]): Term<PrefixRange>[] {
  return [4, 16].flatMap((size) =>
    ranges.filter(({ first }) => first <= 8 * size).map(({ first, last }): Term<PrefixRange> => ({
      kind: "value",
      value: {
        prefix: { octets: new Uint8Array(size), length: 0 },
        min: first,
        max: Math.min(last, 8 * size),
        except: false,
      },
    }))
  );
}
