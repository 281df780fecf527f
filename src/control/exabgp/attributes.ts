/** Path attributes in ExaBGP's messages: as JSON, and as words. */

import {
  type AsPathSegment,
  type AttributeSet,
  formatCommunity,
  formatLargeCommunity,
  originName,
  SegmentType,
  WellKnownCommunity,
} from "../../message/mod.ts";
import { formatIpv4Number } from "../../types/mod.ts";
import { extCommunityWords, ipv6ExtCommunityWords } from "./ext_community_words.ts";
import type { Json } from "./json_text.ts";

/** The version of ExaBGP's API: 4 writes an AS path as a list of numbers, 5 as segments. */
export type ApiVersion = 4 | 5;

/** The value of `attribute`. The next hop stands with the NLRI. */
export function attributesJson(set: AttributeSet, version: ApiVersion): Record<string, Json> {
  const json: Record<string, Json> = {};
  if (set.origin !== undefined) json["origin"] = originName(set.origin);
  if (set.asPath.length > 0) Object.assign(json, version === 4 ? pathLists(set.asPath) : pathSegments(set.asPath));
  if (set.med !== undefined) json["med"] = set.med;
  if (set.localPref !== undefined) json["local-preference"] = set.localPref;
  if (set.atomicAggregate) json["atomic-aggregate"] = true;
  if (set.aggregator !== undefined) {
    json["aggregator"] = `${set.aggregator.asn}:${formatIpv4Number(set.aggregator.address)}`;
  }
  if (set.communities.length > 0) json["community"] = set.communities.map((n) => [n >>> 16, n & 0xffff]);
  if (set.originatorId !== undefined) json["originator-id"] = formatIpv4Number(set.originatorId);
  if (set.clusterList.length > 0) json["cluster-list"] = set.clusterList.map(formatIpv4Number);
  if (set.extCommunities.length > 0) {
    json["extended-community"] = set.extCommunities.map((octets) => communityJson(octets, extCommunityWords(octets)));
  }
  if (set.ipv6ExtCommunities.length > 0) {
    json["extended-community-ipv6"] = set.ipv6ExtCommunities.map((octets) =>
      communityJson(octets, ipv6ExtCommunityWords(octets))
    );
  }
  if (set.largeCommunities.length > 0) json["large-community"] = set.largeCommunities.map((parts) => [...parts]);
  if (set.aigp !== undefined) json["aigp"] = `0x${set.aigp.toString(16).padStart(16, "0")}`;
  for (const { flags, code, value } of set.unknown) {
    json[`attribute-0x${hexOctet(code)}-0x${hexOctet(flags)}`] = `0x${hexOf(value).toUpperCase()}`;
  }
  return json;
}

const segmentNames = {
  [SegmentType.set]: "as-set",
  [SegmentType.sequence]: "as-sequence",
  [SegmentType.confedSequence]: "confed-sequence",
  [SegmentType.confedSet]: "confed-set",
};

function pathSegments(path: readonly AsPathSegment[]): Record<string, Json> {
  const segments = path.map(({ type, asns }, at): [string, Json] => [
    String(at),
    { element: segmentNames[type], value: asns },
  ]);
  return { "as-path": Object.fromEntries(segments) };
}

/** Version 4 has one list for each type of segment. */
function pathLists(path: readonly AsPathSegment[]): Record<string, Json> {
  const list = (wanted: SegmentType) => path.flatMap(({ type, asns }) => type === wanted ? asns : []);
  const set = list(SegmentType.set), confederation = list(SegmentType.confedSequence);
  const confederationSet = list(SegmentType.confedSet);
  return {
    "as-path": list(SegmentType.sequence),
    ...set.length > 0 && { "as-set": set },
    ...confederation.length > 0 && { "confederation-path": confederation },
    ...confederationSet.length > 0 && { "confederation-set": confederationSet },
  };
}

function communityJson(octets: Uint8Array, words: string | undefined): Json {
  const value = BigInt(`0x${hexOf(octets)}`);
  if (words === undefined) return { value, string: `0x${hexOf(octets).toUpperCase()}` };
  if (!words.startsWith("interface-set:")) return { value, string: words };
  return { value, string: words, transitive: (octets[0]! & 0x40) === 0 };
}

/** The attributes as words, each with a blank before it: ` origin igp med 5`. */
export function attributesText(set: AttributeSet): string {
  let text = "";
  if (set.origin !== undefined) text += ` origin ${originName(set.origin)}`;
  if (set.asPath.length > 0) text += ` as-path ${pathText(set.asPath)}`;
  if (set.med !== undefined) text += ` med ${set.med}`;
  if (set.localPref !== undefined) text += ` local-preference ${set.localPref}`;
  if (set.atomicAggregate) text += " atomic-aggregate";
  if (set.aggregator !== undefined) {
    text += ` aggregator ( ${set.aggregator.asn}:${formatIpv4Number(set.aggregator.address)} )`;
  }
  if (set.communities.length > 0) {
    text += ` community ${listText(set.communities.toSorted((a, b) => a - b).map(communityWord))}`;
  }
  if (set.originatorId !== undefined) text += ` originator-id ${formatIpv4Number(set.originatorId)}`;
  if (set.clusterList.length > 0) text += ` cluster-list ${listText(set.clusterList.map(formatIpv4Number))}`;
  if (set.extCommunities.length > 0) {
    const words = set.extCommunities.map((octets) => extCommunityWords(octets) ?? `0x${hexOf(octets).toUpperCase()}`);
    text += ` extended-community ${listText(words)}`;
  }
  if (set.largeCommunities.length > 0) {
    text += ` large-community ${listText(set.largeCommunities.map(formatLargeCommunity))}`;
  }
  for (const { flags, code, value } of set.unknown) {
    text += ` attribute [ 0x${hexOctet(code)} 0x${hexOctet(flags)} 0x${hexOf(value)} ]`;
  }
  return text;
}

function listText(words: readonly string[]): string {
  return words.length === 1 ? words[0]! : `[ ${words.join(" ")} ]`;
}

/** `[ 65000 500 ( 1 2 ) ]`. */
function pathText(path: readonly AsPathSegment[]): string {
  const isSet = ({ type }: AsPathSegment) => type === SegmentType.set || type === SegmentType.confedSet;
  return `[ ${path.map((each) => isSet(each) ? `( ${each.asns.join(" ")} )` : each.asns.join(" ")).join(" ")} ]`;
}

const communityWords: ReadonlyMap<number, string> = new Map([
  [WellKnownCommunity.noExport, "no-export"],
  [WellKnownCommunity.noAdvertise, "no-advertise"],
  [WellKnownCommunity.noExportSubconfed, "no-export-subconfed"],
  [WellKnownCommunity.noPeer, "no-peer"],
  [WellKnownCommunity.blackhole, "blackhole"],
]);

function communityWord(community: number): string {
  return communityWords.get(community) ?? formatCommunity(community);
}

function hexOctet(octet: number): string {
  return octet.toString(16).toUpperCase().padStart(2, "0");
}

export function hexOf(octets: Uint8Array): string {
  return octets.toHex();
}
