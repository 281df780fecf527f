/** FlowSpec rules in ExaBGP's messages: its words for components, and its forms of their values. */

import type { Json } from "./json_text.ts";

/** By the columns of bgpd: the words for rules of IPv4 and of IPv6. */
const names: Readonly<Record<string, readonly [string, string]>> = {
  destination: ["destination-ipv4", "destination-ipv6"],
  source: ["source-ipv4", "source-ipv6"],
  protocol: ["protocol", "next-header"],
  dscp: ["dscp", "traffic-class"],
};

/** Flags that ExaBGP spells otherwise. */
const flagWords: Readonly<Record<string, string>> = { psh: "push", urgent: "urg" };

export interface FlowWords {
  readonly json: Record<string, Json>;
  /** `destination-ipv4 192.0.2.0/24 protocol [ =tcp =udp ]`. */
  readonly text: string;
}

/** `components`: the columns of a rule, in the order of the rule. */
export function flowWords(components: Readonly<Record<string, string | number>>, isIpv6: boolean): FlowWords {
  const json: Record<string, Json> = {};
  const texts: string[] = [];
  for (const [column, value] of Object.entries(components)) {
    if (column === "precedence") continue;
    const name = names[column]?.[isIpv6 ? 1 : 0] ?? column.replaceAll("_", "-");
    const values = valuesOf(name, String(value));
    json[name] = values;
    const text = values.join(" ");
    // ExaBGP has brackets around more than one comparison.
    texts.push(`${name} ${/[ &]/.test(text) ? `[ ${text} ]` : text}`);
  }
  return { json, text: texts.join(" ") };
}

function valuesOf(name: string, text: string): string[] {
  if (/-ipv6$/.test(name)) return [wideMatch(text)];
  if (/-ipv4$/.test(name)) return [text];
  if (name !== "tcp-flags" && name !== "fragment") return text.split(" ").map(decimal);
  return text.split(" ").map((term) =>
    term.replaceAll(/[a-z-]+/g, (word) => flagWords[word] ?? word).replaceAll(/0x[0-9a-f]+/g, decimal)
  );
}

/** bgpd writes `address/offset-length`, ExaBGP `address/length/offset`. */
function wideMatch(text: string): string {
  const [, address = "", offset = "0", length = ""] = /^([^/]+)\/(?:(\d+)-)?(\d+)$/.exec(text) ?? [];
  return `${address}/${length}/${offset}`;
}

/** A number that bgpd writes in hexadecimal to keep its size. */
function decimal(text: string): string {
  return text.replaceAll(/0x[0-9a-f]+/g, (hex) => String(Number(hex)));
}
