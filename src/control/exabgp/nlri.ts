/** NLRI in ExaBGP's messages. */

import { formatIpv4Number } from "../../types/mod.ts";
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
