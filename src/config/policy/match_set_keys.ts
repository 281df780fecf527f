/**
 * The keys of `match` and `set`, one row each. The row also says which condition or action the key becomes. Actions run
 * in the order of the rows, whatever their order in the text.
 */

import { AttributeCode, parseOrigin } from "../../message/mod.ts";
import type { ActionKind, CommunityPattern, ConditionKind, NumberRange, PrefixRange } from "../../policy/mod.ts";
import { Avs, Ovs } from "../../rpki/mod.ts";
import { familyNames } from "../keys/family_values.ts";
import type { Key } from "../keys/key.ts";
import { community, extCommunity, largeCommunity } from "../keys/route_values.ts";
import * as type from "../keys/values.ts";
import {
  addressMatch,
  asnTerms,
  attributeCodes,
  communityTerms,
  groupTerms,
  type NameTerm,
  numberMatch,
  pathTerms,
  prefixTerms,
  type Term,
} from "./match_values.ts";
import { communityValues, medChange, nextHopChoice, numberChange, prepending } from "./set_values.ts";

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

const ovsStates = { valid: Ovs.valid, invalid: Ovs.invalid, "not-found": Ovs.notFound } as const;
const avsStates = { valid: Avs.valid, invalid: Avs.invalid, unknown: Avs.unknown } as const;

const uint32Max = 0xffffffff;
const origins = type.listOf(type.oneOf("igp", "egp", "incomplete"));
const anySource = type.listOf(type.oneOf("local", "internal", "external"));

export const matchKeys = {
  prefix: match({
    type: prefixTerms,
    doc: 'the prefix is in one of these: "10.0.0.0/8 le 24", or a set by name',
    example: '["10.0.0.0/8 le 24", "bogons"]',
    become: (terms, sets) => ({ kind: "prefix", sets: sets.prefixes(terms) }),
  }),
  prefix_length: match({
    type: numberMatch(128),
    doc: 'the prefix length: 24, "8-24", ">= 25"',
    example: '">= 25"',
    become: ({ ranges }, sets) => ({ kind: "prefix", sets: sets.prefixes(lengthTerms(ranges)) }),
  }),
  family: match({
    type: familyNames,
    doc: "address family of the route",
    example: '"ipv4 unicast"',
    become: (families) => ({ kind: "family", families }),
  }),
  origin_as: match({
    type: asnTerms,
    doc: "the last AS of the path; a path that ends in a set has no origin AS",
    example: '[64511, "64520-64529"]',
    become: (terms, sets) => ({ kind: "originAs", sets: sets.asns(terms) }),
  }),
  first_as: match({
    type: asnTerms,
    doc: "the first AS of the path",
    example: "64496",
    become: (terms, sets) => ({ kind: "firstAs", sets: sets.asns(terms) }),
  }),
  path_as: match({
    type: asnTerms,
    doc: "any AS of the path",
    example: '"bogon-asns"',
    become: (terms, sets) => ({ kind: "pathAs", sets: sets.asns(terms) }),
  }),
  as_path: match({
    type: pathTerms,
    doc: 'the path as text matches one of these patterns: "_64512_", "^65001_[0-9]+$"',
    example: '"_64512_"',
    become: (terms, sets) => ({ kind: "asPath", sets: sets.paths(terms) }),
  }),
  as_path_length: match({
    type: numberMatch(uint32Max),
    doc: "the number of ASes in the path; a set counts as one",
    example: '"> 50"',
    become: ({ ranges }) => ({ kind: "asPathLength", ranges }),
  }),
  community: match({
    type: communityTerms,
    doc: 'the route has one of these, of any kind: "65000:*", "65000:1:*", "rt:65000:1-99", "no-export", "*"',
    example: '["64500:*", "no-export"]',
    become: (terms, sets) => ({ kind: "community", sets: sets.communities(terms), every: false }),
  }),
  all_communities: match({
    type: communityTerms,
    doc: "the route has all of these",
    example: '["64500:1", "64500:2"]',
    become: (terms, sets) => ({ kind: "community", sets: sets.eachCommunity(terms), every: true }),
  }),
  next_hop: match({
    type: addressMatch("peer"),
    doc: 'the next hop is inside one of these, or is the address of the peer itself: "peer"',
    example: '"peer"',
    become: ({ prefixes, word }) => ({ kind: "nextHop", prefixes, peer: word }),
  }),
  local_pref: match({
    type: numberMatch(uint32Max),
    doc: "LOCAL_PREF; a route without one counts as 100",
    example: '">= 200"',
    become: ({ ranges }) => ({ kind: "localPref", ranges }),
  }),
  med: match({
    type: numberMatch(uint32Max, true),
    doc: 'MULTI_EXIT_DISC; "none": the route has none, "any": the route has one',
    example: '"none"',
    become: ({ ranges, absent }) => ({ kind: "med", ranges, absent }),
  }),
  origin: match({
    type: origins,
    doc: "ORIGIN is one of these",
    example: '"igp"',
    become: (words) => ({ kind: "origin", origins: words.map((word) => parseOrigin(word)!) }),
  }),
  ovs: match({
    type: type.listOf(type.oneOf("valid", "invalid", "not-found")),
    doc: "what VRPs say of the origin of the route (RFC 6811); no word matches while there are no RPKI data",
    example: '"invalid"',
    become: (words) => ({ kind: "ovs", states: words.map((word) => ovsStates[word]) }),
  }),
  avs: match({
    type: type.listOf(type.oneOf("valid", "invalid", "unknown")),
    doc: "what ASPAs say of the path of the route, where the session has a role; no word matches without ASPAs",
    example: '"invalid"',
    become: (words) => ({ kind: "avs", states: words.map((word) => avsStates[word]) }),
  }),
  attribute: match({
    type: attributeCodes(),
    doc: 'the route has one of these attributes: "otc", "aigp", 128',
    example: '["aigp", 128]',
    become: (codes) => ({ kind: "attribute", codes }),
  }),
  peer: match({
    type: addressMatch(),
    doc: "import: the peer that the route comes from; export: the peer that it goes to",
    example: '"192.0.2.0/24"',
    become: ({ prefixes }) => ({ kind: "peer", prefixes }),
  }),
  peer_as: match({
    type: asnTerms,
    doc: "AS of that peer",
    example: "64511",
    become: (terms, sets) => ({ kind: "peerAs", sets: sets.asns(terms) }),
  }),
  peer_group: match({
    type: groupTerms,
    doc: "a group of that peer",
    example: '"customers"',
    become: (terms, sets) => ({ kind: "peerGroup", groups: sets.groups(terms) }),
  }),
  from_peer: match({
    type: addressMatch(),
    doc: "export only: the peer that the route came from",
    example: '"192.0.2.20"',
    become: ({ prefixes }) => ({ kind: "fromPeer", prefixes }),
  }),
  from_as: match({
    type: asnTerms,
    doc: "export only: AS of the peer that the route came from",
    example: "64511",
    become: (terms, sets) => ({ kind: "fromAs", sets: sets.asns(terms) }),
  }),
  from_group: match({
    type: groupTerms,
    doc: "export only: a group of the peer that the route came from",
    example: '"customers"',
    become: (terms, sets) => ({ kind: "fromGroup", groups: sets.groups(terms) }),
  }),
  source: match({
    type: anySource,
    doc: "export only: originated here (local), learned from iBGP (internal) or from eBGP peers (external)",
    example: '["local", "external"]',
    become: (sources) => ({ kind: "source", sources }),
  }),
} as const satisfies RuleTable<ConditionKind>;

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
    example: '["aigp", 128]',
    become: (codes) => ({ kind: "removeAttributes", codes }),
  }),
  local_pref: set({
    type: numberChange,
    doc: 'set LOCAL_PREF, or add to it or subtract from it: 200, "+10", "-10"',
    example: '"+10"',
    become: (change) => ({ kind: "localPref", change }),
  }),
  med: set({
    type: medChange,
    doc: 'set MULTI_EXIT_DISC, add to it, subtract from it, or remove it: 10, "+10", "-10", "none"',
    example: '"none"',
    become: (change) => ({ kind: "med", change }),
  }),
  origin: set({
    type: type.oneOf("igp", "egp", "incomplete"),
    doc: "set ORIGIN",
    example: '"igp"',
    become: (word) => ({ kind: "origin", origin: parseOrigin(word)! }),
  }),
  next_hop: set({
    type: nextHopChoice,
    doc:
      'set NEXT_HOP: an address, or one for each family; for export also "self" or "unchanged"; for import also "peer"',
    example: '"self"',
    become: (to) => ({ kind: "nextHop", to }),
  }),
  prepend_first: set({
    type: type.integer(1, 32, "times"),
    doc: "prepend the first AS of the path this many times",
    example: "2",
    become: (times) => ({ kind: "prependFirst", times }),
  }),
  prepend: set({
    type: prepending,
    doc: "prepend our own AS this many times, in addition to the AS that export prepends; or prepend these ASes",
    example: "3",
    become: (value) =>
      value.kind === "times" ? { kind: "prependOwn", times: value.times } : { kind: "prepend", asns: value.asns },
  }),
  communities: set({
    type: type.listOf(community),
    doc: "replace all communities; [] leaves none",
    example: '["64500:1"]',
    become: (values) => ({ kind: "communities", values }),
  }),
  large_communities: set({
    type: type.listOf(largeCommunity),
    doc: "replace all large communities",
    example: '["64500:1:2"]',
    become: (values) => ({ kind: "largeCommunities", values }),
  }),
  ext_communities: set({
    type: type.listOf(extCommunity),
    doc: "replace all extended communities",
    example: '["rt:64500:1"]',
    become: (values) => ({ kind: "extCommunities", values }),
  }),
  remove_communities: set({
    type: communityTerms,
    doc: "remove the communities that match, of any kind",
    example: '["64500:*", "our-marks"]',
    become: (terms, sets) => ({ kind: "removeCommunities", sets: sets.communities(terms) }),
  }),
  add_communities: set({
    type: communityValues,
    doc: 'add communities of any kind: "65000:1", "65000:1:2", "rt:65000:1"',
    example: '["64500:3", "64500:1:2"]',
    become: (values) => ({ kind: "addCommunities", ...values }),
  }),
  atomic_aggregate: set({
    type: type.boolean,
    doc: "add ATOMIC_AGGREGATE (true) or remove it (false)",
    example: "false",
    become: (present) => ({ kind: "atomicAggregate", present }),
  }),
} as const satisfies RuleTable<ActionKind>;

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
