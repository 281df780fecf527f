/** NLRI that are no plain prefixes, as we read them, in words that `tshark_nlri.ts` has for what tshark reads. */
import { nlriCodec, type NlriValue, parseRd } from "../../../src/message/mod.ts";
import { readRule, type RuleComponent } from "../../../src/message/nlri/flowspec_rule.ts";
import { familyByName, formatAddress, formatColonHex, formatPrefix } from "../../../src/types/mod.ts";
import type { NlriView } from "../../support/update_view.ts";

export function nlriText({ family, prefix: text }: NlriView, value: NlriValue): string {
  const { id, kind, addressBytes } = familyByName(family)!;
  const codec = nlriCodec(id)!;
  const key = codec.parse(text) as Uint8Array;
  const { rd, prefix, more = {} } = codec.fields(key);
  const octets = rd === undefined ? "" : parseRd(rd)!.toHex();
  switch (kind) {
    case "labeled":
    case "vpn": {
      return `${labelsOf(value)}${rd === undefined ? "" : `rd ${rd.replace("L", "")} `}${formatPrefix(prefix!)}`;
    }
    case "evpn": {
      const parts: [string, string | number | undefined][] = [
        ["type", more["route_type"]],
        ["rd", octets === "" ? undefined : octets],
        ["esi", value.esi === undefined ? more["esi"] : formatColonHex(value.esi)],
        ["tag", more["ethernet_tag"]],
        ["mac", more["mac"]],
        ["address", more["ip"] ?? more["originator"]],
        ["prefix", prefix && formatPrefix(prefix)],
        ["gateway", value.gateway && formatAddress(value.gateway)],
      ];
      return labelsOf(value) + parts.filter(([, text]) => text !== undefined).map((part) => part.join(" ")).join(" ");
    }
    case "flowspec":
    case "flowspec-vpn": {
      const rule = readRule(key, octets.length / 2, key.length, addressBytes === 16) as readonly RuleComponent[];
      return [...octets === "" ? [] : [`rd ${octets}`], ...rule.map(componentText)].join(" ");
    }
    default:
      return text;
  }
}

/** Withdrawn routes have none. */
function labelsOf({ labels }: NlriValue): string {
  return labels.length === 0 ? "" : `labels ${labels.map((label) => label >>> 4).join(",")} `;
}

function componentText(component: RuleComponent): string {
  if ("prefix" in component) {
    const { octets, length, offset } = component.prefix;
    return `${component.type}=${formatAddress(octets)}/${length}-${offset}`;
  }
  const terms = component.terms.map(({ operator, value }) => `${operator.toString(16)}:${value.toHex()}`);
  return `${component.type}=${terms.join(",")}`;
}
