/** Our decoded values in the form of ExaBGP's JSON, and the lines of ExaBGP's API as values. */
import {
  type AttributeSet,
  formatExtCommunity,
  originName,
  parseCommunity,
  parseExtCommunity,
  parseOrigin,
  SegmentType,
} from "../../src/message/mod.ts";
import { formatIpv4Number } from "../../src/types/mod.ts";
import { toHex } from "./golden.ts";
import type { NlriView, UpdateView } from "../support/update_view.ts";

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

export interface ExaBgpUpdate {
  attribute?: { [name: string]: Json };
  announce?: { [family: string]: { [nextHop: string]: Json[] } };
  withdraw?: { [family: string]: Json[] };
}

/** The `update` object ExaBGP prints for this message. */
export function toExaBgp(view: UpdateView): ExaBgpUpdate {
  const update: ExaBgpUpdate = {};
  for (const part of view.parts) {
    const attribute = attributesOf(part.attributes);
    if (Object.keys(attribute).length > 0) update.attribute = attribute;
    for (const nlri of part.announced) {
      const families = update.announce ??= {};
      // With two next hops of one route ExaBGP names the global one.
      const nextHop = part.nextHop!.split(" ")[0]!;
      ((families[nlri.family] ??= {})[nextHop] ??= []).push(nlriOf(nlri));
    }
  }
  for (const nlri of view.withdrawn) ((update.withdraw ??= {})[nlri.family] ??= []).push(nlriOf(nlri));
  return update;
}

function nlriOf({ prefix, pathId }: NlriView): Json {
  return pathId === -1 ? { nlri: prefix } : { nlri: prefix, "path-information": formatIpv4Number(pathId) };
}

const segmentNames = {
  [SegmentType.set]: "as-set",
  [SegmentType.sequence]: "as-sequence",
  [SegmentType.confedSequence]: "confed-sequence",
  [SegmentType.confedSet]: "confed-set",
};

function attributesOf(set: AttributeSet): { [name: string]: Json } {
  const json: { [name: string]: Json } = {};
  if (set.origin !== undefined) json["origin"] = originName(set.origin);
  if (set.asPath.length > 0) {
    const segments = set.asPath.map(({ type, asns }, i) => [String(i), { element: segmentNames[type], value: asns }]);
    json["as-path"] = Object.fromEntries(segments);
  }
  if (set.med !== undefined) json["med"] = set.med;
  if (set.localPref !== undefined) json["local-preference"] = set.localPref;
  if (set.atomicAggregate) json["atomic-aggregate"] = true;
  if (set.aggregator !== undefined) {
    json["aggregator"] = `${set.aggregator.asn}:${formatIpv4Number(set.aggregator.address)}`;
  }
  if (set.communities.length > 0) json["community"] = set.communities.map((n) => [n >>> 16, n & 0xffff]);
  if (set.originatorId !== undefined) json["originator-id"] = formatIpv4Number(set.originatorId);
  if (set.clusterList.length > 0) json["cluster-list"] = set.clusterList.map(formatIpv4Number);
  if (set.extCommunities.length > 0) json["extended-community"] = set.extCommunities.map(extCommunityOf);
  if (set.ipv6ExtCommunities.length > 0) {
    json["extended-community-ipv6"] = set.ipv6ExtCommunities.map((octets) => Number(`0x${toHex(octets)}`));
  }
  if (set.largeCommunities.length > 0) json["large-community"] = set.largeCommunities.map((parts) => [...parts]);
  for (const { flags, code, value } of set.unknown) {
    json[`attribute-0x${hex8(code)}-0x${hex8(flags)}`] = `0x${toHex(value).toUpperCase()}`;
  }
  return json;
}

/** ExaBGP prints the octets as one number (which JSON rounds) and, for the kinds that both of us name, as text. */
function extCommunityOf(octets: Uint8Array): Json {
  const value = Number(`0x${toHex(octets)}`);
  const text = formatExtCommunity(octets);
  // "target:72:1"; of route origins it prints the number as an address, which says the same less clearly.
  return text.startsWith("rt:") ? { value, string: text.replace("rt:", "target:").replace("L:", ":") } : { value };
}

function hex8(octet: number): string {
  return octet.toString(16).toUpperCase().padStart(2, "0");
}

/** ExaBGP's JSON without what {@link toExaBgp} does not try to print. */
export function comparableJson(update: ExaBgpUpdate): ExaBgpUpdate {
  const attribute = { ...update.attribute };
  for (const name of ["extended-community", "extended-community-ipv6"] as const) {
    const list = attribute[name] as { value: number; string?: string }[] | undefined;
    if (list === undefined) continue;
    attribute[name] = list.map(({ value, string }) => {
      if (name === "extended-community-ipv6") return value;
      return string?.startsWith("target:") === true ? { value, string } : { value };
    });
  }
  return update.attribute === undefined ? update : { ...update, attribute };
}

/** What `announce route 192.0.2.0/24 next-hop … med 5` asks for; `undefined` for a line of another kind. */
export interface RouteCommand {
  readonly family: string;
  readonly prefix: string;
  readonly values: ReadonlyMap<string, string>;
}

const keywords = new Set([
  "next-hop",
  "origin",
  "as-path",
  "local-preference",
  "med",
  "community",
  "large-community",
  "extended-community",
  "aggregator",
  "atomic-aggregate",
  "originator-id",
  "cluster-list",
  "path-information",
]);

export function parseRouteCommand(line: string): RouteCommand | undefined {
  const match = /^announce (?:route|ipv[46] (?:unicast|multicast)) (\S+\/\d+) (.*)$/.exec(line);
  if (match === null) return undefined;
  const [, prefix, rest] = match;
  const values = new Map<string, string>();
  const tokens = rest!.match(/\[[^\]]*\]|\([^)]*\)|\S+/g) ?? [];
  for (let i = 0; i < tokens.length; i++) {
    const key = tokens[i]!;
    if (!keywords.has(key)) return undefined;
    values.set(key, key === "atomic-aggregate" ? "" : tokens[++i]!.replace(/^[[(]\s*|\s*[\])]$/g, ""));
  }
  const family = /^announce (ipv[46] (?:unicast|multicast))/.exec(line)?.[1] ??
    (prefix!.includes(":") ? "ipv6 unicast" : "ipv4 unicast");
  return { family, prefix: prefix!, values };
}

/** The attributes of such a line in ExaBGP's own JSON, so that both kinds of expectation compare alike. */
export function commandAttributes({ values }: RouteCommand): { [name: string]: Json } {
  const json: { [name: string]: Json } = {};
  const words = (key: string) => values.get(key)!.split(/[\s,]+/).filter((word) => word !== "");
  for (const key of values.keys()) {
    switch (key) {
      case "origin":
        json[key] = originName(parseOrigin(values.get(key)!)!);
        break;
      case "as-path":
        json[key] = { "0": { element: "as-sequence", value: words(key).map(Number) } };
        break;
      case "local-preference":
      case "med":
        json[key] = Number(values.get(key));
        break;
      case "community":
        json[key] = words(key).map(parseCommunity).map((n) => [n! >>> 16, n! & 0xffff]);
        break;
      case "large-community":
        json[key] = words(key).map((word) => word.split(":").map(Number));
        break;
      case "extended-community":
        json[key] = words(key).map((word) => extCommunityOf(parseExtCommunity(word)!));
        break;
      case "aggregator":
      case "originator-id":
        json[key] = values.get(key)!;
        break;
      case "cluster-list":
        json[key] = words(key);
        break;
      case "atomic-aggregate":
        json[key] = true;
        break;
    }
  }
  return json;
}
