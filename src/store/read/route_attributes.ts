/** The columns that every view of routes has, current and past, and their values in a row. */

import type { SqlRow } from "../sqlite.ts";

/** A route and its attributes as texts of the database. */
export interface RouteAttributes {
  readonly peer: string;
  readonly peerAs: number | null;
  readonly prefix: string;
  readonly pathId: number | null;
  readonly nextHop: string | null;
  readonly asPath: string;
  readonly originAs: number | null;
  readonly origin: string | null;
  readonly med: number | null;
  readonly localPref: number | null;
  /** Separated by spaces, like the next two. */
  readonly communities: string | null;
  readonly largeCommunities: string | null;
  readonly extCommunities: string | null;
}

/**
 * Select these columns first: {@link attributesOf} reads them by position. Further columns begin at {@link
 * attributeCount}.
 */
export const attributeColumns =
  "peer, peer_as, prefix, path_id, next_hop, as_path, origin_as, origin, med, local_pref, communities," +
  " large_communities, ext_communities";

export const attributeCount = 13;

export function attributesOf(row: SqlRow): RouteAttributes {
  return {
    peer: row[0] as string,
    peerAs: row[1] as number | null,
    prefix: row[2] as string,
    pathId: row[3] as number | null,
    nextHop: row[4] as string | null,
    asPath: row[5] as string,
    originAs: row[6] as number | null,
    origin: row[7] as string | null,
    med: row[8] as number | null,
    localPref: row[9] as number | null,
    communities: row[10] as string | null,
    largeCommunities: row[11] as string | null,
    extCommunities: row[12] as string | null,
  };
}
