/** Our decoded values in the form of ExaBGP's JSON, and the lines of ExaBGP's API as values. */
import assert from "node:assert/strict";
import {
  AttributeCode,
  type AttributeSet,
  encodeNlriValue,
  formatExtCommunity,
  formatPrefixSid,
  nlriCodec,
  type NlriValue,
  originName,
  parseCommunity,
  parseExtCommunity,
  parseOrigin,
  SegmentType,
} from "../../src/message/mod.ts";
import { familyByName, formatIpv4Number, formatPrefix } from "../../src/types/mod.ts";
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
      const nextHop = part.nextHop?.split(" ")[0] ?? "no-nexthop";
      ((families[nameOf(nlri)] ??= {})[nextHop] ??= []).push(nlriOf(nlri));
    }
  }
  for (const nlri of view.withdrawn) ((update.withdraw ??= {})[nameOf(nlri)] ??= []).push(nlriOf(nlri));
  return update;
}

/** Families that ExaBGP calls otherwise. */
const familyNames: Readonly<Record<string, string>> = {
  "ipv4 labeled": "ipv4 nlri-mpls",
  "ipv6 labeled": "ipv6 nlri-mpls",
  "ipv4 vpn": "ipv4 mpls-vpn",
  "ipv6 vpn": "ipv6 mpls-vpn",
  "ipv4 flowspec": "ipv4 flow",
  "ipv6 flowspec": "ipv6 flow",
  "ipv4 flowspec-vpn": "ipv4 flow-vpn",
  "ipv6 flowspec-vpn": "ipv6 flow-vpn",
  "ipv4 mvpn": "ipv4 mcast-vpn",
  "ipv6 mvpn": "ipv6 mcast-vpn",
  "evpn": "l2vpn evpn",
  "vpls": "l2vpn vpls",
  "bgp-ls": "bgp-ls bgp-ls",
};

function nameOf({ family }: NlriView): string {
  return familyNames[family] ?? family;
}

/** One NLRI. */
export function nlriOf(nlri: NlriView): Json {
  const path = nlri.pathId === -1 ? {} : { "path-information": formatIpv4Number(nlri.pathId) };
  return nlri.value === undefined ? { nlri: nlri.prefix, ...path } : { ...destinationOf(nlri, nlri.value), ...path };
}

/** Labels as ExaBGP prints them: the label, and the 24 bits that it stands in. Of withdrawn routes we keep none. */
function labelsOf({ labels }: NlriValue): { label?: Json } {
  return labels.length === 0 ? {} : { label: labels.map((label) => [label >>> 4, label]) };
}

/** An NLRI that a codec reads. */
function destinationOf({ family, prefix: text }: NlriView, value: NlriValue): { [key: string]: Json } {
  const { id, kind } = familyByName(family)!;
  const codec = nlriCodec(id)!;
  const key = codec.parse(text) as Uint8Array;
  const { rd, prefix, more = {} } = codec.fields(key);
  const raw = codec.join(key, encodeNlriValue(value)).toHex().toUpperCase();
  const withRd = rd === undefined ? {} : { rd };
  switch (kind) {
    case "labeled":
    case "vpn":
      return { nlri: formatPrefix(prefix!), ...labelsOf(value), ...withRd };
    case "flowspec":
    case "flowspec-vpn":
      // The rule as we write it; that of ExaBGP is read by us (see comparableJson).
      return { rule: text };
    case "mvpn": {
      const { route_type, source_as, ...addresses } = more;
      const as = source_as === undefined ? {} : { "source-as": String(source_as) };
      return { code: route_type!, raw, ...withRd, ...as, ...addresses };
    }
    case "vpls": {
      const { ve_id, block_offset, block_size } = more;
      const base = value.labels.length === 0 ? {} : { base: value.labels[0]! >>> 4 };
      return { ...withRd, endpoint: ve_id!, offset: block_offset!, size: block_size!, ...base };
    }
    case "evpn":
      return evpnOf(raw, withRd, more);
    case "mup":
      return { arch: more["architecture"]!, code: more["route_type"]!, ...withRd, raw };
    case "bgp-ls":
      return {
        "ls-nlri-type": linkStateNames[text.split(" ")[0]!]!,
        "l3-routing-topology": Number(more["identifier"]),
        "protocol-id": linkStateProtocols.indexOf(String(more["protocol"])),
      };
    default:
      return more;
  }
}

const linkStateNames: Readonly<Record<string, string>> = {
  "node": "bgpls-node",
  "link": "bgpls-link",
  "ipv4-prefix": "bgpls-prefix-v4",
  "ipv6-prefix": "bgpls-prefix-v6",
};
const linkStateProtocols = ["", "isis-l1", "isis-l2", "ospfv2", "direct", "static", "ospfv3", "bgp"];

/** The vectors have withdrawn routes only: ESI and label are zero. */
function evpnOf(raw: string, rd: { rd?: string }, more: Readonly<Record<string, Json>>): { [key: string]: Json } {
  const { route_type: code, ethernet_tag, mac, ip } = more;
  if (code !== 2) return { code: code!, parsed: false, raw };
  return {
    code,
    parsed: true,
    raw,
    name: "MAC/IP advertisement",
    ...rd,
    esi: "-",
    "ethernet-tag": ethernet_tag!,
    mac: String(mac).toUpperCase(),
    label: [[0]],
    ...ip !== undefined && { ip },
  };
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
    if (code === AttributeCode.prefixSid) json["bgp-prefix-sid"] = prefixSidOf(value);
    else if (code === AttributeCode.tunnelEncapsulation) json["tunnel-encap"] = true;
    else if (code === AttributeCode.linkState) json["bgp-ls"] = true;
    else json[`attribute-0x${hex8(code)}-0x${hex8(flags)}`] = `0x${toHex(value).toUpperCase()}`;
  }
  return json;
}

/** Built from the text, whose parts ExaBGP prints one by one. */
function prefixSidOf(value: Uint8Array): Json {
  const json: { [name: string]: Json } = {};
  for (const part of formatPrefixSid(value).split(", ")) {
    const [name, ...words] = part.split(" ");
    if (name === "label-index") json["sr-label-index"] = Number(words[0]);
    else if (name === "srgb") json["sr-srgbs"] = words.map((word) => word.split("+").map(Number));
    else json[name!] = [serviceOf(words)];
  }
  return json;
}

const structureNames = [
  "locator-block-length",
  "locator-node-length",
  "function-length",
  "argument-length",
  "transposition-length",
  "transposition-offset",
];

function serviceOf([sid, behavior, structure]: readonly string[]): Json {
  const lengths = structure?.split(",").map((length, i) => [structureNames[i]!, Number(length)]);
  return {
    sid: sid!,
    flags: 0,
    endpoint_behavior: Number(behavior),
    ...lengths === undefined ? {} : { structure: Object.fromEntries(lengths) },
  };
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

/** The names of extended communities that ExaBGP prints and that we read. */
const readNames = /^(?:target|redirect|rate-limit|l2info):/;

/** ExaBGP's JSON without what {@link toExaBgp} does not try to print, and with our words for its rules. */
export function comparableJson(update: ExaBgpUpdate): ExaBgpUpdate {
  const attribute = { ...update.attribute };
  for (const name of ["extended-community", "extended-community-ipv6"] as const) {
    const list = attribute[name] as { value: number; string?: string }[] | undefined;
    if (list === undefined) continue;
    attribute[name] = list.map((one) => {
      const { value, string } = one;
      if (name === "extended-community-ipv6") return value ?? one as unknown as number;
      if (string !== undefined && readNames.test(string)) {
        assert.equal(Number(`0x${toHex(parseExtCommunity(string)!)}`), value, string);
      }
      return string?.startsWith("target:") === true ? { value, string } : { value };
    });
  }
  if (attribute["bgp-ls"] !== undefined) attribute["bgp-ls"] = true;
  if (attribute["tunnel-encap"] !== undefined) attribute["tunnel-encap"] = true;
  // A NEXT_HOP beside MP_UNREACH_NLRI says nothing.
  delete attribute["next-hop"];
  const { announce, withdraw } = update;
  return {
    ...update.attribute !== undefined && { attribute },
    ...announce !== undefined && {
      announce: mapEntries(
        announce,
        (hops, family) => mapEntries(hops, (list) => list.map((nlri) => comparableNlri(family, nlri))),
      ),
    },
    ...withdraw !== undefined && {
      withdraw: mapEntries(withdraw, (list, family) => list.map((nlri) => withoutLabels(family, nlri))),
    },
  };
}

function mapEntries<T, U>(record: { [key: string]: T }, change: (value: T, key: string) => U): { [key: string]: U } {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value, key)]));
}

/** A label is no part of what is withdrawn, so we do not keep it. */
function withoutLabels(family: string, nlri: Json): Json {
  if (family === "l2vpn evpn") return nlri;
  const { label: _, base: _1, ...rest } = comparableNlri(family, nlri) as { [key: string]: Json };
  return rest;
}

/** An NLRI of ExaBGP with what {@link nlriOf} prints. */
export function comparableNlri(family: string, nlri: Json): Json {
  const json = nlri as { [key: string]: Json };
  if ("rule" in json) return json;
  switch (family.replace(/^ipv[46] /, "")) {
    case "flow":
    case "flow-vpn": {
      // A rule in ExaBGP's words, read by us.
      const [, text, rd] = /^flow (.*?)(?: rd (\S+))?$/.exec(json["string"] as string)!;
      // RFC 8955 §4.2.2.11: a DSCP has 6 bits; ExaBGP takes one octet of a traffic class.
      const words = text!.replace("traffic-class =101", "traffic-class =0x65");
      const codec = nlriCodec(familyByName(family)!.id)!;
      const key = codec.parse(`${rd === undefined ? "" : `rd ${rd} `}${words}`);
      assert.ok(key instanceof Uint8Array, JSON.stringify(key));
      return { rule: codec.format(key) };
    }
    case "mcast-vpn": {
      const { parsed: _, name: _1, ...rest } = json;
      return rest;
    }
    case "mup":
      return { arch: json["arch"]!, code: json["code"]!, rd: json["rd"]!, raw: json["raw"]! };
    case "bgp-ls bgp-ls":
      return pick(json, ["ls-nlri-type", "l3-routing-topology", "protocol-id"]);
    default:
      return nlri;
  }
}

function pick(json: { [key: string]: Json }, names: readonly string[]): Json {
  return Object.fromEntries(names.map((name) => [name, json[name]!]));
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
