/** The columns that every view of routes has, current and past. */

import { integerOrNull, type Row, text, textOrNull } from "./columns.ts";

/** A route and its attributes as texts of the database. */
export type RouteAttributes = Row<typeof attributeColumns>;

export const attributeColumns = {
  peer: text("peer"),
  peerAs: integerOrNull("peer_as"),
  prefix: text("prefix"),
  pathId: integerOrNull("path_id"),
  nextHop: textOrNull("next_hop"),
  asPath: text("as_path"),
  originAs: integerOrNull("origin_as"),
  origin: textOrNull("origin"),
  med: integerOrNull("med"),
  localPref: integerOrNull("local_pref"),
  /** Separated by spaces, like the next two. */
  communities: textOrNull("communities"),
  largeCommunities: textOrNull("large_communities"),
  extCommunities: textOrNull("ext_communities"),
};
