/** The columns that every view with routes has, those that now stand and those that once did, and a row of them. */

import type { SqlRow } from "../sqlite.ts";

/** A route and its attributes, as the database writes them. */
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
  /** Blank-separated, as are the next two. */
  readonly communities: string | null;
  readonly largeCommunities: string | null;
  readonly extCommunities: string | null;
}

/** To be selected first: {@link attributesOf} reads them by place, the columns behind them begin at {@link attributeCount}. */
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
