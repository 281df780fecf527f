/** `[[static_routes]]` and `[[peers.static_routes]]`: routes of this speaker, for all peers or for one. */

import { emptyAttributeSet, encodeAttributeSet, parseOrigin } from "../message/mod.ts";
import {
  family,
  type FamilyId,
  type FamilyMask,
  familyMask,
  formatPrefix,
  IPV4_UNICAST,
  IPV6_UNICAST,
  limits,
  martianText,
  maskHas,
} from "../types/mod.ts";
import type { Report } from "./errors.ts";
import { elsewhereFrom, routeKeys } from "./schema.ts";
import { readTable, type TableValues } from "./table.ts";
import type { TomlTable } from "./toml.ts";
import type { StaticRoute } from "./types.ts";

/** Routes for every peer: which of them a family or a next hop is too much for, each session finds out. */
export function readGlobalRoutes(nodes: readonly TomlTable[], report: Report): StaticRoute[] {
  const all = [IPV4_UNICAST, IPV6_UNICAST];
  return readRoutes(nodes, "[[static_routes]]", all, familyMask(all), report);
}

export function readStaticRoutes(
  nodes: readonly TomlTable[],
  offered: readonly FamilyId[],
  extendedNextHop: FamilyMask,
  report: Report,
): StaticRoute[] {
  return readRoutes(nodes, "[[peers.static_routes]]", offered, extendedNextHop, report);
}

function readRoutes(
  nodes: readonly TomlTable[],
  tableName: string,
  offered: readonly FamilyId[],
  extendedNextHop: FamilyMask,
  report: Report,
): StaticRoute[] {
  const routes: StaticRoute[] = [];
  const lines = new Map<string, number>();
  for (const node of nodes) {
    const table = readTable(node, routeKeys, tableName, elsewhereFrom(tableName), report);
    const route = staticRoute(table, offered, extendedNextHop, report);
    if (route === undefined) continue;
    const name = formatPrefix(route.prefix);
    const first = lines.get(name);
    const at = table.at("prefix");
    if (first === undefined) lines.set(name, at.line);
    else report.add(at, `prefix ${name} stands already on line ${first}`);
    routes.push(route);
  }
  return routes;
}

function staticRoute(
  { values, start, has, at }: TableValues<typeof routeKeys>,
  offered: readonly FamilyId[],
  extendedNextHop: FamilyMask,
  report: Report,
): StaticRoute | undefined {
  if (!has("prefix")) report.add(start, "prefix is missing: what to announce");
  const { prefix, next_hop: nextHop } = values;
  if (prefix === undefined) return undefined;
  const id = prefix.octets.length === 4 ? IPV4_UNICAST : IPV6_UNICAST;
  const { name } = family(id);
  if (!offered.includes(id)) {
    report.add(at("prefix"), `prefix is ${name}, which is not in families of this peer`);
  }
  const martian = martianText(prefix);
  if (martian !== undefined) {
    const text = `prefix ${formatPrefix(prefix)} is ${martian}, no destination to announce (RFC 4271 §6.3)`;
    report.add(at("prefix"), text);
  }
  const octets = nextHop?.kind === "address" ? nextHop.octets : undefined;
  if (octets?.length === 4 && id === IPV6_UNICAST) {
    report.add(at("next_hop"), "next_hop of an IPv6 prefix must be IPv6");
  } else if (octets?.length === 16 && id === IPV4_UNICAST && !maskHas(extendedNextHop, id)) {
    report.add(at("next_hop"), "an IPv6 next_hop for an IPv4 prefix needs extended_next_hop = true (RFC 8950)");
  }
  const attributes = {
    ...emptyAttributeSet(),
    origin: parseOrigin(values.origin ?? routeKeys.origin.default!),
    asPath: [...values.as_path ?? []],
    nextHop: octets,
    localPref: values.local_pref,
    med: values.med,
    communities: [...values.communities ?? []],
    largeCommunities: (values.large_communities ?? []).map(([a, b, c]): [number, number, number] => [a, b, c]),
    extCommunities: [...values.ext_communities ?? []],
  };
  const size = encodeAttributeSet(attributes).length;
  if (size > limits.originatedBytes) {
    report.add(start, `the attributes of ${formatPrefix(prefix)} take ${size} octets, more than a message holds`);
  }
  return { family: id, prefix, attributes };
}
