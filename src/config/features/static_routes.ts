/** `[[static_routes]]` and `[[peers.static_routes]]`: routes of this speaker, for all peers or for one. */

import { asSetsRefused, emptyAttributeSet, encodeAttributeSet, hasAsSets, parseOrigin } from "../../message/mod.ts";
import {
  type FamilyId,
  type FamilyMask,
  familyMask,
  familyOf,
  formatPrefix,
  IPV4_UNICAST,
  IPV6_UNICAST,
  limits,
  martianText,
  maskHas,
} from "../../types/mod.ts";
import type { Report } from "../toml/errors.ts";
import { elsewhereFrom, routeKeys } from "../schema.ts";
import { readTable, type TableValues } from "../keys/table.ts";
import type { TomlTable } from "../toml/parse.ts";
import type { StaticRoute } from "../config.ts";

/** Whom the routes are for: one peer, or all together. */
export interface Receiver {
  readonly families: readonly FamilyId[];
  readonly extendedNextHop: FamilyMask;
  /** `reject_as_sets = false`. */
  readonly takesAsSets: boolean;
}

/**
 * Routes for every peer: which of them a family or a next hop is too much for, each session finds out. `takesAsSets`: one of
 * the peers does.
 */
export function readGlobalRoutes(nodes: readonly TomlTable[], takesAsSets: boolean, report: Report): StaticRoute[] {
  const families = [IPV4_UNICAST, IPV6_UNICAST];
  return readRoutes(nodes, "[[static_routes]]", {
    families,
    extendedNextHop: familyMask(families),
    takesAsSets,
  }, report);
}

export function readStaticRoutes(nodes: readonly TomlTable[], peer: Receiver, report: Report): StaticRoute[] {
  return readRoutes(nodes, "[[peers.static_routes]]", peer, report);
}

function readRoutes(nodes: readonly TomlTable[], tableName: string, to: Receiver, report: Report): StaticRoute[] {
  const routes: StaticRoute[] = [];
  const lines = new Map<string, number>();
  for (const node of nodes) {
    const table = readTable(node, routeKeys, tableName, elsewhereFrom(tableName), report);
    const route = staticRoute(table, to, report);
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
  { families: offered, extendedNextHop, takesAsSets }: Receiver,
  report: Report,
): StaticRoute | undefined {
  if (!has("prefix")) report.add(start, "prefix is missing: what to announce");
  const { prefix, next_hop: nextHop } = values;
  if (prefix === undefined) return undefined;
  const id = prefix.octets.length === 4 ? IPV4_UNICAST : IPV6_UNICAST;
  const { name } = familyOf(id);
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
  if (!takesAsSets && hasAsSets(values.as_path ?? [])) {
    report.add(at("as_path"), `as_path has an AS_SET: ${asSetsRefused}`);
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
