/**
 * What policies mean, said a second time: the text of the configuration, interpreted on decoded attribute sets with a
 * few lines for each key. Slow, and without a thought in common with src/policy.
 */

import {
  type AttributeSet,
  formatAsPath,
  formatCommunity,
  formatExtCommunity,
  formatLargeCommunity,
  parseCommunity,
  parseExtCommunity,
  parseLargeCommunity,
} from "../../../src/message/mod.ts";
import type { RouteContext } from "../../../src/policy/mod.ts";
import {
  familyOf,
  formatAddress,
  parseAddress,
  parsePrefix,
  type Prefix,
  prefixContains,
} from "../../../src/types/mod.ts";

export type Value = string | number | boolean | readonly (string | number)[];
export type Table = Readonly<Record<string, Value>>;

export interface WrittenRule {
  readonly match: Table;
  readonly set: Table;
  readonly action: "accept" | "reject" | "continue";
}

export interface WrittenPolicies {
  readonly prefixSets: Readonly<Record<string, readonly string[]>>;
  readonly asSets: Readonly<Record<string, readonly (string | number)[]>>;
  readonly asPathSets: Readonly<Record<string, readonly string[]>>;
  readonly communitySets: Readonly<Record<string, readonly string[]>>;
  readonly policies: readonly {
    readonly name: string;
    readonly default: WrittenRule["action"];
    readonly rules: readonly WrittenRule[];
  }[];
}

export interface Route {
  readonly set: AttributeSet;
  readonly prefix: Prefix;
  /** What RPKI data say: `rpki/validity.ts`. */
  readonly validity: number;
}

export interface Answer {
  readonly accepted: boolean;
  readonly reason: string;
  readonly set: AttributeSet;
  /** Keys of `set` that were done, with what they said last. */
  readonly done: ReadonlyMap<string, Value>;
}

export function evaluate(
  written: WrittenPolicies,
  chain: readonly string[],
  route: Route,
  context: RouteContext,
): Answer {
  const set = structuredClone(route.set);
  const done = new Map<string, Value>();
  for (const name of chain) {
    const policy = written.policies.find((policy) => policy.name === name)!;
    for (const [i, rule] of policy.rules.entries()) {
      const now = { ...route, set };
      if (!Object.entries(rule.match).every(([key, value]) => holds(key, list(value), written, now, context))) continue;
      for (const key of order) {
        if (key in rule.set && apply(key, rule.set[key]!, written, set, context) !== "no effect") {
          done.set(key, rule.set[key]!);
        }
      }
      if (rule.action !== "continue") {
        return { accepted: rule.action === "accept", reason: `policy ${name}, rule ${i + 1}`, set, done };
      }
    }
    if (policy.default !== "continue") {
      return { accepted: policy.default === "accept", reason: `policy ${name}, default`, set, done };
    }
  }
  const reason = `end of ${chain.length === 1 ? "policy" : "policies"} ${chain.join(", ")}`;
  return { accepted: false, reason, set, done };
}

type Items = readonly (string | number)[];

function list(value: Value): Items {
  return Array.isArray(value) ? value : [value as string | number];
}

const stateNames = { ovs: [0, "valid", "invalid", "not-found"], avs: [0, "valid", "invalid", "unknown"] };

function holds(key: string, items: Items, written: WrittenPolicies, route: Route, context: RouteContext): boolean {
  if (key.startsWith("not_")) return !holds(key.slice(4), items, written, route, context);
  const { set, prefix } = route;
  const { peer, source } = context;
  const learned = source !== undefined && !source.local ? source : undefined;
  const path = set.asPath;
  const flat = path.flatMap(({ asns }) => asns);
  const isOneOf = (asn: number | undefined) =>
    asn !== undefined && expand(items, written.asSets).some((item) => inRange(asn, String(item)));
  const isAt = (address: Uint8Array | undefined) =>
    address !== undefined &&
    items.some((item) => item !== "peer" && prefixContains(parsePrefix(String(item))!, address.subarray(0, 16)));
  const inNumbers = (value: number) => items.some((item) => item === "any" || inRange(value, String(item)));
  switch (key) {
    case "prefix":
      return items.some((item) => inPrefixSet(prefix, written.prefixSets[item] ?? [String(item)]));
    case "prefix_length":
      return inNumbers(prefix.length);
    case "family":
      return items.includes(["", "ipv4 unicast", "ipv6 unicast"][context.family]!);
    case "origin_as":
      return isOneOf(path.at(-1)?.type === 2 ? path.at(-1)!.asns.at(-1) : undefined);
    case "first_as": {
      const first = path.find(({ type }) => type <= 2);
      return isOneOf(first?.type === 2 ? first.asns[0] : undefined);
    }
    case "path_as":
      return flat.some(isOneOf);
    case "as_path":
      return expand(items, written.asPathSets).some((pattern) =>
        new RegExp(String(pattern).replaceAll("_", "(^|$|[ ,{}()\\[\\]])")).test(formatAsPath(path))
      );
    case "as_path_length":
      return inNumbers(path.reduce((sum, { type, asns }) => sum + (type === 2 ? asns.length : type === 1 ? 1 : 0), 0));
    case "community":
      return communityTexts(set).some((text) => matchesCommunity(text, items, written));
    case "all_communities":
      return items.every((item) => communityTexts(set).some((text) => matchesCommunity(text, [item], written)));
    case "next_hop":
      return isAt(set.nextHop) || (items.includes("peer") && set.nextHop !== undefined &&
        formatAddress(set.nextHop.subarray(0, 16)) === formatAddress(peer.address));
    case "local_pref":
      return inNumbers(set.localPref ?? 100);
    case "med":
      return set.med === undefined ? items.includes("none") : inNumbers(set.med);
    case "origin":
      return set.origin !== undefined && items.includes(["igp", "egp", "incomplete"][set.origin]!);
    case "attribute":
      return items.some((item) => hasAttribute(set, item));
    case "peer":
      return isAt(peer.address);
    case "peer_as":
      return isOneOf(peer.asn);
    case "peer_group":
      return items.some((item) => peer.groups?.includes(String(item)));
    case "from_peer":
      return isAt(learned?.address);
    case "from_as":
      return isOneOf(learned?.asn);
    case "from_group":
      return items.some((item) => learned?.groups?.includes(String(item)));
    case "ovs":
    case "avs":
      return items.includes(stateNames[key][key === "ovs" ? route.validity % 4 : Math.floor(route.validity / 4)]!);
    case "source":
      return source !== undefined && items.includes(source.local ? "local" : source.internal ? "internal" : "external");
    default:
      throw new Error(`the reference does not know ${key}`);
  }
}

function expand(items: Items, sets: Readonly<Record<string, Items>>): Items {
  return items.flatMap((item) => sets[item] ?? [item]);
}

function inRange(value: number, text: string): boolean {
  const relation = /^([<>]=?) (\d+)$/.exec(text);
  if (relation !== null) {
    const bound = Number(relation[2]);
    return { ">": value > bound, ">=": value >= bound, "<": value < bound, "<=": value <= bound }[relation[1]!]!;
  }
  if (!/^\d+(-\d+)?$/.test(text)) return false;
  const [first, last = first] = text.split("-").map(Number);
  return value >= first! && value <= last!;
}

/** The longest of the entries that speak of this prefix decides; of two equally long ones the exception. */
function inPrefixSet(prefix: Prefix, entries: readonly string[]): boolean {
  const speaking = entries.flatMap((text) => {
    const [, except, outerText, ge, le] = /^(!?)(\S+)(?: ge (\d+))?(?: le (\d+))?$/.exec(text)!;
    const outer = parsePrefix(outerText!)!;
    const min = Number(ge ?? outer.length);
    const max = Number(le ?? (ge === undefined ? outer.length : 8 * outer.octets.length));
    const speaks = prefixContains(outer, prefix.octets, prefix.length) && prefix.length >= min && prefix.length <= max;
    return speaks ? [{ length: outer.length, except: except !== "" }] : [];
  });
  const longest = Math.max(...speaking.map(({ length }) => length));
  const last = speaking.filter(({ length }) => length === longest);
  return last.length > 0 && last.every(({ except }) => !except);
}

function communityTexts(set: AttributeSet): string[] {
  return [
    ...set.communities.map(formatCommunity),
    ...set.largeCommunities.map(formatLargeCommunity),
    ...set.extCommunities.map(formatExtCommunity),
  ];
}

function matchesCommunity(text: string, items: Items, written: WrittenPolicies): boolean {
  return expand(items, written.communitySets).some((pattern) => {
    if (pattern === "*") return true;
    const known = parseCommunity(String(pattern));
    const wanted = (known === undefined ? String(pattern) : formatCommunity(known)).split(":");
    if (wanted.length === 2 && wanted[1] === "*" && !/^[\d*]/.test(wanted[0]!)) return text.startsWith(`${wanted[0]}:`);
    const parts = text.split(":");
    return parts.length === wanted.length &&
      parts.every((part, i) =>
        wanted[i] === "*"
          ? /^[\d.]+L?$/.test(part)
          : wanted[i] === part || inRange(/^\d+$/.test(part) ? Number(part) : -1, wanted[i]!)
      );
  });
}

function hasAttribute(set: AttributeSet, item: string | number): boolean {
  switch (item) {
    case "med":
      return set.med !== undefined;
    case "otc":
      return set.otc !== undefined;
    case "community":
      return set.communities.length > 0;
    case "atomic_aggregate":
      return set.atomicAggregate;
    default:
      return set.unknown.some(({ code }) => code === item);
  }
}

/** The keys of `set` in the order they are done. */
const order = [
  "remove_attributes",
  "local_pref",
  "med",
  "origin",
  "next_hop",
  "prepend_first",
  "prepend",
  "communities",
  "large_communities",
  "ext_communities",
  "remove_communities",
  "add_communities",
  "atomic_aggregate",
];

function apply(
  key: string,
  value: Value,
  written: WrittenPolicies,
  set: AttributeSet,
  context: RouteContext,
): "no effect" | void {
  const items = list(value);
  const texts = items.map(String);
  switch (key) {
    case "remove_attributes":
      for (const item of items) removeAttribute(set, item);
      return;
    case "local_pref":
      set.localPref = changed(set.localPref ?? 100, String(value));
      return;
    case "med":
      set.med = value === "none" ? undefined : changed(set.med ?? 0, String(value));
      return;
    case "origin":
      set.origin = ({ igp: 0, egp: 1, incomplete: 2 } as const)[value as "igp"];
      return;
    case "next_hop": {
      if (value === "self" || value === "unchanged") return;
      const size = familyOf(context.family).addressBytes;
      const addresses = value === "peer" ? [context.peer.address] : texts.map((text) => parseAddress(text)!);
      const address = addresses.find(({ length }) => length === size || (value === "peer" && length > size));
      if (address === undefined) return "no effect";
      set.nextHop = address;
      return;
    }
    case "prepend_first": {
      const first = set.asPath.find(({ type }) => type <= 2);
      if (first?.type === 2) prepend(set, repeated(first.asns[0]!, Number(value)));
      return;
    }
    case "prepend":
      return prepend(set, Array.isArray(value) ? items.map(Number) : repeated(context.peer.localAsn, Number(value)));
    case "communities":
      set.communities = texts.map((text) => parseCommunity(text)!);
      return;
    case "large_communities":
      set.largeCommunities = texts.map((text) => parseLargeCommunity(text)!);
      return;
    case "ext_communities":
      set.extCommunities = texts.map((text) => parseExtCommunity(text)!);
      return;
    case "remove_communities": {
      const stays = (text: string) => !matchesCommunity(text, items, written);
      set.communities = set.communities.filter((community) => stays(formatCommunity(community)));
      set.largeCommunities = set.largeCommunities.filter((community) => stays(formatLargeCommunity(community)));
      set.extCommunities = set.extCommunities.filter((community) => stays(formatExtCommunity(community)));
      return;
    }
    case "add_communities":
      for (const text of texts) addCommunity(set, text);
      return;
    case "atomic_aggregate":
      set.atomicAggregate = value === true;
      return;
    default:
      throw new Error(`the reference does not know ${key}`);
  }
}

function addCommunity(set: AttributeSet, text: string): void {
  const present = communityTexts(set);
  if (present.includes(formatCommunity(parseCommunity(text) ?? -1)) || present.includes(text)) return;
  const one = parseCommunity(text), three = parseLargeCommunity(text);
  if (one !== undefined) set.communities.push(one);
  else if (three !== undefined) set.largeCommunities.push(three);
  else set.extCommunities.push(parseExtCommunity(text)!);
}

function removeAttribute(set: AttributeSet, item: string | number): void {
  if (item === "med") set.med = undefined;
  else if (item === "aigp") set.aigp = undefined;
  else if (item === "community") set.communities = [];
  else if (item === "atomic_aggregate") set.atomicAggregate = false;
  else set.unknown.splice(0, Infinity, ...set.unknown.filter(({ code }) => code !== item));
}

function changed(value: number, text: string): number {
  return Math.min(0xffffffff, Math.max(0, /^[+-]/.test(text) ? value + Number(text) : Number(text)));
}

function repeated(asn: number, times: number): number[] {
  return new Array<number>(times).fill(asn);
}

function prepend(set: AttributeSet, asns: readonly number[]): void {
  if (asns.length === 0) return;
  const first = set.asPath[0];
  if (first?.type === 2 && first.asns.length + asns.length <= 255) first.asns.unshift(...asns);
  else set.asPath.unshift({ type: 2, asns: [...asns] });
}
