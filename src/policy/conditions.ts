/** The conditions of rules, compiled: one function for each, which reads the route's octets in place. */

import { defaultLocalPref } from "../message/mod.ts";
import { avsOf, ovsOf } from "../rpki/mod.ts";
import { type Prefix, prefixContains, readUint32 } from "../types/mod.ts";
import type { Condition, NumberRange, PolicyTable } from "./policy_table.ts";
import { CommunityMatcher } from "./community_matcher.ts";
import { NumberSet } from "./number_set.ts";
import { parsePathPattern, PathMatcher, type PathPattern } from "./path_pattern.ts";
import type { PrefixClasses } from "./prefix_classes.ts";
import type { PolicyRoute } from "./policy_route.ts";
import type { ValueSpan } from "./value_span.ts";

export type Test = (route: PolicyRoute) => boolean;

/** The sets that conditions refer to, compiled when first needed. */
export class Sets {
  readonly classes: PrefixClasses;
  readonly #table: PolicyTable;
  readonly #classNumber: ReadonlyMap<number, number>;
  readonly #patterns = new Map<string, PathPattern>();

  /** `classNumber`: by index of a prefix set in the table, its number in `classes`. */
  constructor(table: PolicyTable, classes: PrefixClasses, classNumber: ReadonlyMap<number, number>) {
    this.#table = table;
    this.classes = classes;
    this.#classNumber = classNumber;
  }

  prefixSet(index: number): number {
    return this.#classNumber.get(index)!;
  }

  asns(indexes: readonly number[]): NumberSet {
    return new NumberSet(indexes.flatMap((index) => this.#table.asSets[index]!.ranges));
  }

  paths(indexes: readonly number[]): PathMatcher {
    return new PathMatcher(
      indexes.flatMap((index) => this.#table.asPathSets[index]!.patterns.map((text) => this.#pattern(text))),
    );
  }

  communities(indexes: readonly number[]): CommunityMatcher {
    return new CommunityMatcher(indexes.flatMap((index) => this.#table.communitySets[index]!.patterns));
  }

  #pattern(text: string): PathPattern {
    let pattern = this.#patterns.get(text);
    if (pattern === undefined) {
      const result = parsePathPattern(text);
      if (result.kind === "error") throw new Error(`AS path pattern "${text}": ${result.text}`);
      pattern = result.pattern;
      this.#patterns.set(text, pattern);
    }
    return pattern;
  }
}

export function compileCondition(condition: Condition, sets: Sets): Test {
  const test = compile(condition, sets);
  return condition.not ? (route) => !test(route) : test;
}

function compile(condition: Condition, sets: Sets): Test {
  switch (condition.kind) {
    case "prefix":
      return prefixTest(condition.sets.map((index) => sets.prefixSet(index)), sets.classes);
    case "family": {
      const wanted = new Set(condition.families);
      return ({ context }) => wanted.has(context.family);
    }
    case "originAs":
    case "firstAs":
    case "pathAs":
    case "peerAs":
    case "fromAs":
      return asnTest(condition.kind, sets.asns(condition.sets));
    case "asPath": {
      const wanted = sets.paths(condition.sets);
      return ({ path }) => wanted.matches(path);
    }
    case "asPathLength": {
      const wanted = new NumberSet(condition.ranges);
      return ({ path }) => wanted.has(path.length);
    }
    case "localPref": {
      const wanted = new NumberSet(condition.ranges);
      return (route) => wanted.has(route.number(route.localPref, defaultLocalPref));
    }
    case "med": {
      const wanted = new NumberSet(condition.ranges);
      const { absent } = condition;
      return (route) => route.med.isPresent ? wanted.has(route.number(route.med, 0)) : absent;
    }
    case "community":
      return communityTest(condition, sets);
    case "nextHop": {
      const { prefixes, peer } = condition;
      return ({ nextHop, context }) =>
        nextHop.isPresent && (isInside(nextHop, prefixes) || (peer && isAddress(nextHop, context.peer.address)));
    }
    case "origin": {
      const wanted = new NumberSet(condition.origins.map((origin): NumberRange => ({ first: origin, last: origin })));
      return ({ origin }) => origin.isPresent && wanted.has(origin.bytes[origin.start]!);
    }
    case "ovs": {
      const wanted = new Set(condition.states);
      return ({ validity }) => wanted.has(ovsOf(validity));
    }
    case "avs": {
      const wanted = new Set(condition.states);
      return ({ validity }) => wanted.has(avsOf(validity));
    }
    case "attribute": {
      const { codes } = condition;
      return (route) => codes.some((code) => route.hasAttribute(code));
    }
    case "peer":
    case "fromPeer":
    case "peerGroup":
    case "fromGroup":
    case "source":
      return peerTest(condition);
    default:
      return condition satisfies never;
  }
}

function prefixTest(numbers: readonly number[], classes: PrefixClasses): Test {
  return ({ prefixClass }) => {
    for (const set of numbers) if (classes.has(prefixClass, set)) return true;
    return false;
  };
}

/** Conditions on AS numbers: of the path, of the peer in question, of the peer that a route came from. */
function asnTest(kind: "originAs" | "firstAs" | "pathAs" | "peerAs" | "fromAs", wanted: NumberSet): Test {
  switch (kind) {
    case "originAs":
      return ({ path }) => wanted.has(path.originAsn);
    case "firstAs":
      return ({ path }) => wanted.has(path.firstAsn);
    case "pathAs":
      return ({ path }) => path.hasAny(wanted);
    case "peerAs":
      return ({ context }) => wanted.has(context.peer.asn);
    case "fromAs":
      return ({ context: { source } }) => source !== undefined && !source.local && wanted.has(source.asn);
  }
}

type PeerCondition = Condition & { kind: "peer" | "fromPeer" | "peerGroup" | "fromGroup" | "source" };

/** Conditions on the peer in question, and on where a route came from. A route of this speaker came from no peer. */
function peerTest(condition: PeerCondition): Test {
  switch (condition.kind) {
    case "peer": {
      const { prefixes } = condition;
      return ({ context }) => holds(prefixes, context.peer.address);
    }
    case "fromPeer": {
      const { prefixes } = condition;
      return ({ context: { source } }) => source !== undefined && !source.local && holds(prefixes, source.address);
    }
    case "peerGroup": {
      const wanted = new Set(condition.groups);
      return ({ context }) => context.peer.groups?.some((group) => wanted.has(group)) === true;
    }
    case "fromGroup": {
      const wanted = new Set(condition.groups);
      return ({ context: { source } }) =>
        source !== undefined && !source.local && source.groups?.some((group) => wanted.has(group)) === true;
    }
    case "source": {
      const wanted = new Set(condition.sources);
      return ({ context: { source } }) =>
        source !== undefined && wanted.has(source.local ? "local" : source.internal ? "internal" : "external");
    }
  }
}

function communityTest(condition: Condition & { kind: "community" }, sets: Sets): Test {
  const groups = condition.every ? condition.sets.map((index) => [index]) : [condition.sets];
  const matchers = groups.map((group) => sets.communities(group));
  return (route) => {
    for (const matcher of matchers) if (!hasCommunity(route, matcher)) return false;
    return true;
  };
}

function hasCommunity(route: PolicyRoute, matcher: CommunityMatcher): boolean {
  if (matcher.hasStandard) {
    const { bytes, start, end } = route.communities;
    for (let at = start; at < end; at += 4) if (matcher.standard(readUint32(bytes, at))) return true;
  }
  if (matcher.hasLarge) {
    const { bytes, start, end } = route.largeCommunities;
    for (let at = start; at < end; at += 12) if (matcher.large(bytes, at)) return true;
  }
  if (matcher.hasExtended) {
    const { bytes, start, end } = route.extCommunities;
    for (let at = start; at < end; at += 8) if (matcher.extended(bytes, at)) return true;
  }
  return false;
}

function holds(prefixes: readonly Prefix[], address: Uint8Array): boolean {
  return prefixes.some((prefix) => prefixContains(prefix, address));
}

/** Of 32 octets the first 16 are the global address (RFC 2545 §3). */
function isInside(nextHop: ValueSpan, prefixes: readonly Prefix[]): boolean {
  if (prefixes.length === 0) return false;
  return holds(prefixes, nextHop.bytes.subarray(nextHop.start, nextHop.start + Math.min(16, nextHop.length)));
}

function isAddress(nextHop: ValueSpan, address: Uint8Array): boolean {
  if (Math.min(16, nextHop.length) !== address.length) return false;
  for (let i = 0; i < address.length; i++) if (nextHop.bytes[nextHop.start + i] !== address[i]) return false;
  return true;
}
