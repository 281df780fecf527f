/** The path attributes of a set, apart from the route that has them. */

import type { SqlRow } from "../sqlite.ts";
import { attributeColumns, type RouteAttributes } from "./route_attributes.ts";

export type AttributeValues = Omit<RouteAttributes, "peer" | "peerAs" | "prefix" | "pathId" | "nlri" | "rd">;

const names = [
  "next_hop",
  "as_path",
  "origin_as",
  "origin",
  "med",
  "local_pref",
  "communities",
  "large_communities",
  "ext_communities",
] as const;

export function valueNames(table: string): string {
  return names.map((name) => `${table}.${name}`).join(", ");
}

/** A query for {@link readValues}; its parameter is the id of a set. */
export const valuesQuery = `SELECT ${valueNames("a")}, d.labels FROM attributes a` +
  " LEFT JOIN attribute_details d ON d.id = a.id WHERE a.id = ?";

export function readValues(row: SqlRow): AttributeValues {
  const labels = attributeColumns.communities.read(row[names.length]);
  const [nextHop, asPath, originAs, origin, med, localPref, communities, largeCommunities, extCommunities] = row;
  return {
    nextHop: attributeColumns.nextHop.read(nextHop),
    asPath: attributeColumns.asPath.read(asPath),
    originAs: attributeColumns.originAs.read(originAs),
    origin: attributeColumns.origin.read(origin),
    med: attributeColumns.med.read(med),
    localPref: attributeColumns.localPref.read(localPref),
    communities: attributeColumns.communities.read(communities),
    largeCommunities: attributeColumns.largeCommunities.read(largeCommunities),
    extCommunities: attributeColumns.extCommunities.read(extCommunities),
    ...labels !== null && { labels },
  };
}
