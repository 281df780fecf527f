/** An OPEN in ExaBGP's JSON: the capabilities stand under their codes. */

import { type Capability, capabilityCode, type Open } from "../../message/mod.ts";
import { familyByCode, formatIpv4Number } from "../../types/mod.ts";
import { type ApiVersion, hexOf } from "./attributes.ts";
import type { Json } from "./json_text.ts";
import { familyWords } from "./nlri.ts";

/** `api`: version 4 joins the words of some keys with hyphens. */
export function openJson({ version, asn, holdTimeSeconds, routerId, capabilities }: Open, api: ApiVersion): Json {
  const byCode = Map.groupBy(capabilities, capabilityCode);
  const entries = [...byCode].map(([code, all]): [string, Json] => [String(code), capabilityJson(all, api)]);
  return {
    version,
    asn,
    hold_time: holdTimeSeconds,
    router_id: formatIpv4Number(routerId),
    capabilities: Object.fromEntries(entries),
  };
}

/** `all`: the capabilities with one code; there is one for each family of MULTIPROTOCOL. */
function capabilityJson(all: readonly Capability[], api: ApiVersion): Json {
  const capability = all[0]!, joint = api === 4 ? "-" : " ";
  switch (capability.kind) {
    case "multiprotocol":
      return {
        name: "multiprotocol",
        families: all.flatMap((each) => each.kind === "multiprotocol" ? [wireFamily(each)] : []),
      };
    case "routeRefresh":
      return { name: "route-refresh", variant: "RFC" };
    case "enhancedRouteRefresh":
      return { name: "enhanced-route-refresh" };
    case "extendedMessage":
      return { name: "extended-message", size: 65535 };
    case "fourOctetAs":
      return { name: "asn4", asn4: capability.asn };
    case "gracefulRestart":
      return {
        name: "graceful restart",
        time: capability.restartSeconds,
        [`address${joint}family${joint}flags`]: Object.fromEntries(
          capability.families.map((each) => [wireFamily(each), each.forwarding ? ["restart"] : []]),
        ),
        [`restart${joint}flags`]: capability.restarting ? ["forwarding"] : [],
      };
    case "addPath": {
      const words = capability.families.map((each): [string, Json] => [
        wireFamily(each),
        each.send && each.receive ? "send/receive" : each.send ? "send" : each.receive ? "receive" : "disabled",
      ]);
      return { name: "addpath", ...Object.fromEntries(words) };
    }
    case "extendedNextHop":
      return {
        name: "nexthop",
        conversion: capability.entries.map((each) => `${wireFamily(each)}/${each.nextHopAfi === 2 ? "ipv6" : "ipv4"}`),
      };
    case "fqdn":
      return { "host-name": capability.host, "domain-name": capability.domain };
    case "softwareVersion":
      return { software: capability.text };
    case "role":
    case "longLivedGracefulRestart":
      return { name: "unknown", iana: "unknown", value: capabilityCode(capability) };
    case "unknown":
      return { name: "unknown", iana: "unknown", value: capability.code, raw: hexOf(capability.value).toUpperCase() };
  }
}

function wireFamily({ afi, safi }: { readonly afi: number; readonly safi: number }): string {
  const row = familyByCode(afi, safi);
  return row === undefined ? `afi-${afi}/safi-${safi}` : familyWords(row.name).replace(" ", "/");
}
