/**
 * The keys of policies and of their sets, one row each. A row of a rule also says what it becomes in the policy book: a
 * condition or an action. Actions are done in the order of the rows, whatever the order in the text.
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

/** Looks up names of sets, and enters lists that stand in a rule: gives places in the book. */
export interface SetPlaces {
  prefixes(terms: readonly Term<PrefixRange>[]): readonly number[];
  asns(terms: readonly Term<NumberRange>[]): readonly number[];
  paths(terms: readonly Term<string>[]): readonly number[];
  communities(terms: readonly Term<readonly CommunityPattern[]>[], each: boolean): readonly number[];
  /** Groups have no place in the book: their names are checked. */
  groups(terms: readonly NameTerm[]): readonly string[];
}

/** A key of `match` or `set`. */
export interface RuleKey extends Key<unknown> {
  readonly become: (value: unknown, sets: SetPlaces) => ConditionKind | ActionKind;
}

type RuleKeyTable<Kind> = Readonly<
  Record<string, Key<unknown> & { readonly become: (value: never, sets: SetPlaces) => Kind }>
>;

interface Row<T, Kind> extends Key<T> {
  readonly become: (value: NoInfer<T>, sets: SetPlaces) => Kind;
}

function match<T>(row: Row<T, ConditionKind>): Row<T, ConditionKind> {
  return row;
}

function set<T>(row: Row<T, ActionKind>): Row<T, ActionKind> {
  return row;
}

const uint32Max = 0xffffffff;
const origins = type.listOf(type.oneOf("igp", "egp", "incomplete"));
const anySource = type.listOf(type.oneOf("local", "internal", "external"));

export const matchKeys = {
  prefix: match({
    type: prefixTerms,
    doc: 'the prefix is in one of these: "10.0.0.0/8 le 24", or a set by its name',
    become: (terms, sets) => ({ kind: "prefix", sets: sets.prefixes(terms) }),
  }),
  prefix_length: match({
    type: numberMatch(128),
    doc: 'its length: 24, "8-24", ">= 25"',
    become: ({ ranges }, sets) => ({ kind: "prefix", sets: sets.prefixes(lengthTerms(ranges)) }),
  }),
  family: match({
    type: familyNames,
    doc: "address family of the route",
    become: (families) => ({ kind: "family", families }),
  }),
  origin_as: match({
    type: asnTerms,
    doc: "the last AS of the path; a path that ends in a set has none",
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
    doc: 'the path as text, as routers match it: "_64512_", "^65001_[0-9]+$"',
    become: (terms, sets) => ({ kind: "asPath", sets: sets.paths(terms) }),
  }),
  as_path_length: match({
    type: numberMatch(uint32Max),
    doc: "how many ASes, a set counting one",
    become: ({ ranges }) => ({ kind: "asPathLength", ranges }),
  }),
  community: match({
    type: communityTerms,
    doc: 'one of these, of any kind: "65000:*", "65000:1:*", "rt:65000:1-99", "no-export", "*"',
    become: (terms, sets) => ({ kind: "community", sets: sets.communities(terms, false), every: false }),
  }),
  all_communities: match({
    type: communityTerms,
    doc: "each of these",
    become: (terms, sets) => ({ kind: "community", sets: sets.communities(terms, true), every: true }),
  }),
  next_hop: match({
    type: addressMatch("peer"),
    doc: 'inside one of these, or "peer": the address of the peer itself',
    become: ({ prefixes, word }) => ({ kind: "nextHop", prefixes, peer: word }),
  }),
  local_pref: match({
    type: numberMatch(uint32Max),
    doc: "LOCAL_PREF; where there is none it counts as 100",
    become: ({ ranges }) => ({ kind: "localPref", ranges }),
  }),
  med: match({
    type: numberMatch(uint32Max, true),
    doc: 'MULTI_EXIT_DISC; "none": there is none, "any": there is one',
    become: ({ ranges, absent }) => ({ kind: "med", ranges, absent }),
  }),
  origin: match({
    type: origins,
    doc: "ORIGIN",
    become: (words) => ({ kind: "origin", origins: words.map((word) => parseOrigin(word)!) }),
  }),
  attribute: match({
    type: attributeCodes(),
    doc: 'it has one of these attributes: "otc", "aigp", 128',
    become: (codes) => ({ kind: "attribute", codes }),
  }),
  peer: match({
    type: addressMatch(),
    doc: "the peer it is from, with export: the peer it is for",
    become: ({ prefixes }) => ({ kind: "peer", prefixes }),
  }),
  peer_as: match({
    type: asnTerms,
    doc: "AS of that peer",
    become: (terms, sets) => ({ kind: "peerAs", sets: sets.asns(terms) }),
  }),
  peer_group: match({
    type: groupTerms,
    doc: "group of that peer",
    become: (terms, sets) => ({ kind: "peerGroup", groups: sets.groups(terms) }),
  }),
  from_peer: match({
    type: addressMatch(),
    doc: "export: the peer it came from",
    become: ({ prefixes }) => ({ kind: "fromPeer", prefixes }),
  }),
  from_as: match({
    type: asnTerms,
    doc: "export: AS of the peer it came from",
    become: (terms, sets) => ({ kind: "fromAs", sets: sets.asns(terms) }),
  }),
  from_group: match({
    type: groupTerms,
    doc: "export: group of the peer it came from",
    become: (terms, sets) => ({ kind: "fromGroup", groups: sets.groups(terms) }),
  }),
  source: match({
    type: anySource,
    doc: "export: originated here, or learned from iBGP or eBGP peers",
    become: (sources) => ({ kind: "source", sources }),
  }),
} as const satisfies RuleKeyTable<ConditionKind>;

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

const mandatory = "cannot go: every route has one (RFC 4271 §5)";

export const setKeys = {
  remove_attributes: set({
    type: attributeCodes(
      new Map([
        [AttributeCode.origin, mandatory],
        [AttributeCode.asPath, mandatory],
        [AttributeCode.nextHop, mandatory],
        // RFC 9234 §5: "The operator MUST NOT have the ability to modify the procedures defined in this section."
        [AttributeCode.onlyToCustomer, "cannot go: a leak could not be told any more (RFC 9234 §5)"],
      ]),
    ),
    doc: 'attributes to take away: "aigp", 128',
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
    doc: 'an address, or one for each family; export: "self" or "unchanged"; import: "peer"',
    become: (to) => ({ kind: "nextHop", to }),
  }),
  prepend_first: set({
    type: type.integer(1, 32, "times"),
    doc: "the first AS of the path again in front, so many times",
    become: (times) => ({ kind: "prependFirst", times }),
  }),
  prepend: set({
    type: prepending,
    doc: "our own AS in front, so many times beside what export does anyway; or these ASes",
    become: (value) =>
      value.kind === "times" ? { kind: "prependOwn", times: value.times } : { kind: "prepend", asns: value.asns },
  }),
  communities: set({
    type: type.listOf(community),
    doc: "in place of all communities; [] leaves none",
    become: (values) => ({ kind: "communities", values }),
  }),
  large_communities: set({
    type: type.listOf(largeCommunity),
    doc: "in place of all large communities",
    become: (values) => ({ kind: "largeCommunities", values }),
  }),
  ext_communities: set({
    type: type.listOf(extCommunity),
    doc: "in place of all extended communities",
    become: (values) => ({ kind: "extCommunities", values }),
  }),
  remove_communities: set({
    type: communityTerms,
    doc: "those that match, of any kind",
    become: (terms, sets) => ({ kind: "removeCommunities", sets: sets.communities(terms, false) }),
  }),
  add_communities: set({
    type: communityValues,
    doc: 'of any kind: "65000:1", "65000:1:2", "rt:65000:1"',
    become: (values) => ({ kind: "addCommunities", ...values }),
  }),
  atomic_aggregate: set({
    type: type.boolean,
    doc: "ATOMIC_AGGREGATE, there or not",
    become: (present) => ({ kind: "atomicAggregate", present }),
  }),
} as const satisfies RuleKeyTable<ActionKind>;

/** A community set's name must not read as a community, or nobody would know what a rule means. */
const communityName = nameOf((name) =>
  parseCommunityPattern(name) === undefined ? undefined : "is the name of a community that everybody knows"
);
const setName = nameOf(() => undefined);
const policyWords: ReadonlySet<string> = new Set(["all", "none", "local", "default"]);
const policyName = nameOf((name) =>
  policyWords.has(name.toLowerCase()) ? "means something else in import and export" : undefined
);

const verdict = type.oneOf("accept", "reject", "continue");

function nameKey(type: Key<string>["type"], doc: string): Key<string> {
  return { type, doc, defaultText: "required" };
}

export const prefixSetKeys = {
  name: nameKey(setName, "what rules call it"),
  prefixes: key({
    type: prefixRanges,
    doc: '"10.0.0.0/8 ge 16 le 24"; "!10.1.0.0/16 le 32" is not in it: the most specific entry decides',
    defaultText: "required",
  }),
} as const satisfies KeyTable;

export const asSetKeys = {
  name: nameKey(setName, "what rules call it"),
  asns: key({ type: asnRanges, doc: '65001, "65010-65020"', defaultText: "required" }),
} as const satisfies KeyTable;

export const asPathSetKeys = {
  name: nameKey(setName, "what rules call it"),
  patterns: key({ type: pathPatterns, doc: '"_64512_", "^65001 "', defaultText: "required" }),
} as const satisfies KeyTable;

export const communitySetKeys = {
  name: nameKey(communityName, "what rules call it"),
  communities: key({
    type: communityPatterns,
    doc: 'of all kinds: "65000:*", "65000:1:*", "rt:65000:1-99"',
    defaultText: "required",
  }),
} as const satisfies KeyTable;

export const policyKeys = {
  name: nameKey(policyName, "what import and export of peers call it"),
  default: key({
    type: verdict,
    doc: "where no rule decided; continue: the next policy of the peer's list, and at its end reject",
    default: "continue",
  }),
  rules: key({ type: type.tables, doc: "asked in their order", defaultText: "none" }),
} as const satisfies KeyTable;

export const ruleKeys = {
  name: key({ type: type.text, doc: "for reasons and explanations", defaultText: "its number" }),
  match: key({
    type: type.table,
    doc: "what must hold, all of it; without it every route is meant",
    defaultText: "none",
  }),
  set: key({ type: type.table, doc: "what is changed then; later rules see it", defaultText: "none" }),
  action: key({ type: verdict, doc: "what happens then; continue: the next rule is asked", default: "continue" }),
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

/** A length is a matter of the prefix, and the classes of prefixes know it: any prefix, within these lengths. */
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
