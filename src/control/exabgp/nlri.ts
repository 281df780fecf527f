/** NLRI in ExaBGP's messages. */

import { encodeNlriValue, nlriCodec, type NlriValue } from "../../message/mod.ts";
import { familyByName, formatAddress, formatIpv4Number, formatPrefix } from "../../types/mod.ts";
import { flowWords } from "./flow_words.ts";
import type { Json } from "./json_text.ts";

/** A destination in ExaBGP's forms. */
export interface NlriWords {
  /** In ExaBGP's words, such as `ipv4 mpls-vpn`. */
  readonly family: string;
  readonly json: Json;
  /** `192.0.2.0/24 label [ 100 ]`: what precedes the next hop. */
  readonly text: string;
  /** ` rd 65000:1`: what follows the next hop. */
  readonly textEnd: string;
}

/** A prefix, with what the families of prefixes add to it. */
export interface PrefixNlri {
  /** In bgpd's words. */
  readonly family: string;
  readonly prefix: string;
  readonly pathId?: number | null;
  readonly rd?: string | null;
  /** Labels of 24 bits, as on the wire. */
  readonly labels?: readonly number[];
}

const safiWords: Readonly<Record<string, string>> = {
  "labeled": "nlri-mpls",
  "vpn": "mpls-vpn",
  "flowspec": "flow",
  "flowspec-vpn": "flow-vpn",
  "mvpn": "mcast-vpn",
};

/** A family as ExaBGP names it: `ipv4 vpn` is `ipv4 mpls-vpn`, and `evpn` is `l2vpn evpn`. */
export function familyWords(name: string): string {
  if (name === "evpn" || name === "vpls") return `l2vpn ${name}`;
  if (name === "rtc") return "ipv4 rtc";
  if (name === "bgp-ls" || name === "bgp-ls vpn") return `bgp-ls ${name.replace(" ", "-")}`;
  const [afi = "", safi = ""] = name.split(" ");
  return `${afi} ${safiWords[safi] ?? safi}`;
}

export function prefixWords({ family, prefix, pathId, rd, labels = [] }: PrefixNlri): NlriWords {
  const path = pathId === undefined || pathId === null ? undefined : formatIpv4Number(pathId);
  const mpls = labels.map((label) => label >>> 4);
  return {
    family: familyWords(family),
    json: {
      nlri: prefix,
      "path-information": path,
      label: labels.length === 0 ? undefined : labels.map((label) => [label >>> 4, label]),
      rd: rd ?? undefined,
    },
    text: prefix + (path === undefined ? "" : ` path-information ${path}`) +
      (mpls.length === 0 ? "" : mpls.length === 1 ? ` label ${mpls[0]}` : ` label [ ${mpls.join(" ")} ]`),
    textEnd: rd === undefined || rd === null ? "" : ` rd ${rd}`,
  };
}

/** A destination of any family. */
export interface AnyNlri {
  /** In bgpd's words. */
  readonly family: string;
  /** As bgpd writes it. */
  readonly text: string;
  readonly pathId: number | null;
  readonly value: NlriValue;
}

export function nlriWords({ family, text, pathId, value }: AnyNlri): NlriWords {
  const row = familyByName(family), codec = row && nlriCodec(row.id);
  const key = codec?.parse(text);
  if (row === undefined || codec === undefined || key === undefined || "error" in key) {
    return prefixWords({ family, prefix: text, pathId });
  }
  const { rd, prefix, more = {} } = codec.fields(key);
  const raw = codec.join(key, encodeNlriValue(value)).toHex().toUpperCase();
  const whole = (json: Record<string, Json | undefined>, words: string): NlriWords => ({
    family: familyWords(family),
    json,
    text: words,
    textEnd: "",
  });
  switch (row.kind) {
    case "labeled":
    case "vpn":
      return prefixWords({ family, prefix: formatPrefix(prefix!), pathId, rd: rd ?? null, labels: value.labels });
    case "flowspec":
    case "flowspec-vpn": {
      const { json, text: rule } = flowWords(more, row.afi === 2);
      const string = `flow ${rule}${rd === undefined ? "" : ` rd ${rd}`}`;
      return whole({ ...json, rd, string }, string);
    }
    case "vpls": {
      const { ve_id: endpoint, block_offset: offset, block_size: size } = more;
      const base = value.labels.length === 0 ? undefined : value.labels[0]! >>> 4;
      const words = `vpls rd ${rd} endpoint ${endpoint} base ${base ?? 0} offset ${offset} size ${size}`;
      return whole({ rd, endpoint, base, offset, size }, words);
    }
    case "evpn":
      return whole(evpnJson(raw, rd, more, value), text);
    default:
      return whole({ code: more["route_type"] ?? 0, parsed: false, raw }, text);
  }
}

const evpnNames: Readonly<Record<number, string>> = {
  1: "Ethernet Auto-Discovery",
  2: "MAC/IP advertisement",
  3: "Inclusive Multicast Ethernet Tag",
  4: "Ethernet Segment",
  5: "IP Prefix Advertisement",
};

function evpnJson(
  raw: string,
  rd: string | undefined,
  more: Readonly<Record<string, string | number>>,
  { labels, esi, gateway }: NlriValue,
): Record<string, Json | undefined> {
  const { route_type: type, ethernet_tag: tag, mac, ip, prefix, originator } = more;
  const code = Number(type), name = evpnNames[code];
  if (name === undefined) return { code, parsed: false, raw };
  const [address, length] = String(prefix ?? "").split("/");
  const segment = esi === undefined || esi.every((octet) => octet === 0) ? more["esi"] ?? "-" : esiText(esi);
  return {
    code,
    parsed: true,
    raw,
    name,
    rd,
    esi: code === 3 ? undefined : segment,
    "ethernet-tag": tag,
    mac: mac === undefined ? undefined : String(mac).toUpperCase(),
    label: [1, 2, 5].includes(code)
      ? labels.length === 0 ? [[0]] : labels.map((label) => [label >>> 4, label])
      : undefined,
    ip: code === 5 ? address : ip ?? originator,
    iplen: code === 5 ? Number(length) : undefined,
    gateway: code === 5 && gateway !== undefined ? formatAddress(gateway) : undefined,
  };
}

function esiText(esi: Uint8Array): string {
  return esi.toHex().replaceAll(/(..)(?!$)/g, "$1:");
}
